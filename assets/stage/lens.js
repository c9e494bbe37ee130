// Five softmaxes of the same logits: pure arithmetic, in numbers of 64 or of 16 bits.
import { toHalf } from "./half.js";

const exact = (value) => value;

/**
 * The softmax of some logits beside one more, `extra`, or alone where that is null. In numbers of 16 bits everything is
 * rounded: logits, exponentials, their running sum, shares. `shifted`: whether the largest is subtracted before; in
 * numbers of 64 bits it always is, since that changes nothing but what can overflow.
 */
export function softmax(logits, extra = null, { half = false, shifted = true } = {}) {
  const round = half ? toHalf : exact;
  const own = logits.map(round);
  const more = extra === null ? -Infinity : round(extra);
  const top = shifted || !half ? own.reduce((most, one) => Math.max(most, one), more) : 0;
  const power = (logit) => round(Math.exp(round(logit - top)));
  const exps = own.map(power);
  const part = extra === null ? 0 : power(more);
  const total = exps.reduce((sum, one) => round(sum + one), part);
  return { exps, part, total, top, shares: exps.map((one) => round(one / total)), taken: round(part / total) };
}

/** −Σ p ln p, in nats. */
export function entropyOf(shares) {
  return shares.reduce((sum, share) => (share === 0 ? sum : sum - share * Math.log(share)), 0);
}

/** h₂(a): the entropy of taking a part or not. */
export const binaryEntropy = (part) => entropyOf([part, 1 - part]);

const sigmoid = (value) => 1 / (1 + Math.exp(-value));

/**
 * What one version makes of logits: {shares, taken, entropy, rest, largest, effective}, and the exponentials.
 *
 * `taken` is a0, what none of the slots gets; every share is (1 − a0) times what it would be without. `entropy` is that
 * of the whole row, a0 in it; `rest` that of the others among themselves. A gate works behind the softmax: it damps what
 * reaches the output, and the row's entropy stays.
 */
export function through(version, logits, extra, arithmetic = {}) {
  const { half = false } = arithmetic;
  const round = half ? toHalf : exact;
  const alone = softmax(logits, null, arithmetic);
  const rest = entropyOf(alone.shares);
  const found = (row, entropy, more = {}) => ({
    ...row,
    entropy,
    rest,
    largest: row.shares.reduce((most, one) => Math.max(most, one), 0),
    effective: Math.exp(entropy),
    ...more,
  });
  if (version === "none") return found(alone, rest);
  if (version === "gate") {
    const open = round(sigmoid(round(extra)));
    const shares = alone.shares.map((one) => round(one * open));
    return found({ ...alone, shares, taken: round(1 - open) }, rest);
  }
  const row = softmax(logits, version === "plus" ? 0 : extra, arithmetic);
  return found(row, entropyOf([row.taken, ...row.shares]));
}
