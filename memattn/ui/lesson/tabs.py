"""What stands under the stage. Only the open view is drawn."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from memattn.lessons.formulas import formulas_of
from memattn.lessons.lesson import Lesson
from memattn.lessons.running import memory_of
from memattn.ui import controls
from memattn.ui.lesson import ahead, answer, costs, duel, how, measuring, own_tabs, parts, predicting
from memattn.ui.lesson.player import Played

TABS = ("What happens", "Answer", "Experiment", "Side by side", "Predict", "How it works", "Cost", "Read on")
OWN_BEFORE = TABS.index("How it works")


def names(lesson: Lesson) -> Sequence[str]:
    """The views of a lesson, its own among them; sources only where it has some."""
    every = (*TABS[:OWN_BEFORE], *lesson.own_tabs, *TABS[OWN_BEFORE:])
    return every if lesson.read_on else every[:-1]


def tabs(lesson: Lesson, played: Played, shown: str, above: Any, beside: Any) -> None:
    """What stands under the stage.

    Args:
        lesson: the page.
        played: what is on its stage.
        shown: the attention shown, a key of `player.HEADS`.
        above: place for a heading of the stage.
        beside: place for a second stage.
    """
    together, of_the_moment = False, None
    match controls.views(names(lesson), lesson.tab):
        case "What happens":
            of_the_moment = partial(_what_happens, lesson, played)
        case "Answer":
            answer.tab(played, shown)
        case "Experiment":
            measuring.experiment(lesson, played)
        case "Side by side":
            together = duel.duel(lesson, played, shown, above, beside)
        case "Predict":
            predicting.predict(lesson, played)
        case "How it works":
            how.how(played)
            of_the_moment = partial(how.code, lesson, played)
        case "Cost":
            costs.costs(played)
        case name if name in lesson.own_tabs:
            own_tabs.DRAWN[name]()
        case _:
            parts.read_on(lesson.read_on)
    ahead.moment(of_the_moment)
    if not together:
        parts.reserve(above, beside)


def _what_happens(lesson: Lesson, played: Played) -> None:
    lines = (lesson.formulas or formulas_of)(played.settings, played.run, played.step, played.head)
    parts.formulas(lines, played.run.trace, played.step, played.head)
    lanes = memory_of(played.settings).lanes(len(played.run.trace.tokens))
    parts.in_words(played.run.trace, lanes, played.step, played.head)
