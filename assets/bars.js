// Bars to be dragged up and down, by pointer or keys. What they say is reported when one is let go, or keys rest.

const KEYS_REST_MS = 250;
const KEYS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 4, PageDown: -4, Home: -1e3, End: 1e3 };
/** @type {WeakMap<Element, Row>} */
const rows = new WeakMap(); // by the element that Streamlit gives

/** @typedef {Record<"node" | "number" | "part" | "name", HTMLElement>} Bar */

const rounded = (value, step) => Number((Math.round(value / step) * step).toFixed(4));

class Row {
  /** @param {Element} place */
  constructor(place) {
    this.node = document.createElement("div");
    this.node.className = "bars";
    this.node.setAttribute("role", "group");
    /** @type {Bar[]} */
    this.bars = [];
    /** @type {number[]} */
    this.values = [];
    [this.symbol, this.step] = ["", 1];
    /** @type {(name: string, values: number[]) => void} */
    this.report = () => {};
    this.resting = 0;
    this.busy = false; // what comes from the server meanwhile is older than what the reader does
    place.append(this.node);
  }

  show({ symbol, values, step }, report) {
    this.symbol = symbol;
    this.step = step;
    this.report = report;
    if (this.busy) return;
    this.node.setAttribute("aria-label", `Weights ${symbol}, oldest first`);
    for (const { node } of this.bars.splice(values.length)) node.remove();
    while (this.bars.length < values.length) this.bars.push(this.bar(this.bars.length));
    this.values = [...values];
    this.bars.forEach((_, i) => this.draw(i));
  }

  /** @returns {Bar} */
  bar(i) {
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.tabIndex = 0;
    for (const [name, value] of [["role", "slider"], ["aria-orientation", "vertical"], ["aria-valuemax", "1"]])
      bar.setAttribute(name, value);
    const [number, track, name] = ["b", "div", "span"].map((kind) => document.createElement(kind));
    track.className = "track";
    const part = document.createElement("i");
    track.append(part);
    bar.append(number, track, name);
    bar.addEventListener("keydown", (event) => this.press(event, i));
    bar.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      bar.focus();
      bar.setPointerCapture(event.pointerId);
      this.busy = true;
      this.drag(event, i, track);
    });
    bar.addEventListener("pointermove", (event) => bar.hasPointerCapture(event.pointerId) && this.drag(event, i, track));
    for (const end of ["pointerup", "pointercancel"]) bar.addEventListener(end, () => this.busy && this.send());
    this.node.append(bar);
    return { node: bar, number, part, name };
  }

  /** The newest must weigh something, or nothing would be in the mean of the first pair. */
  lowest(i) {
    return i === this.values.length - 1 ? this.step : 0;
  }

  set(i, value) {
    this.values[i] = Math.min(1, Math.max(this.lowest(i), rounded(value, this.step)));
    this.draw(i);
  }

  drag(event, i, track) {
    const { top, height } = track.getBoundingClientRect();
    this.set(i, 1 - (event.clientY - top) / height);
  }

  press(event, i) {
    const by = KEYS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.busy = true;
    this.set(i, this.values[i] + by * this.step);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.send(), KEYS_REST_MS);
  }

  send() {
    this.busy = false;
    this.report("values", this.values);
  }

  draw(i) {
    const { node, number, part, name } = this.bars[i];
    const value = String(this.values[i]);
    const last = this.values.length - 1;
    const age = i === last ? ", newest" : i === 0 ? ", oldest" : "";
    node.setAttribute("aria-label", `${this.symbol} ${i + 1}${age}`);
    node.setAttribute("aria-valuemin", String(this.lowest(i)));
    node.setAttribute("aria-valuenow", value);
    number.textContent = value;
    part.style.setProperty("--part", value);
    name.textContent = `${this.symbol}${[...String(i + 1)].map((d) => "₀₁₂₃₄₅₆₇₈₉"[d]).join("")}`;
  }
}

export default function ({ data, parentElement, setStateValue }) {
  let row = rows.get(parentElement);
  if (!row) rows.set(parentElement, (row = new Row(parentElement)));
  row.show(data, setStateValue);
}
