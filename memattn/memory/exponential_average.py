"""Exponential average: one summary pair that forgets by a constant factor.

    Mem_i = (1 - gamma) Mem_(i-1) + gamma (k_i, v_i),   Mem_0 = (k_0, v_0)

Source: the exponentially weighted mean of statistics, e.g. Holt, 1957; beside the averages of course ch. 2.
Boundary: the first token is the mean, so it weighs (1 - gamma)^i later and the shares always sum to one
(`adjust=False` in pandas' words).
Cost per head: state d_k + d_v floats, 3 (d_k + d_v) FLOPs to update, 2 (d_k + d_v) to read.
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
        if segment.tokens == 1 and previous.seen:
            average = _mix(previous.average, segment, self.gamma)
        else:
            average = self._weigh(self._rows(segment, segment.tokens - 1), segment, previous)
        events = self.events(previous.seen, seen) if previous.tracked else ()
        return Update(ExponentialAverageState(seen, previous.tracked, average), events)

    def mean(self, state: ExponentialAverageState) -> KV:
        """As it is kept."""
        return state.average

    def path(self, segment: KV, previous: ExponentialAverageState) -> KV:
        """Powers of 1 - gamma, one triangular matrix."""
        return self._weigh(self._rows(segment, 0), segment, previous)

    def _rows(self, segment: KV, first: int) -> Tensor:
        """(tokens - first, 1 + tokens): weights of old mean and new pairs, after each from `first`."""
        at = torch.arange(segment.tokens, dtype=segment.keys.dtype, device=segment.keys.device)
        age = at[first:].unsqueeze(-1) - at
        new = (self.gamma * (1 - self.gamma) ** age.clamp(min=0)).masked_fill(age < 0, 0.0)
        return torch.cat([((1 - self.gamma) ** (at[first:] + 1)).unsqueeze(-1), new], dim=-1)

    def _weigh(self, rows: Tensor, segment: KV, previous: ExponentialAverageState) -> KV:
        before = previous.average if previous.seen else segment[:1]  # the first token stands in for a mean before it
        pairs = KV.cat([before, segment])
        return KV.trusted(rows @ pairs.keys, rows @ pairs.values)

    def states(self, segment: KV, previous: ExponentialAverageState) -> Iterator[ExponentialAverageState]:
        """A state for each mean."""
        path = self.path(segment, previous)
        means = map(KV.trusted, path.keys.split(1, dim=-2), path.values.split(1, dim=-2))
        return (
            ExponentialAverageState(seen, previous.tracked, mean) for seen, mean in enumerate(means, previous.seen + 1)
        )

    def coefficients(self, tokens: int, like: Tensor) -> Tensor:
        """Gamma (1 - gamma)^age, and (1 - gamma)^age for the very first."""
        age = torch.arange(tokens - 1, -1, -1, dtype=like.dtype, device=like.device)
        row = (1 - self.gamma) ** age
        row[1:] *= self.gamma
        return row

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


def _mix(old: KV, new: KV, gamma: float) -> KV:
    return KV.trusted((1 - gamma) * old.keys + gamma * new.keys, (1 - gamma) * old.values + gamma * new.values)
