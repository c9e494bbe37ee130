// What the modules of the stage hand to each other. Nothing of this is there when the stage runs.

/** Identity of a slot: a raw pair by its position from 0, a made one by a number below 0. */
export type Slot = number;
/** First and last of slots in a row, and where it matters the number of their role. */
export type Run = [first: Slot, last: Slot, role?: number];
export type Role = "global" | "compressed" | "recent" | "summary" | "retrieved" | "current";
export type PhaseName = "arrive" | "attend" | "push" | "pin" | "pop" | "compress" | "append" | "merge" | "drop";

// --- what was computed ------------------------------------------------------------------------------------------

/** A step as it was sent, filled up by `codec.js`: what it read and then held, its events and sentences, its numbers. */
export interface Step {
  r: Run[];
  h: Run[];
  e: [kind: PhaseName, slots: Run[], into: Run[], sources: Run[]][];
  s: string[];
  x: Numbers;
}

export interface Numbers {
  error: number;
  retained: number;
  floats: number;
  fullFloats: number;
  /** Slots that the query does not pass by. */
  met: number;
}

/** Numbers in a row, as they were sent, by the sender's names. */
export type Numbered = Uint8Array | Uint16Array | Int16Array | Float32Array;
export type Arrays = Record<string, Numbered>;

/** The JSON of a payload, filled up by `codec.js`. */
export interface Sent {
  tokens: string[];
  title: string;
  head: string;
  reads: "before" | "after";
  columns: number;
  context: number;
  lanes: Omit<Lane, "most">[];
  roles: Role[];
  steps: Step[];
  marks?: Mark[];
  weights: { heads: number; roots: number; even: number; step: number };
  made: Record<Slot, [k: number, sources: Slot[], shares: number[], total?: number, ends?: [first: number, last: number]][]>;
  provenance: string;
  map: number;
  scale: { min: number; max: number };
  predict?: SentQuestion[];
  matrix?: { rows: number; units: [features: number, values: number]; head: number; corrects: boolean };
  series?: { name: string; title: string; meaning: string; values: number[] }[];
  plane?: { unit: number; made: [Slot, number][] };
  written?: Record<Slot, [k: number, text: string][]>;
  arrays: Arrays;
}

export interface Lane {
  role: Role;
  title: string;
  note: string;
  capacity: number | null;
  together: number;
  /** Most that it ever holds, and whether its pairs keep their columns; both found here. */
  most: number;
  scrolls?: boolean;
}

export interface Mark {
  first: number;
  last: number;
  kind: "fact" | "question";
  label: string;
}

/** Like events of a step, which are one motion and one sentence. */
export interface Group {
  kind: PhaseName;
  events: { slots: Slot[]; into: Slot[]; sources: Slot[] }[];
  text: string;
  joins: string;
}

/** Slots in order, with their roles; of those that were read the weights, too. */
export interface Held {
  ids: Slot[];
  roles: Map<Slot, Role>;
}
export interface Read extends Held {
  weights: Float32Array;
  at: Map<Slot, number>;
  largest: number;
  sum: number;
}

/** What a slot is made of. */
export interface Made {
  sources: Slot[];
  shares: number[];
  total: number;
  first: number;
  last: number;
}

/** The run, as everything else asks it. Steps and positions from 0. */
export interface Trace {
  raw: Sent;
  lanes: Lane[];
  length: number;
  tokens: string[];
  columns: number;
  reads: "before" | "after";
  arrays: Arrays;
  lse: Numbered | null;
  map: AttentionMap;
  scale: { min: number; max: number };
  head: string;
  context: number;
  marks: Mark[];
  markAt(position: number): Mark | null;
  read(k: number): Read;
  held(k: number): Held;
  shares(slot: Slot, k: number): Made | null;
  sharesRead(slot: Slot, k: number): Made | null;
  foundAt(k: number): number;
  isSame(slot: Slot, one: number, other: number): boolean;
  standsAt(k: number, phase: string): number;
  lost: { id: Slot; step: number; sources: Slot[] }[];
  lostBefore: number[];
  lostWords: number[];
  groups(k: number): Group[];
  writtenOn(slot: Slot, k: number): string | null;
  numbers(k: number): Numbers;
  laneOf(role: Role): number;
  together: number;
  segment: number | null;
  weightOf(k: number, slot: Slot): number;
  markOf(slot: Slot, k: number): Mark | null;
}

