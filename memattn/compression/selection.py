"""Selection: of c pairs one is kept as it is, the others are forgotten.

Source: Rae et al., 2019, §3.2 (arXiv:1911.05507), "most-used": pairs are ranked by the attention they
received, the n / c most used are kept. The paper is silent on how usage is averaged; ours, to be labelled as
such: the mean over all queries that could see the pair, each head for itself, ties to the newest. Keeping
every c-th pair whatever it says is ours too, the plain baseline that any cleverer choice must beat.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from memattn.compression.base import Array, Compressed, Compression, spread
from memattn.kv import KV


def pick(pairs: KV, chosen: Tensor, tracked: bool) -> Compressed:
    """Take the pairs at `chosen` (*lead, slots), each wholly its own source."""
    keys = pairs.keys.gather(-2, chosen.unsqueeze(-1).expand(*chosen.shape, pairs.keys.shape[-1]))
    values = pairs.values.gather(-2, chosen.unsqueeze(-1).expand(*chosen.shape, pairs.values.shape[-1]))
    if not tracked:
        return Compressed(keys, values)
    shares = (chosen.unsqueeze(-1) == torch.arange(pairs.tokens, device=chosen.device)).to(keys)
    return Compressed(keys, values, shares, shares)


@dataclass(frozen=True)
class MostUsed(Compression):
    """Keep the n / c pairs that received most attention, in time order."""

    title = "Most used"
    formula = r"\operatorname{top}_{n/c}\; \tfrac{1}{|\{i \ge j\}|}\sum_{i \ge j} \alpha_{ij}"
    needs_usage = True

    def compress(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """Rank and keep; without usage all are tied, so the newest stay.

        Raises:
            ValueError: n is not divisible by c, or usage is not (*lead, n).
        """
        groups = self.groups(pairs)
        if usage is None:
            usage = pairs.keys.new_zeros(*pairs.lead, pairs.tokens)
        if usage.shape != pairs.keys.shape[:-1]:
            raise ValueError(f"usage must be (*lead, n) = {tuple(pairs.keys.shape[:-1])}, got {tuple(usage.shape)}")
        newest_first = usage.flip(-1).argsort(dim=-1, descending=True, stable=True)  # stable: ties to the newest
        chosen = (pairs.tokens - 1 - newest_first[..., :groups]).sort(dim=-1).values
        return pick(pairs, chosen, tracked)

    def naive(self, keys: Array, values: Array, usage: Array) -> tuple[Array, Array]:
        """Sort by usage, then age."""
        count = -(-len(keys) // self.rate)
        chosen = sorted(sorted(range(len(keys)), key=lambda at: (usage[at], at))[-count:]) if count else []
        return keys[chosen], values[chosen]

    def flops(self, d_k: int, d_v: int) -> int:
        """Copying only; adding up usage and sorting is counted by the memory, which does it."""
        return 0


@dataclass(frozen=True)
class KeepOne(Compression):
    """Keep the first pair of each group."""

    title = "Keep one of c"
    formula = r"k'_j = k_{jc}"

    def compress(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """Take every c-th pair."""
        groups = self.groups(pairs)
        keys, values = (rows[..., :: self.rate, :] for rows in (pairs.keys, pairs.values))
        if not tracked:
            return Compressed(keys, values)
        first = torch.nn.functional.pad(keys.new_ones(groups, 1), (0, self.rate - 1))
        shares = spread(first).expand(*pairs.lead, -1, -1)
        return Compressed(keys, values, shares, shares)

    def naive(self, keys: Array, values: Array, usage: Array) -> tuple[Array, Array]:
        """Strided slice."""
        return keys[:: self.rate], values[:: self.rate]

    def flops(self, d_k: int, d_v: int) -> int:
        """Copying only."""
        return 0
