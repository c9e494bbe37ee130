// One stage on the page: it holds the trace, the clock and the painters, and turns a playhead into pixels and words.
import { makeClock } from "./clock.js";
import { makeCanvasPainter } from "./conveyor-canvas.js";
import { makeSvgPainter } from "./conveyor-svg.js";
import { joinEnsemble, leadEnsemble, leaveEnsemble, playingOf, sameWords } from "./ensemble.js";
import { layOut } from "./geometry.js";
import { makeHeatmap } from "./heatmap.js";
import { forgetWidths } from "./lettering.js";
import { Link, linkShelf } from "./link.js";
import { Pointing } from "./pointing.js";
import { makePrediction } from "./predict.js";
import { sceneAt } from "./scene.js";
import { Sheets } from "./sheets.js";
import { makeSoftmax } from "./softmax.js";
import { makeFrames, needs } from "./state.js";
import { counterText, eventText, tell } from "./telling.js";
import { readTheme, themeMark } from "./theme.js";
import { makeTimeline } from "./timeline.js";
import { openTrace } from "./trace.js";
import { makeTransport } from "./transport.js";

const MOST_SVG = 100; // things; above, canvas keeps 60 frames a second where SVG does not
const REPORT_MS = 400;
const STACKED_BELOW = 640;
const MEASURED = ["root", "conveyor", "heat-box", "bars-box"];

export class Film {
  constructor(root, outlet) {
    this.root = root;
    this.outlet = outlet; // { state(name, value) }
    this.parts = { root };
    for (const node of root.querySelectorAll("[data-part]")) this.parts[node.dataset.part] = node;
    const { parts } = this;
    this.svgPainter = makeSvgPainter(parts.svg);
    this.canvasPainter = makeCanvasPainter(parts.canvas);
    this.heatmap = makeHeatmap(parts.heat, parts["heat-over"]);
    this.softmax = makeSoftmax({
      bars: parts.bars,
      ticks: { top: parts["tick-top"], middle: parts["tick-middle"], bottom: parts["tick-bottom"] },
      body: parts.rows,
      sum: parts.sum,
      rows: () => this.tableRows,
    });
    this.prediction = makePrediction(root, (watch, told) => this.predicted(watch, told));
    this.transport = makeTransport(root, this.actions());
    this.tableRows = 5;
    this.trace = null;
    this.following = false; // whether another stage of the same clock moves this one
    this.playedElsewhere = false;
    this.asking = true;
    this.link = new Link();
    this.links = false;
    this.reported = null; // the moment that the page was told last
    this.asked = new Set();
    this.boxes = new Map();
    this.sizes = new ResizeObserver(() => this.resize());
    for (const name of MEASURED) this.sizes.observe(this.parts[name]);
    this.copyAppears = () => this.trace && this.showCopy(); // what can copy may come to the page after the stage
    window.addEventListener("memattn:link", this.copyAppears);
    this.sheets = new Sheets(this);
    this.pointing = new Pointing(this);
  }

  // --- opening -------------------------------------------------------------------------------------------------

  /** Show a trace: where the last one stood, if it has the same words, else at `start` (step from 0, and phase). */
  open(raw, { start, phase, ...settings }) {
    const kept = this.trace && sameWords(this.trace.tokens, raw.tokens);
    const asked = { k: start ?? 0, phase: phase || null };
    const moment = kept ? this.timeline.momentAt(this.clock.goal) : asked;
    this.clock?.stop();
    this.prediction.close(false);
    this.layout = this.scene = null; // of the trace before
    this.trace = openTrace(raw);
    this.timeline = makeTimeline(this.trace);
    this.frames = makeFrames(this.trace, this.timeline);
    this.need = needs(this.trace);
    if (
      this.trace.reads === "after" &&
      this.timeline.steps.some((step) => step.phases.some((phase) => phase.name === "arrive"))
    )
      this.need.entrance = true;
    this.tune(settings);
    this.following = true; // what is new here joins the others and does not lead them
    const speed = this.clock?.speed ?? 1;
    this.clock = makeClock(this.timeline, {
      change: () => this.moved(),
      rest: () => this.rested(),
      gate: (from, to) => this.gate(from, to),
    });
    this.clock.speed = speed;
    this.pointing.forget();
    this.asked.clear();
    this.root.setAttribute("aria-label", `${raw.title}: ${this.trace.length} tokens, step by step`);
    for (const name of ["head", "whose"]) this.parts[name].textContent = this.trace.head;
    this.parts.meaning.textContent = meaningOf(this.trace);
    this.transport.open(this.trace.length, this.timeline.events);
    this.transport.showAsking(this.asking, (raw.predict ?? []).length > 0);
    this.colour();
    this.heatmap.open(this.trace, this.theme);
    this.paintLegend();
    this.lay();
    this.link.renew();
    this.clock.seek(this.timeline.playheadOf(moment));
    this.transport.show(this.clock.playhead, this.trace.length, false, counterText(this));
    this.said = null;
    const met = joinEnsemble(this, this.ensemble);
    if (met) this.follow(met);
    this.following = false;
    this.reported ??= momentMark(asked); // the page believes what it asked for
    this.reportSoon();
  }

