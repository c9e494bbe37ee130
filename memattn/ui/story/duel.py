"""Side by side: the same story through a second memory, one clock, both answers."""

from html import escape

import streamlit as st

from memattn.lessons.story import experiment, words
from memattn.lessons.story.ways import Choice, depth
from memattn.ui.story.cards import card
from memattn.ui.story.player import head_of, play, possible, trace_of
from memattn.ui.story.settings import memory
from memattn.ui.story.shared import Settings

SECOND_DEFAULT = "window"


def second(free: bool) -> Choice:
    """Controls of the second memory, in one row."""
    return memory(words.SECOND, SECOND_DEFAULT, free, row=True)


def duel(first: Settings, shown: str) -> None:
    """Both stages and both answers."""
    choice = second(first.free)
    other = Settings(first.words, choice, first.free, first.layer if depth(choice) > 1 else words.LAST)
    if not possible(other, words.SECOND):
        return
    for side, chosen, column in zip("AB", (first, other), st.columns(2, gap="medium"), strict=True):
        with column:
            _heading(side, chosen)
            play(chosen, head_of(chosen, shown), key=f"duel_{side}", plain=True)
            card(chosen)
    st.caption(words.ONE_CLOCK)


def _heading(side: str, chosen: Settings) -> None:
    last = trace_of(chosen).steps[-1]
    st.html(
        f'<p class="ma-side"><b>{side}</b> {escape(experiment.named(chosen.choice))}'
        f"<span>{len(last.ids)} slots read · {last.state_floats:,} numbers stored per head</span></p>"
    )
