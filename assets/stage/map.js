// The attention map as it was sent: shares of attention per source position. A long run has fewer cells than tokens.

/** Value of a cell whose positions no slot carries any more. */
export const FORGOTTEN = -1;

const LEVELS = 254;

/** `sent`: {size, largest (per row), levels (lower triangle, row by row)} of a run of so many tokens. */
export function openMap({ size, largest, levels }, length) {
  const cellOf = (position) => Math.floor((position * size) / length);
  const at = (row, column) => {
    const level = levels[(row * (row + 1)) / 2 + column];
    return level === 0 ? FORGOTTEN : ((level - 1) / LEVELS) * largest[row];
  };
  return {
    size,
    joined: size < length, // a cell stands for several tokens and shows the largest share
    cellOf,
    at,
    /** Share of the attention of query k that falls on a position, or FORGOTTEN. */
    share: (k, position) => at(cellOf(k), cellOf(position)),
  };
}
