"""Compressive memory: order of events, conservation, gradients, and the naive algorithm as yardstick."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from memattn.compression import (
    COMPRESSIONS,
    Compression,
    Conv1d,
    ConvWeights,
    DilatedConv1d,
    KeepOne,
    MaxPool,
    MeanPool,
    MostUsed,
    averaging_weights,
)
from memattn.kv import KV, Provenance
from memattn.memory.compressive import Compressive, CompressiveState
from memattn.records import Event, EventKind, Role

EXACT, D_K, D_V = 1e-12, 3, 5
EXACT_ONES = [name for name, kind in COMPRESSIONS.items() if kind.provenance is Provenance.EXACT]
REMAINDERS = ("carry", "drop", "pad", "partial")


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def stream(tokens: int, lead: tuple[int, ...] = (), seed: int = 0) -> tuple[Tensor, KV]:
    queries, keys, values = (draw(*lead, tokens, d, seed=seed + at) for at, d in enumerate((D_K, D_K, D_V)))
    return queries, KV(keys, values)


def numbered(tokens: int) -> KV:
    rows = torch.arange(float(tokens), dtype=torch.float64).unsqueeze(-1)
    return KV(rows, rows)


def run(memory: Compressive, kv: KV, tracked: bool = True) -> tuple[CompressiveState, tuple[Event, ...]]:
    update = memory.update(kv, memory.empty(kv, tracked))
    return update.state, update.events


def close(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=EXACT)


memories = st.builds(
    lambda n_s, more, n_cm, name, rate, remainder: Compressive(
        n_s, n_s + more, n_cm, COMPRESSIONS[name](rate), remainder
    ),
    st.integers(1, 7),
    st.integers(0, 8),
    st.integers(0, 5),
    st.sampled_from(sorted(COMPRESSIONS)),
    st.integers(1, 6),
    st.sampled_from(REMAINDERS),
)


def test_events_of_a_border_come_in_causal_order() -> None:
    memory = Compressive(segment_length=2, memory_length=3, compressed_length=1, compression=MeanPool(2))
    _, events = run(memory, numbered(8))
    assert [(e.kind.value, e.token, e.slots, e.into, e.sources) for e in events] == [
        ("push", 1, (0, 1), (0, 1), (0, 1)),
        ("push", 3, (2, 3), (2, 3), (2, 3)),  # one pair too many, not yet a group of two: it stays
        ("push", 5, (4, 5), (4, 5), (4, 5)),
        ("pop", 5, (0, 1), (), (0, 1)),
        ("compress", 5, (0, 1), (-1,), (0, 1)),
        ("push", 7, (6, 7), (6, 7), (6, 7)),
        ("pop", 7, (2, 3), (), (2, 3)),
        ("compress", 7, (2, 3), (-2,), (2, 3)),
        ("drop", 7, (-1,), (), (0, 1)),
    ]


def test_slots_are_compressed_then_recent_then_current() -> None:
    memory = Compressive(segment_length=2, memory_length=3, compressed_length=2, compression=MeanPool(2))
    slots = memory.slots(run(memory, numbered(9))[0])
    assert slots.keys.flatten().tolist() == [0.5, 2.5, 4, 5, 6, 7, 8]
    assert slots.ids == (-1, -2, 4, 5, 6, 7, 8)
    assert slots.role == (Role.COMPRESSED,) * 2 + (Role.RECENT,) * 4 + (Role.CURRENT,)


def test_fifty_pairs_leave_the_short_term_memory_at_once() -> None:
    memory = Compressive(50, 50, 100, MeanPool(5))
    state, events = run(memory, numbered(100))
    (pop,) = [e for e in events if e.kind is EventKind.POP]
    assert pop.slots == tuple(range(50)) and pop.token == 99
    assert state.compressed.tokens == 10
    assert state.compressed.keys[0].item() == 2.0  # the mean of 0 .. 4


def test_120_pairs_at_rate_four_become_30_slots() -> None:
    memory = Compressive(40, 40, 50, MeanPool(4))
    state, events = run(memory, numbered(160))
    assert state.compressed.tokens == 30
    assert sum(e.kind is EventKind.COMPRESS for e in events) == 30
    assert state.compressed.keys[-1].item() == 117.5  # the mean of 116 .. 119


@pytest.mark.parametrize(
    ("remainder", "compressed", "oldest"),
    [
        ("carry", [0.5, 2.5, 4.5], 6),  # pair 6 stays in Mem
        ("drop", [0.5, 2.5, 4.5], 7),  # pair 6 is lost
        ("pad", [0.5, 2.5, 4.5, 3.0], 7),  # (6 + 0) / 2
        ("partial", [0.5, 2.5, 4.5, 6.0], 7),
    ],
)
def test_a_remainder_is_carried_dropped_padded_or_a_smaller_group(
    remainder: Any, compressed: list[float], oldest: int
) -> None:
    memory = Compressive(5, 8, 4, MeanPool(2), remainder)
    state, events = run(memory, numbered(15))  # 0, 1 leave with the second segment, 2 .. 6 then
    assert state.compressed.keys.flatten().tolist() == compressed
    assert state.pairs.keys.flatten().tolist() == list(range(oldest, 15))
    lost = [e.slots for e in events if e.kind is EventKind.DROP]
    assert lost == ([(6,)] if remainder == "drop" else [])


@pytest.mark.parametrize("name", COMPRESSIONS)
@pytest.mark.parametrize("remainder", REMAINDERS)
def test_the_naive_algorithm_agrees_past_every_capacity(name: str, remainder: Any) -> None:
    memory = Compressive(5, 7, 3, COMPRESSIONS[name](3), remainder)
    queries, kv = stream(83)
    outputs = memory.attend(queries, kv, memory.empty(kv)).output
    naive: Any = memory.reference(kv.keys.numpy(), kv.values.numpy())
    weights = None
    for i in range(83):
        slots = naive.send(weights)
        dots = slots.keys @ queries[i].numpy() / np.sqrt(D_K)
        weights = np.exp(dots - dots.max()) / np.exp(dots - dots.max()).sum()
        np.testing.assert_allclose(outputs[i].numpy(), weights @ slots.values, rtol=0, atol=EXACT)


@settings(max_examples=60, deadline=None)
@given(memory=memories, tokens=st.integers(1, 60), seed=st.integers(0, 9))
def test_attend_equals_the_loop_over_tokens(memory: Compressive, tokens: int, seed: int) -> None:
    queries, kv = stream(tokens, (2,), seed)
    fast = memory.attend(queries, kv, memory.empty(kv))
    slow = super(Compressive, memory).attend(queries, kv, memory.empty(kv))
    close(fast.output, slow.output)
    close(fast.logsumexp, slow.logsumexp)
    assert fast.update.events == slow.update.events
    one, other = memory.slots(fast.update.state), memory.slots(slow.update.state)
    assert (one.ids, one.role) == (other.ids, other.role)
    close(one.values, other.values)


@settings(max_examples=60, deadline=None)
@given(memory=memories, tokens=st.integers(0, 70), cut=st.integers(0, 70))
def test_cutting_the_stream_changes_nothing_and_untracked_holds_the_same(
    memory: Compressive, tokens: int, cut: int
) -> None:
    _, kv = stream(tokens, (2,))
    whole, events = run(memory, kv)
    first = memory.update(kv[:cut], memory.empty(kv))
    second = memory.update(kv[cut:], first.state)
    assert events == first.events + second.events
    blind, silence = run(memory, kv, tracked=False)
    assert silence == ()
    for other in (second.state, blind):
        close(memory.slots(whole).keys, memory.slots(other).keys)
        close(memory.slots(whole).values, memory.slots(other).values)
        assert memory.slots(whole).ids == memory.slots(other).ids


@settings(max_examples=80, deadline=None)
@given(memory=memories, tokens=st.integers(0, 80), lead=st.sampled_from([(), (2,), (2, 2)]))
def test_every_source_is_in_exactly_one_place(memory: Compressive, tokens: int, lead: tuple[int, ...]) -> None:
    queries, kv = stream(tokens, lead)
    state, events, _ = memory.attend(queries, kv, memory.empty(kv)).update
    raw = set(range(tokens - state.pairs.tokens, tokens))
    represented = {at for own in state.cmem.sources for at in own}
    forgotten = [at for e in events if e.kind is EventKind.DROP for at in e.sources]
    assert len(forgotten) == len(set(forgotten))
    assert sorted([*raw, *represented, *forgotten]) == list(range(tokens))
    popped = [at for e in events if e.kind is EventKind.POP for at in e.slots]
    assert popped == list(range(tokens - len(raw)))


@settings(max_examples=80, deadline=None)
@given(memory=memories, tokens=st.integers(0, 90))
def test_slot_count_and_state_are_told_in_advance(memory: Compressive, tokens: int) -> None:
    _, kv = stream(tokens)
    state, _ = run(memory, kv)
    slots = memory.slots(state)
    usage = 0 if state.usage is None else state.usage.numel()
    assert memory.slot_count(tokens) == len(slots) == len(slots.ids) == len(slots.role)
    assert memory.state_floats(tokens, D_K, D_V) == len(slots) * (D_K + D_V) + usage
    most = memory.segment_length - 1 + memory.memory_length + memory.compressed_length
    spare = memory.compression.rate - 1 if memory.remainder == "carry" else 0
    assert len(slots) <= most + spare


@settings(max_examples=60, deadline=None)
@given(memory=memories, tokens=st.integers(1, 60))
def test_shares_rebuild_the_slots_where_exact(memory: Compressive, tokens: int) -> None:
    _, kv = stream(tokens, (2,))
    slots = memory.slots(run(memory, kv)[0])
    assert slots.key_shares is not None and slots.value_shares is not None
    assert slots.key_shares.shape == (2, len(slots), tokens)
    assert float(slots.value_shares.sum(dim=-1).max()) <= 1 + EXACT
    if memory.provenance is Provenance.EXACT:
        close(slots.key_shares @ kv.keys, slots.keys)
        close(slots.value_shares @ kv.values, slots.values)
    if memory.remainder in ("carry", "drop"):
        close(slots.value_shares.sum(dim=-1), torch.ones(2, len(slots), dtype=torch.float64))


SHARES = ("max", "conv")  # where they apportion


@pytest.mark.parametrize("remainder", ["pad", "partial"])
@pytest.mark.parametrize("name", SHARES)
def test_shares_of_a_group_that_is_not_full(name: str, remainder: Any) -> None:
    """Segments of 5 at c = 3 make slots of 3 and of 2; padding wins channels and taps, but is nobody's share."""
    compression = COMPRESSIONS[name](3)
    memory, (_, kv) = Compressive(5, 7, 4, compression, remainder), stream(40)
    slots = memory.slots(run(memory, kv)[0])
    for shares, rows, tensor in (
        (slots.key_shares, kv.keys, "keys"),
        (slots.value_shares, kv.values, "values"),
    ):
        assert shares is not None
        for slot, group in enumerate([(23, 24, 25), (26, 27), (28, 29, 30), (31, 32)]):
            filled = torch.cat([rows[list(group)], rows.new_zeros(3 - len(group), rows.shape[-1])])
            if name == "max":
                taken = filled if remainder == "pad" else filled[: len(group)]
                won = taken.argmax(dim=0)
                expected = torch.stack([(won == t).double().mean() for t in range(len(group))])
            else:
                assert isinstance(compression, Conv1d)
                kernel = getattr(compression.weights_for(kv), tensor)
                norms = torch.stack([kernel[..., t].square().sum().sqrt() for t in range(3)])
                real = norms[: len(group)]
                expected = real / (norms if remainder == "pad" else real).sum()
            laid = rows.new_zeros(40)
            laid[list(group)] = expected
            close(shares[slot], laid)


