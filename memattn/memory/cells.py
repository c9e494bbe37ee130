"""Recurrent cells as pure functions, and what Mem owes to each token (see `recurrent`).

Shapes: D numbers in x and in Mem, any lead; several steps are an axis in front of it. A Jacobian holds
d Mem / d x_j for consecutive sources j, side by side: (*lead, D, sources · D). A step maps it by
d Mem_i / d Mem_(i-1) and appends d Mem_i / d x_i.

Only norms are asked for, and mapping every source at every step would cost most of a trace. So a step maps the
sources since the last border alone, and with them P = d Mem_i / d Mem_border. The norm of an older J is that of
P J, and |P J|² = ⟨Pᵀ P, J Jᵀ⟩, row by row of P, with J Jᵀ made once per border.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import linear, pad

BLOCK = 8  # tokens between borders, where negligible sources are given up


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
    """Jacobians of GRU steps from `memory`: d Mem_i / d Mem_(i-1) and d Mem_i / d x_i, both (*lead, D, D)."""
    size = memory.shape[-1]
    by_memory, by_input = (given[name].view(3, size, size) for name in ("weight_hh", "weight_ih"))
    reset, keep, new, behind = _gru(projected, memory, given)
    take = 1 - keep
    to_new = torch.addcmul(take, take * new, new, value=-1)  # (1 - z)(1 - n²)
    let = to_new * reset
    gates = (let * behind * (1 - reset), (memory - new) * take * keep)
    through, fresh = (
        (torch.stack((*gates, inner), dim=-2).unsqueeze(-1) * by).sum(dim=-3)
        for inner, by in ((let, by_memory), (to_new, by_input))
    )
    through.diagonal(dim1=-2, dim2=-1).add_(keep)
    return through, fresh


def gated(projected: tuple[Tensor, ...], memory: Tensor, given: dict[str, Tensor]) -> Tensor:
    """Mem after one step of the gated form; `projected` is W x + b for z and for the new content, both (*lead, D)."""
    return torch.lerp(memory, projected[1], projected[0].sigmoid())


def gated_jacobians(projected: tuple[Tensor, ...], memory: Tensor, given: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The same as `gru_jacobians` of the gated form."""
    by_gate, by_new = given["weight_ih"].chunk(2)
    take = projected[0].sigmoid()
    to_gate = (projected[1] - memory) * take * (1 - take)
    return (1 - take).diag_embed(), to_gate.unsqueeze(-1) * by_gate + take.unsqueeze(-1) * by_new


@dataclass(frozen=True, eq=False)
class Ancestry:
    """What Mem owes to the sources that are not negligible.

    Args:
        new: sources since the last border, at most BLOCK.
        running: (*lead, D, (1 + BLOCK) · D) d Mem by Mem at the border, then by each new x_j; zeros for those to come.
        older: (*lead, D, old · D) d Mem at the border by each x_j before it.
        gram: (*lead, old, D²) J Jᵀ of each of these.
        shares: (*lead, 2, old + BLOCK) norms of d m_k and d m_v by each x_j, made to sum to one; zeros likewise.
    """

    new: int
    running: Tensor
    older: Tensor
    gram: Tensor
    shares: Tensor

    @property
    def known(self) -> Tensor:
        """(*lead, 2, old + new) the shares of the sources that have come."""
        return self.shares[..., : self.shares.shape[-1] - BLOCK + self.new]


def founded(like: Tensor) -> Ancestry:
    """Before the first token; `like` is Mem, (*lead, D)."""
    return _bordered(like.new_zeros(*like.shape, 0), like.new_zeros(*like.shape[:-1], 2, 0))


def followed(ancestry: Ancestry, through: Tensor, fresh: Tensor, d_k: int) -> list[Ancestry]:
    """The ancestry after each of some steps, of which there may be as many as lead to the next border.

    Args:
        ancestry: before them.
        through: (steps, *lead, D, D) d Mem_i / d Mem_(i-1) of each.
        fresh: (steps, *lead, D, D) d Mem_i / d x_i.
        d_k: rows of Mem that are m_k.
    """
    steps, (*lead, size, columns) = len(fresh), ancestry.running.shape
    path = fresh.new_zeros(steps, *lead, size, columns // size, size)
    path.diagonal(1 + ancestry.new, dim1=0, dim2=-2)[..., :steps].copy_(fresh.movedim(0, -1))  # in columns of their own
    path = path.flatten(-2)
    before = ancestry.running.reshape(-1, size, columns)
    for by, now in zip(through.view(steps, -1, size, size), path.view(steps, -1, size, columns), strict=True):
        before = now.baddbmm_(by, before)
    by_border = path[..., :size].movedim(0, -3).split_with_sizes((d_k, size - d_k), -2)
    grams = torch.stack([rows.mT @ rows for rows in by_border], dim=-3)  # (*lead, steps, 2, D, D)
    old = grams.flatten(-2).flatten(-3, -2) @ ancestry.gram.mT
    old = old.unflatten(-2, (steps, 2)).movedim(-3, 0).clamp_min(0)  # rounding may have gone below
    halves = _halves(d_k, size, path.dtype, path.device)
    new = (halves @ path.square()).unflatten(-1, (columns // size, size)).sum(dim=-1)[..., 1:]
    every = zip(path.unbind(), _shares(torch.cat([old, new], dim=-1)).unbind(), strict=True)
    return [
        Ancestry(new, now, ancestry.older, ancestry.gram, shares)
        for new, (now, shares) in enumerate(every, ancestry.new + 1)
    ]


def at_border(ancestry: Ancestry, d_k: int) -> Ancestry:
    """Begin anew from here. The oldest sources are given up as long as none has a noteworthy part in any number."""
    size = ancestry.running.shape[-2]
    by_border, new = ancestry.running[..., :size], ancestry.running[..., size:]
    jacobian = torch.cat([by_border @ ancestry.older, new], dim=-1)
    squares = jacobian.square().unflatten(-1, (jacobian.shape[-1] // size, size)).sum(dim=-1)  # (*lead, D, sources)
    epsilon = torch.finfo(squares.dtype).eps  # of squares: of norms it is the root
    live = (squares > epsilon * squares.amax(dim=-1, keepdim=True)).flatten(0, -2).any(dim=0)
    first = int(live.to(torch.uint8).argmax())
    shares = _shares(_halves(d_k, size, squares.dtype, squares.device) @ squares[..., first:])
    return _bordered(jacobian[..., first * size :].contiguous(), shares)


def _bordered(older: Tensor, shares: Tensor) -> Ancestry:
    size = older.shape[-2]
    each = older.unflatten(-1, (older.shape[-1] // size, size)).movedim(-2, -3).contiguous()  # (*lead, old, D, D)
    running = older.new_zeros(*older.shape[:-1], (1 + BLOCK) * size)
    running.diagonal(dim1=-2, dim2=-1).fill_(1)
    return Ancestry(0, running, older, (each @ each.mT).flatten(-2), pad(shares, (0, BLOCK)))


@lru_cache(maxsize=32)
def _halves(d_k: int, size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """(2, D) which rows of Mem are m_k, and which are m_v: sums over either by a product."""
    with torch.inference_mode(False):
        rows = torch.arange(size, device=device) < d_k
        return torch.stack([rows, ~rows]).to(dtype)


def _shares(squares: Tensor) -> Tensor:
    norms = squares.sqrt()
    return norms / norms.sum(dim=-1, keepdim=True)
