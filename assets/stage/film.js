// One stage on the page: it holds the trace, the clock and the painters, and turns a playhead into pixels and words.
import { openQuestion } from "./choosing.js";
import { makeClock } from "./clock.js";
import { ensembleOf, joinEnsemble, leadEnsemble, leaveEnsemble, playingOf, sameWords } from "./ensemble.js";
import { Framing } from "./framing.js";
import { forgetWidths } from "./lettering.js";
import { Link, linkShelf } from "./link.js";
import { Pointing } from "./pointing.js";
import { makePrediction } from "./predict.js";
import { sceneAt } from "./scene.js";
import { Sheets } from "./sheets.js";
import { makeFrames, needs } from "./state.js";
import { counterText, eventText, passedText, tell } from "./telling.js";
import { readTheme, themeMark, watchLooks } from "./theme.js";
import { makeTimeline } from "./timeline.js";
import { openTrace } from "./trace.js";
import { makeTransport } from "./transport.js";
import { Panels } from "./views.js";

const REPORT_MS = 400;

export class Film {
  constructor(root, outlet) {
    this.root = root;
    this.outlet = outlet; // { state(name, value) }
    this.parts = { root };
    for (const node of root.querySelectorAll("[data-part]")) this.parts[node.dataset.part] = node;
    const { parts } = this;
    this.prediction = makePrediction(root, {
      judged: (verdict) => this.judged(verdict),
      closed: (watch) => this.predicted(watch),
      more: () => this.gate(this.clock.playhead, this.clock.playhead) !== null,
    });
    this.transport = makeTransport(root, this.actions());
    this.trace = null;
    this.following = false; // whether another stage of the same clock moves this one
    this.playedElsewhere = false;
    this.asking = true;
    this.presenting = false;
    this.turned = 0; // of the looks, on a projector
    this.link = new Link(
      (event) => this.pointing.press(event),
      () => this.prediction.asking,
    );
    this.links = false;
    this.reported = null; // the moment that the page was told last
    this.questions = [];
    this.asked = new Set(); // numbers of questions
    this.asks = null; // number of the one that is open
    this.verdicts = new Map(); // number of a question → what was answered
    this.leapt = null; // the playhead from which a key leads on, until what lies between is said
    this.framing = new Framing(this);
    this.panels = new Panels(this.parts.panels, {
      seek: (k, group) => this.trace && this.seek(k, this.phaseOf(k, group)),
      measure: (node) => this.framing.box(node),
      watch: (node) => this.framing.watch(node),
      unwatch: (node) => this.framing.unwatch(node),
      listen: (node, find) => this.pointing.listen(node, find),
      changed: () => this.viewed(),
      kept: () => this.kept(),
      say: (text) => this.say(text),
    });
    this.copyAppears = () => this.trace && this.showCopy(); // what can copy may come to the page after the stage
    window.addEventListener("memattn:link", this.copyAppears);
    this.unwatchLooks = watchLooks(root, () => this.restyle());
    this.sheets = new Sheets(this);
    this.pointing = new Pointing(this);
  }

  // --- opening -------------------------------------------------------------------------------------------------

