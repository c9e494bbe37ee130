"""Recurrent cells as pure functions: a step, and its Jacobians for the provenance (see `recurrent`, `ancestry`).

Shapes: D numbers in x and in Mem, any lead; several steps are an axis in front of it.
"""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import linear


def shapes(cell: str, size: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a cell's weights for inputs and Mem of `size` numbers."""
    if cell == "gated":
        return {"weight_ih": (2 * size, size), "bias_ih": (2 * size,)}
    rows = 3 * size
    return {"weight_ih": (rows, size), "weight_hh": (rows, size), "bias_ih": (rows,), "bias_hh": (rows,)}


@lru_cache(maxsize=32)
def drawn(cell: str, seed: int, size: int, dtype: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    """Uniform within ± 1/sqrt(D), the usual start of a GRU.

    Ordinary tensors even when asked for in inference mode, since training may ask for them next.
    """
    with torch.inference_mode(False):
        generator, drawn = torch.Generator().manual_seed(seed), {}
        for name, shape in shapes(cell, size).items():
            unit = torch.rand(shape, generator=generator, dtype=torch.float64)
            drawn[name] = ((2 * unit - 1) * size**-0.5).to(device, dtype)
        return drawn


def gru(projected: tuple[Tensor, ...], memory: Tensor, given: dict[str, Tensor]) -> Tensor:
    """Mem after one step of the GRU; `projected` is W x + b for both gates, (*lead, 2 D), and for n, (*lead, D)."""
    keep, new = _gru(projected, memory, given)[1:3]
    return torch.lerp(new, memory, keep)


def _gru(
    projected: tuple[Tensor, ...], memory: Tensor, given: dict[str, Tensor]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Both gates r and z, the new content n, and U_n Mem + c_n, which r lets through to it."""
    size = memory.shape[-1]
    to_gates, behind = linear(memory, given["weight_hh"], given["bias_hh"]).split_with_sizes((2 * size, size), -1)
    reset, keep = (projected[0] + to_gates).sigmoid().chunk(2, dim=-1)
    return reset, keep, torch.addcmul(projected[1], reset, behind).tanh(), behind


def gru_jacobians(projected: tuple[Tensor, ...], memory: Tensor, given: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Jacobians of GRU steps from `memory`: d Mem_i by Mem_(i-1), and by x_i, transposed, both (*lead, D, D)."""
    size = memory.shape[-1]
    reset, keep, new, behind = _gru(projected, memory, given)
    take = 1 - keep
    to_new = torch.addcmul(take, take * new, new, value=-1)  # (1 - z)(1 - n²)
    let = to_new * reset
    gates = (let * behind * (1 - reset), (memory - new) * take * keep)
    through, fresh = (
        _mixed((*gates, inner), given[name].view(3, size, size).mT.contiguous())
        for inner, name in ((let, "weight_hh"), (to_new, "weight_ih"))
    )
    through.diagonal(dim1=-2, dim2=-1).add_(keep)
    return through, fresh


def _mixed(parts: tuple[Tensor, Tensor, Tensor], weights: Tensor) -> Tensor:
    """Sum over the parts r, z and n, (*lead, D) each, times their transposed weights, (3, D, D)."""
    by_reset, by_keep, by_new = (part.unsqueeze(-2) for part in parts)
    return (by_reset * weights[0]).addcmul_(by_keep, weights[1]).addcmul_(by_new, weights[2])


def gated(projected: tuple[Tensor, ...], memory: Tensor, given: dict[str, Tensor]) -> Tensor:
    """Mem after one step of the gated form; `projected` is W x + b for z and for the new content, both (*lead, D)."""
    return torch.lerp(memory, projected[1], projected[0].sigmoid())


def gated_jacobians(projected: tuple[Tensor, ...], memory: Tensor, given: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The same of the gated form, as squares of rows, both (*lead, 1, D): d Mem_i / d Mem_(i-1) is diagonal."""
    by_gate, by_new = given["weight_ih"].chunk(2)
    take = projected[0].sigmoid()
    to_gate = (projected[1] - memory) * take * (1 - take)
    fresh = to_gate.unsqueeze(-1) * by_gate + take.unsqueeze(-1) * by_new
    return (1 - take).square().unsqueeze(-2), fresh.square().sum(dim=-1).unsqueeze(-2)
