// The gate of a hybrid as a needle: how much of a read falls on raw pairs, and how much on what was made of others.
import { slotName, threeDigits } from "./trace.js";

const TURN = 75; // degrees that the needle leans to either side

/** g = σ(lse₁ − lse₂) of a step's read, the weight of its raw pairs: an identity, not a computation of attention. Pure. */
export function gateOf(trace, k) {
  const { ids, weights } = trace.read(k);
  let [raw, made, slots] = [0, 0, 0];
  ids.forEach((id, i) => {
    if (id >= 0) raw += weights[i];
    else {
      made += weights[i];
      slots += 1;
    }
  });
  const g = raw / (raw + made);
  const of = (mass) => (trace.lse && mass > 0 ? Math.log(mass) + trace.lse[k] : null);
  return { g, first: of(raw), second: of(made), both: slots > 0 && slots < ids.length };
}

/** The needle between the read of the step before and that of step k, `attention` from 0 to 1. Pure. */
export function needleAt(trace, { k, attention }) {
  const now = gateOf(trace, k).g;
  const then = k > 0 ? gateOf(trace, k - 1).g : now;
  return then + (now - then) * attention;
}

const head = `<span data-part="gate-of"></span>`;
const body = `<div class="gate-box" data-room>
<svg viewBox="0 0 220 116" role="img" data-part="gate">
  <path class="gate-arc is-second" d="M 13.4 84 A 100 100 0 0 1 110 10" />
  <path class="gate-arc is-first" d="M 110 10 A 100 100 0 0 1 206.6 84" />
  <line class="gate-needle" data-part="needle" x1="110" y1="110" x2="110" y2="18" />
  <circle class="gate-hub" cx="110" cy="110" r="5" />
</svg>
<dl class="gate-numbers"><dt>window</dt><dd data-part="gate-first"></dd><dt>Σ</dt><dd data-part="gate-second"></dd><dt>gate</dt><dd data-part="gate-g"></dd></dl>
<p class="meaning" data-part="gate-note"></p></div>`;

function make(box) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  let trace = null;
  let told = "";

  const put = (name, text) => {
    if (part(name).textContent !== text) part(name).textContent = text;
  };
  const written = (lse) => (lse === null ? "" : `, lse ${threeDigits(lse)}`);

  return {
    open(next) {
      trace = next;
      told = "";
    },
    paint(moment) {
      const needle = needleAt(trace, moment);
      part("needle").setAttribute("transform", `rotate(${((2 * needle - 1) * TURN).toFixed(2)} 110 110)`);
      const { asks } = moment;
      if (told === String(asks)) return;
      told = String(asks);
      const { g, first, second, both } = gateOf(trace, asks);
      put("gate-of", `${slotName(asks)}, ${trace.head}`);
      put("gate-first", `${g.toFixed(3)}${written(first)}`);
      put("gate-second", `${(1 - g).toFixed(3)}${written(second)}`);
      put("gate-g", `g = σ(lse₁ − lse₂) = ${g.toFixed(3)}`);
      put("gate-note", both ? "Share of this read that falls on the raw pairs of the window." : "One memory alone is read: there is nothing to weigh.");
      part("gate").setAttribute("aria-label", `Needle at ${g.toFixed(3)}: 0 is Σ alone, 1 the window alone`);
    },
  };
}

export const gateView = { name: "gate", title: "Gate", head, body, make };
