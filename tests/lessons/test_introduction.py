"""From the introduction to the conclusion: the shipped readers answer as the sentences say."""

import numpy as np
import pytest

from memattn.intervals import Proportion
from memattn.lessons import introduction, sinks
from memattn.lessons.introduction import COUNTS, distance_of, joined, right
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.results import Line, LinePoint, Lines
from memattn.reader.both_ways import reach
from memattn.reader.stories import draw_facts
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.trained.globals import GLOBALS, KIND, draw_texts
from memattn.reader.world import parse
from memattn.records import Role

NOTHING = Settings(Choice("window"), ())


def test_the_window_joins_nothing_and_one_global_token_one_fact() -> None:
    far = 60
    assert right("globals", 0, 1, far, 29) <= 4
    assert right("globals", 1, 1, far, 29) >= 28
    assert 5 <= right("globals", 1, 4, 33, 59) <= 35


@pytest.mark.parametrize(("name", "near", "far"), [("stack-1", 4, 25), ("stack-2", 18, 46), ("stack-3", 39, 67)])
def test_a_stack_answers_within_its_reach_and_guesses_beyond(name: str, near: int, far: int) -> None:
    limit = reach(introduction.model(name).config, introduction.WINDOW)
    assert distance_of(near) <= limit < distance_of(far)
    assert right(name, 0, 1, near, 23) >= 18
    assert right(name, 0, 1, far, 23) <= 4


def test_the_distance_is_from_the_answer_to_the_question_mark() -> None:
    ids, answers = draw_texts(np.random.default_rng(5), 1, 1, 26, 11)
    words = Tokenizer().decode(ids[0].tolist())
    fact = parse(words).facts[0]
    assert len(words) - 1 - fact.answer_at == distance_of(11) and words[fact.answer_at] == fact.answer
    assert answers.shape == (1, 1)


def test_counts_grow_together_and_the_last_are_of_all_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introduction, "right", lambda name, count, facts, gap, texts, part=0: min(texts, count + part))
    monkeypatch.setattr(introduction, "TEXTS", 20)
    monkeypatch.setattr(introduction, "PART", 10)
    parts = list(joined(NOTHING, {"ways": "g"}))
    assert [part.done for part in parts] == [200, 250, 300, 350, 400] and parts[-1].total == 400
    for line in parts[-1].data.lines:
        assert [point.y for point in line.points] == [(min(10, c) + min(10, c + 1)) / 20 for c in COUNTS]
    assert "| 8 | 1 of 20 (0.01 to 0.24) |" in parts[-1].details


def test_who_knows_the_places_alone_is_right_as_often_as_the_levels_say() -> None:
    """A fact of the text at random: its place is the one asked for, or happens to be the same."""
    rng, texts = np.random.default_rng(3), 2000
    for facts in introduction.FACTS:
        drawn = [draw_facts(rng, facts, (KIND,)) for _ in range(texts)]
        shares = [sum(other.answer == own[0].answer for other in own) / facts for own in drawn]
        assert introduction.knows_places(facts) == pytest.approx(np.mean(shares), abs=0.01)
    assert introduction.knows_places(1) == 1


def test_the_figure_marks_what_knowing_the_places_alone_is_worth_and_names_the_length_of_the_texts() -> None:
    shares = {
        (facts, count): Proportion({1: 200, 2: 107, 4: 62, 8: 36}[facts], 200)
        for facts in introduction.FACTS
        for count in COUNTS
    }
    data = introduction._counted(shares)
    assert [line.name for line in data.lines] == [
        "1 fact, 80 words",
        "2 facts, 80 words",
        "4 facts, 80 words",
        "8 facts, 128 words",
    ]
    levels = {"blind guess": 1 / 24} | {f"one of {f} told places": 1 / f + (1 - 1 / f) / 24 for f in (2, 4, 8)}
    assert data.levels == pytest.approx(levels)
    assert data.says == (
        "Right with g = 1, and by a guess among the told places: 0.54 and 0.52 of 2 facts, 0.31 and 0.28 of 4 facts, "
        "0.18 and 0.16 of 8 facts."
    )
    trained = GLOBALS.recipe
    assert f"training had up to {max(trained.facts)} facts in {trained.tokens} words" in sinks.JOINED_NOTE
    assert max(introduction.LENGTHS.values()) > trained.tokens and max(introduction.FACTS) > max(trained.facts)


def test_by_distance_every_reader_has_a_curve_with_its_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introduction, "PART", 2)
    monkeypatch.setattr(introduction, "GAPS", (4, 25))
    *_, last = joined(NOTHING, {"ways": "distance"})
    names = [line.name for line in last.data.lines]
    assert names == ["1 layer, reach 21", "2 layers, reach 42", "3 layers, reach 63", "2 layers and 1 global token"]
    assert [point.x for point in last.data.lines[0].points] == [distance_of(4), distance_of(25)] == [11, 32]
    assert last.done == last.total == 16


@pytest.mark.parametrize(("four", "answer"), [(1.0, 0), (0.34, 1), (0.05, 2)])
def test_the_verdict_on_four_facts_is_that_of_the_numbers(four: float, answer: int) -> None:
    points = [
        tuple(LinePoint(count, y, y - 0.02, y + 0.02) for count, y in zip(COUNTS, (0.04, *[top] * 4), strict=True))
        for top in (0.98, 0.5, four, 0.2)
    ]
    data = Lines(tuple(Line(str(at), Role.GLOBAL, own) for at, own in enumerate(points)), "g", "share")
    assert [introduction.FOUR.judge(chosen, data)[0] for chosen in range(3)] == [at == answer for at in range(3)]
    assert "not of whom they were told, is right in 0.28, a blind guess in 0.04." in introduction.FOUR.judge(1, data)[1]
