// The attention heat map: one row per query, painted as the playhead passes. What falls on a made slot is spread over
// the positions it was made of, by their shares in its value: a row sums to 1.
import { FORGOTTEN } from "./map.js";
import { fit, penOf } from "./pen.js";

const NOT_YET = -2;
const MARGIN = { left: 2.7, top: 0.85, right: 0.1, bottom: 1.2 }; // em

/** Columns left of position 0 for slots that come from no position. */
function strayColumns(trace) {
  let most = 0;
  for (const id of Object.keys(trace.raw.made))
    if (!trace.raw.made[id].length) most = Math.max(most, -Number(id));
  for (const run of trace.raw.steps[0]?.r ?? [])
    if (run[0] < 0 && !trace.shares(run[0], 0)) most = Math.max(most, -run[1]);
  return Math.min(most, 16);
}

/** Fill `cells` (one number per column) with a row of the map as query k sees it: shares, forgotten or not yet. */
export function fillRow(trace, k, cells, stray) {
  const { map } = trace;
  const row = map.cellOf(k);
  cells.fill(NOT_YET);
  for (let column = 0; column <= row; column++) cells[stray + column] = map.at(row, column);
  if (!stray) return;
  const { ids, weights } = trace.read(k);
  ids.forEach((id, i) => {
    if (id < 0 && -id <= stray && !trace.shares(id, k)) cells[stray + id] = weights[i];
  });
}

/** The slot that a cell of the heat map belongs to, or null. */
export function slotAt(trace, k, position) {
  if (position >= 0 && trace.map.share(k, position) === FORGOTTEN) return null;
  const row = trace.read(k);
  if (row.at.has(position)) return position;
  for (const id of row.ids) {
    if (id >= 0) continue;
    const made = trace.sharesRead(id, k);
    if (!made) continue;
    const inside =
      made.sources.length === made.total
        ? made.sources.includes(position)
        : made.first <= position && position <= made.last;
    if (inside) return id;
  }
  return null;
}

