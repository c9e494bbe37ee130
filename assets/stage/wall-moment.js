// The wall as numbers: runs of many memories over the same words, and who stands where at a playhead. Pure.
//
// Playhead p: so many words have been taken in; between two whole numbers the next one comes.
import { expandRuns } from "./codec.js";
import { blend, clamp01, easeInOut } from "./easing.js";

/** @import { Mini, MiniLayout, MiniTile, Wall, WallLayout } from "./types.d.ts" */

const LARGEST = 12; // px of a cell
const SMALLEST = 4;
const GAP = 1; // cells between two lanes
const FALL = 1.2; // cells that a pair sinks while it is lost

/**
 * All that follows from what the server sends and never changes.
 * @returns {Wall}
 */
export function openWall({ tokens, fact, roles, memories }) {
  const minis = memories.map((one) => (one.problem ? one : openMini(one, roles)));
  const changes = [];
  const kinds = (k) => minis.map((mini) => (mini.problem ? "" : fateOf(mini, k).kind)).join();
  for (let k = fact[0]; k < tokens.length; k++) if (k === fact[0] || kinds(k) !== kinds(k - 1)) changes.push(k);
  return { tokens, fact, minis, changes, length: tokens.length };
}

function openMini(one, roles) {
  const steps = one.held.map((runs, k) => {
    const slotOf = (near) => (near < 0 ? near : k - near);
    const slots = runs.flatMap(([first, last, role]) =>
      expandRuns([[slotOf(first), slotOf(last)]]).map((id) => ({ id, role: roles[role] })),
    );
    const [raw, inSlots, lost] = one.fact[k];
    return {
      slots,
      into: new Map(one.into[k].map((pair) => pair.map(slotOf))),
      raw,
      inSlots,
      lost,
      carriers: new Map(one.carriers[k]),
    };
  });
  const known = new Set(one.lanes.map(({ role }) => role));
  const most = new Map(); // of roles that no lane was made for
  for (const { slots } of steps)
    for (const { role } of slots)
      if (!known.has(role)) most.set(role, Math.max(most.get(role) ?? 0, slots.filter((slot) => slot.role === role).length));
  const lanes = [...one.lanes, ...[...most].map(([role, capacity]) => ({ role, title: role, capacity }))];
  return { ...one, lanes, steps };
}

/** What has become of the fact after step k: a kind, and its share in the slot that has most of it. */
export function fateOf(mini, k) {
  if (k < 0) return { kind: "untold", raw: 0, inSlots: 0, lost: 0, share: 0 };
  const { raw, inSlots, lost, carriers } = mini.steps[k];
  const share = Math.max(0, ...carriers.values());
  const kind = raw + inSlots + lost === 0 ? "untold" : raw ? "raw" : inSlots ? "slot" : "lost";
  return { kind, raw, inSlots, lost, share };
}

const percent = (share) => (share < 0.01 ? "less than 1 %" : `${Math.round(share * 100)} %`);

/** The same in words. */
export function fateInWords({ kind, raw, inSlots, lost, share }) {
  if (kind === "untold") return "not told yet";
  const parts = [];
  if (raw) parts.push(inSlots + lost ? `${raw} raw` : "raw");
  if (inSlots) parts.push(raw + lost ? `${inSlots} in slots` : `${percent(share)} of a slot`);
  if (lost) parts.push(raw + inSlots ? `${lost} lost` : "lost");
  return parts.join(", ");
}

/** How many memories stand how. */
export function tally(wall, k) {
  const counts = { raw: 0, slot: 0, lost: 0, untold: 0 };
  for (const mini of wall.minis) if (!mini.problem) counts[fateOf(mini, k).kind] += 1;
  return counts;
}

/**
 * Where cells are, all of one size, the largest with which every memory has room.
 * @returns {WallLayout}
 */
export function layOut(wall, width, height) {
  const played = wall.minis.filter((mini) => !mini.problem);
  for (let cell = LARGEST; ; cell--) {
    const columns = Math.max(1, Math.floor(width / cell));
    const minis = new Map(played.map((mini) => [mini.name, placeLanes(mini.lanes, columns)]));
    const rows = Math.max(1, ...[...minis.values()].map((one) => one.rows));
    if (rows * cell <= height || cell === SMALLEST) return { cell, columns, minis, width };
  }
}

