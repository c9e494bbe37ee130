// The attention heat map: one row per query, painted as the playhead passes. A made slot is one cell over its sources.

const NOT_YET = -2;
const FORGOTTEN = -1;
const MARGIN = { left: 2.7, top: 0.85, right: 0.1, bottom: 1.2 }; // em

/** Columns left of position 0 for slots that come from no position. */
function strayColumns(trace) {
  let most = 0;
  for (const id of Object.keys(trace.raw.made))
    if (!trace.raw.made[id].length) most = Math.max(most, -Number(id));
  for (const run of trace.raw.steps[0]?.r ?? [])
    if (run[0] < 0 && !trace.shares(run[0], 0)) most = Math.max(most, -run[1]);
  return Math.min(most, 16);
}

/** Fill `cells` (one number per column) with what step k gave: weight, forgotten or not yet. */
export function fillRow(trace, k, cells, stray) {
  const columns = cells.length;
  for (let x = 0; x < columns; x++) cells[x] = x < stray ? NOT_YET : x - stray <= k ? FORGOTTEN : NOT_YET;
  const row = trace.read(k);
  const raw = [];
  row.ids.forEach((id, i) => {
    if (id >= 0) raw.push(i);
    else paintMade(trace, k, id, row.weights[i], cells, stray);
  });
  for (const i of raw) cells[row.ids[i] + stray] = row.weights[i];
}

function paintMade(trace, k, id, weight, cells, stray) {
  const made = trace.shares(id, k);
  if (!made) {
    if (-id <= stray) cells[stray + id] = weight;
    return;
  }
  if (made.sources.length === made.total) for (const source of made.sources) cells[source + stray] = weight;
  else for (let x = made.first; x <= made.last; x++) cells[x + stray] = weight;
}

/** The slot that a cell of the heat map belongs to, or null. */
export function slotAt(trace, k, position) {
  const row = trace.read(k);
  if (row.at.has(position)) return position;
  for (const id of row.ids) {
    if (id >= 0) continue;
    const made = trace.shares(id, k);
    if (!made) continue;
    const inside =
      made.sources.length === made.total
        ? made.sources.includes(position)
        : made.first <= position && position <= made.last;
    if (inside) return id;
  }
  return null;
}

