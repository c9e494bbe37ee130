// The matrix of linear attention under the playhead: its cells, the two factors that a word writes, the weights of a read.
import { matrixAt, matrixText, openMatrix, writtenBy } from "./matrix.js";
import { penOf } from "./pen.js";
import { channels } from "./theme.js";
import { slotName, threeDigits } from "./trace.js";

const GAP = 0.5; // em between the matrix and what stands beside it
const STRIP = 1.1; // em: how thick a factor is
const NAMES = 3.4; // em left of the matrix, for the names of rows
const BARS = 5.6; // em right of it, for the weights
const SIGNED = 9; // px: in cells of that size what is below zero has a sign beside its colour

/** Where everything stands in a room: the matrix as large as it fits, its factors above and left of it. Pure. */
export function layMatrix({ rows, columns, corrects }, width, height, em) {
  const above = em * (corrects ? 2 * STRIP + 3 * GAP : STRIP + 2 * GAP) + em;
  const left = em * (NAMES + STRIP + 2 * GAP);
  const wide = Math.max(1, width - left - em * BARS);
  const tall = Math.max(1, height - above);
  return { left, top: above, cell: { width: Math.min(wide / columns, 2.2 * em), height: tall / rows }, strip: em * STRIP, gap: em * GAP };
}

/** Largest number in some, never 0. */
const largestOf = (numbers) => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0) || 1;

const head = `<span data-part="matrix-of"></span>`;
const body = `<div class="matrix-box"><div class="matrix-room" data-room><canvas data-part="matrix" role="img"></canvas></div><p class="meaning" data-part="matrix-note"></p></div>`;

function make(box) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const canvas = part("matrix");
  let trace = null;
  let matrix = null;
  let theme = null;
  let room = { width: 0, height: 0, em: 14 };
  let laid = null;
  let told = null;

  const put = (name, text) => {
    if (part(name).textContent !== text) part(name).textContent = text;
  };

  /** A number beside the largest: blue above zero, orange below, as pale as the page at zero. */
  function colourOf(number, most) {
    const page = channels(theme.page);
    const hue = channels(theme.roles[number < 0 ? "retrieved" : "recent"].hue);
    const part = Math.min(1, Math.abs(number) / most);
    return `rgb(${page.map((channel, c) => Math.round(channel + (hue[c] - channel) * part)).join(",")})`;
  }

  function cell(pen, number, most, x, y, width, height) {
    const [left, top] = [Math.round(x), Math.round(y)]; // whole pixels, so that edges are sharp
    pen.fillStyle = colourOf(number, most);
    pen.fillRect(left, top, Math.max(1, Math.round(x + width) - left - 1), Math.max(1, Math.round(y + height) - top - 1));
    if (number < -0.02 * most && Math.min(width, height) >= SIGNED) {
      pen.fillStyle = theme.ink;
      pen.fillRect(x + width / 2 - 2.5, y + height / 2 - 1, 4, 1);
    }
  }

  function draw(k, done, moment) {
    const { width, height, em } = room;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const pen = penOf(canvas);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const { left, top, cell: size, strip, gap } = laid;
    const cells = matrixAt(matrix, k, done);
    const most = largestOf(cells);
    cells.forEach((number, i) => {
      const [r, d] = [Math.floor(i / matrix.columns), i % matrix.columns];
      cell(pen, number, most, left + d * size.width, top + r * size.height, size.width, size.height);
    });
    pen.font = `${0.8 * em}px ${theme.font}`;
    pen.textBaseline = "middle";
    /** @param {CanvasTextAlign} align */
    const label = (text, x, y, align = "right") => {
      pen.fillStyle = theme.muted;
      pen.textAlign = align;
      pen.fillText(text, x, y);
    };
    const features = matrix.features(k);
    const steep = largestOf(features);
    const strips = matrix.corrects ? [["v̂", matrix.answered(k)], ["v − v̂", writtenBy(matrix, k)]] : [["v", writtenBy(matrix, k)]];
    const long = largestOf([...matrix.value(k), ...strips.flatMap(([, numbers]) => [...numbers])]);
    strips.forEach(([name, numbers], i) => {
      const y = em + i * (strip + gap);
      label(name, left - gap, y + strip / 2);
      numbers.forEach((number, d) => cell(pen, number, long, left + d * size.width, y, size.width, strip));
    });
    const x = left - gap - strip;
    label(matrix.corrects ? "ψ(k)" : "φ(k)", left - gap, top - gap / 2 - 0.35 * em);
    features.forEach((number, r) => cell(pen, number, steep, x, top + r * size.height, strip, size.height));
    const every = Math.ceil((0.95 * em) / size.height);
    for (let r = 0; r < matrix.rows; r += every) label(slotName(-r - 1, "compressed"), x - gap / 2, top + (r + 0.5) * size.height);
    weights(pen, left + matrix.columns * size.width + gap, label, moment);
    put("matrix-of", `${matrix.head ? `head ${matrix.head}, ` : ""}colours to ±${threeDigits(most)}`);
  }

  /** What the query that reads gives to every row, as bars to the right. */
  function weights(pen, x, label, { asks, attention }) {
    const { top, cell: size, gap } = laid;
    const read = trace.read(asks);
    const room = BARS * laid.em - 2 * gap;
    label(`read by ${slotName(asks)}`, x, top - gap / 2 - 0.35 * laid.em, "left");
    pen.fillStyle = theme.roles.compressed.hue;
    for (let r = 0; r < matrix.rows; r++) {
      const at = read.at.get(-r - 1);
      if (at === undefined) continue;
      const share = (read.weights[at] / read.largest) * attention;
      const y = Math.round(top + r * size.height) + 1;
      pen.fillRect(Math.round(x), y, Math.max(1, share * room), Math.max(1, Math.round(top + (r + 1) * size.height) - y - 2));
    }
  }

  return {
    open(next, look) {
      trace = next;
      theme = look;
      matrix = openMatrix(next);
      told = null;
      if (matrix && room.width) laid = { ...layMatrix(matrix, room.width, room.height, room.em), em: room.em };
    },
    lay(em, width, height) {
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      room = { width, height, em };
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      if (matrix) laid = { ...layMatrix(matrix, width, height, em), em };
    },
    paint(moment) {
      if (!matrix) {
        put("matrix-of", "");
        put("matrix-note", "This memory is no matrix.");
        return;
      }
      const { k, progress } = moment;
      const done = progress.length ? progress[0] : 1;
      if (laid) draw(k, done, moment);
      if (told === k) return;
      told = k;
      const text = matrixText(trace, matrix, k);
      put("matrix-note", text);
      const spoken = `Matrix of ${matrix.rows} rows and ${matrix.columns} columns. ${text}`;
      if (canvas.getAttribute("aria-label") !== spoken) canvas.setAttribute("aria-label", spoken);
    },
    hit(event, { asks }) {
      if (!matrix || !laid || event.target !== canvas) return null;
      const r = Math.floor((event.clientY - canvas.getBoundingClientRect().top - laid.top) / laid.cell.height);
      const id = -r - 1;
      return r >= 0 && r < matrix.rows && trace.read(asks).at.has(id) ? { id, k: asks, role: null, row: null } : null;
    },
  };
}

export const matrixView = { name: "matrix", title: "Matrix", head, body, make };