/** Draws rows into a base canvas as they come; the frame of the row and the highlight lie on a second canvas. */
export function makeHeatmap(base, over) {
  let trace = null;
  let theme = null;
  let stray = 0;
  let box = null;
  let painted = -1; // rows painted in full
  let ratio = 1;
  let em = 12;
  let shown = ""; // what the canvases show, to leave them alone while nothing changes
  let framed = "";
  let grounded = "";
  let inks = { table: new Uint32Array(0), panel: 0, hatch: 0 }; // of the theme, as pixels
  let edges = new Int32Array(0); // pixel at which every column begins, and behind the last
  let cells = new Float32Array(0); // of a row, and of its line of pixels
  let values = new Float32Array(0);

  const columnEdge = (x) => Math.round((x * box.plotW) / box.columns);
  const rowEdge = (y) => Math.round((y * box.plotH) / trace.map.size);
  const firstOf = (row) => Math.ceil((row * trace.length) / trace.map.size);
  const column = (position) => (position < 0 ? position : trace.map.cellOf(position)) + stray;

  function lay(width, height, size) {
    ratio = Math.min(2, window.devicePixelRatio || 1);
    em = size;
    for (const canvas of [base, over])
      if (fit(canvas, Math.round(width * ratio), Math.round(height * ratio))) grounded = "";
    const left = Math.round(MARGIN.left * em * ratio);
    const top = Math.round(MARGIN.top * em * ratio);
    box = {
      left,
      top,
      plotW: base.width - left - Math.round(MARGIN.right * em * ratio),
      plotH: base.height - top - Math.round(MARGIN.bottom * em * ratio),
      columns: trace.map.size + stray,
    };
    edges = Int32Array.from({ length: box.columns + 1 }, (_, x) => columnEdge(x));
    cells = new Float32Array(box.columns);
    values = new Float32Array(box.plotW);
    painted = -1;
    shown = framed = "";
    ground();
  }

  /** All that no row covers; words take long, and another trace has often the same. */
  function ground() {
    const mark = JSON.stringify([box, em, trace.length, trace.map.size, trace.marks, theme.font, theme.ink, theme.muted, theme.panel]);
    if (mark === grounded) return erase(0);
    grounded = mark;
    const pen = penOf(base);
    pen.clearRect(0, 0, base.width, base.height);
    pen.fillStyle = theme.panel;
    pen.fillRect(box.left, box.top, box.plotW, box.plotH);
    pen.font = `${Math.round(0.83 * em * ratio)}px ${theme.font}`;
    pen.fillStyle = theme.muted;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    const fitting = (size, room) => Math.max(2, Math.min(6, Math.floor(size / ratio / (room * em))));
    const rows = tickPositions(trace.length, fitting(box.plotH, 1.6));
    const ticks = tickPositions(trace.length, fitting(box.plotW, 3));
    const { cellOf } = trace.map;
    for (const tick of rows)
      pen.fillText(String(tick + 1), box.left - 9 * ratio, box.top + rowEdge(cellOf(tick) + 0.5));
    pen.textAlign = "center";
    for (const tick of ticks) {
      const label = String(tick + 1);
      const middle = box.left + columnEdge(column(tick) + 0.5);
      const half = pen.measureText(label).width / 2; // the last one stays within the canvas
      pen.fillText(label, Math.min(middle, base.width - half), box.top + box.plotH + 0.67 * em * ratio);
    }
    pen.fillStyle = theme.ink;
    for (const mark of trace.marks) {
      const from = box.left + columnEdge(column(mark.first));
      const to = box.left + columnEdge(column(mark.last) + 1);
      const y = box.top - 4 * ratio;
      pen.fillRect(from, y, Math.max(2 * ratio, to - from), (mark.kind === "fact" ? 2 : 1) * ratio);
      pen.fillRect(from, y, ratio, 3 * ratio);
      pen.fillRect(to - ratio, y, ratio, 3 * ratio);
    }
  }

  /** `values` of one line of pixels: the rows that share it are joined by their largest share. */
  function pixelRow(fromRow, toRow, k, reveal) {
    values.fill(NOT_YET);
    for (let row = fromRow; row <= toRow; row++) {
      fillRow(trace, row === toRow ? k : firstOf(row), cells, stray);
      const limit = row === toRow ? Math.ceil(reveal * box.plotW) : box.plotW;
      for (let x = 0; x < box.columns; x++) {
        const cell = cells[x];
        const from = edges[x];
        const to = Math.min(limit, Math.max(from + 1, edges[x + 1]));
        for (let pixel = from; pixel < to; pixel++) if (cell > values[pixel]) values[pixel] = cell;
      }
    }
  }

  function paintRow(row, reveal, k = firstOf(row)) {
    let y = rowEdge(row);
    let height = rowEdge(row + 1) - y;
    let from = row;
    if (height < 1) {
      height = 1;
      y = Math.min(y, box.plotH - 1);
    }
    while (from > 0 && rowEdge(from - 1) === y) from -= 1;
    pixelRow(from, row, k, reveal);
    const pen = penOf(base);
    const image = pen.createImageData(box.plotW, height);
    const pixels = new Uint32Array(image.data.buffer);
    const { table, panel, hatch } = inks;
    const { min, max } = trace.scale;
    const wide = Math.max(5, Math.round(4 * ratio));
    let at = 0;
    for (let line = 0; line < height; line++)
      for (let x = 0; x < box.plotW; x++, at++) {
        const value = values[x];
        let ink = panel;
        if (value >= 0)
          ink = table[Math.min(255, Math.max(0, Math.round((255 * (value - min)) / (max - min))))];
        else if (value === FORGOTTEN && (x + y + line) % wide < ratio) ink = hatch;
        pixels[at] = ink;
      }
    pen.putImageData(image, box.left, box.top + y);
  }

  function erase(fromRow) {
    const pen = penOf(base);
    pen.fillStyle = theme.panel;
    const y = rowEdge(fromRow);
    pen.fillRect(box.left, box.top + y, box.plotW, box.plotH - y);
  }

  function paint(k, reveal) {
    const mark = `${k}:${reveal}`;
    if (mark === shown) return;
    shown = mark;
    const row = trace.map.cellOf(k);
    if (painted >= row) {
      erase(row);
      painted = row - 1;
      while (painted >= 0 && rowEdge(painted) === rowEdge(row)) painted -= 1; // rows that shared the erased pixels
    }
    while (painted < row - 1) paintRow(++painted, 1);
    const begun = k > 0 && trace.map.cellOf(k - 1) === row; // a row of several queries appears with the first
    if (reveal >= 1 || begun) {
      paintRow(row, 1, k);
      painted = row;
    } else if (reveal > 0) paintRow(row, reveal, k);
  }

  function frame(k, focus) {
    const mark = `${k}:${focus ? `${focus.row}:${focus.spans.join(";")}` : ""}`;
    if (mark === framed) return;
    framed = mark;
    const pen = penOf(over);
    pen.clearRect(0, 0, over.width, over.height);
    if (focus) {
      pen.fillStyle = theme.ink;
      for (const [first, last] of focus.spans) {
        const x = box.left + columnEdge(column(first));
        const w = Math.max(ratio, columnEdge(column(last) + 1) - columnEdge(column(first)));
        pen.globalAlpha = 0.16;
        pen.fillRect(x, box.top, w, box.plotH);
        pen.globalAlpha = 1;
        pen.fillRect(x, box.top + box.plotH, w, 2 * ratio);
      }
      if (focus.row !== null && focus.row !== undefined) outline(pen, focus.row, theme.muted);
    }
    outline(pen, k, theme.accent);
  }

  function outline(pen, k, colour) {
    const row = trace.map.cellOf(k);
    const y = box.top + rowEdge(row);
    const h = Math.max(ratio, rowEdge(row + 1) - rowEdge(row));
    pen.strokeStyle = colour;
    pen.lineWidth = ratio;
    const pad = 1.25 * ratio;
    pen.strokeRect(box.left - pad, y - pad, box.plotW + 2 * pad, h + 2 * pad);
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(box.left - 2.5 * ratio, y + h / 2);
    pen.lineTo(box.left - 7 * ratio, y + h / 2 - 4 * ratio);
    pen.lineTo(box.left - 7 * ratio, y + h / 2 + 4 * ratio);
    pen.fill();
  }

  return {
    open(nextTrace, nextTheme) {
      trace = nextTrace;
      if (theme !== nextTheme)
        inks = {
          table: Uint32Array.from(nextTheme.table, pixelOf),
          panel: pixelOf(rgbOf(nextTheme.panel)),
          hatch: pixelOf(rgbOf(nextTheme.lost)),
        };
      theme = nextTheme;
      stray = strayColumns(trace);
      painted = -1;
    },
    lay,
    paint,
    frame,
    /** {k, position} under a point of the element, or null. */
    hit(x, y) {
      if (!box) return null;
      const across = ((x * ratio - box.left) / box.plotW) * box.columns - stray;
      const position = Math.floor(across < 0 ? across : (across * trace.length) / trace.map.size);
      const k = Math.floor(((y * ratio - box.top) / box.plotH) * trace.length);
      return k >= 0 && k < trace.length && position >= -stray && position < trace.length ? { k, position } : null;
    },
  };
}

/** A colour as the four bytes of a pixel, red first. */
const pixelOf = ([red, green, blue]) => new Uint32Array(Uint8Array.of(red, green, blue, 255).buffer)[0];

function rgbOf(colour) {
  const numbers = colour.startsWith("#")
    ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))
    : (colour.match(/\d+/g) ?? [0, 0, 0]).map(Number);
  return numbers.slice(0, 3);
}

/** Positions (from 0) to be named on an axis: the first, and at most so many that round numbers name, counting from 1. */
export function tickPositions(length, most = 6) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((size) => length / size <= most) ?? 2000;
  const ticks = step > 2 ? [0] : [];
  for (let named = step; named <= length; named += step) ticks.push(named - 1);
  return ticks;
}
