"""The story that all memories read on this page, and the fact that is followed through them."""

from typing import Any, NamedTuple

from memattn.dials import Dial
from memattn.lessons import texts
from memattn.lessons.lesson import Lesson
from memattn.reader import Fact, readable
from memattn.ui import controls
from memattn.ui.lesson.computed import make_up
from memattn.ui.notes import note

LENGTH = Dial(
    160, 24, 256, "T", "tokens", "Length of the story; the question comes on top.", "Length", 160, 1
)  # so that as many runs as there are memories fit on one screen and into one moment


class Told(NamedTuple):
    """A story that ends in a question.

    Args:
        words: all of them.
        fact: that is asked for.
    """

    words: tuple[str, ...]
    fact: Fact


def story(lesson: Lesson, number: Any, length: Any, facts: Any, asked: Any) -> Told:
    """Draw the controls of the story, each in its place.

    Args:
        lesson: the page.
        number: place for which story it is.
        length: for its length.
        facts: for how many it tells.
        asked: for which of them is followed.
    """
    with number:
        seed = int(controls.dial("seed", texts.SIZES["seed"], lesson.starts.get("seed")))  # type: ignore[arg-type]
    with length:
        tokens = int(controls.dial("n", LENGTH))
    with facts:
        told = int(controls.dial("facts", texts.SIZES["facts"], lesson.starts.get("facts")))  # type: ignore[arg-type]
    made = make_up(seed, tokens, told)
    questions = {readable(fact.question): fact for fact in made.story.facts}
    with asked:
        begins = list(questions)[len(questions) // 2]
        question = controls.choice(
            "q",
            "The fact that is followed",
            {one: one for one in questions},
            begins,
            help="It is asked for at the end.",
        )
    if made.note:
        note(made.note)
    fact = questions[question]
    return Told(made.story.with_question(fact).words, fact)
