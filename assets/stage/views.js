// What stands beside the conveyor: panels, each with one view open, all listed here once.
import { attentionView } from "./attention-view.js";
import { curveView } from "./curve-view.js";
import { gateView } from "./gate-view.js";
import { historyView } from "./history-view.js";
import { influenceView } from "./influence-view.js";
import { keyPlaneView } from "./key-plane-view.js";
import { lensView } from "./lens-view.js";
import { matrixView } from "./matrix-view.js";
import { softmaxView } from "./softmax-view.js";

/** @import { View } from "./types.d.ts" */

/**
 * A view is its name for the sender, its title for people, its markup, of which `head` stands beside the title, and
 * `make(panel, stage)`, which gives
 *
 *   open(trace, theme)       another trace, or another look
 *   lay(em, width, height)   another size of the type, or of the element marked `data-room`
 *   paint(shown)             what stands at a playhead, and what the pointer rests on
 *   hit(event, shown)        what is under the pointer, or null
 *   kept(), keep(text)       what the reader has set in it, as a text for the link
 *
 * of which only `open` and `paint` must be there. `stage.turn(name)` opens another view, `stage.kept()` says that `kept`
 * gives something else now, `stage.say(text)` says something aloud.
 * @type {Map<string, View>}
 */
export const VIEWS = new Map(
  [attentionView, lensView, softmaxView, curveView, historyView, influenceView, keyPlaneView, gateView, matrixView].map((view) => [
    view.name,
    view,
  ]),
);

const titleOf = (name) => VIEWS.get(name)?.title ?? name;

/**
 * The panels of one stage. `measure(node)` gives whole pixels, `rows()` the rows that a table has room for;
 * `changed(name)` is told of a view the reader opened.
 */
export class Panels {
  constructor(place, stage) {
    this.place = place;
    this.place.replaceChildren(); // of a stage that stood here before
    // { seek, measure, rows, watch, unwatch, listen, changed, kept, say }
    this.stage = { ...stage, turn: (name) => this.turnTo(name), has: (name) => this.has(name) };
    this.rows = []; // { node, names, open, made: name → view }
    this.listed = "";
    this.lent = ""; // the view that the page opened last
    this.trace = this.theme = null;
  }

  /** Stand with these views: a list per panel, from top to bottom, of which the first is open until another is. */
  list(panels) {
    const known = panels.map((names) => names.filter((name) => VIEWS.has(name))).filter((names) => names.length);
    const mark = JSON.stringify(known);
    if (mark === this.listed) return;
    this.listed = mark;
    for (const row of this.rows) this.remove(row);
    this.rows = known.map((names) => this.row(names));
  }

  /** Open a view, by name, where a panel has it. */
  show(name) {
    for (const row of this.rows) if (row.names.includes(name)) this.choose(row, name);
  }

  /** Open a view for the page, by name; by "" give back the one it opened before, unless the reader has turned since. */
  lend(name) {
    const before = this.opened;
    if (before && before === this.lent) for (const row of this.rows) this.choose(row, row.names[0]);
    this.lent = name;
    this.show(name);
    if (this.opened !== before) this.stage.changed();
  }

  /** The reader opens a view from another one; of a panel that lacks it nothing changes. */
  turnTo(name) {
    for (const row of this.rows) if (row.names.includes(name)) this.turn(row, name);
  }

  /** Whether some panel has a view of this name. */
  has(name) {
    return this.rows.some(({ names }) => names.includes(name));
  }

  /** What the reader has set in the views that are seen, as text; "" where nothing. */
  get kept() {
    for (const { shows } of this.seen()) if (shows.kept) return shows.kept();
    return "";
  }

  /** Set the views as such a text says. */
  keep(text) {
    for (const row of this.rows)
      for (const { shows } of row.made.values()) shows.keep?.(text);
  }

  /** Names of the views that are seen. */
  get shown() {
    return this.rows.map((row) => row.open);
  }

