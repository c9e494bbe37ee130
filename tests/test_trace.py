"""The trace is the one truth on screen: its records must obey the laws of attention for every mechanism."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch

from memattn.kv import KV, Provenance
from memattn.memory import MEMORIES
from memattn.records import EventKind, Trace
from memattn.streams import Stream, planted_facts, random_stream
from memattn.trace import MOST_TOKENS, trace

TOKENS, D_K, D_V, HEADS = 53, 5, 3, 2


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
        np.testing.assert_allclose(step.weights.sum(axis=-1), 1.0, atol=1e-12)
        np.testing.assert_allclose(step.weights, np.exp(step.scores - step.logsumexp[:, None]), atol=1e-12)


def test_attributed_attention_times_values_is_the_output(run: tuple[Provenance, Stream, Trace]) -> None:
    provenance, stream, record = run
    if provenance is not Provenance.EXACT:
        pytest.skip("shares of a nonlinear memory apportion, they do not reconstruct")
    values = stream.kv.values.numpy()
    for step in record.steps:
        rebuilt = np.einsum("hn,hnd->hd", step.attribution, values[:, : step.index + 1])
        np.testing.assert_allclose(rebuilt, record.outputs[:, step.index], atol=1e-12)


def test_slots_after_a_step_follow_from_its_events(run: tuple[Provenance, Stream, Trace]) -> None:
    record = run[2]
    held: set[int] = set()
    for step in record.steps:
        arrived = {step.index}
        gone = {
            s for e in step.events if e.kind in (EventKind.DROP, EventKind.COMPRESS, EventKind.MERGE) for s in e.slots
        }
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
                    np.testing.assert_allclose(shares.values.sum(axis=-1), 1.0, atol=1e-9)


def test_an_evicting_memory_loses_exactly_the_mass_it_does_not_retain() -> None:
    record = trace(MEMORIES["window"](), float64_stream())
    for step in record.steps:
        np.testing.assert_allclose(step.total_variation, 1 - step.retained, atol=1e-12)


def test_full_attention_has_no_loss() -> None:
    for step in trace(MEMORIES["full"](), float64_stream()).steps:
        np.testing.assert_allclose(step.output_error, 0, atol=1e-12)
        np.testing.assert_allclose(step.cosine, 1, atol=1e-12)
        np.testing.assert_allclose(step.retained, 1, atol=1e-12)


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
