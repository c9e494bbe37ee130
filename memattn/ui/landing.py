"""The landing page's parts: one example at work, and the map of the lessons."""

from dataclasses import replace

import streamlit as st
from markupsafe import Markup, escape

from memattn.lessons.answering import Answer
from memattn.lessons.compressive import LESSON
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.models import missing_weights
from memattn.reader import Story, readable
from memattn.ui import link
from memattn.ui.lesson import computed, player
from memattn.ui.lesson.scenarios import nearest
from memattn.ui.navigation import GROUPS, Stop

SEED = 7
TOKENS, FACTS = 60, 5
HERE = replace(LESSON, name="start")  # the same player, on this page
SIZES = (("segment_length", 6), ("memory_length", 12), ("compressed_length", 6), ("rate", 3))


def settings() -> Settings:
    """A short story read with a small compressive memory; it asks for the oldest fact that is still carried."""
    trained = not missing_weights()
    choice = Choice("compressive", SIZES, "e2e" if trained else "mean")
    story: Story = computed.make_up(SEED, TOKENS, FACTS, "spread").story
    fact = nearest("inside", story, choice) or story.facts[-1]
    return Settings(choice, story.with_question(fact).words, "trained" if trained else "planted", SEED)


@st.fragment  # what its stage reports must not run the page, least of all when the reader has left it
def example() -> None:
    """The whole idea in one picture."""
    chosen = settings()
    played = player.play(HERE, chosen, player.head_of(chosen, player.SEEKER))
    answer = played.run.answer
    assert isinstance(answer, Answer) and answer.truth.fact
    word, probability = answer.ranked[0]
    st.html(
        Markup(
            '<p class="ma-look"><b>{}</b> After the last word the model answers <b>{}</b> ({}). The story says: {}</p>'
        ).format(readable(answer.truth.fact.question), word, f"{probability:.2f}", readable(answer.truth.fact.words))
    )
    link.notices()


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
