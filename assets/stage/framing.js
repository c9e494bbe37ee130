// How large everything is: the stage in its page, the conveyor in the stage, the panels beside it.
import { makeCanvasPainter } from "./conveyor-canvas.js";
import { makeSvgPainter } from "./conveyor-svg.js";
import { isNarrow, layOut } from "./geometry.js";

/** @import { Layout } from "./types.d.ts" */

const MOST_SVG = 100; // things; above, canvas keeps 60 frames a second where SVG does not
const STACKED_BELOW = 640;
const SHORT_BELOW = 480; // pixels of a window in which the bar under the tiles has one line only
const STACKED_LEAST = 15; // em of the tiles, however low the window
const STACKED_GOOD = 24; // em of the tiles that are worth having Play on the screen before one scrolls
const HEADED = 30; // em that the tiles ask for where titles stand above them
const STACKED_MARGIN = 8; // pixels of the window above the tiles and below Play
const PRESENTED = { tiles: 25, beside: 23, half: 19 }; // pixels of an em on a projector: tiles alone, with panels, two stages
const PRESENTED_LEAST = 24; // pixels of a word in a tile that is seen alone
const HALF = 0.6; // of the window: a narrower stage on a projector has another one beside it
const PRESENTED_MARGIN = 8; // pixels of the window below the stage
const SLIM = 1100; // pixels; beside the numbers of a narrower stage on a projector there is no room for a sentence
const THIN = 640; // pixels; of two stages beside each other on a small projector
const LOW = 24; // em; a lower stage on a projector has no room for large questions
const MOST_ABOVE = 0.4; // of the window, that may stand above the stage; beyond that it is scrolled to

export class Framing {
  constructor(film) {
    const { root, parts } = film;
    this.film = film;
    this.root = root;
    this.parts = parts;
    this.painters = { svg: makeSvgPainter(parts.svg), canvas: makeCanvasPainter(parts.canvas) };
    this.painter = this.painters.svg;
    /** @type {Layout | null} */
    this.layout = null; // of the conveyor
    this.onCanvas = false;
    this.rows = 4; // of the softmax table
    this.turned = 0; // of the looks, on a projector
    this.boxes = new Map();
    this.sizes = new ResizeObserver(() => this.resize());
    for (const node of [root, parts.conveyor]) this.watch(node);
    this.high = window.innerHeight; // remembered, for asking has the browser lay out the page at once
    this.windowResized = () => {
      this.high = window.innerHeight;
      this.resize(); // full screen: the window gets higher, and no part of it wider
    };
    window.addEventListener("resize", this.windowResized);
  }

  /** What is seen on a projector: the tiles, one panel, or all, as always while a question is open; "" on a page. */
  get look() {
    const { presenting, questions, panels } = this.film;
    if (!presenting) return "";
    const { shown } = panels;
    const looks = ["tiles", ...shown.map((_, panel) => `panel-${panel + 1}`), ...(shown.length ? ["all"] : [])];
    return questions.card.asking ? "all" : looks[this.turned % looks.length];
  }

  turn() {
    if (!this.film.presenting) return;
    this.turned += 1;
    this.resize(true);
  }

  watch(node) {
    this.sizes.observe(node);
  }

  unwatch(node) {
    this.sizes.unobserve(node);
    this.boxes.delete(node);
  }

  /** Whole pixels of an element, remembered until one is resized: asking makes the browser lay out the page at once. */
  box(node) {
    let box = this.boxes.get(node);
    if (!box) {
      const { width, height } = node.getBoundingClientRect();
      box = { width: Math.floor(width), height: Math.floor(height) };
      this.boxes.set(node, box);
    }
    return box;
  }

  /** Lay everything out anew where a part has another size than when that was done last, or the look has changed. */
  resize(force = false) {
    const { film } = this;
    const laid = this.boxes;
    this.boxes = new Map();
    if (film.closed || !this.box(this.root).width) return;
    const same = [...laid].every(([node, { width, height }]) => {
      const now = this.box(node);
      return now.width === width && now.height === height;
    });
    if (same && laid.size && this.layout && this.shape().same && !force) return;
    this.lay();
    film.paint();
    film.questions.place();
  }

  /** Give everything its place; what is drawn there comes with the next paint. */
  lay() {
    if (!this.box(this.root).width) return;
    const { em } = this.shape();
    const { film, parts, root } = this;
    const { width, height } = this.box(parts.conveyor);
    const headed = root.classList.contains("is-stacked") && isNarrow(film.trace, width, em);
    const layout = layOut(film.trace, film.reel.need, width, height, em, headed);
    layout.gloss = this.look ? {} : film.gloss; // an audience is told by who speaks
    layout.least = this.look === "tiles" && width > HALF * window.innerWidth ? PRESENTED_LEAST : 0;
    this.layout = layout;
    this.onCanvas = layout.entities > MOST_SVG || layout.bands.some((band) => band.dense > 1);
    parts.svg.toggleAttribute("hidden", this.onCanvas);
    parts.canvas.toggleAttribute("hidden", !this.onCanvas);
    this.painter = this.onCanvas ? this.painters.canvas : this.painters.svg;
    if (this.onCanvas) {
      parts.canvas.style.width = `${layout.width}px`;
      parts.canvas.style.height = `${layout.height}px`;
    }
    this.painter.lay(layout);
    this.placeLostButton(layout.byKey.get("lost"));
    film.panels.lay(em);
  }

