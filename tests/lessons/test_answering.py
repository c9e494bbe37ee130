"""Where words are when a step reads: as pairs, in slots, or lost; by hand, and as the shares say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memattn.compression import COMPRESSIONS, MeanPool
from memattn.lessons.answering import MOST_ANSWERS, Answer, Occurrence, Whereabouts, ranked, whereabouts
from memattn.lessons.stories import unanswerable, with_question
from memattn.memory import MEMORIES
from memattn.memory.compressive import Compressive
from memattn.reader import truth
from memattn.records import EventKind, Trace
from memattn.streams import random_stream
from memattn.trace import trace
from tests.lessons.cases import asking, told


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
        check(run, step.index)


@pytest.mark.parametrize("name", MEMORIES)
def test_a_word_is_lost_when_no_slot_that_is_read_has_a_share_of_it(name: str) -> None:
    run = trace(MEMORIES[name](), random_stream(61, 3, 2), verify=False)
    for step in range(61):
        check(run, step)
        attended = run.steps[step].attribution.sum(axis=0)
        assert not attended[list(whereabouts(run, run.steps[step], range(step + 1)).lost)].any()


def check(run: Trace, at: int) -> None:
    step, words = run.steps[at], range(at + 1)
    place = whereabouts(run, step, words)
    carried = {source for slot in place.slots for source in run.shares_read(slot, at).sources}
    assert set(place.raw) == {slot for slot in step.ids if slot >= 0}
    assert set(place.raw) | carried | set(place.lost) == set(words)
    assert not set(place.lost) & (set(place.raw) | carried)
    assert set(place.slots) <= set(step.ids)


def test_what_was_dropped_before_the_last_word_reads_is_what_is_lost() -> None:
    run = trace(Compressive(3, 5, 2, MeanPool(2)), random_stream(47, 3, 2), verify=False)
    dropped = {source for event in run.events(EventKind.DROP) if event.token < 46 for source in event.sources}
    assert set(whereabouts(run, run.steps[-1], range(47)).lost) == dropped != set()


def test_the_likeliest_come_first_and_only_a_few() -> None:
    answers = {"soup": 0.1, "tea": 0.4, "milk": 0.2, "rice": 0.05, "fish": 0.15, "nuts": 0.06, "cake": 0.04}
    assert ranked(answers) == (("tea", 0.4), ("milk", 0.2), ("fish", 0.15), ("soup", 0.1), ("nuts", 0.06))
    assert len(ranked(answers)) == MOST_ANSWERS


def test_an_answer_is_right_when_the_likeliest_word_is_the_true_one() -> None:
    story = asking(told())
    true = truth(story, story.questions[-1])
    other = (("all", 0.6), (str(true.answer), 0.4))
    assert Answer(((str(true.answer), 0.3), ("all", 0.1)), other, true, None).right
    assert not Answer(other, other, true, None).right
    open_ = with_question(told(), unanswerable(told()))
    assert not Answer(other, other, truth(open_, open_.questions[-1]), None).right


def test_an_occurrence_is_lost_when_the_word_behind_it_is() -> None:
    assert Occurrence(3, "fox", Whereabouts((), (), (4,))).lost
    assert not Occurrence(3, "fox", Whereabouts((), (-1,), ())).lost
