// The same conveyor on a canvas, for traces with more things than SVG moves fluently. Same scene, same look.
import { closeUp } from "./closeup.js";
import { groupsOf } from "./groups.js";
import { fitText, markPlace, meterBox, tileText } from "./lettering.js";
import { penOf } from "./pen.js";
import { badgeOf } from "./segments.js";
import { bendOf, countOf, groundOf } from "./signs.js";
import { isolated } from "./text.js";

/** @import { Layout, Painter, Theme } from "./types.d.ts" */

const IDLE = 0.3; // opacity of what cannot be chosen, as in the style sheet
const CELL_FOR_WORDS = 2; // em
const CELL_TYPE = 0.72; // of an em
const TITLE_SPACING = 0.055; // of its size, between the letters of a title, as in the style sheet
const DARK = 0.6; // part of the weight axis from which a cell is too dark for the page's ink

function roundedRect(pen, x, y, w, h, radius) {
  pen.beginPath();
  pen.roundRect(x, y, Math.max(0, w), Math.max(0, h), Math.max(0, Math.min(radius, w / 2, h / 2)));
}

function hatching(pen, theme) {
  const size = 6;
  const cell = document.createElement("canvas");
  cell.width = cell.height = size;
  const brush = penOf(cell);
  brush.strokeStyle = theme.hatch;
  brush.lineWidth = 1.6;
  brush.beginPath();
  for (const shift of [-size, 0, size]) {
    brush.moveTo(shift, size);
    brush.lineTo(shift + size, 0);
  }
  brush.stroke();
  return pen.createPattern(cell, "repeat");
}

/** Whether an arc may run behind a tile. */
const runsBehind = ({ x1, x2, y1, y2 }, { x, y, w, h }) =>
  Math.min(x1, x2) < x + w && Math.max(x1, x2) > x && y2 < y + h && y1 > y;

/**
 * Draws scenes into a <canvas>.
 * @param {HTMLCanvasElement} canvas
 * @returns {Painter}
 */
