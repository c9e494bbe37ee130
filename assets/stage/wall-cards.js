// What is written on the wall: the text up to the playhead, and on every card a memory's name and what became of the fact.
import { fateInWords, fateOf } from "./wall-moment.js";

const WORDS = 18; // of the text, up to the playhead

const make = (kind, name, text = "") => {
  const node = document.createElement(kind);
  node.className = name;
  node.textContent = text;
  return node;
};

/** The card of a memory, a button; one without a run says why and cannot be pressed. */
export function makeCard(mini, onPress) {
  const node = make("button", "mini");
  node.type = "button";
  const head = make("span", "head");
  head.append(make("b", "", mini.title), make("span", "", mini.note ?? ""));
  if (mini.problem) {
    node.append(head, make("span", "problem", mini.problem));
    node.disabled = true;
    return { node, mini, canvas: null, where: null, answer: null };
  }
  node.title = `${mini.title}, ${mini.note}: open it in the duel`;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const [fate, where, answer] = ["fate", "where", "answer"].map((name) => make("span", name));
  fate.append(where, answer);
  node.append(head, canvas, fate);
  node.addEventListener("click", onPress);
  return { node, mini, canvas, where, answer };
}

/** What a card says after step k. */
export function tellCard({ node, mini, where, answer }, k) {
  const fate = fateOf(mini, k);
  const atEnd = k === mini.steps.length - 1;
  const [sign, word] = mini.right ? ["✓", "right"] : ["✗", "wrong"];
  node.dataset.fate = fate.kind;
  where.textContent = fateInWords(fate);
  answer.textContent = atEnd ? `says ${mini.answer} ${sign}` : "";
  answer.className = atEnd ? `answer is-${word}` : "answer";
  const said = atEnd ? `; it answers ${mini.answer}, which is ${word}` : "";
  node.setAttribute("aria-label", `${mini.title}: ${where.textContent}${said}. Open it in the duel`);
}

/** The last words up to step k, those of the fact and the newest marked. */
export function wordsUpTo({ tokens, fact }, k) {
  const first = Math.max(0, k + 1 - WORDS);
  return tokens.slice(first, k + 1).map((word, i) => {
    const at = first + i;
    const node = make("span", "", word);
    node.classList.toggle("is-fact", at >= fact[0] && at <= fact[1]);
    node.classList.toggle("is-now", at === k);
    return node;
  });
}
