"""Read a story: a small trained transformer reads with any memory. No torch until something is computed."""

from memattn.lessons.lesson import Experiment, Lesson, Scenario
from memattn.lessons.moments import fact_leaves, first, last_read, told_again
from memattn.records import EventKind

TITLE = "Read a story"
CLAIM = "A small trained transformer reads your text with the memory you choose."

SCENARIOS = (
    Scenario(
        "First look",
        {"seed": 7},
        "What leaves Mem is squeezed four to one, and still answers.",
        shows=first(EventKind.COMPRESS),
    ),
    Scenario(
        "Past the window",
        {"memory": "window"},
        "The newest 32 pairs, none of them compressed: the fact has left, and the model guesses.",
        "outside",
        shows=fact_leaves,
    ),
    Scenario(
        "The beginning, pinned",
        {"memory": "global_tokens", "g": 16, "nc": 16, "where": "first"},
        "The first sixteen pairs never leave. What is told there stays; later facts do not.",
        "first",
        shows=first(EventKind.DROP),
    ),
    Scenario(
        "One average, one fact",
        {"memory": "recurrent", "n": 96, "facts": 1},
        "A single pair carries the whole story. One fact fits; add more facts and see them blur.",
    ),
    Scenario(
        "Told twice, differently",
        {},
        "Something else is told of the same thing at the end. Which of the two does the memory still hold?",
        "first",
        contradicts=True,
        shows=told_again,
    ),
    Scenario("Never told", {}, "The story says nothing about it. See how sure a guess can look.", "never"),
    Scenario(
        "Any language",
        {"story": "free", "f": "mean"},
        "Own words in any script, with untrained codes. The last word looks for what followed it before.",
        shows=last_read,
    ),
)


def experiments() -> tuple[Experiment, ...]:
    """Those of every lesson: many stories first."""
    from memattn.lessons import experiments as common

    return common.BY_DISTANCE, common.BY_FACTS, common.by_age(), common.LOSS, common.MAP


LESSON = Lesson(
    name="story",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    starts={"memory": "compressive", "n": 160, "facts": 8},
    experiments=experiments,
    tab="Answer",
)
