// A memory that is one matrix: what it holds at a playhead, the sum of all outer products so far. Pure.
import { quoted } from "./text.js";
import { rememberSteps, slotName } from "./trace.js";

/** @import { Matrix, Trace } from "./types.d.ts" */

const SAME = 1.5; // levels: keys whose features are that near are one key

/**
 * The factors of what every token wrote; null where the memory is no matrix.
 * @param {Trace} trace
 * @returns {Matrix | null}
 */
export function openMatrix({ raw, arrays, length }) {
  if (!raw.matrix) return null;
  const { rows, units, head, corrects } = raw.matrix;
  const columns = arrays.matrix_values.length / length;
  const row = (name, width, unit) => (k) =>
    Float64Array.from(arrays[name].subarray(k * width, (k + 1) * width), (level) => level * unit);
  const value = row("matrix_values", columns, units[1]);
  const nothing = () => new Float64Array(columns);
  const matrix = {
    rows,
    columns,
    head,
    corrects,
    features: row("matrix_features", rows, units[0]),
    levels: (k) => arrays.matrix_features.subarray(k * rows, (k + 1) * rows),
    value,
    answered: corrects ? row("matrix_answered", columns, units[1]) : nothing,
    after: rememberSteps((k) => {
      const cells = new Float64Array(rows * columns);
      for (let j = 0; j <= k; j++) add(cells, matrix, j);
      return cells;
    }),
  };
  return matrix;
}

/** Add the outer product of token k, or a part of it. */
function add(cells, matrix, k, part = 1) {
  const written = writtenBy(matrix, k);
  matrix.features(k).forEach((feature, r) => {
    written.forEach((number, d) => (cells[r * written.length + d] += part * feature * number));
  });
}

/** What token k writes beside its features: its value, less what was answered. */
export function writtenBy({ value, answered }, k) {
  const before = answered(k);
  return value(k).map((number, d) => number - before[d]);
}

/**
 * The matrix while token k writes, `done` from 0 to 1: row by row.
 * @param {Matrix} matrix
 * @param {number} k
 */
export function matrixAt(matrix, k, done = 1) {
  if (done === 1) return matrix.after(k);
  const cells = k > 0 ? Float64Array.from(matrix.after(k - 1)) : new Float64Array(matrix.rows * matrix.columns);
  add(cells, matrix, k, done);
  return cells;
}

const dot = (one, other) => one.reduce((sum, number, i) => sum + number * other[i], 0);
const length = (vector) => Math.hypot(...vector);

/** Asked with the key of token k right after it was written: the share of the answer that is its own value. */
export function ownShare(matrix, k) {
  const asked = matrix.features(k);
  let all = 0;
  for (let j = 0; j <= k; j++) all += dot(asked, matrix.features(j));
  return dot(asked, asked) / all;
}

/** The latest token before k with the same key; null where there is none. */
export function sameKey(matrix, k) {
  const own = matrix.levels(k);
  for (let j = k - 1; j >= 0; j--) {
    const other = matrix.levels(j);
    if (own.every((level, r) => Math.abs(level - other[r]) <= SAME)) return j;
  }
  return null;
}

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const named = (trace, k) => `${slotName(k)} ${quoted(trace.tokens[k])}`;

/** What token k writes, and what becomes of what was there, in words. */
export function matrixText(trace, matrix, k) {
  const before = sameKey(matrix, k);
  const name = named(trace, k);
  if (matrix.corrects) {
    const [held, own] = [length(matrix.answered(k)), length(matrix.value(k))];
    const again = before === null ? "" : ` Its key is that of ${named(trace, before)}: what that wrote is overwritten.`;
    const found = k ? `Before, M answered this key with v̂, ${(held / own).toFixed(2)} times as long as v. ` : "";
    return `${found}${name} writes the difference v − v̂; its key is now answered with v.${again}`;
  }
  const share = ownShare(matrix, k);
  const others = k === 1 ? "k1" : `the other ${k} pairs`;
  const again = before === null ? "" : ` Its key is that of ${named(trace, before)}: both values are kept, as a mean.`;
  const rest = k ? `; ${percent(1 - share)} are of ${others}: interference.` : ".";
  return `${name} adds φ(k) vᵀ. Asked with this very key, M now answers ${percent(share)} of its value${rest}${again}`;
}
