// The trace that is played: who was read with what weight, what was held, what happened. Pure questions, no drawing.
import { countOf, expandRuns } from "./codec.js";
import { openMap } from "./map.js";

/** @import { Sent, Trace } from "./types.d.ts" */

const REMEMBERED_STEPS = 96;
const UNCHANGED = ["arrive", "push", "pin", "pop"]; // phases in which a slot has yet to take in what its step brings

const LETTERS = { global: "g", compressed: "c", recent: "k", summary: "Σ", retrieved: "r", current: "k" };

const ROLE_TITLES = {
  global: "Global",
  compressed: "Compressed",
  recent: "Window",
  summary: "Summary",
  retrieved: "Retrieved",
  current: "Current",
};

/** Short name of a slot: k17 raw, c3 compressed, Σ summary, g2 global. Pairs, too, are named from 1. */
export function slotName(id, role) {
  if (id >= 0) return `k${id + 1}`;
  return role === "summary" ? "Σ" : `${LETTERS[role] ?? "c"}${-id}`;
}

/** Remember what a function of a step gave, for the latest steps asked for. */
export function rememberSteps(compute, limit = REMEMBERED_STEPS) {
  const known = new Map();
  return (k) => {
    let value = known.get(k);
    if (value === undefined) {
      value = compute(k);
      if (known.size >= limit) known.delete(known.keys().next().value);
      known.set(k, value);
    }
    return value;
  };
}

/** Consecutive events of one kind belong together: one sentence, one motion; a compression has a second one, `joins`. */
function groupEvents(step) {
  const groups = [];
  const sentences = (step.s ?? [])[Symbol.iterator]();
  const next = () => sentences.next().value ?? "";
  for (const [kind, slots, into, sources] of step.e) {
    const event = { slots: expandRuns(slots), into: expandRuns(into), sources: expandRuns(sources ?? []) };
    const last = groups[groups.length - 1];
    if (last && last.kind === kind) last.events.push(event);
    else groups.push({ kind, events: [event], text: next(), joins: kind === "compress" ? next() : "" });
  }
  return groups;
}

function withRoles(runs, roles) {
  const ids = [];
  const of = new Map();
  for (const run of runs)
    for (const id of expandRuns([[run[0], run[1]]])) {
      ids.push(id);
      of.set(id, roles[run[2]]);
    }
  return { ids, roles: of };
}

/** Most slots of every role that a step reads or holds at once, by role. */
function mostOf(raw) {
  const most = new Map();
  const count = (runs) => {
    const counts = new Map();
    for (const [first, last, role] of runs) counts.set(role, (counts.get(role) ?? 0) + Math.abs(last - first) + 1);
    for (const [role, held] of counts) most.set(raw.roles[role], Math.max(most.get(raw.roles[role]) ?? 0, held));
  };
  for (const step of raw.steps) {
    count(step.r);
    if (step.h !== step.r) count(step.h);
  }
  return most;
}

/** Bands for every role that occurs, also where the sender named none for it. */
function completeLanes(raw) {
  const lanes = raw.lanes.map((lane) => ({ ...lane }));
  const most = mostOf(raw);
  for (const role of most.keys())
    if (!lanes.some((lane) => lane.role === role))
      lanes[role === "current" ? "push" : "unshift"]({
        role,
        title: ROLE_TITLES[role] ?? role,
        note: "",
        capacity: null,
      });
  for (const lane of lanes) lane.most = Math.max(lane.capacity ?? 0, most.get(lane.role) ?? 0);
  return lanes;
}

/** Pairs of a running segment; null where only the token's own pair is a current one. */
function segmentOf(lanes) {
  const length = lanes.find((lane) => lane.role === "current")?.capacity ?? null;
  return length === 1 ? null : length;
}

