"""The answer of a prediction is what the run did, for any memory and settings; every belief is another answer."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from memattn.compression import COMPRESSIONS
from memattn.lessons.narration import titles
from memattn.lessons.prediction import Number, Order, Prediction, Sentence, Slots, predictions
from memattn.memory import MEMORIES, Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.merging import Merging
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.records import EventKind, Role, Trace
from memattn.streams import random_stream
from memattn.trace import trace
from tests import plurals
from tests.memory.cases import ALL, D_K, D_V

TOKENS = 61
TITLES = {Role.RECENT: "Mem", Role.COMPRESSED: "CMem", Role.CURRENT: "Segment", Role.GLOBAL: "Pins"}
BROKEN = r"\b1 (pairs|slots)\b|\b(\d\d|[02-9]) (pair|slot)\b|  |\.\.|nothing (is|are)"
PHASES = {"attend", "push", "pin", "pop", "compress", "append", "merge", "drop"}


@st.composite
def compressive(draw: st.DrawFn) -> Compressive:
    n_s = draw(st.integers(1, 13))
    n_m = draw(st.integers(n_s, 29))
    remainder = draw(st.sampled_from(["carry", "drop", "pad", "partial"]))
    name = draw(st.sampled_from(sorted(COMPRESSIONS)))
    rate = draw(st.integers(1, 8))
    return Compressive(n_s, n_m, draw(st.integers(0, 11)), COMPRESSIONS[name](rate), remainder)  # type: ignore[arg-type]


@st.composite
def dropping(draw: st.DrawFn) -> Memory[Any]:
    """A memory that gives raw pairs away."""
    window = draw(st.integers(1, 19))
    return draw(
        st.sampled_from(
            [
                Window(window),
                Segments(window, draw(st.integers(0, 3))),
                GlobalTokens(draw(st.integers(0, 7)), window, evict=draw(st.sampled_from(["before", "after"]))),
                Hybrid(Window(window), CumulativeAverage(), draw(st.sampled_from(["all", "evicted"]))),
                Merging(window),
            ]
        )
    )


any_memory = st.one_of(compressive(), dropping(), st.sampled_from([ALL[name] for name in sorted(ALL)]))
any_head = st.sampled_from([None, 0, 1])


@cache
def run(memory: Memory[Any], tokens: int = TOKENS) -> Trace:
    return trace(memory, random_stream(tokens, D_K, D_V, heads=2), type(memory).__name__, verify=False)


def asked(memory: Memory[Any], head: int | None = None, rate: int | None = None) -> dict[str, Prediction]:
    lanes = titles(memory.lanes(TOKENS))
    return {question.name: question for question in predictions(run(memory), lanes, rate, head)}


def found(memory: Memory[Any], name: str, head: int | None = None) -> tuple[Trace, Prediction]:
    questions = asked(memory, head)
    assume(name in questions)
    return run(memory), questions[name]


def held_before(record: Trace, at: int) -> dict[int, Role]:
    """What an update finds: what the one before left, and the token's own pair where that is read by itself."""
    last = record.steps[at - 1]
    held = dict(zip(last.held_ids, last.held_roles, strict=True)) if at else {}
    step = record.steps[at]
    return held if step.ids == step.held_ids else held | dict(zip(step.ids, step.roles, strict=True))


def slots(record: Trace, at: int, kind: EventKind) -> list[int]:
    return [slot for event in record.steps[at].events if event.kind is kind for slot in event.slots]


def texts(question: Prediction) -> list[str]:
    offered = question.choice.offered if isinstance(question.choice, Sentence | Order) else ()
    return [
        question.title,
        question.prompt,
        question.truth,
        *offered,
        *(belief.text for belief in question.beliefs),
    ]


def said(question: Prediction) -> dict[tuple[int, ...], str]:
    return {belief.chosen: belief.text for belief in question.beliefs}


# Every question of every memory


