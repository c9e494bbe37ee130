"""The trace is the one truth on screen: its records must obey the laws of attention for every mechanism."""

import math
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
import torch

from memattn.compression import MeanPool
from memattn.kv import KV, Provenance
from memattn.memory import MEMORIES
from memattn.memory.compressive import Compressive
from memattn.memory.full import Full
from memattn.memory.hybrid import Hybrid
from memattn.memory.merging import Merging
from memattn.memory.window import Window
from memattn.records import EventKind, Floats, Trace
from memattn.streams import Stream, planted_facts, random_stream
from memattn.trace import MOST_TOKENS, trace

TOKENS, D_K, D_V, HEADS = 53, 5, 3, 2
EXACT = [  # the others apportion
    name for name, kind in MEMORIES.items() if kind().provenance in (Provenance.EXACT, Provenance.VALUES)
]


def float64_stream() -> Stream:
    stream = random_stream(TOKENS, D_K, D_V, HEADS, seed=3)
    return Stream(stream.tokens, stream.queries.double(), KV(stream.kv.keys.double(), stream.kv.values.double()))


@pytest.fixture(params=MEMORIES, scope="module")
def run(request: pytest.FixtureRequest) -> tuple[Provenance, Stream, Trace]:
    stream = float64_stream()
    memory = MEMORIES[request.param]()
    return memory.provenance, stream, trace(memory, stream, request.param)


def test_the_naive_computation_agrees(run: tuple[Provenance, Stream, Trace]) -> None:
    difference = run[2].difference
    assert difference is not None and difference <= 1e-12


