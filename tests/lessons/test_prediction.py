"""The answer of a prediction is what the run did, for any settings; every misconception is another answer."""

from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from memattn.compression import COMPRESSIONS
from memattn.lessons.prediction import Prediction, first_compression
from memattn.memory.compressive import Compressive
from memattn.records import EventKind, Role, Trace
from memattn.streams import random_stream
from memattn.trace import trace

Sizes = tuple[int, int, int, int, str, str]


@st.composite
def sizes(draw: st.DrawFn) -> Sizes:
    n_s = draw(st.integers(1, 13))
    n_m = draw(st.integers(n_s, 29))
    remainder = draw(st.sampled_from(["carry", "drop", "pad", "partial"]))
    name = draw(st.sampled_from(sorted(COMPRESSIONS)))
    return n_s, n_m, draw(st.integers(1, 11)), draw(st.integers(1, 8)), name, remainder


@cache
def run(chosen: Sizes, tokens: int = 83) -> Trace:
    n_s, n_m, n_cm, rate, name, remainder = chosen
    memory = Compressive(n_s, n_m, n_cm, COMPRESSIONS[name](rate), remainder)  # type: ignore[arg-type]
    return trace(memory, random_stream(tokens, 3, 2), "compressive", verify=False)


def asked(chosen: Sizes) -> tuple[Trace, Prediction]:
    record = run(chosen)
    questions = first_compression(record, chosen[3], chosen[0])
    assume(questions)
    return record, questions[0]


@given(sizes())
def test_the_answer_is_what_the_run_popped_and_made(chosen: Sizes) -> None:
    record, question = asked(chosen)
    step = record.steps[question.step]
    assert question.answer == tuple(
        slot for event in step.events if event.kind is EventKind.POP for slot in event.slots
    )
    made = [slot for event in step.events if event.kind is EventKind.COMPRESS for slot in event.into]
    assert question.number["answer"] == len(made)
    assert question.number["answer"] in question.number["options"]


@given(sizes())
def test_it_is_the_first_compression_of_the_run(chosen: Sizes) -> None:
    record, question = asked(chosen)
    assert min(event.token for event in record.events(EventKind.COMPRESS)) == question.step


@given(sizes())
def test_the_answer_can_be_clicked_where_it_is_asked_for(chosen: Sizes) -> None:
    record, question = asked(chosen)
    step = record.steps[question.step]
    lane = [slot for slot, role in zip(step.ids, step.roles, strict=True) if role == question.lane]
    assert question.lane == Role.RECENT
    assert set(question.answer) <= set(lane)
    assert list(question.answer) == lane[: len(question.answer)], "the oldest leave"


@given(sizes())
def test_every_misconception_is_wrong_and_of_slots_on_the_stage(chosen: Sizes) -> None:
    record, question = asked(chosen)
    said = [tuple(item["slots"]) for item in question.feedback["misconceptions"]]
    assert all(set(slots) != set(question.answer) for slots in said)
    assert len(set(said)) == len(said), "one choice, two explanations"
    assert all(slots and set(slots) <= set(record.steps[question.step].ids) for slots in said)


@given(sizes())
def test_every_wrong_number_is_explained_and_there_is_more_than_one_option(chosen: Sizes) -> None:
    _, question = asked(chosen)
    options = question.number["options"]
    assert len(set(options)) == len(options) >= 2
    assert set(question.feedback["numbers"]) == {str(n) for n in options if n != question.number["answer"]}


def test_a_run_that_never_overflows_asks_nothing() -> None:
    assert first_compression(run((6, 11, 5, 3, "mean", "carry"), tokens=17), 3, 6) == ()


def test_the_course_example_by_hand() -> None:
    # n_s = 6, n_m = 11: the third segment, full at token 17, leaves 18 − 11 = 7 pairs too many; the second had 1,
    # which waits for a group. Under "carry" whole groups of 3 leave: k0–k5, two slots.
    (question,) = first_compression(run((6, 11, 5, 3, "mean", "carry")), 3, 6)
    assert (question.step, question.answer) == (17, (0, 1, 2, 3, 4, 5))
    assert question.number["answer"] == 2
    texts = {tuple(item["slots"]): item["text"] for item in question.feedback["misconceptions"]}
    assert "oldest leave" in texts[(6, 7, 8, 9, 10, 11)]  # the newest six
    assert "6 pairs leave together" in texts[(0,)]
    assert "6 pairs make 2" in question.feedback["numbers"]["6"]


@pytest.mark.parametrize("n_cm", [1, 2, 5])
def test_the_size_of_cmem_does_not_change_what_leaves_mem(n_cm: int) -> None:
    (question,) = first_compression(run((6, 11, n_cm, 3, "mean", "carry")), 3, 6)
    assert question.answer == (0, 1, 2, 3, 4, 5)
