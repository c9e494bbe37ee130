"""Cumulative average: one summary pair, the mean of all pairs so far, in constant state.

    Mem_i = ((k_i, v_i) + i · Mem_(i-1)) / (i + 1) = Mem_(i-1) + ((k_i, v_i) - Mem_(i-1)) / (i + 1)

Source: course ch. 2, "memory as a cumulative average" and its recursive form.
Boundary: the first token becomes the mean; Mem_(-1) would be multiplied by 0. Every token weighs 1/(i + 1)
for ever.
A segment of n tokens after i: Mem + sum over the segment of (x - Mem) / (i + n), the same numbers.
Cost per head: state d_k + d_v floats and a counter, 3 (d_k + d_v) FLOPs to update, 2 (d_k + d_v) to read.
The second form of the recursion is the one computed: it keeps a constant stream exactly, and for any other its error in
float32 grows with the updates, by a part of an epsilon each: token by token to a few 1e-5 of its mean after a million,
less in larger pieces, and hardly at all around a mean of zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.kv import KV
from memattn.memory.base import Naive, State, Update, check_segment
from memattn.memory.summary import SummaryMemory


@dataclass(frozen=True, eq=False)
class CumulativeAverageState(State):
    """The mean so far: one pair, none before the first token."""

    average: KV


@dataclass(frozen=True)
class CumulativeAverage(SummaryMemory[CumulativeAverageState]):
    """Answer with the mean of all pairs so far."""

    log_count: bool = False  # add log n to the summary's score, so that it weighs like its n pairs

    title = "Cumulative average"
    source = "course ch. 2, memory as a cumulative average, recursive form"
    formula = r"\mathrm{Mem}_i = \frac{(k_i, v_i) + i \cdot \mathrm{Mem}_{i-1}}{i + 1}"

    def empty(self, like: KV, tracked: bool = True) -> CumulativeAverageState:
        """No mean yet."""
        return CumulativeAverageState(0, tracked, like[:0])

    def update(self, segment: KV, previous: CumulativeAverageState) -> Update:
        """Move the mean towards the new pairs by their share of all."""
        check_segment(segment, previous.average)
        if not segment.tokens:
            return Update(previous)
        seen = previous.seen + segment.tokens
        before = previous.average if previous.seen else segment[:1]
        average = KV.trusted(
            before.keys + (segment.keys - before.keys).sum(dim=-2, keepdim=True) / seen,
            before.values + (segment.values - before.values).sum(dim=-2, keepdim=True) / seen,
        )
        events = self.events(previous.seen, seen) if previous.tracked else ()
        return Update(CumulativeAverageState(seen, previous.tracked, average), events)

    def mean(self, state: CumulativeAverageState) -> KV:
        """As it is kept."""
        return state.average

    def path(self, segment: KV, previous: CumulativeAverageState) -> KV:
        """The same step for every prefix of the segment."""
        before = previous.average if previous.seen else segment[:1]
        seen = torch.arange(previous.seen + 1, previous.seen + segment.tokens + 1, device=segment.keys.device)
        counts = seen.to(segment.keys.dtype).unsqueeze(-1)
        return KV.trusted(
            before.keys + (segment.keys - before.keys).cumsum(dim=-2) / counts,
            before.values + (segment.values - before.values).cumsum(dim=-2) / counts,
        )

    def states(self, segment: KV, previous: CumulativeAverageState) -> Iterator[CumulativeAverageState]:
        """A state for each mean."""
        path = self.path(segment, previous)
        means = map(KV.trusted, path.keys.split(1, dim=-2), path.values.split(1, dim=-2))
        return (
            CumulativeAverageState(seen, previous.tracked, mean) for seen, mean in enumerate(means, previous.seen + 1)
        )

    def coefficients(self, tokens: int, like: Tensor) -> Tensor:
        """1/n for all."""
        return like.new_full((tokens,), 1 / tokens)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """The mean."""
        return d_k + d_v if tokens else 0

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Difference, quotient, sum."""
        return 3 * (d_k + d_v)

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """Means of prefixes of the stream."""
        for i in range(len(keys)):
            bias = np.log(i + 1) if self.log_count else 0.0
            key, value = (rows[: i + 1].sum(0, keepdims=True) / (i + 1) for rows in (keys, values))
            yield Naive(key, value, bias)
