"""Hybrid cache: two memories read as one; the second takes in what the first lets go of, or everything.

    Att(q, [Mem_1 ; Mem_2]) = g · Att(q, Mem_1) + (1 - g) · Att(q, Mem_2),   g = sigmoid(lse_1 - lse_2)

Source: course ch. 2, "hybrid cache"; the identity of joint softmax and gated readings is `attention.merge`. A
learned gate in place of g, as in Memorizing Transformers, §3.1 (arXiv:2203.08913), would be another
mechanism.
Boundary: with `second_reads="evicted"` a pair is in exactly one of the two, and the second is empty until the
first overflows. With "all" a pair can be in both and then counts twice. The hybrid reads when its first
memory reads.
Identities: raw pairs keep their positions. Slots made by the second get -1, -4, -7 .., those made by the
first -2, -5, .., and raw copies that the second holds beside the first ("all") -3 - 3 · position, so none
collide.
Cost per head: the sums of both.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import Reading, merge, read
from memattn.kv import KV, Provenance, Slots, widen
from memattn.memory.base import Attended, Made, Memory, Naive, State, Update, part
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid_naive import hybrid_reference
from memattn.memory.merging import Merging
from memattn.memory.rebinned import Rebinned
from memattn.memory.window import Window
from memattn.records import Event, EventKind, Lane, Role


@dataclass(frozen=True, eq=False)
class HybridState(State):
    """The states of the two parts."""

    first: Any
    second: Any


SECONDS: dict[str, Callable[[], Memory[Any]]] = {
    "cumulative_average": partial(CumulativeAverage, log_count=True),  # counting, or it would hardly be heard
    "merging": Merging,
    "rebinned": Rebinned,
}


@dataclass(frozen=True)
class Hybrid(Memory[HybridState]):
    """Read two memories under one softmax, the second fed with what the first lets go."""

    first: Memory[Any] = part(
        "window", {"window": Window}, "Holds the newest pairs as they are.", name="Newest", unset=partial(Window, 5)
    )
    second: Memory[Any] = part(
        "cumulative_average", SECONDS, "Takes in what the first lets go.", name="The rest", unset=CumulativeAverage
    )
    second_reads: Literal["evicted", "all"] = "evicted"  # which pairs the second memory takes in

    title = "Hybrid cache"
    source = "course ch. 2, hybrid cache"
    formula = (
        r"\mathrm{Att}\big(q, [\mathrm{Mem}_1; \mathrm{Mem}_2]\big) = g\,\mathrm{Att}(q, \mathrm{Mem}_1)"
        r" + (1-g)\,\mathrm{Att}(q, \mathrm{Mem}_2),\quad g = \sigma(\mathrm{lse}_1 - \mathrm{lse}_2)"
    )

    def __post_init__(self) -> None:
        if self.second_reads not in ("evicted", "all"):
            raise ValueError(f"second_reads must be 'evicted' or 'all', got {self.second_reads!r}")
        if self.second_reads == "evicted" and not self.first.evicts:
            raise ValueError(
                "second_reads must be 'all' where the first memory does not evict raw pairs, "
                f"got 'evicted' with first={self.first!r}"
            )
        for name, own in (("first", self.first), ("second", self.second)):
            if own.observes or own.provenance is not Provenance.EXACT or not own.scores_alike:
                raise ValueError(
                    f"{name} must be a memory with exact provenance that needs no attention weights "
                    f"and scores its slots by dot products, got {own!r}"
                )

    @property
    def reads(self) -> Literal["after", "before"]:  # type: ignore[override]  # the first part decides
        """As the first memory does."""
        return self.first.reads

    def head(self, index: int) -> "Hybrid":
        """Both parts as that head sees them."""
        return replace(self, first=self.first.head(index), second=self.second.head(index))

    def empty(self, like: KV, tracked: bool = True) -> HybridState:
        """Both empty."""
        return HybridState(0, tracked, self.first.empty(like, tracked), self.second.empty(like, tracked))

    def update(self, segment: KV, previous: HybridState) -> Update:
        """Update the first, then the second with what left the first, or with the same pairs."""
        one = self.first.update(segment, previous.first)
        pairs = segment if self.second_reads == "all" else _evicted(one)
        two = self.second.update(pairs, previous.second)
        seen = previous.seen + segment.tokens
        state = HybridState(seen, previous.tracked, one.state, two.state)
        return Update(state, self._events(one, two, previous) if previous.tracked else ())

    def walk(self, segment: KV, previous: HybridState) -> Iterator[Update]:
        """Both walk, a piece at a time; the second through what the first let go in it."""
        for start in range(0, segment.tokens, PIECE):
            piece = segment[start : start + PIECE]
            ones = list(self.first.walk(piece, previous.first))
            pairs = piece if self.second_reads == "all" else KV.cat([_evicted(one) for one in ones])
            twos = list(self.second.walk(pairs, previous.second))
            events = self._by_token(ones, twos, previous) if previous.tracked else {}
            second, coming = previous.second, iter(twos)
            for one in ones:
                for _ in range(1 if self.second_reads == "all" else _evicted(one).tokens):
                    second = next(coming).state
                seen = one.state.seen
                previous = HybridState(seen, previous.tracked, one.state, second)
                yield Update(previous, tuple(events.get(seen - 1, ())))

    def _by_token(self, ones: list[Update], twos: list[Update], previous: HybridState) -> dict[int, list[Event]]:
        """The events of several updates."""
        first, second = (
            Update(walked[-1].state if walked else state, tuple(chain.from_iterable(step.events for step in walked)))
            for walked, state in ((ones, previous.first), (twos, previous.second))
        )
        events: dict[int, list[Event]] = {}
        for event in self._events(first, second, previous):
            events.setdefault(event.token, []).append(event)
        return events

    def _events(self, one: Update, two: Update, previous: HybridState) -> tuple[Event, ...]:
        """Both lists by token, in the hybrid's names; to the second, tokens are places in what it is fed."""
        evicts = self.second_reads == "evicted"
        causes: Sequence[int] = range(previous.seen, one.state.seen)
        if evicts:
            causes = [event.token for event in one.events if event.kind is EventKind.DROP for _ in event.slots]
        held = self._held(self.first.slots(replace(one.state, tracked=False)).ids) if evicts else []
        first = (
            Event(
                EventKind.POP if evicts and event.kind is EventKind.DROP else event.kind,
                event.token,
                _first_ids(event.slots),
                _first_ids(event.into),
                event.sources,
            )
            for event in one.events
        )
        second = (
            Event(
                event.kind,
                causes[event.token - previous.second.seen],
                self._second_ids(event.slots, held, event.slots if event.kind in ARRIVALS else (event.token,)),
                self._second_ids(event.into, held),
                tuple(_gap(source, held) for source in event.sources),
            )
            for event in two.events
        )
        both = chain(first, second)
        return tuple(sorted(both, key=lambda event: event.token))  # stable: the first part's events lead

    def _held(self, first: Sequence[int]) -> list[int]:
        """Positions that the second was not fed with because the first holds them, ascending."""
        return [] if self.second_reads == "all" else sorted(slot for slot in first if slot >= 0)

    def _second_ids(self, ids: Sequence[int], held: list[int], arriving: Sequence[int] = ()) -> tuple[int, ...]:
        """Names of the second's slots; pairs that are only `arriving` bear their positions still."""
        copies = set(ids).difference(arriving) if self.second_reads == "all" else ()
        return tuple(3 * s + 2 if s < 0 else -3 - 3 * s if s in copies else _gap(s, held) for s in ids)

    def slots(self, state: HybridState, tracked: bool = True) -> Slots:
        """The second memory's slots, which are older, then the first's."""
        one, two = self.first.slots(state.first, tracked), self.second.slots(state.second, tracked)
        held = self._held(one.ids)
        key_shares = value_shares = bias = None
        if one.key_shares is not None and two.key_shares is not None:
            key_shares = value_shares = _stack(two.key_shares, one.key_shares, held)
        if one.value_shares is not one.key_shares or two.value_shares is not two.key_shares:
            assert one.value_shares is not None and two.value_shares is not None
            value_shares = _stack(two.value_shares, one.value_shares, held)
        if one.logit_bias is not None or two.logit_bias is not None:
            none = one.keys.new_zeros
            bias = torch.cat([none(len(part)) if part.logit_bias is None else part.logit_bias for part in (two, one)])
        return Slots(
            torch.cat([two.keys, one.keys], dim=-2),
            torch.cat([two.values, one.values], dim=-2),
            two.role + one.role,
            self._second_ids(two.ids, held) + _first_ids(one.ids),
            key_shares,
            value_shares,
            logit_bias=bias,
        )

    def made(self, state: HybridState) -> Made:
        """Those of both; where the second reads all, copies of raw pairs count as made."""
        if self.second_reads == "all":
            return super().made(state)
        bare, two = self.first.slots(state.first, tracked=False), self.second.made(state.second)
        held = self._held(bare.ids)
        if min(bare.ids, default=0) >= 0:  # the first made none
            keys = _placed(two.key_shares, state.seen, held)
            same = two.value_shares is two.key_shares
            return Made(
                self._second_ids(two.ids, held),
                keys,
                keys if same else _placed(two.value_shares, state.seen, held),
            )
        one = self.first.made(state.first)
        ids = self._second_ids(two.ids, held) + _first_ids(one.ids)
        keys = _stack(two.key_shares, widen(one.key_shares, state.seen), held)
        return Made(ids, keys, _stack(two.value_shares, widen(one.value_shares, state.seen), held))

    def attend(self, queries: Tensor, segment: KV, previous: HybridState) -> Attended:
        """Two masked reads and a merge, where the first lets pairs go one per token; else token by token."""
        one_by_one = isinstance(self.first, Window | GlobalTokens | Full)
        if self.reads == "before" or self.second.reads == "before" or not (one_by_one or self.second_reads == "all"):
            return super().attend(queries, segment, previous)
        one = self.first.attend(queries, segment, previous.first)
        pairs = segment if self.second_reads == "all" else _evicted(one.update)
        still = segment.tokens - pairs.tokens  # the first evicts nothing while it fills up: its last tokens do
        waiting = read(queries[..., :still, :], self.second.slots(previous.second))
        two = self.second.attend(queries[..., still:, :], pairs, previous.second)
        output = torch.cat([waiting.output, two.output], dim=-2)
        logsumexp = torch.cat([waiting.logsumexp, two.logsumexp], dim=-1)
        no_weights = queries[..., :0]
        joined = merge([Reading(one.output, one.logsumexp, no_weights), Reading(output, logsumexp, no_weights)])
        state = HybridState(one.update.state.seen, previous.tracked, one.update.state, two.update.state)
        events = self._events(one.update, two.update, previous) if previous.tracked else ()
        return Attended(joined.output, joined.logsumexp, Update(state, events))

    def _fed_count(self, tokens: int) -> int:
        if self.second_reads == "all":
            return tokens
        return tokens - (self.first.slot_count(tokens) - self.first.slot_count(0))

    def slot_count(self, tokens: int) -> int:
        """Both."""
        return self.first.slot_count(tokens) + self.second.slot_count(self._fed_count(tokens))

    def peaks(self, tokens: int) -> Iterable[int]:
        """Those of both, where the first lets go of one pair per token."""
        fed = self._fed_count(tokens)
        return {*self.first.peaks(tokens), *(tokens - fed + peak for peak in self.second.peaks(fed))}

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """The second's, which are older, then the first's; slots of one role share a band."""
        bands: dict[Role, list[Lane]] = {}
        for lane in (*self.second.lanes(tokens), *self.first.lanes(tokens)):
            bands.setdefault(lane.role, []).append(lane)
        return tuple(own[0] if len(own) == 1 else _one_band(own) for own in bands.values())

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Both."""
        fed = self._fed_count(tokens)
        return self.first.state_floats(tokens, d_k, d_v) + self.second.state_floats(fed, d_k, d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Both; the second works only on what it is fed."""
        fed = self._fed_count(tokens)
        coming = self._fed_count(tokens + 1) - fed
        second = sum(self.second.update_flops(fed + at, d_k, d_v) for at in range(coming))
        return self.first.update_flops(tokens, d_k, d_v) + second

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """Both parts' references, the second's on what the first let go."""
        return hybrid_reference(self.first, self.second, self.second_reads == "all", keys, values)


