"""The contract of a memory: the course's `Mem = Update(S_kv, Mem_pre)`, as a value that goes in and comes out.

A mechanism is a frozen dataclass of settings. Its state is never mutated and never hidden in it. One token and a whole
segment go through the same `update`, and feeding a stream in pieces of any size gives the same state.

When a token reads, relative to when it is remembered, is the mechanism's `reads`:

- "after": its query reads `slots(update.state)`, so the token itself is in there if the mechanism keeps it.
- "before": its query reads `slots(previous)` and its own pair; then the memory is updated. A segment-level mechanism
  keeps the pairs of the running segment in its state as `Role.CURRENT` and moves them to Mem when the segment is full.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import Reading, read_scores, scores
from memattn.dials import Dial, Option, Part, Setting, dial, dials, option, part
from memattn.kv import KV, Provenance, Slots
from memattn.records import Event, FastWeights, Lane, Role

__all__ = [
    "Attended",
    "Dial",
    "Made",
    "Memory",
    "Naive",
    "Option",
    "Part",
    "S",
    "Setting",
    "State",
    "Stretch",
    "Update",
    "check_queries",
    "check_segment",
    "dial",
    "dials",
    "option",
    "part",
]

TITLES: dict[Role, str] = {
    Role.GLOBAL: "Global",
    Role.COMPRESSED: "CMem",
    Role.RECENT: "Recent",
    Role.SUMMARY: "Summary",
    Role.RETRIEVED: "Retrieved",
    Role.CURRENT: "Segment",
}
OWN_PAIR = Lane(Role.CURRENT, "Token", "the query's own pair", 1)  # where a token reads before it is remembered


@dataclass(frozen=True, eq=False)
class State:
    """What every state knows.

    Args:
        seen: tokens taken in so far.
        tracked: whether provenance and events are recorded; switched off, they cost nothing.
    """

    seen: int
    tracked: bool


S = TypeVar("S", bound=State)


class Update(NamedTuple):
    """What an update gives.

    Args:
        state: the memory after the segment.
        events: what happened, in causal order; empty when the state is not tracked.
        evicted: raw pairs that left for good, in time order, where the mechanism evicts raw pairs; else None.
    """

    state: Any
    events: tuple[Event, ...] = ()
    evicted: KV | None = None


class Stretch(NamedTuple):
    """Some tokens, each of which finds what the first one found and behind it the pairs that came since.

    Args:
        tokens: how many.
        update: by all of them; what changes more than that does so with the last.
        role: of these pairs, until then.
    """

    tokens: int
    update: Update
    role: Role = Role.CURRENT


class Attended(NamedTuple):
    """Outputs of a segment's queries, (*lead, tokens, d_v), their logsumexp, and the memory after it."""

    output: Tensor
    logsumexp: Tensor
    update: Update

    @staticmethod
    def cat(pieces: "Sequence[Attended]") -> "Attended":
        """Join what consecutive pieces of a segment gave."""
        if len(pieces) == 1:
            return pieces[0]
        updates = [piece.update for piece in pieces]
        evicted = [update.evicted for update in updates if update.evicted is not None]
        return Attended(
            torch.cat([piece.output for piece in pieces], dim=-2),
            torch.cat([piece.logsumexp for piece in pieces], dim=-1),
            Update(
                updates[-1].state,
                tuple(event for update in updates for event in update.events),
                KV.cat(evicted) if evicted else None,
            ),
        )


class Made(NamedTuple):
    """Slots by identity, and their shares in keys and in values, each (*lead, slots, sources).

    Raw pairs may be among them. Columns are stream positions from `first` on; others have no part in any.
    """

    ids: tuple[int, ...]
    key_shares: Tensor
    value_shares: Tensor
    first: int = 0


