// Who stands where at the border between two phases: places, not pixels. Pure; everything drawn follows from it.
import { rememberSteps } from "./trace.js";

/** @import { Frame, Need, Timeline, Trace } from "./types.d.ts" */

const LINES_AHEAD = 3; // lines of coming words that are laid out; the third is still invisible
const LOST_BEHIND = 2; // rows of lost slots laid out beyond those that are seen

/** Words that are still to come: token j keeps the column j mod columns all the way. */
function upcomingPlaces(trace, places, from, lineOf) {
  const { columns, tokens } = trace;
  const base = Math.floor(lineOf / columns) * columns;
  for (let j = from; j < Math.min(tokens.length, base + LINES_AHEAD * columns); j++)
    places.set(j, { zone: "upcoming", rank: j - base, role: "upcoming" });
}

function lostPlaces(trace, places, count) {
  const { columns, lost } = trace;
  const first = Math.max(0, count - columns);
  for (let i = Math.max(0, first - LOST_BEHIND * columns); i < count; i++)
    places.set(lost[i].id, { zone: "lost", rank: i - first, role: "lost", index: i });
}

/** Mutable bands of one step, from which the frames are copied. */
class Bands {
  constructor(trace, k) {
    const { ids, roles } = trace.held(k - 1);
    this.trace = trace;
    this.k = k;
    this.lists = trace.lanes.map((lane) => ids.filter((id) => roles.get(id) === lane.role));
    this.hopper = [];
    this.made = new Map(); // slots that still lie in the hopper → ranks they came from
    this.entered = null; // token that waits at the entrance
    this.lost = trace.lostBefore[k];
    this.arrived = false;
  }

  take(id) {
    for (const list of this.lists) {
      const at = list.indexOf(id);
      if (at >= 0) list.splice(at, 1);
    }
    if (this.entered === id) this.entered = null;
  }

  /** Stand last in the lane of a role, or where another slot stands. */
  put(id, role, where = null) {
    this.take(id);
    const list = this.lists[Math.max(0, this.trace.laneOf(role))];
    const at = list.indexOf(where);
    list.splice(at < 0 ? list.length : at, 0, id);
  }

  settleTo({ ids, roles }) {
    this.lists = this.trace.lanes.map((lane) => ids.filter((id) => roles.get(id) === lane.role));
    this.hopper = [];
    this.made.clear();
    this.entered = null;
  }

  frame(lineOf) {
    const { trace } = this;
    const places = new Map();
    lostPlaces(trace, places, this.lost);
    this.lists.forEach((list, lane) => {
      const { role } = trace.lanes[lane];
      const scrolls = trace.lanes[lane].scrolls && list.length && list[0] >= 0;
      const shift = scrolls ? Math.floor(list[0] / trace.columns) * trace.columns : 0;
      list.forEach((id, rank) => places.set(id, { zone: lane, rank: scrolls ? id - shift : rank, role }));
    });
    this.hopper.forEach(
      (id, rank) => id !== null && places.set(id, { zone: "hopper", rank, role: "recent" }),
    );
    for (const [id, ranks] of this.made)
      places.set(id, { zone: "hopper", between: ranks, role: "compressed" });
    if (this.entered !== null) places.set(this.entered, { zone: "entrance", rank: 0, role: "current" });
    upcomingPlaces(trace, places, this.k + (this.arrived ? 1 : 0), lineOf);
    const counts = this.lists.map((list) => list.length);
    const compressing = this.hopper.filter((id) => id !== null).length + this.made.size;
    return { places, counts, compressing, lost: this.lost, exits: new Map(), spawns: new Map() };
  }
}

function arrive(bands) {
  const { trace, k } = bands;
  const { roles } = trace.read(k);
  bands.arrived = true;
  if (trace.reads === "before" && roles.has(k)) bands.put(k, roles.get(k));
  else bands.entered = k;
}

/** The sender's word on a slot's role after the step, else the role this kind of event gives. */
function roleAfter(bands, id, fallback) {
  const { roles } = bands.trace.held(bands.k);
  return roles.get(id) ?? fallback;
}

/** What was made joins its lane; what the lane has no room for is dropped after that. */
function append(bands) {
  for (const into of bands.made.keys()) bands.put(into, roleAfter(bands, into, "compressed"));
  bands.made.clear();
}

