"""What the four averages have in common: one summary slot that every pair is folded into.

A lone summary slot gets softmax weight 1 whatever the query is, so such a memory answers every query with its
mean value and its key half is never consulted. The key matters once another memory stands beside it (see
`hybrid`).

Option `log_count`: a mean of n pairs weighs in the softmax like one pair. Adding log n to its score makes it
weigh like n, which is exact where the n keys are equal.
"""

import math
from abc import abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor

from memattn.attention import own_scores
from memattn.kv import KV, Slots
from memattn.memory.base import Attended, Made, Memory, S, Update, check_queries, check_segment
from memattn.records import Event, EventKind, Role

PIECE = 256  # tokens read at once: the coefficient matrices of `path` stay PIECE rows high


class SummaryMemory(Memory[S]):
    """A memory with a single slot, id -1 for life, whose coefficients depend on positions only."""

    log_count: bool = False
    roles = (Role.SUMMARY,)

    @abstractmethod
    def mean(self, state: S) -> KV:
        """The summary pair: one token, or none before the first."""

    @abstractmethod
    def path(self, segment: KV, previous: S) -> KV:
        """The summary pair after each token of the segment, in one go."""

    @abstractmethod
    def coefficients(self, tokens: int, like: Tensor) -> Tensor:
        """Share of every source after `tokens` ≥ 1 tokens, (tokens,), dtype and device of `like`."""

    @abstractmethod
    def states(self, segment: KV, previous: S) -> Iterator[S]:
        """The state after each token of the segment."""

    def events(self, start: int, stop: int) -> tuple[Event, ...]:
        """What happens as the tokens from `start` to before `stop` come."""
        return merges(start, stop)

    def walk(self, segment: KV, previous: S) -> Iterator[Update]:
        """Several summaries are made at once."""
        check_segment(segment, self.mean(previous))
        for start in range(0, segment.tokens, PIECE):
            for state in self.states(segment[start : start + PIECE], previous):
                previous = state
                yield Update(state, self.events(state.seen - 1, state.seen) if state.tracked else ())

    def pairs(self, tokens: int) -> int:
        """Pairs that the summary stands for after `tokens` tokens."""
        return tokens

    def slots(self, state: S, tracked: bool = True) -> Slots:
        """The summary."""
        mean = self.mean(state)
        held = mean.tokens
        shares = bias = None
        if tracked and state.tracked:
            shares = self.made(state).key_shares
        if self.log_count:
            bias = mean.keys.new_full((held,), math.log(max(1, self.pairs(state.seen))))
        return Slots(mean.keys, mean.values, (Role.SUMMARY,) * held, (-1,) * held, shares, shares, logit_bias=bias)

    def made(self, state: S) -> Made:
        """The summary."""
        mean = self.mean(state)
        held = mean.tokens
        row = self.coefficients(state.seen, mean.keys) if held else mean.keys.new_zeros(0)
        shares = row.expand(*mean.lead, held, state.seen)
        return Made((-1,) * held, shares, shares)

    def attend(self, queries: Tensor, segment: KV, previous: S) -> Attended:
        """Every query meets one slot: its output is that slot's value, its logsumexp that slot's score."""
        check_queries(queries, segment)
        outputs, logsumexps, state = [segment.values[..., :0, :]], [queries[..., :0, 0]], previous
        events: list[Event] = []
        for start in range(0, segment.tokens, PIECE):
            piece = segment[start : start + PIECE]
            path = self.path(piece, state)
            dots = own_scores(queries[..., start : start + PIECE, :], path.keys)
            if self.log_count:
                counts = [self.pairs(state.seen + 1 + at) for at in range(piece.tokens)]
                dots = dots + torch.tensor(counts, dtype=dots.dtype, device=dots.device).log()
            outputs.append(path.values)
            logsumexps.append(dots)
            step = self.update(piece, state)
            events += step.events
            state = step.state
        return Attended(torch.cat(outputs, dim=-2), torch.cat(logsumexps, dim=-1), Update(state, tuple(events)))

    def slot_count(self, tokens: int) -> int:
        """One as soon as there is a token."""
        return min(tokens, 1)


def merges(start: int, stop: int) -> tuple[Event, ...]:
    """Every token from `start` to before `stop` was folded into the summary."""
    return tuple(Event(EventKind.MERGE, token, (token,), (-1,), (token,)) for token in range(start, stop))


def merges_and_drops(start: int, stop: int, window: int) -> tuple[Event, ...]:
    """The same for a mean over a window: with every token, the pair that leaves the window is forgotten."""
    events = []
    for event in merges(start, stop):
        events.append(event)
        if (old := event.token - window) >= 0:
            events.append(Event(EventKind.DROP, event.token, (old,), (), (old,)))
    return tuple(events)


def banded(table: Tensor, held: int, new: int) -> Tensor:
    """Coefficients of `held` + `new` consecutive pairs in the summary after each of the new ones.

    Args:
        table: (count, n_c) row n - 1 holds the coefficients by age, newest first, with n pairs in the window.
        held: pairs in the window before, at most n_c.
        new: pairs of the segment.

    Returns:
        (new, held + new) matrix with zeros outside the band of n_c.
    """
    window = table.shape[-1]
    query = torch.arange(held, held + new, device=table.device).unsqueeze(-1)
    age = query - torch.arange(held + new, device=table.device)
    rows = table[query.clamp(max=window - 1), age.clamp(0, window - 1)]
    return rows.masked_fill((age < 0) | (age >= window), 0.0)


def windows(held: KV, segment: KV, size: int) -> Iterator[KV]:
    """The last `size` pairs, those held included, after each token of the segment: views of one tensor."""
    pairs = KV.cat([held, segment])
    for stop in range(held.tokens + 1, pairs.tokens + 1):
        yield pairs[max(0, stop - size) : stop]
