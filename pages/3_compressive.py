"""Lesson 3: watch pairs leave the short-term memory and come back compressed."""

from memattn.lessons.compressive import content
from memattn.ui.frame import page
from memattn.ui.warmup import device

page(content.TITLE, content.CLAIM, folded=True)
device().result()  # two threads must not import the same packages at once

import streamlit as st

from memattn.ui import ahead, compressive, controls
from memattn.ui import lesson as parts


@st.fragment(key=ahead.LESSON)  # a move of a control runs this alone, not the frame around it
def lesson() -> None:
    """Controls, run, stage, answer, and what stands below; the check comes last, since nothing waits for it."""
    run = ahead.Run()
    compressive.chips()
    left, right = st.columns([73, 27], gap="medium")
    with right, st.container(key="controls"):
        reading = compressive.settings()
    with left:
        place = st.container()
    chosen, asked, head, step = compressive.picture(run, reading, place)
    with left:
        badge = st.container()
    with reading.answer:
        parts.answer_card(asked)
    compressive.tabs(chosen, asked, step, head)
    with badge:
        parts.badge(asked.trace, compressive.checked(chosen), compressive.look())
    controls.notices()


lesson()
