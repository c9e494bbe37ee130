"""Every experiment of the lessons runs to its end, counts its parts, and says what another computation says."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from memattn.dials import Option
from memattn.lessons import compressive, experiments, segments, story
from memattn.lessons.expected import answers_at, held
from memattn.lessons.experiments import (
    BY_DISTANCE,
    BY_FACTS,
    BY_RATE,
    CHOOSING,
    LOSS,
    MAP,
    RATES,
    ask,
    by_age,
    in_numbers,
)
from memattn.lessons.lesson import Experiment, Lesson, Result, Settings
from memattn.lessons.memories import RATE, Choice, titled
from memattn.lessons.models import FIRST, trained
from memattn.lessons.recall import ByDistance, ByFacts, WithinReach, complete
from memattn.lessons.results import AttentionMap, LossCurve, RecallByAge, RecallCurves
from memattn.lessons.running import model_of, run
from memattn.lessons.stories import unanswerable, with_question, without_question
from memattn.memory.compressive import Compressive
from memattn.reader import parse, readable
from tests.lessons.cases import BARE, COMPRESSED, DEEP, SMALL, asking, settings, told

LESSONS = {lesson.name: lesson for lesson in (segments.LESSON, compressive.LESSON, story.LESSON)}
OFFERED = {f"{lesson.name}: {one.name}": (lesson, one) for lesson in LESSONS.values() for one in lesson.experiments()}
OWN = settings(SMALL["compressive"])
TITLES = ["compressive", "two layers", "planted"]
DISTANCES, COUNTS = partial(ByDistance, stories=29), partial(ByFacts, stories=7, counts=(1, 3))


@pytest.fixture(autouse=True)
def few_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiments, "ByDistance", DISTANCES)
    monkeypatch.setattr(experiments, "ByFacts", COUNTS)
    monkeypatch.setattr(experiments, "STEPS", 40)


def starts(one: Experiment) -> dict[str, Any]:
    return {key: one.start if isinstance(one, Option) else int(one.start) for key, one in one.dials.items()}


def results(one: Experiment, own: Settings, values: Mapping[str, Any] | None = None) -> list[Result]:
    return list(one.run(own, starts(one) if values is None else values))


@pytest.mark.parametrize("name", OFFERED)
def test_an_experiment_runs_to_its_end_part_by_part(name: str) -> None:
    lesson, one = OFFERED[name]
    own = settings(SMALL[(*lesson.memories, "compressive")[0]])
    own = replace(own, others=(SMALL["window"],) if one.compares else ())
    found = results(one, own)
    assert [result.total for result in found] == [found[-1].total] * len(found)
    done = [result.done for result in found]
    assert done == sorted(set(done))
    assert done[-1] == found[-1].total
    assert one.long == (len(one.dials) > 0) == bool(found[-1].details)
    assert one.note.strip()
    assert lesson.experiments is LESSONS[lesson.name].experiments


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_experiments_have_names_of_their_own_and_the_tab_that_a_scenario_opens(lesson: Lesson) -> None:
    names = [one.name for one in lesson.experiments()]
    assert len(set(names)) == len(names)
    assert {str(s.values["exp"]) for s in lesson.scenarios if "exp" in s.values} <= set(names)


# --- of one run -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", [LOSS, MAP], ids=["loss", "map"])
@pytest.mark.parametrize("own", [OWN, settings(DEEP["window"]), settings(BARE["merging"], "planted")], ids=TITLES)
def test_an_experiment_of_one_run_shows_that_run(one: Experiment, own: Settings) -> None:
    (result,) = results(one, own)
    assert (result.done, result.total) == (1, 1)
    found = run(own)
    assert isinstance(result.data, LossCurve | AttentionMap)
    np.testing.assert_array_equal(result.data.trace.outputs, found.trace.outputs)
    assert result.data.head is None, "the page says whose attention it shows"


def test_an_experiment_of_one_run_needs_no_answer() -> None:
    for own in (settings(DEEP["window"], layer=FIRST), Settings(SMALL["window"], ("a", "b", "a"), "free")):
        for one in (LOSS, MAP):
            assert results(one, own)[0].data.trace.tokens == own.words
            assert not one.asks


# --- every fact of the story ----------------------------------------------------------------------------------------


BORDER = settings(SMALL["compressive"].with_settings(segment_length=6))  # the last word fills a segment


def test_the_last_word_reads_more_slots_than_its_update_leaves_at_the_border_of_a_segment() -> None:
    last = run(BORDER).trace.steps[-1]
    assert len(last.ids) > len(last.held_ids)


@pytest.mark.parametrize(
    "own",
    [OWN, settings(DEEP["window"]), settings(BARE["hybrid"], "planted"), BORDER],
    ids=[*TITLES, "at the border of a segment"],
)
def test_every_fact_is_asked_of_this_memory_of_a_window_and_of_full_attention(own: Settings) -> None:
    *_, last = results(by_age(), own)
    data, tale = last.data, without_question(parse(own.words))
    assert isinstance(data, RecallByAge)
    slots = len(run(own).trace.steps[-1].ids)
    layers = own.choice.layers
    memories = {
        "this memory": own.choice,
        f"window of as many slots, {slots}": Choice("window", (("window", slots),), layers=layers),
        "full attention": Choice("full", layers=layers),
    }
    assert list(data.series) == list(memories)
    assert last.total == len(memories) * len(tale.facts)
    for name, choice in memories.items():
        for fact, found in zip(tale.facts, data.series[name], strict=True):
            alone = replace(own, choice=choice, words=tale.with_question(fact).words)
            outputs = run(alone).trace.outputs
            model = model_of(alone)
            answers = model.answers(alone.words, model.memories(choice), outputs)
            assert found.probability == pytest.approx(answers[fact.answer], abs=1e-4)
            assert found.right == (max(answers, key=answers.__getitem__) == fact.answer)
            assert found.x == len(alone.words) - 1 - fact.answer_at
            assert found.label == readable(fact.words)
    assert all(found.right for found in data.series["full attention"])


def test_by_age_the_facts_appear_one_after_the_other() -> None:
    found = results(by_age(), OWN)
    assert [sum(map(len, result.data.series.values())) for result in found] == list(range(1, 10))


def test_where_the_story_tells_nothing_there_is_nothing_to_ask_and_the_experiment_ends() -> None:
    bare = parse(("<start>", "it", "rains", "now", "."))
    nothing = settings(SMALL["window"], story=with_question(bare, unanswerable(bare)))
    (result,) = results(by_age(), nothing)
    assert (result.done, result.total) == (1, 1)
    assert list(result.data.series.values()) == [(), (), ()]


def test_the_borders_of_mem_and_cmem_are_marked_on_the_lessons_own_page() -> None:
    one = next(one for one in compressive.LESSON.experiments() if one.name == by_age().name)
    most_waiting = 2  # n_s = 5 and c = 3: of the pairs beyond n_m up to c - 1 wait
    assert results(one, OWN)[-1].data.borders == {"n_m": 11, "reach": 11 + most_waiting + 3 * 7}
    assert results(by_age(), OWN)[-1].data.borders == {}


@pytest.mark.parametrize("name", SMALL)
def test_asking_without_a_trace_gives_the_answer_of_the_run(name: str) -> None:
    own = settings(SMALL[name])
    said = ask(own)
    assert dict(run(own).answer.ranked) == pytest.approx(  # type: ignore[union-attr]
        {word: said[word] for word, _ in run(own).answer.ranked},
        abs=1e-4,  # type: ignore[union-attr]
    )


# --- the rate c -----------------------------------------------------------------------------------------------------


def test_every_rate_is_that_of_a_run_at_this_rate() -> None:
    fact = asking(told()).facts[1]
    *_, last = results(BY_RATE, OWN)
    (points,) = last.data.series.values()
    assert [point.x for point in points] == list(RATES) == [1, 2, 3, 4, 5, 6, 7, 8]
    for point in points:
        alone = replace(OWN, choice=OWN.choice.with_settings(**{RATE: point.x}))
        model = trained(alone.choice)
        answers = model.answers(alone.words, model.memories(alone.choice), run(alone).trace.outputs)
        assert point.probability == pytest.approx(answers[fact.answer], abs=1e-4)
        assert point.right == run(alone).answer.right  # type: ignore[union-attr]
        assert point.label == readable(fact.words)
    assert len({point.probability for point in points}) == 8


def test_rates_that_no_kernels_were_trained_for_are_left_out() -> None:
    found = results(BY_RATE, settings(COMPRESSED["e2e-dilated"]))
    assert [point.x for point in found[-1].data.series["the fact asked for"]] == [1, 2, 3, 4, 6, 8]
    assert (found[-1].done, found[-1].total) == (6, 6)


def test_the_rates_of_what_was_never_told_are_none() -> None:
    never = settings(SMALL["compressive"], story=with_question(told(), unanswerable(told())))
    (result,) = results(BY_RATE, never)
    assert (result.done, result.total) == (1, 1)
    assert result.data.series == {"the fact asked for": ()}


# --- many stories ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "design", "doubling"),
    [
        (BY_DISTANCE, DISTANCES(tokens=211), False),
        (BY_FACTS, COUNTS(gap=13), True),
    ],
    ids=["distance", "facts"],
)
def test_curves_are_the_measurements_of_both_memories(
    one: Experiment, design: ByDistance | ByFacts, doubling: bool
) -> None:
    own = replace(OWN, others=(SMALL["window"],))
    values = {"mtokens": 211} if one is BY_DISTANCE else {"mgap": 13}
    *_, last = results(one, one.about(own), values)
    assert isinstance(last.data, RecallCurves)
    assert last.data.curves == tuple(complete(choice, design) for choice in (OWN.choice, SMALL["window"]))
    assert last.data.doubling == doubling
    assert last.total == 2 * design.total


def test_the_same_memory_twice_is_measured_once() -> None:
    *_, last = results(BY_FACTS, replace(OWN, others=(OWN.choice,)))
    assert len(last.data.curves) == 1


def test_only_the_memories_decide_what_is_measured() -> None:
    one, other = settings(SMALL["window"]), settings(SMALL["window"], story=asking(told(5, 73, 4)), seed=3)
    for experiment in (BY_DISTANCE, BY_FACTS):
        assert experiment.about(one) == experiment.about(other)
        assert experiment.about(one) != experiment.about(settings(SMALL["full"]))
    assert LOSS.about(one) == one


def test_the_table_has_a_row_for_every_point() -> None:
    curve = complete(SMALL["window"], COUNTS(gap=13))
    head, rule, *rows = in_numbers([curve, curve]).splitlines()
    assert head.count("|") == rule.count("|") == 7
    assert rows == 2 * [
        f"| {titled(SMALL['window'])} | {p.label} | {p.right} of {p.asked} | {p.interval[0]:.2f} to "
        f"{p.interval[1]:.2f} | {p.expected:.2f} | {p.chance:.2f} |"
        for p in curve.points
    ]


# --- choosing c -----------------------------------------------------------------------------------------------------


def test_choosing_c_lays_recall_in_cmem_over_the_reach_of_every_c_beside_a_window() -> None:
    own = settings(Choice("compressive", (("memory_length", 11), ("segment_length", 5), ("compressed_length", 9))))
    *_, last = results(CHOOSING, own, {"mstories": 3})
    squeezed, window = last.data.curves
    reader = trained(own.choice)
    marks = {point.mark: point for point in squeezed.points}
    assert list(marks) == [f"c = {rate}" for rate in range(3, 9)], (
        "with fewer pairs a slot what CMem reaches may stand in Mem"
    )
    for rate in (3, 8):
        choice = own.choice.with_settings(rate=rate)
        (memory,) = reader.memories(choice)
        assert isinstance(memory, Compressive)
        point = marks[f"c = {rate}"]
        assert point.x == memory.reach.least
        posed = [one for step in WithinReach(16 + memory.waiting.most, int(point.x), 3).steps() for one in step]
        right = reader.right([(one.story, one.fact) for one in posed], (memory,))
        assert (point.right, point.asked) == (sum(right), 3)
    (point,) = window.points
    assert (point.x, point.mark, window.name) == (20, "window", "Sliding window, n_c = 20")
    assert point.right == 3


@pytest.mark.parametrize(("rate", "nearest"), [(3, 23), (8, 24)])
def test_what_is_asked_within_reach_only_cmem_can_know(rate: int, nearest: int) -> None:
    choice = Choice("compressive", (("segment_length", 5), ("memory_length", 16), ("rate", rate)))
    (memory,) = trained(choice).memories(choice)
    assert isinstance(memory, Compressive)
    design = WithinReach(nearest, memory.reach.least, 25)
    posed = [one for step in design.steps() for one in step]
    assert posed == [one for step in design.steps() for one in step]
    assert len(posed) == design.total == 25
    for one in posed:
        now = held(choice, one.asked)
        assert nearest <= one.asked - answers_at(one.fact) < memory.reach.least
        assert answers_at(one.fact) not in now.raw
        assert now.shares[:, answers_at(one.fact)].sum() > 0


def test_it_is_the_age_of_the_pair_that_answers_that_counts() -> None:
    posed = [one for step in WithinReach(24, 41, 50, seed=1).steps() for one in step]
    assert {one.asked - answers_at(one.fact) for one in posed} <= set(range(24, 41))
    assert max(one.distance for one in posed) > 40, "else distance would do"


def test_a_reach_without_room_for_a_fact_is_refused() -> None:
    with pytest.raises(ValueError, match=r"reach must be > nearest \+ 16 = 40 tokens, got 40"):
        WithinReach(24, 40)
