// Pairs that enter and leave the memory together, framed and lettered: A, B, C … Pure; both painters draw these.
import { hull } from "./geometry.js";

const OUT = 2; // pixels that a frame stands out: half of the gap between two tiles
const SMALLEST = 0.9; // of the type's size: lower frames have no letter

/** A to Z, then AA and so on; segments are counted from 0. */
export function letterOf(number) {
  const before = Math.floor(number / 26);
  return (before ? letterOf(before - 1) : "") + String.fromCharCode(65 + (number % 26));
}

/** Rows of one segment that lie under each other are one. */
function stacked(rows) {
  const found = [];
  for (const row of rows) {
    const above = found[found.length - 1];
    if (above && above.number === row.number && above.x === row.x && above.w === row.w && row.y > above.y)
      above.h = row.y + row.h - above.y;
    else found.push(row);
  }
  return found;
}

/** Frames of a scene: one for rows of a segment as long, the first with its letter; one for all of it that moves. */
export function segmentsOf(trace, sprites, em) {
  const size = trace.together;
  if (size < 2) return [];
  const found = new Map();
  for (const sprite of [...sprites.values()].sort((a, b) => a.id - b.id)) {
    if (sprite.id < 0 || !(typeof sprite.zone === "number" || sprite.zone === "lost")) continue;
    const number = Math.floor(sprite.id / size);
    const key = `${number}:${sprite.moving ? "" : Math.round(sprite.y)}`;
    found.set(key, [...(found.get(key) ?? []), sprite]);
  }
  const lettered = new Set();
  const rows = [...found.values()].map((row) => ({
    ...hull(row),
    number: Math.floor(row[0].id / size),
    lost: row[0].role === "lost",
    opacity: Math.min(...row.map((sprite) => sprite.opacity)),
  }));
  return stacked(rows).map(({ x, y, w, h, number, lost, opacity }) => {
    const letter = letterOf(number);
    const named = h >= SMALLEST * em && !lettered.has(letter);
    if (named) lettered.add(letter);
    return {
      x: x - OUT,
      y: y - OUT,
      w: w + 2 * OUT,
      h: h + 2 * OUT,
      letter: named ? letter : "",
      lost,
      opacity,
    };
  });
}

/** Where the letter of a frame stands, on its corner: middle and half the height of its ground. */
export const badgeOf = ({ x, y, letter }, em) => ({
  x: x + 1,
  y: Math.max(y + 1, 0.6 * em), // not beyond the upper end of the picture
  half: 0.52 * em,
  wide: 0.52 * em * Math.max(1, 0.62 * letter.length),
  size: 0.74 * em,
});
