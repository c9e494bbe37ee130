"""Convolution: a learned linear map of c pairs (or of as many, spaced apart) to one; keys and values apart.

    k'_j = b + Σ_t W_t k_{jc + δt - p},   t = 0 .. c-1,   positions modulo the length of the block

Source: Rae et al., 2019, §3.2 (arXiv:1911.05507): 1D convolution with kernel and stride c (δ = 1, p = 0) and
dilated convolution. The sizes of the dilated one are not published. Ours: c taps, stride c, total padding
(c - 1)δ + 1 - c, half of it on each side, filled from the other end of the block as in a ring, and δ the
smallest number ≥ 2 that shares no factor with c. Then every pair is read by exactly one slot. With zeros as
padding some pairs near the ends would be read by none, 2 of 6 at c = 3, and with a common factor, say c = 4
and δ = 2, half of all. The paper compresses hidden states; one kernel for keys, one for values is ours.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

import numpy as np
import torch
from torch import Tensor

from memattn.compression.base import Array, Compressed, Compression
from memattn.compression.weights import ConvWeights, random_weights
from memattn.kv import KV, Provenance


@dataclass(frozen=True)
class Conv1d(Compression):
    """Convolution with kernel and stride c; the share of a pair is the norm of its tap among all taps."""

    seed: int = 0  # of the random weights that serve while `weights` is None
    weights: ConvWeights | None = None  # trained weights with c taps

    title = "Convolution"
    formula = r"k'_j = b + \sum_{t=0}^{c-1} W_t\, k_{jc+t}"
    provenance = Provenance.SHARE
    learns = True

    def __post_init__(self) -> None:
        """Refuse weights of another rate."""
        super().__post_init__()
        if self.weights is not None and self.weights.taps != self.rate:
            raise ValueError(f"weights must have c={self.rate} taps, got {self.weights.taps}")

    @property
    def dilation(self) -> int:
        """Distance δ between taps, in pairs."""
        return 1

    @property
    def padding(self) -> int:
        """Pairs p before and after the block; (c - 1)(δ - 1) is even, for c and δ are not both even."""
        return (self.rate - 1) * (self.dilation - 1) // 2

    def weights_for(self, pairs: KV) -> ConvWeights:
        """The weights in use for these pairs, on their device.

        Raises:
            ValueError: given weights do not fit d_k, d_v or the heads of the pairs.
        """
        if self.weights is not None:
            return self.weights.fitted(pairs)
        d_k, d_v, keys = pairs.keys.shape[-1], pairs.values.shape[-1], pairs.keys
        return random_weights(self.seed, d_k, d_v, self.rate, keys.dtype, str(keys.device))

    def compress(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """Convolve keys and values."""
        taps = tap_positions(self.groups(pairs), self.rate, self.dilation, self.padding, pairs.keys.device)
        weights = self.weights_for(pairs)
        keys = convolve(pairs.keys, weights.keys, weights.key_bias, taps)
        values = convolve(pairs.values, weights.values, weights.value_bias, taps)
        if not tracked:
            return Compressed(keys, values)
        shares = (laid_out(own, taps, pairs.tokens).expand(*pairs.lead, -1, -1) for own in weights.tap_shares)
        return Compressed(keys, values, *shares)

    def compress_rest(self, pairs: KV, usage: Tensor | None = None, tracked: bool = True) -> Compressed:
        """A kernel has c taps, no fewer: fill the group with zero pairs; shares count the real pairs only."""
        n = pairs.tokens
        zeros = (0, 0, 0, self.rate - n)
        keys, values = (torch.nn.functional.pad(rows, zeros) for rows in (pairs.keys, pairs.values))
        out = self.compress(KV.trusted(keys, values), None, tracked)
        if out.key_shares is None or out.value_shares is None:
            return out
        tiny = torch.finfo(keys.dtype).tiny  # the taps of the real pairs may all be zero
        real = (out.key_shares[..., :n], out.value_shares[..., :n])
        return Compressed(
            out.keys, out.values, *(part / part.sum(dim=-1, keepdim=True).clamp_min(tiny) for part in real)
        )

    def naive(self, keys: Array, values: Array, usage: Array) -> tuple[Array, Array]:
        """Four plain loops' worth of arithmetic, tap by tap."""
        like = KV.trusted(torch.from_numpy(np.asarray(keys)), torch.from_numpy(np.asarray(values)))
        weights = self.weights_for(like)
        sides = ((keys, weights.keys, weights.key_bias), (values, weights.values, weights.value_bias))
        done = [self._naive(rows, kernel.detach(), None if b is None else b.detach()) for rows, kernel, b in sides]
        return done[0], done[1]

    def _naive(self, rows: Array, kernel: Tensor, bias: Tensor | None) -> Array:
        matrices = kernel.cpu().numpy()
        start = np.zeros(rows.shape[1]) if bias is None else bias.cpu().numpy()
        slots = []
        length = max(self.rate, len(rows))  # a smaller group is filled with zeros
        for first in range(0, len(rows), self.rate):
            slot = start.copy()
            for tap in range(self.rate):
                at = (first + tap * self.dilation - self.padding) % length
                if at < len(rows):
                    slot += matrices[:, :, tap] @ rows[at]
            slots.append(slot)
        return np.array(slots).reshape(-1, rows.shape[1])

    def flops(self, d_k: int, d_v: int) -> int:
        """C matrix products of 2 d² per slot, one slot per c pairs."""
        return 2 * (d_k**2 + d_v**2)

    def head(self, index: int) -> Self:
        """With the kernels of that head."""
        return self if self.weights is None else replace(self, weights=self.weights.head(index))


