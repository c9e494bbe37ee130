// What one slot is made of: the share of every source position in it. The slot is the one pointed at, else the one read most.
import { FORGOTTEN, openMap } from "./map.js";
import { penOf } from "./pen.js";
import { isolated } from "./text.js";
import { slotName, threeDigits } from "./trace.js";

const SHARE_WORDS = {
  exact: "share of each position in the slot's value",
  values: "share of each position in the slot's value; its key is the memory's own",
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

/** {sources: [[position, share]], more, largest} of a slot as step k reads it; null where it has no sources. Pure. */
export function influence(trace, id, k) {
  const made = trace.sharesRead(id, k);
  if (!made) return null;
  const sources = made.sources.map((position, i) => [position, made.shares[i]]);
  return {
    sources,
    more: made.total - made.sources.length,
    largest: made.shares.reduce((most, share) => Math.max(most, share), 0) || 1,
  };
}

/** Shares of all positions in a run's only made slot as step k reads it, by cell of the map; null where none were sent. */
export function shapeOf(trace, id, k) {
  const { arrays, raw, length } = trace;
  if (!arrays.influence || !raw.made[id]) return null;
  if (trace.reads === "before" && k > 0) k -= 1;
  const map = openMap({ size: raw.map, largest: arrays.influence_largest, levels: arrays.influence }, length);
  const row = map.cellOf(k);
  return Array.from({ length: row + 1 }, (_, cell) => {
    const share = map.at(row, cell);
    return share === FORGOTTEN ? 0 : share;
  });
}

const head = `<span data-part="influence-of"></span>`;
const body = `<div class="influence-room" data-room><div class="shape-box" data-part="shape-box"><span class="tick" data-part="shape-top"></span><canvas data-part="shape" role="img"></canvas></div>
<div class="influence-box" tabindex="0" role="region" aria-label="Sources by position"><ol data-part="influence"></ol><p class="meaning" data-part="influence-note"></p></div></div>`;
const SHAPE = { left: 3.6, height: 4.4, part: 0.45 }; // em, and of the height there is, as in views.css

function make(box) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const canvas = part("shape");
  let trace = null;
  let theme = null;
  let room = { width: 0, height: 0 };
  let shown = "";

  /** The shape as bars over the whole text; `role` gives their colour. */
  function draw(shape, role, k) {
    part("shape-box").hidden = !shape;
    if (!shape) return;
    const { width, height } = room;
    const top = shape.reduce((most, share) => Math.max(most, share), 0) || 1;
    part("shape-top").textContent = threeDigits(top);
    const count = shape.filter((share) => share > 0).length;
    const whole = trace.map.joined ? "" : `${count} of ${k + 1} positions have a share; `;
    canvas.setAttribute("aria-label", `Shares by position, oldest left: ${whole}the largest is ${threeDigits(top)}`);
    if (!width) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const pen = penOf(canvas);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = theme.hair;
    for (const y of [0, height - 1]) pen.fillRect(0, y, width, 1);
    const pitch = width / trace.map.size;
    const bar = Math.max(0.75, pitch - (pitch > 4 ? 1.5 : 0));
    pen.fillStyle = theme.roles[role].hue;
    shape.forEach((share, cell) => {
      const tall = share > 0 ? Math.max(1, (share / top) * (height - 2)) : 0;
      pen.fillRect(cell * pitch, height - 1 - tall, bar, tall);
    });
  }

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
    open(next, look) {
      trace = next;
      theme = look;
      shown = "";
    },
    lay(em, width, height) {
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      room = {
        width: Math.floor(width - SHAPE.left * em),
        height: Math.floor(Math.max(SHAPE.height * em, SHAPE.part * height)),
      };
      canvas.width = Math.round(room.width * ratio);
      canvas.height = Math.round(room.height * ratio);
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
      draw(id < 0 ? shapeOf(trace, id, moment.asks) : null, role, moment.asks);
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
