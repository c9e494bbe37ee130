"""Lesson 3: watch pairs leave the short-term memory and come back compressed."""

from typing import Any

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
    """Controls, stage, and what is said of the run."""
    run = ahead.Run()
    scenarios = st.container()
    left, right = st.columns([73, 27], gap="medium")
    with right, st.container(key="controls"):
        reading = compressive.settings()
    with left:
        stage, badge = st.container(), st.container()
    compressive.picture(run, reading, stage)
    rest(run, reading, scenarios, badge)


@st.fragment(key=ahead.REST)
def rest(run: ahead.Run, reading: compressive.Reading, scenarios: Any, badge: Any) -> None:
    """What depends on the run that is played; the check comes last, since nothing waits for it."""
    run.rests()
    with scenarios:
        compressive.chips()
    if run.played:
        chosen, asked, head, step = run.played
        with reading.answer:
            parts.answer_card(asked)
        compressive.tabs(chosen, asked, step, head)
        with badge:
            parts.badge(asked.trace, compressive.checked(chosen), compressive.look())
    controls.notices()


lesson()
