// The softmax of the current query: one bar per slot, and the numbers of the largest ones as they were sent.
import { fit, penOf } from "./pen.js";
import { isolated } from "./text.js";
import { rangeLabel, slotName, threeDigits } from "./trace.js";

const ROWS = 5;
const FOOT = 1.6; // em below the axis

/** ln(weight) + logsumexp is the score that went into the softmax: an identity, not a computation of attention. */
export function scoreOf(weight, lse) {
  return weight > 0 ? Math.log(weight) + lse : -Infinity;
}

export const twoDigits = (value) =>
  value === 0 || value >= 0.001 ? String(Number(value.toPrecision(2))) : threeDigits(value);

/** e^(score − largest score): a weight beside the largest. */
function besideLargest(weight, largest) {
  const share = largest > 0 ? weight / largest : 0;
  if (share > 0 && share < 0.001) return "<0.001";
  return share > 0 && share < 0.01 ? share.toFixed(3) : twoDigits(share); // four decimals would touch the next column
}

/** The largest rows of the table, as text. */
export function largestRows(trace, k, most = ROWS) {
  const row = trace.read(k);
  const order = row.ids.map((_, i) => i).sort((a, b) => row.weights[b] - row.weights[a] || b - a);
  return order.slice(0, most).map((i) => {
    const id = row.ids[i];
    const role = row.roles.get(id);
    const made = id < 0 ? trace.sharesRead(id, k) : null;
    const words = id >= 0 ? isolated(trace.tokens[id]) : made ? rangeLabel(made.first, made.last) : "learned";
    return {
      id,
      role,
      name: slotName(id, role),
      words,
      score: trace.lse ? threeDigits(scoreOf(row.weights[i], trace.lse[k])) : "–",
      exp: trace.lse ? besideLargest(row.weights[i], row.largest) : "–",
      share: row.weights[i].toFixed(3),
    };
  });
}

/** "Σ over 28 slots = 1.000", summed from the weights that were sent. */
export function sumLine(trace, k) {
  const { ids, sum } = trace.read(k);
  return `Σ over ${trace.lse ? slotsRead(trace, k) : slots(ids.length)} = ${sum.toFixed(3)}`;
}

const slots = (count) => `${count} ${count === 1 ? "slot" : "slots"}`;

/** How many slots a head reads: "28 slots", or "24 of 106 slots" where it passes others by. */
export function slotsRead(trace, k) {
  const { length } = trace.read(k).ids;
  const { met } = trace.numbers(k);
  return met < length ? `${met} of ${slots(length)}` : slots(length);
}

/**
 * Middles of names below an axis, each under its own stretch as far as all have room beside each other; where they have
 * not, the name of the shortest stretch goes, null. `names` are {from, to, wide} from left to right. Pure.
 */
export function besideEachOther(names, width, gap) {
  const lefts = [];
  let free = 0;
  for (const { from, to, wide } of names) {
    lefts.push(Math.max(free, (from + to - wide) / 2));
    free = lefts[lefts.length - 1] + wide + gap;
  }
  let end = width;
  for (let i = names.length - 1; i >= 0; i--) {
    lefts[i] = Math.min(lefts[i], end - names[i].wide);
    end = lefts[i] - gap;
  }
  if (!names.length || lefts[0] >= 0) return names.map(({ wide }, i) => lefts[i] + wide / 2);
  const long = ({ from, to }) => to - from;
  const shortest = names.reduce((least, name, i) => (long(name) < long(names[least]) ? i : least), 0);
  const others = besideEachOther(names.toSpliced(shortest, 1), width, gap);
  return others.toSpliced(shortest, 0, null);
}