  /** What may change without another trace. */
  tune({ channel, clock, views, links }) {
    this.channel = channel ?? "";
    this.ensemble = clock ?? "";
    this.views = views ?? [];
    this.links = Boolean(links);
  }

  /** The same trace, otherwise shown. */
  retune(settings) {
    const before = String(this.views);
    this.tune(settings);
    if (String(this.views) !== before) this.resize(true);
    this.showLink();
  }

  shows(view) {
    return this.views.includes(view);
  }

  /** Stand where another stage of the same clock stands. */
  follow(other) {
    if (!this.clock) return;
    const { playhead, playing, moving } = other.clock;
    const { k } = this.timeline.locate(playhead);
    const between = !moving && playhead < k + 1; // the other rests inside the step: here that place may be in motion
    this.following = true;
    this.playedElsewhere = playing;
    this.clock.seek(between ? this.timeline.playheadOf(other.timeline.momentAt(playhead)) : playhead);
    if (!moving) this.rested();
    this.following = false;
  }

  moved() {
    if (!this.following) this.playedElsewhere = false;
    this.paint();
    this.showLink();
    if (!this.following) leadEnsemble(this);
  }

  showLink() {
    if (this.links) this.link.show(this.timeline.momentAt(this.clock.playhead));
  }

  /** Go to a step, from 0: to the end of a phase of it, or where it rests by itself. */
  seek(k, phase = null) {
    this.clock.seek(this.timeline.playheadOf({ k, phase }));
    this.rested();
  }

  // --- looks ---------------------------------------------------------------------------------------------------

  /** Read the theme anew where it is another one; whether it was. */
  colour() {
    if (themeMark(this.root) === this.themed) return false;
    this.theme = readTheme(this.root);
    this.themed = themeMark(this.root);
    forgetWidths();
    return true;
  }

  restyle() {
    if (!this.colour() || !this.trace) return;
    this.heatmap.open(this.trace, this.theme);
    this.paintLegend();
    if (this.layout) this.resize(true);
  }

  paintLegend() {
    const { legend } = this.parts;
    const pen = legend.getContext("2d");
    for (let x = 0; x < legend.width; x++) {
      pen.fillStyle = `rgb(${this.theme.table[Math.round((255 * x) / (legend.width - 1))]})`;
      pen.fillRect(x, 0, 1, legend.height);
    }
    const { min, max } = this.trace.scale;
    this.parts["scale-min"].textContent = String(min);
    this.parts["scale-max"].textContent = String(max);
    legend.title = meaningOf(this.trace);
  }

  /** Lay everything out anew where a part has another size than when that was done last, or the look has changed. */
  resize(force = false) {
    const laid = this.boxes;
    this.boxes = new Map();
    if (!this.trace || !this.box("root").width) return;
    const same = [...laid].every(([name, { width, height }]) => {
      const now = this.box(name);
      return now.width === width && now.height === height;
    });
    if (same && laid.size && this.layout && !force) return;
    this.lay();
    if (this.clock) this.paint();
    this.prediction.place(this.scene?.sprites ?? new Map());
  }

  /** Whole pixels of a part, remembered until one is resized: asking makes the browser lay out the page at once. */
  box(name) {
    let box = this.boxes.get(name);
    if (!box) {
      const { width, height } = this.parts[name].getBoundingClientRect();
      box = { width: Math.floor(width), height: Math.floor(height) };
      this.boxes.set(name, box);
    }
    return box;
  }

  /** Give everything its place; what is drawn there comes with the next paint. */
  lay() {
    const { width } = this.box("root");
    if (!width) return;
    const stacked = width < STACKED_BELOW;
    const em = Math.min(20, Math.max(11.5, width / 70)) * (stacked ? 1.04 : 1);
    const presenting = Math.min(0.5714 * width, Math.max(440, window.innerHeight * 0.86));
    const height = stacked ? null : Math.round(Math.max(Math.min(presenting, 860), 35 * em));
    this.shape({ width, height, em, stacked });
    const conveyor = this.box("conveyor");
    this.layout = layOut(this.trace, this.need, conveyor.width, conveyor.height, em);
    const { svg, canvas } = this.parts;
    this.onCanvas = this.layout.entities > MOST_SVG || this.layout.bands.some((band) => band.dense > 1);
    svg.toggleAttribute("hidden", this.onCanvas);
    canvas.toggleAttribute("hidden", !this.onCanvas);
    this.painter = this.onCanvas ? this.canvasPainter : this.svgPainter;
    if (this.onCanvas) {
      canvas.style.width = `${this.layout.width}px`;
      canvas.style.height = `${this.layout.height}px`;
    }
    this.painter.lay(this.layout, this.trace);
    this.placeLostButton();
    this.layPanels(em);
  }