/** Draws rows into a base canvas as they come; the frame of the row and the highlight lie on a second canvas. */
export function makeHeatmap(base, over) {
  let trace = null;
  let theme = null;
  let stray = 0;
  let box = null;
  let painted = -1; // steps painted in full
  let ratio = 1;
  let em = 12;
  let shown = ""; // what the canvases show, to leave them alone while nothing changes
  let framed = "";

  const columnEdge = (x) => Math.round((x * box.plotW) / box.columns);
  const rowEdge = (y) => Math.round((y * box.plotH) / trace.length);

  function lay(width, height, size) {
    ratio = Math.min(2, window.devicePixelRatio || 1);
    em = size;
    for (const canvas of [base, over]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const left = Math.round(MARGIN.left * em * ratio);
    const top = Math.round(MARGIN.top * em * ratio);
    box = {
      left,
      top,
      plotW: base.width - left - Math.round(MARGIN.right * em * ratio),
      plotH: base.height - top - Math.round(MARGIN.bottom * em * ratio),
      columns: trace.length + stray,
    };
    painted = -1;
    shown = framed = "";
    ground();
  }

  function ground() {
    const pen = base.getContext("2d");
    pen.clearRect(0, 0, base.width, base.height);
    pen.fillStyle = theme.panel;
    pen.fillRect(box.left, box.top, box.plotW, box.plotH);
    pen.font = `${Math.round(0.83 * em * ratio)}px ${theme.font}`;
    pen.fillStyle = theme.muted;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    const fitting = (size, room) => Math.max(2, Math.min(6, Math.floor(size / ratio / (room * em))));
    const rows = tickPositions(trace.length, fitting(box.plotH, 1.6));
    const ticks = tickPositions(trace.length, fitting(box.plotW, 3));
    for (const tick of rows) pen.fillText(String(tick), box.left - 9 * ratio, box.top + rowEdge(tick + 0.5));
    pen.textAlign = "center";
    for (const tick of ticks) {
      const label = String(tick);
      const middle = box.left + columnEdge(tick + stray + 0.5);
      const half = pen.measureText(label).width / 2; // the last one stays within the canvas
      pen.fillText(label, Math.min(middle, base.width - half), box.top + box.plotH + 0.67 * em * ratio);
    }
    pen.fillStyle = theme.ink;
    for (const mark of trace.marks) {
      const from = box.left + columnEdge(mark.first + stray);
      const to = box.left + columnEdge(mark.last + stray + 1);
      const y = box.top - 4 * ratio;
      pen.fillRect(from, y, Math.max(2 * ratio, to - from), (mark.kind === "fact" ? 2 : 1) * ratio);
      pen.fillRect(from, y, ratio, 3 * ratio);
      pen.fillRect(to - ratio, y, ratio, 3 * ratio);
    }
  }

  /** Values of one row of pixels: the steps that share it are joined by their largest weight. */
  function pixelRow(fromStep, toStep, reveal) {
    const cells = new Float32Array(box.columns);
    const values = new Float32Array(box.plotW).fill(NOT_YET);
    for (let k = fromStep; k <= toStep; k++) {
      fillRow(trace, k, cells, stray);
      const limit = k === toStep ? Math.ceil(reveal * box.plotW) : box.plotW;
      for (let x = 0; x < box.columns; x++) {
        const from = columnEdge(x);
        const to = Math.max(from + 1, columnEdge(x + 1));
        for (let pixel = from; pixel < to && pixel < limit; pixel++)
          if (cells[x] > values[pixel]) values[pixel] = cells[x];
      }
    }
    return values;
  }

  function paintRow(k, reveal) {
    let y = rowEdge(k);
    let height = rowEdge(k + 1) - y;
    let from = k;
    if (height < 1) {
      height = 1;
      y = Math.min(y, box.plotH - 1);
    }
    while (from > 0 && rowEdge(from - 1) === y) from -= 1;
    const values = pixelRow(from, k, reveal);
    const pen = base.getContext("2d");
    const image = pen.createImageData(box.plotW, height);
    const { table, panelRgb, hatchRgb } = theme;
    const { min, max } = trace.scale;
    const wide = Math.max(5, Math.round(4 * ratio));
    let at = 0;
    for (let line = 0; line < height; line++)
      for (let x = 0; x < box.plotW; x++, at += 4) {
        const value = values[x];
        let rgb = panelRgb;
        if (value >= 0)
          rgb = table[Math.min(255, Math.max(0, Math.round((255 * (value - min)) / (max - min))))];
        else if (value === FORGOTTEN && (x + y + line) % wide < ratio) rgb = hatchRgb;
        image.data[at] = rgb[0];
        image.data[at + 1] = rgb[1];
        image.data[at + 2] = rgb[2];
        image.data[at + 3] = 255;
      }
    pen.putImageData(image, box.left, box.top + y);
  }

  function erase(fromStep) {
    const pen = base.getContext("2d");
    pen.fillStyle = theme.panel;
    const y = rowEdge(fromStep);
    pen.fillRect(box.left, box.top + y, box.plotW, box.plotH - y);
  }

  function paint(k, reveal) {
    const mark = `${k}:${reveal}`;
    if (mark === shown) return;
    shown = mark;
    if (painted >= k) {
      const from = Math.max(0, k);
      erase(from);
      painted = from - 1;
      while (painted >= 0 && rowEdge(painted) === rowEdge(from)) painted -= 1; // rows that shared the erased pixels
    }
    while (painted < k - 1) paintRow(++painted, 1);
    if (reveal >= 1) {
      paintRow(k, 1);
      painted = k;
    } else if (reveal > 0) paintRow(k, reveal);
  }

  function frame(k, focus) {
    const mark = `${k}:${focus ? `${focus.row}:${focus.spans.join(";")}` : ""}`;
    if (mark === framed) return;
    framed = mark;
    const pen = over.getContext("2d");
    pen.clearRect(0, 0, over.width, over.height);
    if (focus) {
      pen.fillStyle = theme.ink;
      for (const [first, last] of focus.spans) {
        const x = box.left + columnEdge(first + stray);
        const w = Math.max(ratio, columnEdge(last + stray + 1) - columnEdge(first + stray));
        pen.globalAlpha = 0.16;
        pen.fillRect(x, box.top, w, box.plotH);
        pen.globalAlpha = 1;
        pen.fillRect(x, box.top + box.plotH, w, 2 * ratio);
      }
      if (focus.row !== null && focus.row !== undefined) outline(pen, focus.row, theme.muted);
    }
    outline(pen, k, theme.accent);
  }

  function outline(pen, k, colour) {
    const y = box.top + rowEdge(k);
    const h = Math.max(ratio, rowEdge(k + 1) - rowEdge(k));
    pen.strokeStyle = colour;
    pen.lineWidth = ratio;
    const pad = 1.25 * ratio;
    pen.strokeRect(box.left - pad, y - pad, box.plotW + 2 * pad, h + 2 * pad);
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(box.left - 2.5 * ratio, y + h / 2);
    pen.lineTo(box.left - 7 * ratio, y + h / 2 - 4 * ratio);
    pen.lineTo(box.left - 7 * ratio, y + h / 2 + 4 * ratio);
    pen.fill();
  }

  return {
    open(nextTrace, nextTheme) {
      trace = nextTrace;
      theme = { ...nextTheme, panelRgb: rgbOf(nextTheme.panel), hatchRgb: rgbOf(nextTheme.lost) };
      stray = strayColumns(trace);
      painted = -1;
    },
    lay,
    paint,
    frame,
    /** {k, position} under a point of the element, or null. */
    hit(x, y) {
      if (!box) return null;
      const column = Math.floor(((x * ratio - box.left) / box.plotW) * box.columns) - stray;
      const k = Math.floor(((y * ratio - box.top) / box.plotH) * trace.length);
      return k >= 0 && k < trace.length && column >= -stray && column < trace.length
        ? { k, position: column }
        : null;
    },
  };
}

function rgbOf(colour) {
  const numbers = colour.startsWith("#")
    ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))
    : (colour.match(/\d+/g) ?? [0, 0, 0]).map(Number);
  return numbers.slice(0, 3);
}

/** At most so many round numbers from 0 to below `length`. */
export function tickPositions(length, most = 6) {
  const step =
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048].find((size) => length / size <= most) ?? 4096;
  const ticks = [];
  for (let at = 0; at < length; at += step) ticks.push(at);
  return ticks;
}
