// The hand on the playhead: playing, stepping, scrubbing. It knows time, not pictures.

/** @import { Clock, Gate, Pace } from "./types.d.ts" */

const BACK_MS = 280;
const PAUSE_MS = 240; // at most, until a phase that was caught in motion has ended
const LONGEST_FRAME_MS = 100; // a tab that slept must not leap

/**
 * Drive a playhead. `hooks`: change(playhead), rest(), gate(from, to) → where to stop, or null.
 * @param {Pace} timeline
 * @param {{ change(playhead: number): void, rest(): void, gate(from: number, to: number): Gate | null }} hooks
 * @returns {Clock}
 */
export function makeClock(timeline, hooks) {
  let playhead = timeline.rest(0);
  let mode = null; // null at rest, "play", or a glide {from, to, since, ms, live, pausing}
  let last = 0;
  let frame = 0;
  let speed = 1;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  function go(to) {
    playhead = Math.min(timeline.end, Math.max(0, to));
    hooks.change(playhead);
  }

  function halt() {
    mode = null;
    cancelAnimationFrame(frame);
    frame = 0;
    hooks.rest();
  }

  function tick(now) {
    frame = 0;
    const passed = Math.min(LONGEST_FRAME_MS, now - last);
    last = now;
    if (mode === "play") playOn(passed);
    else if (mode) glideOn(now, passed);
    if (mode && !frame) frame = requestAnimationFrame(tick);
  }

  function stopsAt(from, to) {
    const gate = hooks.gate(from, to);
    if (gate === null) return false;
    go(gate.at);
    halt();
    gate.open();
    return true;
  }

  let dwelt = 0;
  function playOn(passed) {
    if (calm.matches) {
      dwelt += passed * speed;
      const to = timeline.nextStop(playhead);
      if (dwelt < (to - playhead) * timeline.duration(timeline.locate(to).k)) return;
      dwelt = 0;
      if (stopsAt(playhead, to)) return;
      go(to);
    } else {
      const to = timeline.advance(playhead, passed * speed);
      if (stopsAt(playhead, to)) return;
      go(to);
    }
    if (playhead >= timeline.end) halt();
  }

  function glideOn(now, passed) {
    let to;
    if (mode.live) to = Math.min(mode.to, timeline.advance(playhead, passed * speed));
    else {
      const t = Math.min(1, (now - mode.since) / mode.ms);
      to = mode.from + (mode.to - mode.from) * (t < 0.5 ? 2 * t * t : 1 - (2 - 2 * t) ** 2 / 2);
      if (t === 1) to = mode.to;
    }
    const arrived = to === mode.to;
    if (to > playhead && !mode.pausing && stopsAt(playhead, to)) return;
    go(to);
    if (arrived) halt();
  }

  /** Where there is nothing to play on for: behind the last update, or on the last word's read, the fullest picture. */
  function atEnd() {
    return playhead >= timeline.end || playhead === timeline.rest(timeline.end - 1);
  }

  function start(next) {
    mode = next;
    last = performance.now();
    hooks.change(playhead);
    if (!frame) frame = requestAnimationFrame(tick);
  }

  /** Stop at the end of the phase that is in motion: the picture that then stands is one that can be shared. */
  function pause() {
    if (mode !== "play") return halt();
    const to = timeline.phaseEnd(playhead);
    if (to - playhead < 1e-6) return halt();
    const left = ((to - playhead) * timeline.duration(timeline.locate(to).k)) / speed;
    return start({ from: playhead, to, since: performance.now(), ms: Math.min(PAUSE_MS, left), pausing: true });
  }

  /** Finish at once whatever glides: a quick second key press must not lose the first. */
  function finish() {
    if (mode && mode !== "play") go(mode.to);
    mode = null;
    cancelAnimationFrame(frame);
    frame = 0;
  }

  function forwardTo(to) {
    if (to <= playhead + 1e-9) return halt();
    if (stopsAt(playhead, Math.min(to, playhead))) return;
    if (calm.matches) {
      if (stopsAt(playhead, to)) return;
      go(to);
      halt();
    } else {
      start({ to, live: true });
      tick(performance.now() + 8); // something must move with the key, not a frame later
    }
  }

  return {
    get playhead() {
      return playhead;
    },
    get playing() {
      return mode === "play";
    },
    get moving() {
      return mode !== null;
    },
    get speed() {
      return speed;
    },
    set speed(value) {
      speed = value;
    },
    /** Where it will stand when nothing is asked any more. */
    get goal() {
      return mode && mode !== "play" ? mode.to : timeline.phaseEnd(playhead);
    },
    play() {
      if (mode?.pausing) mode = null; // on from here
      finish();
      if (atEnd()) go(0);
      if (stopsAt(playhead, playhead)) return;
      dwelt = 0;
      start("play");
    },
    pause,
    /** On to where a function of the playhead says; from where it now glides to, if it does. */
    step(next) {
      finish();
      forwardTo(next(playhead));
    },
    stepTo: (to) => {
      finish();
      forwardTo(to);
    },
    /** Back to where a function of the playhead says. */
    back(previous) {
      finish();
      const to = previous(playhead);
      if (calm.matches || to >= playhead) {
        go(to);
        halt();
      } else start({ from: playhead, to, since: performance.now(), ms: BACK_MS, live: false });
    },
    seek(to) {
      finish();
      go(to);
    },
    rest: halt,
    stop() {
      mode = null;
      cancelAnimationFrame(frame);
    },
  };
}