class Memory(ABC, Generic[S]):
    """A memory mechanism; subclasses are frozen dataclasses of settings, usable with their defaults."""

    title: ClassVar[str]  # plain words, for people
    source: ClassVar[str]  # paper or course chapter, with arXiv number
    formula: ClassVar[str]  # LaTeX, course notation
    reading: ClassVar[str] = ""  # LaTeX of a read, where `score` is not that of scaled dot products
    provenance: ClassVar[Provenance] = Provenance.EXACT
    reads: ClassVar[Literal["after", "before"]] = "after"
    observes: ClassVar[bool] = False  # whether `observe` needs the attention weights of every read
    roles: ClassVar[tuple[Role, ...]] = (Role.RECENT,)  # of its slots, the oldest first
    evicts: ClassVar[bool] = False  # whether `update` hands out raw pairs that left, in the order of the stream

    @abstractmethod
    def empty(self, like: KV, tracked: bool = True) -> S:
        """The memory before the first token: zero slots, device, dtype and lead axes of `like`."""

    @abstractmethod
    def update(self, segment: KV, previous: S) -> Update:
        """Mem = Update(S_kv, Mem_pre).

        Raises:
            ValueError: shape, dtype or device of the segment differ from the memory's.
        """

    def walk(self, segment: KV, previous: S) -> "Iterator[Update]":
        """The updates by each token of a segment, one after the other; overridden where several at once are quicker."""
        for at in range(segment.tokens):
            update = self.update(segment[at : at + 1], previous)
            previous = update.state
            yield update

    def stretches(self, segment: KV, previous: S) -> "Iterator[Stretch]":
        """A walk in longer steps: overridden where pairs do nothing but gather for a while, else token by token."""
        for update in self.walk(segment, previous):
            yield Stretch(1, update)

    @abstractmethod
    def slots(self, state: S, tracked: bool = True) -> Slots:
        """What the memory holds for a query to read, oldest first.

        Args:
            state: the memory.
            tracked: whether to give the shares, if the state is tracked.
        """

    def made(self, state: S) -> "Made":
        """Shares of the slots that the memory made itself, from the first source on; those of raw pairs are known."""
        slots = self.slots(state)
        assert slots.key_shares is not None and slots.value_shares is not None  # only tracked states are asked
        return Made(slots.ids, slots.key_shares, slots.value_shares)

    def made_among(self, state: S, slots: Set[int]) -> "Made":
        """The same of some slots, as far as they are held; overridden where all are many."""
        ids, keys, values, first = self.made(state)
        rows = [row for row, slot in enumerate(ids) if slot in slots]
        if len(rows) == len(ids):  # taken as they are, without a copy
            return Made(ids, keys, values, first)
        at = torch.tensor(rows, dtype=torch.long, device=keys.device)
        own = keys.index_select(-2, at)
        return Made(tuple(ids[row] for row in rows), own, own if values is keys else values.index_select(-2, at), first)

    @abstractmethod
    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Numbers that must be stored per head to go on after `tokens` tokens: the true streaming state."""

    @abstractmethod
    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Floating-point operations per head to take in one token when `tokens` came before, amortised."""

    def read_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Numbers per head that the query of the last of `tokens` tokens looks at: key and value of every slot."""
        slots = self.slot_count(tokens) if self.reads == "after" else self.slot_count(max(0, tokens - 1)) + 1
        return (d_k + d_v) * slots

    def fetched_floats(self, tokens: int, d_k: int, d_v: int, queries: int) -> int:
        """The same for several heads that share keys and values, at most; unless overridden all look at the same."""
        del queries
        return self.read_floats(tokens, d_k, d_v)

    def read_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Floating-point operations per head of that read: a product and a sum for every number."""
        return 2 * self.read_floats(tokens, d_k, d_v)

    def head(self, index: int) -> "Memory[S]":
        """The memory as head `index` sees it alone; differs only where learned weights are per head."""
        del index
        return self

    @abstractmethod
    def slot_count(self, tokens: int) -> int:
        """Slots held after `tokens` tokens."""

    def peaks(self, tokens: int) -> Iterable[int]:
        """Lengths up to `tokens`; after one of them most is stored, and after one of them most is read.

        After all tokens, unless overridden: what lets go of a whole segment at once holds most just before.
        """
        return (tokens,)

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """Bands that its slots stand in, one per role, from the oldest to the newest; overridden for better words.

        Args:
            tokens: length of the run, for memories that grow.
        """
        most = max(map(self.slot_count, range(tokens + 1)))
        before = self.reads == "before"
        note = "1 pair" if most == 1 else f"{most} slots"
        bands = [Lane(role, TITLES[role], note, most + (before and role is Role.CURRENT)) for role in self.roles]
        return (*bands, OWN_PAIR) if before and Role.CURRENT not in self.roles else tuple(bands)

    @abstractmethod
    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> "Iterator[Naive]":
        """What each token's query reads, straight from the definition: the yardstick that traces are checked against.

        Written naively in NumPy, sharing no code with `update`. `keys` is (tokens, d_k), `values` (tokens, d_v): one
        head. A mechanism with `observes` is sent the weights of each read: `weights = yield naive`.
        """

    def score(self, queries: Tensor, slots: Slots) -> Tensor:
        """What the softmax is taken of, (*lead, queries, slots), float32 at least; -inf where a query passes a slot by.

        Scaled dot products; overridden where a query chooses among the slots, or meets them by another rule.
        """
        return scores(queries, slots)

    def read(self, queries: Tensor, slots: Slots) -> Reading:
        """Attend to the slots as this memory scores them."""
        return read_scores(self.score(queries, slots), slots.values)

    @property
    def scores_alike(self) -> bool:
        """Whether its slots are scored as any others, so that several reads can be done together."""
        return type(self).score is Memory.score

    def fast_weights(self, stream: KV) -> FastWeights | None:
        """What is written with every token of a stream from its beginning, where the memory is one matrix."""
        del stream
        return None

    def readable(self, token: KV, previous: S, update: Update) -> Slots:
        """What the query of a single token reads, given the state before and the update by that token."""
        if self.reads == "after":
            return self.slots(update.state)
        return self.slots(previous).append(token, previous.seen)

    def observe(self, weights: Tensor, previous: S) -> S:
        """Take note of attention that slots received, before the update by the token that read.

        Args:
            weights: (*lead, 1, slots + 1): the token's weights over `slots(previous)` and its own pair.
            previous: the state that was read.
        """
        del weights
        return previous

    def attend(self, queries: Tensor, segment: KV, previous: S) -> Attended:
        """Read and remember a segment, every query in its turn; the outputs do not depend on how a stream is cut.

        Args:
            queries: (*lead, tokens, d_k), one per pair of the segment.
            segment: the new pairs.
            previous: the memory before.

        Raises:
            ValueError: queries and pairs are not as many, or do not fit each other or the memory.
        """
        check_queries(queries, segment)
        if not segment.tokens:
            return Attended(segment.values, queries[..., 0], self.update(segment, previous))
        pieces: list[Attended] = []
        state = previous
        for at in range(segment.tokens):
            token = segment[at : at + 1]
            query = queries[..., at : at + 1, :]
            if self.reads == "before":
                reading = self.read(query, self.slots(state).append(token, state.seen))
                if self.observes:
                    state = self.observe(reading.weights, state)
                step = self.update(token, state)
            else:
                step = self.update(token, state)
                reading = self.read(query, self.slots(step.state))
            pieces.append(Attended(reading.output, reading.logsumexp, step))
            state = step.state
        return Attended.cat(pieces)