@pytest.mark.parametrize("remainder", REMAINDERS)
def test_what_most_used_keeps_by_observed_attention_are_the_pairs_that_it_names(remainder: Any) -> None:
    memory, (queries, kv) = Compressive(5, 7, 4, MostUsed(3), remainder), stream(61, (2,))
    state, at = memory.empty(kv), 0
    for size in (7, 1, 19, 34):
        piece = slice(at, at + size)
        state, at = memory.attend(queries[..., piece, :], kv[piece], state).update.state, at + size
    slots, unseen = memory.slots(state), memory.slots(run(memory, kv)[0])
    assert slots.key_shares is not None and slots.value_shares is not None
    close(slots.key_shares @ kv.keys, slots.keys)
    close(slots.value_shares @ kv.values, slots.values)
    assert slots.key_shares.unique().tolist() == [0, 1]
    assert not torch.equal(slots.keys, unseen.keys), "attention decided nothing"


def borders(memory: Compressive) -> list[set[int]]:
    """Ages of the positions with a share in some slot, 1 for the newest, at borders that show every phase.

    All is full by then, and what the first, smaller overflow left behind is forgotten.
    """
    n_s, rate = memory.segment_length, memory.compression.rate
    full = memory.memory_length // n_s + 3 + (memory.compressed_length + 2) * rate
    kv, ages = numbered((full + rate) * n_s), []
    state = memory.empty(kv)
    for border in range(1, full + rate + 1):
        state = memory.update(kv[(border - 1) * n_s : border * n_s], state).state
        if border > full:
            shares = memory.slots(state).value_shares
            assert shares is not None
            ages.append({border * n_s - at for at in shares.sum(dim=0).nonzero().flatten().tolist()})
    return ages