/** Lanes beside each other, in a new row where one has no room left, over several rows where it needs them. */
function placeLanes(lanes, columns) {
  let [row, column] = [0, 0];
  const placed = lanes.map((lane) => {
    const wide = Math.min(columns, Math.max(1, lane.capacity));
    if (column && column + wide > columns) [row, column] = [row + 1, 0];
    const own = { ...lane, row, column, wide };
    const rows = Math.ceil(Math.max(1, lane.capacity) / wide);
    if (rows > 1) [row, column] = [row + rows, 0];
    else column += wide + GAP;
    return own;
  });
  return { lanes: placed, rows: column ? row + 1 : Math.max(1, row), cells: new Map() };
}

/** Cell of every slot after step k, by identity; none before the first word. Those of the last two steps are kept. */
export function cellsAt(mini, layout, k) {
  const known = layout.cells.get(k);
  if (known) return known;
  const cells = place(mini, layout, k);
  for (const other of layout.cells.keys()) if (Math.abs(other - k) > 1) layout.cells.delete(other);
  layout.cells.set(k, cells);
  return cells;
}

function place(mini, { lanes }, k) {
  const cells = new Map();
  if (k < 0) return cells;
  const { slots, carriers } = mini.steps[k];
  const filled = new Map();
  for (const { id, role } of slots) {
    const lane = lanes.find((one) => one.role === role);
    const at = filled.get(role) ?? 0;
    filled.set(role, at + 1);
    const row = lane.row + Math.floor(at / lane.wide);
    cells.set(id, { id, role, row, column: lane.column + (at % lane.wide), part: carriers.get(id) ?? 0 });
  }
  return cells;
}

/**
 * Tiles at a playhead, in cells; those that fly come last.
 * @param {Mini} mini
 * @param {MiniLayout} layout
 * @returns {MiniTile[]}
 */
export function tilesAt(mini, layout, playhead, { fact, columns }) {
  const k = Math.min(mini.steps.length - 1, Math.floor(playhead));
  const t = easeInOut(clamp01(playhead - k));
  const before = cellsAt(mini, layout, k - 1);
  const after = t > 0 ? cellsAt(mini, layout, k) : before;
  const isFact = (id) => id >= fact[0] && id <= fact[1];
  const tile = ({ id, role, column, row, part }, more) => {
    const whole = { id, role, x: column, y: row, part: isFact(id) ? 1 : part, alpha: 1, size: 1 };
    return { ...whole, ...more };
  };
  if (t === 0) return [...before.values()].map((cell) => tile(cell, {}));
  /** @type {MiniTile[]} */
  const still = [];
  /** @type {MiniTile[]} */
  const moving = [];
  const entrance = { id: k, role: "current", row: -1, column: columns - 1, part: 0 };
  const way = (from, to) => ({ x: blend(from.column, to.column, t), y: blend(from.row, to.row, t) });
  for (const [id, to] of after) {
    const from = before.get(id);
    if (from?.row === to.row) still.push(tile({ ...to, part: blend(from.part, to.part, t) }, way(from, to)));
    else if (from) still.push(tile(from, { alpha: 1 - t }), tile(to, { alpha: t })); // between rows there is no way
    else if (id === k) moving.push(tile(to, way(entrance, to)));
    else still.push(tile(to, { size: t }));
  }
  const { into } = mini.steps[k];
  for (const from of [...before.values(), ...(after.has(k) ? [] : [entrance])]) {
    if (after.has(from.id)) continue;
    const to = after.get(into.get(from.id));
    if (to) moving.push(tile(from, { ...way(from, to), alpha: 1 - t * t }));
    else moving.push(tile(from, { y: from.row + FALL * t, alpha: 1 - t, lost: true }));
  }
  return [...still, ...moving];
}

/** Stretches of steps up to k over which the fact stands alike: [first, last, raw, in slots, lost], as parts of its words. */
export function historyOf(mini, { fact }, k) {
  const words = fact[1] - fact[0] + 1;
  const stretches = [];
  for (let step = fact[0]; step <= k; step++) {
    const { raw, inSlots, lost } = mini.steps[step];
    const last = stretches[stretches.length - 1];
    if (last && last.raw === raw / words && last.inSlots === inSlots / words && last.lost === lost / words) last.to = step;
    else stretches.push({ from: step, to: step, raw: raw / words, inSlots: inSlots / words, lost: lost / words });
  }
  return stretches;
}
