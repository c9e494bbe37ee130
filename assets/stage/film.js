// One stage on the page: it holds what is played, clock and painters, and turns a playhead into pixels and words.
import { actionsOf } from "./actions.js";
import { makeClock } from "./clock.js";
import { ensembleOf, joinEnsemble, leadEnsemble, leaveEnsemble, sameWords } from "./ensemble.js";
import { Framing } from "./framing.js";
import { forgetWidths } from "./lettering.js";
import { momentOf } from "./moment.js";
import { Pointing } from "./pointing.js";
import { Questions } from "./questions.js";
import { openReel } from "./reel.js";
import { sceneAt } from "./scene.js";
import { Sharing } from "./sharing.js";
import { Sheets } from "./sheets.js";
import { counterText, eventText, passedText, tell } from "./telling.js";
import { readTheme, themeMark, watchLooks } from "./theme.js";
import { makeTransport } from "./transport.js";
import { Panels } from "./views.js";

/** @import { Address, Outlet, Scene, Sent, Settings } from "./types.d.ts" */

export class Film {
  /**
   * A stage in an element that holds its markup, with the first trace.
   * @param {HTMLElement} root
   * @param {Outlet} outlet
   * @param {Sent} raw
   * @param {Settings} settings
   */
  constructor(root, outlet, raw, settings) {
    this.root = root;
    this.outlet = outlet;
    this.closed = false;
    /** @type {Record<string, any>} */
    this.parts = { root };
    for (const node of root.querySelectorAll("[data-part]")) this.parts[node.getAttribute("data-part") ?? ""] = node;
    this.following = false; // whether another stage of the same clock moves this one
    this.playedElsewhere = false;
    this.presenting = false;
    this.gloss = {};
    this.links = false;
    /** @type {number | null} */
    this.leapt = null; // the playhead from which a key leads on, until what lies between is said
    /** @type {string | null} */
    this.said = null; // the sentence that was last said aloud
    this.told = ""; // the step and phase that were last told of
    /** @type {Scene | null} */
    this.scene = null; // where the stage has no room yet
    [this.run, this.channel, this.ensemble] = ["", "", ""];
    this.themed = themeMark(root);
    this.theme = readTheme(root);
    this.reel = openReel(raw);
    this.clock = this.newClock(1);
    this.questions = new Questions(this, (told) => outlet.state("verdicts", { run: this.run, told }));
    this.sharing = new Sharing(this);
    this.framing = new Framing(this);
    this.panels = new Panels(this.parts.panels, {
      seek: (k, group) => this.seek(k, this.phaseOf(k, group)),
      measure: (node) => this.framing.box(node),
      rows: () => this.framing.rows,
      watch: (node) => this.framing.watch(node),
      unwatch: (node) => this.framing.unwatch(node),
      listen: (node, find) => this.pointing.listen(node, find),
      changed: () => this.viewed(),
      kept: () => this.kept(),
      say: (text) => this.say(text),
    });
    this.transport = makeTransport(root, (this.actions = actionsOf(this)));
    this.sheets = new Sheets(this);
    this.pointing = new Pointing(this);
    this.unwatchLooks = watchLooks(root, () => this.restyle());
    this.begin(raw, settings, null);
  }

  get trace() {
    return this.reel.trace;
  }

  get timeline() {
    return this.reel.timeline;
  }

  /** What is at the playhead, by the scale of all that are seen together. */
  get moment() {
    const together = ensembleOf(this).map((film) => film.trace);
    return momentOf(this.reel, this.clock.playhead, together);
  }

  // --- opening -------------------------------------------------------------------------------------------------

  /**
   * Show another trace: where the last one stood, if it has the same words, else at `start` (from 0), phase and view.
   * @param {Sent} raw
   * @param {Settings} settings
   */
  open(raw, settings) {
    const stood = sameWords(this.trace.tokens, raw.tokens) ? this.timeline.momentAt(this.clock.goal) : null;
    this.clock.stop();
    this.questions.card.close(false);
    this.framing.layout = this.scene = null; // of the trace before
    this.reel = openReel(raw);
    this.clock = this.newClock(this.clock.speed);
    this.pointing.forget();
    this.begin(raw, settings, stood);
  }

  /**
   * Stand with the trace that was opened, where the last one stood or, by null, where the page asks.
   * @param {Sent} raw
   * @param {Settings} settings
   * @param {Address | null} stood
   */
  begin(raw, { id, start, phase, view, lens, ...settings }, stood) {
    const asked = { k: start ?? 0, phase: phase || null };
    this.run = id;
    this.questions.open(raw.predict ?? [], this.timeline);
    this.tune(settings);
    if (!stood) this.panels.show(view);
    this.following = true; // what is new here joins the others and does not lead them
    this.root.setAttribute("aria-label", `${raw.title}: ${this.trace.length} tokens, step by step`);
    this.transport.open(this.trace.length, this.timeline.events);
    this.transport.showAsking(this.questions.on, this.questions.any);
    this.colour();
    this.panels.open(this.trace, this.theme);
    if (!stood && lens) this.panels.keep(lens);
    this.framing.lay();
    this.sharing.link.renew();
    this.clock.seek(this.timeline.playheadOf(stood ?? asked));
    this.transport.show(this.clock.playhead, this.trace.length, false, this.counter);
    this.said = null;
    const met = joinEnsemble(this, this.ensemble);
    if (met) {
      this.follow(met);
      this.adoptSpeed(met.clock.speed);
    }
    this.following = false;
    this.sharing.opened({ ...asked, view: this.panels.opened, lens: this.panels.kept });
  }

