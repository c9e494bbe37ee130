// What a payload is played from: the trace, its clock, and who stands where at every border of phases.
import { makeFrames, needs } from "./state.js";
import { makeTimeline } from "./timeline.js";
import { openTrace } from "./trace.js";

/** @import { Reel } from "./types.d.ts" */

/**
 * All that follows from the JSON of a payload and never changes.
 * @returns {Reel}
 */
export function openReel(raw) {
  const trace = openTrace(raw);
  const timeline = makeTimeline(trace);
  const need = needs(trace);
  const arrives = timeline.steps.some(({ phases }) => phases.some(({ name }) => name === "arrive"));
  if (trace.reads === "after" && arrives) need.entrance = true;
  return { trace, timeline, frames: makeFrames(trace, timeline), need };
}
