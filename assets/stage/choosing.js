// What a reader chooses as the answer to a question, and what to say to it: plain values, nothing drawn.
import { expandRuns } from "./codec.js";

/** @import { Choice, SentQuestion, Timeline } from "./types.d.ts" */

const MOST_DIGITS = 5;
const LETTER_A = 65;

/**
 * A question as it was sent, its slots by identity and the playheads where it is asked and where it is answered.
 * @param {SentQuestion} sent
 * @param {Timeline} timeline
 */
export function openQuestion(sent, timeline) {
  const listed = sent.kind === "slots" ? expandRuns : (list) => list;
  return {
    ...sent,
    start: timeline.startOf(sent.at.step, sent.at.phase),
    end: timeline.endOf(sent.at.step, sent.shows),
    offered: sent.offered && listed(sent.offered),
    answer: listed(sent.answer),
    beliefs: sent.beliefs.map(([chosen, text]) => ({ chosen: listed(chosen), text })),
  };
}

/**
 * Nothing chosen yet: {chosen, anchor of a range, whether there was one, whether "none" is chosen}.
 * @type {Choice}
 */
export const NOTHING = { chosen: [], anchor: null, ranged: false, none: false };

/**
 * A tile is clicked: the first two clicks are the ends of a range, each further one adds or removes one; `onward`
 * (Shift) adds all from the one before to this one at any time. Where it can be but one, it is the one.
 */
export function tapped({ offered, single }, choice, id, onward = false) {
  const { chosen, anchor, ranged } = choice;
  const taken = chosen.includes(id);
  const next = { ...choice, anchor: id, none: false };
  if (single) return { ...next, chosen: taken ? [] : [id] };
  const opens = chosen.length === 1 && !ranged && !taken;
  if (anchor !== null && anchor !== id && (onward || opens)) {
    const ends = [offered.indexOf(anchor), offered.indexOf(id)];
    const range = offered.slice(Math.min(...ends), Math.max(...ends) + 1);
    return { ...next, ranged: true, chosen: offered.filter((one) => chosen.includes(one) || range.includes(one)) };
  }
  const kept = taken ? chosen.filter((one) => one !== id) : offered.filter((one) => one === id || chosen.includes(one));
  return { ...next, ranged: ranged && kept.length > 0, chosen: kept };
}

/** A sentence is picked: the one, or in an order the next, or out of it again. */
export function picked({ kind }, choice, option) {
  const { chosen } = choice;
  if (kind !== "order") return { ...choice, chosen: [option] };
  return {
    ...choice,
    chosen: chosen.includes(option) ? chosen.filter((one) => one !== option) : [...chosen, option],
  };
}

/** A text as a whole number, or nothing: what is left out would make another number of it. */
export function typed(choice, text) {
  const said = text.trim().replace(",", ".");
  const whole = /^\d+(\.0*)?$/.test(said) && parseFloat(said) < 10 ** MOST_DIGITS;
  return { ...choice, chosen: whole ? [parseFloat(said)] : [] };
}

/** Whether that is an answer. */
export function isReady(question, { chosen, none }) {
  if (question.kind === "order") return chosen.length === question.offered.length;
  return chosen.length > 0 || none;
}

const sameChoice = (kind, one, other) =>
  one.length === other.length && one.every((each, i) => (kind === "slots" ? other.includes(each) : other[i] === each));

/** What to say to an answer: {right, text}. */
export function judge({ kind, answer, beliefs, truth }, chosen) {
  if (sameChoice(kind, chosen, answer)) return { right: true, text: truth };
  const known = beliefs.find((belief) => sameChoice(kind, chosen, belief.chosen));
  return { right: false, text: known ? known.text : truth };
}

/** The letter in front of a sentence. */
export const letterOf = (option) => String.fromCharCode(LETTER_A + option);

/** What a key chooses: {option}, {digit}, {erase}; null where it chooses nothing here. */
export function keyChooses({ kind, offered }, key) {
  if (key === "Backspace") return { erase: true };
  if (kind === "number" && /^[0-9]$/.test(key)) return { digit: key };
  if (kind !== "sentence" && kind !== "order") return null;
  const option = /^[a-z]$/i.test(key) ? key.toUpperCase().charCodeAt(0) - LETTER_A : -1;
  return option >= 0 && option < offered.length ? { option } : null;
}

/** From tile to tile by arrow keys: number of the one reached, the same at an edge; null where the key leads nowhere. */
export function neighbour(boxes, at, key) {
  const last = boxes.length - 1;
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, at - 1);
    case "ArrowRight":
      return Math.min(last, at + 1);
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowUp":
    case "ArrowDown":
      return beyond(boxes, at, key === "ArrowDown" ? 1 : -1);
    default:
      return null;
  }
}

/** The nearest box in the next row downwards (1) or upwards (-1). */
function beyond(boxes, at, way) {
  const { x, y, h } = boxes[at];
  let found = at;
  let least = Infinity;
  boxes.forEach((box, i) => {
    const down = way * (box.y - y);
    if (down < h / 2) return;
    const far = down * 1e4 + Math.abs(box.x - x); // the next row before the column
    if (far < least) [found, least] = [i, far];
  });
  return found;
}

/** "k1–k6, k9": names of slots, those that follow one another by their ends. */
export function named(ids, nameOf) {
  const runs = [];
  for (const id of ids) {
    const run = runs[runs.length - 1];
    if (run && run[1] < 0 === id < 0 && Math.abs(id) === Math.abs(run[1]) + 1) run[1] = id;
    else runs.push([id, id]);
  }
  return runs.map(([first, last]) => (first === last ? nameOf(first) : `${nameOf(first)}–${nameOf(last)}`)).join(", ");
}