def test_weights_of_every_step_sum_to_one_and_match_their_scores(
    run: tuple[Provenance, Stream, Trace],
) -> None:
    for step in run[2].steps:
        np.testing.assert_allclose(step.weights.sum(axis=-1), 1.0, rtol=0, atol=1e-12)
        np.testing.assert_allclose(step.weights, np.exp(step.scores - step.logsumexp[:, None]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("run", EXACT, indirect=True)
def test_attributed_attention_times_values_is_the_output(run: tuple[Provenance, Stream, Trace]) -> None:
    _, stream, record = run
    values = stream.kv.values.numpy()
    for step in record.steps:
        rebuilt = np.einsum("hn,hnd->hd", step.attribution, values[:, : step.index + 1])
        np.testing.assert_allclose(rebuilt, record.outputs[:, step.index], rtol=0, atol=1e-12)


def test_slots_after_a_step_follow_from_its_events(run: tuple[Provenance, Stream, Trace]) -> None:
    record = run[2]
    held: set[int] = set()
    for step in record.steps:
        arrived = {step.index}
        gone = {s for e in step.events if e.kind is not EventKind.PUSH and e.kind is not EventKind.POP for s in e.slots}
        born = {s for e in step.events for s in e.into}
        unexplained = set(step.held_ids) - (held | arrived | born)
        assert not {s for s in unexplained if s >= 0}, f"raw pairs appeared from nowhere at step {step.index}"
        vanished = held - set(step.held_ids) - gone
        assert not vanished, f"slots {vanished} vanished without an event at step {step.index}"
        held = set(step.held_ids)


def test_every_made_slot_can_name_its_sources(run: tuple[Provenance, Stream, Trace]) -> None:
    record = run[2]
    for step in record.steps:
        for event in step.events:
            for slot in event.into:
                if slot in step.held_ids:
                    shares = record.shares(slot, step.index)
                    assert set(shares.sources) <= set(range(step.index + 1))
                    np.testing.assert_allclose(shares.values.sum(axis=-1), 1.0, rtol=0, atol=1e-9)


def test_who_keeps_a_share_is_told_of_all_slots_at_once(run: tuple[Provenance, Stream, Trace]) -> None:
    *_, record = run
    found = 0
    for step in record.steps:
        for sources in ((step.index,), range(max(0, step.index - 6), step.index + 1), range(0, step.index, 7), ()):
            one_by_one = {slot: record.carried(slot, step.index, sources) for slot in step.held_ids}
            kept = {slot: own for slot, own in one_by_one.items() if own}
            assert record.keepers(step.held_ids, step.index, sources) == kept
            found += len(kept)
    assert found > TOKENS


def test_loss_is_what_the_definitions_say(run: tuple[Provenance, Stream, Trace]) -> None:
    """Outputs from naive slots, full attention by hand, and who is carried from the state itself."""
    _, stream, record = run
    memory = MEMORIES[record.memory]()
    queries, keys, values = (rows.numpy() for rows in (stream.queries, stream.kv.keys, stream.kv.values))
    state, carried = memory.empty(stream.kv), []
    for i in range(TOKENS):
        token = stream.kv[i : i + 1]
        if memory.observes:
            readable = memory.slots(state).append(token, i)
            state = memory.observe(memory.read(stream.queries[:, i : i + 1], readable).weights, state)
        update = memory.update(token, state)
        shares = memory.readable(token, state, update).value_shares
        assert shares is not None
        carried.append((shares > 0).any(dim=-2).numpy())
        state = update.state
    for head in range(HEADS):
        naive: Any = memory.head(head).reference(keys[head], values[head])
        sent = None
        for i, step in enumerate(record.steps):
            own, sent = naive.send(sent).read(queries[head, i])
            weights = softmax(keys[head, : i + 1] @ queries[head, i] / math.sqrt(D_K))
            full = weights @ values[head, : i + 1]
            error = np.sqrt(((own - full) ** 2).sum() / (full**2).sum())
            cosine = own @ full / np.sqrt((own @ own) * (full @ full))
            assert step.output_error[head] == pytest.approx(error, abs=1e-10)
            assert step.cosine[head] == pytest.approx(cosine, abs=1e-10)
            assert step.retained[head] == pytest.approx(weights[carried[i][head]].sum(), abs=1e-12)


def test_full_attention_is_told_of_any_step(run: tuple[Provenance, Stream, Trace]) -> None:
    _, stream, record = run
    queries, keys = stream.queries.numpy(), stream.kv.keys.numpy()
    for step in (0, 1, 29, TOKENS - 1):
        told = record.full_weights(step)
        assert told.shape == (HEADS, step + 1)
        for head in range(HEADS):
            expected = softmax(keys[head, : step + 1] @ queries[head, step] / math.sqrt(D_K))
            np.testing.assert_allclose(told[head], expected, rtol=0, atol=1e-14)


def test_shares_are_kept_from_the_first_source_that_has_any(run: tuple[Provenance, Stream, Trace]) -> None:
    assert bool(run[2].blocks) == bool(run[2].made)
    for block in run[2].blocks:
        own = (block.keys != 0) | (block.values != 0)
        assert own.shape[-1] == block.sources.stop - block.first <= block.step + 1
        assert not own.size or (own[..., 0].any() and own[..., -1].any())


def softmax(dots: Floats) -> Floats:
    weights: Floats = np.exp(dots - dots.max()) / np.exp(dots - dots.max()).sum()
    return weights


def test_made_slots_stand_at_their_keys(run: tuple[Provenance, Stream, Trace]) -> None:
    provenance, _, record = run
    made = 0
    for step in record.steps:
        for at, slot in enumerate(step.ids):
            keys = [key for when, key in record.slot_keys(slot) if when <= step.index - (not record.reads_after)]
            if slot >= 0 or not keys:
                continue
            dots = (record.queries[:, step.index] * keys[-1]).sum(axis=-1) / np.sqrt(record.d_k)
            if not MEMORIES[record.memory]().scores_alike:
                made += 1
                continue
            counted = step.scores[:, at] - dots  # a bias, the same for all heads
            np.testing.assert_allclose(counted, counted[0], rtol=0, atol=1e-12)
            if provenance is Provenance.EXACT:
                shares = record.shares_read(slot, step.index)
                mean = np.einsum("hn,hnd->hd", shares.keys, record.keys[:, list(shares.sources)])
                np.testing.assert_allclose(keys[-1], mean, rtol=0, atol=1e-12)
            made += 1
    assert made or not record.made


def test_an_evicting_memory_loses_exactly_the_mass_it_does_not_retain() -> None:
    record = trace(MEMORIES["window"](), float64_stream())
    for step in record.steps:
        np.testing.assert_allclose(step.total_variation, 1 - step.retained, rtol=0, atol=1e-12)


def test_full_attention_has_no_loss() -> None:
    for step in trace(MEMORIES["full"](), float64_stream()).steps:
        np.testing.assert_allclose(step.output_error, 0, rtol=0, atol=1e-12)
        np.testing.assert_allclose(step.cosine, 1, rtol=0, atol=1e-12)
        np.testing.assert_allclose(step.retained, 1, rtol=0, atol=1e-12)


EXACT_RUNS = {
    "full": Full(),
    "wide window": Window(257),
    "one to one": Compressive(8, 16, 257, MeanPool(1)),
    "means of one": Hybrid(Window(7), Merging(257)),
}


@pytest.mark.parametrize("size", [1.0, 10.0])
def test_a_memory_that_loses_nothing_has_no_loss_at_all(size: float) -> None:
    """Not 4e-7 either: how far float32 is off is no property of a memory."""
    stream = random_stream(257, 16, 16, 3, seed=5)
    stream = Stream(stream.tokens, stream.queries * size, KV(stream.kv.keys * size, stream.kv.values))
    otherwise = set()
    for name, memory in EXACT_RUNS.items():
        record = trace(memory, stream, verify=False)
        for step in record.steps:
            assert step.output_error.tolist() == step.total_variation.tolist() == [0.0] * 3
            assert step.cosine.tolist() == step.retained.tolist() == [1.0] * 3
        if not np.array_equal(record.outputs, record.full_outputs):
            otherwise.add(name)
    assert len(otherwise) >= 2, "summed in the same order: nothing was tested"


def test_a_loss_that_is_small_but_no_noise_is_not_hidden() -> None:
    """One pair of 41 is lost, which has 1e-4 of the attention."""
    tokens, keys = 41, torch.zeros(1, 41, 2, dtype=torch.float32)
    keys[0, 0, 0] = math.sqrt(2) * math.log(1e-4 * 40)
    queries = torch.tensor([1.0, 0.0]).expand(1, tokens, 2).contiguous()
    values = torch.eye(tokens).unsqueeze(0)
    last = trace(Window(40), Stream(tuple(map(str, range(tokens))), queries, KV(keys, values))).steps[-1]
    assert last.total_variation[0] == pytest.approx(1e-4, rel=1e-3)
    assert last.output_error[0] == pytest.approx(1e-4 * math.sqrt(41 / 40) * math.sqrt(40), rel=1e-2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", MEMORIES)
def test_a_stream_in_half_precision_is_recorded_in_single(name: str, dtype: torch.dtype) -> None:
    own = random_stream(23, 5, 3, 2, seed=3)
    half = Stream(own.tokens, own.queries.to(dtype), KV(own.kv.keys.to(dtype), own.kv.values.to(dtype)))
    single = Stream(own.tokens, half.queries.float(), KV(half.kv.keys.float(), half.kv.values.float()))
    ours, theirs = (trace(MEMORIES[name](), stream, name) for stream in (half, single))
    assert ours.outputs.dtype == ours.steps[-1].weights.dtype == ours.steps[-1].attribution.dtype == np.float32
    np.testing.assert_array_equal(ours.outputs, theirs.outputs)
    assert ours.device == "cpu float32"
    assert ours.difference is not None and ours.difference < 1e-5


@pytest.mark.parametrize("name", MEMORIES)
def test_large_numbers_leave_no_holes_in_the_records(name: str) -> None:
    own = random_stream(23, 5, 3, 2, seed=3)
    large = Stream(own.tokens, own.queries * 1e30, KV(own.kv.keys * 1e30, own.kv.values * 1e30))
    for step in trace(MEMORIES[name](), large, name).steps:
        for what in ("weights", "logsumexp", "attribution", "output_error", "cosine", "retained", "total_variation"):
            assert np.isfinite(getattr(step, what)).all(), (step.index, what)


def test_records_cannot_be_changed() -> None:
    record = trace(MEMORIES["window"](), float64_stream())
    with pytest.raises(FrozenInstanceError):
        record.steps[0].index = 9  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        record.outputs[0, 0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        record.steps[7].weights[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        record.steps[7].attribution[0, 0] = 1.0


def test_a_stream_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match=f"at most {MOST_TOKENS} tokens, got {MOST_TOKENS + 1}"):
        trace(MEMORIES["window"](), random_stream(MOST_TOKENS + 1, 1, 1))


def test_a_planted_fact_is_recalled_while_it_is_in_the_window_and_not_after() -> None:
    words = [f"w{i}" for i in range(31)]
    near = planted_facts(words, {20: ("place of key", "kitchen"), 3: ("place of cup", "barn")}, {30: "place of key"})
    far = planted_facts(words, {20: ("place of key", "kitchen"), 3: ("place of cup", "barn")}, {30: "place of cup"})
    memory = MEMORIES["window"](window=13)  # type: ignore[call-arg]
    seen = near.decode(torch.tensor(trace(memory, near.stream).outputs[:, -1]))
    gone = far.decode(torch.tensor(trace(memory, far.stream).outputs[:, -1]))
    whole = far.decode(torch.tensor(trace(memory, far.stream).full_outputs[:, -1]))
    assert seen["kitchen"] > 0.95 and whole["barn"] > 0.95
    assert gone["barn"] < 0.8


def test_planted_positions_outside_the_text_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.\.2, got 3"):
        planted_facts(["a", "b", "c"], {3: ("x", "y")}, {})
