"""Experiments: progress, a way to stop, and the figure as far as it is known.

The browser's timer pulls a long experiment on, a part per tick, so that no script runs long: every other control and
every other reader is served between two ticks, and when the browser is closed nothing runs on. A short one is computed
where it is opened.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import cachetools
import streamlit as st

from memattn.dials import Option
from memattn.figures.draw import draw, in_words
from memattn.lessons import texts
from memattn.lessons.lesson import UNTOLD, Experiment, Lesson, Result, Settings
from memattn.ui import controls, frame, link
from memattn.ui.lesson import memory, player
from memattn.ui.lesson.duel import second
from memattn.ui.notes import explained, note

RUNNING = "memattn:measuring"  # session state
TICK_SECONDS = 0.1  # between two parts
AT_ONCE_SECONDS = 0.5  # an experiment that is not long begins by itself; what it needs beyond is shown as progress
REDRAW_SECONDS = 1.0
SHORT = 12  # characters of a choice that has others beside it
MOST_KEPT = 64  # finished experiments, for all readers
PLOT = {"displaylogo": False, "displayModeBar": False}

Key = tuple[str, Settings, tuple[tuple[str, Any], ...]]


@st.cache_resource(show_spinner=False)
def kept() -> "cachetools.LRUCache[Key, Result]":
    """Finished experiments of all sessions: a class that measures the same does so once."""
    return cachetools.LRUCache(MOST_KEPT)


@dataclass
class Measuring:
    """One reader's experiment; changes as it goes on.

    Args:
        key: what decides its result.
        steps: of the experiment.
        result: how far it has come.
        stopped: whether the reader has stopped it, or not begun it.
        shown: whether the reader has asked for it; others may have computed what may be foretold.
        drawn: what the figure shows.
        drawn_at: when it was drawn, in seconds.
    """

    key: Key
    steps: Iterator[Result] | None = None
    result: Result | None = None
    stopped: bool = True
    shown: bool = False
    drawn: Result | None = None
    drawn_at: float = field(default=0.0)

    @property
    def complete(self) -> bool:
        """Whether all is known."""
        return self.result is not None and self.result.done >= self.result.total

    @property
    def running(self) -> bool:
        """Whether there is more to do."""
        return not self.stopped and not self.complete

    def run_on(self, experiment: Experiment, seconds: float = 0) -> None:
        """Do the next part, and further ones for so long."""
        if self.steps is None:
            self.steps = experiment.run(self.key[1], dict(self.key[2]))
        until = time.monotonic() + seconds
        while self.running:
            with explained():
                self.result = next(self.steps)
            if time.monotonic() >= until:
                break
        if self.complete and self.result:
            kept()[self.key] = self.result


def experiment(lesson: Lesson, played: player.Played) -> None:
    """Choose one, set its own controls, and see what comes out."""
    settings = played.settings
    offered = {one.name: one for one in lesson.experiments()}
    left, *places = st.columns([40, 30, 30], gap="medium")
    with left:
        names = {name: name for name in offered}
        name = controls.choice("exp", "Experiment", names, next(iter(names)), view=True)
    chosen = offered[name]
    if settings.model in UNTOLD and chosen.asks:
        st.markdown(texts.NOTHING_TO_MEASURE)
        return
    values: dict[str, Any] = {}
    own_places = list(places)
    while len(own_places) < len(chosen.dials):
        own_places += st.columns(3, gap="medium")
    for (own, setting), place in zip(chosen.dials.items(), own_places, strict=False):
        with place:
            values[own] = controls.option(own, setting) if isinstance(setting, Option) else controls.dial(own, setting)
    if chosen.compares:
        with places[-1]:
            both = controls.switch("both", "And a second memory", help="The same stories through both.")
        if both:
            other = second(lesson, settings)
            if not player.possible(replace(settings, choice=other), memory.SECOND):
                return
            settings = replace(settings, others=(other,))
    if chosen.of_run:
        _figure(chosen, Result(1, 1, chosen.of_run(played.run, played.head)))
    else:
        _measured(chosen, (name, chosen.about(settings), tuple(values.items())))


def _measured(chosen: Experiment, key: Key) -> None:
    held: Measuring | None = st.session_state.get(RUNNING)
    if held is None or held.key != key:
        held = Measuring(key, result=kept().get(key), stopped=chosen.long)
        st.session_state[RUNNING] = held
        if held.running:
            held.run_on(chosen, AT_ONCE_SECONDS)
    if held.complete and held.result and not chosen.long:
        _figure(chosen, held.result)
        return
    timed = held.running
    st.fragment(_progress, run_every=TICK_SECONDS if timed else None)(chosen, held, timed)


def _progress(chosen: Experiment, held: Measuring, timed: bool) -> None:
    """One part if it runs; then how far it has come, and the figure."""
    if timed and held.running:
        held.run_on(chosen)
    held.result = kept().get(held.key, held.result)
    hidden = _foretold(chosen, held)
    done, total = (held.result.done, held.result.total) if held.result else (0, 1)
    button, bar = st.columns([20, 80], gap="small", vertical_alignment="center")
    with button:
        if held.running:
            st.button("Cancel", key=link.widget("measure_cancel"), on_click=_stop, args=(held,))
        else:
            begin, finished = chosen.verbs
            title = "Show" if hidden and held.complete else finished if held.complete else "Go on" if done else begin
            st.button(
                title,
                key=link.widget("measure_start"),
                type="primary",
                disabled=held.complete and not hidden,
                on_click=_start,
                args=(held,),
            )
    with bar:
        st.progress(done / total, text=f"{done:,} of {total:,} {chosen.counts}" if held.result else "not begun")
    with st.container():  # always there: with nothing to say, the figure keeps its place and is not torn down
        if held.stopped and done and not held.complete:
            wider = ", with wider intervals" if chosen.counts == "questions" else ""
            note(f"Cancelled after {done:,} of {total:,} {chosen.counts}: what is known so far stands{wider}.")
    if held.result and not hidden:
        _grow(chosen, held)
    if held.running != timed:
        st.rerun()  # once: draws this with the timer, or without it


def _foretold(chosen: Experiment, held: Measuring) -> bool:
    """Ask what will come out, and say how that was; gives whether the result has to wait for an answer or a click."""
    asked = chosen.foretell(dict(held.key[2]))
    if asked is None:
        return False
    key = link.widget(f"foretold_{chosen.name}_{asked.prompt}")
    short = max(map(len, asked.offered)) <= SHORT
    guess = st.radio(
        asked.prompt,
        range(len(asked.offered)),
        index=None,
        key=key,
        format_func=asked.offered.__getitem__,
        horizontal=short,
    )
    with st.container():
        if guess is not None and held.complete and held.result:
            note(asked.verdict(held.result.data, guess)[1])
    return guess is None and not held.shown


def _start(held: Measuring) -> None:
    held.stopped, held.shown = False, True


def _stop(held: Measuring) -> None:
    held.stopped = True


def _grow(chosen: Experiment, held: Measuring) -> None:
    """The figure; while an experiment runs it is drawn anew once a second, not with a tick."""
    now = time.monotonic()
    if not held.running or held.drawn is None or now - held.drawn_at > REDRAW_SECONDS:
        held.drawn, held.drawn_at = held.result, now
    if held.drawn:
        _figure(chosen, held.drawn)


def _figure(chosen: Experiment, result: Result) -> None:
    """The figure, in words and in numbers."""
    words = in_words(result.data)
    st.plotly_chart(draw(result.data, frame.theme()), key=link.widget("figure"), theme=None, alt=words, config=PLOT)
    st.caption(f"{words} {chosen.note}")
    if result.details:
        with st.expander("The same in numbers"):
            st.markdown(result.details)
