// What buttons and keys do on one stage.
import { playingOf } from "./ensemble.js";

/** Actions by name. None does anything once the stage is closed. */
export function actionsOf(film) {
  const { questions } = film;
  const { card } = questions;
  /** A way on: while a question is open it stays; once it is judged, on is to what happens. */
  const on = (action) => () => {
    if (card.judged) card.close(true);
    else if (card.asking) card.stay();
    else action();
  };
  const back = (action) => () => {
    if (card.asking && !card.judged) return card.stay();
    card.close(false);
    return action();
  };
  /** Anywhere else: that leaves the question. */
  const away = (action) => (value) => {
    card.close(false);
    action(value);
  };
  const leap = (action) =>
    on(() => {
      film.leapt ??= film.clock.playhead;
      action();
    });
  const stand = (playhead) => {
    film.clock.seek(playhead);
    film.clock.rest();
  };
  const nearestStop = (playhead) => {
    const { k } = film.timeline.locate(playhead);
    const far = (stop) => Math.abs(stop - playhead);
    return film.timeline.stops(k).reduce((a, b) => (far(b) < far(a) ? b : a));
  };
  const togglePredictions = () => {
    questions.toggle();
    film.transport.showAsking(questions.on, questions.any);
  };
  const actions = {
    toggle: on(() => (film.playing ? playingOf(film).clock.pause() : film.clock.play())),
    step: leap(() => film.clock.step(film.transport.strides(film.timeline).next)),
    back: back(() => film.clock.back(film.transport.strides(film.timeline).previous)),
    nextToken: leap(() => film.clock.step(film.timeline.nextToken)),
    previousToken: back(() => film.clock.back(film.timeline.previousToken)),
    toggleWhole: () => film.transport.toggleWhole(),
    reset: away(() => film.seek(0)),
    end: away(() => film.seek(film.trace.length - 1)),
    nextEvent: leap(() => toEvent(film)),
    previousEvent: back(() => stand(film.timeline.previousEvent(film.clock.playhead))),
    scrub: away((value) => film.clock.seek(value)),
    scrubEnd: away((value) => stand(nearestStop(value))),
    setSpeed: (value) => film.setSpeed(value),
    slower: () => film.setSpeed(film.transport.shiftSpeed(film.clock.speed, -1)),
    faster: () => film.setSpeed(film.transport.shiftSpeed(film.clock.speed, 1)),
    togglePredictions,
    predict: () => (card.asking ? card.reveal() : togglePredictions()),
    copyLink: () => film.sharing.copyLink(),
    help: () => film.sheets.toggle("keys"),
    inspect: () => film.pointing.inspect(),
    turn: () => film.framing.turn(),
    escape: () => escape(film),
  };
  const unlessClosed = (action) => (value) => (film.closed ? undefined : action(value));
  return Object.fromEntries(Object.entries(actions).map(([name, action]) => [name, unlessClosed(action)]));
}

/** On to the end of the next step in which more happens than a word coming and going, from where that begins. */
function toEvent(film) {
  const { timeline, clock } = film;
  const k = timeline.nextEvent(clock.playhead);
  if (k === null) return film.seek(film.trace.length - 1);
  const before = timeline.updateStart(k);
  if (before > clock.playhead) clock.seek(Math.min(before, k + 1));
  return clock.stepTo(k + 1);
}

function escape({ parts, sheets, questions, pointing }) {
  for (const name of ["keys", "list"]) if (!parts[name].hidden) return sheets.toggle(name, false);
  if (questions.card.asking) return questions.card.close(false);
  return pointing.clear();
}
