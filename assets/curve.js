// A curve to be drawn before it is measured: a point per place, by pointer, touch or keys; each is a slider to those
// who listen. Curves that are known stand behind it. What is drawn is reported when it is let go, or keys rest.

const SVG = "http://www.w3.org/2000/svg";
const KEYS_REST_MS = 250;
const KEYS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 4, PageDown: -4, Home: -1e3, End: 1e3 };
const EDGES = { left: 46, right: 20, top: 14, bottom: 44 };
const HEIGHT = 300;
const NARROW = 420; // pixels: below it every second number of the axis is left out
const DASHES = { solid: "", dash: "7 5", dot: "2 5" };
const MARKS = { solid: "■━", dash: "■╌", dot: "■┈" };
const plots = new WeakMap(); // by the element that Streamlit gives

const make = (kind, attributes, parent) => {
  const node = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  parent?.append(node);
  return node;
};
const rounded = (value, step) => Number((Math.round(value / step) * step).toFixed(4));
const written = (number) => number.toLocaleString("en");

class Plot {
  constructor(place) {
    this.node = document.createElement("div");
    this.node.className = "curve";
    this.svg = make("svg", { height: HEIGHT }, null);
    this.back = make("g", { "aria-hidden": "true" }, this.svg);
    this.front = make("g", { role: "group" }, this.svg);
    this.path = make("path", { class: "drawn" }, this.front);
    this.over = make("g", { "aria-hidden": "true", "pointer-events": "none" }, this.svg);
    this.legend = document.createElement("ul");
    this.points = [];
    this.values = [];
    this.width = 0;
    this.busy = false; // what comes from the server meanwhile is older than what the reader does
    this.node.append(this.svg, this.legend);
    place.append(this.node);
    this.svg.addEventListener("pointerdown", (event) => this.begin(event));
    this.svg.addEventListener("pointermove", (event) => this.pen === event.pointerId && this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, (event) => this.end(event));
    new ResizeObserver(() => this.data && this.draw()).observe(this.node);
  }

  show(data, report) {
    this.report = report;
    this.data = data;
    if (!this.busy) this.values = [...data.values];
    while (this.points.length > data.places.length) this.points.pop().remove();
    while (this.points.length < data.places.length) this.points.push(this.point(this.points.length));
    this.draw();
  }

  point(i) {
    const point = make("g", { role: "slider", "aria-orientation": "vertical", "aria-valuemin": 0, "aria-valuemax": 1 });
    make("circle", { r: 22, class: "finger" }, point);
    make("circle", { r: 8, class: "dot" }, point);
    make("text", { y: -14, "text-anchor": "middle" }, point);
    point.addEventListener("keydown", (event) => this.press(event, i));
    this.front.append(point);
    return point;
  }

  // --- moving ---------------------------------------------------------------------------------------------------

  begin(event) {
    if (this.data.locked || event.button) return;
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    this.pen = event.pointerId;
    this.busy = true;
    this.points[this.drag(event)].focus();
  }

  /** The point nearest to the pen goes where the pen is; so a stroke over the plot draws the curve. */
  drag(event) {
    const box = this.svg.getBoundingClientRect();
    const x = event.clientX - box.left;
    const far = this.data.places.map((place) => Math.abs(this.x(place) - x));
    const nearest = far.indexOf(Math.min(...far));
    const { top, bottom } = EDGES;
    this.set(nearest, 1 - (event.clientY - box.top - top) / (HEIGHT - top - bottom));
    return nearest;
  }

  end(event) {
    if (this.pen !== event.pointerId) return;
    this.pen = undefined;
    this.send();
  }

  press(event, i) {
    const by = KEYS[event.key];
    if (!by || this.data.locked || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.busy = true;
    this.set(i, this.values[i] + by * this.data.step);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.send(), KEYS_REST_MS);
  }

  set(i, value) {
    this.values[i] = Math.min(1, Math.max(0, rounded(value, this.data.step)));
    this.place(i);
    this.trace();
  }

  send() {
    this.busy = false;
    this.report("values", this.values);
  }

  // --- drawing --------------------------------------------------------------------------------------------------

  x(place) {
    const { places } = this.data;
    const [low, high] = [Math.log(places[0]), Math.log(places[places.length - 1])];
    const part = (Math.log(place) - low) / (high - low);
    return EDGES.left + 12 + part * (this.width - EDGES.left - EDGES.right - 24);
  }

