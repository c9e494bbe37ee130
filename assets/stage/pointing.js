// Pointer and keys: what is under the pointer, and what belongs to it everywhere else on the stage.
import { groupsOf } from "./conveyor-canvas.js";
import { describeSlot, focusOn, makeTooltip } from "./inspect.js";
import { keyAction } from "./transport.js";

export class Pointing {
  constructor(film) {
    this.film = film;
    this.tooltip = makeTooltip(film.parts.tip);
    this.focus = null;
    this.pinned = false;
    this.listenAtAll();
  }

  listenAtAll() {
    const { film } = this;
    const { parts, root } = film;
    root.addEventListener("keydown", (event) => {
      if (!this.press(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    parts["keys-close"].addEventListener("click", () => film.sheets.toggle("keys", false));
    parts["list-close"].addEventListener("click", () => film.sheets.toggle("list", false));
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
    if (film.prediction.press(event)) return true;
    const action = film.trace && keyAction(event);
    if (!action) return false;
    film.actions()[action]();
    return true;
  }

  /** Point at what `find` sees under the pointer in an element. */
  listen(node, find) {
    const { film } = this;
    const locate = (event) => (film.scene && !film.prediction.asking ? find(event) : null);
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
    return { id: found.id, k: film.scene.k, role: found.role, row: null, group };
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
    this.focus = focusOn(film.trace, spot.k, spot.id, spot.row);
    const box = film.root.getBoundingClientRect();
    this.tooltip.show(
      describeSlot(film.trace, spot.k, spot.id, spot.role, spot.position),
      event.clientX - box.left,
      event.clientY - box.top,
      { width: box.width, height: box.height },
    );
    if (moved) film.paint();
  }

  pin(spot, event) {
    const { film } = this;
    if (spot?.group) return film.sheets.group(spot.group);
    if (!spot || (this.pinned && this.focus.id === spot.id)) return this.clear();
    this.pinned = false;
    this.hover(spot, event);
    this.pinned = true;
    return undefined;
  }

  forget() {
    this.pinned = false;
    this.focus = null;
    this.tooltip.hide();
  }

  clear() {
    const { film } = this;
    this.forget();
    if (film.trace) film.paint();
  }
}
