// What the stage says in words: event line, counter, numbers, and the text alternative of the drawing.
import { slotsRead, twoDigits } from "./softmax.js";
import { quoted } from "./text.js";
import { slotName, threeDigits } from "./trace.js";

const PHASE_WORDS = { attend: "read" };
const MOST_WORDS = 8;
const NOISE = 1e-5; // single precision carries seven digits, and a read adds up hundreds of numbers

/** The words a slot is made of, in quotes; the middle is left out when there are many. */
function wordsOf(trace, { sources, total, first, last }) {
  const whole = total === last - first + 1;
  const at = whole ? Array.from({ length: total }, (_, i) => first + i) : sources;
  const words = at.map((position) => trace.tokens[position]);
  const half = MOST_WORDS / 2;
  const shown = words.length > MOST_WORDS ? [...words.slice(0, half), "…", ...words.slice(-half)] : words;
  return quoted(shown.join(" "));
}

const ONE_HEAD = "one head"; // as the sender says it, where nobody need ask whose attention it is

/** Who reads how many slots, and where most weight falls. */
export function readingText(trace, k) {
  const { ids, weights, roles } = trace.read(k);
  let at = 0;
  weights.forEach((weight, i) => {
    if (weight > weights[at]) at = i;
  });
  const id = ids[at];
  const made = id < 0 ? trace.sharesRead(id, k) : null;
  const name = slotName(id, roles.get(id));
  const own = made ? `${name}, made of ${wordsOf(trace, made)}` : id < 0 ? name : `${name} ${quoted(trace.tokens[id])}`;
  const whose = trace.head === ONE_HEAD ? "" : ` in ${trace.head.startsWith("mean") ? "the " : ""}${trace.head}`;
  const most = `most weight${whose}, ${twoDigits(weights[at])}, falls on ${id === k ? "itself" : own}`;
  return `${slotName(k)} ${quoted(trace.tokens[k])} reads ${slotsRead(trace, k)}; ${most}.`;
}

/**
 * The sentence of a phase. A word that arrives to read at once is told by its read, unless the stage `waits` there: for
 * an answer, or where a link or a scenario has opened it.
 */
export function phaseText(trace, k, phases, index, waits = false) {
  const phase = phases[index];
  const groups = trace.groups(k);
  if (phase.groups.length) return phase.groups.map((g) => groups[g].text).join(" ");
  if (phase.name === "append") return groups[phase.appends].joins;
  if (phase.name === "arrive" && (waits || phases[index + 1]?.name !== "attend"))
    return `${slotName(k)} ${quoted(trace.tokens[k])} arrives.`;
  return readingText(trace, k);
}

/** What happened on the way to a playhead: of its step every sentence, of those before how often what. */
export function passedText(trace, timeline, from, to) {
  const passed = timeline
    .passed(from, to)
    .map(([k, index]) => ({ k, index, name: timeline.steps[k].phases[index].name, phases: timeline.steps[k].phases }))
    .filter(({ name, phases, index }) => name !== "arrive" || phases[index + 1]?.name !== "attend");
  const last = passed[passed.length - 1]?.k;
  const often = new Map();
  for (const { k, name } of passed)
    if (k < last) often.set(PHASE_WORDS[name] ?? name, (often.get(PHASE_WORDS[name] ?? name) ?? 0) + 1);
  const counts = [...often].map(([name, count]) => `${name} ${count}×`).join(", ");
  const sentences = passed
    .filter(({ k }) => k === last)
    .map(({ k, phases, index }) => phaseText(trace, k, phases, index));
  return [...(counts ? [`Before: ${counts}.`] : []), ...sentences].join(" ");
}

/** The sentence on what happens at the playhead. */
export function eventText(trace, timeline, playhead, waits = false) {
  const { k, index } = timeline.phaseAt(playhead);
  return phaseText(trace, k, timeline.steps[k].phases, index, waits);
}

/** "token 23/96 · segment 3 · phase: compress". */
export function counterText(trace, timeline, playhead) {
  const { k, phase } = timeline.phaseAt(playhead);
  const segment = trace.segment ? ` · segment ${Math.floor(k / trace.segment) + 1}` : "";
  return `token ${k + 1}/${trace.length}${segment} · phase: ${PHASE_WORDS[phase.name] ?? phase.name}`;
}

/** An output error; what is below the rounding of single precision is 0. */
export const errorText = (error) => (error < NOISE ? "0" : threeDigits(error));

/** A share in whole percent. */
export const percentText = (share) => `${(100 * share).toFixed(0)} %`;

/** How many, in groups of three digits. */
export const countText = (number) => number.toLocaleString("en");

/** Numbers of a step by the part of the stage that shows them, each with what it means: {name: [text, explanation]}. */
export function metersOf(trace, k) {
  const { error, retained, floats, fullFloats } = trace.numbers(k);
  return {
    error: [
      `output error ${errorText(error)}`,
      `|output − full attention's| / |full attention's|, ${trace.head}: 0 is the same, 1 as far off as answering nothing`,
    ],
    retained: [
      `retained mass ${percentText(retained)} of full attention (${trace.head})`,
      `The share of full attention, ${trace.head}, that falls on positions which some slot still carries`,
    ],
    reads: [
      `reads ${countText(floats)} of ${countText(fullFloats)} numbers`,
      "Numbers in the keys and values that this query reads, of those that full attention would read; per head",
    ],
  };
}

const metered = new WeakMap(); // by film, the numbers that stand on it

const put = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

/** Write all lines of text of the stage. */
export function tell(film, moment) {
  const { parts, trace } = film;
  put(parts.event, film.sentence);
  put(parts.counter, film.counter);
  if (metered.get(film) !== trace.numbers(moment.asks)) {
    metered.set(film, trace.numbers(moment.asks));
    for (const [name, [text, meaning]] of Object.entries(metersOf(trace, moment.asks))) {
      put(parts[name], text);
      if (parts[name].title !== meaning) parts[name].title = meaning;
    }
  }
  if (!film.clock.moving) describePicture(film, moment);
}

function describePicture({ trace, counter, sentence, framing, parts }, { counts, lost }) {
  const held = trace.lanes
    .map(({ title, capacity }, lane) => `${title} ${counts[lane]}${capacity === null ? "" : ` of ${capacity}`}`)
    .join(", ");
  const text = `${counter}. ${held}. ${trace.lostWords[lost]} words lost. ${sentence}`;
  const target = framing.onCanvas ? parts.canvas : parts.svg;
  if (target.getAttribute("aria-label") !== text) target.setAttribute("aria-label", text);
}
