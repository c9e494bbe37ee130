// The conveyor as SVG, for up to about a hundred things: every token keeps its node from its line of text to its end.
import { markPlace, meterBox, tileText } from "./lettering.js";
import { badgeOf } from "./segments.js";
import { bendOf, countOf, groundOf } from "./signs.js";

/** @import { Layout, Painter } from "./types.d.ts" */

const SVG = "http://www.w3.org/2000/svg";
const UNIT = 10; // positions are written to a tenth of a pixel

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {Element | null} parent
 */
function element(name, attributes = {}, parent = null) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  parent?.append(node);
  return node;
}

const tenth = (value) => Math.round(value * UNIT) / UNIT;
const half = (value) => Math.round(value * 2) / 2; // of meters, many of which change in every frame, by next to nothing
const hundredth = (value) => Math.round(value * 100) / 100; // of opacities: a screen has hardly more

/** Write an attribute only when it changed: most of a frame is unchanged. */
function write(node, name, value) {
  const text = String(value);
  const known = (node.written ??= {});
  if (known[name] === text) return;
  known[name] = text;
  node.setAttribute(name, text);
}

function box(node, x, y, w, h, radius) {
  for (const [name, value] of Object.entries({ x, y, width: w, height: h, rx: radius })) write(node, name, tenth(value));
}