  y(value) {
    return EDGES.top + (1 - value) * (HEIGHT - EDGES.top - EDGES.bottom);
  }

  draw() {
    this.width = Math.max(280, this.node.clientWidth);
    this.svg.setAttribute("width", String(this.width));
    this.svg.setAttribute("class", this.data.locked ? "locked" : "");
    this.front.setAttribute("aria-label", `What you expect of ${this.data.name}: recall by tokens of the text`);
    this.front.style.setProperty("--own", this.data.colour);
    this.back.replaceChildren();
    this.over.replaceChildren();
    this.axes();
    for (const curve of this.data.curves) this.known(curve);
    this.points.forEach((_, i) => this.place(i));
    this.trace();
    this.list();
  }

  axes() {
    const text = (x, y, words, anchor) =>
      (make("text", { x, y, "text-anchor": anchor, class: "axis" }, this.back).textContent = words);
    for (const value of [0, 0.25, 0.5, 0.75, 1]) {
      make("line", { x1: EDGES.left, x2: this.width - EDGES.right, y1: this.y(value), y2: this.y(value), class: "grid" }, this.back);
      text(EDGES.left - 8, this.y(value) + 4, String(value), "end");
    }
    const base = HEIGHT - EDGES.bottom;
    this.data.places.forEach((place, i) => {
      make("line", { x1: this.x(place), x2: this.x(place), y1: base, y2: base + 5, class: "grid" }, this.back);
      const last = i === this.data.places.length - 1;
      if (this.width < NARROW && i % 2 && !last) return;
      text(this.x(place), base + 19, written(place), "middle");
    });
    text(this.x(this.data.places[0]) - 12, HEIGHT - 5, this.data.axis, "start");
  }

  known({ colour, dash, points, strong }) {
    const group = make("g", { style: `--own: ${colour}`, class: strong ? "known strong" : "known" }, strong ? this.over : this.back);
    const at = points.map(({ x, y }) => `${this.x(x)} ${this.y(y)}`);
    make("path", { d: at.length ? `M${at.join("L")}` : "", "stroke-dasharray": strong ? "" : DASHES[dash] }, group);
    for (const { x, y, low, high } of points) {
      make("line", { x1: this.x(x), x2: this.x(x), y1: this.y(low), y2: this.y(high) }, group);
      make("rect", { x: this.x(x) - 4, y: this.y(y) - 4, width: 8, height: 8 }, group);
    }
  }

  place(i) {
    const point = this.points[i];
    const [place, value] = [this.data.places[i], this.values[i]];
    point.setAttribute("transform", `translate(${this.x(place)} ${this.y(value)})`);
    point.setAttribute("tabindex", this.data.locked ? "-1" : "0");
    point.setAttribute("aria-disabled", String(Boolean(this.data.locked)));
    point.setAttribute("aria-label", `Recall at ${written(place)} tokens`);
    point.setAttribute("aria-valuenow", String(value));
    const words = point.querySelector("text");
    words.textContent = this.data.locked ? "" : value.toFixed(2);
    words.setAttribute("y", value > 0.9 ? "24" : "-14");
  }

  trace() {
    const at = this.data.places.map((place, i) => `${this.x(place)} ${this.y(this.values[i])}`);
    this.path.setAttribute("d", `M${at.join("L")}`);
  }

  list() {
    const rows = [{ name: `${this.data.name}: what you drew`, colour: this.data.colour, mark: "○" }];
    for (const { name, colour, dash, strong } of this.data.curves) {
      rows.push({ name: `${name}: measured`, colour, mark: MARKS[strong ? "solid" : dash] });
    }
    this.legend.replaceChildren(
      ...rows.map(({ name, colour, mark }) => {
        const row = document.createElement("li");
        const sign = document.createElement("b");
        sign.textContent = mark;
        sign.style.color = colour;
        sign.setAttribute("aria-hidden", "true");
        row.append(sign, ` ${name}`);
        return row;
      }),
    );
  }
}

export default function ({ data, parentElement, setStateValue }) {
  let plot = plots.get(parentElement);
  if (!plot) plots.set(parentElement, (plot = new Plot(parentElement)));
  plot.show(data, setStateValue);
}