PIECE = 64  # tokens walked at once: the states of the first part are held for so long
ARRIVALS = (EventKind.PUSH, EventKind.PIN)


def _one_band(lanes: Sequence[Lane]) -> Lane:
    titles, notes = (
        " + ".join(dict.fromkeys(words)) for words in zip(*((a.title, a.note) for a in lanes), strict=True)
    )
    return Lane(lanes[0].role, titles, notes, sum(lane.capacity for lane in lanes))


def _evicted(update: Update) -> KV:
    assert update.evicted is not None  # `evicts` was checked
    return update.evicted


def _gap(index: int, held: list[int]) -> int:
    """The index-th position that is not held: where the pair stood that the second counts so."""
    for slot in held:
        if slot > index:
            break
        index += 1
    return index


def _first_ids(ids: Sequence[int]) -> tuple[int, ...]:
    if min(ids, default=0) >= 0:  # raw pairs alone, as nearly always
        return tuple(ids)
    return tuple(slot if slot >= 0 else 3 * slot + 1 for slot in ids)


def _stack(second: Tensor, first: Tensor, held: list[int]) -> Tensor:
    """Shares of both."""
    sources = first.shape[-1]
    return torch.cat([widen(_placed(second, sources, held), sources), first], dim=-2)


def _placed(second: Tensor, sources: int, held: list[int]) -> Tensor:
    """The second's shares, their columns moved to the positions they stand for."""
    fed = second.shape[-1]
    if not held or held[0] >= fed:
        return second
    gaps = sorted(set(range(sources)).difference(held))[:fed]  # pinned ones stand before those that were let go
    moved = second.new_zeros(*second.shape[:-1], sources)
    moved[..., torch.as_tensor(gaps, dtype=torch.long, device=second.device)] = second
    return moved
