// What is drawn on this stage, in plain words: only what this trace and these views really show.

const ROLES = {
  current: ["thick blue edge", "the running part of the text"],
  recent: ["pale blue", "a word kept as it was"],
  compressed: ["double edge", "several words squeezed into one slot; on it, their positions"],
  summary: ["round", "one slot for all words so far"],
  global: ["orange", "kept all the time, for every word to read"],
  retrieved: ["dotted edge", "in a store; a word reads those that suit it best, by q · k"],
};

const PHASES = {
  arrive: "a word comes in",
  attend: "read: it looks at all slots",
  push: "push: its pair is stored",
  pin: "pin: its pair is stored for good",
  pop: "pop: the oldest leave their lane",
  compress: "compress: several become one",
  append: "append: what was made joins its lane",
  merge: "merge: two slots become one",
  drop: "drop: what has no room is lost",
};

const MARKS = { fact: "filled dot", question: "hollow dot" };
const BRACKETS = { fact: "thick", question: "thin" };

const LENS = [
  ["a logit in the lens", "drag it, or ↑ ↓ by 0.1, Page Up and Down by 1; from then on it is yours, and the step stays"],
  ["dashed bar", "the share before anything was added"],
  ["dashed line 1/N", "the share that each would have if all were alike"],
];

const MATRIX = [
  ["matrix", "blue is above zero, orange with a dash below; the stronger, the larger"],
  ["strips beside it", "what this word writes: its features left times its value above, added to every cell"],
  ["bars beside it", "how much of each row the word reads"],
];

const labelled = (marks, kind) => each(marks.filter((mark) => mark.kind === kind).map(({ label }) => label)).join(", ");
const each = (list) => [...new Set(list)];

/** Lines of the legend: [what stands there, what it says, class of the sign in front]. Pure. */
export function legendOf({ trace, timeline, need }, views, close = false) {
  const lines = [["full blue", "the word that reads now", "swatch is-query"]];
  for (const { role, title } of trace.lanes) {
    const [look, says] = ROLES[role] ?? ["", ""];
    lines.push([`${title}, ${look}`, says, `swatch is-${role}`]);
  }
  const raw = trace.lanes.some(({ role }) => role === "recent" || role === "current");
  if (raw) lines.push(["k7", "the 7th word, with its key and value; the small number is its position"]);
  lines.push(["12/16", "so many are held, of as many as fit"]);
  lines.push(["bar in a tile", "how much of the attention it gets"]);
  lines.push(["curves", "to what the word looks at most: the thicker, the more"]);
  for (const kind of each(trace.marks.map((mark) => mark.kind)))
    lines.push([MARKS[kind], labelled(trace.marks, kind), `dot is-${kind}`]);
  if (need.hopper) lines.push(["dashed box", "here words are squeezed"]);
  if (need.lost) lines.push(["hatched, struck out", "left the memory and is lost", "hatched"]);
  if (close) lines.push(["close-up", "some tiles of a lane that has too many for words; a frame shows which"]);
  const names = each(timeline.steps.flatMap(({ phases }) => phases.map(({ name }) => name)));
  const phases = Object.keys(PHASES).filter((name) => names.includes(name));
  lines.push(["phase", phases.map((name) => PHASES[name]).join("; ")]);
  if (timeline.events.length) lines.push(["ticks on the bar", "more happens there than a word coming and going"]);
  if (views.includes("map")) lines.push(...ofMap(trace, need));
  if (views.includes("lens")) lines.push(...LENS);
  if (views.includes("matrix")) lines.push(...MATRIX);
  if (views.includes("softmax")) lines.push(["bold", "the largest share of all slots"]);
  lines.push(["output error", "how far the answer is from that of full attention: 0 is the same"]);
  lines.push(["retained mass", "how much of what full attention looks at some slot still carries"]);
  return lines;
}

function ofMap({ map, head, marks }, need) {
  const lines = [["map", "each row is a word that reads, each column a word it looks at; the stronger, the more"]];
  if (map.joined) lines.push(["a cell of it", "stands for several words, and shows the largest share"]);
  for (const kind of each(marks.map((mark) => mark.kind)))
    lines.push([`${BRACKETS[kind]} bracket over it`, `where ${labelled(marks, kind)} stands`]);
  if (need.lost) lines.push(["hatched in it", "lost: no slot carries it any more", "hatched"]);
  lines.push([head, "whose attention is shown"]);
  return lines;
}
