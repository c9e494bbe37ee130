// What is behind a slot: its words with shares, its numbers; and what else on the stage is the same thing.
import { FORGOTTEN } from "./map.js";
import { scoreOf } from "./softmax.js";
import { isolated, quoted } from "./text.js";
import { slotName, threeDigits } from "./trace.js";

/** @import { Focus, Moment, Slot, Spot, Trace } from "./types.d.ts" */

const ROLE_WORDS = {
  global: "global token",
  compressed: "compressed slot",
  recent: "raw pair in memory",
  summary: "summary of pairs",
  retrieved: "stored pair",
  current: "pair of the running segment",
  upcoming: "not read yet",
  carried: "in a slot, with others",
  lost: "lost for good",
};

const SHARE_WORDS = { exact: "share", values: "share", share: "share, at this moment", sensitivity: "how much it would follow" };

/**
 * Those that follow one another, by their ends.
 * @param {number[]} positions
 */
function runsOf(positions) {
  /** @type {[first: number, last: number][]} */
  const spans = [];
  for (const position of positions) {
    const last = spans[spans.length - 1];
    if (last && position === last[1] + 1) last[1] = position;
    else spans.push([position, position]);
  }
  return spans;
}

/**
 * A tile as it is told at a moment: by the read that the stage shows, and by what the slot is made of by then.
 * @param {Trace} trace
 * @param {Moment} moment
 * @param {{ id: Slot; role: string }} tile
 * @returns {Spot}
 */
export function spotOn(trace, { k, phase, asks }, { id, role }) {
  return { id, k: asks, role, row: null, stands: trace.standsAt(k, phase) };
}

/**
 * Everything that belongs to a slot which the query of step k reads: sprites, bars, columns of the heat map.
 * @param {Trace} trace
 * @param {Spot} spot
 * @returns {Focus}
 */
export function focusOn(trace, { id, k, row, stands = trace.foundAt(k) }) {
  const made = trace.shares(id, stands);
  const sources = made ? (made.total > made.sources.length ? [] : made.sources) : [];
  const ids = new Set([id]);
  /** @type {Focus["spans"]} */
  const spans = made ? (sources.length ? runsOf(sources) : [[made.first, made.last]]) : [];
  if (id >= 0)
    for (const slot of trace.read(k).ids) {
      if (slot >= 0) continue;
      const inside = trace.shares(slot, stands);
      if (
        inside &&
        inside.first <= id &&
        id <= inside.last &&
        (inside.total > inside.sources.length || inside.sources.includes(id))
      )
        ids.add(slot);
    }
  const positions = new Set(sources);
  return { id, k, row, ids, spans, has: (sprite) => ids.has(sprite.id) || positions.has(sprite.id) };
}

/** The words that a raw pair knows of, where its keys and values were made with a view of those before it; else null. */
export function knownWords(trace, id) {
  if (id < 0 || trace.context < 2) return null;
  return trace.tokens.slice(Math.max(0, id + 1 - trace.context), id + 1).join(" ");
}

/**
 * Lines of the tooltip: {title, role, numbers: [[name, value]], knows, sources: [[name, word, share]], more}.
 * @param {Trace} trace
 * @param {Spot} spot
 */
export function describeSlot(trace, { id, k, role, position, stands = trace.foundAt(k) }) {
  const row = trace.read(k);
  const at = row.at.get(id);
  const made = trace.shares(id, stands);
  const known = role ?? row.roles.get(id) ?? (id >= 0 ? "recent" : "compressed");
  const numbers = [];
  if (at !== undefined && trace.isSame(id, stands, trace.foundAt(k))) {
    const weight = row.weights[at];
    if (trace.lse) numbers.push(["score", threeDigits(scoreOf(weight, trace.lse[k]))]);
    numbers.push(["weight", threeDigits(weight)]);
  }
  if (id < 0 && position !== undefined && position >= 0 && !trace.map.joined && trace.map.share(k, position) !== FORGOTTEN)
    numbers.push([`of it on ${slotName(position)}`, threeDigits(trace.map.share(k, position))]);
  const named = row.roles.get(id) ?? known;
  const mark = trace.markOf(id, stands);
  return {
    title: id >= 0 ? `${slotName(id, named)} ${quoted(trace.tokens[id])}` : slotName(id, named),
    role: ROLE_WORDS[known] ?? known,
    numbers,
    asked: `for the query ${slotName(k)} ${quoted(trace.tokens[k])}, ${trace.head}`,
    knows: known === "upcoming" ? null : knownWords(trace, id),
    shareWord: SHARE_WORDS[trace.raw.provenance] ?? "share",
    sources:
      id < 0 && made
        ? made.sources.map((source, i) => [slotName(source), trace.tokens[source], threeDigits(made.shares[i])])
        : [],
    more: made ? Math.max(0, made.total - made.sources.length) : 0,
    mark: mark ? mark.label : null,
  };
}

/** The same for those who listen. */
export function spokenOf({ title, role, mark, numbers, asked, sources, shareWord, more }) {
  const of = sources.map(([name, word, share]) => `${name} ${isolated(word)} ${share}`).join(", ");
  return [
    `${title}, ${role}`,
    mark,
    numbers.length ? `${numbers.map((pair) => pair.join(" ")).join(", ")}, ${asked}` : "",
    of ? `made of (${shareWord}) ${of}${more ? `, and ${more} more` : ""}` : "",
  ]
    .filter(Boolean)
    .map((sentence) => `${sentence}.`)
    .join(" ");
}

/** A small card near the pointer. */
export function makeTooltip(card) {
  const add = (parent, name, className, text) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };
  return {
    hide() {
      card.hidden = true;
    },
    show(about, x, y, room) {
      card.replaceChildren();
      const head = add(card, "div", "tip-head");
      add(head, "b", "", about.title);
      add(head, "span", "", about.role);
      if (about.mark) add(card, "div", "tip-mark", about.mark);
      if (about.numbers.length) {
        const list = add(card, "dl", "tip-numbers");
        for (const [name, value] of about.numbers) {
          add(list, "dt", "", name);
          add(list, "dd", "", value);
        }
        add(card, "div", "tip-note", about.asked);
      }
      if (about.knows) add(card, "div", "tip-knows", `knows: ${isolated(about.knows)}`);
      if (about.sources.length) {
        add(card, "div", "tip-note", `made of (${about.shareWord})`);
        const list = add(card, "ul", "tip-sources");
        for (const [name, word, share] of about.sources) {
          const item = add(list, "li");
          add(item, "span", "", `${name} ${isolated(word)}`);
          add(item, "em", "", share);
        }
        if (about.more) add(card, "div", "tip-note", `and ${about.more} more`);
      }
      card.hidden = false;
      card.style.left = "0"; // where it stood at the edge it had less room
      const width = card.offsetWidth;
      const height = card.offsetHeight;
      card.style.left = `${Math.max(4, Math.min(room.width - width - 4, x + 14))}px`;
      card.style.top = `${y + height + 18 > room.height ? Math.max(4, y - height - 12) : y + 16}px`;
    },
  };
}
