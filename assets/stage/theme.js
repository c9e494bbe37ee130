// Colours: read from the page's theme once per change, mixed here, handed to CSS and canvas alike.

/** @import { Colours, Theme } from "./types.d.ts" */

const ROLES = ["global", "compressed", "recent", "summary", "retrieved", "current"];
const INKS = ["#ffffff", "#111417"];
const SCALE_STEPS = 256;
const FORCED = "(forced-colors: active)";

// "No attention" is close to the page: Blues (Harrower & Brewer 2003) on the light one, Cividis (Nuñez, Anderton &
// Renslow 2018) on the dark one.
const BLUES = [
  "#F7FBFF",
  "#DEEBF7",
  "#C6DBEF",
  "#9ECAE1",
  "#6BAED6",
  "#4292C6",
  "#2171B5",
  "#08519C",
  "#08306B",
];
const CIVIDIS = [
  "#00224E",
  "#123570",
  "#3B496C",
  "#575D6D",
  "#707173",
  "#8A8678",
  "#A59C74",
  "#C3B369",
  "#E1CC55",
  "#FEE838",
];

/** [r, g, b] of "#rgb", "#rrggbb" or "rgb(…)". */
export function channels(colour) {
  const text = colour.trim();
  if (text.startsWith("#")) {
    const long =
      text.length < 7 ? [...text.slice(1, 4)].map((digit) => digit + digit).join("") : text.slice(1, 7);
    return [0, 2, 4].map((at) => parseInt(long.slice(at, at + 2), 16));
  }
  const numbers = text.match(/[\d.]+/g) ?? ["128", "128", "128"];
  return numbers.slice(0, 3).map(Number);
}

const linear = (channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);

/** Relative luminance by WCAG 2.2. */
export function luminance(colour) {
  const [r, g, b] = channels(colour).map((channel) => linear(channel / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio by WCAG 2.2. */
export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** t of the second colour in the first, as "#rrggbb". */
export function mix(one, other, t) {
  const a = channels(one);
  const b = channels(other);
  return `#${a
    .map((channel, i) =>
      Math.round(channel + (b[i] - channel) * t)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

/** Colour table of the attention scale, [r, g, b] for each of 256 levels from 0 to 1. */
export function scaleTable(dark) {
  const anchors = (dark ? CIVIDIS : BLUES).map(channels);
  return Array.from({ length: SCALE_STEPS }, (_, i) => {
    const at = (i / (SCALE_STEPS - 1)) * (anchors.length - 1);
    const low = Math.min(anchors.length - 2, Math.floor(at));
    return anchors[low].map((channel, c) =>
      Math.round(channel + (anchors[low + 1][c] - channel) * (at - low)),
    );
  });
}

/**
 * Read the theme from CSS custom properties, and give the mixed colours back to CSS.
 * @param {HTMLElement} root
 * @returns {Theme}
 */
export function readTheme(root) {
  const forced = matchMedia(FORCED).matches;
  const dark = luminance(getComputedStyle(root).backgroundColor) < 0.2;
  root.dataset.theme = dark ? "dark" : "light";
  const themed = getComputedStyle(root);
  const read = (name) => themed.getPropertyValue(name).trim();
  const { backgroundColor: page, color: ink } = themed; // as they are, also where the reader's own colours are in force
  const panel = forced ? page : read("--stage-panel");
  const tint = dark ? 0.2 : 0.17;
  /** @type {Record<string, Colours>} */
  const roles = {};
  for (const role of ROLES) {
    const hue = read(`--role-${role}`);
    roles[role] = {
      hue,
      fill: mix(page, hue, tint),
      edge: mix(hue, dark ? page : ink, dark ? 0.12 : 0.16),
      on: INKS.reduce((a, b) => (contrast(a, hue) >= contrast(b, hue) ? a : b)),
    };
    root.style.setProperty(`--fill-${role}`, roles[role].fill);
    root.style.setProperty(`--edge-${role}`, roles[role].edge);
    root.style.setProperty(`--on-${role}`, roles[role].on);
  }
  const towards = (t) => (forced ? ink : mix(page, ink, t)); // nothing is faint there
  const theme = {
    dark,
    page,
    panel,
    ink,
    tint,
    muted: towards(0.76),
    line: towards(0.16),
    hair: mix(page, ink, forced ? 0.5 : 0.09),
    lost: towards(0.42),
    hatch: mix(page, ink, forced ? 0.3 : dark ? 0.2 : 0.15),
    accent: roles.current.hue,
    roles,
    table: scaleTable(dark),
    font: themed.fontFamily,
  };
  for (const name of ["muted", "line", "hair", "lost", "hatch"]) root.style.setProperty(`--stage-${name}`, theme[name]);
  root.style.setProperty("--tint", String(tint));
  return theme;
}

/** One string that changes when the theme does. */
export function themeMark(root) {
  const style = getComputedStyle(root);
  return [style.backgroundColor, style.color, style.getPropertyValue("--stage-panel"), style.fontFamily].join("|");
}

/** Say when the look changes without a word of the page: paper, and forced colours. Its answer ends that. */
export function watchLooks(root, changed) {
  const listening = new AbortController();
  const { signal } = listening;
  const paper = (on) => {
    root.toggleAttribute("data-paper", on);
    changed();
  };
  matchMedia("print").addEventListener("change", ({ matches }) => paper(matches), { signal });
  window.addEventListener("beforeprint", () => paper(true), { signal }); // comes before the sheet is laid out
  window.addEventListener("afterprint", () => paper(false), { signal });
  matchMedia(FORCED).addEventListener("change", changed, { signal });
  return () => listening.abort();
}
