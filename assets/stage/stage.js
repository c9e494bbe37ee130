// Mounting: called by the page again and again with the same or new data; the film on screen goes on.
import { openEnvelope, unpack } from "./codec.js";
import { Film } from "./film.js";

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
    entry?.film.close();
    entry = { root, film: new Film(root, { state: () => {} }), id: null, shown: null, turn: 0, nonce: null, inert: "" };
    films.set(parentElement, entry);
  }
  entry.film.outlet.state = setStateValue ?? (() => {});
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
    entry.film.close();
    if (films.get(parentElement) === entry) films.delete(parentElement);
  };
}

/** Open the latest payload, unless a newer one comes while it is inflated. */
function show(entry, trigger) {
  const { id, packed } = entry.data;
  const turn = ++entry.turn;
  entry.id = id;
  const open = (raw) => {
    if (turn !== entry.turn) return;
    const first = !entry.film.trace;
    const { start, phase, seek: wanted } = entry.data;
    const straight = first && wanted ? { start: wanted.step, phase: wanted.phase } : { start, phase };
    entry.film.open(raw, { ...entry.data, ...straight });
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
  entry.film.turnTo(wanted.view, wanted.lens);
  if (wanted.ask === null || wanted.ask === undefined) entry.film.seek(wanted.step, wanted.phase);
  else entry.film.toQuestion(wanted.ask);
}