  /** Show a trace: where the last one stood, if it has the same words, else at `start` (step from 0), phase and view. */
  open(raw, { id, start, phase, view, lens, ...settings }) {
    const kept = this.trace && sameWords(this.trace.tokens, raw.tokens);
    const asked = { k: start ?? 0, phase: phase || null };
    const moment = kept ? this.timeline.momentAt(this.clock.goal) : asked;
    this.clock?.stop();
    this.prediction.close(false);
    this.framing.layout = this.scene = null; // of the trace before
    this.trace = openTrace(raw);
    this.timeline = makeTimeline(this.trace);
    this.run = id;
    this.questions = (raw.predict ?? []).map((sent) => openQuestion(sent, this.timeline));
    this.frames = makeFrames(this.trace, this.timeline);
    this.need = needs(this.trace);
    if (
      this.trace.reads === "after" &&
      this.timeline.steps.some((step) => step.phases.some((phase) => phase.name === "arrive"))
    )
      this.need.entrance = true;
    this.tune(settings);
    if (!kept) this.panels.show(view);
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
    this.verdicts.clear();
    this.root.setAttribute("aria-label", `${raw.title}: ${this.trace.length} tokens, step by step`);
    this.transport.open(this.trace.length, this.timeline.events);
    this.transport.showAsking(this.asking, this.asksAnything);
    this.colour();
    this.panels.open(this.trace, this.theme);
    if (!kept && lens) this.panels.keep(lens);
    this.framing.lay();
    this.link.renew();
    this.clock.seek(this.timeline.playheadOf(moment));
    this.transport.show(this.clock.playhead, this.trace.length, false, counterText(this));
    this.said = null;
    const met = joinEnsemble(this, this.ensemble);
    if (met) {
      this.follow(met);
      this.adoptSpeed(met.clock.speed);
    }
    this.following = false;
    this.reported ??= momentMark({ ...asked, view: this.panels.opened, lens: this.panels.kept }); // the page believes what it asked for
    this.reportSoon();
  }

  /**
   * What may change without another trace.
   * @param {Partial<Record<"channel" | "clock" | "presenting" | "views" | "links", any>>} settings
   */
  tune({ channel, clock, presenting, views, links }) {
    this.channel = channel ?? "";
    this.ensemble = clock ?? "";
    this.presenting = Boolean(presenting);
    this.panels.list(views ?? []);
    this.links = Boolean(links);
  }

  /** The same trace, otherwise shown. */
  retune(settings) {
    this.tune(settings);
    this.framing.resize();
    this.showLink();
  }

  /** What is seen on a projector: the tiles, one panel, or all, as always while a question is open; "" on a page. */
  get look() {
    if (!this.presenting) return "";
    return this.prediction.asking ? "all" : this.looks[this.turned % this.looks.length];
  }

  get looks() {
    const { shown } = this.panels;
    return ["tiles", ...shown.map((_, panel) => `panel-${panel + 1}`), ...(shown.length ? ["all"] : [])];
  }

  turn() {
    if (!this.presenting) return;
    this.turned += 1;
    this.framing.resize(true);
  }

  /** The reader opened another view. */
  viewed() {
    this.pointing.clear();
    this.framing.resize(true);
    this.showLink();
    this.reportSoon();
  }

  /** The reader has set something in a view that the link tells. */
  kept() {
    this.showLink();
    this.reportSoon();
  }

  /** Open a view, or by "" leave them as they are; the lens is set as a text says, by "" as it begins. */
  turnTo(view, lens) {
    if (view && !this.panels.shown.includes(view)) {
      this.panels.show(view);
      this.framing.resize(true);
    }
    this.panels.keep(lens ?? "");
    this.showLink();
  }

  /** Stand where another stage of the same clock stands. */
  follow(other) {
    if (!this.clock) return;
    this.prediction.close(false);
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
    if (this.links) this.link.show(this.shareable);
  }

  /** What a link says of the stage: step from 0, phase, a view that was opened, and what was set in the lens. */
  get shareable() {
    return { ...this.timeline.momentAt(this.clock.playhead), view: this.panels.opened, lens: this.panels.kept };
  }

  /** Go to a step, from 0: to the end of a phase of it, or where it rests by itself. */
  seek(k, phase = null) {
    this.prediction.close(false);
    this.clock.seek(this.timeline.playheadOf({ k, phase }));
    this.rested();
  }

  /** Name of the phase in which a group of a step's events happens; null without a group. */
  phaseOf(k, group) {
    return this.timeline.steps[k].phases.find(({ groups }) => groups.includes(group))?.name ?? null;
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
    this.panels.open(this.trace, this.theme);
    if (this.framing.layout) this.framing.resize(true);
  }

  // --- painting ------------------------------------------------------------------------------------------------

