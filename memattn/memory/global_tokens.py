"""Global tokens: the first g pairs pinned for ever, beside a sliding window; and learned pairs, if any.

    visible(i) = {j < g} with {i - n_c < j <= i},   learned pairs visible to all

Source: Beltagy et al., Longformer, 2020, §3.1 (arXiv:2004.05150), in the causal one-way form; Xiao et al.,
Efficient Streaming Language Models with Attention Sinks, ICLR 2024, §3.2 (arXiv:2309.17453). A learned pair
of zeros is the softmax with 1 added to the denominator (their §3.3).
Boundary: the window includes the current token. `evict="before"`: the oldest pair leaves before the query
reads, which sees g + n_c pairs; "after": it leaves after the read, as in StreamingLLM, and the query sees one
more. Pairs are read with their own keys, no positions are moved. Learned pairs come from no token: their rows
of shares are zero.
With mass a on the global tokens, every other weight is exactly (1 - a) times what it would be without them.
Cost per head: state (d_k + d_v)(g + n_c) floats (learned pairs are parameters, not state), no arithmetic to
update, 2 (d_k + d_v)(g + n_c + learned) FLOPs to read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import read_window
from memattn.kv import KV, Slots, one_hot
from memattn.memory.base import (
    OWN_PAIR,
    Attended,
    Memory,
    Naive,
    State,
    Update,
    check_queries,
    check_segment,
    dial,
)
from memattn.memory.weights import Weights
from memattn.records import Event, EventKind, Lane, Role, counted


@dataclass(frozen=True, eq=False)
class GlobalTokensState(State):
    """The pinned pairs and the pairs of the window, each oldest first; no pair is in both."""

    pinned: KV
    recent: KV


@dataclass(frozen=True)
class GlobalTokens(Memory[GlobalTokensState]):
    """Keep the first `pinned` and the last `window` pairs, forget the middle."""

    pinned: int = dial(  # pairs, g, the first of the stream
        3, 0, 64, "g", "pairs", "First pairs of the text, never dropped.", start=16
    )
    window: int = dial(  # pairs, n_c, the current token included
        7, 1, 256, "n_c", "pairs", "Newest pairs kept, the current one included.", start=32
    )
    learned: int = 0  # pairs that no token brought
    weights: Weights | None = None  # "keys" (learned, d_k), "values" (learned, d_v), lead axes allowed; None is zeros
    evict: Literal["before", "after"] = "before"  # when the oldest leaves, relative to the read

    title = "Global tokens and window"
    source = "Longformer, §3.1 (arXiv:2004.05150); StreamingLLM, §3.2 (arXiv:2309.17453); course ch. 2"
    formula = r"\mathrm{visible}(i) = \{j < g\} \cup \{i - n_c < j \le i\}"
    evicts = True

    def __post_init__(self) -> None:
        if self.pinned < 0:
            raise ValueError(f"pinned g must be ≥ 0 pairs, got {self.pinned}")
        if self.window < 1:
            raise ValueError(f"window n_c must be ≥ 1 pair, got {self.window}")
        if self.learned < 0:
            raise ValueError(f"learned must be ≥ 0 pairs, got {self.learned}")
        if self.evict not in ("before", "after"):
            raise ValueError(f"evict must be 'before' or 'after', got {self.evict!r}")
        if self.weights is not None:
            rows = {name: tensor.shape[-2:-1] for name, tensor in self.weights.items()}
            if rows != {"keys": (self.learned,), "values": (self.learned,)}:
                raise ValueError(f"weights must have keys and values of learned={self.learned} rows, got {rows}")

    @property
    def reads(self) -> Literal["after", "before"]:  # type: ignore[override]  # a setting decides here
        """Evicting after the read is reading before the update."""
        return "before" if self.evict == "after" else "after"

    def head(self, index: int) -> "GlobalTokens":
        """The learned pairs of that head, where they differ by head."""
        if self.weights is None:
            return self
        own = {name: rows[index] if rows.ndim > 2 else rows for name, rows in self.weights.items()}
        return replace(self, weights=Weights(own))

    def empty(self, like: KV, tracked: bool = True) -> GlobalTokensState:
        """No pairs; learned ones are there at once."""
        return GlobalTokensState(0, tracked, like[:0], like[:0])

    def update(self, segment: KV, previous: GlobalTokensState) -> Update:
        """Pin the first g pairs, push the others into the window, drop its oldest beyond n_c."""
        check_segment(segment, previous.recent)
        seen, pinned = previous.seen + segment.tokens, previous.pinned
        taken = min(max(0, self.pinned - previous.seen), segment.tokens)
        if taken:
            pinned = KV.cat([pinned, segment[:taken]])
        recent = KV.cat([previous.recent, segment[taken:]])
        excess = max(0, recent.tokens - self.window)
        events = self._events(previous.seen, seen) if previous.tracked else ()
        return Update(GlobalTokensState(seen, previous.tracked, pinned, recent[excess:]), events, recent[:excess])

    def _events(self, start: int, stop: int) -> tuple[Event, ...]:
        events = []
        for token in range(start, stop):
            kind = EventKind.PIN if token < self.pinned else EventKind.PUSH
            events.append(Event(kind, token, (token,), (token,), (token,)))
            if (old := token - self.window) >= self.pinned:
                events.append(Event(EventKind.DROP, token, (old,), (), (old,)))
        return tuple(events)

    def slots(self, state: GlobalTokensState, tracked: bool = True) -> Slots:
        """Learned pairs, pinned pairs, window."""
        pinned, recent = state.pinned.tokens, state.recent.tokens
        ids = (*range(pinned), *range(state.seen - recent, state.seen))
        pairs = KV.cat([*self._given(state.recent), state.pinned, state.recent])
        shares = None
        if tracked and state.tracked:
            shares = one_hot(ids, state.seen, like=pairs.keys)
            if self.learned:
                shares = torch.cat([shares.new_zeros(*pairs.lead, self.learned, state.seen), shares], dim=-2)
        role = (Role.GLOBAL,) * (self.learned + pinned) + (Role.RECENT,) * recent
        made = tuple(range(-1, -1 - self.learned, -1))
        return Slots(pairs.keys, pairs.values, role, made + ids, shares, shares)

    def _given(self, like: KV) -> tuple[KV, ...]:
        """The learned pairs, if any, on every lead axis of `like`."""
        if not self.learned:
            return ()
        if self.weights is None:
            shapes = [(*like.lead, self.learned, part.shape[-1]) for part in (like.keys, like.values)]
            return (KV.trusted(*(like.keys.new_zeros(shape) for shape in shapes)),)
        keys, values = (self.weights[name].to(like.keys) for name in ("keys", "values"))
        if (keys.shape[-1], values.shape[-1]) != (like.keys.shape[-1], like.values.shape[-1]):
            raise ValueError(
                f"weights must have d_k={like.keys.shape[-1]} and d_v={like.values.shape[-1]}, "
                f"got keys {tuple(keys.shape)} and values {tuple(values.shape)}"
            )
        keys, values = (part.expand(*like.lead, *part.shape[-2:]) for part in (keys, values))
        return (KV.trusted(keys, values),)

    def attend(self, queries: Tensor, segment: KV, previous: GlobalTokensState) -> Attended:
        """All queries in one masked read."""
        check_queries(queries, segment)
        update = self.update(segment, previous)
        pairs = KV.cat([*self._given(segment), previous.pinned, previous.recent, segment])
        window = self.window + (self.evict == "after")
        read = read_window(queries, pairs, window, self.learned + update.state.pinned.tokens)
        return Attended(*read, update)

    def slot_count(self, tokens: int) -> int:
        """Learned and pinned pairs, and the window over the others."""
        return self.learned + self._pairs(tokens)

    def _pairs(self, tokens: int) -> int:
        return min(tokens, self.pinned) + min(max(0, tokens - self.pinned), self.window)

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """Global tokens, the window and, where it reads before the update, its own pair."""
        most = self.pinned + self.learned
        pinned = Lane(Role.GLOBAL, "Pinned", f"g = {counted(most, 'pair')}", most)
        window = Lane(Role.RECENT, "Window", f"n_c = {counted(self.window, 'pair')}", self.window)
        return (pinned, window, OWN_PAIR) if self.evict == "after" else (pinned, window)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every pair held; learned ones are parameters."""
        return self._pairs(tokens) * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Copying only."""
        return 0

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """The set of visible positions, as it is defined. Learned pairs must have no lead axes."""
        given_keys, given_values = (
            np.zeros((self.learned, keys.shape[1])),
            np.zeros((self.learned, values.shape[1])),
        )
        if self.weights is not None:
            given_keys = self.weights["keys"].detach().double().cpu().numpy()
            given_values = self.weights["values"].detach().double().cpu().numpy()
        width = self.window + (1 if self.evict == "after" else 0)
        for i in range(len(keys)):
            seen = sorted({*range(min(self.pinned, i + 1)), *range(max(0, i - width + 1), i + 1)})
            yield Naive(np.concatenate([given_keys, keys[seen]]), np.concatenate([given_values, values[seen]]))
