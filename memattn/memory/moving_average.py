"""Moving average: one summary pair, the mean of the last n_c pairs.

    Mem_i = (mean of K, mean of V)[max(0, i - n_c + 1) .. i]

Source: course ch. 2, "memory as a moving average".
Boundary: while fewer than n_c pairs have come, the mean is over those there are (the course divides by n_c
always, which is undefined for the first ones). The current token is included.
Cost per head: state (d_k + d_v)(n_c + 1) floats, since the pair that leaves must be known to be subtracted:
the summary is one pair, the streaming state is not. 3 (d_k + d_v) FLOPs to update, 2 (d_k + d_v) to read.
The running sum is formed anew from the window each time the window has turned over, so rounding cannot pile
up.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.kv import KV
from memattn.memory.base import Naive, State, Update, check_segment, dial
from memattn.memory.summary import SummaryMemory, banded, merges_and_drops, windows
from memattn.records import Event


@dataclass(frozen=True, eq=False)
class MovingAverageState(State):
    """The pairs in the window, oldest first, and their running sum: one pair, none before the first token."""

    window: KV
    total: KV


@dataclass(frozen=True)
class MovingAverage(SummaryMemory[MovingAverageState]):
    """Answer with the mean of the last `window` pairs."""

    window: int = dial(  # pairs, n_c, the current token included
        7, 1, 256, "n_c", "pairs", "Newest pairs in the mean, the current one included.", start=32
    )
    log_count: bool = False  # add log n to the summary's score, so that it weighs like its n pairs

    title = "Moving average"
    source = "course ch. 2, memory as a moving average"
    formula = r"\mathrm{Mem}_i = \frac{1}{n_c} \sum_{j=i-n_c+1}^{i} (k_j, v_j)"

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"window n_c must be ≥ 1 pair, got {self.window}")

    def empty(self, like: KV, tracked: bool = True) -> MovingAverageState:
        """No pairs, no sum."""
        return MovingAverageState(0, tracked, like[:0], like[:0])

    def update(self, segment: KV, previous: MovingAverageState) -> Update:
        """Add what comes, subtract what leaves."""
        check_segment(segment, previous.window)
        if not segment.tokens:
            return Update(previous)
        pairs = KV.cat([previous.window, segment])
        excess = max(0, pairs.tokens - self.window)
        window, seen = pairs[excess:], previous.seen + segment.tokens
        if seen // self.window > previous.seen // self.window:
            total = _sum(window)
        else:
            total = KV.cat([previous.total, segment, _negative(pairs[:excess])])
            total = _sum(total)
        events = self.events(previous.seen, seen) if previous.tracked else ()
        return Update(MovingAverageState(seen, previous.tracked, window, total), events)

    def mean(self, state: MovingAverageState) -> KV:
        """Sum over count."""
        count = max(1, state.window.tokens)
        return KV.trusted(state.total.keys / count, state.total.values / count)

    def path(self, segment: KV, previous: MovingAverageState) -> KV:
        """One banded matrix over window and segment."""
        counts = torch.arange(1, self.window + 1, dtype=segment.keys.dtype, device=segment.keys.device)
        table = counts.reciprocal().unsqueeze(-1).expand(-1, self.window)
        pairs = KV.cat([previous.window, segment])
        rows = banded(table.tril(), previous.window.tokens, segment.tokens)
        return KV.trusted(rows @ pairs.keys, rows @ pairs.values)

    def states(self, segment: KV, previous: MovingAverageState) -> Iterator[MovingAverageState]:
        """A window for each mean, and the sum that the mean comes of."""
        path = self.path(segment, previous)
        counts = [self.pairs(previous.seen + 1 + at) for at in range(segment.tokens)]
        by = torch.tensor(counts, dtype=path.keys.dtype, device=path.keys.device).unsqueeze(-1)
        totals = map(KV.trusted, (path.keys * by).split(1, dim=-2), (path.values * by).split(1, dim=-2))
        both = zip(windows(previous.window, segment, self.window), totals, strict=True)
        return (
            MovingAverageState(seen, previous.tracked, window, total)
            for seen, (window, total) in enumerate(both, previous.seen + 1)
        )

    def events(self, start: int, stop: int) -> tuple[Event, ...]:
        """Every pair is folded in, and the one that leaves the window forgotten."""
        return merges_and_drops(start, stop, self.window)

    def coefficients(self, tokens: int, like: Tensor) -> Tensor:
        """1/n for those in the window, 0 for the others."""
        row, count = like.new_zeros(tokens), self.pairs(tokens)
        row[tokens - count :] = 1 / count
        return row

    def pairs(self, tokens: int) -> int:
        """min(tokens, n_c)."""
        return min(tokens, self.window)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """The window and its sum."""
        return (self.pairs(tokens) + 1) * (d_k + d_v) if tokens else 0

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """One addition, one subtraction and the amortised new sum, per number."""
        return 3 * (d_k + d_v)

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """Means of slices of the stream."""
        for i in range(len(keys)):
            first = max(0, i - self.window + 1)
            count = i + 1 - first
            key, value = (rows[first : i + 1].sum(0, keepdims=True) / count for rows in (keys, values))
            yield Naive(key, value, np.log(count) if self.log_count else 0.0)


def _sum(pairs: KV) -> KV:
    return KV.trusted(pairs.keys.sum(dim=-2, keepdim=True), pairs.values.sum(dim=-2, keepdim=True))


def _negative(pairs: KV) -> KV:
    return KV.trusted(-pairs.keys, -pairs.values)