@given(any_memory, any_head)
def test_exactly_one_choice_is_right_and_every_belief_is_another_one_with_words_of_its_own(
    memory: Memory[Any], head: int | None
) -> None:
    questions = asked(memory, head)
    assert questions
    for question in questions.values():
        assert question.is_right(question.answer)
        chosen = [belief.chosen for belief in question.beliefs]
        assert not any(question.is_right(one) for one in chosen)
        if isinstance(question.choice, Slots):
            chosen = [tuple(sorted(one)) for one in chosen]
            assert not question.is_right((*question.answer, max(question.choice.offered) + 1))
        assert len(set(chosen)) == len(chosen), "one choice, two explanations"
        said_to_them = [belief.text for belief in question.beliefs]
        assert len({*said_to_them, question.truth}) == len(said_to_them) + 1
        assert all(re.search(r"\d|Σ", text) for text in (*said_to_them, question.truth)), "no number of this run"


@given(any_memory, any_head)
def test_what_is_right_and_what_is_believed_can_be_chosen(memory: Memory[Any], head: int | None) -> None:
    for question in asked(memory, head).values():
        possible = [question.answer, *(belief.chosen for belief in question.beliefs)]
        match question.choice:
            case Slots(offered, single, none):
                assert len(set(offered)) == len(offered) > 0
                assert all(set(one) <= set(offered) for one in possible)
                assert all(bool(one) or none for one in possible)
                assert not single or len(question.answer) == 1 < len(offered)
            case Number():
                assert all(len(one) == 1 and one[0] >= 0 for one in possible)
            case Sentence(offered):
                assert {one[0] for one in possible} == set(range(len(offered))) and len(set(offered)) == len(offered)
            case Order(offered):
                assert all(sorted(one) == list(range(len(offered))) for one in possible)
                assert question.answer != tuple(range(len(offered))), "they stand in order already"


@given(any_memory, any_head)
def test_it_is_asked_before_something_that_happens_at_that_step_and_shown_by_it(
    memory: Memory[Any], head: int | None
) -> None:
    last = 0
    for question in asked(memory, head).values():
        kinds = {str(event.kind) for event in run(memory).steps[question.at.step].events} | {"attend"}
        kinds |= {"append"} if "compress" in kinds else set()
        assert question.at.phase in kinds <= PHASES
        assert question.shows in kinds | {""}
        assert question.at.step >= last
        last = question.at.step


@given(any_memory)
def test_no_explanation_names_a_lane_without_a_title_and_numbers_go_with_their_nouns(memory: Memory[Any]) -> None:
    for question in predictions(run(memory)):
        for text in texts(question):
            assert not re.search(r"\bC?Mem\b|\blane\b", text), text
            assert not re.search(BROKEN, text), text
            assert not plurals.wrong(text), text


@pytest.mark.parametrize("name", MEMORIES)
def test_every_memory_offers_those_that_its_events_allow(name: str) -> None:
    memory = MEMORIES[name]()
    record, questions = run(memory), asked(memory)
    kinds = {event.kind for event in record.events()}
    assert ("pop" in questions) == (EventKind.POP in kinds)
    assert ({"compress", "sources"} <= questions.keys()) == (EventKind.COMPRESS in kinds)
    assert ("look" in questions) == (len(record.steps[-1].ids) > 1)
    held = {slot for step in record.steps for slot in step.held_ids}
    dropped = any(set(event.slots) & held for event in record.events(EventKind.DROP))
    assert ("drop" in questions) == (dropped or name in ("full", "nearest"))


def test_a_compressive_run_offers_all_that_it_shows() -> None:
    assert list(asked(Compressive())) == ["pop", "compress", "sources", "drop", "order", "fate", "look"]


# Which slots leave


@given(any_memory)
def test_what_is_popped_is_what_the_run_popped_first(memory: Memory[Any]) -> None:
    record, question = found(memory, "pop")
    for at, step in enumerate(record.steps):
        popped = dict.fromkeys(slots(record, at, EventKind.POP))
        gone = tuple(slot for slot in popped if slot not in step.held_ids)  # the next window may take it over
        if gone:
            break
    assert (question.at.step, question.answer) == (at, gone)
    held = held_before(record, question.at.step)
    assert question.choice.offered == tuple(held)  # type: ignore[union-attr]
    left = set(record.steps[question.at.step].held_ids)
    assert not left & set(question.answer)
    lane = [slot for slot, role in held.items() if role is held[question.answer[0]]]
    assert list(question.answer) == lane[: len(question.answer)], "the oldest leave"


