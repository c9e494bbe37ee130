// What the stage says in words: event line, counter, numbers, and the text alternative of the drawing.
import { twoDigits } from "./softmax.js";
import { slotName, threeDigits } from "./trace.js";

const PHASE_WORDS = { settle: "rest" };
const MOST_WORDS = 8;

/** The words a slot is made of, in quotes; the middle is left out when there are many. */
function wordsOf(trace, { sources, total, first, last }) {
  const whole = total === last - first + 1;
  const at = whole ? Array.from({ length: total }, (_, i) => first + i) : sources;
  const words = at.map((position) => trace.tokens[position]);
  const half = MOST_WORDS / 2;
  const shown = words.length > MOST_WORDS ? [...words.slice(0, half), "…", ...words.slice(-half)] : words;
  return `“${shown.join(" ")}”`;
}

/** Who reads how many slots, and where most weight falls. */
export function readingText(trace, k) {
  const { ids, weights, roles } = trace.read(k);
  let at = 0;
  weights.forEach((weight, i) => {
    if (weight > weights[at]) at = i;
  });
  const id = ids[at];
  const made = id < 0 ? trace.shares(id, k) : null;
  const name = slotName(id, roles.get(id));
  const own = made ? `${name}, made of ${wordsOf(trace, made)}` : id < 0 ? name : `${name} “${trace.tokens[id]}”`;
  const many = ids.length > 1 ? `${ids.length} slots` : "1 slot";
  const most = `most weight, ${twoDigits(weights[at])}, falls on ${id === k ? "itself" : own}`;
  return `k${k} “${trace.tokens[k]}” reads ${many}; ${most}.`;
}

/** The sentence on what happens at the playhead. */
export function eventText(film) {
  const { k, at } = film.scene;
  const groups = film.trace.groups(k);
  if (at.phase.groups.length)
    return at.phase.groups
      .map((g) => groups[g].text)
      .filter(Boolean)
      .join(" ");
  if (at.phase.name === "settle") return groups[groups.length - 1]?.text ?? "";
  return readingText(film.trace, k);
}

/** "token 23/96 · segment 3 · phase: compress". */
export function counterText(film) {
  const { trace, scene } = film;
  if (!scene) return "";
  const segment = trace.segment ? ` · segment ${Math.floor(scene.k / trace.segment) + 1}` : "";
  return `token ${scene.k + 1}/${trace.length}${segment} · phase: ${PHASE_WORDS[scene.phase] ?? scene.phase}`;
}

/** Write all lines of text of the stage. */
export function tell(film, scene) {
  const { parts, trace } = film;
  const set = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  set(parts.event, eventText(film));
  set(parts.counter, counterText(film));
  set(
    parts.query,
    `query k${scene.attention > 0 || scene.k === 0 ? scene.k : scene.k - 1} “${trace.tokens[scene.attention > 0 || scene.k === 0 ? scene.k : scene.k - 1]}”`,
  );
  const numbers = trace.numbers(scene.k);
  const meters = [];
  if (numbers.error !== undefined) meters.push(`output error ${threeDigits(numbers.error)}`);
  if (numbers.retained !== undefined)
    meters.push(`${(100 * numbers.retained).toFixed(0)} % of full attention in reach`);
  if (numbers.floats !== undefined)
    meters.push(`reads ${numbers.floats.toLocaleString("en")} of ${numbers.fullFloats.toLocaleString("en")} numbers`);
  set(parts.meters, meters.join(" · "));
  if (!film.clock.moving) describePicture(film, scene);
}

function describePicture(film, scene) {
  const held = film.trace.lanes
    .map(
      (lane, i) => `${lane.title} ${scene.counts[i]}${lane.capacity === null ? "" : ` of ${lane.capacity}`}`,
    )
    .join(", ");
  const text = `${counterText(film)}. ${held}. ${film.trace.lostWords[scene.lost]} words lost. ${eventText(film)}`;
  const target = film.onCanvas ? film.parts.canvas : film.parts.svg;
  if (target.getAttribute("aria-label") !== text) target.setAttribute("aria-label", text);
}
