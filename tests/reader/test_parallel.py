"""Training sees the very memory that is used later."""

import pytest
import torch
from torch import Tensor

from memattn.compression import Compression, Conv1d, DilatedConv1d, KeepOne, MaxPool, MeanPool
from memattn.kv import KV
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.window import Window
from memattn.reader.parallel import compressive_attention, window_attention

TOKENS = 97


def pairs() -> tuple[Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(3)
    queries, keys, values = (torch.randn(2, 3, TOKENS, 5, generator=draw, dtype=torch.float64) for _ in range(3))
    return queries, keys, values


def attended(memory: Memory, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:  # type: ignore[type-arg]
    kv = KV(keys, values)
    return memory.attend(queries, kv, memory.empty(kv)).output


@pytest.mark.parametrize("sizes", [(1, 3, 2), (4, 7, 5), (5, 5, 0), (8, 24, 3), (13, 19, 50)], ids=str)
@pytest.mark.parametrize("compression", [MeanPool(3), MaxPool(4), KeepOne(2), Conv1d(5), Conv1d(1)], ids=str)
def test_one_masked_read_is_the_memory(compression: Compression, sizes: tuple[int, int, int]) -> None:
    memory = Compressive(*sizes, compression)
    torch.testing.assert_close(compressive_attention(memory)(*pairs()), attended(memory, *pairs()), rtol=0, atol=1e-12)


@pytest.mark.parametrize("rate", [2, 3, 4])
def test_dilated_kernels_see_the_block_that_is_popped(rate: int) -> None:
    n_s = 2 * rate
    memory = Compressive(n_s, 3 * n_s, 4, DilatedConv1d(rate))
    torch.testing.assert_close(
        compressive_attention(memory, block=n_s)(*pairs()), attended(memory, *pairs()), rtol=0, atol=1e-12
    )


def test_the_window_is_the_window() -> None:
    for width in (1, 7, TOKENS + 1):
        torch.testing.assert_close(
            window_attention(width)(*pairs()), attended(Window(width), *pairs()), rtol=0, atol=1e-12
        )


def test_gradients_reach_the_kernels_and_the_pairs() -> None:
    queries, keys, values = pairs()
    keys.requires_grad_()
    memory = Compressive(4, 8, 3, MeanPool(2))
    compressive_attention(memory)(queries, keys, values)[..., 20, :].sum().backward()
    assert keys.grad is not None
    touched = keys.grad.abs().sum(dim=(0, 1, 3)).nonzero().flatten().tolist()
    assert touched == list(range(6, 21))  # at token 20: Mem 12..19, running 20, CMem slots over 6..11
