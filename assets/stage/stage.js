// Mounting: called by the page again and again with the same or new data; the film on screen goes on.
import { openEnvelope, unpack } from "./codec.js";
import { Film } from "./film.js";
import { goOn, leave } from "./remount.js";

const HIDDEN_MS = 300;

const films = new WeakMap();

/** When the next frame is out of this thread's hands: as the one after it begins; soon, too, where the page is hidden. */
function whenPainted(then) {
  let waits = true;
  const once = () => {
    if (waits) then();
    waits = false;
  };
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(once)));
  setTimeout(once, HIDDEN_MS);
}

/** Show a payload in `parentElement`, which already holds the stage's HTML. */
export default function mount({ data: sent, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector('[data-part="root"]');
  if (!root || !sent) return undefined;
  let entry = films.get(parentElement);
  if (!entry || entry.root !== root) {
    entry?.film?.close();
    entry = { root, film: null, outlet: {}, id: null, shown: null, turn: 0, nonce: null, inert: "" };
    films.set(parentElement, entry);
  }
  entry.outlet.state = setStateValue ?? (() => {});
  entry.data = openEnvelope(sent); // the latest: a payload that is still being inflated is shown as this asks
  const trigger = (name, value) => setTriggerValue?.(name, value);
  if (entry.id !== entry.data.id) show(entry, trigger);
  else if (entry.shown === entry.id) {
    entry.film.retune(entry.data);
    entry.film.restyle();
    seek(entry);
    if (hold(entry) && entry.data.reports) whenPainted(() => trigger("drawn", entry.id));
  }
  return () => {
    entry.turn += 1;
    if (entry.film) leave(entry.shown, asked(entry.data), { ...entry.film.sharing.moment, nonce: entry.nonce });
    entry.film?.close();
    if (films.get(parentElement) === entry) films.delete(parentElement);
  };
}

/** Where the page wants the stage to open, and to go. */
const asked = ({ start, phase, view, lens, seek }) => [start, phase, view, lens, seek?.nonce ?? null];

/** Open the latest payload, unless a newer one comes while it is inflated. */
function show(entry, trigger) {
  const { id, packed } = entry.data;
  const turn = ++entry.turn;
  entry.id = id;
  const open = (raw) => {
    if (turn !== entry.turn) return;
    const first = !entry.film;
    const { seek: wanted } = entry.data;
    const stood = first ? goOn(id, asked(entry.data)) : null;
    let straight = {};
    if (stood) {
      entry.nonce = stood.nonce; // that wish was obeyed
      straight = { start: stood.k, phase: stood.phase ?? "", view: stood.view, lens: stood.lens };
    } else if (first && wanted) straight = { start: wanted.step, phase: wanted.phase };
    const settings = { ...entry.data, ...straight };
    if (entry.film) entry.film.open(raw, settings);
    else {
      entry.film = new Film(entry.root, entry.outlet, raw, settings);
      if (isIdle(document.activeElement)) entry.film.sharing.takeFocus();
    }
    entry.shown = id;
    seek(entry);
    hold(entry);
    entry.root.dataset.ready = id;
    if (entry.data.reports && !first) whenPainted(() => turn === entry.turn && trigger("drawn", id));
  };
  const opened = unpack(packed);
  if (opened instanceof Promise) opened.then(open);
  else open(opened);
}

/** Whether nobody has gone anywhere on the page that has come: the focus is nowhere, or on the link that led here. */
function isIdle(node) {
  return !node || node === document.body || node.tagName === "A";
}

/** Let nobody touch a picture that is not that of the settings, and stop it; whether these are others than before. */
function hold(entry) {
  const { root, film, data } = entry;
  const inert = data.inert ?? "";
  if (entry.inert === inert) return false;
  entry.inert = inert;
  root.inert = inert !== "";
  if (root.inert) film.clock.rest();
  return true;
}

/** Go where the page wants the stage, once per wish. */
function seek(entry) {
  const wanted = entry.data.seek;
  if (!wanted || wanted.nonce === entry.nonce) return;
  entry.nonce = wanted.nonce;
  const { film } = entry;
  film.panels.keep(wanted.lens ?? "");
  if (wanted.ask === null || wanted.ask === undefined) {
    film.panels.lend(wanted.view ?? "");
    film.seek(wanted.step, wanted.phase);
    film.sharing.takeFocus();
  } else film.questions.goTo(wanted.ask);
}
