"""Every lesson with every memory at the ends of its dials: whatever a page makes of such a run can be made."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from memattn.dials import Dial
from memattn.lessons.formulas import formulas_of
from memattn.lessons.lesson import Lesson, Model, Settings
from memattn.lessons.memories import Choice, settings_of
from memattn.lessons.numbers import pairs
from memattn.memory import MEMORIES
from memattn.ui.lesson import computed
from tests.lessons.every import LESSONS

STORY = "the red key is in the kitchen . anna likes soup . where is the red key ?"
WORDS = tuple(STORY.split())
TEXTS: dict[Model, tuple[str, ...]] = {
    "trained": WORDS,
    "planted": WORDS,
    "free": ("one",),
    "pairs": pairs("1 2 : 10 11; 3 4 : 12 13; 5 6 : 14 15"),
}
KINDS = [(lesson, name) for lesson in LESSONS for name in lesson.memories or MEMORIES]


def ends(name: str) -> Iterator[Choice]:
    """All dials of a memory at one end, and each of them alone."""
    dials = {key: setting for key, setting in settings_of(name).items() if isinstance(setting, Dial)}
    for end in ("low", "high"):
        far = {key: type(dial.start)(getattr(dial, end)) for key, dial in dials.items()}
        yield Choice(name).with_settings(**far)
        if len(far) > 1:
            for key, value in far.items():
                yield Choice(name).with_settings(**{key: value})


@pytest.mark.parametrize("model", TEXTS)
@pytest.mark.parametrize(("lesson", "name"), KINDS, ids=[f"{lesson.name}-{name}" for lesson, name in KINDS])
def test_what_a_page_says_of_a_run_can_be_said_at_the_ends_of_every_dial(
    lesson: Lesson, name: str, model: Model
) -> None:
    played = 0
    for choice in ends(name):
        untrained = replace(choice, compression="mean") if choice.compression and model != "trained" else choice
        settings = Settings(untrained, TEXTS[model], model)
        try:
            run = computed.run(settings)
        except ValueError as refused:
            assert str(refused)
            continue
        assert computed.packed(lesson, settings, 0).packed
        computed.beside(lesson, settings)
        for step in {0, len(run.trace.steps) - 1}:
            (lesson.formulas or formulas_of)(settings, run, step, 0)
        played += 1
    assert played
