"""Recurrent cells as pure functions, with the Jacobians of a step in closed form (see `recurrent`).

Shapes: D numbers in x and in Mem, any lead. A Jacobian holds d Mem / d x_j for consecutive sources j, side
by side: (*lead, D, sources · D). A step maps it by d Mem_i / d Mem_(i-1) and appends d Mem_i / d x_i.
"""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import linear, pad


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


def joint(given: dict[str, Tensor]) -> Tensor:
    """(4, D, 2 D): what r, z, the inside of r's bracket and n itself depend on, columns by Mem, then by x."""
    size = given["weight_ih"].shape[-1]
    by_memory, by_input = (given[name].detach().view(3, size, size) for name in ("weight_hh", "weight_ih"))
    none = torch.zeros_like(by_memory[:1])
    return torch.cat([torch.cat([by_memory, none]), torch.cat([by_input[:2], none, by_input[2:]])], dim=-1)


@lru_cache(maxsize=32)
def drawn_joint(seed: int, size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The same of the drawn weights, made once."""
    with torch.inference_mode(False):
        return joint(drawn("gru", seed, size, dtype, device))


def gru(
    projected: Tensor, memory: Tensor, jacobian: Tensor | None, given: dict[str, Tensor], joint: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """One step of the GRU; `projected` is W x + b for r, z and n, (*lead, 3 D)."""
    size = memory.shape[-1]
    back = linear(memory, given["weight_hh"], given["bias_hh"])
    gates = (projected[..., : 2 * size] + back[..., : 2 * size]).sigmoid()
    reset, keep = gates.chunk(2, dim=-1)
    behind = back[..., 2 * size :]
    new = torch.addcmul(projected[..., 2 * size :], reset, behind).tanh()
    change = memory - new
    result = torch.addcmul(new, keep, change)
    if jacobian is None or joint is None:
        return result, None
    to_reset_gate, to_keep_gate = (gates - gates.square()).chunk(2, dim=-1)
    take = 1 - keep
    to_new = torch.addcmul(take, take * new, new, value=-1)  # (1 - z)(1 - n²)
    parts = torch.stack([to_new * behind * to_reset_gate, change * to_keep_gate, to_new * reset, to_new], dim=-2)
    through, fresh = (parts.detach().unsqueeze(-1) * joint).sum(dim=-3).chunk(2, dim=-1)
    through.diagonal(dim1=-2, dim2=-1).add_(keep.detach())
    return result, torch.cat([through @ jacobian, fresh], dim=-1)


def gated(
    projected: Tensor, memory: Tensor, jacobian: Tensor | None, given: dict[str, Tensor]
) -> tuple[Tensor, Tensor | None]:
    """One step of the gated form; `projected` is W x + b for z and the new content, (*lead, 2 D)."""
    size = memory.shape[-1]
    take, new = projected[..., :size].sigmoid(), projected[..., size:]
    result = memory + take * (new - memory)
    if jacobian is None:
        return result, None
    by_gate, by_new = given["weight_ih"].detach().chunk(2)
    take, change = take.detach().unsqueeze(-1), (new - memory).detach().unsqueeze(-1)
    fresh = change * take * (1 - take) * by_gate + take * by_new
    return result, torch.cat([(1 - take) * jacobian, fresh], dim=-1)


def _squares(jacobian: Tensor) -> Tensor:
    """(*lead, D, sources) squared norms by row of Mem and source."""
    *lead, size, columns = jacobian.shape
    return jacobian.view(*lead, size, columns // size, size).square().sum(dim=-1)


def without_negligible(jacobian: Tensor) -> Tensor:
    """Give up the oldest sources, as long as none has a noteworthy part in any number of any Mem."""
    squares = _squares(jacobian)
    epsilon = torch.finfo(squares.dtype).eps  # of squares: of norms it is the root
    negligible = epsilon * squares.amax(dim=-1, keepdim=True)
    live = (squares > negligible).flatten(0, -2).any(dim=0)
    first = int(live.to(torch.uint8).argmax())
    return jacobian[..., first * jacobian.shape[-2] :].contiguous()


def sensitivities(jacobian: Tensor, d_k: int, sources: int, held: int) -> tuple[Tensor, Tensor]:
    """Shares of all sources in the two halves of Mem, each (*lead, held, sources)."""
    squares, size = jacobian.square(), jacobian.shape[-2]
    halves = [half.sum(dim=-2) for half in squares.split([d_k, size - d_k], dim=-2)]
    norms = torch.stack(halves, dim=-2).unflatten(-1, (-1, size)).sum(dim=-1).sqrt()
    shares = pad(norms / norms.sum(dim=-1, keepdim=True), (sources - norms.shape[-1], 0))
    return shares[..., :held, :], shares[..., 1 : 1 + held, :]
