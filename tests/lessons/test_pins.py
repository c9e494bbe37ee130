"""More and more pins: what is measured is what the models do, and verdicts are read from the numbers."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from memattn.lessons import budget, pins
from memattn.lessons.echo import model
from memattn.lessons.guesses import Guess, Outcome
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.models import trained
from memattn.lessons.results import Line, LinePoint, Lines
from memattn.memory.global_tokens import GlobalTokens
from memattn.reader.echo.measure import observe, texts
from memattn.records import Role

NOTHING = Settings(Choice("window"), ())


def curves(*heights: float) -> Lines:
    lines = [Line(str(at), Role.GLOBAL, (LinePoint(7, y, y, y),)) for at, y in enumerate(heights)]
    return Lines(tuple(lines), "x", "y")


def test_perplexity_in_pieces_is_that_of_the_whole_text() -> None:
    ids, saved = texts(3, 77, 11), model()
    memory = pins.memory_of(2, 11)
    assert memory == GlobalTokens(2, 9)
    whole = observe(saved.weights, saved.config, ids, memory).surprise
    torch.testing.assert_close(torch.cat(list(pins.surprises(ids, memory)), dim=1), whole, rtol=1e-4, atol=1e-4)


def test_the_window_breaks_where_the_first_word_leaves_and_one_pin_repairs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "TEXTS", 5)
    monkeypatch.setattr(pins, "BINS", (16, 32, 64, 128))
    *_, last = pins.by_position(NOTHING, {})
    assert (last.done, last.total) == (128, 128)
    window, *pinned = last.data.lines
    assert [point.x for point in window.points] == [32, 64, 128]
    for point, *others in zip(window.points, *(line.points for line in pinned), strict=True):
        assert all(point.y > 1.5 * other.y for other in others)
        assert max(other.y for other in others) == pytest.approx(min(other.y for other in others), rel=0.02)
        assert all(one.low < one.y < one.high for one in (point, *others))
    assert pins.enough(last.data) == 1 and pins.HOW_MANY.judge(1, last.data)[0]
    for chosen, says in ((0, "The window alone is not enough."), (3, "4 pins are not better by more than 1 %.")):
        said = pins.HOW_MANY.judge(chosen, last.data)[1]
        assert said.startswith(f"{says} {pins.ONE_PLACE}") and f"is {window.points[-1].y:.2f} with 0" in said
    assert f"| {pins.named(1)} |" in last.details and "× 1.000 (1.000 to 1.000)" in last.details


def test_as_many_pins_are_enough_as_come_within_one_percent() -> None:
    assert pins.enough(curves(14.0, 6.77, 6.70, 6.71, 6.80)) == 2
    assert pins.enough(curves(14.0, 6.76, 6.70, 6.71, 6.80)) == 1


def test_every_story_tells_three_facts_first_and_eight_in_its_second_half() -> None:
    stories = budget.told()
    assert {len(story.words) for story in stories} == {2 * budget.HALF}
    assert len(set(stories)) == budget.STORIES
    for story in stories:
        starts = [fact.start for fact in story.facts]
        assert len(starts) == 11 and starts == sorted(starts)
        assert starts[0] == 1 and story.facts[2].end <= 25 and starts[3] >= budget.HALF
        assert all(one.end == other.start for one, other in pairwise(story.facts[:3]))


def test_answers_from_one_state_are_those_of_every_question_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "STORIES", 3)
    budget.told.cache_clear()
    choice = Choice("global_tokens", (("pinned", 16), ("window", 48)))
    reader, stories = trained(choice), budget.told()
    anew = [
        reader.right([(story, story.facts[place]) for story in stories], reader.memories(choice)) for place in range(11)
    ]
    assert budget.right(GlobalTokens(16, 48)) == anew
    assert 3 < np.sum(anew) < 30
    budget.told.cache_clear()


def test_of_64_slots_more_pins_win_the_introduction_and_lose_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "STORIES", 13)
    monkeypatch.setattr(budget, "FIXED", (0, 24, 60))
    budget.told.cache_clear()
    parts = list(budget.measured(NOTHING, {"budget": "fixed"}))
    assert [(part.done, part.total) for part in parts] == [(1, 3), (2, 3), (3, 3)]
    introduction, late, every = ([point.y for point in line.points] for line in parts[-1].data.lines)
    assert introduction[0] < 0.3 and introduction[1:] == [1.0, 1.0]
    assert late == sorted(late, reverse=True) and late[0] > 0.3 and late[-1] < 0.2
    assert np.argmax(every) == 1 and np.allclose(every, np.multiply(introduction, 3 / 11) + np.multiply(late, 8 / 11))
    assert [budget.BEST.judge(chosen, parts[-1].data)[0] for chosen in range(4)] == [True, True, False, False]
    assert "no sure difference to g = 0." in budget.BEST.judge(1, parts[-1].data)[1], "of so few stories"
    budget.told.cache_clear()


def test_beside_a_window_that_stays_pins_cost_reading_and_take_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "STORIES", 7)
    monkeypatch.setattr(budget, "ADDED", (0, 32, 128))
    budget.told.cache_clear()
    *_, last = budget.measured(NOTHING, {"budget": "added"})
    introduction, late, _ = last.data.lines
    assert [point.x for point in late.points] == [4 * 16 * 32, 4 * 16 * 64, 4 * 16 * 160]
    assert introduction.points[1].y == introduction.points[2].y == 1.0
    assert late.points[0].y <= late.points[2].y < late.points[0].y + 0.1
    budget.told.cache_clear()


def test_with_too_small_a_window_the_echo_model_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "ECHO", (0, 1, 13, 14))
    monkeypatch.setattr(budget, "ECHO_TEXTS", 3)
    *_, last = budget.measured(NOTHING, {"budget": "echo"})
    none, one, many, most = (point.y for point in last.data.lines[0].points)
    assert none > 1.5 * one and many == pytest.approx(one, rel=0.02) and most > 3 * none


def test_the_verdict_is_the_run_s() -> None:
    one = Guess("?", ("a", "b"), lambda data: Outcome(data, f"It is {data}."), lambda data, at: f"Not {at}.")
    assert (one.judge(1, 1), one.judge(0, 1)) == ((True, "Right. It is 1."), (False, "Not 0."))
