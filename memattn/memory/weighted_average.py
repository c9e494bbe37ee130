"""Weighted moving average: one summary pair, the last n_c pairs weighted by their place in the window.

    Mem_i = sum over j of beta_(j - i + n_c) (k_j, v_j) / sum of beta,   j = max(0, i - n_c + 1) .. i

Source: course ch. 2, "weighted moving average". The last beta belongs to the newest pair.
Boundary: while only n < n_c pairs have come, the last n betas serve, divided by their own sum.
Cost per head: state (d_k + d_v)·n_c floats; the sum has no recursion of constant cost unless beta is
geometric, so an update is 2 (d_k + d_v)·n_c FLOPs. 2 (d_k + d_v) to read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.kv import KV
from memattn.memory.base import Naive, State, Update, check_segment, dial
from memattn.memory.summary import SummaryMemory, banded, merges_and_drops, windows
from memattn.records import Event


def rising(count: int) -> tuple[float, ...]:
    """The betas 1, 2 .. `count`: the newest pair counts most, the oldest of the window least."""
    return tuple(float(beta) for beta in range(1, count + 1))


@dataclass(frozen=True, eq=False)
class WeightedAverageState(State):
    """The pairs in the window, oldest first."""

    window: KV


@dataclass(frozen=True)
class WeightedAverage(SummaryMemory[WeightedAverageState]):
    """Answer with a mean of the last pairs, each weighted by its place."""

    betas: tuple[float, ...] = dial(  # weight by place, oldest first; any scale
        7,
        1,
        256,
        "n_c",
        "pairs",
        "Newest pairs in the mean: the newest weighs most, the oldest least.",
        name="Window",
        start=32,
        make=rising,
        row_symbol="β",
    )

    title = "Weighted moving average"
    source = "course ch. 2, memory as a weighted moving average"
    formula = r"\mathrm{Mem}_i = \frac{\sum_{j=i-n_c+1}^{i} \beta_{j-i+n_c}\,(k_j, v_j)}{\sum_{m=1}^{n_c} \beta_m}"

    def __post_init__(self) -> None:
        object.__setattr__(self, "betas", tuple(float(beta) for beta in self.betas))
        if not self.betas or min(self.betas) < 0 or not np.isfinite(self.betas).all() or self.betas[-1] <= 0:
            raise ValueError(f"betas must be finite and ≥ 0, at least one, the last (newest) > 0, got {self.betas}")

    @property
    def window(self) -> int:
        """n_c, the number of betas."""
        return len(self.betas)

    def empty(self, like: KV, tracked: bool = True) -> WeightedAverageState:
        """No pairs."""
        return WeightedAverageState(0, tracked, like[:0])

    def update(self, segment: KV, previous: WeightedAverageState) -> Update:
        """Slide the window; the weighted mean is formed from it when it is read."""
        check_segment(segment, previous.window)
        pairs = KV.cat([previous.window, segment])
        seen = previous.seen + segment.tokens
        events = self.events(previous.seen, seen) if previous.tracked else ()
        return Update(WeightedAverageState(seen, previous.tracked, pairs[-self.window :]), events)

    def mean(self, state: WeightedAverageState) -> KV:
        """The betas of the pairs there are, divided by their sum, times the pairs."""
        window = state.window
        if not window.tokens:
            return window
        row = self._row(window.tokens, window.keys).unsqueeze(0)
        return KV.trusted(row @ window.keys, row @ window.values)

    def path(self, segment: KV, previous: WeightedAverageState) -> KV:
        """One banded matrix over window and segment."""
        table = segment.keys.new_zeros(self.window, self.window)
        for count in range(1, self.window + 1):
            table[count - 1, :count] = self._row(count, table).flip(0)
        pairs = KV.cat([previous.window, segment])
        rows = banded(table, previous.window.tokens, segment.tokens)
        return KV.trusted(rows @ pairs.keys, rows @ pairs.values)

    def _row(self, count: int, like: Tensor) -> Tensor:
        return _normalised(self.betas[self.window - count :], like.dtype, like.device)

    def states(self, segment: KV, previous: WeightedAverageState) -> Iterator[WeightedAverageState]:
        """A window for each; the weighted mean is formed from it when it is read."""
        own = enumerate(windows(previous.window, segment, self.window), previous.seen + 1)
        return (WeightedAverageState(seen, previous.tracked, window) for seen, window in own)

    def events(self, start: int, stop: int) -> tuple[Event, ...]:
        """Every pair is folded in, and the one that leaves the window forgotten."""
        return merges_and_drops(start, stop, self.window)

    def coefficients(self, tokens: int, like: Tensor) -> Tensor:
        """Normalised betas for those in the window, 0 for the others."""
        row, count = like.new_zeros(tokens), self.pairs(tokens)
        row[tokens - count :] = self._row(count, like)
        return row

    def pairs(self, tokens: int) -> int:
        """min(tokens, n_c)."""
        return min(tokens, self.window)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """The window."""
        return self.pairs(tokens) * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """A product and an addition per number in the window."""
        return 2 * (d_k + d_v) * self.pairs(tokens + 1)

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """The sum as the course writes it."""
        for i in range(len(keys)):
            first = max(0, i - self.window + 1)
            betas = np.array([[self.betas[j - i + self.window - 1] for j in range(first, i + 1)]])
            yield Naive(*(betas @ rows[first : i + 1] / betas.sum() for rows in (keys, values)))


@lru_cache(maxsize=512)
def _normalised(betas: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        total = sum(betas)
        return torch.tensor([beta / total for beta in betas], dtype=dtype, device=device)
