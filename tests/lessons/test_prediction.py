"""The answer of a prediction is what the run did, for any memory and settings; every belief is another answer."""

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from memattn.compression import COMPRESSIONS
from memattn.lessons.prediction import Prediction, first_compression, first_departure, predictions
from memattn.memory import MEMORIES, Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.records import EventKind, Role, Trace
from memattn.streams import random_stream
from memattn.trace import trace

Sizes = tuple[int, int, int, int, str, str]
TITLES = {Role.RECENT: "Mem", Role.COMPRESSED: "CMem", Role.CURRENT: "Segment", Role.GLOBAL: "Pins"}


@st.composite
def sizes(draw: st.DrawFn) -> Sizes:
    n_s = draw(st.integers(1, 13))
    n_m = draw(st.integers(n_s, 29))
    remainder = draw(st.sampled_from(["carry", "drop", "pad", "partial"]))
    name = draw(st.sampled_from(sorted(COMPRESSIONS)))
    return n_s, n_m, draw(st.integers(1, 11)), draw(st.integers(1, 8)), name, remainder


@st.composite
def dropping(draw: st.DrawFn) -> Memory[Any]:
    """A memory that drops raw pairs."""
    window = draw(st.integers(1, 19))
    return draw(
        st.sampled_from(
            [
                Window(window),
                Segments(window, draw(st.integers(0, 3))),
                GlobalTokens(draw(st.integers(0, 7)), window, evict=draw(st.sampled_from(["before", "after"]))),
                Hybrid(Window(window), CumulativeAverage(), draw(st.sampled_from(["all", "evicted"]))),
            ]
        )
    )


@cache
def compressing(chosen: Sizes, tokens: int = 83) -> Trace:
    n_s, n_m, n_cm, rate, name, remainder = chosen
    memory = Compressive(n_s, n_m, n_cm, COMPRESSIONS[name](rate), remainder)  # type: ignore[arg-type]
    return trace(memory, random_stream(tokens, 3, 2), "compressive", verify=False)


@cache
def run(memory: Memory[Any], tokens: int = 83) -> Trace:
    return trace(memory, random_stream(tokens, 3, 2, heads=2), type(memory).__name__, verify=False)


def asked(chosen: Sizes) -> tuple[Trace, Prediction]:
    record = compressing(chosen)
    found = first_compression(record, TITLES, chosen[3])
    assume(found)
    return record, found[0]


def held_before(record: Trace, at: int) -> dict[int, Role]:
    """What an update finds: what the one before left, and the token's own pair where that is read by itself."""
    last = record.steps[at - 1]
    held = dict(zip(last.held_ids, last.held_roles, strict=True)) if at else {}
    step = record.steps[at]
    return held if step.ids == step.held_ids else held | dict(zip(step.ids, step.roles, strict=True))


def texts(question: Prediction) -> list[str]:
    feedback = question.feedback
    beliefs = [item["text"] for item in feedback["misconceptions"]]
    return [question.prompt, feedback["right"], feedback["otherwise"], *beliefs, *feedback["numbers"].values()]


# The first compression


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
    assert (
        f"{len(question.answer)} pair" in question.feedback["right"]
        and f" {len(made)} slot" in question.feedback["right"]
    )
    entered = {event.slots for event in step.events if event.kind is EventKind.PUSH}
    assert len(*entered) == chosen[0] == int((re.findall(r"its (\d+) pairs", question.prompt) or ["1"])[0])


@given(sizes())
def test_it_is_the_first_compression_of_the_run(chosen: Sizes) -> None:
    record, question = asked(chosen)
    assert min(event.token for event in record.events(EventKind.COMPRESS)) == question.step


def test_a_run_that_never_overflows_asks_nothing() -> None:
    assert predictions(compressing((6, 11, 5, 3, "mean", "carry"), tokens=17)) == ()