@given(any_memory)
def test_what_is_dropped_is_what_stands_there_no_more(memory: Memory[Any]) -> None:
    """By what is held before and after, and not by the events."""
    record, question = found(memory, "drop")
    at = question.at.step
    made = {slot for event in record.steps[at].events if event.kind is EventKind.COMPRESS for slot in event.into}
    popped = set(slots(record, at, EventKind.POP))
    stood = {*held_before(record, at), *made} - popped
    assert set(question.answer) == stood - set(record.steps[at].held_ids)
    if not question.answer:
        assert not record.events(EventKind.DROP)
    elif not popped and not record.events(EventKind.MERGE):
        earlier = (set(held_before(record, k)) - set(record.steps[k].held_ids) for k in range(at))
        assert not any(earlier), "slots had left before"


@pytest.mark.parametrize(
    ("memory", "name", "at", "answer"),
    [
        (Window(7), "drop", (7, "push"), (0,)),
        (Segments(5, 2), "drop", (14, "push"), (0, 1, 2, 3, 4)),
        (Segments(5, 0), "drop", (4, "push"), (0, 1, 2, 3, 4)),
        (GlobalTokens(3, 7), "drop", (10, "push"), (3,)),
        (GlobalTokens(3, 7, evict="after"), "drop", (10, "push"), (3,)),
        (Hybrid(Window(5), CumulativeAverage()), "pop", (5, "push"), (0,)),
        (Full(), "drop", (60, "push"), ()),
        (Compressive(6, 11, 5, COMPRESSIONS["mean"](3)), "pop", (17, "push"), (0, 1, 2, 3, 4, 5)),
        # two slots from token 18 on and two with every segment: the third time they are 6 where 5 have room
        (Compressive(6, 11, 5, COMPRESSIONS["mean"](3)), "drop", (29, "append"), (-1,)),
        (Compressive(6, 11, 1, COMPRESSIONS["mean"](3)), "drop", (17, "append"), (-1,)),
        # room for all: the last segment is full at token 60, and nothing leaves with it
        (Compressive(6, 11, 70, COMPRESSIONS["mean"](3)), "drop", (59, "append"), ()),
    ],
)
def test_who_leaves_first_by_hand(memory: Memory[Any], name: str, at: tuple[int, str], answer: tuple[int, ...]) -> None:
    question = asked(memory)[name]
    assert (question.at, question.answer) == (at, answer)


def test_a_window_with_pins_by_hand() -> None:
    record = run(GlobalTokens(3, 7))
    (question,) = (one for one in predictions(record, {Role.RECENT: "Window"}) if one.name == "drop")
    assert question.prompt.startswith("The pair k11 “") and question.prompt.endswith(
        "” now enters the window lane. Which pairs leave it, if any?"
    )
    rule = "The window lane is a queue, first in, first out: the oldest pair leaves."
    told = said(question)
    assert told[(0, 1, 2)] == f"k1–k3 are pinned and stay. {rule}"
    assert told[(0,)] == f"k1 is pinned and stays. {rule}"
    assert told[(9,)] == f"k10 is the newest pair. {rule}"
    assert told[()] == f"Nothing leaves? The window lane held 7 pairs, 1 pair came in, and 1 had to go. {rule}"
    assert told[tuple(range(3, 10))] == "Not all of the window lane: of 7 pairs only 1 leaves."
    weights = record.steps[9].weights.mean(axis=0)[3:]  # the last read before; pins do not stand in the window
    least = 3 + int(weights.argmin())
    assert least not in (3, 9)
    assert told[(least,)] == (
        f"k{least + 1} got the least attention, {weights.min():.2g} of it (mean of 2 heads), but that does not decide "
        f"here. {rule}"
    )
    assert question.truth == f"Here the oldest pair k4 leaves. {rule}"


