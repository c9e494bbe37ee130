// Time: a step is a row of phases, the playhead is a number. Step k is played while the playhead runs from k to k + 1.

/** @import { Timeline, Trace } from "./types.d.ts" */

const MS = {
  arrive: 440,
  attend: 360,
  push: 440,
  pin: 440,
  pop: 460,
  compress: 640,
  append: 440,
  merge: 460,
  drop: 460,
};
const HOLD_MS = 220; // what a full segment has led to stands for a moment before the next word arrives
const STILL_PUSH_MS = 320; // the pairs of a push that overflows stay where they are until the pop
const TINY = 1e-9;
const NEAR = 1e-6; // of a step: stops nearer than that are one

/** One pair that comes or goes. */
const trivial = (group) =>
  group.kind !== "compress" &&
  group.events.every((event) => event.slots.length <= 1) &&
  group.events.length === 1;

/** Whether a step's update is more than one pair coming and one going. */
function weighty(trace, k) {
  return trace.groups(k).some((group) => !trivial(group));
}

/** Every group of events is in one phase; that a made slot joins its lane is a phase of its own, `appends` its group. */
function updatePhases(trace, k) {
  const phases = [];
  const groups = trace.groups(k);
  groups.forEach((group, g) => {
    const last = phases[phases.length - 1];
    const oneForOne =
      group.kind === "drop" && trivial(group) && last?.groups.length && last.groups.every((i) => trivial(groups[i]));
    if (oneForOne) {
      last.groups.push(g); // first in, first out: one motion
      return;
    }
    const overflows = group.kind === "push" && groups[g + 1]?.kind === "pop";
    phases.push({ name: group.kind, ms: overflows ? STILL_PUSH_MS : (MS[group.kind] ?? MS.push), groups: [g] });
    if (group.kind === "compress") phases.push({ name: "append", ms: MS.append, groups: [], appends: g });
  });
  return phases;
}

function phasesOf(trace, k) {
  const update = updatePhases(trace, k);
  const attend = { name: "attend", ms: MS.attend, groups: [] };
  const arrive = { name: "arrive", ms: MS.arrive, groups: [] };
  let phases;
  if (trace.reads === "before") {
    phases = [arrive, attend, ...update];
    if (weighty(trace, k)) phases[phases.length - 1].hold = HOLD_MS;
  } else {
    const straightIn = update.length > 0 && ["push", "pin"].includes(update[0].name) && !weighty(trace, k);
    phases = [...(straightIn ? [] : [arrive]), ...update, attend];
  }
  let at = 0;
  for (const phase of phases) {
    phase.from = at;
    at += phase.ms + (phase.hold ?? 0);
    phase.to = at;
  }
  return { phases, ms: at };
}

/** Ends of a step's phases at which one stops, as parts of the step: a word that arrives to read at once is one. */
function stopsOf({ phases, ms }) {
  const read = (phase, next) => phase.name === "arrive" && next?.name === "attend";
  return phases.filter((phase, i) => !read(phase, phases[i + 1])).map((phase) => phase.to / ms);
}

/**
 * The clock of a trace: phases, stops, events.
 * @param {Trace} trace
 * @returns {Timeline}
 */