def test_the_course_example_by_hand() -> None:
    # n_s = 6, n_m = 11: the third segment, full at token 18, leaves 18 − 11 = 7 pairs too many; the second had 1,
    # which waits for a group. Under "carry" whole groups of 3 leave: k1–k6, two slots.
    (question,) = predictions(compressing((6, 11, 5, 3, "mean", "carry")), TITLES, 3)
    assert (question.step, question.answer) == (17, (0, 1, 2, 3, 4, 5))
    assert question.prompt == "The segment is full and its 6 pairs now enter Mem. Which pairs leave it?"
    assert question.number["prompt"] == "And how many new slots appear in CMem?"
    assert question.number["answer"] == 2
    assert question.feedback["right"] == "Right: the 6 oldest pairs leave, and 6 pairs make 2 slots at rate c = 3."
    said = {tuple(item["slots"]): item["text"] for item in question.feedback["misconceptions"]}
    assert said[(6, 7, 8, 9, 10, 11)] == (
        "Those are the newest pairs. Mem is a queue, first in, first out: the oldest pairs leave."
    )
    assert said[(0,)] == "Only the oldest pair? Here 6 pairs leave together."
    assert said[tuple(range(12))] == "Not all of Mem: of 12 pairs only 6 leave."
    assert said[(12, 13, 14, 15, 16, 17)].startswith("k13–k18 are only about to enter Mem.")
    assert "6 pairs make 2" in question.feedback["numbers"]["6"]


@pytest.mark.parametrize("n_cm", [1, 2, 5])
def test_the_size_of_cmem_does_not_change_what_leaves_mem(n_cm: int) -> None:
    (question,) = predictions(compressing((6, 11, n_cm, 3, "mean", "carry")))
    assert question.answer == (0, 1, 2, 3, 4, 5)


def test_without_cmem_the_question_is_what_is_lost() -> None:
    record = trace(Compressive(6, 11, 0, COMPRESSIONS["mean"](3)), random_stream(83, 3, 2), verify=False)
    assert first_compression(record) == ()
    assert predictions(record, TITLES) == first_departure(record, TITLES) != ()


# The first pairs that leave


@given(dropping())
def test_the_answer_is_the_first_that_was_held_and_is_no_more(memory: Memory[Any]) -> None:
    record = run(memory)
    (question,) = predictions(record, TITLES)
    for at, step in enumerate(record.steps):  # without a look at the events
        gone = [slot for slot in held_before(record, at) if slot not in step.held_ids]
        if gone:
            break
    assert (question.step, question.answer) == (at, tuple(gone))
    assert question.number["answer"] == len(gone)


@pytest.mark.parametrize(
    ("memory", "step", "answer"),
    [
        (Window(7), 7, (0,)),
        (Segments(5, 2), 14, (0, 1, 2, 3, 4)),
        (Segments(5, 0), 4, (0, 1, 2, 3, 4)),
        (GlobalTokens(3, 7), 10, (3,)),
        (GlobalTokens(3, 7, evict="after"), 10, (3,)),
        (Hybrid(Window(5), CumulativeAverage()), 5, (0,)),
        (Hybrid(Window(5), CumulativeAverage(), "all"), 5, (0,)),
    ],
)
def test_who_leaves_first_by_hand(memory: Memory[Any], step: int, answer: tuple[int, ...]) -> None:
    (question,) = predictions(run(memory), TITLES)
    assert (question.step, question.answer) == (step, answer)


def test_a_window_with_pins_by_hand() -> None:
    record = run(GlobalTokens(3, 7))
    (question,) = predictions(record, {Role.RECENT: "Window"})
    assert question.prompt.startswith("The pair k11 “") and question.prompt.endswith(
        "” now enters the window lane. Which pair leaves it?"
    )
    assert question.number["options"] == [0, 1, 7]
    rule = "The window lane is a queue, first in, first out: the oldest pair leaves."
    said = {tuple(item["slots"]): item["text"] for item in question.feedback["misconceptions"]}
    assert said[(0, 1, 2)] == f"k1–k3 are pinned and stay. {rule}"
    assert said[(0,)] == f"k1 is pinned and stays. {rule}"
    assert said[(9,)] == f"That is the newest pair. {rule}"
    assert said[tuple(range(3, 10))] == "Not all of the window lane: of 7 pairs only 1 leaves."
    weights = record.steps[9].weights.mean(axis=0)[3:]  # the last read before; pins do not stand in the window
    least = 3 + int(weights.argmin())
    assert least not in (3, 9)
    assert said[(least,)] == (
        f"k{least + 1} got the least attention, {weights.min():.2g} of it (mean of 2 heads), but that does not decide "
        f"here. {rule}"
    )
    numbers = question.feedback["numbers"]
    assert numbers["0"] == "Nothing leaves? The window lane held 7 pairs, 1 pair came in, and 1 had to go."
    assert numbers["7"] == "Not all of them: only 1 of 7."
    assert question.feedback["otherwise"] == f"The oldest pair k4 leaves. {rule}"


