"""A mechanism as somebody would drop it in: one file, one line in the registry. No other part of the house knows it.

As a plugin of pytest (`-p tests.new_mechanism`) it writes that line before the tests are collected.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from memattn.kv import KV, Slots, one_hot
from memattn.memory import MEMORIES
from memattn.memory.base import Memory, Naive, State, Update, check_segment, dial
from memattn.records import Event, EventKind, Role

NAME = "every_nth"


@dataclass(frozen=True, eq=False)
class EveryNthState(State):
    """The pairs that are kept, oldest first."""

    kept: KV


@dataclass(frozen=True)
class EveryNth(Memory[EveryNthState]):
    """Keep one pair in s of the text for good, and forget those between."""

    stride: int = dial(3, 1, 16, "s", "pairs", "Of so many pairs one is kept.", start=4)

    title = "Every n-th pair"
    source = "an example of our own"
    formula = r"\mathrm{Mem}_i = \{(k_j, v_j) : s \mid j \le i\}"
    reads = "before"

    def __post_init__(self) -> None:
        if self.stride < 1:
            raise ValueError(f"stride s must be ≥ 1 pair, got {self.stride}")

    def empty(self, like: KV, tracked: bool = True) -> EveryNthState:
        """No pairs."""
        return EveryNthState(0, tracked, like[:0])

    def update(self, segment: KV, previous: EveryNthState) -> Update:
        """Push every s-th pair, drop the others."""
        check_segment(segment, previous.kept)
        tokens = range(previous.seen, previous.seen + segment.tokens)
        rows = torch.tensor([token - tokens.start for token in tokens if self.keeps(token)], dtype=torch.long)
        new = KV(segment.keys[..., rows, :], segment.values[..., rows, :])
        events = tuple(map(self.event, tokens)) if previous.tracked else ()
        return Update(EveryNthState(tokens.stop, previous.tracked, KV.cat([previous.kept, new])), events)

    def keeps(self, token: int) -> bool:
        """Whether this one stays."""
        return token % self.stride == 0

    def event(self, token: int) -> Event:
        """What becomes of a token."""
        if self.keeps(token):
            return Event(EventKind.PUSH, token, (token,), (token,), (token,))
        return Event(EventKind.DROP, token, (token,), (), (token,))

    def slots(self, state: EveryNthState, tracked: bool = True) -> Slots:
        """The kept pairs, as they came."""
        ids = tuple(range(0, state.seen, self.stride))
        shares = one_hot(ids, state.seen, like=state.kept.keys) if tracked and state.tracked else None
        return Slots(state.kept.keys, state.kept.values, (Role.RECENT,) * len(ids), ids, shares, shares)

    def slot_count(self, tokens: int) -> int:
        """One in s, the first among them."""
        return -(-tokens // self.stride)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """The kept pairs."""
        return self.slot_count(tokens) * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Copying only."""
        return 0

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """What was kept so far, and the pair of one's own."""
        for i in range(len(keys)):
            rows = [*range(0, i, self.stride), i]
            yield Naive(keys[rows], values[rows])


def pytest_configure() -> None:
    """The one line."""
    MEMORIES[NAME] = EveryNth