  paint() {
    const { layout, painter } = this.framing;
    if (!layout || !this.clock) return;
    const { trace, timeline, theme } = this;
    const { focus } = this.pointing;
    const together = ensembleOf(this).map((film) => film.trace);
    const scene = sceneAt(trace, timeline, this.frames, layout, this.clock.playhead, together);
    this.scene = scene;
    painter.paint(
      scene,
      trace,
      theme,
      focus,
      this.prediction.asking ? (sprite) => this.prediction.mark(sprite) : (sprite) => this.pointing.mark(sprite),
    );
    this.panels.paint(this.moment(scene, focus, together));
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

  /** What the views are told of a playhead. */
  moment({ k, at, attention, phase }, focus, together) {
    const { phases } = this.timeline.steps[k];
    const begun = phases.slice(0, at.index + 1).flatMap(({ groups }) => groups);
    const progress = [];
    phases.forEach(({ groups }, i) => {
      for (const g of groups) progress[g] = i === at.index ? at.t : Number(i < at.index);
    });
    return {
      k,
      phase,
      attention,
      focus,
      asks: asksAt(k, attention),
      groups: Math.max(0, ...begun.map((group) => group + 1)), // of this step that have begun
      together, // what is drawn by one scale
      progress, // of each of these groups, from 0 to 1
    };
  }

  // --- what happens when it stops ------------------------------------------------------------------------------

  get playing() {
    return this.clock.playing || this.playedElsewhere;
  }

  rested() {
    this.moved();
    const { playhead } = this.clock;
    const text =
      this.leapt !== null && this.leapt < playhead
        ? passedText(this.trace, this.timeline, this.leapt, playhead)
        : eventText(this);
    this.leapt = null;
    this.pointing.renew();
    if (text !== this.said) {
      this.said = text;
      this.parts.live.textContent = text;
    }
    if (!this.following || this.links) this.reportSoon(); // the one that leads, and the one that the page listens to
  }

  /** Say something that is not the sentence of the playhead. */
  say(text) {
    this.parts.live.textContent = text;
    this.said = null; // the next sentence is said even if it is the one before
  }

  reportSoon() {
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => this.report(), REPORT_MS);
  }

  /** Tell the page where the reader stands, unless it knows. */
  report() {
    const { k, phase, view, lens } = this.shareable;
    const mark = momentMark({ k, phase, view, lens });
    if (this.clock.moving || mark === this.reported) return;
    this.reported = mark;
    this.outlet.state("moment", { step: k, phase: phase ?? "", view, lens });
  }

  // --- predictions ---------------------------------------------------------------------------------------------

  /** Whether there is a question, and room for it beside the conveyor. */
  get asksAnything() {
    return this.questions.length > 0 && this.panels.shown.length > 0;
  }

  /** The next question between two playheads that was not asked: {at, open}, or null. */
  gate(from, to) {
    if (!this.asking || !this.asksAnything) return null;
    let next = /** @type {number | null} */ (null);
    this.questions.forEach(({ start }, i) => {
      if (this.asked.has(i) || start < from - 1e-9 || start > to + 1e-9) return;
      if (next === null || start < this.questions[next].start) next = i;
    });
    return next === null ? null : { at: this.questions[next].start, open: () => this.ask(next) };
  }

  ask(i) {
    this.asked.add(i);
    this.asks = i;
    this.pointing.clear();
    const sprites = this.scene?.sprites ?? new Map(); // nothing is drawn where the stage has no room yet
    this.prediction.open(this.questions[i], sprites, () => this.paint());
    this.said = this.parts.live.textContent = `Question: ${this.questions[i].prompt} ${this.parts.hint.textContent}`;
    if (this.presenting) this.framing.resize(true);
  }

  /** Go to where a question is asked, and open it. */
  toQuestion(i) {
    if (!this.questions[i] || !this.asksAnything) return;
    this.prediction.close(false);
    this.clock.seek(this.questions[i].start);
    this.rested();
    this.ask(i);
    this.parts.conveyor.scrollIntoView({ block: "nearest" });
  }

