// How the softmax lens writes numbers, and the sentence under it.
import { LARGEST_HALF } from "./half.js";
import { binaryEntropy } from "./lens.js";
import { threeDigits } from "./trace.js";

export const signed = (value, places = 2) => value.toFixed(places).replace(/^-(?=.*[1-9])/, "−").replace(/^-/, "");

/** A number in a table: 0.495, and what has none. */
export const digits = (value, places = 3) => (Number.isFinite(value) ? value.toFixed(places) : "NaN");

/** A number that may be as large as e^20 in few letters. */
export function brief(value, digits = 3) {
  if (Number.isNaN(value)) return "NaN";
  if (value < 1e5) {
    if (value >= 1000) return value.toFixed(0);
    return value && value < 0.01 ? threeDigits(value) : String(Number(value.toPrecision(digits)));
  }
  if (!Number.isFinite(value)) return "∞";
  const power = Math.floor(Math.log10(value));
  return `${(value / 10 ** power).toFixed(1)}·10${[...String(power)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`;
}

const WHAT = {
  plus: "A 1 stands in the denominator: a logit of 0 whose value is nothing.",
  pin: "One more token, with its own key and value, takes part.",
  sink: "A logit that the head has learned takes part; its value is nothing.",
};

/** What came of the logits, with numbers, as HTML; `pins` is what the global tokens of the step itself have. */
export function saysOf({ version, half, shifted }, logits, found, plain, pins = 0) {
  if (half && !(Number.isFinite(found.total) && Number.isFinite(found.largest))) return overflow(logits, found);
  const kept = digits(1 - found.taken);
  if (version === "none") return alone(logits, found, half && shifted, pins);
  if (version === "gate")
    return `The softmax stays as it is, H = ${digits(found.entropy)}; its output is multiplied by g = σ(z) = ${kept}. No token gets what is held back.`;
  const [a, rest] = [binaryEntropy(found.taken), found.rest].map((one) => digits(one));
  const moved = found.entropy - plain.entropy;
  const way = Math.abs(moved) < 5e-4 ? "stays" : moved > 0 ? "rises" : "falls";
  return `${WHAT[version]} Every other share is ${kept} times what it was. Entropy ${way}: H = h₂(a₀) + (1 − a₀) · H<sub>rest</sub> = ${a} + ${kept} · ${rest} = ${digits(found.entropy)}.`;
}

function alone(logits, found, shifted, pins) {
  const even = Math.log(logits.length);
  const lead = shifted ? "No exponent is above 0, so nothing overflows. " : "";
  const held = pins ? `Pins hold ${digits(pins)} of it.` : "The dashed line is 1/N.";
  return `${lead}All shares sum to 1. H = ${digits(found.entropy)} of at most ln ${logits.length} = ${digits(even)}: as many as ${digits(found.effective, 2)} tokens alike. ${held}`;
}

function overflow(logits, found) {
  const top = logits.reduce((most, one) => Math.max(most, one), -Infinity);
  const power = Math.exp(top);
  const large = power > LARGEST_HALF ? `e<sup>${signed(top)}</sup> = ${brief(power)}` : `The sum, ${brief(logits.reduce((sum, one) => sum + Math.exp(one), 0))},`;
  const then = found.exps.some((one) => one === Infinity) ? "∞\u00a0/\u00a0∞ is no number" : "all shares become 0";
  return `${large} is above ${LARGEST_HALF.toLocaleString("en")}, the largest float16: it becomes ∞, and ${then}. Subtract the largest logit first: the shares stay the same, and no exponent is above 0.`;
}
