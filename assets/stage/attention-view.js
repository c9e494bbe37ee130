// The attention map as a view: one row per query, painted as the playhead passes.
import { makeHeatmap, slotAt } from "./heatmap.js";
import { penOf } from "./pen.js";

const head = `<span data-part="head"></span>
<span class="legend"><span data-part="scale-min">0</span><canvas data-part="legend" width="64" height="6"></canvas><span data-part="scale-max">1</span></span>`;
const body = `<div class="heat-box" data-room data-part="heat-box">
  <canvas data-part="heat" role="img" aria-label="Attention of every query so far over the positions of the stream"></canvas>
  <canvas data-part="heat-over" aria-hidden="true"></canvas>
</div>
<footer><span>↓ query</span><span class="hatch-key"><i></i>lost</span><span>position in the stream →</span></footer>
<p class="meaning" data-part="meaning"></p>`;

/** What a cell of the map says. */
const meaningOf = ({ map }) =>
  map.joined
    ? "a cell stands for several words, and shows the largest share"
    : "share of attention per position; a row sums to 1";

function make(box) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const map = makeHeatmap(part("heat"), part("heat-over"));
  let trace = null;

  function paintLegend(theme) {
    const legend = part("legend");
    const pen = penOf(legend);
    for (let x = 0; x < legend.width; x++) {
      pen.fillStyle = `rgb(${theme.table[Math.round((255 * x) / (legend.width - 1))]})`;
      pen.fillRect(x, 0, 1, legend.height);
    }
    part("scale-min").textContent = String(trace.scale.min);
    part("scale-max").textContent = String(trace.scale.max);
    legend.title = meaningOf(trace);
  }

  return {
    open(next, theme) {
      trace = next;
      map.open(trace, theme);
      part("head").textContent = trace.head;
      part("meaning").textContent = meaningOf(trace);
      paintLegend(theme);
    },
    lay: (em, width, height) => map.lay(width, height, em),
    paint({ k, attention, focus }) {
      map.paint(k, attention);
      map.frame(k, focus);
    },
    hit(event, { asks }) {
      const { left, top } = part("heat-box").getBoundingClientRect();
      const cell = map.hit(event.clientX - left, event.clientY - top);
      if (!cell || cell.k > asks || cell.position > cell.k) return null;
      const id = slotAt(trace, cell.k, cell.position);
      return id === null
        ? { id: cell.position, k: cell.k, role: "lost", row: cell.k }
        : { id, k: cell.k, role: null, row: cell.k, position: cell.position };
    },
  };
}

export const attentionView = { name: "map", title: "Attention", head, body, make };
