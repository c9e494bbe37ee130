"""What the pool reader is trained with is the very memory that is used later."""

import pytest
import torch
from torch import Tensor

from memattn.kv import KV
from memattn.memory.hybrid import Hybrid
from memattn.memory.merging import Merging
from memattn.memory.rebinned import Rebinned
from memattn.memory.window import Window
from memattn.reader.pooled import plan, pooled_attention

TOKENS = 53


def pairs() -> tuple[Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(3)
    queries, keys, values = (torch.randn(2, 3, TOKENS, 5, generator=draw, dtype=torch.float64) for _ in range(3))
    return queries, keys, values


@pytest.mark.parametrize("window", [1, 3, 7, 60])
@pytest.mark.parametrize(
    "older", [Merging(1), Merging(2), Merging(5), Merging(3, "sqrt"), Merging(64), Rebinned(1), Rebinned(11)], ids=str
)
def test_one_masked_read_is_the_memory(window: int, older: Merging | Rebinned) -> None:
    queries, keys, values = pairs()
    memory, kv = Hybrid(Window(window), older), KV(keys, values)
    stepped = memory.attend(queries, kv, memory.empty(kv, tracked=False)).output
    torch.testing.assert_close(pooled_attention(window, older)(queries, keys, values), stepped, rtol=0, atol=1e-12)


def test_every_pair_before_the_query_is_read_once() -> None:
    made = plan(4, Merging(3), 29)
    assert torch.equal(made.older | made.recent, torch.ones(29, 29, dtype=torch.bool).tril())
    assert not (made.older & made.recent).any()
    for query in range(29):
        for pair in range(query - 3):
            low, high = made.bounds[query, made.range_of[query, pair] + torch.tensor([0, 1])].tolist()
            assert low <= pair < high