/** What every token wrote into a memory that is one matrix; `head` from 1, 0 where there is but one. */
export interface Matrix {
  rows: number;
  columns: number;
  head: number;
  corrects: boolean;
  features(k: number): Float64Array;
  levels(k: number): Numbered;
  value(k: number): Float64Array;
  answered(k: number): Float64Array;
  after(k: number): Float64Array;
}

export interface AttentionMap {
  size: number;
  joined: boolean;
  cellOf(position: number): number;
  at(row: number, column: number): number;
  share(k: number, position: number): number;
}

// --- time -------------------------------------------------------------------------------------------------------

/** A phase of a step, from and to as milliseconds of the step; `groups` of its events happen in it. */
export interface Phase {
  name: PhaseName;
  ms: number;
  groups: number[];
  appends?: number;
  hold?: number;
  from: number;
  to: number;
}

/** Where one can stand for good: a step, and the phase that has ended; null is where the step rests by itself. */
export interface Address {
  k: number;
  phase: string | null;
}

/** Where a playhead is: step, number of the phase, and how far that has come. */
export interface Located {
  k: number;
  f: number;
  index: number;
  phase: Phase;
  t: number;
}

export interface Timeline {
  steps: { phases: Phase[]; ms: number }[];
  events: number[];
  end: number;
  startOf(k: number, name: string): number;
  endOf(k: number, name: string): number;
  stops(k: number): number[];
  rest(k: number): number;
  phaseEnd(playhead: number): number;
  momentAt(playhead: number): Address;
  playheadOf(address: Address): number;
  updateStart(k: number): number;
  locate(playhead: number): { k: number; f: number };
  phaseAt(playhead: number): Located;
  duration(k: number): number;
  passed(from: number, to: number): [k: number, index: number][];
  nextStop: Stride;
  previousStop: Stride;
  nextToken: Stride;
  previousToken: Stride;
  nextEvent(playhead: number): number | null;
  previousEvent: Stride;
  advance(playhead: number, ms: number): number;
}
export type Stride = (playhead: number) => number;

/** A question on the way: where it is asked, and what opens it. */
export interface Gate {
  at: number;
  open(): void;
}

/** What a clock must know of time. */
export type Pace = Pick<
  Timeline,
  "end" | "rest" | "phaseEnd" | "duration" | "locate" | "advance" | "nextStop"
>;

export interface Clock {
  readonly playhead: number;
  readonly playing: boolean;
  readonly moving: boolean;
  readonly goal: number;
  speed: number;
  play(): void;
  pause(): void;
  step(next: Stride): void;
  stepTo(playhead: number): void;
  back(previous: Stride): void;
  seek(playhead: number): void;
  rest(): void;
  stop(): void;
}

// --- what stands where ------------------------------------------------------------------------------------------

/** Number of a lane, or the name of another band. */
export type Zone = number | "lost" | "hopper" | "entrance" | "near" | "upcoming";

export interface Place {
  zone: Zone;
  rank: number;
  role: Role | "upcoming" | "lost";
  between?: number[];
}

/** The border between two phases: who stands where, what became of whom, what is made of whom. */
export interface Frame {
  places: Map<Slot, Place>;
  counts: number[];
  compressing: number;
  lost: number;
  exits: Map<Slot, Slot>;
  spawns: Map<Slot, Slot[]>;
}

