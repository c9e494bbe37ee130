"""Means over ranges of the text: how a stream keeps them even, and what even bins would be."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from memattn.attention import read
from memattn.kv import KV, Slots
from memattn.memory.base import Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.dynamic_global import DynamicGlobal
from memattn.memory.growing import naive_slots
from memattn.memory.hybrid import Hybrid
from memattn.memory.merging import SPAN, Merging
from memattn.memory.ranges import PIECE, RangeMemory, means, read_ranges
from memattn.memory.rebinned import Rebinned
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.records import Event, EventKind, Role
from memattn.streams import Stream, random_stream
from memattn.trace import trace

TOKENS, D_K, D_V, LEAD = 67, 5, 3, (3, 2)  # more than a piece

growths = st.sampled_from(["fixed", "sqrt", "log"])
both = pytest.mark.parametrize("kind", [Merging, Rebinned])


def stream(tokens: int = TOKENS, seed: int = 0) -> tuple[Tensor, KV]:
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(*LEAD, tokens, d, generator=generator, dtype=torch.float64) for d in (D_K, D_K, D_V))
    return q, KV(k, v)


def close(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def attended(memory: Memory[Any], queries: Tensor, kv: KV) -> Tensor:
    return memory.attend(queries, kv, memory.empty(kv, tracked=False)).output


def sizes(memory: RangeMemory[Any], tokens: int) -> list[int]:
    return [len(own) for own in memory.ranges(tokens)]


# The ranges


def test_the_ranges_of_a_short_text_by_hand() -> None:
    """A range for the new token, then the neighbours with the fewest tokens together are one, the oldest of several."""
    assert [[stop - start for start, stop in pairwise(bounds)] for bounds in Merging(3).bounds(14)] == [
        [1],
        [1, 1],
        [1, 1, 1],
        [2, 1, 1],  # 1 1 1 1
        [2, 2, 1],  # 2 1 1 1
        [2, 2, 2],  # 2 2 1 1
        [2, 2, 3],  # 2 2 2 1
        [4, 3, 1],  # 2 2 3 1
        [4, 3, 2],
        [4, 3, 3],
        [4, 3, 4],
        [4, 3, 5],
        [4, 3, 6],
        [7, 6, 1],  # 4 3 6 1: seven twice
    ]


def test_bins_are_cut_where_the_definition_cuts_them() -> None:
    assert sizes(Rebinned(3), 2) == [1, 1]
    assert Rebinned(3).ranges(11) == (range(0, 3), range(3, 7), range(7, 11))  # ⌊11/3⌋ = 3, ⌊22/3⌋ = 7
    assert sizes(Rebinned(5), 13) == [2, 3, 2, 3, 3]


@both
@given(slots=st.integers(1, 23), growth=growths, tokens=st.integers(0, 211))
def test_the_ranges_cover_the_text_once_and_in_order(kind: Any, slots: int, growth: Any, tokens: int) -> None:
    memory = kind(slots, growth)
    ranges = memory.ranges(tokens)
    assert [position for own in ranges for position in own] == list(range(tokens))
    assert all(ranges)
    assert len(ranges) == memory.slot_count(tokens)


@both
@given(slots=st.integers(1, 11), growth=growths, tokens=st.integers(1, 97))
def test_the_state_stands_for_the_ranges_that_are_foretold(kind: Any, slots: int, growth: Any, tokens: int) -> None:
    memory = kind(slots, growth)
    kv = KV(torch.zeros(tokens, 1, dtype=torch.float64), torch.zeros(tokens, 1, dtype=torch.float64))
    shares = memory.slots(memory.update(kv, memory.empty(kv)).state).value_shares
    ranges = memory.ranges(tokens)
    assert shares.tolist() == [[(j in own) / len(own) for j in range(tokens)] for own in ranges]
    assert list(memory.bounds(tokens))[-1] == (*(own.start for own in ranges), tokens)


@given(slots=st.integers(1, 41), tokens=st.integers(1, 997))
def test_no_range_is_twice_as_long_as_an_even_share(slots: int, tokens: int) -> None:
    assert max(sizes(Merging(slots), tokens)) <= max(1, (2 * tokens - 2) / slots)


@given(slots=st.integers(1, 41), tokens=st.integers(1, 997))
def test_two_neighbours_hold_together_as_much_as_any_one(slots: int, tokens: int) -> None:
    held = sizes(Merging(slots), tokens)
    assert all(one + other >= max(held) for one, other in pairwise(held[:-1]))


@given(slots=st.integers(1, 41), growth=growths, tokens=st.integers(1, 997))
def test_bins_differ_by_one_token_at_most(slots: int, growth: Any, tokens: int) -> None:
    held = sizes(Rebinned(slots, growth), tokens)
    assert max(held) - min(held) <= 1


def test_with_two_slots_the_first_range_stays_at_two_tokens() -> None:
    assert sizes(Merging(2), 997) == [2, 995]


@given(slots=st.integers(1, 97), growth=growths, tokens=st.integers(1, 10**6))
def test_how_many_slots_there_are_is_the_formula_of_the_dynamic_memory(slots: int, growth: Any, tokens: int) -> None:
    counts = {memory(slots, growth=growth).slot_count(tokens) for memory in (Merging, Rebinned, DynamicGlobal)}
    assert counts == {min(tokens, naive_slots(Merging(slots, growth), tokens))}


# The two ends: every pair a slot, and one slot for all


@both
@pytest.mark.parametrize("slots", [TOKENS, TOKENS + 4])
def test_with_a_slot_per_pair_it_is_full_attention(kind: Any, slots: int) -> None:
    queries, kv = stream()
    expected = nn.functional.scaled_dot_product_attention(queries, kv.keys, kv.values, is_causal=True)
    close(attended(kind(slots), queries, kv), expected)


@both
def test_with_one_slot_it_is_the_cumulative_average(kind: Any) -> None:
    queries, kv = stream()
    memory, average = kind(1), CumulativeAverage()
    close(attended(memory, queries, kv), attended(average, queries, kv))
    for tokens in (1, 2, 31, TOKENS):
        one, other = (m.slots(m.update(kv[:tokens], m.empty(kv)).state) for m in (memory, average))
        close(one.keys, other.keys)
        close(one.values, other.values)
        assert one.value_shares is not None and other.value_shares is not None
        close(one.value_shares, other.value_shares)


@both
@pytest.mark.parametrize("growth", ["fixed", "sqrt", "log"])
def test_every_slot_is_the_plain_mean_of_its_range(kind: Any, growth: Any) -> None:
    _, kv = stream()
    memory = kind(7, growth)
    slots = memory.slots(memory.update(kv, memory.empty(kv)).state)
    for row, own in enumerate(memory.ranges(TOKENS)):
        close(slots.keys[..., row, :], kv.keys[..., own.start : own.stop, :].mean(-2))
        close(slots.values[..., row, :], kv.values[..., own.start : own.stop, :].mean(-2))


# Long segments


def test_a_segment_of_several_spans_at_once_is_the_same_as_piece_by_piece() -> None:
    _, kv = stream(tokens=2 * SPAN + 31)
    memory = Merging(5, "log")
    once = memory.update(kv, memory.empty(kv)).state
    pieces = memory.empty(kv)
    for start in range(0, kv.tokens, 97):
        pieces = memory.update(kv[start : start + 97], pieces).state
    assert (once.bounds, once.ids, once.made, once.seen) == (pieces.bounds, pieces.ids, pieces.made, pieces.seen)
    close(once.parts.keys, pieces.parts.keys)
    for row, (start, stop) in enumerate(pairwise(once.bounds)):
        close(once.parts.keys[..., row, :], kv.keys[..., start:stop, :].mean(-2))


@pytest.mark.parametrize("memory", [Merging(3), Merging(2, "sqrt"), Merging(1)], ids=repr)
def test_walking_through_a_segment_gives_the_updates_one_by_one(memory: Merging) -> None:
    _, kv = stream()
    state = memory.update(kv[:11], memory.empty(kv)).state
    walk = memory.walk(kv[11:], state)
    for i in range(11, TOKENS):
        expected, got = memory.update(kv[i : i + 1], state), next(walk)
        one, other, state = expected.state, got.state, expected.state
        assert (one.seen, one.bounds, one.ids, one.made) == (other.seen, other.bounds, other.ids, other.made)
        assert expected.events == got.events
        close(one.parts.keys, other.parts.keys)
        close(one.parts.values, other.parts.values)
    assert next(walk, None) is None


def test_a_mean_of_many_does_not_drift_in_single_precision() -> None:
    keys = torch.randn(20_011, 2, generator=torch.Generator().manual_seed(0)) + 3
    kv, memory = KV(keys, keys), Merging(3)
    state = memory.empty(kv, tracked=False)
    for i in range(kv.tokens):
        state = memory.update(kv[i : i + 1], state).state
    for row, own in enumerate(memory.ranges(kv.tokens)):
        expected = keys[own.start : own.stop].double().mean(0)
        torch.testing.assert_close(state.parts.keys[row].double(), expected, rtol=0, atol=2e-5)


def test_reading_ranges_is_reading_their_means() -> None:
    queries, kv = stream(tokens=13)
    ranges = [(0, 1), (0, 1, 2), (0, 2, 3), (0, 1, 3, 4), *([(0, 2, 7)] * 9)]  # some leave out what came later
    reading = read_ranges(queries, kv, range(14), ranges)
    for i, bounds in enumerate(ranges):
        held = means(kv[: bounds[-1]], range(bounds[-1] + 1), bounds)
        expected = read(queries[..., i : i + 1, :], Slots(held.keys, held.values, (), ()))
        close(reading.output[..., i : i + 1, :], expected.output)
        close(reading.logsumexp[..., i : i + 1], expected.logsumexp)
    close(reading.weights.sum(-1), torch.ones(*LEAD, 13, dtype=torch.float64))
    assert PIECE < TOKENS


# Names and events


def test_names_and_events_of_a_short_text_by_hand() -> None:
    _, kv = stream(tokens=8)
    memory = Merging(3)
    state, told, ids = memory.empty(kv), [], []
    for i in range(8):
        update = memory.update(kv[i : i + 1], state)
        state, ids = update.state, [*ids, update.state.ids]
        told.append([(str(e.kind), e.slots, e.into, e.sources) for e in update.events])
    pushed = [[("push", (i,), (i,), (i,))] for i in range(8)]
    assert ids == [(0,), (0, 1), (0, 1, 2), (-1, 2, 3), (-1, -2, 4), (-1, -2, -3), (-1, -2, -3), (-1, -3, 7)]
    assert told[:3] == pushed[:3]
    assert told[3] == [("merge", (0, 1), (-1,), (0, 1)), *pushed[3]]
    assert told[4] == [("merge", (2, 3), (-2,), (2, 3)), *pushed[4]]
    assert told[5] == [("merge", (4, 5), (-3,), (4, 5))]  # the new pair itself is merged
    assert told[6] == [("merge", (6,), (-3,), (6,))]
    assert told[7] == [("merge", (-2,), (-1,), (2, 3)), *pushed[7]]  # the younger is folded into the older


def test_bins_bear_names_of_their_own_once_there_are_more_pairs() -> None:
    _, kv = stream(tokens=5)
    memory = Rebinned(3)
    update = memory.update(kv, memory.empty(kv))
    assert memory.slots(update.state).ids == (-1, -2, -3)
    assert update.events[2:] == (
        Event(EventKind.PUSH, 2, (2,), (2,), (2,)),
        Event(EventKind.MERGE, 3, (0, 1, 2, 3), (-1, -2, -3), (0, 1, 2, 3)),
        Event(EventKind.MERGE, 4, (4,), (-1, -2, -3), (4,)),
    )


# Behind another memory


def double_stream() -> Stream:
    drawn = random_stream(TOKENS, D_K, D_V, 2, seed=3)
    return Stream(drawn.tokens, drawn.queries.double(), KV(drawn.kv.keys.double(), drawn.kv.values.double()))


@pytest.mark.parametrize("second", [Merging(3), Merging(2, "sqrt"), Rebinned(3), Rebinned(1, "log")], ids=repr)
@pytest.mark.parametrize(("first", "how"), [(Window(5), "evicted"), (Window(5), "all"), (Segments(3, 2), "evicted")])
def test_behind_another_memory_it_holds_the_means_of_what_that_let_go(first: Any, how: Any, second: Any) -> None:
    both_of_them = trace(Hybrid(first, second, how), double_stream())
    assert both_of_them.difference is not None and both_of_them.difference <= 1e-12
    held: set[int] = set()
    for step in both_of_them.steps:
        gone = {slot for e in step.events if e.kind in (EventKind.MERGE, EventKind.DROP) for slot in e.slots}
        born = {slot for e in step.events for slot in e.into}
        assert held - set(step.held_ids) <= gone
        assert set(step.held_ids) - held <= born | {step.index}
        held = set(step.held_ids)
    last = both_of_them.steps[-1]
    behind = [slot for slot, role in zip(last.held_ids, last.held_roles, strict=True) if role is Role.GLOBAL]
    fed = TOKENS if how == "all" else TOKENS - len(last.held_ids) + len(behind)
    carried = [both_of_them.shares(slot, last.index) for slot in behind]
    assert [shares.sources for shares in carried] == [tuple(own) for own in second.ranges(fed)]
    for shares in carried:
        np.testing.assert_allclose(shares.values, 1 / len(shares.sources), rtol=0, atol=1e-12)
