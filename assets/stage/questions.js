// The questions of a run: where the stage stops to ask, what was answered, and what follows an answer.
import { openQuestion } from "./choosing.js";
import { makePrediction } from "./predict.js";

/** @import { Gate, Verdict } from "./types.d.ts" */

const NEAR = 1e-9; // of a step
const MOST_STOPS = 3; // of one run: who looks at a story does not sit an exam

/** Sorts of questions, those first from which most is learned; a lesson's own, which are not here, come before all. */
export const TELLING = ["pop", "fate", "drop", "merge", "look", "sources", "compress", "take", "order"];

export class Questions {
  /** `film` is the stage that asks; `told(verdicts)` hears all answers to this run, whenever there is another. */
  constructor(film, told) {
    this.film = film;
    this.told = told;
    this.on = true; // whether the stage stops and asks by itself
    this.stops = 0; // how often it did, of this run or since that was switched on
    /** @type {ReturnType<typeof openQuestion>[]} */
    this.all = [];
    /** @type {Set<number>} */
    this.asked = new Set(); // numbers of questions
    this.asks = -1; // number of the one that is open, or was last
    /** @type {Map<number, Verdict>} */
    this.verdicts = new Map(); // number of a question → what was answered
    this.card = makePrediction(film.root, {
      judged: (verdict) => this.judged(verdict),
      closed: (watch) => this.closed(watch),
      more: () => this.gate(film.clock.playhead, film.clock.playhead) !== null,
    });
  }

  /** Another run, with the questions that were sent with it. */
  open(sent, timeline) {
    this.all = sent.map((one) => openQuestion(one, timeline));
    this.asked.clear();
    this.verdicts.clear();
    this.stops = 0;
  }

  /** Whether there is a question, and room for it beside the conveyor. */
  get any() {
    return this.all.length > 0 && this.film.panels.shown.length > 0;
  }

  /**
   * The next question between two playheads at which to stop: of those that are still ahead the most telling ones.
   * @param {number} from
   * @param {number} to
   * @returns {Gate | null}
   */
  gate(from, to) {
    if (!this.on || !this.any) return null;
    const next = this.all
      .map(({ name, start }, number) => ({ rank: TELLING.indexOf(name), start, number }))
      .filter(({ start, number }) => !this.asked.has(number) && start > from - NEAR)
      .sort((one, other) => one.rank - other.rank)
      .slice(0, MOST_STOPS - this.stops)
      .sort((one, other) => one.start - other.start || one.number - other.number)[0];
    if (!next || next.start > to + NEAR) return null;
    const open = () => {
      this.stops += 1;
      this.ask(next.number);
    };
    return { at: next.start, open };
  }

  ask(number) {
    const { film, card } = this;
    this.asked.add(number);
    this.asks = number;
    film.pointing.clear();
    film.framing.arrange(true);
    card.open(this.all[number], this.sprites, () => film.paint());
    film.announce(`Question: ${this.all[number].prompt} ${film.parts.hint.textContent}`);
    if (film.presenting) film.framing.resize(true);
  }

  /** What stands on the stage: nothing is drawn where it has no room yet. */
  get sprites() {
    return this.film.scene?.sprites ?? new Map();
  }

  /** The tiles stand elsewhere now. */
  place() {
    this.card.place(this.sprites);
  }

  /** Go to where a question is asked, and open it. */
  goTo(number) {
    const { film, card } = this;
    if (!this.all[number] || !this.any) return;
    card.close(false);
    film.clock.seek(this.all[number].start);
    film.rested();
    this.ask(number);
    film.parts.conveyor.scrollIntoView({ block: "nearest" });
  }

  /** Stop and ask from now on, or no more. */
  toggle() {
    this.on = !this.on;
    this.stops = 0;
    if (!this.on && this.card.asking) this.card.close(false);
  }

  /** The reader was told whether the answer is right. */
  judged({ chosen, right }) {
    this.verdicts.set(this.asks, { which: this.asks, chosen, right });
    this.told([...this.verdicts.values()]);
  }

  /** The question is closed: on to what it asked about, or, as it was skipped, past all that this step would ask. */
  closed(watch) {
    const { film, asks } = this;
    film.framing.arrange();
    if (film.presenting) film.framing.resize(true);
    const { at, end } = this.all[asks];
    if (watch) film.clock.stepTo(end);
    else
      this.all.forEach((other, number) => {
        if (other.at.step === at.step) this.asked.add(number);
      });
  }
}
