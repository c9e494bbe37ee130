// A number of every step as a curve; the playhead runs along it. What is ahead of the playhead is not drawn yet.
import { penOf } from "./pen.js";
import { countText, errorText, percentText } from "./telling.js";
import { slotName, threeDigits } from "./trace.js";

/** What every trace has; `raw.series` of the sender, [{name, title, values}], comes on top. */
const COMMON = [
  {
    name: "retained",
    title: "retained mass",
    meaning: "share of full attention that falls on positions which some slot still carries",
    of: (numbers) => numbers.retained,
    top: () => 1,
    write: percentText,
  },
  {
    name: "error",
    title: "output error",
    meaning: "|output − full attention's| / |full attention's|",
    of: (numbers) => numbers.error,
    top: (largest) => Math.max(largest, 0.1),
    write: errorText,
  },
  {
    name: "state",
    title: "numbers read",
    meaning: "numbers in the keys and values that the query reads, per head",
    of: (numbers) => numbers.floats,
    top: (largest) => largest,
    write: countText,
  },
];

/** Every series of a trace, with its values over all steps: pure. */
export function seriesOf(trace) {
  const common = COMMON.map((one) => ({
    ...one,
    values: Array.from({ length: trace.length }, (_, k) => one.of(trace.numbers(k))),
  }));
  const own = (trace.raw.series ?? []).map((one) => ({
    meaning: "",
    top: (largest) => largest,
    write: one.values.every(Number.isInteger) ? countText : threeDigits,
    ...one,
  }));
  return [...own, ...common];
}

/** Height of the axis of a series. */
export function topOf(series) {
  return series.top(series.values.reduce((most, value) => Math.max(most, value), 0)) || 1;
}

const ofTraces = new WeakMap(); // trace → its series

function known(trace) {
  if (!ofTraces.has(trace)) ofTraces.set(trace, seriesOf(trace));
  return ofTraces.get(trace);
}

/** Height of the axis of the series of a name, of all traces that are seen together. */
export function topTogether(traces, name) {
  const same = traces.map((trace) => known(trace).find((series) => series.name === name)).filter(Boolean);
  return Math.max(...same.map(topOf));
}

const head = `<select class="pick" data-part="series" aria-label="Number of the curve"></select>`;
const body = `<div class="curve-box"><span class="tick" data-part="curve-top"></span><span class="tick" data-part="curve-zero"></span>
<canvas data-room data-part="curve" role="img"></canvas><span class="curve-now" data-part="curve-now"></span></div>`;

function make(box, stage) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const canvas = part("curve");
  const pick = part("series");
  let trace = null;
  let theme = null;
  let all = [];
  let shown = null;
  let room = { width: 0, height: 0 };
  let last = null;

  pick.addEventListener("change", () => {
    choose(pick.value);
    if (last) paint(last);
  });
  canvas.addEventListener("click", (event) => {
    if (!trace) return;
    const { left, width } = canvas.getBoundingClientRect();
    stage.seek(Math.floor(((event.clientX - left) / width) * trace.length));
  });

  function choose(name) {
    shown = all.find((series) => series.name === name) ?? all[0];
    pick.value = shown.name;
    part("curve-zero").textContent = shown.write(0);
    pick.title = shown.meaning;
  }

  function paint(moment) {
    last = moment;
    const { k } = moment;
    const value = shown.values[k];
    const told = `${shown.write(value)} at ${slotName(k)}`;
    const top = topTogether(moment.together, shown.name);
    part("curve-top").textContent = shown.write(top);
    part("curve-now").textContent = told;
    canvas.setAttribute("aria-label", `${shown.title} of every step so far; ${told}`);
    draw(k, top);
  }

  function draw(k, top) {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const { width, height } = room;
    if (!width) return;
    const pen = penOf(canvas);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const x = (step) => ((step + 0.5) / trace.length) * width;
    const y = (value) => height - 3 - (Math.min(value, top) / top) * (height - 6);
    pen.fillStyle = theme.hair;
    for (const share of [0, 0.5, 1]) pen.fillRect(0, Math.round(y(share * top)), width, 1);
    pen.beginPath();
    for (let step = 0; step <= k; step++) pen.lineTo(x(step), y(shown.values[step]));
    pen.strokeStyle = theme.accent;
    pen.lineWidth = 1.75;
    pen.lineJoin = "round";
    pen.stroke();
    pen.fillStyle = theme.muted;
    pen.globalAlpha = 0.5;
    pen.fillRect(Math.round(x(k)), 0, 1, height);
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.arc(x(k), y(shown.values[k]), 3.5, 0, 7);
    pen.fillStyle = theme.accent;
    pen.fill();
  }

  return {
    open(next, look) {
      const before = shown?.name;
      trace = next;
      theme = look;
      all = known(trace);
      pick.replaceChildren(...all.map(({ name, title }) => new Option(title, name)));
      choose(before);
    },
    lay(_em, width, height) {
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      room = { width, height };
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    },
    paint,
  };
}

export const curveView = { name: "curve", title: "Curve", head, body, make };
