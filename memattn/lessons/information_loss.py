"""Information loss: a memory of fixed size must forget more the longer the text. No torch until it is computed."""

from memattn.lessons.lesson import Experiment, Lesson, Scenario
from memattn.lessons.moments import first
from memattn.records import EventKind

TITLE = "Information loss"
CLAIM = (
    "The summary of a 5,000-token report is fine. The one of 50,000 tokens misses the introduction. Where did it go?"
)
MEMORIES = ("merging", "window", "dynamic_global", "cumulative_average", "recurrent", "full")

SCENARIOS = (
    Scenario(
        "First look",
        {},
        "Sixteen slots are full; the seventeenth pair comes, and the two oldest neighbours become one mean.",
        shows=first(EventKind.MERGE),
    ),
)

READ_ON: tuple[tuple[str, str], ...] = (
    (
        "Course, Foundations of Large Language Models, chapter 2",
        "A fixed memory for a text of any length loses information; the course names memories that grow as a way out.",
    ),
)


def experiments() -> tuple[Experiment, ...]:
    """Those of every lesson."""
    from memattn.lessons import experiments as common

    return common.by_age(), common.BY_DISTANCE, common.LOSS, common.MAP


LESSON = Lesson(
    name="loss",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    memories=MEMORIES,
    experiments=experiments,
    read_on=READ_ON,
    own_tabs=("The legal document",),
)
