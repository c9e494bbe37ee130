// A column of the softmax lens: a logit on its track, its exponential, its share. Sizes follow numbers from 0 to 1.
import { isolated } from "./text.js";

const LEAST = -2;
const MOST = 6;
const OVERFLOW = 13; // in view where numbers are small: e^11.1 is too large for 16 bits
const DEEPEST = -12; // what lies below stands on the foot of the track

/** Ends of the tracks for some logits. */
export function rangeOf(levels, half) {
  const low = levels.reduce((least, one) => Math.min(least, Math.floor(one) - 1), LEAST);
  const high = levels.reduce((most, one) => Math.max(most, Math.ceil(one) + 1), half ? OVERFLOW : MOST);
  return { low: Math.max(low, Math.min(DEEPEST, high - 12)), high };
}

export function columnNode(key) {
  const node = document.createElement("div");
  node.className = "lens-column";
  node.dataset.key = key;
  node.innerHTML = `<div class="lens-track"><div class="lens-thumb" role="slider" tabindex="0" aria-orientation="vertical"></div></div>
<div class="lens-exp"></div><div class="lens-bar"><i class="ghost"></i><i class="fill"></i></div><div class="lens-share"></div>
<div class="lens-name"><b></b><span></span></div>`;
  return node;
}

const within = (share) => String(Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0);

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Show what a column has to say; only what changed is touched. */
export function fillColumn(node, { name, word, role, id, lit, at, value, exp, share, height, ghost, fixed, moved, limits, says }) {
  const one = (kind) => node.querySelector(`.lens-${kind}`);
  node.className = `lens-column is-${role}${lit ? " is-lit" : ""}${moved ? " is-moved" : ""}`;
  if (id === null) delete node.dataset.id;
  else node.dataset.id = String(id);
  node.style.setProperty("--at", within(at));
  node.style.setProperty("--share", within(height));
  node.style.setProperty("--ghost", within(ghost));
  node.setAttribute("aria-disabled", String(fixed));
  const written = Number.isNaN(share) ? "NaN" : share.toFixed(3);
  write(one("thumb"), value);
  write(one("exp"), exp);
  write(one("share"), written);
  node.classList.toggle("is-broken", !Number.isFinite(share) || exp === "∞");
  write(node.querySelector(".lens-name b"), name);
  write(node.querySelector(".lens-name span"), word && isolated(word));
  const thumb = one("thumb");
  const told = {
    "aria-label": `Logit ${says || `of ${name} ${word && isolated(word)}`}`.trim(),
    "aria-valuemin": String(limits.low),
    "aria-valuemax": String(limits.high),
    "aria-valuenow": limits.now.toFixed(2),
    "aria-valuetext": `${value}, ${Number.isNaN(share) ? "its share is no number" : `share ${written}`}`,
    "aria-disabled": String(fixed),
  };
  for (const [key, text] of Object.entries(told)) if (thumb.getAttribute(key) !== text) thumb.setAttribute(key, text);
  thumb.tabIndex = fixed ? -1 : 0;
}