const HAPPENS = {
  push: (bands, group) => {
    bands.arrived = true;
    for (const event of group.events)
      for (const id of event.slots) bands.put(id, roleAfter(bands, id, "recent"));
  },
  pin: (bands, group) => {
    bands.arrived = true;
    for (const event of group.events) for (const id of event.slots) bands.put(id, "global");
  },
  pop: (bands, group) => {
    for (const event of group.events)
      for (const id of event.slots) {
        bands.take(id);
        bands.hopper.push(id);
      }
  },
  compress: (bands, group, change) => {
    const { hopper } = bands;
    for (const event of group.events) {
      const part = Math.max(1, Math.ceil(event.slots.length / Math.max(1, event.into.length)));
      event.into.forEach((into, j) => {
        const sources = event.slots.slice(j * part, (j + 1) * part);
        const ranks = sources.map((id) => hopper.indexOf(id)).filter((rank) => rank >= 0);
        bands.made.set(into, ranks.length ? ranks : [Math.max(0, hopper.length - 1)]);
        change.spawns.set(into, sources);
        for (const id of sources) if (!change.exits.has(id)) change.exits.set(id, into);
      });
    }
    bands.hopper = hopper.map((id) => (change.exits.has(id) ? null : id));
    for (const id of change.exits.keys()) bands.take(id);
  },
  merge: (bands, group, change) => {
    bands.arrived = true;
    for (const event of group.events)
      for (const into of event.into) {
        const exists = bands.lists.some((list) => list.includes(into));
        if (!exists) {
          bands.put(into, roleAfter(bands, into, "summary"), event.slots[0]);
          change.spawns.set(into, event.slots);
        }
        for (const id of event.slots) {
          bands.take(id);
          bands.hopper = bands.hopper.map((other) => (other === id ? null : other));
          change.exits.set(id, into);
        }
      }
  },
  drop: (bands, group, change) => {
    for (const event of group.events)
      for (const id of event.slots) {
        bands.take(id);
        bands.hopper = bands.hopper.map((other) => (other === id ? null : other));
        bands.made.delete(id);
        bands.lost += 1;
        change.dropped.push(id);
      }
  },
};

/** Frames of step k: frame i stands before phase i, frame i + 1 after it. */
function framesOf(trace, timeline, k) {
  const { phases } = timeline.steps[k];
  const bands = new Bands(trace, k);
  const groups = trace.groups(k);
  const frames = [bands.frame(k)];
  phases.forEach((phase, index) => {
    const change = { exits: new Map(), spawns: new Map(), dropped: [] };
    if (phase.name === "arrive") arrive(bands);
    if (phase.name === "append") append(bands);
    for (const g of phase.groups) HAPPENS[groups[g].kind]?.(bands, groups[g], change);
    const last = index === phases.length - 1;
    if (last) bands.settleTo(trace.held(k));
    if (phase.name === "attend" && !last && trace.reads === "before") bands.arrived = true;
    const frame = bands.frame(last ? k + 1 : k);
    frame.exits = change.exits;
    frame.spawns = change.spawns;
    for (const id of change.dropped)
      if (!frames[frames.length - 1].places.has(id))
        frame.spawns.set(id, trace.lanes.some((lane) => lane.role === "summary") ? [-1] : []);
    frames.push(frame);
  });
  return frames;
}

/**
 * Frames of any step, the latest ones remembered.
 * @param {Trace} trace
 * @param {Timeline} timeline
 * @returns {(k: number) => Frame[]}
 */
export function makeFrames(trace, timeline) {
  const deepest = trace.lanes.some((lane) => lane.role === "current") || trace.reads === "before";
  for (const lane of trace.lanes)
    lane.scrolls = !deepest && ["recent", "current"].includes(lane.role) && lane.most > trace.columns;
  return rememberSteps((k) => framesOf(trace, timeline, k), 12);
}

/**
 * Bands that this trace needs beside its lanes.
 * @param {Trace} trace
 * @returns {Need}
 */
export function needs(trace) {
  let hopper = 0;
  let entrance = false;
  for (let k = 0; k < trace.length; k++) {
    for (const group of trace.groups(k))
      if (group.kind === "pop")
        hopper = Math.max(
          hopper,
          group.events.reduce((n, event) => n + event.slots.length, 0),
        );
    if (!entrance && !trace.raw.steps[k].r.some((run) => run[0] >= 0 && run[0] <= k && k <= run[1]))
      entrance = true;
  }
  return { hopper, entrance, lost: trace.lost.length > 0 };
}
