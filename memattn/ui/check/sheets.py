"""Worksheets to print, on the page: a lesson, a seed, and a file that needs nothing else."""

import streamlit as st
from markupsafe import Markup

from memattn.dials import Dial
from memattn.lessons.items import LESSONS, items_of
from memattn.lessons.items.worksheet import html, sheet
from memattn.ui import controls, link, worksheets
from memattn.ui.cache import cached, in_turn

SEED = Dial(1, 1, 99, "", "", "Another number gives the same questions with other numbers.", "Worksheet", 1, 1)
LABEL, HELP = "Questions and key", "One file: the questions, and the key on pages of its own."
LINK = Markup('<a class="ma-download" href="{}" title="{}" download>{}</a>')


def _written(lesson: str, seed: int) -> str:
    return html(sheet(LESSONS[lesson], items_of(lesson), seed))


written = cached(in_turn(_written))


def offer() -> None:
    """Draw what chooses a worksheet, and the button that brings it."""
    with st.expander("Worksheet to print", key=link.widget("sheets"), on_change="rerun") as place:
        if not place.open:
            return
        lesson = controls.choice("lesson", "Lesson", LESSONS, next(iter(LESSONS)), view=True)
        seed = int(controls.dial("sheet", SEED, view=True))
        if worksheets.answers():
            st.html(LINK.format(worksheets.address(lesson, seed), HELP, LABEL))
            return
        st.download_button(
            LABEL,
            lambda: written(lesson, seed),
            f"memattn-{lesson}-{seed}.html",
            "text/html",
            key=link.widget("print"),
            on_click="ignore",
            help=HELP,
        )
