"""The contract of a compression function f_c: n pairs in, n / c pairs out.

Source: Rae et al., Compressive Transformers, 2019, §3.2 (arXiv:1911.05507). Our `rate` is their c. Unlike the
paper, which compresses hidden states before the projections, we compress the key-value pairs themselves, keys
and values apart, as the course does.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.dials import dial
from memattn.kv import KV, Provenance

Array = NDArray[np.float64]


class Compressed(NamedTuple):
    """What a compression gives.

    Args:
        keys: (*lead, n / c, d_k).
        values: (*lead, n / c, d_v).
        key_shares: (*lead, n / c, n) share of every pair in the key of each new slot, or None when not
            tracked.
        value_shares: the same for the values.
    """

    keys: Tensor
    values: Tensor
    key_shares: Tensor | None = None
    value_shares: Tensor | None = None

    @property
    def pairs(self) -> KV:
        """The new slots as pairs."""
        return KV.trusted(self.keys, self.values)


@dataclass(frozen=True)
class Compression(ABC):
    """A compression function; subclasses are frozen dataclasses, usable with their defaults."""

    rate: int = dial(  # pairs per compressed slot, the paper's c
        4, 1, 8, "c", "pairs : slot", "Compression rate: how many popped pairs share one slot."
    )

    title: ClassVar[str]  # plain words, for people
    formula: ClassVar[str]  # LaTeX
    provenance: ClassVar[Provenance] = Provenance.EXACT
    needs_usage: ClassVar[bool] = False  # whether it ranks pairs by the attention they received
    learns: ClassVar[bool] = False  # whether it has weights to be trained; drawn at random while there are none

    def __post_init__(self) -> None:
        """Refuse rates below 1."""
        if self.rate < 1:
            raise ValueError(f"compression rate c must be ≥ 1 pair per slot, got {self.rate}")

    @abstractmethod
    def compress(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """Apply f_c.

        Args:
            pairs: n pairs in time order, n divisible by c.
            usage: (*lead, n) mean attention that each pair received; only most-used looks at it.
            tracked: whether to give the shares.

        Raises:
            ValueError: n is not divisible by c, or a setting does not fit the pairs.
        """

    def compress_rest(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """Compress one group smaller than c into one slot: the same function at the rate of its size."""
        return replace(self, rate=pairs.tokens).compress(pairs, usage, tracked)

    @abstractmethod
    def naive(self, keys: Array, values: Array, usage: Array) -> tuple[Array, Array]:
        """The same straight from the definition, in NumPy, for one head: the yardstick of `compress`.

        Args:
            keys: (n, d_k), n divisible by c or a single group smaller than c.
            values: (n, d_v).
            usage: (n,).
        """

    @abstractmethod
    def flops(self, d_k: int, d_v: int) -> int:
        """Floating-point operations per pair taken in, per head."""

    def head(self, index: int) -> Self:
        """The function as head `index` sees it; only learned weights differ between heads."""
        del index
        return self

    def groups(self, pairs: KV) -> int:
        """Number of slots that the pairs become, n / c.

        Raises:
            ValueError: n is not divisible by c.
        """
        if pairs.tokens % self.rate:
            raise ValueError(f"the number of pairs must be divisible by the rate c={self.rate}, got {pairs.tokens}")
        return pairs.tokens // self.rate


def grouped(rows: Tensor, rate: int) -> Tensor:
    """Cut (..., n, d) into consecutive groups: (..., n / c, c, d)."""
    groups: Tensor = rows.unflatten(-2, (rows.shape[-2] // rate, rate))
    return groups


def spread(shares: Tensor) -> Tensor:
    """Lay the shares inside each group, (..., g, c), out over all pairs: (..., g, g·c), zero elsewhere."""
    groups, rate = shares.shape[-2:]
    own = torch.eye(groups, dtype=shares.dtype, device=shares.device).unsqueeze(-1)
    laid: Tensor = (own * shares.unsqueeze(-2)).flatten(-2)
    return laid.reshape(*shares.shape[:-2], groups, groups * rate)
