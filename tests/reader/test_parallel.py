"""Training sees the very memory that is used later."""

import pytest
import torch
from torch import Tensor

from memattn.compression import Compression, Conv1d, DilatedConv1d, KeepOne, MaxPool, MeanPool
from memattn.kv import KV
from memattn.memory import cells
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.exponential_average import ExponentialAverage
from memattn.memory.hybrid import Hybrid
from memattn.memory.moving_average import MovingAverage
from memattn.memory.recurrent import Recurrent
from memattn.memory.weighted_average import WeightedAverage
from memattn.memory.weights import Weights
from memattn.memory.window import Window
from memattn.reader.parallel import attention_through, compressive_attention, gated_attention, window_attention

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


MEANS = [
    CumulativeAverage(),
    MovingAverage(7),
    MovingAverage(TOKENS + 1),
    ExponentialAverage(0.02),
    WeightedAverage((1.0, 0.0, 3.0, 5.0)),
    Hybrid(Window(11), CumulativeAverage(log_count=True)),
    Hybrid(Window(11), ExponentialAverage(0.3)),
]


def token_by_token(memory: Memory, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:  # type: ignore[type-arg]
    """As a reader meets a text that is still being written; shares no whole-text path with `attend`."""
    kv = KV(keys, values)
    state, outputs = memory.empty(kv), []
    for at in range(TOKENS):
        state = memory.update(kv[at : at + 1], state).state
        slots = memory.slots(state)
        dots = queries[..., at : at + 1, :] @ slots.keys.mT / queries.shape[-1] ** 0.5
        dots = dots if slots.logit_bias is None else dots + slots.logit_bias
        outputs.append(dots.softmax(dim=-1) @ slots.values)
    return torch.cat(outputs, dim=-2)


@pytest.mark.parametrize("memory", MEANS, ids=str)
def test_a_whole_text_through_an_average_is_the_average_token_by_token(memory: Memory) -> None:  # type: ignore[type-arg]
    once = attention_through(memory)(*pairs())
    torch.testing.assert_close(once, token_by_token(memory, *pairs()), rtol=0, atol=1e-12)
    torch.testing.assert_close(once, attended(memory, *pairs()), rtol=0, atol=1e-12)


@pytest.mark.parametrize("memory", MEANS, ids=str)
def test_gradients_through_an_average_are_finite_and_causal(memory: Memory) -> None:  # type: ignore[type-arg]
    queries, keys, values = pairs()
    values.requires_grad_()
    attention_through(memory)(queries, keys, values)[..., 40, :].sum().backward()
    assert values.grad is not None and bool(values.grad.isfinite().all())
    assert bool(values.grad[..., 40, :].any()) and not bool(values.grad[..., 41:, :].any())


def cell() -> dict[str, Tensor]:
    return cells.drawn("gated", 5, 10, torch.float64, torch.device("cpu"))


def test_the_scan_is_the_gated_recurrence() -> None:
    memory = Recurrent("gated", weights=Weights(cell()))
    for tokens in (1, 2, 3, 64, TOKENS):
        piece = [part[..., :tokens, :] for part in pairs()]
        torch.testing.assert_close(gated_attention(cell())(*piece), attended(memory, *piece), rtol=0, atol=1e-12)


def test_the_scan_has_the_gradient_of_the_recurrence() -> None:
    grads = []
    for scanned in (True, False):
        own = {name: tensor.clone().requires_grad_() for name, tensor in cell().items()}
        memory = Recurrent("gated", weights=Weights(own))
        output = gated_attention(own)(*pairs()) if scanned else attended(memory, *pairs())
        output.square().sum().backward()
        grads.append([tensor.grad for tensor in own.values()])
    torch.testing.assert_close(grads[0], grads[1], rtol=1e-10, atol=1e-10)


def test_a_constant_gate_is_an_exponential_sum() -> None:
    """Gate 1/2 and content x: m_t = x_t / 2 + x_(t-1) / 4 + ..., so ones give 1 - 2^-(t + 1)."""
    ones = torch.ones(1, 1, 5, 1, dtype=torch.float64)
    weight = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    given = {"weight_ih": weight, "bias_ih": torch.zeros(4, dtype=torch.float64)}
    assert gated_attention(given)(ones, 9 * ones, ones).flatten().tolist() == [0.5, 0.75, 0.875, 0.9375, 0.96875]


def test_gradients_reach_the_kernels_and_the_pairs() -> None:
    queries, keys, values = pairs()
    keys.requires_grad_()
    memory = Compressive(4, 8, 3, MeanPool(2))
    compressive_attention(memory)(queries, keys, values)[..., 20, :].sum().backward()
    assert keys.grad is not None
    touched = keys.grad.abs().sum(dim=(0, 1, 3)).nonzero().flatten().tolist()
    assert touched == list(range(6, 21))  # at token 20: Mem 12..19, running 20, CMem slots over 6..11
