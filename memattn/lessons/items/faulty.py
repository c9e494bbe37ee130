"""A memory with one wrong update, for whoever is to find it: a window that once loses another pair than the oldest.

All else is as it should be, before and after: what should have gone is then the oldest, and goes with the next token.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memattn.kv import KV, Slots, one_hot
from memattn.memory.base import Memory, Naive, State, Update
from memattn.memory.window import Window
from memattn.records import Event, EventKind, Lane, Role


@dataclass(frozen=True, eq=False)
class QueueState(State):
    """Pairs and their positions, oldest first."""

    pairs: KV
    ids: tuple[int, ...]


@dataclass(frozen=True)
class FaultyWindow(Memory[QueueState]):
    """A sliding window that errs once.

    Args:
        window: n_c, the current token included.
        fault: position of the token whose update is wrong.
        place: which pair goes then, counted from the oldest, 0, to the one that has just come, `window`.
    """

    window: int
    fault: int
    place: int

    title = "Sliding window"
    source = Window.source
    formula = Window.formula

    def empty(self, like: KV, tracked: bool = True) -> QueueState:
        """No pairs."""
        return QueueState(0, tracked, like[:0], ())

    def update(self, segment: KV, previous: QueueState) -> Update:
        """Push every pair; the oldest beyond n_c goes, but for the one fault."""
        pairs, ids, events = previous.pairs, previous.ids, list[Event]()
        for at in range(segment.tokens):
            token = previous.seen + at
            pairs, ids = KV.cat([pairs, segment[at : at + 1]]), (*ids, token)
            events.append(Event(EventKind.PUSH, token, (token,), (token,), (token,)))
            if len(ids) > self.window:
                place = self.place if token == self.fault else 0
                events.append(Event(EventKind.DROP, token, (ids[place],), (), (ids[place],)))
                pairs, ids = KV.cat([pairs[:place], pairs[place + 1 :]]), (*ids[:place], *ids[place + 1 :])
        return Update(QueueState(previous.seen + segment.tokens, previous.tracked, pairs, ids), tuple(events))

    def slots(self, state: QueueState, tracked: bool = True) -> Slots:
        """The pairs that are left."""
        shares = one_hot(state.ids, state.seen, like=state.pairs.keys) if tracked and state.tracked else None
        return Slots(state.pairs.keys, state.pairs.values, (Role.RECENT,) * len(state.ids), state.ids, shares, shares)

    def slot_count(self, tokens: int) -> int:
        """As the window."""
        return min(tokens, self.window)

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """As the window."""
        return Window(self.window).lanes(tokens)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """As the window."""
        return self.slot_count(tokens) * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Copying only."""
        return 0

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """A list from which one goes at a time."""
        left: list[int] = []
        for i in range(len(keys)):
            left.append(i)
            if len(left) > self.window:
                del left[self.place if i == self.fault else 0]
            yield Naive(keys[left], values[left])
