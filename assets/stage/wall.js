// The wall on a page: mounted again and again with the same or new data, played by one clock.
import { makeClock } from "./clock.js";
import { headOf, openEnvelope, unpack } from "./codec.js";
import { Link, linkShelf } from "./link.js";
import { goOn, leave } from "./remount.js";
import { readTheme, themeMark, watchLooks } from "./theme.js";
import { keyAction, makeTransport } from "./transport.js";
import { makeCard, tellCard, wordsUpTo } from "./wall-cards.js";
import { layOut, openWall, tally } from "./wall-moment.js";
import { fit, paint, STRIP } from "./wall-paint.js";

const TOKEN_MS = 260; // at speed 1
const REPORT_MS = 400;
const NEAR = 1e-6;
const walls = new WeakMap(); // by the element that Streamlit gives

/** A clock's timeline whose steps are whole tokens. */
export function tokenByToken(length, changes) {
  const onward = (playhead) => Math.min(length, Math.floor(playhead + NEAR) + 1);
  const backward = (playhead) => Math.max(0, Math.ceil(playhead - NEAR) - 1);
  return {
    end: length,
    rest: (k) => k + 1,
    phaseEnd: (playhead) => Math.ceil(playhead - NEAR),
    duration: () => TOKEN_MS,
    locate: (playhead) => ({ k: Math.min(length - 1, Math.max(0, Math.ceil(playhead) - 1)), f: 0 }),
    advance: (playhead, ms) => Math.min(length, playhead + ms / TOKEN_MS),
    nextStop: onward,
    previousStop: backward,
    nextToken: onward,
    previousToken: backward,
    nextEvent: (playhead) => (changes.find((k) => k + 1 > playhead + NEAR) ?? length - 1) + 1,
    previousEvent: (playhead) => (changes.findLast((k) => k + 1 < playhead - NEAR) ?? -1) + 1,
  };
}

class WallPlayer {
  constructor(root, outlet) {
    this.root = root;
    this.outlet = outlet;
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.wall = openWall({ tokens: [""], fact: [0, 0], roles: [], memories: [] });
    this.timeline = tokenByToken(1, []);
    /** @type {ReturnType<typeof makeCard>[]} */
    this.cards = [];
    this.size = { width: 0, height: 0 };
    this.reported = -1;
    this.link = new Link((event) => this.press(event), () => false, () => ({ counter: this.counter, sentence: this.sentence }));
    this.actions = this.actionsOf();
    this.transport = makeTransport(root, this.actions);
    this.clock = this.makeClock(0);
    root.addEventListener("keydown", (event) => this.press(event) && event.preventDefault());
    this.resizes = new ResizeObserver(() => this.lay());
    this.resizes.observe(this.part("minis"));
    this.unwatch = watchLooks(root, () => this.restyle());
    this.showCopy = () => this.transport.showCopy(Boolean(linkShelf().copy));
    window.addEventListener("memattn:link", this.showCopy);
    this.showCopy();
  }

  makeClock(playhead) {
    const speed = this.clock?.speed ?? 1;
    this.clock?.stop();
    this.timeline = tokenByToken(this.wall.length, this.wall.changes);
    const clock = makeClock(this.timeline, { change: () => this.draw(), rest: () => this.rests(), gate: () => null });
    clock.speed = speed;
    this.clock = clock;
    clock.seek(playhead);
    return clock;
  }

  actionsOf() {
    const stand = (playhead) => {
      this.clock.seek(playhead);
      this.clock.rest();
    };
    const speed = (value) => {
      this.clock.speed = value;
      this.transport.setSpeed(value);
    };
    const actions = {
      toggle: () => (this.clock.playing ? this.clock.pause() : this.clock.play()),
      step: () => this.clock.step(this.timeline.nextToken),
      back: () => this.clock.back(this.timeline.previousToken),
      nextEvent: () => stand(this.timeline.nextEvent(this.clock.playhead)),
      previousEvent: () => stand(this.timeline.previousEvent(this.clock.playhead)),
      reset: () => stand(0),
      end: () => stand(this.timeline.end),
      scrub: (value) => this.clock.seek(value),
      scrubEnd: (value) => stand(Math.round(value)),
      setSpeed: speed,
      slower: () => speed(this.transport.shiftSpeed(this.clock.speed, -1)),
      faster: () => speed(this.transport.shiftSpeed(this.clock.speed, 1)),
      copyLink: async () => this.transport.showCopied((await this.link.copy()) ? "Copied" : "Not copied"),
    };
    return { ...actions, nextToken: actions.step, previousToken: actions.back };
  }

  /** Whether a key means something here; then it was done. */
  press(event) {
    const action = this.actions[keyAction(event)];
    action?.();
    return Boolean(action);
  }

