"""Softmax-gated pooling: a weighted average of c pairs whose weights are learned; one weight for key and value.

    k'_j = Σ_t g_t k_{jc+t},   v'_j = Σ_t g_t v_{jc+t},   g = softmax_t(a·k_{jc+t}/√d_k + b·v_{jc+t}/√d_v + p_t)

Source: the compressed entries of the attention in DeepSeek-V4, 2026, which pool a block by a softmax over learned gates
plus a bias for every position in it. There each channel has a gate of its own, made from the hidden state, and the
blocks of one kind overlap. Ours has one gate per pair, made from key and value, so a slot's shares are its weights: a
learned query (a, b) attends to the block. Equal gates are mean pooling; one gate far above the others keeps its pair.
A last group of fewer than c pairs takes as many of the p_t.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from torch import Tensor

from memattn.attention import own_scores
from memattn.compression.base import Array, Compressed, Compression, grouped, spread
from memattn.compression.weights import GateWeights, random_gates
from memattn.kv import KV


@dataclass(frozen=True)
class GatedPool(Compression):
    """The weighted average of each group; the share of a pair is its weight."""

    seed: int = 0  # of the random gates that serve while `weights` is None
    weights: GateWeights | None = None  # trained gates for groups of c

    title = "Softmax-gated pooling"
    formula = r"k'_j = \sum_{t=0}^{c-1} g_t\, k_{jc+t},\quad g = \mathrm{softmax}_t(a^\top k + b^\top v + p_t)"
    learns = True

    def __post_init__(self) -> None:
        """Refuse weights of another rate."""
        super().__post_init__()
        if self.weights is not None and self.weights.taps != self.rate:
            raise ValueError(f"weights must be for groups of c={self.rate}, got {self.weights.taps}")

    def weights_for(self, pairs: KV) -> GateWeights:
        """The weights in use for these pairs, on their device.

        Raises:
            ValueError: given weights do not fit d_k, d_v or the heads of the pairs.
        """
        if self.weights is not None:
            return self.weights.fitted(pairs)
        d_k, d_v, keys = pairs.keys.shape[-1], pairs.values.shape[-1], pairs.keys
        return random_gates(self.seed, d_k, d_v, self.rate, keys.dtype, str(keys.device))

    def compress(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """Weigh and sum the groups."""
        self.groups(pairs)
        return self._pool(pairs, self.rate, tracked)

    def compress_rest(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """The same over fewer pairs."""
        return self._pool(pairs, pairs.tokens, tracked)

    def _pool(self, pairs: KV, size: int, tracked: bool) -> Compressed:
        weights = self.weights_for(pairs)
        dots = own_scores(pairs.keys, weights.keys.unsqueeze(-2)) + own_scores(
            pairs.values, weights.values.unsqueeze(-2)
        )
        dots = grouped(dots.unsqueeze(-1), size).squeeze(-1) + weights.positions[..., :size].unsqueeze(-2)
        gates = dots.softmax(dim=-1).to(pairs.keys.dtype)
        keys, values = ((gates.unsqueeze(-2) @ grouped(rows, size)).squeeze(-2) for rows in (pairs.keys, pairs.values))
        if not tracked:
            return Compressed(keys, values)
        shares = spread(gates)
        return Compressed(keys, values, shares, shares)

    def naive(self, keys: Array, values: Array, usage: Array) -> tuple[Array, Array]:
        """Group by group."""
        like = KV.trusted(torch.from_numpy(np.asarray(keys)), torch.from_numpy(np.asarray(values)))
        learned = {name: tensor.detach().cpu().numpy() for name, tensor in self.weights_for(like).tensors().items()}
        slots: tuple[list[Array], list[Array]] = ([], [])
        for first in range(0, len(keys), self.rate):
            own_keys, own_values = keys[first : first + self.rate], values[first : first + self.rate]
            gates = (
                own_keys @ learned["keys"] / keys.shape[1] ** 0.5
                + own_values @ learned["values"] / values.shape[1] ** 0.5
            )
            gates = np.exp(gates + learned["positions"][: len(gates)])
            for slot, rows in zip(slots, (own_keys, own_values), strict=True):
                slot.append((gates[:, None] * rows).sum(axis=0) / gates.sum())
        return np.array(slots[0]).reshape(-1, keys.shape[1]), np.array(slots[1]).reshape(-1, values.shape[1])

    def flops(self, d_k: int, d_v: int) -> int:
        """One product to gate a pair, one to weigh it."""
        return 4 * (d_k + d_v)

    def head(self, index: int) -> Self:
        """With the gates of that head."""
        return self if self.weights is None else replace(self, weights=self.weights.head(index))
