// Predict, reveal, explain: the stage stops before an event and asks what will happen. The trace knows the answer.
import { isolated } from "./text.js";

const sameSet = (a, b) => a.length === b.length && a.every((id) => b.includes(id));

/** What to say to a choice: {slotsRight, numberRight, texts}. Pure. */
export function judge(question, chosen, number) {
  const { feedback, answer } = question;
  const slotsRight = sameSet([...chosen], answer);
  const asksNumber = Boolean(question.number && question.number.options?.length);
  const numberRight = !asksNumber || number === question.number.answer;
  const texts = [];
  if (!slotsRight) {
    const known = (feedback.misconceptions ?? []).find((one) => sameSet([...chosen], one.slots));
    texts.push(known ? known.text : feedback.otherwise);
  }
  if (asksNumber && !numberRight)
    texts.push(feedback.numbers?.[String(number)] ?? `The trace says ${question.number.answer}.`);
  if (slotsRight && numberRight) texts.push(feedback.right);
  return { slotsRight, numberRight, right: slotsRight && numberRight, texts: texts.filter(Boolean) };
}

/** The card with the question, and a button over every tile that can be chosen. */
export function makePrediction(root, done) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const card = part("question");
  const targets = part("targets");
  let question = null;
  let chosen = new Set();
  let number = null;
  let verdict = null;
  let repaint = () => {};

  part("reveal").addEventListener("click", () => (verdict ? close(true) : reveal()));
  part("skip").addEventListener("click", () => close(false));

  function chip(option) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chip";
    button.textContent = String(option);
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      if (verdict) return;
      number = option;
      for (const other of part("numbers").children)
        other.setAttribute("aria-pressed", String(other === button));
      ready();
    });
    return button;
  }

  function ready() {
    const asksNumber = question.number && question.number.options?.length;
    part("reveal").disabled = !verdict && (chosen.size === 0 || (asksNumber && number === null));
  }

  function open(next, sprites, paint) {
    question = next;
    chosen = new Set();
    number = null;
    verdict = null;
    repaint = paint;
    part("prompt").textContent = question.prompt;
    part("verdict").replaceChildren();
    part("verdict").className = "verdict";
    const asksNumber = Boolean(question.number && question.number.options?.length);
    part("number-prompt").textContent = asksNumber ? question.number.prompt : "";
    part("numbers").replaceChildren(...(asksNumber ? question.number.options.map(chip) : []));
    part("reveal").textContent = "Reveal";
    part("skip").hidden = false;
    card.hidden = false;
    root.classList.add("is-asking");
    place(sprites);
    ready();
    repaint();
    (targets.firstElementChild ?? part("reveal")).focus({ preventScroll: true });
  }

  /** Put the transparent buttons over the tiles of the lane that is asked about. */
  function place(sprites) {
    targets.replaceChildren();
    const choices = [...sprites.values()]
      .filter(
        (sprite) =>
          question.choices.includes(sprite.id) && sprite.zone !== "entrance",
      )
      .sort((a, b) => a.y - b.y || a.x - b.x);
    for (const sprite of choices) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "target";
      button.dataset.id = String(sprite.id);
      button.setAttribute("aria-label", `${sprite.name} ${isolated(sprite.label)}`);
      button.setAttribute("aria-pressed", String(chosen.has(sprite.id)));
      Object.assign(button.style, {
        left: `${sprite.x}px`,
        top: `${sprite.y}px`,
        width: `${sprite.w}px`,
        height: `${sprite.h}px`,
      });
      button.addEventListener("click", () => {
        if (verdict) return;
        if (chosen.has(sprite.id)) chosen.delete(sprite.id);
        else chosen.add(sprite.id);
        button.setAttribute("aria-pressed", String(chosen.has(sprite.id)));
        ready();
        repaint();
      });
      targets.append(button);
    }
  }

  function reveal() {
    if (!question || verdict || part("reveal").disabled) return;
    verdict = judge(question, [...chosen], number);
    const box = part("verdict");
    box.className = `verdict ${verdict.right ? "is-right" : "is-wrong"}`;
    const head = document.createElement("b");
    head.textContent = verdict.right
      ? "✓ Right"
      : verdict.slotsRight
        ? "✗ The pairs are right, the number is not"
        : "✗ Not quite";
    box.replaceChildren(head);
    for (const text of verdict.texts) {
      const line = document.createElement("p");
      line.textContent = text;
      box.append(line);
    }
    part("reveal").textContent = "Watch it happen";
    part("skip").hidden = true;
    part("reveal").focus({ preventScroll: true });
    repaint();
  }

  function close(watch) {
    if (!question) return;
    const told = verdict;
    question = null;
    verdict = null;
    card.hidden = true;
    targets.replaceChildren();
    root.classList.remove("is-asking");
    repaint();
    done(watch, told);
  }

  return {
    open,
    reveal,
    close,
    place: (sprites) => question && place(sprites),
    get asking() {
      return question !== null;
    },
    /** Class of a tile while a question is open: chosen, right, missed, wrong. */
    mark(sprite) {
      if (!question) return null;
      const picked = chosen.has(sprite.id);
      if (!verdict) return picked ? "chosen" : null;
      const right = question.answer.includes(sprite.id);
      if (right) return picked ? "right" : "missed";
      return picked ? "wrong" : null;
    },
  };
}
