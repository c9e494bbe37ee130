"""Side by side: the same words through a second memory, one clock, both answers."""

from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from memattn.lessons import running, texts
from memattn.lessons.lesson import LAST, Lesson, Settings
from memattn.lessons.memories import Choice, titled
from memattn.records import counted
from memattn.ui import beforehand
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


def duel(lesson: Lesson, played: Played, shown: str, above: Any, beside: Any) -> bool:
    """A second memory beside that of the page, and both answers; whether it could be played.

    Args:
        lesson: the page.
        played: what is on its stage, side A.
        shown: the attention shown, a key of `player.HEADS`.
        above: place for the heading of that.
        beside: place for the stage of side B.
    """
    first = played.settings
    other = replace(first, choice=second(lesson, first), layer=LAST)
    if not player.possible(other, memory.SECOND):
        return False
    if running.layers_of(other) > 1:
        other = replace(other, layer=first.layer)
    beforehand.offer(player.foreseen(lesson, other, shown, memory.SECOND))
    together(lesson, first, other, shown, above, beside)
    return True


def together(lesson: Lesson, first: Settings, other: Settings, shown: str, above: Any, beside: Any) -> None:
    """Play a second run beside that of the page, and write both answers; arguments as for `duel`."""
    with above:
        heading("A", first)
    with beside:
        heading("B", other)
        player.play_beside(lesson, other, player.head_of(other, shown or player.SEEKER), "duel_B")
    answers(lesson, first, other)


def answers(lesson: Lesson, first: Settings, other: Settings) -> None:
    """What comes out of both runs."""
    for side, settings, column in zip("AB", (first, other), st.columns(2, gap="medium"), strict=True):
        with column:
            card(settings, side)
    _compared(lesson, first, other)
    st.caption(texts.ONE_CLOCK)


def _compared(lesson: Lesson, first: Settings, other: Settings) -> None:
    """What the lesson says of both, row by row."""
    rows = zip(beside(lesson, first), beside(lesson, other), strict=True)
    lines = [f"| {what} | {one} | {two} |" for (what, one), (_, two) in rows]
    if lines:
        st.markdown("\n".join(["| over the same words | A | B |", "|:--|--:|--:|", *lines]))


def heading(side: str, settings: Settings) -> None:
    """Which memory stands here, and how much it holds."""
    last = run(settings).trace.steps[-1]
    st.html(
        Markup('<p class="ma-side"><b>{}</b> {}<span>{} read by the last word · {} stored per head</span></p>').format(
            side, titled(settings.choice), counted(len(last.ids), "slot"), counted(last.state_floats, "number")
        )
    )
