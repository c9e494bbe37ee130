// The picture of a moment as a list of sprites and arcs: pure, shared by the SVG and the canvas painter.
import { LEAD, blend, clamp01, easeInOut } from "./easing.js";
import { axisTop, hull, rectOf } from "./geometry.js";
import { segmentsOf } from "./segments.js";
import { isolated } from "./text.js";
import { rangeLabel, slotName } from "./trace.js";

/** @import { Arc, Layout, Moment, Scene, Slot, Sprite, Trace } from "./types.d.ts" */

const MOST_ARCS = 5;
const STAGGER = 0.22;

const between = (a, b, t) => ({
  x: blend(a.x, b.x, t),
  y: blend(a.y, b.y, t),
  w: blend(a.w, b.w, t),
  h: blend(a.h, b.h, t),
});

function opacityOf(layout, place) {
  if (place.zone === "upcoming")
    return place.rank < 0 ? 0 : [0.88, 0.68, 0][Math.min(2, Math.floor(place.rank / layout.columns))];
  if (place.zone === "lost") return place.rank < 0 ? 0 : 1;
  return 1;
}

/** How far a phase has come for one thing: rows go column by column, a little after one another. */
function progress(layout, t, from, to) {
  const moving = clamp01((t - LEAD) / (1 - LEAD));
  const column =
    from && to && from.zone !== to.zone && from.rank !== undefined
      ? (from.rank % layout.columns) / layout.columns
      : 0;
  return easeInOut(clamp01(moving * (1 + STAGGER) - STAGGER * column));
}

function pose(layout, before, after, id, t) {
  const a = before.places.get(id);
  const b = after.places.get(id);
  if (a && b) {
    const rectA = rectOf(layout, a);
    const rectB = rectOf(layout, b);
    const e = a.zone === b.zone && a.rank === b.rank ? 1 : progress(layout, t, a, b);
    return {
      rect: between(rectA, rectB, e),
      opacity: blend(opacityOf(layout, a), opacityOf(layout, b), e),
      place: e < 0.5 ? a : b,
      moving: e > 0 && e < 1,
    };
  }
  if (a) return leaving(layout, before, after, id, a, t);
  return entering(layout, before, after, id, b, t);
}

/** A pair that is compressed or merged: it goes to what it becomes and is gone. */
function leaving(layout, before, after, id, place, t) {
  const rect = rectOf(layout, place);
  const target = after.places.get(after.exits.get(id));
  if (!target) return { rect, opacity: opacityOf(layout, place) * (1 - t), place, moving: false };
  const e = easeInOut(clamp01((t - LEAD) / (0.82 - LEAD)));
  const opacity = 1 - clamp01((t - 0.48) / 0.24);
  return { rect: between(rect, rectOf(layout, target), e), opacity, place, moving: true };
}

/** A new slot: it begins as wide as what it is made of and is squeezed to one tile. */
function entering(layout, before, after, id, place, t) {
  const rect = rectOf(layout, place);
  const sources = after.spawns.get(id);
  const places = (sources ?? []).map((source) => before.places.get(source)).filter(Boolean);
  if (!sources)
    return {
      rect,
      opacity: opacityOf(layout, place) * clamp01((t - LEAD) / (1 - LEAD)),
      place,
      moving: false,
    };
  const around = hull(
    places.map((source) => rectOf(layout, source)).filter((one, _, all) => one.y === all[0].y),
  );
  const e = easeInOut(clamp01((t - LEAD) / (0.82 - LEAD)));
  const opacity = place.zone === "lost" ? clamp01((t - LEAD) / 0.5) : clamp01((t - 0.58) / 0.28);
  return { rect: around ? between(around, rect, e) : rect, opacity, place, moving: true, fresh: true };
}

/** Its label, what stands below it, and its name; at a phase, what it is made of by then. */
function words(trace, id, role, k, phase) {
  if (id >= 0) return { label: trace.tokens[id], sub: `${id + 1}`, name: slotName(id, role) };
  const stands = trace.standsAt(k, phase);
  const made = trace.shares(id, stands);
  const name = slotName(id, role);
  if (!made) return { label: name, sub: "learned", name };
  const range = rangeLabel(made.first, made.last);
  const text =
    made.first === made.last
      ? trace.tokens[made.first]
      : `${isolated(trace.tokens[made.first])}…${isolated(trace.tokens[made.last])}`;
  const written = trace.writtenOn(id, stands);
  if (written) return { label: `Σ ${written}`, sub: range, name };
  return role === "summary" ? { label: "Σ", sub: range, name } : { label: range, sub: text, name };
}