/** (step) → weights of the slots it read, each sent by itself. */
function levels({ arrays, weights: { roots, even, step } }, starts) {
  const first = (1 - even) / step; // from this level on a level is a ratio
  const ofLong = (level) => (level <= first ? 1 - level * step : even * Math.exp((-(level - first) * step) / even));
  const weightOf = roots ? (level) => (level / roots) ** 4 : ofLong;
  return (k) => Float32Array.from(arrays.weights.subarray(starts[k], starts[k + 1]), weightOf);
}

/** Per head and token, one row behind the other: what the token's word and those before it bring, each by its tap. */
function sumsOfWords(levels, taps, { heads, reach }, words, tokens) {
  const width = taps.length / (heads * reach);
  const rows = levels.length / (heads * width);
  const sums = new Float64Array(heads * tokens * width);
  for (let head = 0; head < heads; head++)
    for (let at = 0; at < tokens; at++)
      for (let back = 0; back < reach && back <= at; back++) {
        const row = (head * rows + (words ? words[at - back] : at - back)) * width;
        const tap = (head * reach + back) * width;
        const sum = (head * tokens + at) * width;
        for (let d = 0; d < width; d++) sums[sum + d] += taps[tap + d] * levels[row + d];
      }
  return sums;
}

/** (step, pairs read) → their weights: per head the softmax of a row of one matrix times some of another. */
function products({ arrays, weights, steps }) {
  const { heads } = weights;
  const half = arrays.taps.length / 2;
  const sums = (levels, taps) => sumsOfWords(levels, taps, weights, arrays.words, steps.length);
  const queries = sums(arrays.queries, arrays.taps.subarray(0, half));
  const keys = sums(arrays.keys, arrays.taps.subarray(half));
  const width = queries.length / (heads * steps.length);
  return (k, ids) => {
    const weights = new Float32Array(ids.length);
    for (let head = 0; head < heads; head++) {
      const at = (position) => (head * steps.length + position) * width;
      const query = queries.subarray(at(k), at(k) + width);
      const logits = ids.map((id) => query.reduce((sum, part, d) => sum + part * keys[at(id) + d], 0));
      const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
      const masses = logits.map((logit) => Math.exp(logit - largest));
      const all = heads * masses.reduce((sum, mass) => sum + mass, 0);
      masses.forEach((mass, i) => (weights[i] += mass / all));
    }
    return weights;
  };
}

/**
 * What everything else asks.
 * @param {Sent} raw
 * @returns {Trace}
 */
