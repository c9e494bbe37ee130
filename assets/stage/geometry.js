// Where a place is, in pixels. Pure: the same trace in the same box always has the same layout, so nothing jumps.

/** @import { Layout, Need, Trace } from "./types.d.ts" */

const DENSER = [1, 2, 4]; // slots of a lane per column of the grid, when there are too many for tiles with words
const ROOMIEST_ROW = 3.5; // in em
const HOPPER_FRAME = 6; // pixels that the frame of the compressor stands out
const TIGHTEST_ROW = 2.0;
const DENSE_ROW = 1.75;
const CLOSE_UP = 2.8; // em
const WORD = 4.4; // em of a tile in it
const LEAST_GUTTER = 4.7; // em beside the bands, for the longest title alone
const LEAST_WORD = 2.2; // em of a tile with room for a word
const GUTTER = 6.4; // em beside the bands, for their titles
const BESIDE_LETTER = 1.2; // em, the room of a letter on the corner of a frame
const HEAD = 1.35; // em above a band, where its title stands there

const bandOf = (key, title, rows, more) => ({
  key,
  title,
  note: "",
  rows,
  capacity: null,
  most: 0,
  dense: 1,
  fixed: null,
  ...more,
});

/** Bands from top to bottom, without sizes. */
function bandsOf(trace, need) {
  const { columns } = trace;
  const bands = [];
  if (need.lost) bands.push(bandOf("lost", "Lost", 1, { fixed: 1.9 }));
  trace.lanes.forEach((lane, index) => {
    const rows =
      Math.max(1, Math.ceil(Math.max(lane.most, lane.capacity ?? 1) / columns)) + (lane.scrolls ? 1 : 0);
    bands.push(
      bandOf(index, lane.title, rows, {
        note: lane.note,
        role: lane.role,
        capacity: lane.capacity,
        most: lane.most,
        scrolls: lane.scrolls,
      }),
    );
    if (lane.role === "compressed" && need.hopper)
      bands.push(
        bandOf("hopper", "Compress", Math.max(1, Math.ceil(need.hopper / columns)), { most: need.hopper }),
      );
  });
  if (need.entrance) bands.push(bandOf("entrance", "Query", 1, { capacity: 1, most: 1 }));
  if (need.near) bands.push(bandOf("near", "Close-up", 1, { fixed: CLOSE_UP }));
  bands.push(bandOf("upcoming", "Next", 2, { fixed: 1.55 }));
  return bands;
}

const rowsIn = (band, columns) => {
  if (band.fixed || band.dense === 1) return band.rows;
  return (
    Math.max(1, Math.ceil(Math.max(band.most, band.capacity ?? 1) / (columns * band.dense))) +
    (band.scrolls ? 1 : 0)
  );
};

/** Make the tallest lanes denser until all fit. */
function fit(bands, columns, em, height) {
  const gap = 0.75 * em;
  for (;;) {
    const fixed =
      bands.reduce((sum, band) => sum + (band.fixed ? band.fixed * em * band.rows : 0), 0) +
      gap * (bands.length - 1);
    const dense = bands.filter((band) => !band.fixed && band.dense > 1);
    const open = bands.filter((band) => !band.fixed && band.dense === 1);
    const denseRows = dense.reduce((sum, band) => sum + rowsIn(band, columns), 0);
    const openRows = open.reduce((sum, band) => sum + band.rows, 0);
    const room = height - fixed;
    const left = room - denseRows * DENSE_ROW * em;
    const pitch = Math.floor(Math.min(ROOMIEST_ROW * em, left / Math.max(1, openRows)));
    if (!openRows || pitch >= TIGHTEST_ROW * em)
      return {
        pitch: openRows ? pitch : 0,
        densePitch: Math.floor(
          Math.min(DENSE_ROW * em, Math.max(4, (room - openRows * pitch) / Math.max(1, denseRows))),
        ),
        gap,
      };
    const tallest = bands
      .filter((band) => !band.fixed && band.dense < 4 && rowsIn(band, columns) > 1)
      .sort((a, b) => rowsIn(b, columns) - rowsIn(a, columns))[0];
    if (!tallest) {
      const each = Math.max(4, room / (denseRows + openRows));
      return { pitch: Math.floor(each), densePitch: Math.floor(each), gap };
    }
    tallest.dense = DENSER[DENSER.indexOf(tallest.dense) + 1];
  }
}

/** Whether words need the room of the titles: these then stand above their bands. */
export const isNarrow = ({ columns }, width, em) => (width - GUTTER * em) / columns < 4.6 * em;

/** A title gives way where tiles would have no room for a word. */
function gutterFor(columns, width, em) {
  const left = width - HOPPER_FRAME - columns * LEAST_WORD * em;
  return Math.max(LEAST_GUTTER * em, Math.min(GUTTER * em, left));
}

/**
 * Sizes and positions of all bands in a box. `em` is the base size of type in pixels, `headed` puts titles above.
 * @param {Trace} trace
 * @param {Need} need
 * @param {number} width
 * @param {number} height
 * @param {number} em
 * @returns {Layout}
 */
