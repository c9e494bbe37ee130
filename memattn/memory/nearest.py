"""Nearest neighbours: every pair is stored, and a query reads the newest pairs and the k stored ones that suit it best.

    S_i = (K, V)[0 .. i - n_c],   N_i = the k of S_i with the largest q_i · k_j,
    Att(q_i, [N_i ; (K, V)[i - n_c + 1 .. i]])

Source: Wu et al., Memorizing Transformers, 2022, §3.1 (arXiv:2203.08913). They mix the two reads by a learned gate; one
softmax over both is the variant without a parameter, the merge of the two by their log-sum-exp (course ch. 2). The
search is exact; they use an approximate one. Their store holds so many pairs and then drops the oldest; ours holds all.
Boundary: the window includes the current token, and a pair enters the store when it leaves the window. Of equal scores
the newest is nearer. With k at least the size of the store this is full attention.
Every head searches for itself. What a query does not find has the score -inf and the weight 0, but it is not lost.
Cost per head after t tokens: state t (d_k + d_v) floats, which grows; a query looks at t keys, but only at k + n_c
values; h query heads that share keys and values look at h k + n_c values at most.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import read_scores, scores
from memattn.kv import KV, Slots, one_hot
from memattn.memory.base import Attended, Memory, Naive, State, Update, check_queries, check_segment, dial
from memattn.records import Event, EventKind, Lane, Role, counted


@dataclass(frozen=True, eq=False)
class NearestState(State):
    """Store and window: all pairs so far, oldest first."""

    pairs: KV


@dataclass(frozen=True)
class Nearest(Memory[NearestState]):
    """Store every pair, and read of the old ones only the k that suit the query best."""

    nearest: int = dial(
        3, 1, 64, "k", "pairs", "Stored pairs that a query reads: those with the largest q · k.", start=8
    )
    window: int = dial(  # pairs, n_c, the current token included
        7, 1, 128, "n_c", "pairs", "Newest pairs, which every query reads, the current one included.", start=16
    )

    title = "Nearest neighbours"
    source = "Memorizing Transformers, §3.1 (arXiv:2203.08913); course ch. 2"
    formula = (
        r"N_i = \operatorname{top}_k\,\{q_i \cdot k_j : j \le i - n_c\},\quad "
        r"\mathrm{Att}\big(q_i, [N_i; (K, V)_{i-n_c+1\,..\,i}]\big)"
    )
    reading = (
        r"\mathrm{Att}(q_i, \mathrm{Mem}) = \sum_j \alpha_{ij} v_j, \quad \alpha_{ij} = "
        r"\frac{e^{q_i \cdot k_j/\sqrt d}}{\sum_l e^{q_i \cdot k_l/\sqrt d}}\ "
        r"(j, l \text{ in } N_i \text{ or the window, else } 0)"
    )
    roles = (Role.RETRIEVED, Role.RECENT)

    def __post_init__(self) -> None:
        if self.nearest < 1:
            raise ValueError(f"nearest k must be ≥ 1 pair, got {self.nearest}")
        if self.window < 1:
            raise ValueError(f"window n_c must be ≥ 1 pair, got {self.window}")

    def empty(self, like: KV, tracked: bool = True) -> NearestState:
        """No pairs."""
        return NearestState(0, tracked, like[:0])

    def update(self, segment: KV, previous: NearestState) -> Update:
        """Push every new pair into the window, and what leaves it into the store."""
        check_segment(segment, previous.pairs)
        seen = previous.seen + segment.tokens
        state = NearestState(seen, previous.tracked, KV.cat([previous.pairs, segment]))
        return Update(state, self._events(previous.seen, seen) if previous.tracked else ())

    def walk(self, segment: KV, previous: NearestState) -> Iterator[Update]:
        """The pairs are views of the same tensor."""
        check_segment(segment, previous.pairs)
        pairs = KV.cat([previous.pairs, segment])
        for seen in range(previous.seen + 1, pairs.tokens + 1):
            events = self._events(seen - 1, seen) if previous.tracked else ()
            yield Update(NearestState(seen, previous.tracked, pairs[:seen]), events)

    def _events(self, start: int, stop: int) -> tuple[Event, ...]:
        moves = ((token, pair) for token in range(start, stop) for pair in (token - self.window, token) if pair >= 0)
        return tuple(Event(EventKind.PUSH, token, (pair,), (pair,), (pair,)) for token, pair in moves)

    def slots(self, state: NearestState, tracked: bool = True) -> Slots:
        """Every pair, as it came: the store, then the window."""
        pairs, ids = state.pairs, range(state.seen)
        stored = max(0, state.seen - self.window)
        roles = (Role.RETRIEVED,) * stored + (Role.RECENT,) * (state.seen - stored)
        shares = one_hot(ids, state.seen, like=pairs.keys) if tracked and state.tracked else None
        return Slots(pairs.keys, pairs.values, roles, tuple(ids), shares, shares)

    def score(self, queries: Tensor, slots: Slots) -> Tensor:
        """Scaled dot products, without those of stored pairs that are not among the k nearest."""
        return self._kept(scores(queries, slots), slots.role.count(Role.RETRIEVED))

    def attend(self, queries: Tensor, segment: KV, previous: NearestState) -> Attended:
        """All queries in one masked read: for each its own store, and its own window."""
        check_queries(queries, segment)
        update = self.update(segment, previous)
        pairs, new = update.state.pairs, segment.tokens
        dots = scores(queries, Slots(pairs.keys, pairs.values, (), ()))
        own = torch.arange(previous.seen, update.state.seen, device=dots.device).unsqueeze(-1)
        at = torch.arange(pairs.tokens, device=dots.device)
        stored, coming = at <= own - self.window, at > own
        found = self._found(dots.masked_fill(~stored, -math.inf)) if new else stored
        reading = read_scores(dots.masked_fill(coming | stored & ~found, -math.inf), pairs.values)
        return Attended(reading.output, reading.logsumexp, update)

    def _kept(self, dots: Tensor, stored: int) -> Tensor:
        found = self._found(dots[..., :stored])
        return torch.cat([dots[..., :stored].masked_fill(~found, -math.inf), dots[..., stored:]], dim=-1)

    def _found(self, dots: Tensor) -> Tensor:
        """Which are the k largest of each row, of equals the newest."""
        newest_first = dots.flip(-1).argsort(dim=-1, descending=True, stable=True)
        chosen = dots.shape[-1] - 1 - newest_first[..., : self.nearest]
        return torch.zeros_like(dots, dtype=torch.bool).scatter_(-1, chosen, True)

    def slot_count(self, tokens: int) -> int:
        """One per token."""
        return tokens

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """The store, as long as the run, and the window."""
        return (
            Lane(
                Role.RETRIEVED, "Store", f"all older pairs, {self.nearest} of them read", max(0, tokens - self.window)
            ),
            Lane(Role.RECENT, "Window", f"n_c = {counted(self.window, 'pair')}", self.window),
        )

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every pair."""
        return tokens * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Copying only."""
        return 0

    def read_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every key, for the search is exact, and the values of what is found and of the window."""
        return self.fetched_floats(tokens, d_k, d_v, queries=1)

    def fetched_floats(self, tokens: int, d_k: int, d_v: int, queries: int) -> int:
        """Each query finds pairs of its own: at most so many values of the store, all of them different."""
        return tokens * d_k + min(tokens, queries * self.nearest + self.window) * d_v

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """The stream up to the current token; who is near is said by sorting."""
        for i in range(len(keys)):
            naive = NaiveNearest(keys[: i + 1], values[: i + 1])
            naive.nearest, naive.stored = self.nearest, max(0, i + 1 - self.window)
            yield naive


class NaiveNearest(Naive):
    """The first `stored` slots are searched for the `nearest` ones."""

    nearest: int
    stored: int

    def score(self, query: NDArray[np.float64]) -> NDArray[np.float64]:
        """Everything is scored, then all but the best of the store is struck out."""
        dots = super().score(query)
        order = sorted(range(self.stored), key=lambda at: (dots[at], at))
        dots[order[: max(0, self.stored - self.nearest)]] = -np.inf
        return dots
