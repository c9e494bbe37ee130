// Where a slider stands while it is held: the server is told, and computes what it would show before it is let go.

const CLICK = 60; // ms after the press in which a slider moves that is clicked on its track
const RESTS = 120; // ms that a slider which is dragged stands still, until that may be where it is going
const SLIDER = '[data-testid="stSlider"]';
const shelf = (globalThis[Symbol.for("memattn.beforehand")] ??= {});

/** Key of a control in the session: Streamlit makes it a class. */
function keyOf(slider) {
  const names = slider.closest('[class*="st-key-"]')?.classList ?? [];
  return [...names].find((name) => name.startsWith("st-key-"))?.slice("st-key-".length);
}

function tell(slider, value) {
  const body = JSON.stringify([shelf.told.reader, keyOf(slider) ?? "", Number(value)]);
  fetch(new URL(shelf.told.address, location.href), { method: "POST", body }).catch(() => {}); // then it is not computed
}

/** Follow a slider until it is let go. A click on its track moves it at once, and is told at once. */
function hold({ target }) {
  const slider = target.closest?.(SLIDER);
  const stands = () => slider.querySelector('input[type="range"]')?.value;
  if (!slider) return;
  let told = stands();
  let last = told;
  let since = 0;
  let held = true;
  const pressed = performance.now();
  const look = (now) => {
    if (!held) return;
    const value = stands();
    if (value !== last) [last, since] = [value, now - pressed < CLICK ? 0 : now];
    if (value !== told && now - since >= RESTS) tell(slider, (told = value));
    requestAnimationFrame(look);
  };
  const end = () => {
    held = false;
    listening.abort();
  };
  const listening = new AbortController();
  for (const name of ["pointerup", "pointercancel"])
    addEventListener(name, end, { capture: true, signal: listening.signal });
  requestAnimationFrame(look);
}

// Streamlit may evaluate this script again: the page listens once.
if (shelf.hold) removeEventListener("pointerdown", shelf.hold, true);
addEventListener("pointerdown", (shelf.hold = hold), true);

export default function ({ data }) {
  shelf.told = data;
}