export function makeTimeline(trace) {
  const steps = Array.from({ length: trace.length }, (_, k) => phasesOf(trace, k));
  const seen = new Set();
  const often = new Map();
  for (let k = 0; k < trace.length; k++)
    for (const kind of new Set(trace.groups(k).map((group) => group.kind)))
      often.set(kind, (often.get(kind) ?? 0) + 1);
  const events = [];
  for (let k = 0; k < trace.length; k++) {
    const kinds = trace.groups(k).map((group) => group.kind);
    const first = kinds.some((kind) => !seen.has(kind)); // whatever happens for the first time is worth a stop
    kinds.forEach((kind) => seen.add(kind));
    if (
      kinds.length &&
      (weighty(trace, k) || first || kinds.some((kind) => often.get(kind) * 4 < trace.length))
    )
      events.push(k);
  }

  const updateStart = (k) => {
    const { phases, ms } = steps[k];
    const phase = phases.find((candidate) => candidate.groups.length);
    return phase ? k + phase.from / ms : k + 1;
  };
  const parts = steps.map(stopsOf);
  const stops = (k) => parts[k].map((part) => k + part);
  /** Where a step rests by itself: where its read has ended and what comes of it has yet to be seen. */
  const rest = (k) => (trace.reads === "before" && weighty(trace, k) ? updateStart(k) : k + 1);
  const locate = (playhead) => {
    const k = Math.min(trace.length - 1, Math.max(0, Math.ceil(playhead - TINY) - 1));
    return { k, f: Math.min(1, Math.max(0, playhead - k)) };
  };
  const phaseAt = (playhead) => {
    const { k, f } = locate(playhead);
    const { phases, ms } = steps[k];
    const now = f * ms;
    let index = phases.findIndex((phase) => now <= phase.to + TINY * ms);
    if (index < 0) index = phases.length - 1;
    const phase = phases[index];
    return { k, f, index, phase, t: Math.min(1, Math.max(0, (now - phase.from) / phase.ms)) };
  };

  const endOf = (k, index) => k + steps[k].phases[index].to / steps[k].ms;
  /** Where the phase ends in which the playhead is; the playhead itself where none is in motion. */
  const phaseEnd = (playhead) => {
    const { k, index } = phaseAt(playhead);
    return Math.max(playhead, endOf(k, index));
  };
  /** The last picture at rest up to a playhead: step, and the phase that ended there; null is the rest of the step. */
  const momentAt = (playhead) => {
    const { k, index, t } = phaseAt(playhead);
    const last = t > 1 - NEAR ? { k, index } : index > 0 ? { k, index: index - 1 } : null;
    if (!last && k === 0) return { k: 0, phase: null };
    const step = last?.k ?? k - 1;
    const at = last?.index ?? steps[step].phases.length - 1;
    const rests = Math.abs(endOf(step, at) - rest(step)) < NEAR;
    return { k: step, phase: rests ? null : steps[step].phases[at].name };
  };
  /** Playhead of a moment. A phase that the step does not have is its rest. */
  const playheadOf = ({ k: asked, phase }) => {
    const k = Math.min(trace.length - 1, Math.max(0, asked));
    const index = steps[k].phases.findLastIndex(({ name }) => name === phase);
    return index < 0 ? rest(k) : endOf(k, index);
  };

  /** A phase of a step by its name, or by a kind of event in it: one pair that leaves as one comes shares its phase. */
  const phaseNamed = (k, name) => {
    const { phases } = steps[k];
    const known = phases.find((phase) => phase.name === name);
    return known ?? phases.find(({ groups }) => groups.some((g) => trace.groups(k)[g].kind === name));
  };

  return {
    steps,
    events,
    /** Playheads where a phase begins, and where it has ended; of one that the step lacks, those of its update. */
    startOf: (k, name) => (phaseNamed(k, name) ? k + phaseNamed(k, name).from / steps[k].ms : updateStart(k)),
    endOf: (k, name) => (phaseNamed(k, name) ? k + phaseNamed(k, name).to / steps[k].ms : k + 1),
    stops,
    rest,
    phaseEnd,
    momentAt,
    playheadOf,
    updateStart,
    locate,
    phaseAt,
    end: trace.length,
    duration: (k) => steps[k].ms,
    /** [step, number of the phase] of all that ended on the way from one playhead to a later one. */
    passed(from, to) {
      const found = [];
      for (let { k } = locate(from); k <= locate(to).k; k++)
        steps[k].phases.forEach((_, index) => {
          if (endOf(k, index) > from + NEAR && endOf(k, index) <= to + NEAR) found.push([k, index]);
        });
      return found;
    },
    /** Forward and back by phases, whole tokens and events: from stop to stop, and by the same stops back again. */
    nextStop(playhead) {
      const { k } = locate(playhead);
      const ahead = [...stops(k), ...(k + 1 < trace.length ? stops(k + 1) : [])].find((stop) => stop > playhead + NEAR);
      return ahead ?? trace.length;
    },
    previousStop(playhead) {
      const { k } = locate(playhead);
      const behind = [...(k > 0 ? stops(k - 1) : []), ...stops(k)].filter((stop) => stop < playhead - NEAR);
      return behind.pop() ?? stops(0)[0];
    },
    nextToken: (playhead) => Math.min(trace.length, Math.floor(playhead + NEAR) + 1),
    previousToken(playhead) {
      const behind = Math.ceil(playhead - NEAR) - 1;
      return behind > 0 ? behind : Math.min(1, playhead);
    },
    /** The step of the next event, and where the last one has happened. */
    nextEvent: (playhead) => events.find((k) => k + 1 > playhead + NEAR) ?? null,
    previousEvent(playhead) {
      const k = events.findLast((event) => event + 1 < playhead - NEAR);
      return k === undefined ? rest(0) : k + 1;
    },
    /** Move on by some milliseconds of the film's own time; the answer is a playhead. */
    advance(playhead, ms) {
      let at = playhead;
      let left = ms;
      while (left > 0 && at < trace.length) {
        const k = Math.min(trace.length - 1, Math.floor(at + TINY));
        const room = (k + 1 - at) * steps[k].ms;
        if (left < room) return at + left / steps[k].ms;
        left -= room;
        at = k + 1;
      }
      return Math.min(at, trace.length);
    },
  };
}