def test_the_least_read_is_what_the_shown_head_of_the_last_query_before_the_update_saw() -> None:
    record = run(Segments(5, 2))  # reads before it updates: the query of the very step
    weights = record.steps[14].weights[1][:10]
    least = sorted(weights.argsort()[:5].tolist())
    text = said(asked(Segments(5, 2), head=1)["drop"])[tuple(least)]
    assert f"the least attention, {sum(weights[least]):.2g} of it (head 2 of 2)" in text


def test_a_memory_that_drops_in_another_order_is_not_called_a_queue() -> None:
    record = run(Window(3), 5)
    step = record.steps[3]
    newest = tuple(
        event if event.kind is not EventKind.DROP else type(event)(event.kind, 3, (2,), (), (2,))
        for event in step.events
    )
    object.__setattr__(step, "events", newest)
    try:
        (question,) = (one for one in predictions(record, TITLES) if one.name == "drop")
        assert question.answer == (2,)
        assert not any("first in" in text or "oldest pair leaves" in text for text in texts(question))
        assert question.truth == "Here the pair k3 leaves. Here k3 leaves."
    finally:
        run.cache_clear()


# What is made of them


@given(compressive())
def test_how_many_slots_become_of_how_many_pairs(memory: Compressive) -> None:
    record, question = found(memory, "compress")
    step = record.steps[question.at.step]
    made = [slot for event in step.events if event.kind is EventKind.COMPRESS for slot in event.into]
    assert question.answer == (len(made),)
    popped = slots(record, question.at.step, EventKind.POP)
    assert f"{len(popped)} pair" in question.truth and f" {len(made)} slot" in question.truth
    assert said(question).keys() - {(len(popped),)} == said(question).keys() - {(len(popped),)} - {question.answer}


@given(compressive(), any_head)
def test_the_sources_of_a_slot_are_those_on_which_its_value_depends(memory: Compressive, head: int | None) -> None:
    """By its shares in every head, added up by hand."""
    record, question = found(memory, "sources", head)
    step = record.steps[question.at.step]
    made = [slot for event in step.events if event.kind is EventKind.COMPRESS for slot in event.into]
    first = next(slot for slot in made if slot in step.held_ids)
    assert f"c{-first}" in question.prompt and f"c{-first}" in question.title
    shares = record.shares(first, step.index)
    heads = range(record.heads) if head is None else [head]
    parts = {source for i, source in enumerate(shares.sources) if any(shares.values[h, i] > 0 for h in heads)}
    assert set(question.answer) == parts <= set(slots(record, step.index, EventKind.POP))


def test_the_course_example_by_hand() -> None:
    # n_s = 6, n_m = 11: the third segment, full at token 18, leaves 18 − 11 = 7 pairs too many; the second had 1,
    # which waits for a group. Under "carry" whole groups of 3 leave: k1–k6, two slots, the first of k1–k3.
    found = {one.name: one for one in predictions(run(Compressive(6, 11, 5, COMPRESSIONS["mean"](3))), TITLES, 3)}
    pop, number, sources = found["pop"], found["compress"], found["sources"]
    assert (pop.at, pop.answer) == ((17, "push"), (0, 1, 2, 3, 4, 5))
    assert pop.prompt == "The segment is full and its 6 pairs now enter Mem. Which pairs leave it?"
    rule = "Mem is a queue, first in, first out: the oldest pairs leave."
    assert pop.truth == f"Here the 6 oldest pairs k1–k6 leave. {rule}"
    told = said(pop)
    assert told[(6, 7, 8, 9, 10, 11)] == f"k7–k12 are the newest pairs. {rule}"
    assert told[(0,)] == "Only the oldest pair? Here 6 pairs leave together."
    assert told[tuple(range(12))] == "Not all of Mem: of 12 pairs only 6 leave."
    assert told[(12, 13, 14, 15, 16, 17)].startswith("k13–k18 are only about to enter Mem.")
    assert (number.at, number.answer) == ((17, "compress"), (2,))
    assert number.prompt == "The 6 pairs k1–k6 are compressed. How many slots are made?"
    assert number.truth == "Here 6 pairs make 2 slots at rate c = 3."
    told = said(number)
    assert told[(6,)].startswith("That would be one slot per pair") and "6 pairs make 2" in told[(6,)]
    assert told[(3,)].startswith("c = 3 is the number of pairs per slot, not of slots.")
    assert (sources.at, sources.answer) == ((17, "compress"), (0, 1, 2))
    assert said(sources)[(0, 2, 4)] == "Not every second pair. Here k1–k3 have a part in c1."


