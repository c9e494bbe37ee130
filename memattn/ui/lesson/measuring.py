"""Experiments: progress, a way to stop, and the figure as far as it is known.

The browser's timer pulls a long experiment on, some parts per tick, so that no script runs long: every other control
and every other reader is served between two ticks, and when the browser is closed nothing runs on. A short one is
computed where it is opened.
"""

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import cachetools
import streamlit as st

from memattn.dials import Option
from memattn.figures.draw import draw, in_words
from memattn.lessons import texts
from memattn.lessons.guesses import Guess
from memattn.lessons.lesson import UNTOLD, Experiment, Lesson, Result, Settings
from memattn.ui import controls, frame, link
from memattn.ui.lesson import memory, player
from memattn.ui.lesson.duel import second
from memattn.ui.notes import explained, note

RUNNING = "memattn:measuring"  # session state
TICK_SECONDS = 0.1  # between two ticks of the browser's timer
AT_ONCE_SECONDS = 0.5  # an experiment that is not long begins by itself; what it needs beyond is shown as progress
REDRAW_SECONDS = 1.0
SHORT = 12  # characters of a choice that has others beside it
MOST_KEPT = 64  # finished experiments, for all readers
PLOT = {"displaylogo": False, "displayModeBar": False}

Key = tuple[str, Settings, tuple[tuple[str, Any], ...]]
Show = Callable[[Result | None], object]  # draws what is known; None is nothing yet


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
        drawn: what the figure shows.
        drawn_at: when it was drawn, in seconds.
        guess: number of the sentence that the reader expects to come true, where that is asked.
        begun: whether the reader has asked to see what comes out.
    """

    key: Key
    steps: Iterator[Result] | None = None
    result: Result | None = None
    stopped: bool = True
    drawn: Result | None = None
    drawn_at: float = field(default=0.0)
    guess: int | None = None
    begun: bool = False

    @property
    def complete(self) -> bool:
        """Whether all is known."""
        return self.result is not None and self.result.done >= self.result.total

    @property
    def running(self) -> bool:
        """Whether there is more to do."""
        return not self.stopped and not self.complete

    def guess_of(self, experiment: Experiment) -> Guess | None:
        """What is asked before the figure is shown."""
        return experiment.guess(dict(self.key[2]))

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
    held = open_at(chosen, key)
    if held.result is None and held.running:
        held.run_on(chosen, AT_ONCE_SECONDS)
    if held.complete and held.result and not chosen.long:
        _figure(chosen, held.result)
        return
    follow(chosen, held, lambda result: _figure(chosen, result))


def open_at(chosen: Experiment, key: Key) -> Measuring:
    """The reader's experiment: the one that was going on, or else this one, as far as anybody has measured it."""
    held: Measuring | None = st.session_state.get(RUNNING)
    if held is None or held.key != key:
        held = Measuring(key, result=kept().get(key), stopped=chosen.long)
        st.session_state[RUNNING] = held
    return held


def follow(chosen: Experiment, held: Measuring, show: Show) -> None:
    """Draw progress, a way to stop, and what is known; while it runs, again with every part."""
    guess = held.guess_of(chosen)
    if guess:
        held.guess = _guess(guess, held)
    timed = held.running
    st.fragment(_progress, run_every=TICK_SECONDS if timed else None)(chosen, held, timed, show)


def _guess(guess: Guess, held: Measuring) -> int | None:
    """What the reader expects, before the figure is shown."""
    numbers = range(len(guess.offered))
    found: int | None = st.radio(
        f"**Guess first.** {guess.asks}",
        numbers,
        held.guess,
        format_func=guess.offered.__getitem__,
        key=link.widget(f"guess_{zlib.crc32(guess.asks.encode())}"),
        disabled=held.begun,
        horizontal=max(map(len, guess.offered)) <= SHORT,
    )
    if held.begun:  # too late, also where the browser does not know it yet
        return held.guess
    return found if found in numbers else None  # a client may send anything


def _progress(chosen: Experiment, held: Measuring, timed: bool, show: Show) -> None:
    """One part if it runs; then how far it has come, and the figure."""
    if timed and held.running:
        held.run_on(chosen, chosen.together)
    guess = held.guess_of(chosen)
    held.result = kept().get(held.key, held.result)
    done, total = (held.result.done, held.result.total) if held.result else (0, 1)
    button, bar = st.columns([20, 80], gap="small", vertical_alignment="center")
    with button:
        if held.running:
            st.button("Cancel", key=link.widget("measure_cancel"), on_click=link.own(_stop), args=(held,))
        else:
            begin, finished = chosen.verbs
            hidden = guess is not None and not held.begun  # somebody else may have measured it
            title = "Show" if hidden and done else finished if held.complete else "Go on" if done else begin
            st.button(
                title,
                key=link.widget("measure_start"),
                type="primary",
                disabled=held.complete and not hidden,
                on_click=link.own(_start),
                args=(held,),
            )
    with bar:
        st.progress(done / total, text=f"{done:,} of {total:,} {chosen.counts}" if held.result else "not begun")
    with st.container():  # always there: with nothing to say, the figure keeps its place and is not torn down
        if held.stopped and done and not held.complete:
            wider = ", with wider intervals" if chosen.counts == "questions" else ""
            note(f"Cancelled after {done:,} of {total:,} {chosen.counts}: what is known so far stands{wider}.")
        if guess and held.begun and held.complete and held.result:
            _judged(guess, held.guess, held.result)
    if held.begun or not guess:
        _grow(held, show)
    if held.running != timed:
        st.rerun()  # once: draws this with the timer, or without it


def _judged(guess: Guess, chosen: int | None, result: Result) -> None:
    """What came of the reader's guess, or what came out where there was none."""
    if chosen is None:
        note(guess.outcome(result.data).truth)
        return
    right, said = guess.judge(chosen, result.data)
    note(said, problem=not right)


def _start(held: Measuring) -> None:
    held.stopped, held.begun = False, True


def _stop(held: Measuring) -> None:
    held.stopped = True


def _grow(held: Measuring, show: Show) -> None:
    """The figure; while an experiment runs it is drawn anew once a second, not with a tick."""
    now = time.monotonic()
    if not held.running or held.drawn is None or now - held.drawn_at > REDRAW_SECONDS:
        held.drawn, held.drawn_at = held.result, now
    show(held.drawn)


def _figure(chosen: Experiment, result: Result | None) -> None:
    """The figure, in words and in numbers, once something is known."""
    if result is None:
        return
    words = in_words(result.data)
    st.plotly_chart(draw(result.data, frame.theme()), key=link.widget("figure"), theme=None, alt=words, config=PLOT)
    st.caption(f"{words} {chosen.note}")
    if result.details:
        with st.expander("The same in numbers"):
            st.markdown(result.details)
