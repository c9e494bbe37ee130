// What happened so far, as a table: at which token, what, and why. What is still to come is not told.
import { slotName } from "./trace.js";

const MOST_ROWS = 40; // the latest; all of a long run would be thousands
const QUIET = new Set(["push"]); // every token does that

/** Every event with a sentence, in order: {k, group, kind, text}. Pure. */
export function eventsOf(trace) {
  const events = [];
  for (let k = 0; k < trace.length; k++)
    trace.groups(k).forEach(({ kind, text }, group) => {
      if (text && !QUIET.has(kind)) events.push({ k, group, kind, text });
    });
  return events;
}

/** How many of the events have begun at a moment: those of earlier steps, and the first groups of this one. */
export function happened(events, { k, groups }) {
  let count = 0;
  while (count < events.length && (events[count].k < k || (events[count].k === k && events[count].group < groups)))
    count += 1;
  return count;
}

const head = `<span data-part="history-count"></span>`;
const body = `<div class="history-box" tabindex="0" role="region" aria-label="Events so far"><table>
<thead><tr><th scope="col">token</th><th scope="col">event</th><th scope="col">what happened</th></tr></thead>
<tbody data-part="history"></tbody></table></div>`;

function make(box, stage) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const rows = part("history");
  let events = [];
  let shown = "";

  rows.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) stage.seek(Number(button.dataset.step), Number(button.dataset.group));
  });

  function rowOf({ k, group, kind, text }, now) {
    const row = document.createElement("tr");
    if (k === now) row.setAttribute("aria-current", "step");
    const go = document.createElement("button");
    go.type = "button";
    go.dataset.step = String(k);
    go.dataset.group = String(group);
    go.textContent = slotName(k);
    go.setAttribute("aria-label", `${slotName(k)}: go to token ${k + 1}`);
    row.insertCell().append(go);
    row.insertCell().textContent = kind;
    row.insertCell().textContent = text;
    return row;
  }

  return {
    open(trace) {
      events = eventsOf(trace);
      shown = "";
    },
    paint(moment) {
      const count = happened(events, moment);
      const mark = `${count}:${moment.k}`;
      if (mark === shown) return;
      shown = mark;
      const latest = events.slice(Math.max(0, count - MOST_ROWS), count).reverse();
      rows.replaceChildren(...latest.map((event) => rowOf(event, moment.k)));
      part("history-count").textContent =
        count > MOST_ROWS ? `the latest ${MOST_ROWS} of ${count} events` : `${count} ${count === 1 ? "event" : "events"}`;
    },
  };
}

export const historyView = { name: "history", title: "History", head, body, make };
