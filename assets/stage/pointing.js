// Pointer and keys: what is under the pointer, and what belongs to it everywhere else on the stage.
import { groupsOf } from "./conveyor-canvas.js";
import { slotAt } from "./heatmap.js";
import { describeSlot, focusOn, makeTooltip } from "./inspect.js";
import { keyAction } from "./transport.js";

export class Pointing {
  constructor(film) {
    this.film = film;
    this.tooltip = makeTooltip(film.parts.tip);
    this.focus = null;
    this.pinned = false;
    this.listen();
  }

  listen() {
    const { film } = this;
    const { parts, root } = film;
    const act = film.actions();
    root.addEventListener("keydown", (event) => {
      const action = film.trace && keyAction(event);
      if (!action || (film.prediction.asking && ["toggle"].includes(action))) return;
      event.preventDefault();
      event.stopPropagation();
      act[action]();
    });
    parts["keys-close"].addEventListener("click", () => film.sheets.toggle("keys", false));
    parts["list-close"].addEventListener("click", () => film.sheets.toggle("list", false));
    parts["lost-button"].addEventListener("click", () => film.scene && film.sheets.lost());
    for (const overlay of [parts.keys, parts["list"]])
      overlay.addEventListener(
        "click",
        (event) => event.target === overlay && film.sheets.toggle(overlay.dataset.part, false),
      );
    const spots = [
      [parts.conveyor, (x, y) => this.underConveyor(x, y)],
      [parts["heat-box"], (x, y) => this.underHeat(x, y)],
      [parts["bars-box"], (x) => this.underBars(x)],
      [parts.rows, (_x, _y, event) => this.underRow(event)],
    ];
    for (const [node, find] of spots) {
      const locate = (event) => {
        if (!film.scene || film.prediction.asking) return null;
        const box = node.getBoundingClientRect();
        return find(event.clientX - box.left, event.clientY - box.top, event);
      };
      node.addEventListener("pointermove", (event) => this.hover(locate(event), event));
      node.addEventListener("pointerleave", () => this.hover(null));
      node.addEventListener("click", (event) => this.pin(locate(event), event));
    }
  }

  underConveyor(x, y) {
    const { film } = this;
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
    const group = film.onCanvas
      ? groupsOf(film.scene, film.layout).find((one) => one.ids.includes(found.id))
      : null;
    return { id: found.id, k: film.scene.k, role: found.role, row: null, group };
  }

  underHeat(x, y) {
    const { film } = this;
    const cell = film.heatmap.hit(x, y);
    if (!cell || cell.k > film.scene.k || cell.position > cell.k) return null;
    const id = slotAt(film.trace, cell.k, cell.position);
    return id === null
      ? { id: cell.position, k: cell.k, role: "lost", row: cell.k }
      : { id, k: cell.k, role: null, row: cell.k, position: cell.position };
  }

  shownRow() {
    const { film } = this;
    return film.scene.attention > 0 ? film.scene.k : Math.max(0, film.scene.k - 1);
  }

  underBars(x) {
    const { film } = this;
    const k = this.shownRow();
    const id = film.softmax.hit(film.trace, k, x - film.barsInset);
    return id === null ? null : { id, k, role: null, row: null };
  }

  underRow(event) {
    const line = event.target.closest?.("tr[data-id]");
    return line ? { id: Number(line.dataset.id), k: this.shownRow(), role: null, row: null } : null;
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
