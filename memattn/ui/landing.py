"""The landing page's parts: one example at work, and the map of the lessons."""

from dataclasses import replace
from html import escape

import streamlit as st

from memattn.lessons.compressive import runs as lesson
from memattn.lessons.tellers import missing_weights
from memattn.reader import readable
from memattn.ui import compressive
from memattn.ui.navigation import GROUPS, Stop

SEED = 7
TOKENS = 60


def example() -> None:
    """A short story read with a small compressive memory: the whole idea in one picture."""
    story = compressive.told(SEED, TOKENS)
    trained = not missing_weights()
    settings = lesson.Settings(6, 12, 6, 3, "conv" if trained else "mean", "carry", story.words, trained, SEED)
    fact = lesson.nearest_to_reach(story, settings, "inside")
    settings = replace(settings, words=story.with_question(fact).words)
    asked = compressive.ran(settings)
    compressive.play(settings, key="landing", head=compressive.head_of(asked, compressive.SEEKER))
    word, probability = asked.answers[0]
    st.html(
        f'<p class="ma-look"><b>{escape(readable(fact.question))}</b> The model answers '
        f"<b>{escape(word)}</b> ({probability:.2f}). The story says: {escape(readable(fact.words))}</p>"
    )


def lesson_map() -> None:
    """Every lesson as a card, those to come among them."""
    for group, stops in GROUPS:
        st.html(f'<h2 class="ma-group-title">{escape(group)}</h2>')
        for row in range(0, len(stops), 3):
            for column, stop in zip(st.columns(3, gap="small"), stops[row : row + 3], strict=False):
                with column:
                    _card(stop)


def _card(stop: Stop) -> None:
    with st.container(border=True, height="stretch", key=f"{'open' if stop.ready else 'coming'}_{stop.title}"):
        if stop.ready:
            st.page_link(stop.file, label=f"**{stop.title}** →")
        else:
            st.html(f'<div class="ma-card-title">{escape(stop.title)} <i>coming</i></div>')
        st.html(f'<p class="ma-card-claim">{escape(stop.claim)}</p>')