export function makeCanvasPainter(canvas) {
  const pen = penOf(canvas);
  /** @type {Layout} */
  let layout;
  const grounds = new Map(); // band → what stays of it
  let hatch = null;
  let hatchOf = null;
  let arcs = []; // of the picture

  function lay(next) {
    layout = next;
    grounds.clear();
    for (const band of layout.bands) grounds.set(band, groundOf(layout, band));
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    canvas.width = Math.round(layout.width * ratio);
    canvas.height = Math.round(layout.height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {number} size
   * @param {number} weight
   * @param {string} colour
   * @param {Theme} theme
   * @param {CanvasTextAlign} align
   * @param {string | null} halo
   */
  function write(text, x, y, size, weight, colour, theme, align = "center", halo = null) {
    pen.font = `${weight} ${size}px ${theme.font}`;
    pen.fillStyle = colour;
    pen.textAlign = align;
    pen.textBaseline = "middle";
    if (halo) {
      pen.strokeStyle = halo;
      pen.lineWidth = 3;
      pen.lineJoin = "round";
      pen.strokeText(isolated(text), x, y);
    }
    pen.fillText(isolated(text), x, y); // in its own direction
  }

  /** Whether the cells of a dense lane are large enough for a word. */
  const hasWords = (band) => band && band.pitchX >= CELL_FOR_WORDS * layout.em && band.pitchY >= layout.em;

  function paintBand(band, moment, trace, theme) {
    const { title, count, gloss, frame, places } = grounds.get(band);
    pen.lineWidth = 1;
    pen.strokeStyle = frame?.dashed ? theme.line : theme.hair;
    if (frame) {
      roundedRect(pen, frame.x, frame.y, frame.w, frame.h, frame.radius);
      pen.setLineDash(frame.dashed ? [4, 4] : []);
      pen.stroke();
      pen.setLineDash([]);
    }
    for (const { x, y, w, h, radius } of places.slice(band.dense > 1 ? moment.counts[band.key] : 0)) {
      roundedRect(pen, x, y, w, h, radius);
      pen.stroke();
    }
    pen.letterSpacing = `${TITLE_SPACING * title.size}px`;
    write(title.text.toUpperCase(), title.x, title.y, title.size, 650, theme.muted, theme, "left");
    pen.letterSpacing = "0px";
    const { text, over } = countOf(trace, band, moment);
    const ink = over ? theme.accent : theme.ink;
    write(text, count.x, count.y, count.size, over ? 700 : 500, ink, theme, count.ends ? "right" : "left");
    for (const line of gloss) write(line.text, line.x, line.y, line.size, 400, theme.muted, theme, "left");
  }

  /** Slots of dense lanes in runs, each framed and named as one: "k33–40". */
  function paintGroups(scene, theme) {
    for (const group of groupsOf(scene, layout)) {
      const { x, y, w, h, role, name } = group;
      const colours = theme.roles[role];
      pen.strokeStyle = colours.edge;
      pen.lineWidth = 1;
      roundedRect(pen, x - 0.5, y - 0.5, w + 1, h + 1, 4);
      pen.stroke();
      if (h < 0.85 * layout.em || hasWords(group.band)) continue;
      const text = fitText(name, w - 6, 0.78 * layout.em, 600, theme.font, 1);
      write(text.text, x + 4, y + h / 2 + 0.5, text.size, 600, theme.ink, theme, "left");
    }
  }

  /** One slot of a dense lane: a cell as dark as its weight. */
  function paintCell(sprite, theme, lit) {
    const { x, y, w, h, role } = sprite;
    const colours = theme.roles[role] ?? theme.roles.recent;
    pen.globalAlpha = sprite.opacity * theme.tint;
    pen.fillStyle = colours.hue;
    pen.fillRect(x, y, w, h);
    pen.globalAlpha = sprite.opacity * sprite.meter;
    pen.fillStyle = theme.accent;
    pen.fillRect(x, y, w, h);
    pen.globalAlpha = 1;
    if (hasWords(layout.byKey.get(sprite.zone))) {
      const fitted = (text) => fitText(text, w - 4, CELL_TYPE * layout.em, 500, theme.font);
      const label = fitted(sprite.label);
      const word = sprite.id >= 0 || label.text === sprite.label ? label : fitted(sprite.name); // no range cut short
      const ink = sprite.meter > DARK ? theme.roles.current.on : theme.ink;
      write(word.text, x + w / 2, y + h / 2 + 0.5, word.size, 500, ink, theme);
    }
    if (!lit) return;
    pen.strokeStyle = theme.ink;
    pen.lineWidth = 2;
    pen.strokeRect(x, y, w, h);
  }

  function paintTile(sprite, theme, lit, chosen) {
    const { x, y, w, h, role } = sprite;
    if (!sprite.moving && (layout.byKey.get(sprite.zone)?.dense ?? 1) > 1) {
      paintCell(sprite, theme, lit || (chosen && chosen !== "idle"));
      return;
    }
    const upcoming = role === "upcoming";
    const lost = role === "lost";
    const colours = theme.roles[role] ?? theme.roles.recent;
    const radius = role === "summary" ? h / 2 : Math.min(6, h * 0.22, w * 0.3);
    const idle = chosen === "idle";
    const alpha = sprite.opacity * (idle ? IDLE : 1);
    pen.globalAlpha = alpha;
    if (!upcoming) {
      roundedRect(pen, x, y, w, h, radius);
      const glass = !lost && !sprite.query && !sprite.moving; // the arcs behind it shine through
      pen.fillStyle = lost ? theme.page : sprite.query || glass ? colours.hue : colours.fill;
      pen.globalAlpha = alpha * (glass ? theme.tint : 1);
      pen.fill();
      pen.globalAlpha = alpha;
      if (lost) {
        pen.fillStyle = hatch;
        pen.fill();
      }
      pen.lineWidth = lit || (chosen && !idle) ? 2.5 : role === "current" ? 1.75 : 1;
      pen.strokeStyle = chosen && !idle
        ? theme.accent
        : lit
          ? theme.ink
          : lost
            ? theme.lost
            : w < 9
              ? colours.fill
              : colours.edge;
      if (chosen === "missed") pen.setLineDash([5, 3]);
      pen.stroke();
      pen.setLineDash([]);
      if (role === "compressed" && w > 14) {
        roundedRect(pen, x + 3, y + 3, w - 6, h - 6, Math.max(1, radius - 3));
        pen.lineWidth = 1;
        pen.strokeStyle = colours.edge;
        pen.stroke();
      }
    }
    const meter = meterBox(sprite);
    if (meter.width * sprite.meter > meter.least) {
      roundedRect(pen, x + meter.x, y + meter.y, meter.width * sprite.meter, meter.height, 1.5);
      pen.fillStyle = sprite.query ? colours.on : theme.accent;
      pen.fill();
    }
    const text = tileText(sprite, layout, theme.font);
    if (text) {
      const colour = sprite.query ? colours.on : upcoming || lost ? theme.muted : theme.ink;
      const halo = arcs.some((arc) => runsBehind(arc, sprite)) ? (sprite.query ? colours.hue : colours.fill) : null;
      write(text.label.text, x + w / 2, y + text.labelY, text.label.size, text.weight, colour, theme, "center", halo);
      if (text.sub)
        write(
          text.sub.text,
          x + w / 2,
          y + text.subY,
          text.sub.size,
          text.sub.word ? text.weight : 400,
          sprite.query ? colours.on : text.sub.word ? theme.ink : theme.muted,
          theme,
          "center",
          halo,
        );
      if (lost) {
        pen.fillStyle = theme.muted;
        pen.fillRect(x + 5, y + h / 2, w - 10, 1);
      }
    }
    if (sprite.mark && w > 10) {
      const mark = markPlace(sprite);
      pen.beginPath();
      pen.arc(x + mark.x, y + mark.y, 2.25, 0, 7);
      pen.lineWidth = 1.25;
      pen.fillStyle = pen.strokeStyle = sprite.query ? colours.on : theme.ink;
      if (sprite.mark === "question") pen.stroke();
      else pen.fill();
    }
    pen.globalAlpha = 1;
  }

  /** The row of the close-up, and a frame around the cells that it shows. */
  function paintCloseUp(scene, theme, focus) {
    const close = closeUp(scene, layout, focus);
    if (!close) return;
    for (const tile of close.tiles) paintTile(tile, theme, tile.id === close.centre, null);
    pen.strokeStyle = theme.ink;
    pen.lineWidth = 1.5;
    for (const y of new Set(close.cells.map((cell) => cell.y))) {
      const row = close.cells.filter((cell) => cell.y === y);
      const { x, w, h } = row[row.length - 1];
      roundedRect(pen, row[0].x - 1.5, y - 1.5, x + w - row[0].x + 3, h + 3, 4);
      pen.stroke();
    }
  }

  function paintSegment(frame, theme) {
    const colour = frame.lost ? theme.lost : theme.ink;
    pen.globalAlpha = frame.opacity;
    pen.lineWidth = 1.5;
    pen.strokeStyle = colour;
    roundedRect(pen, frame.x, frame.y, frame.w, frame.h, 7);
    pen.stroke();
    if (frame.letter) {
      const badge = badgeOf(frame, layout.em);
      roundedRect(pen, badge.x - badge.wide, badge.y - badge.half, 2 * badge.wide, 2 * badge.half, 4);
      pen.fillStyle = theme.page;
      pen.fill();
      pen.stroke();
      write(frame.letter, badge.x, badge.y, badge.size, 700, frame.lost ? theme.muted : theme.ink, theme);
    }
    pen.globalAlpha = 1;
  }

  function paintArc(arc, theme) {
    pen.globalAlpha = arc.opacity;
    pen.strokeStyle = theme.accent;
    pen.lineWidth = arc.width;
    pen.lineCap = "round";
    pen.beginPath();
    const [from, bent, bentBack, to] = bendOf(arc);
    pen.moveTo(...from);
    pen.bezierCurveTo(...bent, ...bentBack, ...to);
    pen.stroke();
    pen.globalAlpha = 1;
  }

  return {
    lay,
    paint(scene, moment, trace, theme, focus, chosen) {
      if (hatchOf !== theme) {
        hatch = hatching(pen, theme);
        hatchOf = theme;
      }
      pen.clearRect(0, 0, layout.width, layout.height);
      arcs = scene.arcs;
      pen.lineCap = "butt"; // what one picture sets must not reach into the next
      for (const band of layout.bands) paintBand(band, moment, trace, theme);
      for (const arc of scene.arcs) paintArc(arc, theme);
      const sprites = [...scene.sprites.values(), ...(scene.ghost ? [scene.ghost] : [])];
      for (const sprite of sprites)
        if (!sprite.moving) paintTile(sprite, theme, focus?.has(sprite), chosen?.(sprite));
      paintGroups(scene, theme);
      paintCloseUp(scene, theme, focus);
      for (const frame of scene.segments) paintSegment(frame, theme);
      for (const sprite of sprites)
        if (sprite.moving) paintTile(sprite, theme, focus?.has(sprite), chosen?.(sprite));
    },
  };
}
