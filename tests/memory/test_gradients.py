"""Gradients through `attend`: finite differences by queries, keys, values and learned numbers, and declared stops."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from memattn.compression import COMPRESSIONS, Conv1d, ConvWeights, DilatedConv1d, GatedPool, GateWeights
from memattn.kv import KV
from memattn.memory import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.recurrent import Recurrent
from memattn.memory.segments import Segments
from memattn.memory.weights import Weights
from tests.memory.cases import ALL, D_K, D_V, stream

HEADS, TOKENS, STEP = 2, 31, 1e-6
COMPRESSED = {
    f"compressive, {name}, {remainder}": Compressive(4, 5, 3, kind(3), remainder, stop_gradient=False)
    for name, kind in COMPRESSIONS.items()
    for remainder in ("carry", "pad", "partial")
}
CASES: dict[str, Memory[Any]] = {**ALL, **COMPRESSED}
every_memory = pytest.mark.parametrize("memory", CASES.values(), ids=CASES)


def draw(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def flowing(memory: Memory[Any]) -> Memory[Any]:
    """The same with nothing stopped."""
    if isinstance(memory, Hybrid):
        return replace(memory, first=flowing(memory.first), second=flowing(memory.second))
    return replace(memory, stop_gradient=False) if hasattr(memory, "stop_gradient") else memory  # type: ignore[type-var]


def loss(memory: Memory[Any], rows: tuple[Tensor, Tensor, Tensor], sizes: int = TOKENS, first: int = 0) -> Tensor:
    """Any number that all outputs and all logsumexps from token `first` on have a part in, read `sizes` at a time."""
    queries, kv = rows[0], KV.trusted(*rows[1:])
    state, total, at = memory.empty(kv, tracked=False), torch.zeros((), dtype=torch.float64), 0
    while at < kv.tokens:
        piece = slice(at, at + sizes)
        got = memory.attend(queries[..., piece, :], kv[piece], state)
        outer, inner = (draw(HEADS, TOKENS, n, seed=7 + n)[..., piece, :] for n in (D_V, 1))
        both = (got.output * outer).sum(dim=-1) + got.logsumexp * inner.squeeze(-1)
        total = total + both[..., max(0, first - at) :].sum()
        state, at = got.update.state, at + sizes
    return total


def drawn() -> tuple[Tensor, Tensor, Tensor]:
    queries, kv = stream(tokens=TOKENS, lead=(HEADS,))
    return queries, kv.keys, kv.values


def gradients(
    memory: Memory[Any], rows: tuple[Tensor, Tensor, Tensor], sizes: int = TOKENS, first: int = 0
) -> tuple[Tensor, ...]:
    own = [one.clone().requires_grad_() for one in rows]
    return torch.autograd.grad(loss(memory, (own[0], own[1], own[2]), sizes, first), own, materialize_grads=True)


def check(along: Callable[[float], Tensor], slope: Tensor) -> None:
    """A slope is the quotient of two small steps."""
    with torch.no_grad():
        quotient = (along(STEP) - along(-STEP)) / (2 * STEP)
    assert abs(float(quotient)) > 1e-3, "nothing depends on it"
    torch.testing.assert_close(slope, quotient, rtol=1e-6, atol=1e-7)


@every_memory
def test_gradients_by_queries_keys_and_values_are_finite_differences(memory: Memory[Any]) -> None:
    memory, rows = flowing(memory), drawn()
    for at, slope in enumerate(gradients(memory, rows)):
        way = draw(*rows[at].shape, seed=at)

        def along(step: float, at: int = at, way: Tensor = way) -> Tensor:
            moved = [one + step * way if own == at else one for own, one in enumerate(rows)]
            return loss(memory, (moved[0], moved[1], moved[2]))

        check(along, (slope * way).sum())


@every_memory
def test_gradients_do_not_depend_on_how_the_stream_is_cut(memory: Memory[Any]) -> None:
    rows = drawn()
    for own in {memory, flowing(memory)}:
        for one, other in zip(gradients(own, rows), gradients(own, rows, 3), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=1e-11)


STOPPED: dict[str, tuple[Memory[Any], int]] = {
    "segments": (Segments(5, 2), 5),
    **{name: (replace(memory, stop_gradient=True), 4) for name, memory in COMPRESSED.items()},  # type: ignore[type-var]
}


@pytest.mark.parametrize(("memory", "n_s"), STOPPED.values(), ids=STOPPED)
@pytest.mark.parametrize("sizes", [3, TOKENS])
def test_a_declared_stop_passes_exactly_nothing_and_the_running_segment_all(
    memory: Memory[Any], n_s: int, sizes: int
) -> None:
    rows, first = drawn(), TOKENS // n_s * n_s
    for at, slope in enumerate(gradients(memory, rows, sizes, first)):
        assert not slope[..., :first, :].any(), "a stopped position got a gradient, or an earlier query one"
        way = draw(*rows[at].shape, seed=at)
        way[..., :first, :] = 0

        def along(step: float, at: int = at, way: Tensor = way) -> Tensor:
            moved = [one + step * way if own == at else one for own, one in enumerate(rows)]
            return loss(memory, (moved[0], moved[1], moved[2]), sizes, first)

        check(along, (slope * way).sum())


def kernels(taps: int) -> dict[str, Tensor]:
    sizes = {"keys": (D_K, D_K, taps), "values": (D_V, D_V, taps), "key_bias": (D_K,), "value_bias": (D_V,)}
    return {name: draw(HEADS, *size, seed=at) for at, (name, size) in enumerate(sizes.items())}


def cell(name: Any) -> dict[str, Tensor]:
    given = Recurrent(cell=name).parameters(torch.zeros(D_K + D_V, dtype=torch.float64))
    return {own: tensor.detach().clone() for own, tensor in given.items()}


Build = Callable[[dict[str, Tensor]], Memory[Any]]
LEARNED: dict[str, tuple[dict[str, Tensor], Build]] = {
    **{
        f"{kind.__name__}, {remainder}": (
            kernels(3),
            lambda own, kind=kind, remainder=remainder: Compressive(
                4, 5, 3, kind(3, weights=ConvWeights(**own)), remainder, stop_gradient=False
            ),
        )
        for kind in (Conv1d, DilatedConv1d)
        for remainder in ("carry", "partial")
    },
    "gates": (
        {name: draw(HEADS, size, seed=size) for name, size in (("keys", D_K), ("values", D_V), ("positions", 3))},
        lambda own: Compressive(4, 5, 3, GatedPool(3, weights=GateWeights(**own)), "partial", stop_gradient=False),
    ),
    "learned pairs": (
        {"keys": draw(2, D_K, seed=1), "values": draw(2, D_V, seed=2)},
        lambda own: GlobalTokens(1, 3, learned=2, weights=Weights(own)),
    ),
    "gru": (cell("gru"), lambda own: Recurrent(weights=Weights(own))),
    "gated": (cell("gated"), lambda own: Recurrent(cell="gated", weights=Weights(own))),
}


@pytest.mark.parametrize(("numbers", "build"), LEARNED.values(), ids=LEARNED)
def test_gradients_by_what_is_learned_are_finite_differences(numbers: dict[str, Tensor], build: Build) -> None:
    rows = drawn()
    own = {name: tensor.clone().requires_grad_() for name, tensor in numbers.items()}
    slopes = torch.autograd.grad(loss(build(own), rows), list(own.values()))
    for at, (name, slope) in enumerate(zip(own, slopes, strict=True)):
        way = draw(*slope.shape, seed=at)

        def along(step: float, name: str = name, way: Tensor = way) -> Tensor:
            return loss(build({**numbers, name: numbers[name] + step * way}), rows)

        check(along, (slope * way).sum())


def test_stopped_kernels_get_no_gradient_at_all() -> None:
    own = {name: tensor.requires_grad_() for name, tensor in kernels(3).items()}
    memory = Compressive(4, 5, 3, Conv1d(3, weights=ConvWeights(**own)))
    rows = drawn()
    rows[0].requires_grad_()
    loss(memory, rows).backward()
    assert rows[0].grad is not None and all(tensor.grad is None for tensor in own.values())
