"""Asking a story: where the fact is, what is answered, and that both are what the run says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memattn.compression import COMPRESSIONS, MeanPool
from memattn.lessons import tellers
from memattn.lessons.asking import (
    Asked,
    Untrained,
    Whereabouts,
    ask,
    occupancy,
    recall_by_age,
    recall_by_setting,
    whereabouts,
)
from memattn.memory.compressive import Compressive
from memattn.memory.full import Full
from memattn.memory.window import Window
from memattn.reader import START, FactKind, Story, parse, question_words, story
from memattn.records import Role, Trace
from memattn.streams import random_stream
from memattn.trace import trace

TEXT = "the red key is in the kitchen . anna likes soup . it rains now . the fox sings . the blue cup is in the barn ."
TOLD = parse((START, *TEXT.split()))
KEY, ANNA, CUP = TOLD.facts


def asked(of: Story, window: int, teller: Untrained | None = None) -> Asked:
    return ask(of, Window(window), teller or Untrained(3), "window")


def test_a_story_that_does_not_end_in_a_question_is_refused() -> None:
    with pytest.raises(ValueError, match="must end in a question"):
        asked(TOLD, 9)
    with pytest.raises(ValueError, match="must end in a question"):
        asked(parse((*TOLD.with_question(KEY).words, *["the", "fox", "sings", "."])), 9)


def test_full_memory_answers_every_fact_and_says_it_twice() -> None:
    for fact in TOLD.facts:
        result = ask(TOLD.with_question(fact), Full(), Untrained(3), "full")
        assert result.truth.fact == fact
        assert result.right
        for (word, probability), (full_word, full_probability) in zip(result.answers, result.full_answers, strict=True):
            assert (word, probability) == (full_word, pytest.approx(full_probability, abs=1e-6))
        assert result.answers[0][0] == fact.answer
        assert result.whereabouts == Whereabouts(tuple(range(fact.start, fact.end)), (), ())


def test_a_fact_that_left_the_window_is_nowhere_and_its_answer_no_longer_found() -> None:
    of = TOLD.with_question(KEY)
    tokens = len(of.words)
    inside = asked(of, tokens - KEY.start)
    assert inside.whereabouts == Whereabouts(tuple(range(KEY.start, KEY.end)), (), ())
    assert inside.right
    partly = asked(of, tokens - KEY.start - 2)
    assert partly.whereabouts == Whereabouts(tuple(range(KEY.start + 2, KEY.end)), (), (KEY.start, KEY.start + 1))
    outside = asked(of, tokens - KEY.end)
    assert outside.whereabouts == Whereabouts((), (), tuple(range(KEY.start, KEY.end)))
    assert dict(outside.answers)["kitchen"] < dict(inside.answers)["kitchen"]
    assert outside.full_answers == inside.full_answers


def test_whereabouts_by_hand_in_a_compressive_memory() -> None:
    # n_s = 2, n_m = 3, n_cm = 1, c = 2: at token 8 the slots read are c2 = {2, 3} and the pairs 4 to 8
    run = trace(Compressive(2, 3, 1, MeanPool(2)), random_stream(9, 3, 2))
    assert run.steps[8].ids == (-2, 4, 5, 6, 7, 8)
    assert whereabouts(run, run.steps[8], range(1, 6)) == Whereabouts((4, 5), (-2,), (1,))
    assert whereabouts(run, run.steps[8], [0, 1]) == Whereabouts((), (), (0, 1))
    assert whereabouts(run, run.steps[6], [0, 1]) == Whereabouts((), (-1,), ())


@given(
    st.integers(1, 9), st.integers(0, 13), st.integers(0, 7), st.integers(1, 5), st.sampled_from(sorted(COMPRESSIONS))
)
def test_every_word_is_raw_carried_or_lost_and_nothing_twice(n_s: int, more: int, n_cm: int, rate: int, f: str) -> None:
    run = trace(Compressive(n_s, n_s + more, n_cm, COMPRESSIONS[f](rate)), random_stream(61, 3, 2), verify=False)
    for step in run.steps[::5]:
        words = range(step.index + 1)
        place = whereabouts(run, step, words)
        carried = {source for slot in place.slots for source in run.shares(slot, step.index).sources}
        assert set(place.raw) | carried | set(place.lost) == set(words)
        assert not set(place.lost) & (set(place.raw) | carried)
        assert set(place.slots) <= set(step.ids)
        assert set(place.lost) == set(words) - sources_of(run, step.index), "lost means: no slot has a share of it"


def sources_of(run: Trace, step: int) -> set[int]:
    return {source for slot in run.steps[step].ids for source in run.shares(slot, step).sources}


def test_a_question_about_what_was_never_told_has_no_place_and_no_true_answer() -> None:
    result = asked(parse((*TOLD.words, *question_words(FactKind.LIKES, ("zoe",)))), 99)
    assert result.whereabouts is None and result.truth.answer is None
    assert not result.right


def test_the_latest_telling_counts() -> None:
    again = parse((*TOLD.words, *["the", "red", "key", "is", "in", "the", "attic", "."]))
    result = asked(again.with_question(KEY), 99)
    assert result.truth.answer == "attic"
    assert result.truth.fact == again.facts[-1]
    assert result.whereabouts == Whereabouts(tuple(range(again.facts[-1].start, again.facts[-1].end)), (), ())


def test_answers_are_probabilities_best_first() -> None:
    told = story(5, 90, 7)
    result = asked(told.with_question(told.facts[2]), 31)
    chances = [probability for _, probability in result.answers]
    assert chances == sorted(chances, reverse=True)
    assert len(chances) == 5 and 0 < sum(chances) <= 1


@pytest.mark.parametrize("memory", [Window(37), Compressive(5, 11, 7, MeanPool(3))], ids=["window", "compressive"])
def test_every_fact_asked_by_age_gets_the_answer_that_asking_it_alone_gives(memory: Window | Compressive) -> None:
    told, teller = story(2, 97, 6), Untrained(1)
    found = recall_by_age(told, memory, teller)
    assert [recall.fact for recall in found] == list(told.facts)
    for recall in found:
        alone = ask(told.with_question(recall.fact), memory, teller, "any")
        every = teller.answers(told.with_question(recall.fact), alone.trace.outputs)
        assert recall.probability == pytest.approx(every[recall.fact.answer], abs=1e-5)
        assert recall.right == alone.right
        assert recall.age == len(alone.trace.tokens) - 1 - recall.fact.answer_at


def test_a_window_remembers_the_young_facts_and_no_old_one() -> None:
    told = story(2, 97, 6)
    found = recall_by_age(told, Window(40), Untrained(1))
    whole = recall_by_age(told, Full(), Untrained(1))
    assert all(recall.probability > 0.9 and recall.right for recall in whole)
    for recall, with_all in zip(found, whole, strict=True):
        if recall.age < 40:
            assert recall.probability == pytest.approx(with_all.probability, abs=0.02)
        else:
            assert recall.probability < with_all.probability - 0.2


def test_a_setting_is_swept_with_a_memory_made_anew_for_each() -> None:
    fact = TOLD.facts[0]
    age = len(TOLD.with_question(fact).words) - 1 - fact.answer_at
    swept = dict(recall_by_setting(TOLD, fact, [age - 1, age + 1], Window, Untrained(3)))
    assert list(swept) == [age - 1, age + 1]
    assert swept[age + 1].right and swept[age + 1].probability > swept[age - 1].probability
    assert all(recall.age == age for recall in swept.values())


def test_occupancy_counts_held_slots_by_role() -> None:
    run = trace(Compressive(2, 3, 1, MeanPool(2)), random_stream(9, 3, 2))
    assert occupancy(run.steps[8]) == {Role.COMPRESSED: 1, Role.RECENT: 4, Role.CURRENT: 1}
    assert occupancy(run.steps[0]) == {Role.CURRENT: 1}


def test_the_trained_reader_reads_the_story_and_answers_it() -> None:
    trained = tellers.teller(True, 0)
    result = ask(TOLD.with_question(KEY), Full(), trained, "full")
    assert result.trace.tokens == TOLD.with_question(KEY).words
    assert str(result.trace.origin) == trained.origin
    assert sum(trained.answers(TOLD.with_question(KEY), result.trace.outputs).values()) == pytest.approx(1)
    assert result.answers[0] == result.full_answers[0]
    assert result.right
    assert not tellers.missing_weights()


def test_untrained_answers_do_not_depend_on_the_shared_random_numbers() -> None:
    of = TOLD.with_question(CUP)
    streams = [Untrained(seed).stream(of) for seed in (4, 4, 5)]
    np.testing.assert_array_equal(streams[0].kv.keys, streams[1].kv.keys)
    assert not np.array_equal(streams[0].kv.keys, streams[2].kv.keys)
