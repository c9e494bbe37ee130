"""The questions of a run: what was answered, and the way to each of them."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
from markupsafe import Markup

from memattn.lessons.lesson import Lesson
from memattn.lessons.prediction import Prediction
from memattn.ui import link
from memattn.ui.lesson import player
from memattn.ui.lesson.computed import asked_of
from memattn.ui.lesson.player import Played

NOTHING = "Here nothing happens that could be predicted. A longer text helps."
ASKS = (
    "<p>While <i>Predict</i> is on (key <kbd>p</kbd>), the stage stops at up to three of these moments and asks. Click "
    "any of them: the stage goes there and opens the question. <b>{}</b></p>"
)


class Standing(NamedTuple):
    """How a question stands with a reader.

    Args:
        sign: in front of it; colour is never the only sign.
        words: the same in words.
        action: what a click on it does now.
    """

    sign: str
    words: str
    action: str


OPEN = Standing("○", "open", "Ask me")
RIGHT = Standing("✓", "right", "Again")
WRONG = Standing("✗", "not yet", "Try again")


def predict(lesson: Lesson, played: Played) -> None:
    """List the questions of the run, each with how it was answered and a button that takes the stage there."""
    questions = asked_of(lesson, played.settings, played.head)
    if not questions:
        st.markdown(NOTHING)
        return
    stand = [standing(question) for question in questions]
    st.html(Markup(ASKS).format(tally(stand)))
    with st.container(key="predictions", gap="small"):
        for which, (question, stands) in enumerate(zip(questions, stand, strict=True)):
            st.button(
                f"{stands.sign} token {question.at.step + 1} · **{question.title}** · {stands.words}",
                key=link.widget(f"predict_{which}"),
                help=stands.action,
                on_click=link.own(player.ask),
                args=(lesson, played, which),
                type="tertiary",
            )
    with st.expander("All answers, without the stage", key=link.widget("reveal")):
        st.html(Markup("<dl>{}</dl>").format(Markup("").join(map(told, questions))))


def standing(question: Prediction) -> Standing:
    """How a question of this page stands with its reader."""
    right = link.here().answered.get(question)
    return OPEN if right is None else RIGHT if right else WRONG


def tally(stand: Sequence[Standing]) -> str:
    """How many stand how: "2 right, 1 not yet, 4 open"."""
    return ", ".join(f"{stand.count(one)} {one.words}" for one in (RIGHT, WRONG, OPEN)) + "."


def told(question: Prediction) -> Markup:
    """A question with its answer; no Markdown: both quote the reader's words."""
    asks = Markup("<dt>Token {}: {}</dt><dd>{}</dd>")
    return asks.format(question.at.step + 1, question.prompt, question.truth)
