// What is at a playhead, however it is drawn: step, phase, how far it has come, what stands in the lanes. Pure.
import { LEAD, clamp01, easeInOut } from "./easing.js";

/** @import { Moment, Reel } from "./types.d.ts" */

/**
 * The moment of a playhead. `together` are the traces that are drawn by one scale.
 *
 * `before` and `after` are the frames between which the phase leads, `attention` says how far the read of the step has
 * come, `asks` is the query whose read is shown; `groups` of the step's events have begun, `progress` of each from 0 to
 * 1; `counts`, `compressing` and `lost` are what is in the lanes, in the compressor, and gone.
 *
 * @param {Reel} reel
 * @param {number} playhead
 * @returns {Moment}
 */
export function momentOf({ trace, timeline, frames }, playhead, together = [trace]) {
  const { k, index, phase, t } = timeline.phaseAt(playhead);
  const { phases } = timeline.steps[k];
  const list = frames(k);
  const [before, after] = [list[index], list[index + 1]];
  const attention = attentionAt(phases, index, t);
  const { counts, compressing, lost } = t < 0.5 ? before : after;
  const begun = phases.slice(0, index + 1).flatMap(({ groups }) => groups);
  /** @type {number[]} */
  const progress = [];
  phases.forEach(({ groups }, i) => {
    for (const group of groups) progress[group] = i === index ? t : Number(i < index);
  });
  return {
    playhead,
    k,
    index,
    t,
    phase: phase.name,
    phases,
    before,
    after,
    attention,
    asks: asksAt(k, attention),
    groups: Math.max(0, ...begun.map((group) => group + 1)),
    progress,
    counts,
    compressing,
    lost,
    together,
  };
}

/** How far a read has come at a phase of its step: 0 before it, 1 after it. */
function attentionAt(phases, index, t) {
  const read = phases.findIndex(({ name }) => name === "attend");
  if (index !== read) return Number(index > read);
  return easeInOut(clamp01((t - LEAD) / (0.9 - LEAD)));
}

/** The query whose read is shown while step k runs: until it reads, the one before. */
const asksAt = (k, attention) => (attention > 0 || k === 0 ? k : k - 1);