def test_dilated_groups_are_told_by_their_own_pairs() -> None:
    (name,) = (name for name in COMPRESSIONS if "dilated" in name)
    question = asked(Compressive(6, 11, 5, COMPRESSIONS[name](3)))["sources"]
    assert question.answer != (0, 1, 2) and (0, 1, 2) in said(question)


# What comes next


@given(any_memory)
def test_the_order_is_that_of_the_events_with_the_read_before_or_behind_them(memory: Memory[Any]) -> None:
    record, question = found(memory, "order")
    step = record.steps[question.at.step]
    kinds = list(dict.fromkeys(str(event.kind) for event in step.events))
    if "compress" in kinds:
        kinds.insert(kinds.index("compress") + 1, "append")
    happens = [*kinds, "read"] if step.ids == step.held_ids else ["read", *kinds]
    offered = question.choice.offered  # type: ignore[union-attr]
    assert [offered[one].split(":")[0] for one in question.answer] == happens
    assert question.at.phase == (kinds[0] if happens[-1] == "read" else "attend"), "the read is not shown before"


# What it looks at


@given(any_memory, any_head)
def test_the_last_word_looks_most_at_the_slot_with_the_largest_weight(memory: Memory[Any], head: int | None) -> None:
    record, question = found(memory, "look", head)
    step = record.steps[-1]
    weights = sum(step.weights) / record.heads if head is None else step.weights[head]
    assert question.at == (TOKENS - 1, "attend")
    assert question.answer == (step.ids[int(np.argmax(weights))],)
    assert np.sort(weights)[-1] > np.sort(weights)[-2], "two are right"
    assert f"{max(weights):.2g}" in question.truth
    whose = "mean of 2 heads" if head is None else f"head {head + 1} of 2"
    assert whose in question.prompt and whose in question.truth
    for belief in question.beliefs:
        own = weights[step.ids.index(belief.chosen[0])]
        assert f" gets {own:.2g}" in belief.text and f"{max(weights):.2g}" in belief.text


# Merging, and what is left of the first word


def test_who_is_merged_by_hand() -> None:
    questions = asked(Merging(5))
    merge, take = questions["merge"], questions["take"]
    first = next(event for event in run(Merging(5)).events(EventKind.MERGE) if len(event.slots) == 2)
    assert (merge.at, merge.answer) == ((first.token, "merge"), first.slots)
    single = next(event for event in run(Merging(5)).events(EventKind.MERGE) if len(event.slots) == 1)
    assert (take.at, take.answer) == ((single.token, "merge"), single.into)


@given(any_memory)
def test_what_is_left_of_the_first_word(memory: Memory[Any]) -> None:
    """By how much of the last attention could fall on it: its own pair, or a share of a slot that is read."""
    record, question = found(memory, "fate")
    own, part, lost = range(3)
    last = record.steps[-1]
    carried = [slot for slot in last.ids if slot < 0 and record.carried(slot, last.index, (0,))]
    expected = own if 0 in last.ids else part if carried else lost
    if not record.reads_after and not last.events:  # then what is read is what the last update left
        assert question.answer == (expected,)
    if question.answer == (lost,):
        assert (last.attribution[:, 0] == 0).all()
    else:
        assert (last.attribution[:, 0] > 0).any()


COUNTS: list[tuple[Memory[Any], Callable[[str], bool]]] = [
    (Full(), lambda text: "one of 61 slots" in text),
    (Window(7), lambda text: "no part of it is in the 7 pairs read" in text and "dropped at token 8" in text),
    (CumulativeAverage(), lambda text: "Σ has a part of it, 0.016 of its value" in text),  # one of 61
]


@pytest.mark.parametrize(("memory", "says"), COUNTS, ids=["full", "window", "average"])
def test_the_first_word_by_hand(memory: Memory[Any], says: Callable[[str], bool]) -> None:
    assert says(asked(memory)["fate"].truth)