  /**
   * Size and proportions of the stage itself: {em, same}, the base size of its type, and whether nothing had to change.
   * Another trace on a stage of the same shape changes nothing here.
   */
  shape() {
    const { root, parts, film } = this;
    const { width } = this.box(root);
    const { look } = this;
    const half = look !== "" && width < HALF * window.innerWidth;
    const stacked = width < STACKED_BELOW && !half;
    const { shown } = film.panels;
    const { em, height } = look ? presented(look, root, half) : inPage(width, stacked, this.high);
    const low = stacked ? document.documentElement.clientHeight : 0; // innerHeight follows the address bar of a phone
    const shape = [width, height, em, stacked, low, look, film.trace.columns, ...shown].join(" ");
    if (shape === this.shaped) return { em, same: true };
    this.shaped = shape;
    root.style.fontSize = `${em}px`;
    root.style.height = height ? `${height}px` : "";
    root.classList.toggle("is-stacked", stacked);
    root.classList.toggle("is-short", stacked && low < SHORT_BELOW);
    root.classList.toggle("is-plain", !shown.length);
    root.classList.toggle("is-presenting", Boolean(look));
    root.classList.toggle("is-slim", look !== "" && width < SLIM);
    root.classList.toggle("is-thin", look !== "" && width < THIN);
    root.classList.toggle("is-low", look !== "" && (height ?? 0) < LOW * em);
    root.dataset.look = look;
    root.dataset.views = shown.join(" ");
    this.arrange();
    this.spare(Boolean(look) || (stacked && low < SHORT_BELOW));
    this.rows = rowsOf(look, stacked || (height ?? 0) > 42 * em);
    root.style.setProperty("--rows", String(this.rows));
    parts.conveyor.style.height = "";
    if (stacked) {
      const bar = parts.play.getBoundingClientRect().bottom - parts.conveyor.getBoundingClientRect().bottom;
      const wanted = Math.max(
        width * (shown.length ? 0.82 : 0.58),
        isNarrow(film.trace, width, em) ? HEADED * em : 0,
      );
      const window = low - bar - STACKED_MARGIN; // once it is scrolled to the top
      const unscrolled = window - offsetOnPage(root);
      const most = unscrolled < STACKED_GOOD * em ? Math.max(STACKED_LEAST * em, window) : unscrolled;
      parts.conveyor.style.height = `${Math.round(Math.min(wanted, most))}px`;
    }
    this.boxes.clear();
    return { em, same: false };
  }

  /** Elements in the order in which they are seen: what is beside the tiles comes, in one column, below Play. */
  arrange(asking = this.film.questions.card.asking) {
    const { picture, transport, side } = this.parts;
    const below = this.root.classList.contains("is-stacked") && !asking; // a question stands below the tiles
    const place = below ? this.root : picture;
    if (side.parentElement === place) return;
    if (below) transport.after(side);
    else picture.append(side);
  }

  /** Buttons for which the bar has no room stand on the sheet of keys. */
  spare(tight) {
    const { whole, copy, asking, help, spare } = this.parts;
    if (spare.contains(whole) === tight) return;
    if (tight) spare.append(whole, copy);
    else {
      asking.before(whole);
      help.before(copy);
    }
  }

  placeLostButton(band) {
    const button = this.parts["lost-button"];
    button.hidden = !band;
    if (band)
      Object.assign(button.style, {
        left: "0px",
        top: `${band.y}px`,
        width: `${band.x + band.width}px`,
        height: `${band.pitchY}px`,
      });
  }

  close() {
    this.sizes.disconnect();
    window.removeEventListener("resize", this.windowResized);
  }
}

/** Where an element begins, however far what it stands in was scrolled. */
function offsetOnPage(node) {
  let offset = node.getBoundingClientRect().top;
  for (let around = node; around; around = around.parentElement ?? around.getRootNode().host)
    offset += around.scrollTop;
  return offset;
}

/** Rows of the softmax table: many where it has the screen to itself. */
const rowsOf = (look, roomy) => (look.startsWith("panel") ? 9 : roomy ? 5 : 4);

/** Base size of the type, and height, of a stage among the other things of a page. */
function inPage(width, stacked, high) {
  const em = Math.min(20, Math.max(11.5, width / 70)) * (stacked ? 1.04 : 1);
  const roomy = Math.min(0.5714 * width, Math.max(440, high * 0.86));
  return { em, height: stacked ? null : Math.round(Math.max(Math.min(roomy, 860), 35 * em)) };
}

/** The same of a stage that has the screen to itself. */
function presented(look, root, half) {
  const above = root.getBoundingClientRect().top + window.scrollY; // of the page, where it begins
  return {
    em: half ? PRESENTED.half : look === "tiles" ? PRESENTED.tiles : PRESENTED.beside,
    height: Math.floor(window.innerHeight - Math.min(Math.max(0, above), MOST_ABOVE * window.innerHeight) - PRESENTED_MARGIN),
  };
}