@settings(max_examples=60, deadline=None)
@given(
    n_s=st.integers(1, 7),
    more=st.integers(0, 8),
    n_cm=st.integers(0, 5),
    rate=st.integers(1, 6),
    remainder=st.sampled_from(REMAINDERS),
    dilated=st.booleans(),
)
def test_reach_and_cover_are_where_provenance_ends_at_every_phase(
    n_s: int, more: int, n_cm: int, rate: int, remainder: Any, dilated: bool
) -> None:
    memory = Compressive(n_s, n_s + more, n_cm, (DilatedConv1d if dilated else MeanPool)(rate), remainder)
    ages = borders(memory)
    held = [len(own) for own in ages]
    assert memory.covered == (min(held), max(held))
    if not dilated:  # whose slots take a part of the groups beside theirs
        back = [max(own) for own in ages]
        assert memory.reach == (min(back), max(back))


@pytest.mark.parametrize(
    ("memory", "reach", "covered"),
    [
        (Compressive(6, 12, 5, MeanPool(3)), (27, 27), (27, 27)),
        (Compressive(), (27, 27), (27, 27)),  # n_m = 11: one pair always waits
        (Compressive(5, 7, 4, MeanPool(3)), (19, 21), (19, 21)),
        (Compressive(5, 7, 4, MeanPool(3), "drop"), (27, 27), (19, 19)),
        (Compressive(5, 7, 4, MeanPool(3), "pad"), (17, 17), (17, 17)),
        (Compressive(5, 7, 4, MeanPool(3), "partial"), (17, 17), (17, 17)),
        (Compressive(2, 7, 4, MeanPool(3), "drop"), (7, 7), (7, 7)),
        (Compressive(5, 7, 3, MeanPool(2), "drop"), (15, 15), (13, 13)),  # a segment, and of one a pair lost and a slot
        (Compressive(7, 7, 4, MeanPool(3), "partial"), (15, 15), (15, 15)),  # a segment, and a slot of one pair
    ],
    ids=repr,
)
def test_the_reach_by_hand(memory: Compressive, reach: tuple[int, int], covered: tuple[int, int]) -> None:
    assert (memory.reach, memory.covered) == (reach, covered)