/** A rectangle that stays as it is. */
function framed(parent, className, { x, y, w, h, radius }) {
  element("rect", { class: className, x, y, width: w, height: h, rx: radius }, parent);
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Whether two sprites look the same: each frame makes new ones, most of them as they were. */
function isSame(before, sprite) {
  for (const name in sprite) if (before[name] !== sprite[name]) return false;
  return true;
}

class Tile {
  constructor(sprite) {
    this.node = element("g");
    this.node.setAttribute(
      sprite.ghost ? "data-query" : sprite.id >= 0 ? "data-token" : "data-slot",
      String(sprite.id),
    );
    this.back = element("rect", { class: "back" }, this.node);
    this.edge = element("rect", { class: "edge" }, this.node);
    this.label = element("text", { class: "word" }, this.node);
    this.sub = element("text", { class: "sub" }, this.node);
    this.meter = element("rect", { class: "meter", height: 3, rx: 1.5 }, this.node);
    this.mark = element("circle", { r: 2.25 }, this.node);
  }

  paint(sprite, layout, theme, lit, chosen) {
    const last = this.painted;
    if (last && last.layout === layout && last.theme === theme && last.lit === lit && last.chosen === chosen)
      if (isSame(last.sprite, sprite)) return;
    this.painted = { sprite, layout, theme, lit, chosen };
    if (sprite.ghost) write(this.node, "data-query", sprite.id);
    const { w, h, role } = sprite;
    const names = ["tile", `is-${role}`];
    if (sprite.query) names.push("is-query");
    if (sprite.ghost) names.push("is-ghost");
    if (lit) names.push("is-lit");
    if (chosen) names.push(`is-${chosen}`);
    write(this.node, "class", names.join(" "));
    write(this.node, "transform", `translate(${tenth(sprite.x)} ${tenth(sprite.y)})`);
    write(this.node, "opacity", hundredth(sprite.opacity));
    const radius = role === "summary" ? h / 2 : Math.min(6, h * 0.22, w * 0.3);
    this.box(this.back, 0, w, h, radius);
    const inset = w > 14 && h > 14 ? 3 : 1.5;
    this.box(this.edge, inset, w, h, Math.max(1, radius - inset));
    write(this.edge, "visibility", role === "compressed" && w > 7 ? "visible" : "hidden");
    this.letters(sprite, layout, theme);
    this.bar(sprite);
    write(this.mark, "visibility", sprite.mark && w > 10 ? "visible" : "hidden");
    write(this.mark, "class", `mark is-${sprite.mark}`);
    const { x, y } = markPlace(sprite);
    write(this.mark, "cx", tenth(x));
    write(this.mark, "cy", tenth(y));
  }

  box(node, inset, w, h, radius) {
    write(node, "x", inset);
    write(node, "y", inset);
    write(node, "width", tenth(Math.max(0, w - 2 * inset)));
    write(node, "height", tenth(Math.max(0, h - 2 * inset)));
    write(node, "rx", tenth(radius));
  }

  letters(sprite, layout, theme) {
    const mark = `${sprite.label}|${sprite.name}|${sprite.sub}|${sprite.zone}|${tenth(sprite.w)}|${tenth(sprite.h)}|${sprite.role}|${sprite.query}|${layout.em}|${theme.font}`;
    if (mark === this.lettered) return;
    this.lettered = mark;
    // Laid out for the size as drawn: a finer one would leave a trace of where the tile came from.
    const text = tileText({ ...sprite, w: tenth(sprite.w), h: tenth(sprite.h) }, layout, theme.font);
    say(this.label, text ? text.label.text : "");
    say(this.sub, text?.sub ? text.sub.text : "");
    write(this.label, "x", tenth(sprite.w / 2));
    write(this.label, "y", tenth(text?.labelY ?? 0));
    write(this.label, "font-size", text?.label.size ?? 0); // also where there is none: a picture has no past
    write(this.sub, "class", text?.sub?.word ? "sub is-word" : "sub");
    write(this.sub, "x", tenth(sprite.w / 2));
    write(this.sub, "y", tenth(text?.subY ?? 0));
    write(this.sub, "font-size", text?.sub?.size ?? 0);
  }

  bar(sprite) {
    const { x, y, width, height, least } = meterBox(sprite);
    write(this.meter, "visibility", width * sprite.meter > least ? "visible" : "hidden");
    write(this.meter, "x", x);
    write(this.meter, "y", tenth(y));
    write(this.meter, "height", height);
    write(this.meter, "width", half(Math.max(0, width * sprite.meter)));
  }
}

/**
 * Draws scenes into an <svg>.
 * @param {SVGSVGElement} svg
 * @returns {Painter}
 */
export function makeSvgPainter(svg) {
  /** @type {Layout} */
  let layout;
  const ground = element("g", { class: "ground" });
  const resting = element("g", { class: "resting" });
  const segments = element("g", { class: "segments" });
  const arcs = element("g", { class: "arcs" });
  const moving = element("g", { class: "moving" });
  const tiles = new Map();
  const links = [];
  const counters = new Map();

  function definePattern() {
    const defs = element("defs", {}, svg);
    const pattern = element(
      "pattern",
      { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      defs,
    );
    element("rect", { width: 2, height: 6, class: "hatching" }, pattern);
  }

  function lay(next) {
    layout = next;
    svg.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
    ground.replaceChildren();
    counters.clear();
    for (const band of layout.bands) paintBand(band);
  }

  function paintBand(band) {
    const { title, count, gloss, frame, places } = groundOf(layout, band);
    const g = element("g", { class: `band is-${band.role ?? band.key}`, "data-band": band.key }, ground);
    if (frame) framed(g, frame.dashed ? "hopper" : "place", frame);
    for (const place of places) framed(g, "place", place);
    const named = element("text", { class: "lane-title", x: title.x, y: title.y, "font-size": title.size }, g);
    named.textContent = title.text;
    if (title.note) element("title", {}, named).textContent = title.note;
    const counter = element("text", { class: "lane-count", x: count.x, y: count.y, "font-size": count.size }, g);
    if (count.ends) counter.setAttribute("text-anchor", "end");
    counters.set(band, counter);
    for (const { text, x, y, size } of gloss)
      element("text", { class: "lane-gloss", x, y, "font-size": size }, g).textContent = text;
  }

  function paintCounts(moment, trace) {
    for (const [band, node] of counters) {
      const { text, over } = countOf(trace, band, moment);
      say(node, text);
      write(node, "class", over ? "lane-count is-over" : "lane-count");
    }
  }

  function paintArcs(list) {
    while (links.length < list.length) links.push(element("path", { class: "arc" }, arcs));
    while (links.length > list.length) links.pop().remove();
    links.forEach((path, i) => {
      const arc = list[i];
      const [from, ...bent] = bendOf(arc).map((point) => point.map(tenth).join(" "));
      write(path, "d", `M${from}C${bent.join(" ")}`);
      write(path, "stroke-width", tenth(arc.width));
      write(path, "stroke-opacity", hundredth(arc.opacity));
    });
  }

  function paintSegments(list) {
    for (const node of [...segments.children].slice(list.length)) node.remove();
    list.forEach((frame, i) => {
      const g = segments.children[i] ?? element("g", {}, segments);
      if (!g.firstChild) for (const name of ["rect", "rect", "text"]) element(name, {}, g);
      const [edge, ground, text] = g.children;
      write(g, "class", frame.lost ? "segment is-lost" : "segment");
      write(g, "opacity", Math.round(frame.opacity * 1000) / 1000);
      box(edge, frame.x, frame.y, frame.w, frame.h, 7);
      const badge = badgeOf(frame, layout.em);
      box(ground, badge.x - badge.wide, badge.y - badge.half, 2 * badge.wide, 2 * badge.half, 4);
      write(ground, "visibility", frame.letter ? "inherit" : "hidden");
      say(text, frame.letter);
      write(text, "x", tenth(badge.x));
      write(text, "y", tenth(badge.y));
      write(text, "font-size", tenth(badge.size));
    });
  }

  function paintTiles(scene, theme, focus, chosen) {
    const wanted = [...scene.sprites.values()];
    if (scene.ghost) wanted.push(scene.ghost);
    const keys = new Set(wanted.map((sprite) => sprite.key));
    for (const [key, tile] of tiles)
      if (!keys.has(key)) {
        tile.node.remove();
        tiles.delete(key);
      }
    wanted.sort((a, b) => (a.key < b.key ? -1 : 1));
    const cursors = [resting, moving].map((layer) => ({ layer, next: layer.firstChild }));
    for (const sprite of wanted) {
      let tile = tiles.get(sprite.key);
      if (!tile) tiles.set(sprite.key, (tile = new Tile(sprite)));
      tile.paint(sprite, layout, theme, focus?.has(sprite), chosen?.(sprite));
      const cursor = cursors[sprite.moving ? 1 : 0];
      if (cursor.next === tile.node) cursor.next = tile.node.nextSibling;
      else {
        for (const other of cursors) if (other.next === tile.node) other.next = tile.node.nextSibling;
        cursor.layer.insertBefore(tile.node, cursor.next);
      }
    }
  }

  definePattern();
  svg.append(ground, arcs, resting, segments, moving); // what rests is tinted glass over the arcs
  return {
    lay,
    paint(scene, moment, trace, theme, focus, chosen) {
      paintCounts(moment, trace);
      paintTiles(scene, theme, focus, chosen);
      paintSegments(scene.segments);
      paintArcs(scene.arcs);
    },
  };
}