export function openTrace(raw) {
  const starts = [0];
  for (const step of raw.steps) starts.push(starts[starts.length - 1] + countOf(step.r));
  const lanes = completeLanes(raw);
  const groups = raw.steps.map(groupEvents);
  const length = raw.steps.length;
  const weightsAt = raw.arrays.weights ? levels(raw, starts) : products(raw);

  const read = rememberSteps((k) => {
    const { ids, roles } = withRoles(raw.steps[k].r, raw.roles);
    const own = weightsAt(k, ids);
    const at = new Map(ids.map((id, i) => [id, i]));
    let largest = 0;
    let sum = 0;
    for (const weight of own) {
      sum += weight;
      if (weight > largest) largest = weight;
    }
    return { ids, roles, weights: own, at, largest, sum };
  });

  const heldAfter = rememberSteps((k) => withRoles(raw.steps[k].h, raw.roles));
  const held = (k) => (k >= 0 ? heldAfter(k) : heldAtFirst());
  const heldAtFirst = () => {
    const { ids, roles } = withRoles(raw.steps[0].r, raw.roles);
    const born = new Set(groups[0].flatMap((group) => group.events.flatMap((event) => event.into)));
    return { ids: ids.filter((id) => id !== 0 && !born.has(id)), roles };
  };

  const versionOf = (id, k) => {
    let found = null;
    for (const entry of raw.made[id] ?? []) {
      if (entry[0] > k && found) break;
      found = entry;
    }
    return found;
  };
  /** Whether a slot is the same after two steps. */
  const isSame = (id, one, other) => id >= 0 || versionOf(id, one) === versionOf(id, other);

  const shares = (id, k) => {
    if (id >= 0) return { sources: [id], shares: [1], total: 1, first: id, last: id };
    const found = versionOf(id, k);
    if (!found || !found[1].length) return null;
    const [, sources, parts, total, ends] = found;
    const [first, last] = ends ?? [Math.min(...sources), Math.max(...sources)];
    return { sources, shares: parts, total: total ?? sources.length, first, last };
  };

  /** The step whose update the query of step k found done: its own, or the one before. */
  const foundAt = (k) => (raw.reads === "before" ? k - 1 : k);
  /** The step whose update a slot stands after while step k is in a phase. */
  const standsAt = (k, phase) => (phase === "attend" ? foundAt(k) : UNCHANGED.includes(phase) ? k - 1 : k);
  /** What a slot was made of when the query of step k read it, which may be before that step's update. */
  const sharesRead = (id, k) => shares(id, foundAt(k));

  const lost = [];
  const lostBefore = [0];
  groups.forEach((list, k) => {
    for (const group of list)
      if (group.kind === "drop")
        for (const event of group.events)
          for (const id of event.slots)
            lost.push({
              id,
              step: k,
              sources: event.slots.length === 1 ? event.sources : (shares(id, k)?.sources ?? []),
            });
    lostBefore.push(lost.length);
  });
  const lostWords = [0];
  for (const item of lost) lostWords.push(lostWords[lostWords.length - 1] + item.sources.length);

  const marks = raw.marks ?? [];
  const markAt = (position) => marks.find((mark) => position >= mark.first && position <= mark.last) ?? null;

  return {
    raw,
    lanes,
    length,
    tokens: raw.tokens,
    columns: Math.max(1, raw.columns),
    reads: raw.reads,
    arrays: raw.arrays, // by name, as the sender named them
    lse: raw.arrays.logsumexp ?? null, // null where several heads are averaged: a mean of softmaxes has no scores
    map: openMap({ size: raw.map, largest: raw.arrays.largest, levels: raw.arrays.map }, length),
    scale: raw.scale,
    head: raw.head, // whose attention this is, in words
    context: raw.context, // words that a raw pair knows of
    marks,
    markAt,
    read,
    held,
    shares,
    sharesRead,
    foundAt,
    standsAt,
    isSame,
    lost,
    lostBefore,
    lostWords,
    groups: (k) => groups[k] ?? [],
    /** What the sender wrote on a made slot in place of its sources, at step k; null where nothing. */
    writtenOn: (id, k) => raw.written?.[id]?.findLast(([step]) => step <= k)?.[1] ?? null,
    numbers: (k) => raw.steps[k].x ?? {},
    laneOf: (role) => lanes.findIndex((lane) => lane.role === role),
    together: lanes.find((lane) => lane.together)?.together ?? 0, // pairs that enter and leave as one
    segment: segmentOf(lanes),
    weightOf: (k, id) => {
      if (k < 0) return 0;
      const row = read(k);
      return row.at.has(id) ? row.weights[row.at.get(id)] : 0;
    },
    markOf: (id, k) => {
      if (!marks.length) return null;
      if (id >= 0) return markAt(id);
      const made = shares(id, k);
      if (!made) return null;
      return marks.find((mark) => made.first <= mark.last && made.last >= mark.first) ?? null;
    },
  };
}

/** "5–8" for a slot made of positions 4 to 7: people count from 1. */
export function rangeLabel(first, last) {
  return first === last ? `${first + 1}` : `${first + 1}–${last + 1}`;
}

/** A number with three significant digits, never in the notation of computers where people can avoid it. */
export function threeDigits(value) {
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const raised = (power) => [...String(power)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");
  const text =
    size < 1e-4
      ? value.toExponential(1).replace(/e-(\d+)/, (_, power) => `·10⁻${raised(power)}`)
      : size >= 999.5
        ? value.toFixed(0)
        : value.toPrecision(3);
  return text.replace(/^-/, "−");
}