@pytest.mark.parametrize("name", EXACT_ONES)
def test_rate_one_is_full_attention_within_reach(name: str) -> None:
    memory = Compressive(5, 7, 13, COMPRESSIONS[name](1))
    queries, kv = stream(memory.reach.most)
    outputs = memory.attend(queries, kv, memory.empty(kv)).output
    close(outputs, F.scaled_dot_product_attention(queries, kv.keys, kv.values, is_causal=True))


def test_no_compressed_slots_make_a_first_in_first_out_memory_of_raw_pairs() -> None:
    memory = Compressive(4, 6, 0, KeepOne(1))
    queries, kv = stream(43)
    outputs = memory.attend(queries, kv, memory.empty(kv)).output
    i, j = torch.arange(43).unsqueeze(-1), torch.arange(43)
    visible = (j <= i) & (j >= i // 4 * 4 - 6)  # the running segment and the 6 pairs before it
    close(outputs, F.scaled_dot_product_attention(queries, kv.keys, kv.values, attn_mask=visible))


def test_a_later_token_changes_no_earlier_output() -> None:
    memory = Compressive(5, 7, 3, MeanPool(2))
    queries, kv = stream(40)
    before = memory.attend(queries, kv, memory.empty(kv)).output
    keys = kv.keys.clone()
    keys[23] += 9
    after = memory.attend(queries, KV(keys, kv.values), memory.empty(kv)).output
    assert torch.equal(before[:23], after[:23])
    assert not torch.equal(before[23:], after[23:])


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_batch_and_heads_do_not_see_each_other(name: str) -> None:
    memory = Compressive(5, 7, 3, COMPRESSIONS[name](2))
    queries, kv = stream(47, (3, 2))
    together = memory.attend(queries, kv, memory.empty(kv)).output
    for b in range(3):
        for h in range(2):
            one = KV(kv.keys[b, h], kv.values[b, h])
            close(memory.attend(queries[b, h], one, memory.empty(one)).output, together[b, h])


def test_kernels_of_their_own_are_used_head_by_head() -> None:
    weights = ConvWeights(draw(2, D_K, D_K, 3), draw(2, D_V, D_V, 3, seed=1))
    memory = Compressive(5, 7, 3, Conv1d(3, weights=weights))
    queries, kv = stream(47, (2,))
    together = memory.attend(queries, kv, memory.empty(kv)).output
    for h in range(2):
        one = KV(kv.keys[h], kv.values[h])
        close(memory.head(h).attend(queries[h], one, memory.empty(one)).output, together[h])


def test_the_callers_state_is_left_as_it_was() -> None:
    memory = Compressive(5, 7, 3, MostUsed(2))
    queries, kv = stream(60)
    state = memory.attend(queries[:33], kv[:33], memory.empty(kv)).update.state
    before = [
        t.clone() for t in (state.pairs.keys, state.compressed.values, state.cmem.blocks[-1].key_shares, state.usage)
    ]
    memory.attend(queries[33:], kv[33:], state)
    after = (state.pairs.keys, state.compressed.values, state.cmem.blocks[-1].key_shares, state.usage)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("stop_gradient", [True, False])
def test_memories_pass_gradient_back_only_when_asked_to(stop_gradient: bool) -> None:
    parameters = averaging_weights(D_K, D_V, 2)
    for tensor in parameters.tensors().values():
        tensor.requires_grad_()
    memory = Compressive(4, 4, 3, Conv1d(2, weights=parameters), stop_gradient=stop_gradient)
    queries, kv = stream(14)
    kv.values.requires_grad_()
    memory.attend(queries, kv, memory.empty(kv)).output[-1].sum().backward()
    assert kv.values.grad is not None
    moved = kv.values.grad.abs().sum(dim=-1) > 0
    assert moved[12:].all()  # the running segment
    assert bool(moved[:12].any()) is not stop_gradient
    assert (parameters.values.grad is None) is stop_gradient
    assert kv.values.requires_grad and parameters.values.requires_grad


def test_usage_is_the_mean_attention_of_the_queries_that_could_see_a_pair() -> None:
    memory = Compressive(3, 3, 4, MostUsed(3))
    queries, kv = stream(6)
    scores = (queries @ kv.keys.T / D_K**0.5).masked_fill(~torch.ones(6, 6, dtype=torch.bool).tril(), -torch.inf)
    usage = scores.softmax(dim=-1).sum(dim=0)[:3] / torch.tensor([6, 5, 4])
    state = memory.attend(queries, kv, memory.empty(kv)).update.state
    close(state.compressed.values[0], kv.values[usage.argmax()])


def test_most_used_keeps_what_queries_ask_for_and_forgets_the_rest_by_name() -> None:
    memory = Compressive(4, 4, 9, MostUsed(4))
    keys = torch.zeros(8, 2, dtype=torch.float64)
    keys[1] = 5.0
    kv = KV(keys, numbered(8).values)
    update = memory.attend(torch.ones(8, 2, dtype=torch.float64), kv, memory.empty(kv)).update
    assert update.state.compressed.values.flatten().tolist() == [1.0]
    last = [e for e in update.events if e.token == 7]
    assert [e.slots for e in last if e.kind is EventKind.COMPRESS] == [(1,)]
    assert [e.slots for e in last if e.kind is EventKind.DROP] == [(0,), (2,), (3,)]


def test_a_pair_that_another_head_chose_for_a_later_slot_is_not_forgotten_with_the_earlier() -> None:
    memory, kv = Compressive(4, 4, 1, MostUsed(2)), KV(draw(2, 8, D_K), draw(2, 8, D_V))
    usage = torch.tensor([[9.0, 9.0, 0.0, 0.0], [0.0, 9.0, 9.0, 0.0]], dtype=torch.float64)
    state = replace(memory.update(kv[:4], memory.empty(kv)).state, usage=usage)
    events = memory.update(kv[4:], state).events  # slot -1 is pair 0 or 1, slot -2 is pair 1 or 2
    assert [e.sources for e in events if e.kind is EventKind.COMPRESS] == [(0, 1), (1, 2)]
    assert [(e.slots, e.sources) for e in events if e.kind is EventKind.DROP] == [((3,), (3,)), ((-1,), (0,))]


def test_padding_is_never_kept_in_place_of_a_pair() -> None:
    state, _ = run(Compressive(3, 3, 9, MostUsed(2), "pad"), KV(1 + numbered(6).keys, 1 + numbered(6).values))
    assert state.compressed.keys.flatten().tolist() == [2.0, 3.0]


def test_without_observed_attention_the_newest_are_kept() -> None:
    state, _ = run(Compressive(4, 4, 9, MostUsed(2)), numbered(8))
    assert state.compressed.keys.flatten().tolist() == [2.0, 3.0]
    assert Compressive(compression=MostUsed(2)).observes and not Compressive().observes


def test_a_pair_that_wins_no_channel_of_a_max_is_forgotten() -> None:
    state, events = run(Compressive(3, 3, 2, MaxPool(3)), numbered(6))
    assert state.compressed.keys.flatten().tolist() == [2.0]
    assert [e.slots for e in events if e.kind is EventKind.DROP] == [(0,), (1,)]


@pytest.mark.parametrize("remainder", ["carry", "drop", "pad", "partial"])
def test_without_room_in_cmem_nothing_is_compressed_and_what_is_popped_is_lost(remainder: Any) -> None:
    memory = Compressive(3, 5, 0, MeanPool(2), remainder)
    state, events = run(memory, numbered(17))
    kinds = [e.kind for e in events]
    assert EventKind.COMPRESS not in kinds and EventKind.POP in kinds
    popped = [at for e in events if e.kind is EventKind.POP for at in e.slots]
    assert [e.slots for e in events if e.kind is EventKind.DROP] == [(at,) for at in popped]
    assert popped == list(range(memory.schedule(5).popped)) and state.compressed.tokens == 0
    assert set(memory.slots(state).ids) == set(range(17)) - set(popped)


def test_operations_follow_the_table_of_costs() -> None:
    assert Compressive().update_flops(0, 3, 5) == 0  # nothing to compress yet
    assert Compressive().update_flops(99, 3, 5) == 8
    assert Compressive(compression=Conv1d(3)).update_flops(99, 4, 4) == 4 * 4**2
    assert Compressive(compressed_length=0).update_flops(99, 3, 5) == 0
    memory = Compressive(compression=KeepOne(3))
    assert memory.update_flops(99, 3, 5) == 0
    used = replace(memory, compression=MostUsed(3))
    assert used.update_flops(95, 3, 5) == 12 + 6 + 3  # Mem, running segment, sorting 6


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"segment_length": 0}, "segment_length n_s must be ≥ 1 pair, got 0"),
        ({"memory_length": 5}, "memory_length n_m must be ≥ n_s=6 pairs, got 5"),
        ({"compressed_length": -1}, "compressed_length n_cm must be ≥ 0 slots, got -1"),
        ({"compression": "mean"}, "compression must be a Compression .* got 'mean'"),
        ({"remainder": "lose"}, 'remainder must be "carry", "drop", "pad" or "partial", got \'lose\''),
    ],
)
def test_settings_that_make_no_memory_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Compressive(**wrong)


def test_a_segment_that_does_not_fit_is_refused() -> None:
    memory, (_, kv) = Compressive(), stream(4)
    with pytest.raises(ValueError, match=r"dtype must be torch\.float64, got torch\.float32"):
        memory.update(KV(kv.keys.float(), kv.values.float()), memory.empty(kv))


def test_settings_are_values() -> None:
    compressions: list[Compression] = [kind(3) for kind in COMPRESSIONS.values()]
    assert len({Compressive(compression=c) for c in compressions * 2}) == len(COMPRESSIONS)