/** Bands that a run needs beside its lanes. */
export interface Need {
  hopper: number;
  entrance: boolean;
  lost: boolean;
  near?: boolean;
}

/** All that follows from a payload and never changes. */
export interface Reel {
  trace: Trace;
  timeline: Timeline;
  frames(k: number): Frame[];
  need: Need;
}

/** What is at a playhead, however it is drawn; see `moment.js`. */
export interface Moment {
  playhead: number;
  k: number;
  index: number;
  t: number;
  phase: PhaseName;
  phases: Phase[];
  before: Frame;
  after: Frame;
  attention: number;
  asks: number;
  groups: number;
  progress: number[];
  counts: number[];
  compressing: number;
  lost: number;
  together: Trace[];
}

// --- what is drawn ----------------------------------------------------------------------------------------------

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** A tile as it is drawn. */
export interface Sprite extends Box {
  id: Slot;
  key: string;
  opacity: number;
  role: Place["role"];
  zone: Zone;
  query: boolean;
  moving: boolean;
  meter: number;
  mark: Mark["kind"] | null;
  label: string;
  sub: string;
  name: string;
  ghost?: boolean;
}

export interface Arc {
  id: Slot;
  weight: number;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  level: boolean;
  width: number;
  opacity: number;
}

/** The frame of pairs that enter and leave as one. */
export interface Segment extends Box {
  letter: string;
  lost: boolean;
  opacity: number;
}

/** The picture of a moment. */
export interface Scene {
  sprites: Map<Slot, Sprite>;
  ghost: Sprite | null;
  segments: Segment[];
  arcs: Arc[];
}

export interface Band {
  key: Zone;
  role?: Role;
  title: string;
  note: string;
  rows: number;
  capacity: number | null;
  most: number;
  scrolls?: boolean;
  dense: number;
  fixed: number | null;
  perRow: number;
  pitchX: number;
  pitchY: number;
  gapX: number;
  gapY: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  bands: Band[];
  byKey: Map<Zone, Band>;
  gutter: number;
  headed: boolean;
  lettered: boolean;
  columns: number;
  em: number;
  width: number;
  height: number;
  gridWidth: number;
  entities: number;
  least?: number;
  gloss?: Record<string, string[]>;
}

export interface Colours {
  hue: string;
  fill: string;
  edge: string;
  on: string;
}

export interface Theme {
  dark: boolean;
  page: string;
  panel: string;
  ink: string;
  tint: number;
  muted: string;
  line: string;
  hair: string;
  lost: string;
  hatch: string;
  accent: string;
  roles: Record<string, Colours>;
  table: number[][];
  font: string;
}

/** Everything on the stage that belongs to a slot that is pointed at. */
export interface Focus {
  id: Slot;
  k: number;
  row: number | null;
  ids: Set<Slot>;
  spans: [first: number, last: number][];
  has(sprite: Sprite): boolean;
}

export interface Painter {
  lay(layout: Layout): void;
  paint(
    scene: Scene,
    moment: Moment,
    trace: Trace,
    theme: Theme,
    focus: Focus | null,
    chosen: (sprite: Sprite) => string | null,
  ): void;
}

// --- what stands beside the conveyor ----------------------------------------------------------------------------

/** What lies under the pointer: a slot, by the read of step `k`; `stands` where it is told otherwise than as found. */
export interface Spot {
  id: Slot;
  k: number;
  role: string | null;
  row: number | null;
  position?: number;
  stands?: number;
}

/** What a view is shown of a playhead, and what the pointer rests on. */
export type Shown = Moment & { focus: Focus | null };

/** A view that stands in a panel. */
export interface OpenView {
  open(trace: Trace, theme: Theme): void;
  lay?(em: number, width: number, height: number): void;
  paint(shown: Shown): void;
  hit?(event: PointerEvent, shown: Shown): Spot | null;
  kept?(): string;
  keep?(text: string): void;
}

