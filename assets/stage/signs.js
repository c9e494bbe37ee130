// What is written and framed around the tiles, and how an arc bends: one description, which both painters draw.
import { captionOf } from "./geometry.js";

const TITLE = 0.76; // of an em
const COUNT = 0.86;
const GLOSS = 0.78;
const GLOSS_LEAD = 1.2; // of its size
const UNBOUNDED = new Set(["upcoming", "hopper"]); // bands that show no places
const FLATTEST = 14; // pixels that an arc between two bands bends at least
const [LOW, HIGH] = [10, 26]; // pixels that one along a row rises

/** What of a band stays as it is: {title, count, gloss, frame, places}, each with its place; `frame` may be null. */
export function groundOf(layout, band) {
  const at = captionOf(layout, band);
  return {
    title: { text: band.title, note: band.note, size: TITLE * layout.em, ...at.title },
    count: { size: COUNT * layout.em, ...at.count },
    gloss: glossOf(layout, band, at),
    frame: frameOf(band),
    places: Array.from({ length: placesOf(layout, band) }, (_, rank) => placeAt(band, rank)),
  };
}

/** What the page says of a band, line by line below its count, where titles stand beside the bands. */
function glossOf({ em, headed, gloss }, band, { title, count }) {
  const said = headed ? undefined : gloss?.[band.role ?? String(band.key)];
  const size = GLOSS * em;
  const last = band.key === "hopper" ? title.y : count.y; // which has no count, as long as it rests
  const below = last + (0.5 * COUNT + 0.62) * em;
  return (said ?? []).map((text, line) => ({ text, x: 0, y: below + line * GLOSS_LEAD * size, size }));
}

/** The compressor is framed, and a lane in which the pairs of a window keep their columns. */
function frameOf({ key, scrolls, x, y, width, height }) {
  if (key === "hopper") return { x: x - 6, y: y - 5, w: width + 8, h: height + 6, radius: 9, dashed: true };
  if (scrolls) return { x: x - 4.5, y: y - 3.5, w: width + 5, h: height + 3, radius: 8, dashed: false };
  return null;
}

/** How many places a band has room to mark. */
function placesOf({ columns }, { key, scrolls, capacity, rows, perRow }) {
  if (scrolls || UNBOUNDED.has(key)) return 0;
  return Math.min(key === "lost" ? columns : (capacity ?? 0), rows * perRow);
}

function placeAt({ x, y, perRow, pitchX, pitchY, gapX, gapY }, rank) {
  return {
    x: x + (rank % perRow) * pitchX + 0.5,
    y: y + Math.floor(rank / perRow) * pitchY + 0.5,
    w: Math.max(1, pitchX - gapX - 1),
    h: Math.max(1, pitchY - gapY - 1),
    radius: Math.min(6, pitchX * 0.2),
  };
}

/** How many a band holds at a moment, of how many, and whether that is too many. */
export function countOf(trace, { key, capacity }, { counts, compressing, lost }) {
  if (key === "lost") return { text: `${trace.lostWords[lost]}`, over: false };
  if (key === "hopper") return { text: compressing ? `${compressing}` : "", over: false };
  if (typeof key !== "number") return { text: "", over: false };
  if (capacity === null) return { text: `${counts[key]}`, over: false };
  return { text: `${counts[key]}/${capacity}`, over: counts[key] > capacity };
}

/**
 * The points of an arc: where it begins, two that bend it, where it ends.
 * @returns {[x: number, y: number][]}
 */
export function bendOf({ x1, y1, x2, y2, level }) {
  const lift = level ? Math.min(HIGH, LOW + Math.abs(x2 - x1) * 0.12) : Math.max(FLATTEST, (y1 - y2) * 0.45);
  return [
    [x1, y1],
    [x1, y1 - lift],
    [x2, level ? y2 - lift : y2 + lift],
    [x2, y2],
  ];
}
