// What a reader has done on each page, kept by this browser alone, and shown on the map of the lessons.

const KEY = "memattn:done";
const shelf = (globalThis[Symbol.for("memattn.link")] ??= {});

/** By page: scenarios seen, of how many, questions answered right, of how many; by tour: the farthest stop. */
function kept() {
  try {
    const { pages, tours } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { pages: pages ?? {}, tours: tours ?? {} };
  } catch {
    return { pages: {}, tours: {} }; // a browser that remembers nothing, or something that is not ours
  }
}

/** Keep it; null forgets all. */
function keep(done) {
  try {
    if (done) localStorage.setItem(KEY, JSON.stringify(done));
    else localStorage.removeItem(KEY);
  } catch {
    // then it is forgotten
  }
}

/** Add what a page says of now. */
function note({ page, scenario, scenarios, right, tour }) {
  const done = kept();
  if (scenarios) {
    const before = done.pages[page] ?? {};
    const seen = new Set([...(before.seen ?? []), ...(scenario ? [scenario] : [])]);
    const known = new Set([...(before.right ?? []), ...right]);
    done.pages[page] = { seen: [...seen], scenarios, right: [...known] };
  }
  const [name, stop] = tour.split(".");
  if (stop) done.tours[name] = Math.max(done.tours[name] ?? 0, Number(stop));
  keep(done);
}

/** "3 of 9 scenarios seen · 2 questions right" */
function ofPage({ seen, scenarios, right }) {
  const questions = right.length === 1 ? "question" : "questions";
  const parts = [`${seen.length} of ${scenarios} scenarios seen`];
  if (right.length) parts.push(`${right.length} ${questions} right`);
  return parts.join(" · ");
}

/** Write on the map what was done. */
function show() {
  const { pages, tours } = kept();
  /** @type {NodeListOf<HTMLElement>} */
  const places = document.querySelectorAll(".ma-done");
  for (const place of places) {
    const { page, tour, stops } = place.dataset;
    const stop = tour ? tours[tour] : 0;
    let text = page && pages[page] ? ofPage(pages[page]) : "";
    if (tour && stop) text = String(stop) === stops ? "all stops seen" : `stop ${stop} of ${stops} reached`;
    if (place.textContent !== text) place.textContent = text;
  }
  /** @type {NodeListOf<HTMLElement>} */
  const forgets = document.querySelectorAll(".ma-forget");
  const nothing = !Object.keys({ ...pages, ...tours }).length;
  for (const button of forgets) button.hidden = nothing;
}

function forget(event) {
  if (!event.target.closest?.(".ma-forget")) return;
  keep(null);
  show();
}

// Streamlit may evaluate this script again: the page listens once.
if (shelf.forget) window.removeEventListener("click", shelf.forget);
window.addEventListener("click", (shelf.forget = forget));
shelf.done = note;
if (shelf.said) note(shelf.said); // what the page said before this came

export default function ({ data }) {
  if (!data.map) return undefined;
  show();
  const painted = new MutationObserver(show); // the map may come after this, and be painted anew
  painted.observe(document.body, { childList: true, subtree: true });
  return () => painted.disconnect();
}