/** Weight of every slot between two steps' rows, as a part of the axis in use. */
function meterOf(trace, { together, k, attention }) {
  const now = trace.read(k);
  const then = k > 0 ? trace.read(k - 1) : null;
  const top = axisTop(together, k);
  const topThen = then ? axisTop(together, k - 1) : 1;
  return (id) => {
    const b = now.at.has(id) ? now.weights[now.at.get(id)] / top : 0;
    const a = then && then.at.has(id) ? then.weights[then.at.get(id)] / topThen : 0;
    return blend(a, b, attention);
  };
}

/**
 * From the query to what it reads most.
 * @param {Trace} trace
 * @param {Map<Slot, Sprite>} sprites
 * @param {Sprite | null} query
 * @param {number} k
 * @param {number} strength
 * @returns {Arc[]}
 */
function arcsOf(trace, sprites, query, k, strength) {
  if (!query || strength <= 0) return [];
  const row = trace.read(k);
  const order = row.ids
    .map((id, i) => [id, row.weights[i]])
    .filter(([id]) => id !== query.id || id < 0)
    .sort((a, b) => b[1] - a[1]);
  const arcs = [];
  for (const [id, weight] of order.slice(0, MOST_ARCS)) {
    const sprite = sprites.get(id);
    if (!sprite || weight < 0.004) continue;
    const level = Math.abs(sprite.y - query.y) < query.h / 2;
    arcs.push({
      id,
      weight,
      x1: query.x + query.w / 2,
      y1: query.y,
      x2: sprite.x + sprite.w / 2,
      y2: level ? sprite.y : sprite.y + sprite.h,
      level,
      width: 1 + 4.5 * Math.sqrt(weight),
      opacity: strength * (0.18 + 0.62 * Math.sqrt(weight)),
    });
  }
  return arcs;
}

/** Arcs come with the read, and go with the phase that follows it. */
function arcStrength({ phases, index, t, attention }) {
  const behind = index - phases.findIndex(({ name }) => name === "attend");
  if (behind < 1) return attention;
  return behind === 1 ? 1 - clamp01(t / 0.4) : 0;
}

/**
 * Everything of a moment that is painted; weights by the scale of all traces that are seen together.
 * @param {Trace} trace
 * @param {Layout} layout
 * @param {Moment} moment
 * @returns {Scene}
 */
export function sceneAt(trace, layout, moment) {
  const { k, t, phase, before, after } = moment;
  const meter = meterOf(trace, moment);
  const ids = new Set([...before.places.keys(), ...after.places.keys()]);
  const sprites = new Map();
  for (const id of ids) {
    const now = pose(layout, before, after, id, t);
    if (now.opacity <= 0.002) continue;
    const { role } = now.place;
    const reads =
      phase === "arrive" || phase === "attend" || (trace.reads === "before" ? role === "current" : role !== "upcoming");
    const mark = trace.markOf(id, trace.standsAt(k, moment.phase));
    sprites.set(id, {
      id,
      key: id >= 0 ? `t${id}` : `s${id}`,
      ...now.rect,
      opacity: now.opacity,
      role,
      zone: now.place.zone,
      query: id === k && reads && role !== "upcoming" && role !== "lost",
      moving: now.moving && now.place.zone !== "upcoming",
      meter: role === "upcoming" || role === "lost" || now.place.zone === "hopper" ? 0 : meter(id),
      mark: mark ? mark.kind : null,
      ...words(trace, id, role, k, phase),
    });
  }
  const ghost = queryGhost(trace, layout, moment, sprites);
  const own = sprites.get(k);
  return {
    sprites,
    ghost,
    segments: segmentsOf(trace, sprites, layout.em),
    arcs: arcsOf(trace, sprites, own?.query ? own : ghost, k, arcStrength(moment)),
  };
}

/**
 * The current word where the memory does not keep its pair: it still asks.
 * @param {Trace} trace
 * @param {Layout} layout
 * @param {Moment} moment
 * @param {Map<Slot, Sprite>} sprites
 * @returns {Sprite | null}
 */
function queryGhost(trace, layout, { k, phase }, sprites) {
  if (!layout.byKey.has("entrance")) return null;
  const own = sprites.get(k);
  if (own && own.zone === "entrance" && !own.moving) return null;
  if (phase === "arrive") return null;
  const rect = rectOf(layout, { zone: "entrance", rank: 0 });
  return {
    id: k,
    key: "query",
    ...rect,
    opacity: 1,
    role: "current",
    zone: "entrance",
    query: true,
    ghost: true,
    moving: false,
    meter: 0,
    mark: null,
    ...words(trace, k, "current", k, ""),
  };
}