  newClock(speed) {
    const clock = makeClock(this.timeline, {
      change: () => this.moved(),
      rest: () => this.rested(),
      gate: (from, to) => this.questions.gate(from, to),
    });
    clock.speed = speed;
    return clock;
  }

  /**
   * What may change without another trace.
   * @param {Omit<Settings, "id" | "start" | "phase" | "view">} settings
   */
  tune({ channel, clock, presenting, views, links, gloss }) {
    this.channel = channel ?? "";
    this.ensemble = clock ?? "";
    this.presenting = Boolean(presenting);
    this.panels.list(views ?? []);
    this.links = Boolean(links);
    this.gloss = gloss ?? {};
  }

  /** The same trace, otherwise shown. */
  retune(settings) {
    this.tune(settings);
    this.framing.resize();
    this.sharing.showLink();
  }

  /** The reader opened another view. */
  viewed() {
    this.pointing.clear();
    this.framing.resize(true);
    this.kept();
  }

  /** What a link says of the views is another thing now. */
  kept() {
    this.sharing.showLink();
    this.sharing.reportSoon();
  }

  // --- moving --------------------------------------------------------------------------------------------------

  /** Stand where another stage of the same clock stands. */
  follow(other) {
    this.questions.card.close(false);
    const { playhead, playing, moving } = other.clock;
    const { k } = this.timeline.locate(playhead);
    const between = !moving && playhead < k + 1; // the other rests inside the step: here that place may be in motion
    this.following = true;
    this.playedElsewhere = playing;
    this.clock.seek(between ? this.timeline.playheadOf(other.timeline.momentAt(playhead)) : playhead);
    if (!moving) this.rested();
    this.following = false;
  }

  /** Another stage of the same clock has come or gone: what is drawn by one scale may have another. */
  joined() {
    if (this.scene) this.paint();
  }

  /**
   * Go to a step, from 0: to the end of a phase of it, or where it rests by itself.
   * @param {number} k
   * @param {string | null} phase
   */
  seek(k, phase = null) {
    this.questions.card.close(false);
    this.clock.seek(this.timeline.playheadOf({ k, phase }));
    this.rested();
  }

  /** Name of the phase in which a group of a step's events happens; null without a group. */
  phaseOf(k, group) {
    return this.timeline.steps[k].phases.find(({ groups }) => groups.includes(group))?.name ?? null;
  }

  setSpeed(value) {
    for (const film of ensembleOf(this)) film.adoptSpeed(value);
  }

  adoptSpeed(value) {
    this.clock.speed = value;
    this.transport.setSpeed(value);
  }

  get playing() {
    return this.clock.playing || this.playedElsewhere;
  }

  moved() {
    if (!this.following) this.playedElsewhere = false;
    this.paint();
    this.sharing.showLink();
    if (!this.following) leadEnsemble(this);
  }

  rested() {
    this.moved();
    const { trace, timeline, leapt } = this;
    const { playhead } = this.clock;
    const text = leapt !== null && leapt < playhead ? passedText(trace, timeline, leapt, playhead) : this.sentence;
    this.leapt = null;
    this.pointing.renew();
    if (text !== this.said) this.announce(text);
    if (!this.following || this.links) this.sharing.reportSoon(); // the one that leads, or that the page listens to
  }

  // --- words ---------------------------------------------------------------------------------------------------

  /** The sentence on what happens at the playhead. */
  get sentence() {
    const { playhead, moving } = this.clock;
    return eventText(this.trace, this.timeline, playhead, this.questions.card.asking || !moving);
  }

  get counter() {
    return counterText(this.trace, this.timeline, this.clock.playhead);
  }

  /** Say the sentence of the playhead aloud, or what stands for it. */
  announce(text) {
    this.said = this.parts.live.textContent = text;
  }

  /** Say something else; the next sentence is then said even if it is the one before. */
  say(text) {
    this.announce(text);
    this.said = null;
  }

  // --- painting ------------------------------------------------------------------------------------------------

  /** Read the theme anew where it is another one; whether it was. */
  colour() {
    if (themeMark(this.root) === this.themed) return false;
    this.theme = readTheme(this.root);
    this.themed = themeMark(this.root);
    forgetWidths();
    return true;
  }

  restyle() {
    if (!this.colour()) return;
    this.panels.open(this.trace, this.theme);
    if (this.framing.layout) this.framing.resize(true);
  }

  paint() {
    const { trace, theme, questions, pointing } = this;
    const { layout, painter } = this.framing;
    if (!layout || this.closed) return;
    const { moment } = this;
    const scene = sceneAt(trace, layout, moment);
    this.scene = scene;
    const { focus } = pointing;
    const { card } = questions;
    painter.paint(scene, moment, trace, theme, focus, (sprite) => (card.asking ? card : pointing).mark(sprite));
    this.panels.paint({ ...moment, focus });
    tell(this, moment);
    this.sharing.showCopy();
    this.root.toggleAttribute("data-moving", this.clock.moving);
    this.transport.show(moment.playhead, trace.length, this.playing, this.counter);
    this.tellOthers(moment);
  }

  /** Others on the page hear of another step or phase. */
  tellOthers({ k, phase }) {
    const mark = `${k}:${phase}`;
    if (mark === this.told) return;
    this.told = mark;
    const detail = { channel: this.channel, step: k, phase };
    window.dispatchEvent(new CustomEvent("memattn:playhead", { detail }));
  }

  /** Let go of everything; whatever still comes in from the page does nothing. */
  close() {
    this.closed = true;
    leaveEnsemble(this);
    this.clock.stop();
    this.sharing.close();
    this.framing.close();
    this.unwatchLooks();
    this.scene = null;
  }
}
