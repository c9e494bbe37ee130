"""Even pooling: re-bins all raw pairs; the picture of the best even pooling, not a streaming memory.

    Mem_i = means of (K, V)[floor(j t / n_g) .. floor((j + 1) t / n_g) - 1],   j = 0 .. n_g - 1,   t = i + 1

Source: our own yardstick. It re-bins the raw pairs at every read, which no memory of fixed size can do: to move the
bound of a bin, one must know the pairs on both sides of it. What `merging` loses against it is the price of
streaming; what it loses against full attention is the price of pooling.
Boundary: while t ≤ n_g every bin is a raw pair and this is full attention. With one bin it is the cumulative average.
No two bins differ by more than one token.
Identities: raw pairs bear their positions until there are more than bins; from then on bin j is -(j + 1), whatever it
holds.
Cost per head: state (d_k + d_v)·t floats, as many as full attention; t (d_k + d_v) FLOPs to bin; 2 n_g (d_k + d_v)
to read.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memattn.kv import KV
from memattn.memory.base import Naive, Update, check_segment
from memattn.memory.growing import naive_slots
from memattn.memory.ranges import Bounds, Positions, RangeMemory, RangeState
from memattn.records import Event, EventKind


@dataclass(frozen=True)
class Rebinned(RangeMemory[RangeState]):
    """Keep every pair, show the means of even bins: a yardstick, not a streaming memory."""

    title = "Even pooling, rebinned"
    source = "our own: the picture of the best even pooling"
    formula = (
        r"\mathrm{Mem}_i = \mathrm{mean}\,(K, V)_{\lfloor jt/n_g \rfloor \,..\, \lfloor (j+1)t/n_g \rfloor - 1},"
        r"\quad j < n_g,\ t = i + 1"
    )

    def empty(self, like: KV, tracked: bool = True) -> RangeState:
        """No pairs."""
        return RangeState(0, tracked, like[:0], (0,), ())

    def update(self, segment: KV, previous: RangeState) -> Update:
        """Keep the pairs; their bins follow from their number."""
        check_segment(segment, previous.parts)
        seen = previous.seen + segment.tokens
        bounds = self._bins(seen)
        parts = KV.cat([previous.parts, segment])
        state = RangeState(seen, previous.tracked, parts, bounds, _names(bounds))
        if not previous.tracked:
            return Update(state)
        return Update(state, tuple(self._event(token) for token in range(previous.seen, seen)))

    def walk(self, segment: KV, previous: RangeState) -> Iterator[Update]:
        """The pairs are views of the same tensor."""
        check_segment(segment, previous.parts)
        pairs = KV.cat([previous.parts, segment])
        for token in range(previous.seen, previous.seen + segment.tokens):
            bounds = self._bins(token + 1)
            state = RangeState(token + 1, previous.tracked, pairs[: token + 1], bounds, _names(bounds))
            yield Update(state, (self._event(token),) if previous.tracked else ())

    def _bins(self, tokens: int) -> Bounds:
        bins = self.slot_count(tokens)
        return tuple(j * tokens // bins for j in range(bins + 1)) if bins else (0,)

    def _event(self, token: int) -> Event:
        """A pair of its own while there are bins enough; then all bins are made anew."""
        held, names = _names(self._bins(token)), _names(self._bins(token + 1))
        if names[-1] == token:
            return Event(EventKind.PUSH, token, (token,), (token,), (token,))
        came = (*(slot for slot in held if slot >= 0), token)
        return Event(EventKind.MERGE, token, came, names, came)

    def following(self, bounds: Bounds) -> Bounds:
        """Bins of one token more."""
        return self._bins(bounds[-1] + 1)

    def part_bounds(self, state: RangeState) -> Positions:
        """Raw pairs."""
        return np.arange(state.seen + 1)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every pair: bins cannot be moved without."""
        return tokens * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """A sum over all pairs, and what makes it means; nothing while bins hold one pair each."""
        bins = self.slot_count(tokens + 1)
        return (tokens + 1) * (d_k + d_v) if bins <= tokens else 0

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """Slices of the stream, summed and divided."""
        for t in range(1, len(keys) + 1):
            bins = min(t, naive_slots(self, t))
            ends = [math.floor(j * t / bins) for j in range(bins + 1)]
            each = np.diff(ends)[:, None]
            yield Naive(*(np.add.reduceat(rows[:t], ends[:-1]) / each for rows in (keys, values)))


def _names(bounds: Bounds) -> tuple[int, ...]:
    """Positions while every bin holds one pair, then the numbers of the bins."""
    bins = len(bounds) - 1
    return tuple(range(bins)) if bounds[-1] == bins else tuple(range(-1, -1 - bins, -1))
