"""Global tokens & the softmax: a token that everybody sees takes a part of every weight. No torch until computed."""

from typing import TYPE_CHECKING

from memattn.lessons import eviction, sinks
from memattn.lessons.formulas import formulas_of
from memattn.lessons.lesson import Experiment, Formula, Head, Lesson, Scenario, Settings
from memattn.lessons.moments import first
from memattn.lessons.views import Panels
from memattn.records import EventKind

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

TITLE = "Global tokens & the softmax"
CLAIM = (
    "One weight is 0.98 and it jumps to another token at every step. What does one token that everybody sees change?"
)
VIEWS: Panels = (("map", "lens"), ("softmax", "curve", "history", "influence"))

SCENARIOS = (
    Scenario(
        "First look",
        {},
        "The first three pairs are pinned; the oldest pair of the window leaves, and they stay.",
        shows=first(EventKind.DROP),
    ),
    *sinks.SCENARIOS,
)

READ_ON = (
    (
        "Xiao et al.: Efficient Streaming Language Models with Attention Sinks (2024)",
        "arXiv:2309.17453 — §3.1 shows what evicting the first tokens does, §3.2 keeps four of them beside a window, "
        "§3.3 adds 1 to the denominator instead.",
    ),
    *sinks.READ_ON,
)


def formulas(settings: Settings, run: "Run", step: int, head: Head) -> tuple[Formula, ...]:
    """The common ones, and by what the others grow without what has left."""
    without = eviction.formula(run.trace, step, head)
    return (*formulas_of(settings, run, step, head), *((without,) if without else ()))


def experiments() -> tuple[Experiment, ...]:
    """Sinks and pins, and those of every lesson."""
    from memattn.lessons import experiments as common

    return *sinks.experiments(), common.BY_DISTANCE, common.LOSS, common.MAP


LESSON = Lesson(
    name="global",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    memories=("global_tokens", "window"),
    starts={"pinned": 3, "window": 13},
    formulas=formulas,
    predictions=eviction.asked,
    experiments=experiments,
    read_on=READ_ON,
    views=VIEWS,
)
