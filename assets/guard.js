// What a page says when something fails, in our words, how long a text may be, and what a control is called aloud:
// watches the page from the frame.
// Streamlit's own nodes stay in place, hidden: they belong to its renderer. Ours stand beside them.

const PAUSE_MS = 60_000; // a page that broke off reloads itself, but not twice within this time
const NOTE_MS = 12_000;
const FIELDS = 'textarea, input[type="text"], input[type="search"]';
const RELOADED = "memattn:reloaded"; // in the tab's storage: when it did so last
const WAITS = /not responding|Is Streamlit still running/; // the client keeps trying

const TEXTS = {
  fault: {
    title: "Something went wrong here",
    body: "This part of the page could not be drawn. What happened is in the server’s log, with its traceback. Your settings are safe in the address.",
    todo: "Reload; if it happens again, open the page as it starts.",
  },
  waits: {
    title: "The server does not answer",
    body: "It may have stopped, or the network is away. What is on the stage still plays, and your settings are safe in the address.",
    todo: "The page comes back by itself as soon as the server does.",
  },
  broke: {
    title: "The connection broke off",
    body: "The page and the server lost each other. Your settings are safe in the address.",
    todo: "Reload to go on where you were.",
  },
  missing: {
    title: "There is no such page",
    body: "The address names a page that does not exist. Below is the start page.",
    todo: "",
  },
};

const DIALOGS = { "Connection error": "broke", "Page not found": "missing", "Bad message format": "broke", "Script execution error": "fault" };

function make(tag, className, text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

/** Title, what happened, what to do, and ways back. */
function box(kind) {
  const { title, body, todo } = TEXTS[kind];
  const node = make("div", "ma-guard");
  node.dataset.kind = kind;
  const heading = node.appendChild(make("h2", "ma-guard-title", title));
  heading.id = `ma-guard-${kind}`;
  node.append(make("p", "", body));
  if (kind === "missing") {
    const home = node.appendChild(make("p", "ma-guard-ways")).appendChild(make("a", "", "Go to the start page"));
    home.href = new URL("./", location.href).pathname;
    home.target = "_self";
    return node;
  }
  node.append(make("p", "", todo));
  const ways = node.appendChild(make("p", "ma-guard-ways"));
  const reload = ways.appendChild(make("button", "", "Reload"));
  reload.type = "button";
  reload.addEventListener("click", () => location.reload());
  const same = ways.appendChild(make("a", "", "This page, same settings"));
  same.href = location.href;
  same.target = "_self";
  if (kind === "fault") {
    const fresh = ways.appendChild(make("a", "", "This page as it starts"));
    fresh.href = location.pathname;
    fresh.target = "_self";
  }
  return node;
}

/** Put our box into one of Streamlit's nodes, which our style then hides but for the box. */
function say(host, kind) {
  const now = host.querySelector(":scope > .ma-guard");
  if (now?.dataset.kind === kind) return;
  now?.remove();
  host.append(box(kind));
  host.dataset.maGuard = kind;
}

/** The page cannot go on by itself: once it may start anew. */
function restart() {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < PAUSE_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}

/** A label as it is said: "Segment $n_s$ (pairs)" is "Segment, n_s, pairs". */
function aloud(label) {
  return label
    .replace(/\s*\$(.+?)\$/g, (_, symbol) => `, ${symbol.replace(/[\\{}]/g, "")}`)
    .replace(/\s*\(([^)]*)\)$/, ", $1");
}

/** Streamlit names a control by its label as it was written, formulas and all, and a slider twice. */
function name() {
  for (const node of document.querySelectorAll('[aria-label*="$"]')) {
    const said = aloud(node.ariaLabel);
    if (said !== node.ariaLabel) node.ariaLabel = said; // a sum in dollars stays
  }
  for (const slider of document.querySelectorAll('input[type="range"][aria-label][aria-labelledby]'))
    slider.removeAttribute("aria-labelledby");
}

/** @type {(selector: string) => NodeListOf<HTMLElement>} */
const every = (selector) => document.querySelectorAll(selector);

function look() {
  name();
  for (const field of every(FIELDS)) if (!field.dir) field.dir = "auto"; // any script may be typed
  for (const code of every("pre:not([tabindex])")) code.tabIndex = 0; // long lines scroll by keys, too
  for (const fault of document.querySelectorAll('[data-testid="stException"]')) say(fault, "fault");
  for (const dialog of document.querySelectorAll('[role="dialog"]')) {
    const title = dialog.querySelector("h2:not(.ma-guard-title)");
    let kind = title ? DIALOGS[title.textContent ?? ""] : "";
    if (!title || !kind) continue;
    if (kind === "broke" && WAITS.test(title.nextElementSibling?.textContent ?? "")) kind = "waits";
    say(dialog, kind);
    dialog.setAttribute("aria-labelledby", `ma-guard-${kind}`);
    if (kind === "broke") restart();
  }
}

/** A sentence at the foot of the page, for a while. */
function note(text) {
  document.querySelector(".ma-guard-note")?.remove();
  const node = document.body.appendChild(make("div", "ma-guard-note", text));
  node.setAttribute("role", "status");
  setTimeout(() => node.remove(), NOTE_MS);
}

/** Characters that this field takes; 0 where it is no text field. */
function limitOf(field, { limits, most }) {
  if (!field?.matches?.(FIELDS)) return 0;
  const names = field.closest('[class*="st-key-"]')?.classList ?? [];
  const key = [...names].find((name) => name.startsWith("st-key-"))?.slice("st-key-".length);
  return limits[key] ?? most;
}

/** The browser itself cuts what is typed, pasted or dropped, before anything is sent. */
function hold({ target }, told) {
  const limit = limitOf(target, told);
  if (limit) target.maxLength = limit;
}

/** Say so, when it is about to cut. */
function warn(event, told) {
  const limit = limitOf(event.target, told);
  const text = event.data ?? event.dataTransfer?.getData("text/plain");
  if (!limit || !text) return;
  const { value, selectionStart, selectionEnd } = event.target;
  const over = value.length - (selectionEnd - selectionStart) + text.length - limit;
  if (over > 0) note(`The text was cut at ${limit.toLocaleString("en")} characters: ${over.toLocaleString("en")} more did not fit.`);
}

const guard = (globalThis[Symbol.for("memattn.guard")] ??= { told: { limits: {}, most: Infinity } });

function watch() {
  // @ts-expect-error The sender puts the style sheet before this script.
  document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
  for (const name of ["focusin", "dragenter"]) addEventListener(name, (event) => hold(event, guard.told), true);
  addEventListener("beforeinput", (event) => warn(event, guard.told), true);
  new MutationObserver(look).observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: ["aria-label"], // nothing that is set here each time: that would never end
  });
  look();
}

export default function ({ data }) {
  guard.told = { limits: Object.fromEntries(data.limits), most: data.most };
  guard.watching ??= (watch(), true);
}
