"""Compare: every memory on one story, two of them locked together, all of them against their bytes. No torch."""

from memattn.lessons.lesson import Lesson, Scenario

TITLE = "Compare"
CLAIM = "Every memory, the same text, one clock: who still has the fact, and what does it cost to keep it?"

SCENARIOS: tuple[Scenario, ...] = ()

LESSON = Lesson(
    name="compare",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    starts={"n": 160, "memory": "window"},
)