export function layOut(trace, need, width, height, em, headed = false) {
  const { columns } = trace;
  const head = headed ? HEAD * em : 0;
  const fitted = (needed) => {
    const bands = bandsOf(trace, needed);
    return { bands, ...fit(bands, columns, em, height - head * bands.length) };
  };
  const roomy = fitted(need);
  const dense = roomy.bands.some((band) => band.dense > 1);
  const { bands, pitch, densePitch, gap } = dense ? fitted({ ...need, near: true }) : roomy;
  const gutter = headed ? HOPPER_FRAME : Math.round(gutterFor(columns, width, em));
  const pitchX = Math.floor(Math.min((width - gutter - HOPPER_FRAME) / columns, 7.4 * em));
  const used = bands.reduce(
    (sum, band) =>
      sum + head + rowsIn(band, columns) * (band.fixed ? band.fixed * em : band.dense > 1 ? densePitch : pitch),
    0,
  );
  const slack = Math.max(0, height - used - gap * (bands.length - 1));
  const between = gap + Math.min(1.3 * em, slack / Math.max(1, bands.length - 1));
  let y = Math.max(0, height - used - between * (bands.length - 1)) * 0.4;
  for (const band of bands) {
    const rows = rowsIn(band, columns);
    band.rows = rows;
    band.perRow = columns * band.dense;
    band.pitchX = pitchX / band.dense;
    band.pitchY = band.fixed ? Math.round(band.fixed * em) : band.dense > 1 ? densePitch : pitch;
    band.gapX = band.dense === 1 ? 4 : band.dense === 2 ? 2 : 1;
    band.gapY = band.dense > 1 ? Math.min(4, Math.max(1, Math.round(densePitch * 0.2))) : band.fixed ? 3 : 4;
    band.x = gutter;
    band.y = Math.round(y + head);
    band.width = pitchX * columns;
    band.height = rows * band.pitchY;
    if (band.key === "near") {
      band.perRow = Math.max(3, Math.floor(band.width / (WORD * em)));
      band.pitchX = band.width / band.perRow;
    }
    y += head + band.height + between;
  }
  const byKey = new Map(bands.map((band) => [band.key, band]));
  return {
    bands,
    byKey,
    gutter,
    headed,
    lettered: trace.together > 1, // on the corners of frames, where titles above them would begin
    columns,
    em,
    width,
    height,
    gridWidth: pitchX * columns,
    entities: countEntities(bands, columns),
  };
}

function countEntities(bands, columns) {
  return bands.reduce(
    (sum, band) => sum + (band.key === "upcoming" || band.key === "lost" ? columns * band.rows : band.most),
    0,
  );
}

/** Where a band's title begins, and where its count begins or ends: beside the band, or above it. */
export function captionOf({ em, gutter, width, headed, lettered }, band) {
  if (headed) {
    const y = band.y - (band.key === "hopper" ? 1 : 0.62) * em;
    return { title: { x: lettered ? BESIDE_LETTER * em : 0, y }, count: { x: width - 2, y, ends: true } };
  }
  const one = band.fixed || band.height < 2 * em;
  const middle = Math.max(
    band.y + Math.min(band.pitchY, band.height) / 2 - (band.fixed ? 1 : 2),
    one ? 0 : band.y + em, // in a lane of low rows
  );
  if (one) return { title: { x: 0, y: middle }, count: { x: gutter - 12, y: middle, ends: true } };
  return {
    title: { x: 0, y: middle - 0.52 * em },
    count: { x: 0, y: middle + 0.62 * em, ends: false },
  };
}

/** Rectangle of one place of a band; ranks beyond its rows continue into the band below. */
function cell(layout, band, rank) {
  const row = Math.floor(rank / band.perRow);
  const column = rank - row * band.perRow;
  let top = band.y + row * band.pitchY;
  if (row >= band.rows && typeof band.key === "number") {
    const below = layout.bands[layout.bands.indexOf(band) + 1];
    if (below && !below.fixed) top = below.y + (row - band.rows) * below.pitchY;
  }
  if (row < 0)
    return {
      x: band.x + column * band.pitchX - band.width * 0.08,
      y: band.y,
      w: band.pitchX - band.gapX,
      h: band.pitchY - band.gapY,
    };
  return { x: band.x + column * band.pitchX, y: top, w: band.pitchX - band.gapX, h: band.pitchY - band.gapY };
}

/** Rectangle {x, y, w, h} of a place of `state.js`. */
export function rectOf(layout, place) {
  const band = layout.byKey.get(place.zone) ?? layout.byKey.get("upcoming");
  if (!place.between) return cell(layout, band, place.rank);
  const rects = place.between
    .map((rank) => cell(layout, band, rank))
    .filter((rect, _, all) => rect.y === all[0].y);
  const left = rects[0].x;
  const right = rects[rects.length - 1].x + rects[rects.length - 1].w;
  return { ...rects[0], x: (left + right - rects[0].w) / 2 };
}

/** Smallest rectangle around some, or null. */
export function hull(rects) {
  if (!rects.length) return null;
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  return {
    x,
    y,
    w: Math.max(...rects.map((rect) => rect.x + rect.w)) - x,
    h: Math.max(...rects.map((rect) => rect.y + rect.h)) - y,
  };
}

/** Smallest "nice" number (1, 2 or 5 times a power of ten) at or above a value, at most 1. */
export function niceMax(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5].find((factor) => factor * power >= value * 0.9999999) ?? 10;
  return Math.min(1, step * power);
}

/** End of the axis for the weights of query k: one for all traces that are seen together. */
export function axisTop(traces, k) {
  return niceMax(Math.max(...traces.map((trace) => trace.read(k).largest)));
}