  /** The view that the reader opened in place of a panel's first; "" where there is none. */
  get opened() {
    return this.rows.find((row) => row.open !== row.names[0])?.open ?? "";
  }

  row(names) {
    const node = document.createElement("section");
    node.className = "panel";
    const row = { node, names, open: names[0], made: new Map() };
    node.append(names.length > 1 ? this.tabs(row) : headOf(names[0]));
    this.place.append(node);
    this.fill(row);
    return row;
  }

  tabs(row) {
    const list = document.createElement("div");
    list.className = "tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "View");
    for (const name of row.names) {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.className = "tab";
      tab.dataset.view = name;
      tab.setAttribute("role", "tab");
      tab.textContent = titleOf(name);
      tab.addEventListener("click", () => this.turn(row, name));
      list.append(tab);
    }
    list.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const { length } = row.names;
      this.turn(row, row.names[(row.names.indexOf(row.open) + by + length) % length]);
      /** @type {HTMLElement} */ (list.querySelector('[aria-selected="true"]')).focus();
    });
    const head = document.createElement("header");
    const heading = document.createElement("h3"); // tabs are none, and a page is read by its headings
    heading.className = "tabs-heading";
    heading.textContent = `Views: ${row.names.map(titleOf).join(", ")}`;
    head.append(heading, list);
    return head;
  }

  /** The reader opens a view. */
  turn(row, name) {
    if (row.open === name) return;
    this.lent = "";
    this.choose(row, name);
    this.stage.changed();
  }

  choose(row, name) {
    if (row.open === name) return;
    row.open = name;
    this.fill(row);
  }

  /** Show the open view of a panel and put the others away, making what was not needed so far. */
  fill(row) {
    const { node, open, made } = row;
    node.dataset.view = open;
    if (!made.has(open)) made.set(open, this.make(row, VIEWS.get(open)));
    for (const [name, { parts }] of made) for (const part of parts) part.hidden = name !== open;
    for (const tab of node.querySelectorAll("[role=tab]")) {
      tab.setAttribute("aria-selected", String(tab.dataset.view === open));
      tab.tabIndex = tab.dataset.view === open ? 0 : -1;
    }
  }

  make(row, view) {
    const parts = [];
    const add = (parent, className, html) => {
      const part = document.createElement("div");
      part.className = className;
      part.innerHTML = html;
      parent.append(part);
      parts.push(part);
      return part;
    };
    if (view.head) add(row.node.querySelector("header"), "head", view.head);
    const box = add(row.node, `view view-${view.name}`, view.body);
    const shows = view.make(row.node, this.stage);
    const room = box.querySelector("[data-room]") ?? box;
    this.stage.watch(room);
    const made = { shows, parts, room, hidden: true }; // until it is laid out
    if (shows.hit) this.stage.listen(box, (event) => (made.hidden ? null : shows.hit(event, this.moment)));
    if (this.trace) shows.open(this.trace, this.theme);
    return made;
  }

  remove(row) {
    for (const { room } of row.made.values()) this.stage.unwatch(room);
    row.node.remove();
  }

  *seen() {
    for (const { open, made } of this.rows) {
      const view = made.get(open);
      if (view) yield view;
    }
  }

  open(trace, theme) {
    this.trace = trace;
    this.theme = theme;
    for (const { made } of this.rows) for (const { shows } of made.values()) shows.open(trace, theme);
  }

  lay(em) {
    for (const view of this.seen()) {
      const { width, height } = this.stage.measure(view.room);
      view.hidden = !width || !height; // on a projector one thing is seen at a time
      if (!view.hidden) view.shows.lay?.(em, width, height);
    }
  }

  paint(moment) {
    this.moment = moment;
    for (const { shows, hidden } of this.seen()) if (!hidden) shows.paint(moment);
  }
}

function headOf(name) {
  const head = document.createElement("header");
  const title = document.createElement("h3");
  title.textContent = titleOf(name);
  head.append(title);
  return head;
}
