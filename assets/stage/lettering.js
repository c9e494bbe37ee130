// Words in tiles: measured, made a little smaller, and only then cut, always with an ellipsis.
import { penOf } from "./pen.js";
import { shorter } from "./text.js";

const SMALLEST = 0.8; // of the size asked for
const TWO_LINES = 2; // em of a tile in which a long word can go on below
const SMALLEST_RANGE = 0.7;
const ROOM_FOR_WORDS = 5.2; // em of a compressed tile that can show its first and last word
const LOW = 35; // pixels of a tile in which two lines and the meter have to be put closer
const MOST_REMEMBERED = 6000;
const widths = new Map();
const fitted = new Map();
let pen = null;

function widthOf(text, size, weight, family) {
  const key = `${weight} ${size} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    pen ??= penOf(document.createElement("canvas"));
    pen.font = `${weight} ${size}px ${family}`;
    width = pen.measureText(text).width;
    if (widths.size > MOST_REMEMBERED) widths.clear();
    widths.set(key, width);
  }
  return width;
}

/** {text, size} such that the text fits a width; a long text is cut between letters as people see them. */
export function fitText(text, room, size, weight, family, smallest = SMALLEST) {
  const key = `${weight} ${size} ${smallest} ${room} ${text}`;
  let fits = fitted.get(key);
  if (!fits) {
    fits = fitting(text, room, size, weight, family, smallest);
    if (fitted.size > MOST_REMEMBERED) fitted.clear();
    fitted.set(key, fits);
  }
  return fits;
}

function fitting(text, room, size, weight, family, smallest) {
  const width = widthOf(text, size, weight, family);
  if (width <= room) return { text, size };
  const smaller = Math.max(smallest * size, Math.floor(((size * room) / width) * 4) / 4);
  if (widthOf(text, smaller, weight, family) <= room) return { text, size: smaller };
  for (const cut of shorter(text))
    if (widthOf(`${cut}…`, smaller, weight, family) <= room) return { text: `${cut}…`, size: smaller };
  return { text: "", size: smaller };
}

/** A word on two lines of one size, the second cut where it must be; null where it fits on one, or not at all. */
export function brokenWord(text, room, size, weight, family) {
  const least = SMALLEST * size;
  if (widthOf(text, least, weight, family) <= room) return null;
  for (const start of shorter(text)) {
    const first = /\p{L}$/u.test(start) ? `${start}-` : start;
    if (widthOf(first, least, weight, family) > room) continue;
    return [{ text: first, size: least }, fitText(text.slice(start.length), room, least, weight, family, 1)];
  }
  return null;
}

/** Forget all widths, because the typeface changed. */
export function forgetWidths() {
  widths.clear();
  fitted.clear();
}

/**
 * Where the meter of a tile lies in it: all of its width, and the least that is drawn.
 * @param {{ w: number; h: number }} tile
 */
export function meterBox({ w, h }) {
  if (h < 20 || w < 20) {
    const height = Math.max(2, h - 6);
    return { x: 1, y: h / 2 - height / 2, width: w - 2, height, least: 0.3 };
  }
  const [y, height] = h < LOW ? [h - 4.25, 2.25] : [h - 7, 3];
  return { x: 6, y, width: w - 12, height, least: 2 };
}

/**
 * Where the mark of a fact or a question lies in a tile: in the corner, off the word.
 * @param {{ w: number; h: number; role: string }} tile
 */
export function markPlace({ w, h, role }) {
  const inset = h < LOW ? 4.5 : 6;
  return { x: w - inset, y: role === "upcoming" ? h / 2 - 7 : inset };
}

/** What a tile of some size shows: label, second line, size of each and where their baselines are. */
export function tileText(sprite, layout, family) {
  const { em } = layout;
  const { w, h } = sprite;
  if (w < 1.85 * em || h < 0.95 * em) return null;
  const least = (size) => Math.min(1, (layout.least ?? 0) / size); // of the size asked for
  const weight = sprite.query || sprite.role === "compressed" ? 600 : 500;
  const inset = sprite.role === "compressed" ? 7 : 5;
  let label = fitText(sprite.label, w - inset, em, weight, family, Math.max(least(em), sprite.id < 0 ? SMALLEST_RANGE : SMALLEST));
  const named = sprite.id < 0 && label.text !== sprite.label; // a range cut short would name other slots
  if (named) label = fitText(sprite.name, w - inset, em, weight, family);
  const lines =
    sprite.id >= 0 && !sprite.ghost && label.text !== sprite.label && h >= TWO_LINES * em
      ? brokenWord(sprite.label, w - inset, Math.max(em, layout.least ?? 0), weight, family)
      : null;
  if (lines) return { label: lines[0], sub: { ...lines[1], word: true }, weight, labelY: h * 0.34, subY: h * 0.68 };
  const two = !named && sprite.role !== "upcoming" && sprite.zone !== "lost" && h >= 2.1 * em;
  const said = sprite.role === "compressed" && w < ROOM_FOR_WORDS * em ? sprite.name : sprite.sub;
  const sub = two ? fitText(said, w - inset, Math.max(8.5, 0.74 * em), 400, family, 0.94) : null;
  const low = h < LOW;
  return {
    label,
    sub,
    weight,
    labelY: two ? h * (low ? 0.34 : 0.39) : h / 2 + 0.02 * em,
    subY: h * (low ? 0.68 : 0.71),
  };
}