  /** Size and proportions of the stage itself; another trace on a stage of the same shape changes nothing here. */
  shape({ width, height, em, stacked }) {
    this.tableRows = stacked || height > 42 * em ? 5 : 4;
    this.softmax.refresh();
    const shape = [width, height, em, stacked, ...this.views].join(" ");
    if (shape === this.shaped) return;
    this.shaped = shape;
    const { root, parts } = this;
    root.style.fontSize = `${em}px`;
    root.style.height = height ? `${height}px` : "";
    root.classList.toggle("is-stacked", stacked);
    root.classList.toggle("is-plain", !this.views.length);
    root.dataset.views = this.views.join(" ");
    root.style.setProperty("--rows", String(this.tableRows));
    parts.conveyor.style.height = stacked ? `${Math.round(width * (this.views.length ? 0.82 : 0.58))}px` : "";
    this.boxes.clear();
  }

  layPanels(em) {
    if (this.shows("map")) {
      const { width, height } = this.box("heat-box");
      this.heatmap.lay(width, height, em);
    }
    if (!this.shows("softmax")) return;
    const bars = this.box("bars-box");
    this.barsInset = Math.round(2.1 * em);
    this.root.style.setProperty("--bars-inset", `${this.barsInset}px`);
    this.softmax.lay(Math.max(20, bars.width - this.barsInset), bars.height, em);
  }

  placeLostButton() {
    const band = this.layout.byKey.get("lost");
    const button = this.parts["lost-button"];
    button.hidden = !band;
    if (band)
      Object.assign(button.style, {
        left: "0px",
        top: `${band.y}px`,
        width: `${band.x + band.width}px`,
        height: `${band.pitchY}px`,
      });
  }

  // --- painting ------------------------------------------------------------------------------------------------

  paint() {
    if (!this.layout || !this.clock) return;
    const { trace, timeline, theme } = this;
    const scene = sceneAt(trace, timeline, this.frames, this.layout, this.clock.playhead);
    this.scene = scene;
    this.painter.paint(
      scene,
      trace,
      theme,
      this.pointing.focus,
      this.prediction.asking ? (sprite) => this.prediction.mark(sprite) : null,
    );
    if (this.shows("map")) {
      this.heatmap.paint(scene.k, scene.attention);
      this.heatmap.frame(scene.k, this.pointing.focus);
    }
    if (this.shows("softmax"))
      this.softmax.paint(trace, theme, scene.k, scene.attention, this.pointing.focus);
    tell(this, scene);
    this.showCopy();
    this.root.toggleAttribute("data-moving", this.clock.moving);
    this.transport.show(scene.playhead, trace.length, this.playing, counterText(this));
    const mark = `${scene.k}:${scene.phase}`;
    if (mark !== this.told) {
      this.told = mark;
      window.dispatchEvent(
        new CustomEvent("memattn:playhead", {
          detail: { channel: this.channel, step: scene.k, phase: scene.phase },
        }),
      );
    }
  }

  // --- what happens when it stops ------------------------------------------------------------------------------

  get playing() {
    return this.clock.playing || this.playedElsewhere;
  }

  rested() {
    this.moved();
    const text = eventText(this);
    if (text !== this.said) {
      this.said = text;
      this.parts.live.textContent = text;
    }
    if (!this.following || this.links) this.reportSoon(); // the one that leads, and the one that the page listens to
  }