  /** The reader was told whether the answer is right; the page is told all answers to this run. */
  judged({ chosen, right }) {
    this.verdicts.set(this.asks, { which: this.asks, chosen, right });
    this.outlet.state("verdicts", { run: this.run, told: [...this.verdicts.values()] });
  }

  /** The question is closed: on to what it asked about, or, as it was skipped, past all that this step would ask. */
  predicted(watch) {
    if (!this.clock) return;
    if (this.presenting) this.framing.resize(true);
    const { at, end } = this.questions[this.asks];
    if (watch) this.clock.stepTo(end);
    else
      this.questions.forEach((other, i) => {
        if (other.at.step === at.step) this.asked.add(i);
      });
  }

  // --- the link ------------------------------------------------------------------------------------------------

  showCopy() {
    this.transport.showCopy(this.links && Boolean(linkShelf().copy));
  }

  async copyLink() {
    const told = (await this.link.copy()) ? "Copied" : "Not copied";
    this.transport.showCopied(told);
    this.say(told);
  }

  // --- actions -------------------------------------------------------------------------------------------------

  /** What buttons and keys do. Nothing before the first trace is there, and nothing after the stage is closed. */
  actions() {
    const ready = (action) => (...args) => (this.trace ? action(...args) : undefined);
    return Object.fromEntries(Object.entries(this.allActions()).map(([name, action]) => [name, ready(action)]));
  }

  allActions() {
    /** A way on: while a question is open it stays; once it is judged, on is to what happens. */
    const on =
      (action) =>
      (...args) => {
        if (this.prediction.judged) this.prediction.close(true);
        else if (this.prediction.asking) this.prediction.stay();
        else action(...args);
      };
    const back = (action) => () => {
      if (this.prediction.asking && !this.prediction.judged) return this.prediction.stay();
      this.prediction.close(false);
      return action();
    };
    /** Anywhere else: that leaves the question. */
    const away =
      (action) =>
      (...args) => {
        this.prediction.close(false);
        action(...args);
      };
    const leap = (action) =>
      on(() => {
        this.leapt ??= this.clock.playhead;
        action();
      });
    return {
      toggle: on(() => (this.playing ? playingOf(this).clock.pause() : this.clock.play())),
      step: leap(() => this.clock.step(this.transport.strides(this.timeline).next)),
      back: back(() => this.clock.back(this.transport.strides(this.timeline).previous)),
      nextToken: leap(() => this.clock.step(this.timeline.nextToken)),
      previousToken: back(() => this.clock.back(this.timeline.previousToken)),
      toggleWhole: () => this.transport.toggleWhole(),
      reset: away(() => this.seek(0)),
      end: away(() => this.seek(this.trace.length - 1)),
      nextEvent: leap(() => this.toEvent()),
      previousEvent: back(() => {
        this.clock.seek(this.timeline.previousEvent(this.clock.playhead));
        this.clock.rest();
      }),
      scrub: away((value) => this.clock.seek(value)),
      scrubEnd: away((value) => {
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
      inspect: () => this.pointing.inspect(),
      turn: () => this.turn(),
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

  /** Another stage of the same clock has come or gone: what is drawn by one scale may have another. */
  joined() {
    if (this.trace && this.scene) this.paint();
  }

  setSpeed(value) {
    for (const film of ensembleOf(this)) film.adoptSpeed(value);
  }

  adoptSpeed(value) {
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
    this.framing.close();
    this.unwatchLooks();
    window.removeEventListener("memattn:link", this.copyAppears);
    this.trace = this.scene = null;
  }
}

/** The query whose read is shown while step k runs: until it reads, the one before. */
export const asksAt = (k, attention) => (attention > 0 || k === 0 ? k : k - 1);

const momentMark = ({ k, phase, view, lens }) => `${k}:${phase ?? ""}:${view}:${lens}`;
