"""The laws that every mechanism of the registry must obey; a new one is held to them by its registry line."""

import math
from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from memattn.kv import KV, Provenance, Slots, widen
from memattn.memory import Memory
from memattn.memory.base import Update
from memattn.memory.hybrid import Hybrid
from memattn.memory.nearest import Nearest
from memattn.records import Event, EventKind, Role
from memattn.streams import Stream
from memattn.trace import trace
from tests.memory.cases import ALL, D_K, D_V, EXACT, LEAD, TOKENS, feed, pieces, stream

every_memory = pytest.mark.parametrize("memory", ALL.values(), ids=ALL.keys())
every_exact_memory = pytest.mark.parametrize("memory", EXACT.values(), ids=EXACT.keys())
BLIND = {name: memory for name, memory in ALL.items() if not memory.observes}  # the state needs no attention weights
every_blind_memory = pytest.mark.parametrize("memory", BLIND.values(), ids=BLIND.keys())
STRETCHED = {name: one for name, one in BLIND.items() if type(one).stretches is not Memory.stretches}
on_each_device = pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])


class Run(NamedTuple):
    outputs: Tensor
    logsumexps: Tensor
    reads: list[Slots]
    weights: list[Tensor]
    events: tuple[Event, ...]
    states: list[Any]


def token_by_token(memory: Memory[Any], queries: Tensor, kv: KV, tracked: bool = True) -> Run:
    """The contract spelled out: read before or after the update, one token at a time."""
    state = memory.empty(kv, tracked)
    outputs, logsumexps, reads, weights, states, events = [], [], [], [], [state], ()
    for i in range(kv.tokens):
        token, query = kv[i : i + 1], queries[..., i : i + 1, :]
        if memory.reads == "before":
            readable = memory.slots(state).append(token, i)
            reading = memory.read(query, readable)
            if memory.observes:
                state = memory.observe(reading.weights, state)
            update = memory.update(token, state)
        else:
            update = memory.update(token, state)
            readable = memory.slots(update.state)
            reading = memory.read(query, readable)
        state, events = update.state, events + update.events
        outputs.append(reading.output)
        logsumexps.append(reading.logsumexp)
        reads.append(readable)
        weights.append(reading.weights)
        states.append(state)
    return Run(torch.cat(outputs, -2), torch.cat(logsumexps, -1), reads, weights, events, states)


@cache
def read_through(memory: Memory[Any], tracked: bool = True, device: str = "cpu") -> Run:
    """The same of the one stream, computed once for all laws: states are never changed."""
    return token_by_token(memory, *stream(device), tracked)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in a state, by name."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, tuple) and any(hasattr(named, "_fields") for named in (value, *value)):
        for at, part in enumerate(value):
            yield from leaves(part, f"{path}[{at}]")
    else:
        yield path, value


def assert_same(one: Any, other: Any, tolerance: float = 1e-12) -> None:
    for (path, a), (_, b) in zip(leaves(one), leaves(other), strict=True):
        if isinstance(a, Tensor):
            if isinstance(b, Tensor) and a.dtype == b.dtype and torch.equal(a, b):
                continue  # as most are; asking how near they are takes twenty times as long
            torch.testing.assert_close(a, b, rtol=0, atol=tolerance, msg=lambda text, path=path: f"{path}: {text}")
        else:
            assert a == b, path


