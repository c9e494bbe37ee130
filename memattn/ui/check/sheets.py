"""Worksheets to print, on the page: a lesson, a seed, and a file that needs nothing else."""

import streamlit as st
from markupsafe import Markup

from memattn.lessons.items import LESSONS
from memattn.ui import controls, front, link, worksheets

LABEL, HELP = "Questions and key", "One file: the questions, and the key on pages of its own."
LINK = Markup('<a class="ma-download" href="{}" title="{}" download>{}</a>')


def offer() -> None:
    """Draw what chooses a worksheet, and the button that brings it."""
    with st.expander("Worksheet to print", key=link.widget("sheets"), on_change="rerun") as place:
        if not place.open:
            return
        lesson = controls.choice("lesson", "Lesson", LESSONS, next(iter(LESSONS)), view=True)
        seed = int(controls.dial("sheet", worksheets.SEED, view=True))
        if front.stands(worksheets.Worksheets):
            st.html(LINK.format(worksheets.address(lesson, seed), HELP, LABEL))
            return
        st.download_button(
            LABEL,
            lambda: worksheets.written(lesson, seed),
            f"memattn-{lesson}-{seed}.html",
            "text/html",
            key=link.widget("print"),
            on_click="ignore",
            help=HELP,
        )
