"""Sliding window (local attention): the last n_c pairs, the current token among them; a FIFO over single pairs.

    Mem_i = (K, V)[max(0, i - n_c + 1) .. i]

Source: course ch. 2, "fixed-size window memory"; Beltagy et al., Longformer, 2020, §3.1 (arXiv:2004.05150).
Boundary: the window includes the current token. While i < n_c - 1 it holds the i + 1 pairs seen so far.
Cost per head: state (d_k + d_v)·n_c floats, no arithmetic to update, 2 (d_k + d_v)·n_c FLOPs to read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import read_window
from memattn.kv import KV, Slots, one_hot
from memattn.memory.base import Attended, Memory, Naive, State, Update, check_queries, check_segment, dial
from memattn.records import Event, EventKind, Lane, Role, counted


@dataclass(frozen=True, eq=False)
class WindowState(State):
    """The pairs in the window, oldest first."""

    window: KV


@dataclass(frozen=True)
class Window(Memory[WindowState]):
    """Keep the last `window` pairs, forget the rest."""

    window: int = dial(  # pairs, n_c, the current token included
        7, 1, 256, "n_c", "pairs", "Newest pairs kept, the current one included.", start=32
    )

    title = "Sliding window"
    source = "Longformer, §3.1 (arXiv:2004.05150); course ch. 2"
    formula = r"\mathrm{Mem}_i = (K, V)_{\max(0,\, i-n_c+1)\,..\,i}"
    evicts = True

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"window n_c must be ≥ 1 pair, got {self.window}")

    def empty(self, like: KV, tracked: bool = True) -> WindowState:
        """No pairs."""
        return WindowState(0, tracked, like[:0])

    def update(self, segment: KV, previous: WindowState) -> Update:
        """Push every new pair, drop the oldest beyond n_c."""
        check_segment(segment, previous.window)
        return self._joined(KV.cat([previous.window, segment]), previous)

    def walk(self, segment: KV, previous: WindowState) -> Iterator[Update]:
        """The windows are views of the same tensor."""
        check_segment(segment, previous.window)
        pairs, held = KV.cat([previous.window, segment]), previous.window.tokens
        for seen, stop in enumerate(range(held + 1, pairs.tokens + 1), previous.seen + 1):
            first, gone = max(0, stop - self.window), max(0, stop - 1 - self.window)
            state = WindowState(seen, previous.tracked, pairs[first:stop])
            yield Update(state, self._events(seen - 1, seen) if previous.tracked else (), pairs[gone:first])

    def _joined(self, pairs: KV, previous: WindowState) -> Update:
        """The update by what `pairs` hold beyond those of `previous`."""
        excess = max(0, pairs.tokens - self.window)
        seen = previous.seen + pairs.tokens - previous.window.tokens
        state = WindowState(seen, previous.tracked, pairs[excess:])
        events = self._events(previous.seen, seen) if previous.tracked else ()
        return Update(state, events, pairs[:excess])

    def _events(self, start: int, stop: int) -> tuple[Event, ...]:
        events = []
        for token in range(start, stop):
            events.append(Event(EventKind.PUSH, token, (token,), (token,), (token,)))
            if (old := token - self.window) >= 0:
                events.append(Event(EventKind.DROP, token, (old,), (), (old,)))
        return tuple(events)

    def slots(self, state: WindowState, tracked: bool = True) -> Slots:
        """The pairs of the window, as they came."""
        ids = range(state.seen - state.window.tokens, state.seen)
        shares = one_hot(ids, state.seen, like=state.window.keys) if tracked and state.tracked else None
        return Slots(state.window.keys, state.window.values, (Role.RECENT,) * len(ids), tuple(ids), shares, shares)

    def attend(self, queries: Tensor, segment: KV, previous: WindowState) -> Attended:
        """All queries in one masked read: query at position p sees p - n_c + 1 .. p."""
        check_queries(queries, segment)
        check_segment(segment, previous.window)
        pairs = KV.cat([previous.window, segment])
        update = self._joined(pairs, previous)
        seen = update.state.window if segment.tokens == 1 else pairs
        return Attended(*read_window(queries, seen, self.window), update)

    def slot_count(self, tokens: int) -> int:
        """min(tokens, n_c)."""
        return min(tokens, self.window)

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """The window."""
        return (Lane(Role.RECENT, "Window", f"n_c = {counted(self.window, 'pair')}", self.window),)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every pair of the window."""
        return self.slot_count(tokens) * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Copying only."""
        return 0

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """Slices of the stream."""
        for i in range(len(keys)):
            first = max(0, i - self.window + 1)
            yield Naive(keys[first : i + 1], values[first : i + 1])
