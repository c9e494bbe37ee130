// The bar under the stage: buttons, scrubber with the ticks of events, speed; and the keys.
import { watchFinger } from "./finger.js";
import { isCharacter, lettersOn } from "./letters.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4];
const COPIED_MS = 1500;
const WAYS = { phase: ["Stop", "phase"], token: ["Token", "token"] }; // in the timeline's functions, and in words

let way = "phase"; // by which buttons and arrows go, on every stage, as long as the page is open

/** Wire the toolbar; `act` holds what the buttons do. */
export function makeTransport(root, act) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const scrubber = part("scrubber");
  const play = part("play");
  const speed = part("speed");
  let scrubbing = false;
  let standing = 0; // where the playhead stands
  let stood = 0; // where it stood when the scrubber was touched
  let copied = 0;

  for (const [name, action] of Object.entries({
    reset: act.reset,
    back: act.back,
    play: act.toggle,
    step: act.step,
    next: act.nextEvent,
    whole: act.toggleWhole,
    asking: act.togglePredictions,
    copy: act.copyLink,
    help: act.help,
  }))
    part(name)?.addEventListener("click", action);
  speed.addEventListener("change", () => act.setSpeed(Number(speed.value)));
  const scrub = () => {
    scrubbing = true;
    if (isMeant()) act.scrub(Number(scrubber.value));
  };
  const isMeant = watchFinger(scrubber, {
    meant: scrub,
    undo() {
      if (standing !== stood) act.scrub(stood);
      scrubber.value = String(stood);
      scrubbing = false;
    },
  });
  scrubber.addEventListener("pointerdown", () => (stood = standing));
  scrubber.addEventListener("input", scrub);
  scrubber.addEventListener("change", () => {
    scrubbing = false;
    if (isMeant()) act.scrubEnd(Number(scrubber.value));
    else scrubber.value = String(standing);
  });

  function showWay() {
    const whole = part("whole");
    const pressed = String(way === "token");
    if (!whole || whole.getAttribute("aria-pressed") === pressed) return;
    whole.setAttribute("aria-pressed", pressed);
    const [, name] = WAYS[way];
    part("back").setAttribute("aria-label", `One ${name} back`);
    part("step").setAttribute("aria-label", `One ${name} on`);
    part("back").title = `One ${name} back (←)`;
    part("step").title = `One ${name} on (→)`;
  }

  return {
    /** Where buttons and arrows lead. */
    strides(timeline) {
      const [name] = WAYS[way];
      return { next: timeline[`next${name}`], previous: timeline[`previous${name}`] };
    },
    toggleWhole() {
      way = way === "token" ? "phase" : "token";
      showWay();
    },
    open(length, events) {
      scrubber.max = String(length);
      const ticks = part("ticks");
      ticks.replaceChildren();
      for (const k of events) {
        const tick = document.createElement("i");
        tick.style.left = `${((k + 1) / length) * 100}%`;
        ticks.append(tick);
      }
    },
    show(playhead, length, playing, text) {
      showWay();
      standing = playhead;
      // Where it plays, the thumb moves when that can be seen: each move has the browser lay out the bar.
      const moved = Math.abs(playhead - Number(scrubber.value)) * FINEST >= length;
      if (!scrubbing && (moved || !playing)) scrubber.value = String(playhead);
      const done = `${Math.round((playhead / length) * 1000) / 10}%`; // a tenth is less than a pixel
      if (scrubber.style.getPropertyValue("--done") !== done) scrubber.style.setProperty("--done", done);
      if (scrubber.getAttribute("aria-valuetext") !== text) scrubber.setAttribute("aria-valuetext", text);
      if (play.dataset.state !== (playing ? "playing" : "paused")) {
        play.dataset.state = playing ? "playing" : "paused";
        play.setAttribute("aria-label", playing ? "Pause" : "Play");
        play.title = playing ? "Pause (Space)" : "Play (Space)";
      }
    },
    setSpeed(value) {
      speed.value = String(value);
    },
    /** Offer to copy a link where something on the page can do that. */
    showCopy(possible) {
      const copy = part("copy");
      if (copy.hidden === possible) copy.hidden = !possible;
    },
    showCopied(text) {
      const copy = part("copy");
      copy.style.width = `${copy.getBoundingClientRect().width}px`; // the buttons beside it stay where they are
      copy.textContent = text;
      clearTimeout(copied);
      copied = setTimeout(() => (copy.textContent = "Copy link"), COPIED_MS);
    },
    shiftSpeed(current, by) {
      return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(current) + by))];
    },
    showAsking(on, available) {
      const button = part("asking");
      button.hidden = !available;
      button.setAttribute("aria-pressed", String(on));
    },
  };
}

const FINEST = 2000; // places of the thumb while it plays, less than a pixel apart
const WITH_CONTROL = { ArrowRight: "nextToken", ArrowLeft: "previousToken" };

/** What a key means on the stage, or null. Typing and focused buttons keep their keys. */
export function keyAction(event) {
  if (event.altKey) return null;
  const target = event.composedPath()[0];
  const name = target?.tagName ?? "";
  const kind = target?.type ?? "";
  const ticked = kind === "checkbox";
  const inText = name === "TEXTAREA" || (name === "INPUT" && kind !== "range" && !ticked);
  if (inText || target?.isContentEditable) return null;
  const onButton = name === "BUTTON" || name === "SELECT" || ticked;
  if (event.ctrlKey || event.metaKey)
    return name === "SELECT" || event.shiftKey ? null : (WITH_CONTROL[event.key] ?? null);
  if (isCharacter(event) && !lettersOn()) return null;
  switch (event.key) {
    case "Enter":
      return onButton ? null : "inspect";
    case " ":
      return onButton ? null : "toggle";
    case "ArrowRight":
      return name === "SELECT" ? null : event.shiftKey ? "nextEvent" : "step";
    case "ArrowLeft":
      return name === "SELECT" ? null : event.shiftKey ? "previousEvent" : "back";
    case "PageDown":
      return "step";
    case "PageUp":
      return "back";
    case "Home":
      return "reset";
    case "End":
      return "end";
    case "[":
      return "slower";
    case "]":
      return "faster";
    case "p":
    case "P":
      return "predict";
    case "v":
      return "turn";
    case "?":
      return "help";
    case "Escape":
      return "escape";
    default:
      return null;
  }
}
