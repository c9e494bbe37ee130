// The softmax lens: the logits of a step under the reader's hand, and what five versions of the softmax make of them.
import { through } from "./lens.js";
import {
  begin,
  columnsOf,
  fromText,
  limitsOf,
  logitsAt,
  movedLogits,
  REST,
  togetherOf,
  toText,
  VERSIONS,
} from "./lens-state.js";
import { columnNode, fillColumn, rangeOf } from "./lens-columns.js";
import { brief, digits, saysOf, signed } from "./lens-words.js";
import { quoted } from "./text.js";
import { slotName } from "./trace.js";

const STEPS = { ArrowUp: 0.1, ArrowRight: 0.1, ArrowDown: -0.1, ArrowLeft: -0.1, PageUp: 1, PageDown: -1 };
const MEAN = "A mean of several softmaxes has no logits: these give its weights, and their common level is chosen.";
const ROUGH = 2e-5; // a weight below was sent with so few digits that its logarithm has but one behind the point
const SCALES = [0.02, 0.05, 0.1, 0.2, 0.5, 1]; // ends of the axis of shares
const EXTRA = "extra";

let lenses = 0; // on the page, so that each has radio buttons of its own

const head = `<span data-part="lens-query"></span><span class="whose" data-part="lens-whose"></span>
<button type="button" class="lens-back" data-part="lens-back" hidden></button>`;

const rows = VERSIONS.map(
  ({ name, title }) => `<tr data-version="${name}"><th scope="row"><label><input type="radio" value="${name}">${title}</label></th>
<td></td><td></td><td></td><td></td></tr>`,
).join("");

const body = `<div class="lens" data-room>
  <div class="lens-plot" data-part="plot" role="group" aria-label="Logits, to be moved">
    <div class="lens-scale" aria-hidden="true"><div class="lens-track"><span>logit</span></div><div class="lens-exp" data-part="exp-name"></div>
      <div class="lens-bar"><span class="lens-top" data-part="lens-top"></span><span class="lens-even" data-part="lens-even"></span></div><div class="lens-share">share</div></div>
    <div class="lens-columns" data-part="columns"></div>
  </div>
  <table class="lens-versions">
    <thead><tr><th scope="col">same logits</th><th scope="col" title="what is taken from all of them together">a<sub>0</sub></th><th scope="col" title="the largest share that is left">largest</th><th scope="col" title="entropy, in nats">H</th><th scope="col" title="effective number of tokens">e<sup>H</sup></th></tr></thead>
    <tbody>${rows}</tbody>
  </table>
  <p class="lens-says" data-part="says"></p>
  <div class="lens-foot">
    <label><input type="checkbox" data-part="half">in float16</label>
    <label><input type="checkbox" data-part="shifted">largest subtracted first</label>
  </div>
</div>`;

