"""What Mem of a recurrence owes to each token: norms of Jacobians in closed form, many steps at a time.

Shapes: D numbers in x and in Mem, any lead. J_j = d Mem / d x_j is (D, D), and a step maps every J_j by
A_i = d Mem_i / d Mem_(i-1). Only the norms of its halves are asked for, and mapping every source at every step would
cost most of a trace. So a step maps the sources since the last border alone, and with them P = d Mem_i / d Mem_border.
The norm of an older J is that of P J:

    |P J|² = ⟨Pᵀ P, J Jᵀ⟩,   row by row of P, with J Jᵀ made once per border

All but what is older follows from the memories of a block alone, so it is made for several blocks at once.

A stack holds transposed Jacobians below each other, (*lead, sources · width, D). Where every number of Mem works apart
from the others, all A and P are diagonal and of J only the squares of its rows matter: then a stack holds squares.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import pad

BLOCK = 8  # tokens between borders, where negligible sources are given up


@dataclass(frozen=True, eq=False)
class Ancestry:
    """What Mem owes to the sources that are not negligible.

    Args:
        new: sources since the last border, fewer than BLOCK.
        running: stack of d Mem by Mem at the border, then by each new x_j.
        older: stack of d Mem at the border by each x_j before it.
        shares: (*lead, 2, old + BLOCK) norms of d m_k and d m_v by each x_j, made to sum to one; zeros for those to
            come.
    """

    new: int
    running: Tensor
    older: Tensor
    shares: Tensor

    @property
    def known(self) -> Tensor:
        """(*lead, 2, old + new) the shares of the sources that have come."""
        return self.shares[..., : self.shares.shape[-1] - BLOCK + self.new]


class Algebra(ABC):
    """How the Jacobians of a recurrence are written down."""

    @abstractmethod
    def identity(self, like: Tensor) -> Tensor:
        """Mem by itself, (*lead, width, D); `like` is Mem, (*lead, D)."""

    @abstractmethod
    def mapped(self, stack: Tensor, by: Tensor) -> Tensor:
        """All Jacobians of a stack times another from the left."""

    @abstractmethod
    def squares(self, stack: Tensor) -> Tensor:
        """Squared norms of the rows of each J, (*lead, sources, D)."""

    @abstractmethod
    def products(self, stack: Tensor) -> Tensor:
        """J Jᵀ of each J, (*lead, sources, pairs)."""

    @abstractmethod
    def reach(self, path: Tensor, d_k: int) -> Tensor:
        """Pᵀ P of either half of P, (*lead, 2, pairs)."""


class Dense(Algebra):
    """Every number of Mem depends on all: width D, pairs D²."""

    def identity(self, like: Tensor) -> Tensor:
        """As it is."""
        return torch.eye(like.shape[-1], dtype=like.dtype, device=like.device).expand(*like.shape, -1)

    def mapped(self, stack: Tensor, by: Tensor) -> Tensor:
        """One product: (A J)ᵀ = Jᵀ Aᵀ."""
        return stack @ by

    def squares(self, stack: Tensor) -> Tensor:
        """Sums over the numbers of a source."""
        each: Tensor = stack.square().unflatten(-2, (-1, stack.shape[-1]))
        return each.sum(dim=-2)

    def products(self, stack: Tensor) -> Tensor:
        """One for each source."""
        each: Tensor = stack.unflatten(-2, (-1, stack.shape[-1])).mT
        return (each @ each.mT).flatten(-2)

    def reach(self, path: Tensor, d_k: int) -> Tensor:
        """One for each half."""
        halves = path.split((d_k, path.shape[-1] - d_k), dim=-1)
        return torch.stack([half @ half.mT for half in halves], dim=-3).flatten(-2)


class Diagonal(Algebra):
    """Every number of Mem depends on itself alone: width 1, pairs D, and all numbers squared."""

    def identity(self, like: Tensor) -> Tensor:
        """One in every row."""
        return like.new_ones(*like.shape[:-1], 1, like.shape[-1])

    def mapped(self, stack: Tensor, by: Tensor) -> Tensor:
        """Row by row."""
        return stack * by

    def squares(self, stack: Tensor) -> Tensor:
        """As they are."""
        return stack

    def products(self, stack: Tensor) -> Tensor:
        """Only their diagonals are asked for."""
        return stack

    def reach(self, path: Tensor, d_k: int) -> Tensor:
        """P² in the rows of each half."""
        return _halves(d_k, path) * path


def founded(algebra: Algebra, like: Tensor) -> Ancestry:
    """Before the first token; `like` is Mem, (*lead, D)."""
    start = algebra.identity(like)
    return Ancestry(0, start, start[..., :0, :], like.new_zeros(*like.shape[:-1], 2, BLOCK))


def followed(algebra: Algebra, ancestry: Ancestry, through: Tensor, fresh: Tensor, d_k: int) -> Iterator[Ancestry]:
    """The ancestry after each of some steps.

    Args:
        algebra: of the recurrence.
        ancestry: before them.
        through: (blocks, steps, *lead, width, D) d Mem_i / d Mem_(i-1); every block but the last ends at a border.
        fresh: the same, d Mem_i / d x_i.
        d_k: numbers of Mem that are m_k.
    """
    blocks, steps = through.shape[:2]
    width, whole = through.shape[-2], ancestry.new + steps == BLOCK
    running, runs = ancestry.running.expand(blocks, *ancestry.running.shape), list[Tensor]()
    for by, own in zip(through.unbind(1), fresh.unbind(1), strict=True):
        running = torch.cat([algebra.mapped(running, by), own], dim=-2)
        runs.append(running)
    paths = torch.stack([run[..., :width, :] for run in runs], dim=-3)  # (blocks, *lead, steps, width, D)
    squares = [algebra.squares(run[..., width:, :]) for run in runs]
    new = _by_halves(torch.stack([pad(own, (0, 0, 0, BLOCK - own.shape[-2])) for own in squares], dim=-3), d_k)
    by_block = zip(
        algebra.reach(paths, d_k).flatten(-3, -2).unbind(),
        new.unbind(),
        zip(*(run.unbind() for run in runs), strict=True),
        strict=True,
    )
    border = algebra.identity(ancestry.running[..., 0, :])
    for reach, own, block in by_block:
        older = ancestry.older
        old = (reach @ algebra.products(older).mT).unflatten(-2, (steps, 2)).clamp_min(0)  # rounding may go below
        shares = _shares(torch.cat([old, own], dim=-1)).movedim(-3, 0).unbind()
        numbers = range(ancestry.new + 1, ancestry.new + steps + 1 - whole)
        for number, running, known in zip(numbers, block, shares, strict=False):
            yield Ancestry(number, running, older, known)
        if whole:
            last = block[-1]
            older = torch.cat([algebra.mapped(older, last[..., :width, :]), last[..., width:, :]], dim=-2)
            ancestry = Ancestry(0, border, *_noteworthy(algebra, older, d_k))
            yield ancestry


def _noteworthy(algebra: Algebra, older: Tensor, d_k: int) -> tuple[Tensor, Tensor]:
    """Give up the oldest sources as long as none has a noteworthy part in any number; the others, and their shares."""
    squares = algebra.squares(older)
    epsilon = torch.finfo(squares.dtype).eps  # of norms it is the root
    above = torch.add(squares, squares.amax(dim=-2, keepdim=True), alpha=-epsilon).amax(dim=-1)
    first = int((above.reshape(-1, above.shape[-1]).amax(dim=0) > 0).to(torch.uint8).argmax())
    shares = _shares(_by_halves(squares[..., first:, :], d_k))
    width = older.shape[-2] // squares.shape[-2]
    return older[..., first * width :, :], pad(shares, (0, BLOCK))


def _by_halves(rows: Tensor, d_k: int) -> Tensor:
    """Sums over the numbers of m_k, and of m_v: (*, sources, D) → (*, 2, sources)."""
    return (rows @ _halves(d_k, rows).mT).mT


def _halves(d_k: int, like: Tensor) -> Tensor:
    """(2, D) which numbers of Mem are m_k, and which are m_v; `like` is (*, D)."""
    return _indicators(d_k, like.shape[-1], like.dtype, like.device)


@lru_cache(maxsize=32)
def _indicators(d_k: int, size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        rows = torch.arange(size, device=device) < d_k
        return torch.stack([rows, ~rows]).to(dtype)


def _shares(squares: Tensor) -> Tensor:
    """Norms made to sum to one; zeros where nothing has a part, for large numbers close every gate."""
    norms = squares.sqrt()
    return norms / norms.sum(dim=-1, keepdim=True).clamp_min(torch.finfo(norms.dtype).tiny)
