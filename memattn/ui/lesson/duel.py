"""Side by side: the same words through a second memory, one clock, both answers."""

from dataclasses import replace

import streamlit as st
from markupsafe import Markup

from memattn.lessons import running, texts
from memattn.lessons.lesson import LAST, Lesson, Settings
from memattn.lessons.memories import Choice, titled
from memattn.records import counted
from memattn.ui.lesson import memory, player
from memattn.ui.lesson.answer import card
from memattn.ui.lesson.computed import beside, run
from memattn.ui.lesson.player import Played

BEGINS = "window"


def second(lesson: Lesson, settings: Settings) -> Choice:
    """Controls of the second memory, in one row."""
    select, *places, more = st.columns([28, 13, 13, 13, 13, 20], gap="small")
    with select:
        choice = memory.which(lesson, memory.SECOND, BEGINS)
    with more:
        choice = memory.compression(choice, settings.model, memory.SECOND)
        choice = memory.kinds(lesson, choice, settings.model, memory.SECOND)
    return memory.sizes(lesson, choice, memory.SECOND, places)


def duel(lesson: Lesson, played: Played, shown: str) -> None:
    """Both stages and both answers."""
    first = played.settings
    other = replace(first, choice=second(lesson, first), layer=LAST)
    if not player.possible(other, memory.SECOND):
        return
    if running.layers_of(other) > 1:
        other = replace(other, layer=first.layer)
    for side, settings, column in zip("AB", (first, other), st.columns(2, gap="medium"), strict=True):
        with column:
            _heading(side, settings)
            player.play_beside(lesson, settings, player.head_of(settings, shown or player.SEEKER), f"duel_{side}")
            card(settings, side)
    _compared(lesson, first, other)
    st.caption(texts.ONE_CLOCK)


def _compared(lesson: Lesson, first: Settings, other: Settings) -> None:
    """What the lesson says of both, row by row."""
    rows = zip(beside(lesson, first), beside(lesson, other), strict=True)
    lines = [f"| {what} | {one} | {two} |" for (what, one), (_, two) in rows]
    if lines:
        st.markdown("\n".join(["| over the same words | A | B |", "|:--|--:|--:|", *lines]))


def _heading(side: str, settings: Settings) -> None:
    last = run(settings).trace.steps[-1]
    st.html(
        Markup('<p class="ma-side"><b>{}</b> {}<span>{} read by the last word · {} stored per head</span></p>').format(
            side, titled(settings.choice), counted(len(last.ids), "slot"), counted(last.state_floats, "number")
        )
    )
