"""The k nearest of a store: against torch's own top-k, at its limits, and past every size that a store might have."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it

from memattn.kv import KV
from memattn.memory.nearest import Nearest
from memattn.trace import trace
from tests.memory.cases import D_K, D_V, TOKENS, stream
from tests.test_trace import float64_stream


@pytest.mark.parametrize(("nearest", "window"), [(1, 1), (3, 7), (11, 2), (5, 89)])
def test_it_is_masked_attention_to_the_window_and_to_the_top_k_before_it(nearest: int, window: int) -> None:
    queries, kv = stream()
    memory = Nearest(nearest, window)
    visible = torch.zeros(*kv.lead, TOKENS, TOKENS, dtype=torch.bool)
    for i in range(TOKENS):
        visible[..., i, max(0, i - window + 1) : i + 1] = True
        if stored := max(0, i - window + 1):
            dots = queries[..., i : i + 1, :] @ kv.keys[..., :stored, :].mT
            visible[..., i, :].scatter_(-1, dots.squeeze(-2).topk(min(nearest, stored)).indices, True)
    expected = F.scaled_dot_product_attention(queries, kv.keys, kv.values, attn_mask=visible)
    got = memory.attend(queries, kv, memory.empty(kv)).output
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-12)


def test_with_k_as_large_as_the_store_it_is_full_attention() -> None:
    queries, kv = stream()
    expected = F.scaled_dot_product_attention(queries, kv.keys, kv.values, is_causal=True)
    whole, almost = (
        Nearest(k, 2).attend(queries, kv, Nearest(k, 2).empty(kv)).output for k in (TOKENS - 2, TOKENS - 3)
    )
    torch.testing.assert_close(whole, expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(almost[..., :-1, :], expected[..., :-1, :], rtol=0, atol=1e-12)
    assert not torch.allclose(almost[..., -1, :], expected[..., -1, :], rtol=0, atol=1e-9)


def test_a_pair_is_found_however_old_it_is() -> None:
    """A store that wraps around loses some of them, or finds the wrong ones."""
    tokens = 211
    keys = 40 * F.normalize(torch.randn(tokens, 11, generator=torch.Generator().manual_seed(3), dtype=torch.float64))
    values = torch.arange(tokens, dtype=torch.float64).unsqueeze(-1)
    memory, kv = Nearest(1, 1), KV(keys, values)
    state = memory.empty(kv[:0])
    for start in range(0, tokens, 13):
        state = memory.update(kv[start : start + 13], state).state
    found = memory.read(keys, memory.slots(state, tracked=False)).output
    torch.testing.assert_close(found, values, rtol=0, atol=1e-6)


def test_of_equal_keys_the_newest_are_nearest() -> None:
    same = KV(torch.ones(17, 3), torch.arange(17.0).unsqueeze(-1))
    memory = Nearest(2, 5)
    slots = memory.slots(memory.update(same, memory.empty(same)).state)
    weights = memory.read(torch.ones(1, 3), slots).weights[0]
    assert weights.nonzero().flatten().tolist() == list(range(10, 17))
    attended = memory.attend(torch.ones(17, 3), same, memory.empty(same)).output
    assert attended[-1].item() == pytest.approx(sum(range(10, 17)) / 7)


def test_every_head_finds_its_own_and_what_is_not_found_is_not_lost() -> None:
    record = trace(Nearest(3, 7), float64_stream())
    last = record.steps[-1]
    found = [set(row.nonzero()[0].tolist()) for row in last.weights]
    assert [len(own) for own in found] == [3 + 7] * 2
    assert found[0] != found[1]
    assert last.retained.tolist() == [1.0, 1.0]
    assert (last.total_variation > 0.1).all()


def test_it_stores_every_pair_but_looks_at_few_values() -> None:
    memory = Nearest(3, 7)
    assert memory.state_floats(31, D_K, D_V) == 31 * (5 + 3)
    assert [memory.read_floats(tokens, D_K, D_V) for tokens in (1, 9, 31)] == [8, 9 * 5 + 9 * 3, 31 * 5 + 10 * 3]
    assert memory.read_flops(31, D_K, D_V) == 2 * (155 + 30)


@pytest.mark.parametrize("heads", [1, 2, 3, 7])
@pytest.mark.parametrize("tokens", [5, 9, 31, 89])
def test_heads_that_share_keys_and_values_fetch_at_most_the_values_that_are_counted(heads: int, tokens: int) -> None:
    """Heads that look at random find some of the same pairs; heads that look for their own find others."""
    memory = Nearest(3, 7)
    kv = KV(torch.eye(tokens, dtype=torch.float64), torch.ones(tokens, 1, dtype=torch.float64))
    slots = memory.slots(memory.update(kv, memory.empty(kv)).state)
    apart = torch.zeros(heads, tokens, dtype=torch.float64)
    for head in range(heads):
        apart[head, 3 * head : 3 * head + 3] = 1.0
    alike = torch.ones_like(apart)
    random = torch.rand(heads, tokens, generator=torch.Generator().manual_seed(heads), dtype=torch.float64)
    distinct = [int(memory.score(queries, slots).isfinite().any(dim=0).sum()) for queries in (apart, random, alike)]
    counted = memory.fetched_floats(tokens, 0, 1, heads)
    assert distinct[0] == counted >= distinct[1] >= distinct[2] == memory.read_floats(tokens, 0, 1)
    assert memory.fetched_floats(tokens, 1, 0, heads) == tokens, "every key, once"


@pytest.mark.parametrize(("settings", "message"), [((0, 3), "nearest k .* got 0"), ((3, -1), "n_c .* got -1")])
def test_settings_that_make_no_memory_are_refused(settings: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Nearest(*settings)
