// From tile to tile by arrow keys. Pure.

const SEEN = 0.3; // opacity from which a tile can be inspected

/** The tiles that stand on the stage, row by row. */
export function rowsOfTiles(sprites) {
  const rows = new Map();
  for (const sprite of sprites) {
    if (sprite.opacity < SEEN) continue;
    const y = Math.round(sprite.y);
    if (!rows.has(y)) rows.set(y, []);
    rows.get(y).push(sprite);
  }
  return [...rows].sort(([a], [b]) => a - b).map(([, row]) => row.sort((a, b) => a.x - b.x));
}

/** The tile that an arrow key leads to: along the rows, or to the nearest of the next row; else `from`. */
export function neighbour(sprites, from, key) {
  const rows = rowsOfTiles(sprites);
  const at = rows.findIndex((row) => row.some(({ id }) => id === from));
  if (at < 0) return from;
  const all = rows.flat();
  const here = all.findIndex(({ id }) => id === from);
  if (key === "ArrowRight") return (all[here + 1] ?? all[here]).id;
  if (key === "ArrowLeft") return (all[here - 1] ?? all[here]).id;
  const row = rows[at + (key === "ArrowDown" ? 1 : -1)];
  if (!row) return from;
  const middle = ({ x, w }) => x + w / 2;
  const off = (tile) => Math.abs(middle(tile) - middle(all[here]));
  return row.reduce((best, tile) => (off(tile) < off(best) ? tile : best)).id;
}
