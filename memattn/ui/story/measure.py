"""Recall over many stories: progress, a way to stop, and the curves as far as they are known.

The browser's timer pulls a measurement on, a few questions per tick, so that no script runs long: every other control
and every other reader is served between two ticks, and when the browser is closed nothing runs on.
"""

import time
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from memattn.figures.recall_curves import recall_curves, recall_curves_in_words
from memattn.lessons.results import Curve, RecallCurves
from memattn.lessons.story import experiment, words
from memattn.lessons.story.experiment import ByDistance, ByFacts, Design
from memattn.lessons.story.ways import Choice
from memattn.ui import controls, frame
from memattn.ui.notes import note
from memattn.ui.story.duel import second
from memattn.ui.story.player import possible
from memattn.ui.story.settings import draw
from memattn.ui.story.shared import Settings

RUNNING = "memattn:measuring"  # session state
TICK_SECONDS = 0.1  # between two steps
REDRAW_SECONDS = 1.0
MOST_KEPT = 64  # finished curves, for all readers

Key = tuple[Choice, Design]


@st.cache_resource(show_spinner=False)
def _kept() -> MutableMapping[Key, Curve]:
    """Finished curves of all sessions: a class that measures the same does so once."""
    return {}


def _keep(key: Key, curve: Curve) -> None:
    kept = _kept()
    kept[key] = curve
    for oldest in list(kept)[:-MOST_KEPT]:
        kept.pop(oldest, None)


@dataclass
class Measuring:
    """One reader's measurement; changes as it goes on.

    Args:
        keys: what is measured, in order.
        curves: how far it has come.
        stopped: whether the reader has stopped it.
        drawn: what the figure shows.
        drawn_at: when it was drawn, in seconds.
    """

    keys: tuple[Key, ...]
    curves: dict[Key, Curve] = field(default_factory=dict)
    stopped: bool = False
    drawn: tuple[Curve, ...] = ()
    drawn_at: float = 0.0
    _steps: dict[Key, Iterator[Curve]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all has been asked."""
        return all(key in self.curves and self.curves[key].complete for key in self.keys)

    @property
    def running(self) -> bool:
        """Whether there is more to ask."""
        return not self.stopped and not self.complete

    def step(self) -> None:
        """Ask the next few questions, of the memory that is behind."""
        waiting = [key for key in self.keys if key not in self.curves or not self.curves[key].complete]
        key = min(waiting, key=lambda one: self.curves[one].done if one in self.curves else 0)
        if key not in self._steps:
            self._steps[key] = experiment.measure(*key)
        self.curves[key] = next(self._steps[key])
        if self.curves[key].complete:
            _keep(key, self.curves[key])


def measure(chosen: Settings) -> None:
    """Controls, progress and curves."""
    if chosen.free:
        st.markdown(words.NOTHING_TO_MEASURE)
        return
    left, middle, right = st.columns([34, 33, 33], gap="medium")
    with left:
        kinds = dict(zip(words.MEASURES, (ByDistance, ByFacts), strict=True))
        kind = controls.choice("by", "Recall", kinds, words.MEASURES[0], help=words.MEASURE_HELP)
    with middle:
        design: Design
        if kind is ByDistance:
            design = ByDistance(tokens=draw("mtokens", words.MEASURE_LIMITS["mtokens"]))
        else:
            design = ByFacts(gap=draw("mgap", words.MEASURE_LIMITS["mgap"]))
    with right:
        both = controls.switch("both", "And a second memory", help="The same stories through both.")
    choices = [chosen.choice]
    if both:
        other = second(free=False)
        if not possible(Settings(chosen.words, other), words.SECOND):
            return
        choices += [other] if other != chosen.choice else []
    keys = tuple((choice, design) for choice in choices)
    held: Measuring | None = st.session_state.get(RUNNING)
    if held is None or held.keys != keys:
        held = Measuring(keys, stopped=True)
        st.session_state[RUNNING] = held
    timed = held.running
    st.fragment(_progress, run_every=TICK_SECONDS if timed else None)(held, timed)


def _progress(held: Measuring, timed: bool) -> None:
    """One step if it runs; then how far it has come, and the curves."""
    if timed and held.running:
        held.step()
    held.curves.update({key: kept for key in held.keys if (kept := _kept().get(key))})
    total = sum(key[1].total for key in held.keys)
    done = sum(curve.done for curve in held.curves.values())
    button, bar = st.columns([20, 80], gap="small", vertical_alignment="center")
    with button:
        if held.running:
            st.button("Cancel", key="measure_cancel", on_click=_stop, args=(held,))
        else:
            label = "Measured" if held.complete else "Go on" if done else "Measure"
            st.button(label, key="measure_start", type="primary", disabled=held.complete, on_click=_start, args=(held,))
    with bar:
        st.progress(done / total, text=f"{done:,} of {total:,} questions")
    with st.container():  # always there: with nothing to say, the curves below keep their place and are not torn down
        if held.stopped and done and not held.complete:
            note(f"Cancelled after {done:,} of {total:,} questions: what is known so far stands, with wider intervals.")
    if held.curves:
        _curves(held)
    if held.running != timed:
        st.rerun()  # once: draws this with the timer, or without it


def _start(held: Measuring) -> None:
    held.stopped = False


def _stop(held: Measuring) -> None:
    held.stopped = True


def _curves(held: Measuring) -> None:
    """The figure, in words and in numbers; while a measurement runs it is drawn anew once a second, not with a tick."""
    now = time.monotonic()
    if not held.running or now - held.drawn_at > REDRAW_SECONDS:
        held.drawn, held.drawn_at = tuple(held.curves[key] for key in held.keys if key in held.curves), now
    by_facts = isinstance(held.keys[0][1], ByFacts)
    result = RecallCurves(held.drawn, words.MEASURE_AXES[by_facts], by_facts)
    said = recall_curves_in_words(result)
    st.plotly_chart(
        recall_curves(result, frame.theme()),
        key="figure_recall_curves",
        theme=None,
        alt=said,
        config={"displaylogo": False, "displayModeBar": False},
    )
    rules = "; ".join(f"{curve.name}: {curve.rule}" for curve in held.drawn if curve.rule)
    st.caption(f"{words.INTERVALS_SAY} Dotted lines: {rules}.")
    with st.expander("The same in numbers"):
        st.markdown(_in_numbers(held.drawn))


def _in_numbers(curves: Sequence[Curve]) -> str:
    """Right of asked, with the interval."""
    lines = ["| memory | questions | right | 95 % interval | closed form | chance |", "|:--|:--|--:|--:|--:|--:|"]
    for curve in curves:
        for point in curve.points:
            low, high = point.interval
            lines.append(
                f"| {curve.name} | {point.label} | {point.right} of {point.asked} | {low:.2f} to {high:.2f} "
                f"| {point.expected:.2f} | {point.chance:.2f} |"
            )
    return "\n".join(lines)
