// The speaker's window, a document of this page: what to look for, what is on the stage, the time, what comes next.

const LOOK_MS = 250; // how often the window looks at the page
const NAME = "memattn-speaker";
const SIZE = "popup,width=560,height=640";
const BLOCKED = "The browser blocked the speaker’s window. Allow pop-ups for this page and press w again.";
const TOLD_MS = 8000;

const STYLE = `
  :root { color-scheme: light dark; }
  body { margin: 0; padding: 1.2rem 1.5rem; font: 1.15rem/1.4 system-ui, sans-serif; }
  header { display: flex; align-items: baseline; flex-wrap: wrap; gap: 0.6rem; }
  time { font-size: 3.4rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1; margin-right: auto; }
  button { font: inherit; font-size: 1rem; padding: 0.45rem 1rem; min-height: 44px; cursor: pointer;
    border: 1px solid; border-radius: 8px; background: none; color: inherit; }
  button:focus-visible { outline: 3px solid; outline-offset: 2px; }
  h1 { font-size: 1rem; margin: 1.4rem 0 0; opacity: 0.75; font-weight: 500; }
  h2 { font-size: 1rem; margin: 1.3rem 0 0.15rem; opacity: 0.75; font-weight: 500; }
  p { margin: 0; }
  .look { font-size: 1.6rem; line-height: 1.3; }
  .keys { margin-top: 1.6rem; font-size: 0.9rem; opacity: 0.75; }
`;
const BODY = `
  <header><time role="timer" data-is="time">0:00</time>
    <button type="button" data-is="run">Start</button><button type="button" data-is="reset">Reset</button></header>
  <h1 data-is="page"></h1>
  <p class="look" data-is="say"></p>
  <h2 data-is="scenario"></h2><p class="look" data-is="look"></p>
  <h2 data-is="counter"></h2><p data-is="caption"></p>
  <h2>Next</h2><p data-is="next"></p>
  <p class="keys">The keys of presenter mode work here, too.</p>
`;

/** How long one speaks, in milliseconds; it goes on when the window is closed, and from page to page. */
export function makeTimer(now = () => performance.now()) {
  let before = 0;
  let since = /** @type {number | null} */ (null);
  const passed = () => before + (since === null ? 0 : now() - since);
  return {
    get running() {
      return since !== null;
    },
    passed,
    toggle() {
      before = passed();
      since = since === null ? now() : null;
    },
    reset() {
      before = 0;
      if (since !== null) since = now();
    },
  };
}

/** "9:05", "1:02:03". */
export function clockText(ms) {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, i) => (i ? String(part).padStart(2, "0") : String(part))).join(":");
}

const textOf = (node) => node?.textContent?.trim() ?? "";

/** What the page says now, by the part of the window that shows it. */
function saidBy(page) {
  const scenarios = [...page.querySelectorAll(".st-key-scenarios button")];
  const at = scenarios.findIndex((one) => one.getAttribute("aria-checked") === "true");
  const named = (number) => (scenarios[number] ? `${number + 1} · ${textOf(scenarios[number])}` : "");
  const look = textOf(page.querySelector(".ma-badge ~ .ma-look")).replace(/^Look:\s*/, "");
  const tour = page.querySelector(".st-key-tour");
  const onward = textOf(page.querySelector(".st-key-tour_next"));
  const { counter, sentence } = globalThis[Symbol.for("memattn.link")]?.says?.() ?? { counter: "", sentence: "" };
  return {
    page: [textOf(page.querySelector(".ma-title")), textOf(page.querySelector(".ma-tour-at"))].filter(Boolean).join(" · "),
    say: textOf(page.querySelector(".ma-tour-say")),
    scenario: named(at) || "No scenario",
    look: at < 0 ? "" : look,
    counter,
    caption: sentence,
    next: tour ? onward || "the end of the tour" : named(at + 1) || "the next page, by its key: .",
  };
}

/** Say on the page itself that there is no window. */
function tell(text) {
  const note = document.createElement("div");
  note.className = "ma-told";
  note.setAttribute("role", "alert");
  note.textContent = text;
  document.body.append(note);
  setTimeout(() => note.remove(), TOLD_MS);
}

/** The window, opened by a key or a click. `press` does on the page what a key asks for, `timer` is of `makeTimer`. */
export function openSpeaker(press, timer) {
  const own = window.open("", NAME, SIZE);
  if (!own) return tell(BLOCKED);
  own.focus();
  if (own.document.querySelector("[data-is]")) return undefined; // it is open
  own.document.title = "Speaker · MemAttn";
  own.document.documentElement.lang = "en";
  const style = own.document.createElement("style");
  style.textContent = STYLE;
  own.document.head.append(style);
  own.document.body.innerHTML = BODY;
  /** @type {NodeListOf<HTMLElement>} */
  const nodes = own.document.querySelectorAll("[data-is]");
  const parts = Object.fromEntries([...nodes].map((node) => [node.dataset.is ?? "", node]));
  const put = (name, text) => {
    if (parts[name].textContent !== text) parts[name].textContent = text;
  };
  const look = () => {
    put("time", clockText(timer.passed()));
    put("run", timer.running ? "Pause" : timer.passed() ? "Go on" : "Start");
    for (const [name, text] of Object.entries(saidBy(document))) put(name, text);
  };
  for (const [name, act] of [["run", timer.toggle], ["reset", timer.reset]])
    parts[name].addEventListener("click", () => {
      act();
      look();
      parts[name].blur(); // the next key is for the stage
    });
  own.addEventListener("keydown", press);
  own.setInterval(look, LOOK_MS); // a timer of its own: that of a page behind others would sleep
  window.addEventListener("pagehide", () => own.close(), { once: true });
  look();
  return undefined;
}
