"""Read a story: a trained model reads it with the memory you choose, and answers."""

from memattn.lessons.story import content
from memattn.ui.frame import page
from memattn.ui.warmup import device

page(content.TITLE, content.CLAIM, folded=True)
device().result()  # two threads must not import the same packages at once

import streamlit as st

from memattn.ui import controls, story
from memattn.ui import lesson as parts


@st.fragment  # a move of a control runs this alone, not the frame around it
def reading() -> None:
    """Controls, answer, stage, and what stands below; the check comes last, since nothing waits for it."""
    story.chips()
    left, right = st.columns([73, 27], gap="medium")
    with right, st.container(key="controls"):
        chosen, shown, answer, _ = story.settings()
    with left:
        ready = story.possible(chosen)
    if ready:
        with answer:
            story.card(chosen)
        head = story.head_of(chosen, shown)
        with left:
            story.play(chosen, head)
            badge = st.container()
        story.tabs(chosen, shown)
        with badge:
            parts.badge(story.trace_of(chosen), story.checked(chosen), story.look())
    controls.notices()


reading()
