// Stages that run by one clock: whichever the reader moves, the others stand where it stands, by the same speed and scales.

const ensembles = new Map(); // name of the clock → the films that run by it

/** Two runs over the same words. */
export function sameWords(one, other) {
  return one.length === other.length && one.every((word, i) => word === other[i]);
}

/** Run `film` by a clock; the answer is another film of that clock over the same words, or null. */
export function joinEnsemble(film, clock) {
  leaveEnsemble(film);
  if (!clock) return null;
  if (!ensembles.has(clock)) ensembles.set(clock, new Set());
  const films = ensembles.get(clock);
  const met = [...films].find((other) => sharesWords(other, film));
  films.add(film);
  met?.joined();
  return met ?? null;
}

export function leaveEnsemble(film) {
  for (const [clock, films] of ensembles) {
    if (!films.delete(film)) continue;
    if (!films.size) ensembles.delete(clock);
    for (const other of films) other.joined();
  }
}

/** All that are seen together, this one first: films of one clock over the same words. */
export function ensembleOf(film) {
  for (const films of ensembles.values())
    if (films.has(film))
      return [film, ...[...films].filter((other) => other !== film && sharesWords(other, film))];
  return [film];
}

const sharesWords = (one, other) => sameWords(one.trace.tokens, other.trace.tokens);

/** The film that plays, of those that run by the clock of this one; itself where none does. */
export function playingOf(film) {
  for (const films of ensembles.values())
    if (films.has(film)) return [...films].find((other) => other.clock.playing) ?? film;
  return film;
}

/** Take the others along. */
export function leadEnsemble(film) {
  for (const films of ensembles.values())
    if (films.has(film)) for (const other of films) if (other !== film) other.follow(film);
}
