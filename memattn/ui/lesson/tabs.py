"""What stands under the stage. Only the open view is drawn."""

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from memattn.lessons.formulas import formulas_of
from memattn.lessons.lesson import Lesson
from memattn.lessons.narration import span
from memattn.lessons.prediction import Prediction
from memattn.lessons.running import memory_of
from memattn.ui import controls, link
from memattn.ui.lesson import answer, costs, duel, how, measuring, own_tabs, parts
from memattn.ui.lesson.computed import asked_of
from memattn.ui.lesson.player import Played
from memattn.ui.lesson.words import bdi

NOTHING_TO_PREDICT = (
    "Here nothing leaves the memory, so there is nothing to predict. A smaller memory or a longer text helps."
)
TABS = ("What happens", "Answer", "Experiment", "Side by side", "Predict", "How it works", "Cost", "Read on")
OWN_BEFORE = TABS.index("How it works")


def names(lesson: Lesson) -> Sequence[str]:
    """The views of a lesson, its own among them; sources only where it has some."""
    every = (*TABS[:OWN_BEFORE], *lesson.own_tabs, *TABS[OWN_BEFORE:])
    return every if lesson.read_on else every[:-1]


def tabs(lesson: Lesson, played: Played, shown: str) -> None:
    """What stands under the stage; `shown` is the attention shown, a key of `player.HEADS`."""
    match controls.views(names(lesson), lesson.tab):
        case "What happens":
            _what_happens(lesson, played)
        case "Answer":
            answer.tab(played, shown)
        case "Experiment":
            measuring.experiment(lesson, played)
        case "Side by side":
            duel.duel(lesson, played, shown)
        case "Predict":
            _predict(asked_of(lesson, played.settings), played)
        case "How it works":
            how.how(lesson, played)
        case "Cost":
            costs.costs(played)
        case name if name in lesson.own_tabs:
            own_tabs.DRAWN[name]()
        case _:
            parts.read_on(lesson.read_on)


def _what_happens(lesson: Lesson, played: Played) -> None:
    lines = (lesson.formulas or formulas_of)(played.settings, played.run, played.step, played.head)
    parts.formulas(lines, played.run.trace, played.step, played.head)
    lanes = memory_of(played.settings).lanes(len(played.run.trace.tokens))
    parts.in_words(played.run.trace, lanes, played.step, played.head)


def _predict(questions: Sequence[Prediction], played: Played) -> None:
    if not questions:
        st.markdown(NOTHING_TO_PREDICT)
        return
    question, tokens = questions[0], played.run.trace.tokens
    asks = (
        "<p><b>Before you press play:</b> while <i>Predict</i> is on (key <kbd>p</kbd>), the stage stops at token {} "
        "and asks: <i>{}</i> Click the pairs, choose, reveal.</p>"
    )
    st.html(Markup(asks).format(question.step + 1, question.prompt))  # no Markdown: it quotes the reader's words
    with st.expander("Reveal it here instead", key=link.widget("reveal")):
        pairs = Markup(" ").join(bdi(tokens[slot]) for slot in question.answer)
        said = str(question.feedback["right"]).removeprefix("Right: ")
        st.html(Markup("<p>Answer: {} {}: “{}”.</p>").format(said, span(question.answer), pairs))
