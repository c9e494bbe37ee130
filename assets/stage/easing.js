// How things come and go between two pictures. Pure.

/** Part of a phase in which nothing moves yet: words change first, then things move. */
export const LEAD = 0.1;

/** Cubic ease in and out. */
export function easeInOut(t) {
  return t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2;
}

export const clamp01 = (t) => Math.min(1, Math.max(0, t));

export const blend = (a, b, t) => a + (b - a) * t;
