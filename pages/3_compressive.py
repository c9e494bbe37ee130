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
    """Controls, run, stage, answer, and what stands below."""
    compressive.chips()
    left, right = st.columns([73, 27], gap="medium")
    with right, st.container(key="controls"):
        settings, shown, answer = compressive.settings()
    with left:
        asked = compressive.view(settings)
        head = compressive.head_of(asked, shown)
        step = compressive.picture(shown)
        parts.badge(asked.trace, compressive.checked(settings), compressive.look())
    with answer:
        parts.answer_card(asked)
    compressive.tabs(settings, asked, step, head)
    controls.notices()


lesson()
