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
  const data = openEnvelope(sent);
  let entry = films.get(parentElement);
  if (!entry || entry.root !== root) {
    entry?.film.close();
    entry = { root, film: new Film(root, { state: () => {} }), id: null, nonce: null };
    films.set(parentElement, entry);
  }
  entry.film.outlet.state = setStateValue ?? (() => {});
  const seek = data.seek && data.seek.nonce !== entry.nonce ? data.seek : null;
  if (data.seek) entry.nonce = data.seek.nonce;
  if (entry.id !== data.id) {
    entry.id = data.id;
    const { id, start, phase, channel, clock, views, links } = data;
    const show = (raw) => {
      if (entry.id !== id) return; // newer data came while this was inflated
      const first = !entry.film.trace;
      entry.film.open(raw, { start: seek && first ? seek.step : start, phase, channel, clock, views, links });
      if (seek) entry.film.seek(seek.step);
      root.dataset.ready = id;
      if (data.reports && !first) whenPainted(() => setTriggerValue?.("drawn", id));
    };
    const opened = unpack(data.packed);
    if (opened instanceof Promise) opened.then(show);
    else show(opened);
  } else if (entry.film.trace) {
    entry.film.restyle();
    if (seek) entry.film.seek(seek.step);
  }
  return () => {
    entry.film.close();
    films.delete(parentElement);
  };
}
