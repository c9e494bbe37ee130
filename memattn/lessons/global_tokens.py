"""Global tokens & the softmax: a token that everybody sees takes a part of every weight. No torch until computed."""

from memattn.lessons.lesson import Experiment, Lesson, Scenario
from memattn.lessons.moments import first
from memattn.lessons.views import Panels
from memattn.records import EventKind

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
)

READ_ON = (
    (
        "Xiao et al.: Efficient Streaming Language Models with Attention Sinks (2024)",
        "arXiv:2309.17453 — §3.1 shows what evicting the first tokens does, §3.2 keeps four of them beside a window, "
        "§3.3 adds 1 to the denominator instead.",
    ),
)


def experiments() -> tuple[Experiment, ...]:
    """Those of every lesson."""
    from memattn.lessons import experiments as common

    return common.BY_DISTANCE, common.LOSS, common.MAP


LESSON = Lesson(
    name="global",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    memories=("global_tokens", "window"),
    starts={"pinned": 3, "window": 13},
    experiments=experiments,
    read_on=READ_ON,
    views=VIEWS,
)