/** What a view may ask of the stage: a step, or where a group of its events has just happened; another view. */
export interface ViewStage {
  seek(k: number, group?: number): void;
  turn(name: string): void;
  has(name: string): boolean;
  rows(): number;
  kept(): void;
  say(text: string): void;
}

export interface View {
  name: string;
  title: string;
  head: string;
  body: string;
  make(panel: HTMLElement, stage: ViewStage): OpenView;
}

/** What a reader has set in the softmax lens; logits that were moved, by column, belong to one step. */
export interface LensState {
  version: string;
  extras: Record<string, number>;
  half: boolean;
  shifted: boolean;
  step: number | null;
  moved: Map<string, number>;
}

// --- questions --------------------------------------------------------------------------------------------------

interface Asked {
  name: string;
  at: { step: number; phase: string };
  shows: string;
  prompt: string;
  truth: string;
}
type Offers =
  | { kind: "slots"; offered: Slot[]; single: boolean; none: string }
  | { kind: "number"; offered?: undefined; unit: string }
  | { kind: "sentence" | "order"; offered: string[] };

/** As it was sent: slots by their runs. */
export interface SentQuestion extends Asked {
  kind: Question["kind"];
  offered?: (Run | Slot | string)[];
  answer: (Run | number)[];
  beliefs: [chosen: (Run | number)[], text: string][];
}

/** With the playheads where it is asked and where it is answered. */
export type Question = Asked &
  Offers & { start: number; end: number; answer: number[]; beliefs: { chosen: number[]; text: string }[] };

export interface Choice {
  chosen: number[];
  anchor: Slot | null;
  ranged: boolean;
  none: boolean;
}

export interface Verdict {
  which: number;
  chosen: number[];
  right: boolean;
}

// --- the wall ---------------------------------------------------------------------------------------------------

/** What has become of the fact. */
export interface Fate {
  kind: "untold" | "raw" | "slot" | "lost";
  raw: number;
  inSlots: number;
  lost: number;
  share: number;
}

export interface MiniLane {
  role: string;
  title: string;
  capacity: number;
}

/** After a step: who stands there, where those go that leave, and the fact. */
export interface MiniStep {
  slots: { id: number; role: string }[];
  into: Map<number, number>;
  raw: number;
  inSlots: number;
  lost: number;
  carriers: Map<number, number>;
}

/** A memory on the wall; one with a problem has no run. */
export interface Mini {
  name: string;
  title: string;
  note?: string;
  problem?: string;
  lanes: MiniLane[];
  steps: MiniStep[];
  answer: string;
  right: boolean;
}

export interface Wall {
  tokens: string[];
  fact: [first: number, last: number];
  minis: Mini[];
  changes: number[];
  length: number;
}

export interface MiniLayout {
  lanes: (MiniLane & { row: number; column: number; wide: number })[];
  rows: number;
  cells: Map<number, Map<number, MiniCell>>;
}

/** Where a slot rests after a step, in cells. */
export interface MiniCell {
  id: number;
  role: string;
  row: number;
  column: number;
  part: number;
}

export interface WallLayout {
  cell: number;
  columns: number;
  width: number;
  minis: Map<string, MiniLayout>;
}

/** A slot as it is drawn, in cells; `part` is how much of it is the fact. */
export interface MiniTile {
  id: number;
  role: string;
  x: number;
  y: number;
  part: number;
  alpha: number;
  size: number;
  lost?: boolean;
}

// --- the page ---------------------------------------------------------------------------------------------------

/** What the page asks of a stage. */
export interface Settings {
  id: string;
  start?: number | null;
  phase?: string | null;
  view?: string | null;
  lens?: string;
  channel?: string;
  clock?: string;
  presenting?: boolean;
  views?: string[][];
  links?: boolean;
  gloss?: Record<string, string[]>;
}

/** What the page is told. */
export interface Outlet {
  state(name: string, value: object): void;
}
