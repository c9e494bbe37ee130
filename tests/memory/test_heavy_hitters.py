"""Heavy hitters: against eviction by masks, in closed form under even attention, and whom a score belongs to."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it

from memattn.kv import KV
from memattn.memory.heavy_hitters import HeavyHitters
from memattn.records import EventKind
from memattn.streams import Stream
from memattn.trace import trace
from tests.memory.cases import D_K, D_V, TOKENS, stream
from tests.test_trace import float64_stream

PAIRS_TOKENS = 53  # of `float64_stream`


def sharp_stream() -> Stream:
    """Queries that know what they look at: some pairs are displaced."""
    own = float64_stream()
    return Stream(own.tokens, own.queries * 5, own.kv)


@pytest.mark.parametrize(("heavy", "recent"), [(1, 1), (5, 7), (11, 2)])
def test_it_is_greedy_eviction_by_accumulated_attention(heavy: int, recent: int) -> None:
    """H2O's rule with a mask over the whole stream: nothing is moved, nothing bears a name."""
    queries, kv = (tensor[1] if isinstance(tensor, torch.Tensor) else KV(tensor.keys[1], tensor.values[1])
                   for tensor in stream())  # fmt: skip
    got = HeavyHitters(heavy, recent).attend(queries, kv, HeavyHitters(heavy, recent).empty(kv)).output.numpy()
    for head, (q, k, v) in enumerate(zip(queries.numpy(), kv.keys.numpy(), kv.values.numpy(), strict=True)):
        alive, received = np.zeros(TOKENS, bool), np.zeros(TOKENS)
        for i in range(TOKENS):
            alive[i] = True
            masses = np.where(alive, np.exp(k @ q[i] / math.sqrt(D_K)), 0)
            weights = masses / masses.sum()
            np.testing.assert_allclose(got[head, i], weights @ v, rtol=0, atol=1e-12)
            received += weights
            old = np.flatnonzero(alive[: max(0, i - recent + 1)])
            if len(old) > heavy:
                alive[old[received[old].argmin()]] = False


def test_with_room_for_all_it_is_full_attention() -> None:
    queries, kv = stream()
    expected = F.scaled_dot_product_attention(queries, kv.keys, kv.values, is_causal=True)
    memory = HeavyHitters(TOKENS - 3, 2)
    got = memory.attend(queries, kv, memory.empty(kv)).output
    torch.testing.assert_close(got[..., :-1, :], expected[..., :-1, :], rtol=0, atol=1e-12)


def test_under_even_attention_the_oldest_stay_and_scores_are_harmonic_sums() -> None:
    tokens, heavy, recent = 29, 3, 5
    kv = KV(torch.zeros(tokens, 2, dtype=torch.float64), torch.zeros(tokens, 1, dtype=torch.float64))
    memory = HeavyHitters(heavy, recent)
    state = memory.attend(torch.zeros(tokens, 2, dtype=torch.float64), kv, memory.empty(kv)).update.state
    assert state.sources == ((0, 1, 2),)
    held = [0, 1, 2, *range(tokens - recent, tokens)]
    sums = [sum(1 / min(i + 1, heavy + recent + 1) for i in range(pair, tokens)) for pair in held]
    np.testing.assert_allclose(state.received, sums, rtol=0, atol=1e-12)


def test_of_equal_scores_the_newer_pair_stays() -> None:
    """Nobody has read: all have received nothing."""
    _, kv = stream()
    memory = HeavyHitters(5, 7)
    state = memory.update(kv, memory.empty(kv)).state
    assert {tuple(sorted(own)) for own in state.sources} == {tuple(range(TOKENS - 12, TOKENS - 7))}
    assert state.elders.sort(dim=-1).values.eq(torch.arange(5)).all()


def test_a_score_belongs_to_a_pair_and_is_forgotten_with_it() -> None:
    """What every pair that is held received in the whole run is its score: nothing of whoever stood there before."""
    own, memory = sharp_stream(), HeavyHitters(5, 7)
    record = trace(memory, own)
    state = memory.attend(own.queries, own.kv, memory.empty(own.kv)).update.state
    taken = sum(len(event.into) for event in record.events(EventKind.MERGE))
    assert taken >= 5
    for head in range(2):
        pairs = [*state.sources[head], *range(PAIRS_TOKENS - 7, PAIRS_TOKENS)]
        np.testing.assert_allclose(state.received[head], record.received[head, pairs], rtol=0, atol=1e-12)


def test_a_pair_that_everybody_looks_at_is_never_lost_and_what_leaves_never_comes_back() -> None:
    record = trace(HeavyHitters(5, 7), sharp_stream())
    for step in record.steps:
        np.testing.assert_allclose(step.total_variation, 1 - step.retained, rtol=0, atol=1e-12)  # eviction, exactly
    dropped = [source for event in record.events(EventKind.DROP) for source in event.sources]
    assert len(set(dropped)) == len(dropped) > 20
    queries, kv = stream()
    kv.keys[..., 2, :], queries = 9.0, queries.abs()
    memory = HeavyHitters(1, 1)
    state = memory.attend(queries, kv, memory.empty(kv)).update.state
    assert set(state.sources) == {(2,)}


def test_state_is_pairs_scores_and_ages() -> None:
    memory = HeavyHitters(5, 7)
    assert [memory.state_floats(tokens, D_K, D_V) for tokens in (0, 7, 9, 12, 1000)] == [
        0, 7 * 9, 9 * 9 + 2, 12 * 9 + 5, 12 * 9 + 5,
    ]  # fmt: skip
    assert [memory.update_flops(tokens, D_K, D_V) for tokens in (0, 11, 12, 1000)] == [1, 12, 13 + 5, 13 + 5]
    assert memory.read_floats(1000, D_K, D_V) == 13 * 8


@pytest.mark.parametrize(("settings", "message"), [((0, 3), "heavy h .* got 0"), ((3, 0), "recent R .* got 0")])
def test_settings_that_make_no_memory_are_refused(settings: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HeavyHitters(*settings)