def test_the_least_read_is_what_the_last_query_before_the_update_saw() -> None:
    record = run(Segments(5, 2))  # reads before it updates: the query of the very step
    (question,) = predictions(record, TITLES)
    weights = record.steps[14].weights.mean(axis=0)[:10]
    least = sorted(weights.argsort()[:5].tolist())
    (text,) = [i["text"] for i in question.feedback["misconceptions"] if i["slots"] == least]
    assert f"the least attention, {sum(weights[least]):.2g} of it (mean of 2 heads)" in text


def test_a_memory_that_drops_in_another_order_is_not_called_a_queue() -> None:
    record = run(Window(3), 5)
    step = record.steps[3]
    newest = tuple(
        event if event.kind is not EventKind.DROP else type(event)(event.kind, 3, (2,), (), (2,))
        for event in step.events
    )
    object.__setattr__(step, "events", newest)
    try:
        (question,) = predictions(record, TITLES)
        assert question.answer == (2,)
        assert not any("first in" in text or "oldest" in text for text in texts(question))
        assert "Here k3 leaves." in question.feedback["right"]
    finally:
        run.cache_clear()


@pytest.mark.parametrize("name", MEMORIES)
def test_every_memory_offers_a_question_exactly_if_held_pairs_leave_it(name: str) -> None:
    record = run(MEMORIES[name]())
    merged = {slot for event in record.events(EventKind.MERGE) for slot in event.slots}
    raw = {slot for step in record.steps for slot in step.held_ids if slot >= 0} - set(record.steps[-1].held_ids)
    popped = {slot for event in record.events(EventKind.POP) for slot in event.slots}
    assert bool(predictions(record)) == bool(raw - (merged - popped))


# All of them

any_question = st.one_of(sizes(), dropping())


def questions(chosen: Sizes | Memory[Any], lanes: dict[Role, str] | None) -> tuple[Trace, tuple[Prediction, ...]]:
    if isinstance(chosen, Memory):
        return run(chosen), predictions(run(chosen), lanes)
    return compressing(chosen), predictions(compressing(chosen), lanes, chosen[3])


@given(any_question)
def test_the_answer_can_be_clicked_where_it_is_asked_for(chosen: Sizes | Memory[Any]) -> None:
    record, found = questions(chosen, TITLES)
    for question in found:
        held = held_before(record, question.step)
        lane = [slot for slot, role in held.items() if role == question.lane]
        assert question.lane in (Role.RECENT, Role.CURRENT)
        assert list(question.choices) == [slot for slot in held if slot >= 0]
        assert set(question.answer) <= set(question.choices)
        assert list(question.answer) == lane[: len(question.answer)], "the oldest leave"


@given(any_question)
def test_every_misconception_is_wrong_and_can_be_chosen(chosen: Sizes | Memory[Any]) -> None:
    _, found = questions(chosen, TITLES)
    for question in found:
        said = [tuple(item["slots"]) for item in question.feedback["misconceptions"]]
        assert all(set(slots) != set(question.answer) for slots in said)
        assert len(set(said)) == len(said), "one choice, two explanations"
        assert all(slots and set(slots) <= set(question.choices) for slots in said)


@given(any_question)
def test_every_wrong_number_is_explained_and_there_is_more_than_one_option(chosen: Sizes | Memory[Any]) -> None:
    _, found = questions(chosen, TITLES)
    for question in found:
        options = question.number["options"]
        assert len(set(options)) == len(options) >= 2
        assert set(question.feedback["numbers"]) == {str(n) for n in options if n != question.number["answer"]}


@given(any_question)
def test_no_explanation_names_a_lane_without_a_title(chosen: Sizes | Memory[Any]) -> None:
    _, found = questions(chosen, None)
    for question in found:
        assert not any(re.search(r"\bC?Mem\b|\blane\b", text) for text in texts(question))
        assert not any(
            re.search(r"\b1 (pairs|slots)\b|\b(\d\d|[02-9]) (pair|slot)\b|  |\.\.", x) for x in texts(question)
        )