def close(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def sourceless(slots: Slots, memory: Memory[Any]) -> list[int]:
    """Rows of pairs that were learned, not read."""
    learned = getattr(memory, "learned", 0)
    return [row for row, slot in enumerate(slots.ids) if -learned <= slot < 0]


# 1 Causality


@every_memory
@given(j=st.integers(0, TOKENS - 1))
@settings(max_examples=4, deadline=None)
def test_a_token_changes_no_earlier_output(memory: Memory[Any], j: int) -> None:
    queries, kv = stream()
    other = KV(kv.keys.clone(), kv.values.clone())
    other.keys[..., j, :] += 1.0
    other.values[..., j, :] -= 1.0
    before = memory.attend(queries, kv, memory.empty(kv, False)).output
    after = memory.attend(queries, other, memory.empty(kv, False)).output
    assert torch.equal(before[..., :j, :], after[..., :j, :])


# 3 Cutting the stream


@every_blind_memory
@given(sizes=st.lists(st.integers(0, 19), min_size=1, max_size=5).filter(any))
@settings(max_examples=6, deadline=None)
def test_the_state_does_not_depend_on_how_the_stream_is_cut(memory: Memory[Any], sizes: list[int]) -> None:
    _, kv = stream()
    whole, events = feed(memory, kv, [1])
    cut, cut_events = feed(memory, kv, sizes)
    assert_same(whole, cut)
    assert events == cut_events
    assert_same(memory.slots(whole), memory.slots(cut))


@on_each_device
@every_memory
@pytest.mark.parametrize("size", [1, 3, 7, TOKENS])
def test_attend_equals_reading_token_by_token(memory: Memory[Any], size: int, device: str) -> None:
    queries, kv = stream(device)
    expected = read_through(memory, device=device)
    state, at = memory.empty(kv), 0
    outputs, logsumexps, events = [], [], ()
    for piece in pieces(kv, [size]):
        got = memory.attend(queries[..., at : at + piece.tokens, :], piece, state)
        outputs.append(got.output)
        logsumexps.append(got.logsumexp)
        events += got.update.events
        state, at = got.update.state, at + piece.tokens
    close(torch.cat(outputs, -2), expected.outputs)
    close(torch.cat(logsumexps, -1), expected.logsumexps)
    assert_same(state, expected.states[-1])
    assert events == expected.events


@every_blind_memory
@pytest.mark.parametrize("start", [0, 37])
def test_walking_a_segment_is_updating_token_by_token(memory: Memory[Any], start: int) -> None:
    _, kv = stream(tokens=71)
    state, _ = feed(memory, kv[:start], [start or 1])
    steps = list(memory.walk(kv[start:], state))
    assert len(steps) == kv.tokens - start
    for i, step in enumerate(steps, start):
        expected = memory.update(kv[i : i + 1], state)
        state = expected.state
        assert_same(step.state, state)
        assert_same(memory.slots(step.state), memory.slots(state))
        assert step.events == expected.events


@pytest.mark.parametrize("memory", STRETCHED.values(), ids=STRETCHED.keys())
@pytest.mark.parametrize("start", [0, 37])
def test_in_a_stretch_pairs_only_gather_behind_what_was_found(memory: Memory[Any], start: int) -> None:
    _, kv = stream(tokens=71)
    state, _ = feed(memory, kv[:start], [start or 1])
    at, found = start, state
    for tokens, update, role in memory.stretches(kv[start:], state):
        held, events = memory.slots(found), []
        for new in range(1, tokens + 1):
            expected = memory.update(kv[at + new - 1 : at + new], state)
            state, events = expected.state, [*events, *expected.events]
            slots = memory.slots(state)
            if new < tokens:
                assert slots.ids == (*held.ids, *range(at, at + new)) and slots.role == held.role + (role,) * new
                close(slots.keys, torch.cat([held.keys, kv.keys[..., at : at + new, :]], dim=-2))
                close(slots.values, torch.cat([held.values, kv.values[..., at : at + new, :]], dim=-2))
        assert_same(update.state, state)
        assert_same(memory.slots(update.state), slots)
        assert update.events == tuple(events)
        at, found = at + tokens, update.state
    assert at == kv.tokens


@every_memory
def test_a_trace_tells_what_is_read_and_held_token_by_token(memory: Memory[Any]) -> None:
    queries, kv = stream(tokens=53)
    queries, kv = queries[1], KV(kv.keys[1], kv.values[1])
    expected = token_by_token(memory, queries, kv)
    record = trace(memory, Stream(("word",) * kv.tokens, queries, kv), verify=False)
    close(torch.from_numpy(record.outputs.copy()), expected.outputs)
    assert record.events() == expected.events
    for step, reads, weights, state in zip(
        record.steps, expected.reads, expected.weights, expected.states[1:], strict=True
    ):
        held = memory.slots(state)
        assert (step.ids, step.roles) == (reads.ids, reads.role)
        assert (step.held_ids, step.held_roles) == (held.ids, held.role)
        assert all(event.token == step.index for event in step.events)
        np.testing.assert_allclose(step.weights, weights.squeeze(-2), rtol=0, atol=1e-12)
        assert reads.key_shares is not None and reads.value_shares is not None
        attribution = (weights @ reads.value_shares).squeeze(-2).numpy()
        np.testing.assert_allclose(step.attribution[:, : attribution.shape[-1]], attribution, rtol=0, atol=1e-12)
        assert not step.attribution[:, attribution.shape[-1] :].any()
        for row, slot in enumerate(held.ids):
            if slot >= 0 or slot not in record.made:
                continue
            shares, (key,) = record.shares(slot, step.index), held.keys[:, row : row + 1].unbind(1)
            for own, part in ((shares.keys, held.key_shares), (shares.values, held.value_shares)):
                assert part is not None
                dense = np.zeros(part[:, row].shape)
                dense[:, list(shares.sources)] = own
                np.testing.assert_allclose(dense, part[:, row], rtol=0, atol=1e-12)
            latest = [place for when, place in record.slot_keys(slot) if when <= step.index][-1]
            np.testing.assert_allclose(latest, key, rtol=0, atol=1e-12)


@every_memory
def test_slots_without_their_shares_are_the_same_slots(memory: Memory[Any]) -> None:
    _, kv = stream(tokens=47)
    for tokens in (0, 1, 29, 47):
        state, _ = feed(memory, kv[:tokens], [5])
        slots, bare = memory.slots(state), memory.slots(state, tracked=False)
        assert slots.key_shares is not None and slots.value_shares is not None
        assert bare.key_shares is None and bare.value_shares is None
        assert_same(bare, replace(slots, key_shares=None, value_shares=None))


@every_memory
def test_what_a_memory_made_has_the_shares_that_its_slots_have(memory: Memory[Any]) -> None:
    _, kv = stream(tokens=47)
    for tokens in (1, 29, 47):
        state, _ = feed(memory, kv[:tokens], [5])
        slots, made = memory.slots(state), memory.made(state)
        assert slots.key_shares is not None and slots.value_shares is not None
        assert set(made.ids) >= {slot for slot in slots.ids if slot < 0}
        rows = [slots.ids.index(slot) for slot in made.ids]
        for own, shares in ((made.key_shares, slots.key_shares), (made.value_shares, slots.value_shares)):
            close(widen(own, tokens), shares[..., rows, :])


@every_memory
def test_no_token_changes_nothing(memory: Memory[Any]) -> None:
    queries, kv = stream(tokens=29)
    state, _ = feed(memory, kv, [29])
    update = memory.update(kv[:0], state)
    assert_same(update.state, state)
    assert update.events == ()
    nothing = memory.attend(queries[..., :0, :], kv[:0], state)
    assert nothing.output.shape == (*LEAD, 0, D_V)
    assert nothing.logsumexp.shape == (*LEAD, 0)


# The yardstick


@on_each_device
@every_memory
def test_it_reads_what_the_naive_definition_reads(memory: Memory[Any], device: str) -> None:
    queries, kv = stream(device)
    outputs = read_through(memory, False, device).outputs.cpu().numpy()
    for batch, head in np.ndindex(*LEAD):
        q, k, v = (x[batch, head].cpu().numpy() for x in (queries, kv.keys, kv.values))
        naive: Any = memory.head(head).reference(k, v)
        expected, weights = [], None
        for query in q:
            output, weights = naive.send(weights).read(query)
            expected.append(output)
        np.testing.assert_allclose(outputs[batch, head], np.stack(expected), rtol=0, atol=1e-12)


# 4 Conservation


@every_exact_memory
def test_every_source_is_carried_or_was_declared_forgotten(memory: Memory[Any]) -> None:
    run = read_through(memory)
    held_twice = isinstance(memory, Hybrid) and memory.second_reads == "all"
    forgotten: set[int] = set()
    for i, state in enumerate(run.states[1:]):
        dropped = [j for e in run.events if e.token == i and e.kind is EventKind.DROP for j in e.sources]
        assert held_twice or not forgotten.intersection(dropped), "forgotten twice"
        forgotten.update(dropped)
        shares = memory.slots(state).value_shares
        assert shares is not None
        heads = shares.flatten(0, -3).ne(0).any(dim=-2)
        if memory.observes:  # each head may keep other pairs: one is forgotten when no head has it
            heads = heads.any(dim=0, keepdim=True)
        for head in heads:
            carried = set(head.nonzero().flatten().tolist())
            assert carried | forgotten == set(range(i + 1))
            assert held_twice or not carried & forgotten


# 5 Provenance


@on_each_device
@every_memory
def test_shares_times_the_stream_are_the_slots(memory: Memory[Any], device: str) -> None:
    _, kv = stream(device)
    for i, slots in enumerate(read_through(memory, device=device).reads):
        assert slots.provenance is memory.provenance
        assert slots.key_shares is not None
        assert slots.value_shares is not None
        assert slots.key_shares.shape == slots.value_shares.shape == (*LEAD, len(slots), i + 1)
        rows = [row for row in range(len(slots)) if row not in sourceless(slots, memory)]
        if getattr(memory, "erase", 1) == 1:  # partly erased slots weigh more than one, by declaration
            for shares in (slots.key_shares, slots.value_shares):
                close(
                    shares.sum(-1)[..., rows],
                    torch.ones(*LEAD, len(rows), dtype=torch.float64, device=device),
                )
        if memory.provenance is Provenance.VALUES:
            close(slots.value_shares @ kv.values[..., : i + 1, :], slots.values)
        if memory.provenance is Provenance.EXACT:
            close((slots.key_shares @ kv.keys[..., : i + 1, :])[..., rows, :], slots.keys[..., rows, :])
            close((slots.value_shares @ kv.values[..., : i + 1, :])[..., rows, :], slots.values[..., rows, :])


@every_memory
def test_raw_slots_bear_their_position_and_no_name_is_borne_twice(memory: Memory[Any]) -> None:
    _, kv = stream()
    for slots in read_through(memory).reads:
        assert len(set(slots.ids)) == len(slots.ids) == len(slots.role) == len(slots)
        for row, slot in enumerate(slots.ids):
            if slot >= 0:
                assert torch.equal(slots.keys[..., row, :], kv.keys[..., slot, :])
                assert torch.equal(slots.values[..., row, :], kv.values[..., slot, :])


@every_memory
def test_a_made_slot_changes_only_with_an_event_into_it(memory: Memory[Any]) -> None:
    run = read_through(memory)
    for i in range(TOKENS):
        before, after = memory.slots(run.states[i]), memory.slots(run.states[i + 1])
        changed = {slot for e in run.events if e.token == i for slot in e.into}
        old = {slot: before.values[..., row, :] for row, slot in enumerate(before.ids)}
        kept = {
            slot: after.values[..., row, :]
            for row, slot in enumerate(after.ids)
            if slot not in changed and after.role[row] is not Role.CURRENT
        }
        assert kept.keys() <= old.keys(), "a slot came without an event"
        assert all(torch.equal(values, old[slot]) for slot, values in kept.items())


@every_memory
def test_events_tell_which_slots_came_and_went(memory: Memory[Any]) -> None:
    run = read_through(memory)
    assert [e.token for e in run.events] == sorted(e.token for e in run.events)
    gone = {slot for e in run.events if e.kind is EventKind.DROP for slot in e.slots}
    assert not gone.intersection(memory.slots(run.states[-1]).ids)


@every_memory
def test_without_provenance_the_numbers_are_the_same(memory: Memory[Any]) -> None:
    on, off = read_through(memory), read_through(memory, False)
    assert torch.equal(on.outputs, off.outputs)
    assert off.events == ()
    for a, b in zip(on.reads, off.reads, strict=True):
        assert b.key_shares is None
        assert b.value_shares is None
        assert (a.ids, a.role) == (b.ids, b.role)


# 6 State and cost


def floats_held(state: Any) -> int:
    tensors = (leaf for _, leaf in leaves(state) if isinstance(leaf, Tensor))
    return sum(t.numel() for t in tensors) // math.prod(LEAD)


@every_memory
def test_the_state_is_as_large_as_it_says(memory: Memory[Any]) -> None:
    run = read_through(memory, False)
    for tokens, state in enumerate(run.states):
        assert state.seen == tokens
        assert floats_held(state) == memory.state_floats(tokens, D_K, D_V)
        assert len(memory.slots(state)) == memory.slot_count(tokens)


@every_memory
def test_most_is_stored_and_read_where_it_says(memory: Memory[Any]) -> None:
    for count in (memory.state_floats, memory.read_floats, memory.read_flops):
        most = count(0, D_K, D_V)
        for tokens in range(2 * TOKENS):
            most = max(most, count(tokens, D_K, D_V))
            peaks = list(memory.peaks(tokens))
            assert all(0 <= peak <= tokens for peak in peaks) and len(peaks) < 30
            assert max(count(peak, D_K, D_V) for peak in peaks) == most, (count, tokens)


@every_memory
def test_heads_that_share_what_is_held_fetch_no_more_than_each_alone_and_no_more_than_all(memory: Memory[Any]) -> None:
    for tokens in (1, 7, 2 * TOKENS):
        one = memory.read_floats(tokens, D_K, D_V)
        together = [memory.fetched_floats(tokens, D_K, D_V, queries) for queries in (1, 2, 5, 999)]
        assert together[0] == one and together == sorted(together) and together[2] <= 5 * one
        held = Memory.read_floats(memory, tokens, D_K, D_V)
        assert together[-1] <= max(one, held)


@every_memory
def test_a_read_costs_two_products_per_slot(memory: Memory[Any]) -> None:
    """The value of a slot that is passed by is not looked at; what a memory of another rule costs has its own test."""
    queries, _ = stream()
    run = read_through(memory, False)
    for i, (slots, query) in enumerate(zip(run.reads, queries.split(1, dim=-2), strict=True)):
        assert memory.update_flops(i, D_K, D_V) >= 0
        if memory.scores_alike:
            assert memory.read_floats(i + 1, D_K, D_V) == (D_K + D_V) * len(slots)
        elif isinstance(memory, Nearest):
            weighed = memory.score(query, slots).isfinite().sum(dim=-1)
            assert (D_K * len(slots) + D_V * weighed == memory.read_floats(i + 1, D_K, D_V)).all()
        assert memory.read_flops(i + 1, D_K, D_V) >= 2 * memory.read_floats(i + 1, D_K, D_V)


@every_memory
def test_an_untracked_state_holds_no_python_data_that_grows(memory: Memory[Any]) -> None:
    _, kv = stream()
    early, late = (feed(memory, kv[:tokens], [1], tracked=False)[0] for tokens in (TOKENS - 12, TOKENS))
    more = max(0, memory.slot_count(TOKENS) - memory.slot_count(TOKENS - 12))
    for (_, a), (path, b) in zip(leaves(early), leaves(late), strict=True):
        assert python_data(b) - python_data(a) <= more, path


def python_data(value: Any) -> int:
    """Things that a leaf of a state holds outside of tensors."""
    if isinstance(value, Tensor):
        return 0
    if isinstance(value, dict):
        return sum(map(python_data, value.values()))
    return sum(map(python_data, value)) if isinstance(value, Collection) and not isinstance(value, str) else 1


def test_the_count_of_python_data_sees_what_hides_in_it() -> None:
    hidden = (torch.zeros(7), {"a": [1, 2, 3]}, frozenset({5}), range(4), None, "word")
    assert python_data(hidden) == 0 + 3 + 1 + 4 + 1 + 1


# 7 Gradients


@every_exact_memory
def test_the_gradient_is_the_attributed_attention(memory: Memory[Any]) -> None:
    """Outputs are linear in the values where provenance is exact; stopped paths get exactly zero."""
    queries, kv = stream(tokens=41)
    values = kv.values.clone().requires_grad_()
    run = token_by_token(memory, queries, KV(kv.keys, values))
    (gradient,) = torch.autograd.grad(run.outputs[..., -1, :].sum(), values)
    weights, slots = run.weights[-1], run.reads[-1]
    assert slots.value_shares is not None
    flows = torch.ones(len(slots), dtype=torch.float64)
    if getattr(memory, "stop_gradient", False):
        flows = torch.tensor([float(role is Role.CURRENT) for role in slots.role], dtype=torch.float64)
    attribution = (weights * flows @ slots.value_shares.detach()).squeeze(-2)
    close(gradient, attribution.detach().unsqueeze(-1).expand_as(gradient))
    assert values.requires_grad
    assert not kv.values.requires_grad


# 9 Batch and heads


@every_memory
def test_one_stream_alone_gives_what_it_gives_among_others(memory: Memory[Any]) -> None:
    queries, kv = stream()
    together = memory.attend(queries, kv, memory.empty(kv)).output
    for lead in [(1, 1), (1,), ()]:
        q, k, v = (x[2, 1].reshape(*lead, *x.shape[-2:]) for x in (queries, kv.keys, kv.values))
        alone = memory.head(1).attend(q, KV(k, v), memory.empty(KV(k, v))).output
        close(alone.reshape(TOKENS, D_V), together[2, 1])


# 10 States are values


@every_memory
def test_an_update_leaves_the_state_and_the_segment_as_they_were(memory: Memory[Any]) -> None:
    queries, kv = stream()
    for start in (0, 6, 31, 60):
        state, _ = feed(memory, kv[:start], [5])
        segment = KV(kv.keys[..., start : start + 13, :].clone(), kv.values[..., start : start + 13, :].clone())
        copy = [(p, x.clone() if isinstance(x, Tensor) else x) for p, x in leaves(state)]
        memory.update(segment, state)
        memory.attend(queries[..., start : start + 13, :], segment, state)
        memory.slots(state)
        for (path, was), (_, now) in zip(copy, leaves(state), strict=True):
            assert torch.equal(was, now) if isinstance(was, Tensor) else was == now, path
        assert torch.equal(segment.keys, kv.keys[..., start : start + 13, :])
        assert torch.equal(segment.values, kv.values[..., start : start + 13, :])


@every_memory
def test_it_works_in_inference_mode_and_in_training_afterwards(memory: Memory[Any]) -> None:
    queries, kv = stream(tokens=31)
    with torch.inference_mode():
        quick = token_by_token(memory, queries, kv).outputs.clone()
    values = kv.values.clone().requires_grad_()
    outputs = memory.attend(queries, KV(kv.keys, values), memory.empty(kv)).output
    outputs.sum().backward()
    close(outputs.detach(), quick)


@every_memory
def test_single_precision_stays_single_precision(memory: Memory[Any]) -> None:
    queries, kv = stream()
    single = KV(kv.keys.float(), kv.values.float())
    got = memory.attend(queries.float(), single, memory.empty(single))
    assert got.output.dtype == torch.float32
    expected = memory.attend(queries, kv, memory.empty(kv)).output
    torch.testing.assert_close(got.output.double(), expected, rtol=0, atol=1e-4)
    assert {x.dtype for _, x in leaves(got.update.state) if isinstance(x, Tensor)} == {torch.float32}


@every_memory
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_half_precision(memory: Memory[Any], dtype: torch.dtype) -> None:
    queries, kv = stream()
    half = KV(kv.keys.to(dtype), kv.values.to(dtype))
    got = memory.attend(queries.to(dtype), half, memory.empty(half))
    assert (got.output.dtype, got.logsumexp.dtype) == (dtype, torch.float32)
    expected = memory.attend(queries, kv, memory.empty(kv)).output
    assert float((got.output.double() - expected).abs().mean()) < (0.01 if dtype is torch.float16 else 0.05)
    assert {x.dtype for _, x in leaves(got.update.state) if isinstance(x, Tensor)} == {dtype}


@every_memory
@pytest.mark.parametrize("size", [1e4, 1e19, 1e30])
def test_large_numbers_are_read_without_overflow(memory: Memory[Any], size: float) -> None:
    queries, kv = stream(tokens=41)
    large = KV((kv.keys * size).float(), (kv.values * size).float())
    got = memory.attend((queries * size).float(), large, memory.empty(large, tracked=False))
    assert torch.isfinite(got.output).all()
    assert torch.isfinite(got.logsumexp).all()
    if getattr(memory, "erase", 1) == 1 and getattr(memory, "rule", "add") == "add":  # weights above 0 that sum to 1
        assert float(got.output.abs().max()) <= 1.01 * float(large.values.abs().max())


@every_memory
def test_scores_of_any_size_are_read_as_the_naive_definition_reads_them(memory: Memory[Any]) -> None:
    """All above zero, then all below: the largest takes all but where they are near each other."""
    tokens = 29
    _, kv = stream(tokens=tokens, lead=())
    generator = torch.Generator().manual_seed(5)
    kv = KV(kv.keys.abs() + 0.1, kv.values)
    queries = torch.rand(tokens, D_K, generator=generator, dtype=torch.float64) + 0.1
    for size, dtype, tolerance in (
        (1e4, torch.float64, 1e-9),
        (1e30, torch.float64, 1e-9),
        (1e4, torch.float32, 2e-2),
        (1e30, torch.float32, 1e-5),
    ):
        own = KV(kv.keys.to(dtype), kv.values.to(dtype))
        for sign in (1, -1):
            asked = (queries * size * sign).to(dtype)
            got = memory.head(0).attend(asked, own, memory.empty(own, tracked=False))
            naive: Any = memory.head(0).reference(own.keys.double().numpy(), own.values.double().numpy())
            outputs, logsumexps, weights = [], [], None
            for query in asked.double().numpy():
                slots = naive.send(weights)
                (output, weights), dots = slots.read(query), slots.score(query)
                outputs.append(output)
                logsumexps.append(dots.max() + np.log(np.exp(dots - dots.max()).sum()))
            np.testing.assert_allclose(got.output, np.stack(outputs), rtol=0, atol=tolerance)
            near = (1e-12 if dtype is torch.float64 else 4e-6) * size  # some epsilons of a score
            np.testing.assert_allclose(got.logsumexp, logsumexps, rtol=0, atol=near)


@every_memory
def test_settings_are_values(memory: Memory[Any]) -> None:
    assert replace(memory) == memory  # type: ignore[type-var]
    assert hash(replace(memory)) == hash(memory)  # type: ignore[type-var]
    for text in (memory.title, memory.source, memory.formula):
        assert text.strip() == text != ""


@every_memory
@pytest.mark.parametrize(("asked", "told"), [(3, 5), (5, 3), (2, 1), (0, 1), (1, 0)])
def test_queries_that_are_not_one_per_pair_are_refused(memory: Memory[Any], asked: int, told: int) -> None:
    queries, kv = stream()
    state, _ = feed(memory, kv[:29], [29])
    with pytest.raises(ValueError, match=f"queries must be one per pair, {told}, got"):
        memory.attend(queries[..., :asked, :], kv[29 : 29 + told], state)


@every_memory
def test_pairs_of_another_shape_are_refused(memory: Memory[Any]) -> None:
    _, kv = stream()
    state = memory.empty(kv)
    with pytest.raises(ValueError, match=r"d_k must be 5, got 4"):
        memory.update(KV(kv.keys[..., :4], kv.values), state)
    with pytest.raises(ValueError, match=r"lead axes must be \(3, 2\), got \(3, 1\)"):
        memory.update(KV(kv.keys[:, :1], kv.values[:, :1]), state)
    with pytest.raises(ValueError, match=r"dtype must be torch.float64, got torch.float32"):
        memory.update(KV(kv.keys.float(), kv.values.float()), state)


@every_memory
def test_what_is_evicted_is_what_was_dropped_in_stream_order(memory: Memory[Any]) -> None:
    _, kv = stream()
    update: Update = memory.update(kv, memory.empty(kv))
    if not memory.evicts:
        assert update.evicted is None
        return
    dropped = [slot for e in update.events if e.kind is EventKind.DROP for slot in e.slots]
    assert dropped == sorted(dropped)
    assert update.evicted is not None
    assert torch.equal(update.evicted.keys, kv.keys[..., dropped, :])
    assert torch.equal(update.evicted.values, kv.values[..., dropped, :])
