// What one slot is made of: the share of every source position in it. The slot is the one pointed at, else the one read most.
import { isolated } from "./text.js";
import { slotName, threeDigits } from "./trace.js";

const SHARE_WORDS = {
  exact: "share of each position in the slot's value",
  share: "share of each position, at this moment: the mechanism is not linear",
  sensitivity: "how much the slot's value would follow a change of each position",
};

/** The slot to explain: what is pointed at, where it was read, else the made slot read most, else the slot read most. */
export function slotToExplain(trace, { asks, focus }) {
  const { ids, weights, at } = trace.read(asks);
  if (focus && at.has(focus.id)) return focus.id;
  const made = ids.filter((id) => id < 0);
  const among = made.length ? made : ids;
  return among.reduce((best, id) => (weights[at.get(id)] > weights[at.get(best)] ? id : best), among[0]);
}

/** {sources: [[position, share]], more, largest} of a slot at a step; null where it has no sources. Pure. */
export function influence(trace, id, k) {
  const made = trace.shares(id, k);
  if (!made) return null;
  const sources = made.sources.map((position, i) => [position, made.shares[i]]);
  return {
    sources,
    more: made.total - made.sources.length,
    largest: made.shares.reduce((most, share) => Math.max(most, share), 0) || 1,
  };
}

const head = `<span data-part="influence-of"></span>`;
const body = `<div class="influence-box"><ol data-part="influence"></ol><p class="meaning" data-part="influence-note"></p></div>`;

function make(box) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  let trace = null;
  let shown = "";

  function lineOf([position, share], largest, role) {
    const line = document.createElement("li");
    for (const [name, className, text] of [
      ["b", "", slotName(position)],
      ["span", "", isolated(trace.tokens[position])],
      ["i", `bar is-${role}`, ""],
      ["em", "", threeDigits(share)],
    ]) {
      const node = document.createElement(name);
      node.className = className;
      node.textContent = text;
      if (name === "i") node.style.setProperty("--share", String(share / largest));
      line.append(node);
    }
    return line;
  }

  return {
    open(next) {
      trace = next;
      shown = "";
    },
    paint(moment) {
      const id = slotToExplain(trace, moment);
      const mark = `${moment.asks}:${id}`;
      if (mark === shown) return;
      shown = mark;
      const found = influence(trace, id, moment.asks);
      const role = trace.read(moment.asks).roles.get(id);
      const name = slotName(id, role);
      part("influence-of").textContent = `in ${name}, as ${slotName(moment.asks)} reads it`;
      if (!found) {
        part("influence").replaceChildren();
        part("influence-note").textContent = `${name} is learned: no position of the stream is in it.`;
        return;
      }
      part("influence").replaceChildren(...found.sources.map((source) => lineOf(source, found.largest, role)));
      const meaning = SHARE_WORDS[trace.raw.provenance] ?? SHARE_WORDS.exact;
      const others = found.more ? ` ${found.more} more in it, none with a larger share.` : "";
      part("influence-note").textContent = `${meaning}.${others} Point at a slot to see another.`;
    },
  };
}

export const influenceView = { name: "influence", title: "Sources", head, body, make };
