"""Exponential average: one summary pair that forgets by a constant factor.

    Mem_i = (1 - gamma) Mem_(i-1) + gamma (k_i, v_i) = Mem_(i-1) + gamma ((k_i, v_i) - Mem_(i-1)),   Mem_0 = (k_0, v_0)

Source: the exponentially weighted mean of statistics, e.g. Holt, 1957; beside the averages of course ch. 2.
Boundary: the first token is the mean, so it weighs (1 - gamma)^i later and the shares always sum to one
(`adjust=False` in pandas' words).
A segment of n tokens: Mem + sum over the segment of gamma (1 - gamma)^(n-1-j) (x_j - Mem), the same numbers.
Cost per head: state d_k + d_v floats, 3 (d_k + d_v) FLOPs to update, 2 (d_k + d_v) to read.
The second form is the one computed, with powers in float64: weights that are rounded do not sum to one, and a mean
kept as their sum shrinks or grows with every piece. So it stays right to the rounding of a float, however the stream is
cut: a constant stream is kept exactly, and any other is off by at most about half an epsilon / gamma of its largest
number, for that many updates are remembered.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.kv import KV
from memattn.memory.base import Naive, State, Update, check_segment, dial
from memattn.memory.summary import SummaryMemory


@dataclass(frozen=True, eq=False)
class ExponentialAverageState(State):
    """The mean so far: one pair, none before the first token."""

    average: KV


@dataclass(frozen=True)
class ExponentialAverage(SummaryMemory[ExponentialAverageState]):
    """Answer with a mean in which old pairs fade at a constant rate."""

    gamma: float = dial(  # share of the newest pair, 0 < gamma ≤ 1
        0.2,
        0.005,
        1.0,
        r"\gamma",
        "",
        "Share of the newest pair in the mean; the rest fades by as much.",
        name="Fading",
        start=0.02,
        step=0.005,
    )

    title = "Exponential average"
    source = "Holt, 1957, without bias correction; beside the averages of course ch. 2"
    formula = r"\mathrm{Mem}_i = (1-\gamma)\,\mathrm{Mem}_{i-1} + \gamma\,(k_i, v_i)"

    def __post_init__(self) -> None:
        if not 0 < self.gamma <= 1:
            raise ValueError(f"gamma must be > 0 and ≤ 1, got {self.gamma}")

    def empty(self, like: KV, tracked: bool = True) -> ExponentialAverageState:
        """No mean yet."""
        return ExponentialAverageState(0, tracked, like[:0])

    def update(self, segment: KV, previous: ExponentialAverageState) -> Update:
        """Fade the mean, mix in the new pairs."""
        check_segment(segment, previous.average)
        if not segment.tokens:
            return Update(previous)
        seen = previous.seen + segment.tokens
        average = self._moved(self._rows(segment, segment.tokens - 1), segment, previous)
        events = self.events(previous.seen, seen) if previous.tracked else ()
        return Update(ExponentialAverageState(seen, previous.tracked, average), events)

    def mean(self, state: ExponentialAverageState) -> KV:
        """As it is kept."""
        return state.average

    def path(self, segment: KV, previous: ExponentialAverageState) -> KV:
        """Powers of 1 - gamma, one triangular matrix."""
        return self._moved(self._rows(segment, 0), segment, previous)

    def _rows(self, segment: KV, first: int) -> Tensor:
        """(tokens - first, tokens): weights of the new pairs, after each from `first`."""
        at = torch.arange(segment.tokens)
        age = at[first:].unsqueeze(-1) - at
        rows = (self.gamma * self._fading(segment.tokens))[age.clamp(min=0)].masked_fill(age < 0, 0.0)
        return rows.to(segment.keys)

    def _fading(self, tokens: int) -> Tensor:
        """(tokens,) powers of 1 - gamma by age, in float64, which not every device has."""
        powers: Tensor = (1 - self.gamma) ** torch.arange(tokens, dtype=torch.float64)
        return powers

    def _moved(self, rows: Tensor, segment: KV, previous: ExponentialAverageState) -> KV:
        before = previous.average if previous.seen else segment[:1]  # the first token stands in for a mean before it
        return KV.trusted(
            before.keys + rows @ (segment.keys - before.keys), before.values + rows @ (segment.values - before.values)
        )

    def states(self, segment: KV, previous: ExponentialAverageState) -> Iterator[ExponentialAverageState]:
        """A state for each mean."""
        path = self.path(segment, previous)
        means = map(KV.trusted, path.keys.split(1, dim=-2), path.values.split(1, dim=-2))
        return (
            ExponentialAverageState(seen, previous.tracked, mean) for seen, mean in enumerate(means, previous.seen + 1)
        )

    def coefficients(self, tokens: int, like: Tensor) -> Tensor:
        """Gamma (1 - gamma)^age, and (1 - gamma)^age for the very first."""
        row = self._fading(tokens).flip(0)
        row[1:] *= self.gamma
        return row.to(like)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """The mean."""
        return d_k + d_v if tokens else 0

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Two products and a sum."""
        return 3 * (d_k + d_v)

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """The recursion, one token at a time."""
        key, value = keys[:1], values[:1]
        for i in range(len(keys)):
            if i:
                key = (1 - self.gamma) * key + self.gamma * keys[i]
                value = (1 - self.gamma) * value + self.gamma * values[i]
            yield Naive(key, value)
