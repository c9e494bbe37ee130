// Numbers of 16 bits as IEEE 754 has them: eleven binary digits, none above 65,504.

export const LARGEST_HALF = 65504;
const LEAST_EXPONENT = -14; // below it the numbers lie evenly

const toEven = (value) => {
  const low = Math.floor(value);
  const over = value - low;
  return over > 0.5 || (over === 0.5 && low % 2 === 1) ? low + 1 : low;
};

/** The number of 16 bits that is nearest, of two the even one; ±∞ above all of them. */
export function toHalf(value) {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value)) return value;
  const unit = 2 ** (Math.max(LEAST_EXPONENT, Math.floor(Math.log2(size))) - 10);
  const rounded = toEven(size / unit) * unit;
  return Math.sign(value) * (rounded > LARGEST_HALF ? Infinity : rounded);
}