@dataclass(frozen=True)
class DilatedConv1d(Conv1d):
    """Convolution whose c taps are spaced apart, so that a slot sees beyond its group (sizes are ours)."""

    title = "Dilated convolution"
    formula = r"k'_j = b + \sum_{t=0}^{c-1} W_t\, k_{jc+\delta t-p}"

    @property
    def dilation(self) -> int:
        """The smallest number ≥ 2 that shares no factor with c; a single tap needs none."""
        return 1 if self.rate == 1 else next(d for d in range(2, self.rate + 2) if math.gcd(d, self.rate) == 1)


def convolve(rows: Tensor, kernel: Tensor, bias: Tensor | None, taps: Tensor) -> Tensor:
    """Σ_t W_t rows[taps[:, t]] + b.

    Args:
        rows: (*lead, n, d).
        kernel: ([heads,] d, d, taps).
        bias: ([heads,] d), or None.
        taps: (slots, taps) positions in 0 .. n-1.
    """
    tapped = rows.index_select(-2, taps.flatten()).unflatten(-2, taps.shape)
    out: Tensor = tapped.mT.flatten(-2) @ kernel.flatten(-2).mT  # (*lead, slots, d_in · taps) by ([heads,] .., d_out)
    return out if bias is None else out + bias.unsqueeze(-2)


@lru_cache(maxsize=256)
def tap_positions(groups: int, rate: int, dilation: int, padding: int, device: torch.device) -> Tensor:
    """(slots, taps) which pair each tap of each slot reads; every pair stands there exactly once."""
    with torch.inference_mode(False):
        slot = torch.arange(groups, device=device).unsqueeze(-1)
        at = slot * rate + torch.arange(rate, device=device) * dilation - padding
        return at % (groups * rate) if groups else at


def laid_out(shares: Tensor, taps: Tensor, n: int) -> Tensor:
    """Shares of the taps, ([heads,] taps), at the pairs they read: ([heads,] slots, n), rows sum to 1."""
    every = shares.unsqueeze(-2).expand(*shares.shape[:-1], *taps.shape)
    laid: Tensor = shares.new_zeros(*every.shape[:-1], n)
    return laid.scatter(-1, taps.expand(every.shape), every)
