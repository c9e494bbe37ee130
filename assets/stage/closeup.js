// A row of tiles with words from a lane that is too dense for them: around the query, or what is pointed at.

/** {tiles, centre, cells}: tiles as they stand in the row, the id it is about, the cells they show; or null. Pure. */
export function closeUp(scene, layout, focus) {
  const band = layout.byKey.get("near");
  if (!band) return null;
  const dense = [...scene.sprites.values()].filter(
    (sprite) => !sprite.moving && layout.byKey.get(sprite.zone)?.dense > 1,
  );
  const centre =
    dense.find(({ id }) => id === focus?.id) ??
    dense.find(({ query }) => query) ??
    dense.reduce((most, sprite) => (most && most.meter >= sprite.meter ? most : sprite), null);
  if (!centre) return null;
  const lane = dense.filter(({ zone }) => zone === centre.zone).sort((a, b) => a.y - b.y || a.x - b.x);
  const { perRow } = band;
  const first = Math.max(0, Math.min(lane.indexOf(centre) - Math.floor(perRow / 2), lane.length - perRow));
  const cells = lane.slice(first, first + perRow);
  const tiles = cells.map((cell, i) => ({
    ...cell,
    zone: "near",
    x: band.x + i * band.pitchX,
    y: band.y,
    w: band.pitchX - band.gapX,
    h: band.pitchY - band.gapY,
  }));
  return { tiles, centre: centre.id, cells };
}