  open(raw, { start, presenting }) {
    const sameWords = String(this.wall.tokens) === String(raw.tokens);
    const stood = sameWords && this.cards.length ? this.clock.playhead : (start ?? raw.tokens.length - 1) + 1;
    this.wall = openWall(raw);
    this.present(presenting);
    this.cards = this.wall.minis.map((mini) =>
      makeCard(mini, () => this.outlet.trigger("chosen", { name: mini.name, step: this.step })),
    );
    this.part("minis").replaceChildren(...this.cards.map(({ node }) => node));
    this.transport.open(this.wall.length, this.wall.changes);
    this.reported = stood - 1;
    this.mark = "";
    this.layout = null;
    this.makeClock(stood);
    this.restyle();
    this.lay();
    this.rests();
  }

  present(on) {
    this.root.classList.toggle("is-presenting", Boolean(on));
  }

  /** The last step that has ended, from 0; 0 before the first. */
  get step() {
    return Math.max(0, Math.floor(this.clock.playhead + NEAR) - 1);
  }

  get counter() {
    return `token ${Math.floor(this.clock.playhead + NEAR)} of ${this.wall.length}`;
  }

  get sentence() {
    const { raw, slot, lost, untold } = tally(this.wall, Math.floor(this.clock.playhead + NEAR) - 1);
    if (untold && !(raw + slot + lost)) return "The fact has not been told yet.";
    return `The fact: raw in ${raw}, in slots in ${slot}, lost in ${lost} of ${raw + slot + lost} memories.`;
  }

  restyle() {
    const mark = themeMark(this.root);
    if (mark === this.mark) return;
    this.mark = mark;
    this.theme = readTheme(this.root);
    this.draw();
  }

  lay() {
    const canvas = this.cards.find((card) => card.canvas)?.canvas;
    if (!canvas?.clientWidth) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    const same = this.layout && this.size.width === width && this.size.height === height;
    this.size = { width, height };
    for (const card of this.cards) if (card.canvas) fit(card.canvas, width, height);
    if (!same) this.layout = layOut(this.wall, width, height - STRIP - 4);
    this.draw();
  }

  draw() {
    const { playhead } = this.clock ?? {};
    if (playhead === undefined || !this.layout || !this.theme) return;
    for (const { canvas, mini } of this.cards)
      if (canvas) paint(canvas, mini, this.wall, this.layout, this.theme, playhead, this.size);
    const k = Math.floor(playhead + NEAR) - 1;
    this.transport.show(playhead, this.wall.length, this.clock.playing, `${this.counter}. ${this.sentence}`);
    if (k !== this.drawn || this.drawnOf !== this.wall) this.tell(k);
  }

  /** What is written of step k. */
  tell(k) {
    this.drawn = k;
    this.drawnOf = this.wall;
    this.part("text").replaceChildren(...wordsUpTo(this.wall, k));
    this.part("sum").textContent = `${this.counter[0].toUpperCase()}${this.counter.slice(1)}. ${this.sentence}`;
    for (const card of this.cards) if (card.canvas) tellCard(card, k);
  }

  rests() {
    this.draw();
    this.part("live").textContent = `${this.counter}. ${this.sentence}`;
    this.link.show({ k: this.step, phase: null, view: "", lens: "" });
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.report(), REPORT_MS);
  }

  /** Tell the page where the reader stands, unless it knows. */
  report() {
    if (this.clock.moving || this.step === this.reported) return;
    this.reported = this.step;
    this.outlet.state("step", this.step);
  }

  close() {
    this.clock.stop();
    this.link.close();
    this.resizes.disconnect();
    this.unwatch();
    clearTimeout(this.waiting);
    window.removeEventListener("memattn:link", this.showCopy);
  }
}

/** Show a payload in `parentElement`, which already holds the wall's HTML. */
export default function mount({ data: sent, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector('[data-part="root"]');
  if (!root || !sent) return undefined;
  let entry = walls.get(parentElement);
  if (!entry || entry.root !== root) {
    entry?.player.close();
    const outlet = {};
    entry = { root, outlet, player: new WallPlayer(root, outlet), id: null, start: null };
    walls.set(parentElement, entry);
  }
  entry.outlet.state = setStateValue;
  entry.outlet.trigger = setTriggerValue;
  const data = openEnvelope(sent);
  entry.start = data.start;
  if (entry.id === data.id) {
    entry.player.present(data.presenting);
    entry.player.restyle();
    entry.player.lay();
  } else {
    entry.id = data.id;
    unpack(data.packed, (plain) => headOf(plain)[0]).then((raw) => {
      if (entry.id !== data.id) return;
      entry.player.open(raw, { ...data, start: goOn(data.id, data.start) ?? data.start });
      root.dataset.ready = data.id;
    });
  }
  return () => {
    if (root.dataset.ready) leave(root.dataset.ready, entry.start, entry.player.step);
    entry.player.close();
    if (walls.get(parentElement) === entry) walls.delete(parentElement);
  };
}
