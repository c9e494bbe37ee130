// What a reader has set in the softmax lens: which version, its own logit, and logits that were moved; all as one text.
import { scoreOf } from "./softmax.js";

/** @import { LensState } from "./types.d.ts" */

export const VERSIONS = [
  { name: "none", title: "softmax, nothing added", slot: "", letter: "" },
  { name: "plus", title: "softmax-off-by-one", slot: "+1", letter: "" },
  { name: "pin", title: "pinned token", slot: "pin", letter: "p" },
  { name: "sink", title: "learned sink logit", slot: "sink", letter: "b" },
  { name: "gate", title: "output gate", slot: "gate", letter: "z" },
];
export const versionOf = (name) => VERSIONS.find((one) => one.name === name) ?? VERSIONS[0];
const BEGINS = { none: 0, plus: 0, pin: 2, sink: 1, gate: 1 };

export const MOST_COLUMNS = 7;
export const REST = "rest";
const LIMIT = 20; // of a logit that is moved
const FAINTEST = 1e-10; // a weight below that was sent as 0
const MOVED = /^([kcr])(\d*)\*(-?\d+(?:\.\d+)?)$/;
const OWN = /^([pbz])(-?\d+(?:\.\d+)?)$/;

/** @returns {LensState} */
export function begin() {
  return { version: "none", extras: { ...BEGINS }, half: false, shifted: false, step: null, moved: new Map() };
}

/**
 * The logits of a step's row: scores; of a mean of several heads, which has none, the logarithms of its weights.
 * Slots that the query passes by have none: they take no part.
 */
export function logitsAt(trace, k) {
  const row = trace.read(k);
  const lse = trace.lse ? trace.lse[k] : 0;
  const part = partOf(row, trace.numbers(k).met, Boolean(trace.lse));
  const weights = part.map((i) => row.weights[i]);
  const logits = weights.map((one) => scoreOf(Math.max(one, FAINTEST), lse));
  return { ids: part.map((i) => row.ids[i]), roles: row.roles, weights, scored: Boolean(trace.lse), logits };
}

/** Places of the slots that are met: by one head as many as it meets, and by several those that any gives a weight. */
function partOf({ ids, weights }, met, single) {
  const all = ids.map((_, i) => i);
  if (met >= ids.length) return all;
  if (!single) return all.filter((i) => weights[i] > 0);
  const most = new Set(all.toSorted((a, b) => weights[b] - weights[a]).slice(0, met));
  return all.filter((i) => most.has(i));
}

/** Columns for a row: the slots with the largest logits, oldest first, and behind them all others together. */
export function columnsOf({ ids, logits }, most = MOST_COLUMNS) {
  const order = ids.map((_, i) => i);
  const few = ids.length <= most + 1;
  const shown = few ? order : order.toSorted((a, b) => logits[b] - logits[a] || b - a).slice(0, most);
  const single = shown.toSorted((a, b) => a - b).map((i) => ({ key: keyOf(ids[i]), id: ids[i], members: [i] }));
  if (few) return single;
  const seen = new Set(shown);
  return [...single, { key: REST, id: null, members: order.filter((i) => !seen.has(i)) }];
}

const keyOf = (id) => (id >= 0 ? `k${id + 1}` : `c${-id}`);

/** ln Σ e^logit: the logit of several slots together, and of one its own. */
export function togetherOf(logits) {
  const top = logits.reduce((most, one) => Math.max(most, one), -Infinity);
  return logits.length === 1 ? top : top + Math.log(logits.reduce((sum, one) => sum + Math.exp(one - top), 0));
}

/** The logits of a row with what was moved: a column's logit is what it was moved to, its members move alike. */
export function movedLogits(row, columns, moved) {
  const logits = [...row.logits];
  for (const { key, members } of columns) {
    if (!moved.has(key)) continue;
    const by = moved.get(key) - togetherOf(members.map((i) => row.logits[i]));
    for (const i of members) logits[i] = members.length === 1 ? moved.get(key) : row.logits[i] + by;
  }
  return logits;
}

/** Lowest and highest that logits can be moved to. */
export function limitsOf(logits) {
  const far = Math.ceil(logits.reduce((most, one) => Math.max(most, Math.abs(one)), LIMIT));
  return { low: -far, high: far };
}

const written = (value) => String(Number(value.toFixed(3)));

/** All that was set as text for a link, "" where nothing was: "pin_p4.585_h_s12_k4*-2.5_r*1.5". */
export function toText(state) {
  const parts = [];
  for (const { name, letter } of VERSIONS)
    if (letter && state.extras[name] !== BEGINS[name]) parts.push(`${letter}${written(state.extras[name])}`);
  if (state.half) parts.push("h");
  if (state.shifted) parts.push("m");
  if (state.step !== null) parts.push(`s${state.step + 1}`);
  for (const [key, value] of state.moved) parts.push(`${key === REST ? "r" : key}*${written(value)}`);
  return state.version === "none" && !parts.length ? "" : [state.version, ...parts].join("_");
}

/** The state of a lens whose trace has so many steps: of one that is not there nothing is kept. */
export const within = (state, length) =>
  state.step !== null && state.step >= length ? { ...state, step: null, moved: new Map() } : state;

/** The state that a text tells; what it does not know it leaves out. */
export function fromText(text) {
  const state = begin();
  const [version, ...parts] = text.split("_");
  if (VERSIONS.some(({ name }) => name === version)) state.version = version;
  for (const part of parts) {
    const own = OWN.exec(part);
    const moved = MOVED.exec(part);
    const chosen = own && VERSIONS.find(({ letter }) => letter === own[1]);
    if (chosen) state.extras[chosen.name] = Number(own[2]);
    else if (moved) state.moved.set(moved[1] === "r" ? REST : `${moved[1]}${moved[2]}`, Number(moved[3]));
    else if (part === "h") state.half = true;
    else if (part === "m") state.shifted = true;
    else if (/^s\d+$/.test(part)) state.step = Number(part.slice(1)) - 1;
  }
  if (!state.moved.size || state.step === null || state.step < 0) {
    state.moved.clear();
    state.step = null;
  }
  return state;
}
