// Pointer and keys: what is under the pointer, and what belongs to it everywhere else on the stage.
import { groupsOf } from "./groups.js";
import { describeSlot, focusOn, makeTooltip, spokenOf, spotOn } from "./inspect.js";
import { setLetters } from "./letters.js";
import { neighbour, rowsOfTiles } from "./roving.js";
import { keyAction } from "./transport.js";

/** @import { Focus, Slot } from "./types.d.ts" */

const ARROWS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);

export class Pointing {
  constructor(film) {
    this.film = film;
    this.tooltip = makeTooltip(film.parts.tip);
    /** @type {Focus | null} */
    this.focus = null;
    this.pinned = false;
    /** @type {Slot | null} */
    this.inspected = null; // id of the tile that the arrow keys have come to
    this.listenAtAll();
  }

  listenAtAll() {
    const { film } = this;
    const { parts, root } = film;
    for (const used of ["keydown", "blur", "pointerdown"])
      root.addEventListener(used, () => root.removeAttribute("data-waits"));
    root.addEventListener("keydown", (event) => {
      if (!this.press(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    parts["keys-close"].addEventListener("click", () => film.sheets.toggle("keys", false));
    parts["list-close"].addEventListener("click", () => film.sheets.toggle("list", false));
    parts.letters.addEventListener("change", () => setLetters(parts.letters.checked));
    parts["lost-button"].addEventListener("click", () => film.scene && film.sheets.lost());
    for (const overlay of [parts.keys, parts["list"]])
      overlay.addEventListener(
        "click",
        (event) => event.target === overlay && film.sheets.toggle(overlay.dataset.part, false),
      );
    this.listen(parts.conveyor, (event) => this.underConveyor(event));
  }

  /** Do what a key asks for; whether it asks for anything here. */
  press(event) {
    const { film } = this;
    if (film.questions.card.press(event)) return true;
    if (this.rove(event)) return true;
    const action = keyAction(event);
    if (!action || film.closed) return false;
    film.actions[action]();
    return true;
  }

  /** Begin to inspect: at what is pinned, else at the word that reads, else at the first tile. */
  inspect() {
    const { scene, moment, questions } = this.film;
    if (!scene || questions.card.asking) return;
    const first = rowsOfTiles(scene.sprites.values()).flat()[0];
    const at = [this.focus?.id, moment.k, first?.id].find((id) => scene.sprites.has(id));
    if (at !== undefined) this.inspectTile(at);
  }

  /** An arrow leads on while one inspects; whether it was one. */
  rove(event) {
    const { film } = this;
    const plain = !(event.shiftKey || event.ctrlKey || event.metaKey || event.altKey);
    if (this.inspected === null || !film.scene || !plain || !ARROWS.has(event.key) || film.sheets.open) return false;
    const { sprites } = film.scene;
    if (!sprites.has(this.inspected)) this.inspect();
    else this.inspectTile(neighbour(sprites.values(), this.inspected, event.key));
    return true;
  }

  inspectTile(id, aloud = true) {
    const { film } = this;
    const about = this.showTile(id);
    if (aloud) film.say(spokenOf(about));
    film.paint();
  }

  /** Its card beside it, and what belongs to it everywhere. */
  showTile(id) {
    const { film } = this;
    const { scene, root, parts } = film;
    const sprite = scene.sprites.get(id);
    const box = root.getBoundingClientRect();
    const tiles = parts.conveyor.getBoundingClientRect();
    this.inspected = id;
    this.pinned = true;
    const spot = spotOn(film.trace, film.moment, sprite);
    this.focus = focusOn(film.trace, spot);
    const about = describeSlot(film.trace, spot);
    const { byKey } = film.framing.layout;
    const close = byKey.get(sprite.zone).dense > 1 ? byKey.get("near") : null; // which shows its words
    const foot = close ? close.y + close.height : sprite.y + sprite.h;
    const x = tiles.left - box.left + sprite.x + sprite.w / 2;
    this.tooltip.show(about, x, tiles.top - box.top + foot, box);
    return about;
  }

  /** The stage has come to rest elsewhere: what is inspected is told of this moment, if it still stands there. */
  renew() {
    if (this.inspected === null) return;
    if (this.film.scene?.sprites.has(this.inspected)) this.showTile(this.inspected);
    else this.forget();
    this.film.paint();
  }

  /** Class of a tile that is inspected. */
  mark(sprite) {
    return sprite.id === this.inspected ? "inspected" : null;
  }

  /** Point at what `find` sees under the pointer in an element. */
  listen(node, find) {
    const { film } = this;
    const locate = (event) => (film.scene && !film.questions.card.asking ? find(event) : null);
    node.addEventListener("pointermove", (event) => this.hover(locate(event), event));
    node.addEventListener("pointerleave", () => this.hover(null));
    node.addEventListener("click", (event) => this.pin(locate(event), event));
  }

  underConveyor(event) {
    const { film } = this;
    const { left, top } = film.parts.conveyor.getBoundingClientRect();
    const x = event.clientX - left;
    const y = event.clientY - top;
    let found = null;
    for (const sprite of film.scene.sprites.values())
      if (
        x >= sprite.x &&
        x <= sprite.x + sprite.w &&
        y >= sprite.y &&
        y <= sprite.y + sprite.h &&
        (!found || sprite.moving)
      )
        found = sprite;
    if (!found) return null;
    const group = film.framing.onCanvas
      ? groupsOf(film.scene, film.framing.layout).find((one) => one.ids.includes(found.id))
      : null;
    return { ...spotOn(film.trace, film.moment, found), group };
  }

  hover(spot, event) {
    const { film } = this;
    if (this.pinned) return;
    if (!spot) {
      if (!this.focus) return;
      this.clear();
      return;
    }
    if (!film.scene) return;
    const moved = !this.focus || this.focus.id !== spot.id || this.focus.row !== spot.row;
    this.focus = focusOn(film.trace, spot);
    const box = film.root.getBoundingClientRect();
    this.tooltip.show(
      describeSlot(film.trace, spot),
      event.clientX - box.left,
      event.clientY - box.top,
      { width: box.width, height: box.height },
    );
    if (moved) film.paint();
  }

  pin(spot, event) {
    const { film } = this;
    if (spot?.group) return film.sheets.group(spot.group);
    if (!spot || (this.pinned && this.focus?.id === spot.id)) return this.clear();
    this.pinned = false;
    this.hover(spot, event);
    this.pinned = true;
    return undefined;
  }

  forget() {
    this.pinned = false;
    this.inspected = null;
    this.focus = null;
    this.tooltip.hide();
  }

  clear() {
    this.forget();
    this.film.paint();
  }
}