  reportSoon() {
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => this.report(), REPORT_MS);
  }

  /** Tell the page where the reader stands, unless it knows. */
  report() {
    const moment = this.timeline.momentAt(this.clock.playhead);
    if (this.clock.moving || momentMark(moment) === this.reported) return;
    this.reported = momentMark(moment);
    this.outlet.state("moment", { step: moment.k, phase: moment.phase ?? "" });
  }

  // --- predictions ---------------------------------------------------------------------------------------------

  gate(from, to) {
    if (!this.asking) return null;
    const list = this.trace.raw.predict ?? [];
    for (let i = 0; i < list.length; i++) {
      const at = this.timeline.updateStart(list[i].step);
      if (this.asked.has(i) || at < from - 1e-9 || at > to + 1e-9) continue;
      return { at, open: () => this.ask(i) };
    }
    return null;
  }

  ask(i) {
    this.asked.add(i);
    this.pointing.clear();
    const sprites = this.scene?.sprites ?? new Map(); // nothing is drawn where the stage has no room yet
    this.prediction.open(this.trace.raw.predict[i], sprites, this.layout, () => this.paint());
    this.parts.live.textContent = this.trace.raw.predict[i].prompt;
  }

  predicted(watch) {
    if (!this.clock) return;
    this.root.focus({ preventScroll: true });
    if (watch) this.clock.stepTo(this.timeline.locate(this.clock.playhead + 1e-6).k + 1);
  }

  // --- the link ------------------------------------------------------------------------------------------------

  showCopy() {
    this.transport.showCopy(this.links && Boolean(linkShelf().copy));
  }

  async copyLink() {
    const told = (await this.link.copy()) ? "Copied" : "Not copied";
    this.transport.showCopied(told);
    this.parts.live.textContent = told;
    this.said = null; // the next sentence is said even if it is the one before
  }

  // --- actions -------------------------------------------------------------------------------------------------

  /** What buttons and keys do. Nothing before the first trace is there, and nothing after the stage is closed. */
  actions() {
    const ready = (action) => (...args) => (this.trace ? action(...args) : undefined);
    return Object.fromEntries(Object.entries(this.allActions()).map(([name, action]) => [name, ready(action)]));
  }

  allActions() {
    const unless =
      (action) =>
      (...args) => {
        if (this.prediction.asking) this.prediction.close(false);
        action(...args);
      };
    return {
      toggle: unless(() => (this.playing ? playingOf(this).clock.pause() : this.clock.play())),
      step: unless(() => this.clock.step(this.transport.strides(this.timeline).next)),
      back: unless(() => this.clock.back(this.transport.strides(this.timeline).previous)),
      nextToken: unless(() => this.clock.step(this.timeline.nextToken)),
      previousToken: unless(() => this.clock.back(this.timeline.previousToken)),
      toggleWhole: () => this.transport.toggleWhole(),
      reset: unless(() => this.seek(0)),
      end: unless(() => this.seek(this.trace.length - 1)),
      nextEvent: unless(() => this.toEvent()),
      previousEvent: unless(() => {
        this.clock.seek(this.timeline.previousEvent(this.clock.playhead));
        this.clock.rest();
      }),
      scrub: unless((value) => this.clock.seek(value)),
      scrubEnd: unless((value) => {
        const { k } = this.timeline.locate(value);
        const nearest = this.timeline
          .stops(k)
          .reduce((a, b) => (Math.abs(b - value) < Math.abs(a - value) ? b : a));
        this.clock.seek(nearest);
        this.clock.rest();
      }),
      setSpeed: (value) => this.setSpeed(value),
      slower: () => this.setSpeed(this.transport.shiftSpeed(this.clock.speed, -1)),
      faster: () => this.setSpeed(this.transport.shiftSpeed(this.clock.speed, 1)),
      togglePredictions: () => {
        this.asking = !this.asking;
        this.transport.showAsking(this.asking, true);
        if (!this.asking && this.prediction.asking) this.prediction.close(false);
      },
      predict: () => (this.prediction.asking ? this.prediction.reveal() : this.actions().togglePredictions()),
      copyLink: () => this.copyLink(),
      help: () => this.sheets.toggle("keys"),
      escape: () => this.escape(),
    };
  }

  toEvent() {
    const k = this.timeline.nextEvent(this.clock.playhead);
    if (k === null) return this.seek(this.trace.length - 1);
    const before = this.timeline.updateStart(k);
    if (before > this.clock.playhead) this.clock.seek(Math.min(before, k + 1));
    return this.clock.stepTo(k + 1);
  }

  setSpeed(value) {
    this.clock.speed = value;
    this.transport.setSpeed(value);
  }

  escape() {
    for (const name of ["keys", "list"]) if (!this.parts[name].hidden) return this.sheets.toggle(name, false);
    if (this.prediction.asking) return this.prediction.close(false);
    return this.pointing.clear();
  }

  /** Let go of everything; whatever still comes in from the page finds no trace and does nothing. */
  close() {
    leaveEnsemble(this);
    this.clock?.stop();
    this.link.close();
    clearTimeout(this.reporting);
    this.sizes.disconnect();
    window.removeEventListener("memattn:link", this.copyAppears);
    this.trace = this.scene = null;
  }
}

/** What a cell of the attention map says. */
const meaningOf = ({ map }) =>
  `share of attention per position; a row sums to 1${map.joined ? "; one cell shows the largest of several" : ""}`;

const momentMark = ({ k, phase }) => `${k}:${phase ?? ""}`;
