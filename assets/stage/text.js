// Words that a reader wrote: kept apart from the sentence around them, and never cut inside a letter.

const ISOLATE = "\u2068"; // first strong isolate …
const POP = "\u2069"; // … and its end
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A word, in whatever direction it runs, such that the text around it stays as it is. */
export function isolated(word) {
  return `${ISOLATE}${word}${POP}`;
}

/** A word in quotes. */
export function quoted(word) {
  return `“${isolated(word)}”`;
}

/** Beginnings of a text, each one letter as people see it (a cluster) shorter than the one before. */
export function* shorter(text) {
  const starts = [...graphemes.segment(text)].map(({ index }) => index);
  for (const start of starts.reverse()) {
    const beginning = text.slice(0, start);
    if (/[^\u2068\u2069]/.test(beginning)) yield beginning;
  }
}
