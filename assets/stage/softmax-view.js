// The softmax of the current query as a view: bars, and the numbers of the largest slots.
import { axisTop } from "./geometry.js";
import { makeSoftmax } from "./softmax.js";
import { quoted } from "./text.js";
import { slotName } from "./trace.js";

const INSET = 2.1; // em beside the bars, for the ticks of their axis

const head = `<span data-part="query"></span><span class="whose" data-part="whose"></span>`;
const body = `<div class="soft-box">
  <div class="bars" data-room data-part="bars-box">
    <span class="tick" data-part="tick-top"></span><span class="tick" data-part="tick-middle"></span><span class="tick" data-part="tick-bottom"></span>
    <canvas data-part="bars" role="img" aria-label="Share of attention per slot"></canvas>
  </div>
  <div class="numbers">
    <table>
      <thead><tr><th scope="col">slot</th><th scope="col" title="score before the softmax: the scaled dot product">score</th><th scope="col" title="e to the power of score minus the largest score">e<sup>s−max</sup></th><th scope="col">share</th></tr></thead>
      <tbody data-part="rows"></tbody>
    </table>
    <div class="sum"><button type="button" class="into-lens" data-part="into-lens">Into the lens</button><span data-part="sum"></span></div>
  </div>
</div>`;

function make(box, stage) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  let many = 4;
  let trace = null;
  let theme = null;
  let inset = 26;
  const softmax = makeSoftmax({
    bars: part("bars"),
    ticks: { top: part("tick-top"), middle: part("tick-middle"), bottom: part("tick-bottom") },
    body: part("rows"),
    sum: part("sum"),
    rows: () => many,
  });
  part("into-lens").addEventListener("click", () => stage.turn("lens"));
  return {
    open(next, look) {
      trace = next;
      theme = look;
      part("whose").textContent = trace.head;
      part("into-lens").hidden = !stage.has("lens");
      softmax.refresh();
    },
    lay(em, width, height) {
      many = stage.rows();
      inset = Math.round(INSET * em);
      part("bars-box").style.setProperty("--bars-inset", `${inset}px`);
      softmax.lay(Math.max(20, width - inset), height, em);
    },
    paint({ k, attention, asks, focus, together }) {
      softmax.paint(trace, theme, k, attention, focus, axisTop(together, asks));
      const query = `${slotName(asks)} ${quoted(trace.tokens[asks])}`;
      if (part("query").textContent !== query) part("query").textContent = query;
    },
    hit(event, { asks }) {
      const line = event.target.closest?.("tr[data-id]");
      if (line) return { id: Number(line.dataset.id), k: asks, role: null, row: null };
      if (!part("bars-box").contains(event.target)) return null;
      const { left } = part("bars-box").getBoundingClientRect();
      const id = softmax.hit(trace, asks, event.clientX - left - inset);
      return id === null ? null : { id, k: asks, role: null, row: null };
    },
  };
}

export const softmaxView = { name: "softmax", title: "Softmax", head, body, make };
