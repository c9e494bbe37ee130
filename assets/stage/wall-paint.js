// The wall on canvases: lanes, tiles, and a strip of what became of the fact so far.
import { historyOf, tilesAt } from "./wall-moment.js";

export const STRIP = 9; // px, the height of the strip
const HATCH = 3; // px between its strokes

/** Fit a canvas to its place; whether it has another size now. */
export function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width === wide && canvas.height === high) return false;
  canvas.width = wide;
  canvas.height = high;
  canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
  return true;
}

/** One memory at a playhead. `size` is {width, height} of its canvas. */
export function paint(canvas, mini, wall, layout, theme, playhead, { width, height }) {
  const pen = canvas.getContext("2d");
  const own = layout.minis.get(mini.name);
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = theme.hair;
  pen.fill(roomOf(own, layout.cell));
  const plain = new Map(); // by role: tiles that are drawn in one stroke
  const others = [];
  for (const tile of tilesAt(mini, own, playhead, { fact: wall.fact, columns: layout.columns })) {
    if (tile.alpha < 1 || tile.part || tile.lost || tile.role === "compressed") others.push(tile);
    else if (plain.has(tile.role)) plain.get(tile.role).push(tile);
    else plain.set(tile.role, [tile]);
  }
  for (const [role, tiles] of plain) {
    pen.fillStyle = coloursOf(theme, role).hue;
    pen.beginPath();
    for (const tile of tiles) outline(pen, tile, layout.cell);
    pen.fill();
  }
  for (const tile of others) draw(pen, tile, layout.cell, theme);
  pen.globalAlpha = 1;
  strip(pen, mini, wall, theme, playhead, width, height);
}

const rooms = new WeakMap(); // by layout

/** Room that a memory has: a dot in each cell of its lanes, under what stands there. */
function roomOf(own, cell) {
  if (!rooms.has(own)) {
    const room = new Path2D();
    for (const { row, column, wide, capacity } of own.lanes)
      for (let at = 0; at < capacity; at++)
        room.rect((column + (at % wide) + 0.5) * cell - 1, (row + Math.floor(at / wide) + 0.5) * cell - 1, 2, 2);
    rooms.set(own, room);
  }
  return rooms.get(own);
}

const coloursOf = (theme, role) => theme.roles[role] ?? theme.roles.recent;

/** Where a tile is: [left, top, side]. */
function squareOf({ x, y, size }, cell) {
  const side = Math.max(2, (cell - 1.5) * size);
  return [x * cell + (cell - side) / 2, y * cell + (cell - side) / 2, side];
}

function outline(pen, tile, cell) {
  const [left, top, side] = squareOf(tile, cell);
  if (tile.role === "summary") {
    pen.moveTo(left + side, top + side / 2);
    pen.arc(left + side / 2, top + side / 2, side / 2, 0, 2 * Math.PI);
  } else pen.rect(left, top, side, side);
}

/** A slot: its role by colour and shape; of the fact as much as there is of it in the slot, in ink. */
function draw(pen, tile, cell, theme) {
  const { role, part, lost } = tile;
  const [left, top, side] = squareOf(tile, cell);
  pen.globalAlpha = tile.alpha;
  pen.beginPath();
  outline(pen, tile, cell);
  pen.fillStyle = lost ? theme.hatch : coloursOf(theme, role).hue;
  pen.fill();
  if (role === "compressed" && side > 5) {
    pen.strokeStyle = theme.page;
    pen.lineWidth = 0.8;
    pen.strokeRect(left + 1.6, top + 1.6, side - 3.2, side - 3.2);
  }
  if (!part) return;
  pen.save();
  pen.clip();
  const full = Math.max(1.5, side * Math.sqrt(part)); // a share as an area would be invisible where it is small
  pen.fillStyle = lost ? theme.lost : theme.ink;
  pen.fillRect(left, top + side - full, side, full);
  pen.restore();
}

/** What became of the fact up to the playhead: solid while it is raw, hatched in slots, a line where it is lost. */
function strip(pen, mini, wall, theme, playhead, width, height) {
  const x = (step) => (step / wall.length) * width;
  const base = height - 0.5;
  pen.fillStyle = theme.line;
  pen.fillRect(0, base - 0.5, width, 1);
  for (const { from, to, raw, inSlots } of historyOf(mini, wall, Math.min(wall.length, Math.floor(playhead)) - 1)) {
    const wide = x(to + 1) - x(from);
    const [solid, hatched] = [raw * STRIP, inSlots * STRIP];
    pen.fillStyle = theme.ink;
    pen.fillRect(x(from), base - solid, wide, solid);
    if (hatched) hatch(pen, x(from), base - solid - hatched, wide, hatched, theme);
  }
  pen.fillStyle = theme.accent;
  pen.fillRect(Math.min(width - 2, x(playhead)), height - STRIP - 3, 2, STRIP + 3);
}

function hatch(pen, x, y, wide, high, theme) {
  pen.fillStyle = theme.hatch;
  pen.fillRect(x, y, wide, high);
  pen.strokeStyle = theme.ink;
  pen.lineWidth = 1;
  pen.save();
  pen.beginPath();
  pen.rect(x, y, wide, high);
  pen.clip();
  pen.beginPath();
  for (let at = Math.floor((x - high) / HATCH) * HATCH; at < x + wide; at += HATCH) {
    pen.moveTo(at, y + high);
    pen.lineTo(at + high, y);
  }
  pen.stroke();
  pen.restore();
}