/** Bars on a canvas, ticks and table as text. */
export function makeSoftmax(parts) {
  const { bars, ticks, body, sum } = parts;
  let width = 0;
  let height = 0;
  let ratio = 1;
  let tabled = null;
  let drawn = null;
  let footed = null;
  let outlined = false;
  let em = 12;

  function lay(nextWidth, nextHeight, size) {
    ratio = Math.min(2, window.devicePixelRatio || 1);
    width = nextWidth;
    height = nextHeight;
    const same = !fit(bars, Math.round(width * ratio), Math.round(height * ratio));
    if (!same || em !== size) footed = null;
    em = size;
    tabled = drawn = null;
  }

  const barBox = (count) => {
    const pitch = width / Math.max(1, count);
    const bar = Math.min(1.9 * em, Math.max(1, pitch - (pitch > 4 ? 1.5 : pitch > 2 ? 0.5 : 0)));
    const step = Math.min(pitch, 2.2 * em);
    return { step, bar: Math.min(bar, step), left: 0, plot: height - FOOT * em };
  };

  function paint(trace, theme, k, u, focus, top) {
    const drawing = `${k}:${u}:${top}:${theme.dark}:${focus ? [...focus.ids].join() : ""}`;
    if (drawing === drawn) return;
    drawn = drawing;
    const shown = u > 0 ? k : Math.max(0, k - 1);
    const row = trace.read(shown);
    const then = u > 0 && k > 0 ? trace.read(k - 1) : row;
    const mix = u > 0 ? u : 1;
    const pen = penOf(bars);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { step, bar, plot } = barBox(row.ids.length);
    const pointed = Boolean(focus);
    if (pointed || outlined) footed = null; // an outline reaches below the bars
    outlined = pointed;
    pen.clearRect(0, 0, width, footed ? Math.round(plot) + 2 : height);
    pen.fillStyle = theme.hair;
    for (const part of [0, 0.5, 1]) pen.fillRect(0, Math.round(plot - part * (plot - 1)), width, 1);
    const lanes = [];
    let from = 0;
    row.ids.forEach((id, i) => {
      const role = row.roles.get(id);
      const before = then.at.has(id) ? then.weights[then.at.get(id)] : 0;
      const weight = before + (row.weights[i] - before) * mix;
      const tall = Math.max(weight > 0 ? 1 : 0, Math.min(1, weight / top) * (plot - 1));
      const lit = focus?.ids.has(id);
      pen.fillStyle = theme.roles[role].hue;
      pen.fillRect(i * step, plot - tall, bar, tall);
      if (lit) {
        pen.strokeStyle = theme.ink;
        pen.lineWidth = 1.5;
        pen.strokeRect(i * step - 1, plot - Math.max(3, tall) - 1, bar + 2, Math.max(3, tall) + 2);
      }
      const next = row.roles.get(row.ids[i + 1]);
      if (next !== role) {
        lanes.push({ role, from: from * step, to: i * step + bar });
        from = i + 1;
      }
    });
    foot(pen, trace, theme, lanes, plot);
    write(trace, shown, top, focus);
  }

  /** The lanes below the bars: a line as long as each, and its name. */
  function foot(pen, trace, theme, lanes, plot) {
    const titleOf = (role) => trace.lanes.find((lane) => lane.role === role)?.title ?? role;
    const mark = lanes.map(({ role, from, to }) => `${role}${from}-${to}${titleOf(role)}`).join();
    if (footed?.mark === mark && footed.theme === theme) return; // words take longer than bars
    footed = { mark, theme };
    pen.clearRect(0, Math.round(plot) + 2, width, height - plot);
    pen.font = `500 ${0.8 * em}px ${theme.font}`;
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    const names = lanes.map(({ role, from, to }) => {
      pen.fillStyle = theme.roles[role].hue;
      pen.fillRect(from, Math.round(plot) + 3, Math.max(1, to - from), 2);
      const title = titleOf(role);
      return { title, from, to, wide: pen.measureText(title).width };
    });
    pen.fillStyle = theme.muted;
    besideEachOther(names, width, 0.3 * em).forEach((middle, i) => {
      if (middle !== null) pen.fillText(names[i].title, middle, plot + (FOOT - 0.35) * em);
    });
  }

  function write(trace, k, top, focus) {
    const mark = `${k}:${top}:${focus ? [...focus.ids].join() : ""}`;
    if (mark === tabled) return;
    tabled = mark;
    ticks.top.textContent = String(top);
    ticks.middle.textContent = String(Number((top / 2).toPrecision(3)));
    ticks.bottom.textContent = "0";
    sum.textContent = sumLine(trace, k);
    const rows = largestRows(trace, k, parts.rows());
    while (body.rows.length > rows.length) body.deleteRow(-1);
    while (body.rows.length < rows.length) {
      const line = body.insertRow();
      for (let i = 0; i < 4; i++) line.insertCell();
      line.cells[0].append(...["i", "b", "span"].map((name) => document.createElement(name)));
    }
    rows.forEach((row, i) => {
      const line = body.rows[i];
      line.dataset.id = String(row.id);
      line.className = focus?.ids.has(row.id) ? "is-lit" : "";
      const [swatch, name, said] = line.cells[0].children;
      swatch.className = `swatch is-${row.role}`;
      name.textContent = row.name;
      said.textContent = row.words;
      line.cells[1].textContent = row.score;
      line.cells[2].textContent = row.exp;
      line.cells[3].textContent = row.share;
    });
  }

  return {
    lay,
    paint,
    refresh: () => (tabled = drawn = null),
    /** Slot under a point of the bars, or null. */
    hit(trace, k, x) {
      const row = trace.read(k);
      const i = Math.floor(x / barBox(row.ids.length).step);
      return i >= 0 && i < row.ids.length ? row.ids[i] : null;
    },
  };
}
