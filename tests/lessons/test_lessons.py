"""What the pages are made of: every name that a lesson uses is one that there is."""

from typing import get_args

import pytest

from memattn.lessons import texts
from memattn.lessons.compressive import reach, sizes
from memattn.lessons.lesson import Lesson
from memattn.lessons.memories import Choice, make, settings_of
from memattn.lessons.views import View
from memattn.memory import MEMORIES
from memattn.ui.lesson.own_tabs import DRAWN
from memattn.ui.lesson.tabs import TABS, names
from memattn.ui.link import LENS
from tests.lessons.cases import settings
from tests.lessons.every import LESSONS

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


@every_lesson
def test_a_lesson_begins_with_controls_that_there_are(lesson: Lesson) -> None:
    assert set(lesson.memories) <= set(MEMORIES)
    begins = Choice(str(lesson.starts.get("memory", (*lesson.memories, "full")[0])))
    known = {**settings_of(begins.name), **texts.SIZES, "memory": begins}
    assert set(lesson.starts) <= set(known)
    for key in {*texts.SIZES} & {*lesson.starts}:
        assert texts.SIZES[key].low <= lesson.starts[key] <= texts.SIZES[key].high  # type: ignore[operator]
    assert lesson.tab in names(lesson)
    assert set(names(lesson)) - set(TABS) == set(lesson.own_tabs) <= set(DRAWN)
    views = [view for panel in lesson.views for view in panel]
    assert len(views) == len(set(views)) and set(views) <= set(get_args(View))
    assert ("Read on" in names(lesson)) == bool(lesson.read_on)


@every_lesson
def test_scenarios_have_names_of_their_own_and_sentences(lesson: Lesson) -> None:
    chips = [scenario.name for scenario in lesson.scenarios]
    assert len(set(chips)) == len(chips) and not set(chips) & {*TABS, *lesson.own_tabs}, (
        "chips and tabs stand on one page"
    )
    assert all(scenario.look.endswith((".", "?")) for scenario in lesson.scenarios)
    assert {scenario.view for scenario in lesson.scenarios} <= {"", *(view for panel in lesson.views for view in panel)}
    assert lesson.claim.endswith((".", "?"))
    for scenario in lesson.scenarios:
        assert scenario.view in ("", *(view for panel in lesson.views for view in panel))
        assert not scenario.lens or (scenario.view == "lens" and LENS.fullmatch(scenario.lens))


def test_lessons_are_told_apart_by_name_and_each_is_itself() -> None:
    assert len({lesson.name for lesson in LESSONS}) == len(LESSONS)
    assert len(set(LESSONS)) == len(LESSONS)


@pytest.mark.parametrize(
    ("n_s", "n_m", "n_cm", "c", "tokens"),
    [(5, 11, 7, 3, (32, 34)), (2, 17, 0, 5, (17, 21)), (7, 7, 13, 1, (20, 20)), (6, 11, 7, 3, (33, 33))],
)
def test_the_reach_is_what_mem_and_cmem_stand_for(
    n_s: int, n_m: int, n_cm: int, c: int, tokens: tuple[int, int]
) -> None:
    values = {"segment_length": n_s, "memory_length": n_m, "compressed_length": n_cm, "rate": c}
    own = settings(Choice("compressive", tuple(values.items()), "mean"), "planted")
    assert sizes(own) == (n_s, n_m, n_cm, c)
    assert reach(own) == make(own.choice).reach == tokens  # type: ignore[attr-defined]


def test_a_long_text_can_be_begun_at_every_word_but_its_last() -> None:
    assert (texts.begin(57).low, texts.begin(57).high, texts.begin(57).start) == (1, 56, 1)
    assert texts.begin(1).high == 1
