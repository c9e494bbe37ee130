// Presenter mode by keys, wherever the focus is: what is shown beside the stage, scenarios by number, pages, a dark screen.
import { makeTimer, openSpeaker } from "./speaker.js";

const PANELS = { c: "controls", a: "answer", s: "scenarios", i: "badge" };
const MOVES = [" ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"];
const BY_TOKENS = new Set(["ArrowLeft", "ArrowRight"]); // with Ctrl
const STAGE_KEYS = new Set([...MOVES, "[", "]", "p", "v", "?", "Enter", "Escape"]);

const $ = (selector) => document.querySelector(selector);
const page = document.documentElement;
const presenting = () => page.classList.contains("ma-presenting"); // of the page: this script may be there twice

/** Whether keys that are characters are switched off, on the sheet of keys of the stage. */
function lettersOff() {
  try {
    return localStorage.getItem("memattn:letters") === "off";
  } catch {
    return false; // a browser that remembers nothing
  }
}

/** Whether a key belongs to where it was typed, or is switched off. */
function taken(event) {
  const target = event.composedPath()[0];
  const inText = target?.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target?.tagName);
  const character = event.key.length === 1 && event.key !== " ";
  if (character && lettersOff()) return true;
  const held = event.altKey || ((event.ctrlKey || event.metaKey) && !BY_TOKENS.has(event.key));
  return event.defaultPrevented || held || (inText && target.type !== "range");
}

function toggle(name) {
  const shown = new Set((page.dataset.shown ?? "").split(" ").filter(Boolean));
  if (!shown.delete(name)) shown.add(name);
  page.dataset.shown = [...shown].join(" ");
}

/** Nothing on the screen, until the next key. */
function blank() {
  if ($(".ma-blank")) return $(".ma-blank").remove();
  const dark = document.createElement("div");
  dark.className = "ma-blank";
  return document.body.append(dark);
}

/** @type {(selector: string) => NodeListOf<HTMLElement>} */
const every = (selector) => document.querySelectorAll(selector);

function scenario(number) {
  const button = every(".st-key-scenarios button")[number - 1];
  if (button) toStage();
  button?.click();
}

/** The stage onto the screen, however far the page was scrolled. */
function toStage() {
  $('[data-testid="stMain"]')?.scrollTo({ top: 0, behavior: "instant" });
}

/** The next stop of a tour, or the one before; on no tour, the page of the navigation. */
function turn(by) {
  if ($(".st-key-tour")) return $(`.st-key-tour_${by > 0 ? "next" : "back"} a`)?.click();
  const links = [...every("[data-testid=stSidebar] a[href]")];
  const name = (address) => address.split("/").pop(); // "" for the start page, whose link is empty
  const here = links.findIndex((link) => name(link.getAttribute("href")) === name(location.pathname));
  return here >= 0 ? links[here + by]?.click() : undefined;
}

/** The speaker's window. */
function speak() {
  openSpeaker((event) => press(event), (shelf.timer ??= makeTimer()));
}

/** A button of the page that opens it: what the browser lets a click do, it does not let an answer of the server do. */
function click(event) {
  if (event.target.closest?.(".ma-speaker")) speak();
}

/** A page of questions: digits take a choice, letters say how sure one is, and what comes next. */
const ANSWERS = { s: "say_yes", u: "say_no", n: "next", o: "again" };
function answers(key) {
  const found = /^[1-9]$/.test(key)
    ? every(".st-key-options button")[Number(key) - 1]
    : ANSWERS[key] && every(`.st-key-check_${ANSWERS[key]} button`)[0];
  found?.click();
  return Boolean(found);
}

function press(event) {
  if (taken(event)) return false;
  const { key } = event;
  const stage = globalThis[Symbol.for("memattn.link")];
  const dark = $(".ma-blank");
  if (presenting() && !dark && stage?.asks?.() && stage.press(event)) {
    // the stage asks a question, which letters and digits answer
  } else if (!dark && answers(key)) {
    // this page asks, and no stage does
  } else if (key === "f") $(`.st-key-present_${presenting() ? "exit" : "enter"} button`)?.click();
  else if (!presenting()) return false;
  else if (dark || key === "b") blank();
  else if (key === "w") speak();
  else if (PANELS[key]) toggle(PANELS[key]);
  else if (/^[1-9]$/.test(key)) scenario(Number(key));
  else if (key === "." || key === ",") turn(key === "." ? 1 : -1);
  else {
    const onControl = ["BUTTON", "INPUT"].includes(event.composedPath()[0]?.tagName);
    if (onControl || !STAGE_KEYS.has(key) || !stage?.press?.(event)) return false;
  }
  event.preventDefault();
  return true;
}

// Streamlit may evaluate this script again: the page listens once.
const shelf = (globalThis[Symbol.for("memattn.present")] ??= {});
if (shelf.press) window.removeEventListener("keydown", shelf.press);
if (shelf.click) window.removeEventListener("click", shelf.click);
window.addEventListener("keydown", (shelf.press = press));
window.addEventListener("click", (shelf.click = click));

export default function ({ data }) {
  // A page that is laid out anew may bring this script what it was told before, and behind what it is told now.
  if (data.since < shelf.since) return;
  shelf.since = data.since;
  if (page.classList.contains("ma-presenting") !== data.presenting) toStage();
  page.classList.toggle("ma-presenting", data.presenting);
  if (!data.presenting) {
    delete page.dataset.shown;
    $(".ma-blank")?.remove();
  }
}