class Naive(NamedTuple):
    """Slots as plain arrays: keys (slots, d_k), values (slots, d_v), and what adds to their scores (slots,) or 0."""

    keys: NDArray[np.float64]
    values: NDArray[np.float64]
    bias: NDArray[np.float64] | float = 0.0

    def score(self, query: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scaled dot products of a query (d_k,) and the bias; a subclass says it where a memory scores otherwise."""
        dots: NDArray[np.float64] = self.keys @ query / math.sqrt(len(query)) + self.bias
        return dots

    def read(self, query: NDArray[np.float64]) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Softmax by hand: the output (d_v,) and the weights (slots,)."""
        return self.weigh(self.score(query))

    def weigh(self, dots: NDArray[np.float64]) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """The same from the scores."""
        weights = np.exp(dots - dots.max())
        weights /= weights.sum()
        return weights @ self.values, weights


def check_queries(queries: Tensor, segment: KV) -> None:
    """Refuse queries that do not come with the pairs one by one.

    Raises:
        ValueError: their number differs.
    """
    if queries.shape[-2:-1] != segment.keys.shape[-2:-1]:
        raise ValueError(f"queries must be one per pair, {segment.tokens}, got {tuple(queries.shape)}")


def check_segment(segment: KV, held: KV) -> None:
    """Refuse pairs that do not fit the memory they are meant for.

    Raises:
        ValueError: lead axes, d_k, d_v, dtype or device differ.
    """
    new = (segment.lead, segment.keys.shape[-1], segment.values.shape[-1], segment.keys.dtype, segment.keys.device)
    old = (held.lead, held.keys.shape[-1], held.values.shape[-1], held.keys.dtype, held.keys.device)
    if new != old:
        names = ("lead axes", "d_k", "d_v", "dtype", "device")
        wrong = "; ".join(
            f"{name} must be {want if not isinstance(want, torch.Size) else tuple(want)}, got "
            f"{got if not isinstance(got, torch.Size) else tuple(got)}"
            for name, want, got in zip(names, old, new, strict=True)
            if want != got
        )
        raise ValueError(f"the segment does not fit this memory: {wrong}")