function make(box, stage) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const group = `lens-${++lenses}`;
  let state = begin();
  let trace = null;
  let em = 12;
  let asked = 0; // the step that the playhead shows
  let lit = null;
  let row = null; // of logits, as the trace has them
  let columns = [];
  let nodes = new Map(); // key of a column → its element
  let axis = { low: -2, high: 6 };
  let dragged = null;
  let painted = "";
  let said = "";

  for (const radio of box.querySelectorAll(".lens-versions input")) {
    radio.name = group;
    radio.addEventListener("change", () => set({ version: radio.value }));
  }
  part("half").addEventListener("change", () => set({ half: part("half").checked, shifted: false }));
  part("shifted").addEventListener("change", () => set({ shifted: part("shifted").checked }));
  part("lens-back").addEventListener("click", () => {
    set({ step: null, moved: new Map() });
    stage.say(`Back to the logits of ${slotName(asked)}.`);
    box.querySelector(".lens-thumb")?.focus();
  });

  const arithmetic = () => (state.half ? { half: true, shifted: state.shifted } : {});
  const logits = () => movedLogits(row, columns, state.moved);
  const hasSlot = () => state.version !== "none";

  /** Where the logit of a column stands. */
  const logitOf = (key, now = logits()) =>
    key === EXTRA
      ? state.extras[state.version]
      : togetherOf(columns.find((column) => column.key === key).members.map((i) => now[i]));

  function set(change) {
    Object.assign(state, change);
    draw();
    stage.kept();
  }

  /** Move a logit; from then on the lens keeps this step's, whatever the playhead does. */
  function move(key, value) {
    const { low, high } = limitsOf(row.logits);
    const to = Math.min(high, Math.max(low, Math.round(value * 100) / 100));
    if (key === EXTRA) return set({ extras: { ...state.extras, [state.version]: to } });
    return set({ step: state.step ?? asked, moved: new Map(state.moved).set(key, to) });
  }

  // --- hands -------------------------------------------------------------------------------------------------------

  const sliderOf = (event) => event.target.closest?.('.lens-column:not([aria-disabled="true"]) .lens-track');

  function follow(event) {
    const { top, height } = dragged.track.getBoundingClientRect();
    const share = 1 - (event.clientY - top - dragged.grip) / height;
    move(dragged.key, axis.low + share * (axis.high - axis.low));
  }
  part("columns").addEventListener("pointerdown", (event) => {
    const track = sliderOf(event);
    if (!track || event.button) return;
    const { key } = track.parentElement.dataset;
    const thumb = track.querySelector(".lens-thumb");
    const { top, height } = thumb.getBoundingClientRect();
    const held = event.target.closest(".lens-thumb");
    dragged = { key, track, grip: held ? event.clientY - (top + height / 2) : 0 };
    track.setPointerCapture(event.pointerId);
    box.querySelector(".lens").classList.add("is-dragged");
    thumb.focus();
    if (!held) follow(event);
    event.preventDefault();
  });
  part("columns").addEventListener("pointermove", (event) => dragged && follow(event));
  for (const end of ["pointerup", "pointercancel"])
    part("columns").addEventListener(end, () => {
      if (!dragged) return;
      dragged = null;
      box.querySelector(".lens").classList.remove("is-dragged");
      draw();
    });
  part("columns").addEventListener("keydown", (event) => {
    const track = sliderOf(event);
    if (!track || event.altKey || event.ctrlKey || event.metaKey) return;
    const { key } = track.parentElement.dataset;
    const { low, high } = limitsOf(row.logits);
    const by = STEPS[event.key];
    if (by) move(key, logitOf(key) + by);
    else if (event.key === "Home") move(key, low);
    else if (event.key === "End") move(key, high);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // --- drawing -----------------------------------------------------------------------------------------------------

  function draw() {
    if (!trace) return;
    const k = state.step ?? asked;
    row = logitsAt(trace, k);
    columns = columnsOf(row);
    for (const key of state.moved.keys()) if (!columns.some((one) => one.key === key)) state.moved.delete(key);
    const now = logits();
    const extra = state.extras[state.version];
    const plain = through("none", now, 0, arithmetic());
    const found = through(state.version, now, extra, arithmetic());
    const levels = columns.map(({ key }) => logitOf(key, now));
    if (!dragged) axis = rangeOf(hasSlot() ? [...levels, extra] : levels, state.half);
    place(k, now, levels, plain, found);
    const pins = row.ids.reduce((sum, id, i) => (row.roles.get(id) === "global" ? sum + plain.shares[i] : sum), 0);
    compare(now, pins);
    const says = saysOf(state, now, found, plain, pins);
    if (said !== says) part("says").innerHTML = said = says;
    tellHead(k);
    part("half").checked = state.half;
    part("shifted").checked = state.half ? state.shifted : true;
    part("shifted").disabled = !state.half;
  }

  function place(k, now, levels, plain, found) {
    const of = (shares, members) => members.reduce((sum, i) => sum + shares[i], 0);
    const heights = columns.map(({ members }) => of(plain.shares, members));
    const most = Math.max(...heights.filter(Number.isFinite), found.taken || 0);
    const top = SCALES.find((end) => 0 < most && most <= end) ?? 1;
    const even = 1 / row.ids.length;
    const { low, high } = limitsOf(row.logits);
    const plot = part("plot");
    plot.style.setProperty("--zero", String((0 - axis.low) / (axis.high - axis.low)));
    plot.style.setProperty("--even", String(Math.min(1.2, even / top)));
    part("lens-top").textContent = String(top);
    part("lens-even").textContent = even / top < 0.85 ? `1/${row.ids.length}` : "";
    part("exp-name").innerHTML = state.half && state.shifted ? "e<sup>s−max</sup>" : "e<sup>s</sup>";
    const shown = new Map();
    const all = columns.map((column, i) => ({ ...column, level: levels[i] }));
    if (hasSlot()) all.push({ key: EXTRA, id: null, members: [], level: state.extras[state.version] });
    for (const { key, id, members, level } of all) {
      const node = nodes.get(key) ?? columnNode(key);
      shown.set(key, node);
      const own = key === EXTRA;
      const version = VERSIONS.find(({ name }) => name === state.version);
      const gate = state.version === "gate";
      const exp = own ? (gate ? null : found.part) : members.reduce((sum, i) => sum + found.exps[i], 0);
      const share = own ? found.taken : of(found.shares, members);
      const rough = !own && !state.moved.has(key) && of(row.weights, members) < ROUGH;
      fillColumn(node, {
        name: own ? version.slot : key === REST ? `+ ${members.length}` : slotName(id, row.roles.get(id)),
        word: own ? "" : key === REST ? "others" : id >= 0 ? trace.tokens[id] : "",
        role: own ? "extra" : key === REST ? "rest" : row.roles.get(id),
        id,
        lit: id !== null && lit?.has(id),
        at: (level - axis.low) / (axis.high - axis.low),
        value: signed(level, rough ? 1 : 2),
        exp: gate && own ? "–" : brief(state.half ? exp : exp * Math.exp(found.top), rough ? 2 : 3),
        share,
        height: share / top,
        ghost: own || !hasSlot() ? 0 : of(plain.shares, members) / top,
        fixed: own && state.version === "plus",
        moved: state.moved.has(key),
        limits: { low, high, now: level },
        says: own ? `of the ${version.title}` : key === REST ? `of ${members.length} others together` : "",
      });
    }
    const place = part("columns");
    const order = [...shown.values()];
    if (order.length !== place.children.length || order.some((node, i) => place.children[i] !== node)) {
      const focused = order.find((node) => node.contains(node.getRootNode().activeElement));
      for (const node of [...place.children]) if (!order.includes(node)) node.remove();
      order.forEach((node, i) => {
        if (place.children[i] !== node) place.insertBefore(node, place.children[i] ?? null);
      });
      focused?.querySelector(".lens-thumb").focus();
    }
    nodes = shown;
  }

  function compare(now, pins) {
    for (const line of box.querySelectorAll(".lens-versions tbody tr")) {
      const { version } = line.dataset;
      const found = through(version, now, state.extras[version], arithmetic());
      const taken = version === "none" ? pins : found.taken;
      const numbers = [taken === 0 && version === "none" ? "–" : digits(taken), digits(found.largest), digits(found.entropy)];
      [...numbers, digits(found.effective, 2)].forEach((text, i) => (line.cells[i + 1].textContent = text));
      line.querySelector("input").checked = version === state.version;
      line.classList.toggle("is-chosen", version === state.version);
    }
  }

  function tellHead(k) {
    part("lens-query").textContent = state.step === null ? `${slotName(k)} ${quoted(trace.tokens[k])}` : `${slotName(k)}, moved by you`;
    part("lens-whose").textContent = row.scored ? trace.head : "ln of the mean weights";
    part("lens-whose").title = row.scored ? "" : MEAN;
    part("lens-whose").hidden = state.step !== null;
    part("lens-back").hidden = state.step === null;
    part("lens-back").textContent = `Take those of ${slotName(asked)}`;
  }

  return {
    open(next) {
      if (next !== trace) {
        if (trace || state.step >= next.length) Object.assign(state, { step: null, moved: new Map() });
        trace = next;
        asked = Math.min(asked, trace.length - 1);
      }
      painted = "";
    },
    lay(size) {
      em = size;
      painted = "";
    },
    paint({ asks, focus }) {
      const mark = `${asks}:${em}:${focus ? [...focus.ids].join() : ""}`;
      if (mark === painted) return;
      painted = mark;
      asked = asks;
      lit = focus?.ids ?? null;
      draw();
    },
    hit(event, { asks }) {
      const column = event.target.closest?.(".lens-column[data-id]");
      if (!column || state.step !== null || dragged || event.target.closest(".lens-track")) return null;
      return { id: Number(column.dataset.id), k: asks, role: null, row: null };
    },
    kept: () => toText(state),
    keep(text) {
      state = fromText(text);
      if (trace && state.step >= trace.length) Object.assign(state, { step: null, moved: new Map() });
      painted = "";
      draw();
    },
  };
}

export const lensView = { name: "lens", title: "Softmax lens", head, body, make };
