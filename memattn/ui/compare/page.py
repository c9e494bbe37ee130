"""Compare, drawn: the story on top, and one of three views below."""

import streamlit as st

from memattn.lessons.lesson import Lesson
from memattn.ui import controls, link
from memattn.ui.compare import duel, frontier, story, wall
from memattn.ui.lesson import ahead

TABS = ("Wall", "Duel", "Frontier")


def show(lesson: Lesson) -> None:
    """Draw the page."""
    wall.deliver()
    _page(lesson)


@st.fragment(key=ahead.LESSON)  # a move of a control runs this alone, not the frame around it
def _page(lesson: Lesson) -> None:
    run = ahead.Run()
    with link.part("compare"):
        with st.container(key="compare_views"):
            tab = controls.views(TABS, TABS[0])
        messages = st.container()
        if tab == "Frontier":
            frontier.frontier()
        else:
            with st.container(key="compare_story"):
                *places, one, other = st.columns([15, 15, 15, 25, 16, 15], gap="medium")
                told = story.story(lesson, *places)
            if tab == "Duel":
                duel.duel(lesson, told, run, duel.Around(one, other, messages))
                return
            wall.wall(told, one, other)
        with messages:
            link.notices()
        link.write()
