// The plane of the keys at a playhead: where pairs, made slots and the query are, and what has become of each pair. Pure.
import { easeInOut } from "./easing.js";
import { rememberSteps } from "./trace.js";

const DIRECTION_LEVELS = 32767;

/** Places in the plane as they were sent, {share, whole, pair, query, versions, ids, extent}; null where none were. */
export function openPlane(trace) {
  const { plane } = trace.raw;
  if (!plane) return null;
  const { plane_pairs: pairs, plane_made: made, plane_steps: steps, plane_queries: queries } = trace.arrays;
  const { unit } = plane;
  const first = new Map();
  let rows = 0;
  for (const [id, count] of plane.made) {
    first.set(id, { from: rows, to: rows + count });
    rows += count;
  }
  const place = (array, row) => [array[2 * row] * unit, array[2 * row + 1] * unit];
  const versions = new Map();
  for (const [id, { from, to }] of first)
    versions.set(
      id,
      Array.from({ length: to - from }, (_, i) => ({ step: steps[from + i], at: place(made, from + i) })),
    );
  const extent = [0, 1].map((axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (const array of [pairs, made])
      for (let i = axis; i < array.length; i += 2) {
        low = Math.min(low, array[i] * unit);
        high = Math.max(high, array[i] * unit);
      }
    return [low, high];
  });
  return {
    ...plane,
    pair: (position) => place(pairs, position),
    query: (k) => [queries[2 * k] / DIRECTION_LEVELS, queries[2 * k + 1] / DIRECTION_LEVELS],
    versions,
    extent,
    after: rememberSteps((k) => fatesAfter(trace, k)),
  };
}

/** What has become of every pair up to step k, {fate, role} by position: held as it is, carried by a slot, or lost. */
function fatesAfter(trace, k) {
  const { ids, roles } = trace.held(k);
  const fates = Array.from({ length: k + 1 }, () => ({ fate: "lost", role: "lost" }));
  for (const id of [...ids].sort((a, b) => a - b)) {
    if (id >= 0) {
      fates[id] = { fate: "held", role: roles.get(id) };
      continue;
    }
    const made = trace.shares(id, k);
    if (!made) continue;
    const all = made.sources.length === made.total;
    const inside = all ? made.sources : Array.from({ length: made.last - made.first + 1 }, (_, i) => made.first + i);
    for (const position of inside) fates[position] = { fate: "carried", role: roles.get(id) };
  }
  return fates;
}

const blend = ([ax, ay], [bx, by], t) => [ax + (bx - ax) * t, ay + (by - ay) * t];

/** How far each group of events that makes a slot has come: by slot. */
function making(trace, { k, progress }) {
  const come = new Map();
  trace.groups(k).forEach((group, g) => {
    for (const event of group.events) for (const id of event.into) come.set(id, progress[g] ?? 1);
  });
  return come;
}

/** How far a step's update has come as a whole. */
function settled({ progress }) {
  return progress.length ? progress.reduce((sum, part) => sum + part, 0) / progress.length : 1;
}

/**
 * Everything in the plane at a moment:
 * {pairs: [{id, at, fate, role, strength}], slots: [{id, role, at, from, trail, strength}], query, newest}.
 * A pair whose fate is changing stands there twice, as it was and as it will be. `from` is where a slot stood before
 * this step's update, null where that did not change it.
 */
export function planeAt(trace, plane, moment) {
  const { k } = moment;
  const t = easeInOut(settled(moment));
  const now = plane.after(k);
  const then = k > 0 ? plane.after(k - 1) : [];
  const pairs = [];
  for (let id = 0; id <= k; id++) {
    const was = id === k ? { fate: "held", role: "current" } : then[id];
    const will = now[id];
    const at = plane.pair(id);
    if (was.fate === will.fate && was.role === will.role) pairs.push({ id, at, ...will, strength: 1 });
    else {
      if (t < 1) pairs.push({ id, at, ...was, strength: 1 - t });
      if (t > 0) pairs.push({ id, at, ...will, strength: t });
    }
  }
  const come = making(trace, moment);
  const before = trace.held(k - 1);
  const after = trace.held(k);
  const slots = [];
  for (const [id, versions] of plane.versions) {
    const role = after.roles.get(id) ?? before.roles.get(id);
    if (!role) continue;
    const reached = versions.findLastIndex(({ step }) => step <= k);
    if (reached < 0) continue;
    const changed = versions[reached].step === k;
    const e = changed ? easeInOut(come.get(id) ?? t) : 1;
    const start = changed ? (versions[reached - 1]?.at ?? null) : null;
    const at = changed ? blend(start ?? plane.pair(k), versions[reached].at, e) : versions[reached].at;
    const born = changed && !start ? e : 1;
    const leaves = after.roles.has(id) ? 1 : 1 - t;
    const past = versions.slice(0, changed ? reached : reached + 1).map((version) => version.at);
    slots.push({ id, role, at, from: start, trail: [...past, at], strength: Math.min(born, leaves) });
  }
  return { pairs, slots: slots.filter(({ strength }) => strength > 0), query: plane.query(moment.asks), newest: k };
}

/** "(5, 6)": a place as numbers, as many digits as were sent. */
export function placeText([x, y]) {
  const written = (value) => String(Number(value.toPrecision(3))).replace("-", "−");
  return `(${written(Math.abs(x) < 5e-5 ? 0 : x)}, ${written(Math.abs(y) < 5e-5 ? 0 : y)})`;
}

/**
 * Places → pixels of a box, with equal units on both axes, so that angles are true.
 * @returns {(at: number[]) => [number, number]}
 */
export function scaleOf(extent, width, height, margin) {
  const spans = extent.map(([low, high]) => high - low || 1);
  const unit = Math.min((width - 2 * margin) / spans[0], (height - 2 * margin) / spans[1]);
  const [cx, cy] = extent.map(([low, high]) => (low + high) / 2);
  return ([x, y]) => [width / 2 + (x - cx) * unit, height / 2 - (y - cy) * unit];
}

/** What `planeAt` gives, in words for those who cannot see it. */
export function planeText(k, { pairs, slots }) {
  const seen = pairs.filter(({ strength }) => strength >= 0.5);
  const count = (fate) => new Set(seen.filter((pair) => pair.fate === fate).map(({ id }) => id)).size;
  const where = slots
    .filter(({ role }) => role === "summary")
    .map(({ at, from }) => ` Σ at ${placeText(at)}${from ? `, before this token at ${placeText(from)}` : ""}.`);
  return `Keys of ${k + 1} pairs: ${count("held")} held, ${count("carried")} in a slot, ${count("lost")} lost.${where.join("")}`;
}
