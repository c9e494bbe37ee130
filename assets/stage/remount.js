// A page that is laid out anew, as for presenter mode, takes its stage off and mounts it again with what was sent before:
// the new one goes on where the old one stood.

const SOON_MS = 2000;

/** @type {Map<string, { asked: string, moment: any, at: number }>} */
const left = new Map(); // by what is played

/** Note where a stage stands that is taken off, and where the page had `asked` it to be. */
export function leave(id, asked, moment) {
  const at = performance.now();
  for (const [other, was] of left) if (at - was.at > SOON_MS) left.delete(other);
  left.set(id, { asked: JSON.stringify(asked), moment, at });
}

/** Where one stood that played the same, was asked to be at the same place, and was taken off just now; else null. */
export function goOn(id, asked) {
  const was = left.get(id);
  const same = was && was.asked === JSON.stringify(asked) && performance.now() - was.at <= SOON_MS;
  return same ? was.moment : null;
}
