// The one writer of the address: what the server says of the settings, and what the stage says of the moment.

const shelf = (globalThis[Symbol.for("memattn.link")] ??= {});

/** Name of the page in the address, as the server calls it. */
const pageShown = () => location.pathname.split("/").filter(Boolean).pop() ?? "start";

// A stage says where it stands; on which page it stood is noted here, since pages change under it.
let moment = shelf.moment ?? null; // a stage may have been quicker than this
let pageOfMoment = pageShown();
Object.defineProperty(shelf, "moment", {
  configurable: true,
  get: () => moment,
  set(now) {
    moment = now;
    pageOfMoment = pageShown();
  },
});

function query() {
  const own = new URLSearchParams(shelf.query);
  if (moment && pageOfMoment === shelf.page) {
    own.set("step", String(moment.step));
    for (const name of ["phase", "view", "lens"]) if (moment[name]) own.set(name, moment[name]);
  }
  return own.toString();
}

/** Write the address of the page that the server spoke of; never that of a page which is just leaving or coming. */
function write() {
  if (shelf.page !== pageShown()) return false;
  const search = query();
  const address = `${location.pathname}${search ? `?${search}` : ""}${location.hash}`;
  if (address !== `${location.pathname}${location.search}${location.hash}`)
    history.replaceState(history.state, "", address);
  return true;
}

async function copy() {
  if (!write()) return false;
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false;
  }
}

const GROWS = 4000; // ms in which what stands below may still get its figure
const LEAVING = ["wheel", "touchmove", "pointerdown", "keydown"];
const revealed = (shelf.revealed ??= new Set()); // wishes, each obeyed once

/** Bring what the server wishes onto the screen, while it grows and until the reader goes on; focus stays. */
function reveal(wish) {
  const page = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (!wish || !page || revealed.has(wish)) return;
  revealed.add(wish);
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  const listening = new AbortController();
  const block = wish.split(" ").at(-1); // to the upper edge, or only where it is off the screen
  const show = () => document.querySelector(".st-key-below")?.scrollIntoView({ behavior, block });
  const growing = new ResizeObserver(show);
  const end = () => {
    growing.disconnect();
    listening.abort();
  };
  for (const name of LEAVING)
    addEventListener(name, end, { capture: true, passive: true, signal: listening.signal });
  growing.observe(page);
  setTimeout(end, GROWS);
}

/** Take over what the server says of the settings: it may have come before this script. */
function say() {
  if (!shelf.said) return;
  Object.assign(shelf, shelf.said);
  write();
  reveal(shelf.said.below);
  shelf.done?.(shelf.said);
}

Object.assign(shelf, { write, copy, say });
window.dispatchEvent(new CustomEvent("memattn:link"));
say();

export default function () {}
