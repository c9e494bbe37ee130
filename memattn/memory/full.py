"""Full key-value cache: keep every pair; the reference that every loss measure compares with.

    Mem_i = (K, V)[0 .. i]

Source: course ch. 2, causal self-attention; Vaswani et al., 2017, §3.2.3 (arXiv:1706.03762).
Boundary: none; the memory grows by one pair per token and forgets nothing.
Cost per head: state (d_k + d_v)·T floats, no arithmetic to update, 2 (d_k + d_v)·T FLOPs to read. It is the
one mechanism of the registry whose update copies what it already holds, since a state is never changed in
place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import read_own
from memattn.kv import KV, Slots, one_hot
from memattn.memory.base import Attended, Memory, Naive, State, Stretch, Update, check_queries, check_segment
from memattn.records import Event, EventKind, Lane, Role

STRETCH = 64  # tokens of a trace that are read in one go: quick, and no array is tokens² in size


@dataclass(frozen=True, eq=False)
class FullState(State):
    """All pairs so far, oldest first."""

    pairs: KV


@dataclass(frozen=True)
class Full(Memory[FullState]):
    """Keep every pair."""

    title = "Full cache"
    source = "Attention Is All You Need, §3.2.3 (arXiv:1706.03762); course ch. 2"
    formula = r"\mathrm{Mem}_i = (K, V)_{0\,..\,i}"
    evicts = True  # hands out what leaves, which is nothing

    def empty(self, like: KV, tracked: bool = True) -> FullState:
        """No pairs."""
        return FullState(0, tracked, like[:0])

    def update(self, segment: KV, previous: FullState) -> Update:
        """Push every new pair."""
        check_segment(segment, previous.pairs)
        seen = previous.seen + segment.tokens
        state = FullState(seen, previous.tracked, KV.cat([previous.pairs, segment]))
        events: tuple[Event, ...] = ()
        if previous.tracked:
            new = range(previous.seen, seen)
            events = tuple(Event(EventKind.PUSH, token, (token,), (token,), (token,)) for token in new)
        return Update(state, events, segment[:0])

    def stretches(self, segment: KV, previous: FullState) -> Iterator[Stretch]:
        """Pairs do nothing but gather; a stretch is long enough to be quick, and short enough to be read in one go."""
        for start in range(0, segment.tokens, STRETCH):
            piece = segment[start : start + STRETCH]
            update = self.update(piece, previous)
            yield Stretch(piece.tokens, update, Role.RECENT)
            previous = update.state

    def slots(self, state: FullState, tracked: bool = True) -> Slots:
        """Every pair, as it came."""
        pairs = state.pairs
        shares = one_hot(range(state.seen), state.seen, like=pairs.keys) if tracked and state.tracked else None
        return Slots(pairs.keys, pairs.values, (Role.RECENT,) * state.seen, tuple(range(state.seen)), shares, shares)

    def attend(self, queries: Tensor, segment: KV, previous: FullState) -> Attended:
        """All queries in one causally masked read."""
        check_queries(queries, segment)
        update = self.update(segment, previous)
        reading = read_own(queries, update.state.pairs)
        return Attended(reading.output, reading.logsumexp, update)

    def slot_count(self, tokens: int) -> int:
        """One per token."""
        return tokens

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """One, as long as the run."""
        return (Lane(Role.RECENT, "Pairs", "every pair", tokens),)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every pair."""
        return tokens * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Copying only."""
        return 0

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """The stream up to and with the current token."""
        for i in range(len(keys)):
            yield Naive(keys[: i + 1], values[: i + 1])
