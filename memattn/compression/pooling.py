"""Pooling: c consecutive pairs become their mean or, channel by channel, their maximum.

    mean:  k'_j = (1/c) Σ_t k_{jc+t}          max:  k'_j[a] = max_t k_{jc+t}[a],   t = 0 .. c-1

Source: Rae et al., 2019, §3.2 (arXiv:1911.05507): mean and max pooling with kernel and stride c.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from memattn.compression.base import Array, Compressed, Compression, grouped, spread
from memattn.kv import KV, Provenance


@dataclass(frozen=True)
class MeanPool(Compression):
    """The mean of each group; every pair has the share 1/c."""

    title = "Mean pooling"
    formula = r"k'_j = \tfrac{1}{c}\sum_{t=0}^{c-1} k_{jc+t}"

    def compress(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """Average the groups."""
        groups = self.groups(pairs)
        keys, values = (grouped(rows, self.rate).mean(dim=-2) for rows in (pairs.keys, pairs.values))
        if not tracked:
            return Compressed(keys, values)
        shares = spread(keys.new_full((groups, self.rate), 1 / self.rate)).expand(*pairs.lead, -1, -1)
        return Compressed(keys, values, shares, shares)

    def naive(self, keys: Array, values: Array, usage: Array) -> tuple[Array, Array]:
        """Sum and divide."""
        c = min(self.rate, len(keys))
        return (
            sum(keys[t::c] for t in range(c)) / c,  # type: ignore[return-value]  # sum of arrays
            sum(values[t::c] for t in range(c)) / c,
        )

    def flops(self, d_k: int, d_v: int) -> int:
        """One addition per channel."""
        return d_k + d_v


@dataclass(frozen=True)
class MaxPool(Compression):
    """The largest entry of each channel; the share of a pair is the fraction of channels that it wins."""

    title = "Max pooling"
    formula = r"k'_j[a] = \max_{0 \le t < c} k_{jc+t}[a]"
    provenance = Provenance.SHARE

    def compress(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """Take maxima, keys and values apart, so their shares differ."""
        self.groups(pairs)
        keys, key_winner = grouped(pairs.keys, self.rate).max(dim=-2)
        values, value_winner = grouped(pairs.values, self.rate).max(dim=-2)
        if not tracked:
            return Compressed(keys, values)
        return Compressed(keys, values, self._shares(key_winner, keys), self._shares(value_winner, values))

    def _shares(self, winner: Tensor, like: Tensor) -> Tensor:
        member = torch.arange(self.rate, device=winner.device).unsqueeze(-1)
        return spread((winner.unsqueeze(-2) == member).to(like).mean(dim=-1))

    def naive(self, keys: Array, values: Array, usage: Array) -> tuple[Array, Array]:
        """Maximum of slices."""
        c = min(self.rate, len(keys))
        return keys.reshape(-1, c, keys.shape[1]).max(axis=1), values.reshape(-1, c, values.shape[1]).max(axis=1)

    def flops(self, d_k: int, d_v: int) -> int:
        """One comparison per channel."""
        return d_k + d_v
