// What a lane too dense for words shows in their place: runs of slots, each framed and named as one. Pure.
import { slotName } from "./trace.js";

/** Slots are counted from 1, raw pairs and those that a memory made. */
const numberOf = (id) => (id >= 0 ? id + 1 : -id);

/** Runs of slots in dense lanes: those that share a line of text, or were made one after another. */
export function groupsOf(scene, layout) {
  const groups = new Map();
  for (const sprite of scene.sprites.values()) {
    const band = layout.byKey.get(sprite.zone);
    if (!band || band.dense === 1 || band.fixed || sprite.moving) continue;
    const number =
      sprite.id >= 0
        ? Math.floor(sprite.id / layout.columns)
        : -1 - Math.floor((-sprite.id - 1) / layout.columns);
    const key = `${number}:${Math.round(sprite.y)}`;
    const group = groups.get(key);
    if (group) {
      group.x = Math.min(group.x, sprite.x);
      group.right = Math.max(group.right, sprite.x + sprite.w);
      group.ids.push(sprite.id);
    } else
      groups.set(key, {
        x: sprite.x,
        right: sprite.x + sprite.w,
        y: sprite.y,
        h: sprite.h,
        ids: [sprite.id],
        band,
        role: sprite.role,
      });
  }
  return [...groups.values()].map((group) => {
    const [first, last] = [group.ids[0], group.ids.at(-1)].sort((a, b) => numberOf(a) - numberOf(b));
    return {
      ...group,
      w: group.right - group.x,
      name: slotName(first, group.role) + (first === last ? "" : `–${numberOf(last)}`),
    };
  });
}
