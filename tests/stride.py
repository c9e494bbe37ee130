"""Strided memory, a mechanism that the registry does not know: what a stranger would drop in, in one file.

    Mem_i = (K, V)[j < i where n_s divides j], the last n_c of them

Source: made up for the tests.
Boundary: a query reads Mem and its own pair.
Cost per head: state (d_k + d_v)·n_c floats.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memattn.kv import KV, Slots, one_hot
from memattn.memory.base import Memory, Naive, State, Update, check_segment, dial
from memattn.records import Event, EventKind, Role


@dataclass(frozen=True, eq=False)
class StrideState(State):
    """The pairs held, oldest first."""

    held: KV


@dataclass(frozen=True)
class Stride(Memory[StrideState]):
    """Keep every `stride`-th pair, and of these the last `count`."""

    stride: int = dial(3, 1, 16, "n_s", "pairs", "One pair of so many is kept.", start=4)
    count: int = dial(5, 1, 64, "n_c", "pairs", "Pairs kept.", name="Kept", start=8)

    title = "Strided memory"
    source = "made up"
    formula = r"\mathrm{Mem}_i = (K, V)_{\{j < i,\ n_s \mid j\}}"
    reads = "before"

    def empty(self, like: KV, tracked: bool = True) -> StrideState:
        """No pairs."""
        return StrideState(0, tracked, like[:0])

    def update(self, segment: KV, previous: StrideState) -> Update:
        """Take every n_s-th pair in, let all others go."""
        check_segment(segment, previous.held)
        seen = previous.seen + segment.tokens
        held = KV.cat([previous.held, *(segment[at : at + 1] for at in self._places(previous.seen, segment.tokens))])
        events = [event for token in range(previous.seen, seen) for event in self._events(token)]
        state = StrideState(seen, previous.tracked, held[max(0, held.tokens - self.count) :])
        return Update(state, tuple(events) if previous.tracked else ())

    def _places(self, seen: int, coming: int) -> range:
        return range(-seen % self.stride, coming, self.stride)

    def _events(self, token: int) -> Iterator[Event]:
        if token % self.stride:
            yield Event(EventKind.DROP, token, (token,), (), (token,))
            return
        yield Event(EventKind.PUSH, token, (token,), (token,), (token,))
        if (old := token - self.count * self.stride) >= 0:
            yield Event(EventKind.DROP, token, (old,), (), (old,))

    def slots(self, state: StrideState, tracked: bool = True) -> Slots:
        """As they came."""
        ids = range(0, state.seen, self.stride)[-state.held.tokens :] if state.held.tokens else ()
        shares = one_hot(tuple(ids), state.seen, like=state.held.keys) if tracked and state.tracked else None
        return Slots(state.held.keys, state.held.values, (Role.RECENT,) * len(ids), tuple(ids), shares, shares)

    def slot_count(self, tokens: int) -> int:
        """At most n_c."""
        return min(-(-tokens // self.stride), self.count)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """The pairs held."""
        return self.slot_count(tokens) * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Copying only."""
        return 0

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """The set of positions, as it is defined."""
        for i in range(len(keys)):
            at = [*[j for j in range(i) if j % self.stride == 0][-self.count :], i]
            yield Naive(keys[at], values[at])
