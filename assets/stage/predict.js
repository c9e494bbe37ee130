// Predict, reveal, explain: the stage stops before an event and asks what will happen. The trace knows the answer.
import {
  NOTHING,
  isReady,
  judge,
  keyChooses,
  letterOf,
  named,
  neighbour,
  picked,
  tapped,
  typed,
} from "./choosing.js";
import { isolated } from "./text.js";
import { slotName } from "./trace.js";

const HINTS = {
  slots: "Click the first tile and the last; each further click adds or removes one. By keys: arrows and Space, then Enter.",
  single: "Click one tile. By keys: arrows and Space, then Enter.",
  number: "Type a number.",
  sentence: "Choose one, by click or by its letter.",
  order: "Choose them one after the other, by click or by letter; once more takes one back.",
};
const STAYS = "The question is still open: answer and reveal it (Enter), or skip it (Esc).";
const ELSEWHERE = new Set(["upcoming", "lost"]); // places in which a slot is not yet, or no more

function made(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/**
 * The card with the question, and a button over every tile that can be chosen.
 *
 * `hooks`: judged({chosen, right}) once it is revealed, closed(watch) with whether to go on to what happens,
 * more() whether another question waits at the same place.
 */
export function makePrediction(root, hooks) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const card = part("question");
  const targets = part("targets");
  let question = null;
  let choice = NOTHING;
  let verdict = null;
  let tiles = []; // sprites with a button, as they are read
  let at = 0; // the tile that Tab reaches
  let repaint = () => {};

  part("reveal").addEventListener("click", () => (verdict ? close(true) : reveal()));
  part("skip").addEventListener("click", () => close(false));

  const nameOf = (id) => tiles.find((sprite) => sprite.id === id)?.name ?? slotName(id, "compressed");

  function choose(next) {
    if (verdict) return;
    choice = next;
    part("stays").textContent = "";
    show();
    repaint();
  }

  /** Everything that shows what is chosen. */
  function show() {
    const { chosen, none } = choice;
    part("reveal").disabled = !verdict && !isReady(question, choice);
    for (const target of targets.children)
      target.setAttribute("aria-pressed", String(chosen.includes(Number(target.dataset.id))));
    for (const option of part("answers").querySelectorAll("[data-option]")) {
      const place = chosen.indexOf(Number(option.dataset.option));
      option.setAttribute("aria-pressed", String(place >= 0));
      if (question.kind === "order") option.lastElementChild.textContent = place >= 0 ? `${place + 1}.` : "";
    }
    const input = part("answers").querySelector("input");
    if (input && (chosen.length || !input.matches(":focus")) && typed(NOTHING, input.value).chosen[0] !== chosen[0])
      input.value = String(chosen[0] ?? "");
    input?.setAttribute("aria-invalid", String(input.value.trim() !== "" && !chosen.length));
    part("answers").querySelector(".none")?.setAttribute("aria-pressed", String(none));
    const told = part("answers").querySelector(".chosen");
    if (told) told.textContent = chosen.length ? `Chosen: ${named(chosen, nameOf)}${chosen.length > 1 ? ` (${chosen.length})` : ""}` : "";
  }

  /** What stands in the card to answer with. */
  function fields() {
    switch (question.kind) {
      case "number": {
        const label = made("label", "number");
        const input = made("input");
        Object.assign(input, { type: "text", inputMode: "numeric", autocomplete: "off" });
        input.setAttribute("aria-label", `Number of ${question.unit}`);
        input.addEventListener("input", () => choose(typed(choice, input.value)));
        label.append(input, made("span", "", question.unit));
        return [label];
      }
      case "slots": {
        const told = made("p", "chosen");
        told.setAttribute("aria-live", "polite");
        if (!question.none) return [told];
        const none = made("button", "chip none", question.none);
        none.type = "button";
        none.addEventListener("click", () => choose({ ...NOTHING, none: !choice.none }));
        return [told, none];
      }
      default:
        return question.offered.map((text, option) => {
          const button = made("button", "option");
          button.type = "button";
          button.dataset.option = String(option);
          button.append(made("kbd", "", letterOf(option)), made("span", "", text), made("em", ""));
          button.addEventListener("click", () => choose(picked(question, choice, option)));
          return button;
        });
    }
  }

  function open(next, sprites, paint) {
    question = next;
    choice = NOTHING;
    verdict = null;
    at = 0;
    repaint = paint;
    part("prompt").textContent = question.prompt;
    part("hint").textContent = HINTS[question.single ? "single" : question.kind];
    part("stays").textContent = "";
    part("verdict").replaceChildren();
    part("verdict").className = "verdict";
    part("answers").className = `answers is-${question.kind}`;
    part("answers").replaceChildren(...fields());
    part("reveal").textContent = "Reveal";
    part("skip").hidden = false;
    part("panels").inert = true; // what lies behind the card is not reached by Tab
    targets.setAttribute("aria-label", question.prompt);
    card.hidden = false;
    root.classList.add("is-asking");
    place(sprites);
    show();
    repaint();
    const first = targets.children[0] ?? part("answers").querySelector("input, button") ?? part("skip");
    first.focus({ preventScroll: true });
  }

  /** Put the transparent buttons over the tiles that can be chosen; Tab reaches one of them, arrows the others. */
  function place(sprites) {
    const held = targets.contains(root.getRootNode().activeElement);
    const asks = question.kind === "slots" ? new Set(question.offered) : new Set();
    tiles = [...sprites.values()]
      .filter(({ id, zone }) => asks.has(id) && !ELSEWHERE.has(zone))
      .sort((a, b) => a.y - b.y || a.x - b.x);
    at = Math.min(at, Math.max(0, tiles.length - 1));
    targets.replaceChildren(...tiles.map(target));
    if (held) targets.children[at]?.focus({ preventScroll: true });
  }

  function target(sprite, number) {
    const button = made("button", "target");
    button.type = "button";
    button.tabIndex = number === at ? 0 : -1;
    button.dataset.id = String(sprite.id);
    button.setAttribute("aria-label", `${sprite.name} ${isolated(sprite.label)}`);
    button.setAttribute("aria-pressed", String(choice.chosen.includes(sprite.id)));
    const { x, y, w, h } = sprite;
    Object.assign(button.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
    button.addEventListener("click", (event) => tap(number, event.shiftKey));
    return button;
  }

  function tap(number, onward) {
    reach(number);
    choose(tapped(question, choice, tiles[number].id, onward));
  }

  function reach(number) {
    targets.children[at]?.setAttribute("tabindex", "-1");
    at = number;
    targets.children[at].setAttribute("tabindex", "0");
    targets.children[at].focus({ preventScroll: true });
  }

  function reveal() {
    if (!question || verdict || part("reveal").disabled) return;
    verdict = judge(question, choice.chosen);
    const box = part("verdict");
    box.className = `verdict ${verdict.right ? "is-right" : "is-wrong"}`;
    box.replaceChildren(made("b", "", verdict.right ? "✓ Right" : "✗ Not quite"), made("p", "", verdict.text));
    for (const field of part("answers").querySelectorAll("input, button")) field.disabled = true;
    part("hint").textContent = part("stays").textContent = "";
    hooks.judged({ chosen: choice.chosen, right: verdict.right });
    part("reveal").textContent = hooks.more() ? "Next question" : "Watch it happen";
    part("skip").hidden = true;
    show();
    part("reveal").focus({ preventScroll: true });
    card.scrollTop = 0;
    repaint();
  }

  function close(watch) {
    if (!question) return;
    const focused = root.contains(root.getRootNode().activeElement);
    question = verdict = null;
    tiles = [];
    card.hidden = true;
    part("panels").inert = false;
    targets.replaceChildren();
    root.classList.remove("is-asking");
    if (focused) root.focus({ preventScroll: true });
    repaint();
    hooks.closed(watch);
  }

  /** Say that the question is still open: whoever goes on by a key has not seen it, and must not lose it. */
  function stay() {
    part("stays").textContent = "";
    part("stays").textContent = STAYS;
  }

  /** What a key does to the open question; whether it did. */
  function press(event) {
    if (!question || event.altKey || event.ctrlKey || event.metaKey) return false;
    const { key } = event;
    const from = event.composedPath()[0];
    const onButton = ["BUTTON", "SELECT"].includes(from?.tagName);
    const typing = from?.tagName === "INPUT" && from.type !== "range";
    if (verdict) {
      if (onButton || !["Enter", " "].includes(key)) return false;
      close(true);
      return true;
    }
    const number = [...targets.children].indexOf(from);
    if (number >= 0) {
      if (key === "Enter" && !event.shiftKey && choice.chosen.includes(tiles[number].id)) {
        reveal(); // as on an answer: Enter on what is chosen already says that this is it
        return true;
      }
      if (key === " " || key === "Enter") tap(number, event.shiftKey);
      const next = neighbour(tiles, number, key);
      if (next !== null && event.shiftKey && next !== number) {
        if (choice.anchor === null) choose(tapped(question, choice, tiles[number].id));
        tap(next, true);
      } else if (next !== null) reach(next);
      if (key === " " || key === "Enter" || next !== null) return true;
    }
    const isAnswer = onButton && part("answers").contains(from) && from.getAttribute("aria-pressed") === "true";
    if (key === "Enter" && (!onButton || (isAnswer && isReady(question, choice)))) {
      reveal();
      return true;
    }
    if (typing) {
      if (!["PageDown", "PageUp", " "].includes(key)) return false;
      stay();
      return true;
    }
    const chooses = keyChooses(question, key);
    if (!chooses) {
      if (!/^[0-9]$/.test(key) && (key !== " " || onButton)) return false;
      stay(); // a digit runs no scenario meanwhile
      return true;
    }
    if (chooses.option !== undefined) {
      choose(picked(question, choice, chooses.option));
      part("answers").querySelector(`[data-option="${chooses.option}"]`).focus({ preventScroll: true });
    } else if (chooses.digit) choose(typed(choice, `${choice.chosen[0] ?? ""}${chooses.digit}`));
    else choose(question.kind === "number" ? typed(choice, String(choice.chosen[0] ?? "").slice(0, -1)) : NOTHING);
    return true;
  }

  return {
    open,
    reveal,
    close,
    stay,
    press,
    place: (sprites) => question && place(sprites),
    get asking() {
      return question !== null;
    },
    /** Whether the answer has been told, and what happens is yet to be seen. */
    get judged() {
      return verdict !== null;
    },
    /** Class of a tile while a question is open: chosen, right, missed, wrong; idle where it cannot be chosen. */
    mark({ id, zone }) {
      if (question?.kind !== "slots") return null;
      if (ELSEWHERE.has(zone) || !question.offered.includes(id)) return "idle";
      const taken = choice.chosen.includes(id);
      if (!verdict) return taken ? "chosen" : null;
      if (question.answer.includes(id)) return taken ? "right" : "missed";
      return taken ? "wrong" : null;
    },
  };
}
