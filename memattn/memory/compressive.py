"""Compressive memory: what leaves the short-term memory is compressed c to 1 into a second one, both FIFO.

    old = Mem[: n_s],  Mem ← (Mem ; S_kv)[-n_m :],  CMem ← (CMem ; f_c(old))[-n_cm :],  Att(q, [CMem ; Mem ;
    current])

Source: Rae et al., Compressive Transformers, 2019, §3 and Alg. 1 (arXiv:1911.05507); course ch. 2. Our
segment_length, memory_length, compressed_length and rate are their n_s, n_m, n_cm and c.

Order: a token reads the memory left by the last full segment and the running segment up to itself. When its
segment is full, at the end of the update by the n_s-th token: push the segment into Mem, pop what is beyond
n_m, compress it, append to CMem, drop what is beyond n_cm. Between segments the reach is n_m + c·n_cm where n_s and
n_m are multiples of c, else what `reach` says; within a segment up to n_s more.

Where sources differ: the course says once that n_c pairs enter Mem and n_s leave it; both are n_s here, or
Mem would not keep its size. Alg. 1 prints the keys without the running segment; it is included, as in all
implementations. Its memories start filled with zeros, which take part in the softmax; ours start empty. When
the popped pairs are not divisible by c, the paper loses the newest remainder; our default carries it in Mem
until a group is full.

Cost per head: state (d_k + d_v)(n_s + n_m + n_cm) floats at most (carry: + c - 1 pairs).
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import read_own
from memattn.compression import Compressed, Compression, MeanPool
from memattn.kv import KV, Provenance, Slots, one_hot
from memattn.memory.base import (
    Attended,
    Made,
    Memory,
    Naive,
    State,
    Stretch,
    Update,
    check_queries,
    check_segment,
    dial,
    option,
)
from memattn.memory.compressive_naive import Remainder, naive_compressive
from memattn.memory.segments import around_borders, segment_lane
from memattn.records import Event, EventKind, Lane, Role, counted

MEAN_OF_THREE = MeanPool(rate=3)
REMAINDERS: dict[Remainder, str] = {
    "carry": "carry: wait in Mem for the next segment",
    "drop": "drop: the newest remainder is lost",
    "pad": "pad: fill the last group with zeros",
    "partial": "partial: a smaller last group",
}


class Block(NamedTuple):
    """Slots that were compressed together.

    Args:
        first: position of the first pair that was popped for them.
        key_shares: (*lead, slots, pairs popped).
        value_shares: the same for the values.
    """

    first: int
    key_shares: Tensor
    value_shares: Tensor


class CMem(NamedTuple):
    """The compressed memory without its pairs.

    Args:
        slots: how many it holds.
        made: how many were ever made.
        blocks: their shares, the oldest first, or None when not tracked.
        sources: stream positions with a part in each slot; empty when not tracked.
    """

    slots: int
    made: int
    blocks: tuple[Block, ...] | None = None
    sources: tuple[tuple[int, ...], ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """Identities of its slots, the oldest first."""
        return tuple(range(self.slots - self.made - 1, -self.made - 1, -1))

    def shares(self, newest: int, sources: int) -> tuple[Tensor, Tensor]:
        """Of the newest slots, in keys and in values, each (*lead, newest, sources)."""
        assert self.blocks  # only tracked states are asked
        like = self.blocks[-1].key_shares
        keys, values = (like.new_zeros(*like.shape[:-2], newest, sources) for _ in range(2))
        left = newest
        for first, *sides in reversed(self.blocks):
            rows, popped = sides[0].shape[-2:]
            taken = min(rows, left)
            for side, own in zip((keys, values), sides, strict=True):
                side[..., left - taken : left, first : first + popped] = own[..., rows - taken :, :]
            left -= taken
            if not left:
                break
        return keys, values


class Popped(NamedTuple):
    """What a block of popped pairs has become.

    Args:
        new: its slots.
        sources: stream positions with a part in each of them; empty when not tracked.
    """

    new: Compressed
    sources: tuple[tuple[int, ...], ...]


NOTHING: Mapping[int, Popped] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class CompressiveState(State):
    """The two memories and the running segment, side by side: what a query reads is there without a copy.

    Args:
        held: CMem, Mem and the running segment, each oldest first; the raw pairs are consecutive in the stream.
        cmem: what else is known of CMem.
        usage: (*lead, raw pairs) attention that each raw pair received so far, summed, or None when f_c does not ask
            for it; between `observe` and `update` it already holds the pairs that read.
    """

    held: KV
    cmem: CMem
    usage: Tensor | None = None

    @property
    def compressed(self) -> KV:
        """CMem."""
        return self.held[: self.cmem.slots]

    @property
    def pairs(self) -> KV:
        """Mem and behind it the running segment."""
        return self.held[self.cmem.slots :]


class Span(NamedTuple):
    """A number of tokens that depends on the segment one asks after: the least and the most."""

    least: int
    most: int


class Schedule(NamedTuple):
    """Pairs popped from Mem and compressed slots made, after a number of full segments."""

    popped: int
    made: int


@dataclass(frozen=True)
class Compressive(Memory[CompressiveState]):
    """Keep the newest pairs raw, and compress what leaves them, c pairs into one slot."""

    segment_length: int = dial(  # pairs, n_s
        6, 1, 128, "n_s", "pairs", "Pairs that enter Mem together, once per segment.", name="Segment", start=8
    )
    memory_length: int = dial(  # pairs in Mem, n_m ≥ n_s
        11, 1, 160, "n_m", "pairs", "Raw pairs kept before the oldest are popped. At least n_s.", name="Mem", start=16
    )
    compressed_length: int = dial(  # slots in CMem, n_cm; 0 forgets what leaves Mem
        5,
        0,
        96,
        "n_{cm}",
        "slots",
        "Compressed slots kept before the oldest is lost; with 0 what leaves Mem is lost at once.",
        name="CMem",
        start=16,
    )
    compression: Compression = MEAN_OF_THREE  # f_c with its rate c
    remainder: Remainder = option(  # what becomes of popped pairs that do not fill a group
        "carry", REMAINDERS, "What becomes of popped pairs that do not fill a group of c."
    )
    stop_gradient: bool = True  # whether memories pass no gradient back, SG(·)

    title = "Compressive memory"
    source = "Compressive Transformers, §3, Alg. 1 (arXiv:1911.05507); course ch. 2"
    formula = r"\mathrm{CMem} = \mathrm{FIFO}(f_c(\mathrm{popped}), \mathrm{CMem}_{\mathrm{pre}})"
    reads = "before"

    def __post_init__(self) -> None:
        """Refuse settings that make no memory."""
        if self.segment_length < 1:
            raise ValueError(f"segment_length n_s must be ≥ 1 pair, got {self.segment_length}")
        if self.memory_length < self.segment_length:
            raise ValueError(f"memory_length n_m must be ≥ n_s={self.segment_length} pairs, got {self.memory_length}")
        if self.compressed_length < 0:
            raise ValueError(f"compressed_length n_cm must be ≥ 0 slots, got {self.compressed_length}")
        if not isinstance(self.compression, Compression):
            raise ValueError(f"compression must be a Compression such as MeanPool(rate=3), got {self.compression!r}")
        if self.remainder not in ("carry", "drop", "pad", "partial"):
            raise ValueError(f'remainder must be "carry", "drop", "pad" or "partial", got {self.remainder!r}')

    @property
    def provenance(self) -> Provenance:  # type: ignore[override]
        """What shares mean under this compression."""
        return self.compression.provenance

    @property
    def observes(self) -> bool:  # type: ignore[override]
        """Only most-used needs to see the weights."""
        return self.compression.needs_usage

    @property
    def reach(self) -> Span:
        """How far back the oldest position lies that a slot stands for, between two segments when all is full.

        A slot stands for its group of c, whatever f_c keeps of it or, dilated, takes from the groups beside it.
        """
        n_s, rate = self.segment_length, self.compression.rate
        if self.remainder == "carry":
            return self.covered
        if not (slots := self._slots_from(n_s)):  # segments shorter than c, all of them a remainder that is dropped
            return Span(self.memory_length, self.memory_length)
        blocks, more = divmod(self.compressed_length, slots)
        newest = n_s % rate if self.remainder == "drop" else -(-n_s % rate)  # dropped behind them, or not full
        back = self.memory_length + blocks * n_s + (newest + more * rate if more else 0)
        return Span(back, back)

    @property
    def covered(self) -> Span:
        """How many positions the slots stand for then; fewer than `reach` where remainders were dropped in between."""
        if self.remainder in ("pad", "partial"):
            return self.reach
        slots = self.compressed_length if self.remainder == "carry" or self._slots_from(self.segment_length) else 0
        raw = self.memory_length + self.compression.rate * slots
        return Span(raw + self.waiting.least, raw + self.waiting.most)

    @property
    def waiting(self) -> Span:
        """Pairs that Mem holds beyond n_m at a border until they fill a group: none unless they are carried.

        They are (segments · n_s - n_m) mod c, which takes every value below c with n_m's remainder by what n_s and c
        have in common.
        """
        if self.remainder != "carry":
            return Span(0, 0)
        common = math.gcd(self.segment_length, self.compression.rate)
        least = -self.memory_length % common
        return Span(least, self.compression.rate - common + least)

    def head(self, index: int) -> "Compressive":
        """The memory as head `index` sees it; only a compression with kernels per head differs."""
        return replace(self, compression=self.compression.head(index))

    def schedule(self, segments: int) -> Schedule:
        """Pairs popped and slots made after that many full segments, in closed form."""
        return _schedule(segments, self.segment_length, self.memory_length, self.compression.rate, self.remainder)

    def _slots_from(self, popped: int) -> int:
        return _slots_from(popped, self.compression.rate, self.remainder)

    def empty(self, like: KV, tracked: bool = True) -> CompressiveState:
        """Both memories empty."""
        shares = like.keys.new_zeros(*like.lead, 0, 0) if tracked else None
        usage = like.keys.new_zeros(*like.lead, 0) if self.observes else None
        blocks = None if shares is None else (Block(0, shares, shares),)
        return CompressiveState(0, tracked, like[:0], CMem(0, 0, blocks), usage)

    def update(self, segment: KV, previous: CompressiveState) -> Update:
        """Append to the running segment; at every border push, pop, compress and drop."""
        check_segment(segment, previous.held)
        return self._joined(KV.cat([previous.held, segment]), previous)

    def stretches(self, segment: KV, previous: CompressiveState) -> Iterator[Stretch]:
        """From border to border; what will be popped at them is compressed ahead, all blocks of one length together."""
        check_segment(segment, previous.held)
        ahead = NOTHING if self.observes else self._ahead(segment, previous)
        start = 0
        while start < segment.tokens:
            stop = min(segment.tokens, start + self.segment_length - previous.seen % self.segment_length)
            update = self._joined(KV.cat([previous.held, segment[start:stop]]), previous, ahead)
            yield Stretch(stop - start, update)
            previous, start = update.state, stop

    def _ahead(self, segment: KV, previous: CompressiveState) -> dict[int, Popped]:
        """What is compressed at every border within a segment, by its number."""
        pairs, before = KV.cat([previous.pairs, segment]), previous.seen // self.segment_length
        start = self.schedule(before).popped
        alike: dict[int, list[tuple[int, int]]] = {}  # borders, and where the pairs begin that leave there, by how many
        for border in range(before + 1, (previous.seen + segment.tokens) // self.segment_length + 1):
            first, last = self.schedule(border - 1).popped, self.schedule(border).popped
            if first < last and self.compressed_length:
                alike.setdefault(last - first, []).append((border, first - start))
        ahead: dict[int, Popped] = {}
        for length, leaving in alike.items():
            popped = [pairs[at : at + length] for _, at in leaving]
            keys, values = torch.stack([one.keys for one in popped]), torch.stack([one.values for one in popped])
            done = self._compress(KV.trusted(keys, values), None, previous.tracked)
            each = zip(*([None] * len(leaving) if part is None else part.unbind() for part in done), strict=True)
            for (border, at), parts in zip(leaving, each, strict=True):
                new = Compressed(*parts)
                ahead[border] = Popped(new, _sources(new, start + at) if previous.tracked else ())
        return ahead

    def _joined(self, held: KV, previous: CompressiveState, ahead: Mapping[int, Popped] = NOTHING) -> Update:
        """The update by what `held` holds beyond the slots of `previous`."""
        seen = previous.seen + held.tokens - previous.held.tokens
        usage = None if previous.usage is None else _lengthen(previous.usage, held.tokens - previous.cmem.slots)
        state = CompressiveState(seen, previous.tracked, held, previous.cmem, usage)
        before, after = previous.seen // self.segment_length, seen // self.segment_length
        return Update(state) if before == after else self._cross(state, before, after, ahead)

    def _cross(self, state: CompressiveState, before: int, after: int, ahead: Mapping[int, Popped]) -> Update:
        """Deal with the borders of segments before + 1 .. after, whose pairs are all held."""
        start = self.schedule(before).popped  # position of the oldest raw pair at hand
        kept, total = self.schedule(after)
        pairs, cmem, usage = state.pairs, state.cmem, state.usage
        slots = [state.compressed]  # and those that are made; the oldest are dropped when all have joined
        if self.stop_gradient:
            pairs = _stopped(pairs, after * self.segment_length - start)
        events: list[Event] = []
        for border in range(before + 1, after + 1):
            first, last = self.schedule(border - 1).popped, self.schedule(border).popped
            if not state.tracked and self.schedule(border).made <= total - self.compressed_length:
                continue  # all its slots would be dropped again before the end of this update
            mean = None
            if usage is not None:
                could_see = border * self.segment_length - torch.arange(first, last, device=usage.device)
                mean = usage[..., first - start : last - start] / could_see
            popped = pairs[first - start : last - start]
            made, cmem, news = self._border(border, popped, mean, cmem, ahead.get(border))
            slots += made
            events += news
        joined = sum(some.tokens for some in slots)
        cmem = cmem._replace(slots=min(joined, self.compressed_length), made=total)
        held = KV.cat([*slots, pairs[kept - start :]])[joined - cmem.slots :]
        usage = None if usage is None else usage[..., kept - start :]
        return Update(CompressiveState(state.seen, state.tracked, held, cmem, usage), tuple(events))

    def _border(
        self, border: int, popped: KV, usage: Tensor | None, cmem: CMem, ahead: Popped | None
    ) -> tuple[list[KV], CMem, list[Event]]:
        """What happens when segment `border`, from 1, is full and has pushed some pairs out of Mem.

        Args:
            border: its number.
            popped: these pairs.
            usage: what each received, where f_c asks for it.
            cmem: what is known of CMem.
            ahead: what the popped pairs become, where that was computed before.

        Returns:
            The slots that join CMem, what is known of it then, and what happened.
        """
        (first, made), (last, _) = self.schedule(border - 1), self.schedule(border)
        tracked = cmem.blocks is not None
        if not self.compressed_length:  # nothing is compressed for no room: what is popped is lost as it is
            return [], cmem, self._events(border, range(first, last), (), made, made, 0) if tracked else []
        new = ahead.new if ahead else self._compress(popped, usage, tracked)
        slots = [new.pairs.detach() if self.stop_gradient else new.pairs]
        if not tracked:
            return slots, cmem, []
        drop = max(0, cmem.slots + slots[0].tokens - self.compressed_length)
        own = ahead.sources if ahead else _sources(new, first)
        cmem, sources = _append(cmem, new, own, first, drop)
        events = self._events(border, range(first, last), sources, cmem.made - len(sources), made, drop)
        return slots, cmem, events

    def _compress(self, popped: KV, usage: Tensor | None, tracked: bool) -> Compressed:
        """f_c on a popped block of any length, by the rule for the remainder."""
        n, rest = popped.tokens, popped.tokens % self.compression.rate
        whole = n - rest
        if self.remainder == "pad" and rest:
            zeros = self.compression.rate - rest
            keys, values = (torch.nn.functional.pad(rows, (0, 0, 0, zeros)) for rows in (popped.keys, popped.values))
            if usage is not None:  # padding must not be chosen for being newest
                usage = torch.nn.functional.pad(usage, (0, zeros), value=-torch.inf)
            return _columns(self.compression.compress(KV.trusted(keys, values), usage, tracked), 0, n)
        ahead = None if usage is None else usage[..., :whole]
        done = _columns(self.compression.compress(popped[:whole], ahead, tracked), 0, n)
        if self.remainder != "partial" or not rest:
            return done
        behind = None if usage is None else usage[..., whole:]
        last = _columns(self.compression.compress_rest(popped[whole:], behind, tracked), whole, n)
        pairs = KV.cat([done.pairs, last.pairs])
        if not tracked:
            return Compressed(pairs.keys, pairs.values)
        shares = ((done.key_shares, last.key_shares), (done.value_shares, last.value_shares))
        rows = (torch.cat([a, b], dim=-2) for a, b in shares if a is not None and b is not None)
        return Compressed(pairs.keys, pairs.values, *rows)

    def _events(
        self,
        border: int,
        popped: range,
        sources: tuple[tuple[int, ...], ...],
        oldest: int,
        made: int,
        drop: int,
    ) -> list[Event]:
        """Push, pop, one compression per new slot, pairs that went nowhere, dropped slots.

        Args:
            border: number of the segment that is full, from 1.
            popped: positions that left Mem.
            sources: of every compressed slot, old and new, before dropping.
            oldest: number of the first of them among all slots ever made.
            made: slots made before this border.
            drop: how many of them, from the oldest, are dropped.
        """
        token = border * self.segment_length - 1
        entered = tuple(range(token + 1 - self.segment_length, token + 1))
        events = [Event(EventKind.PUSH, token, entered, entered, entered)]
        if popped:
            events.append(Event(EventKind.POP, token, tuple(popped), (), tuple(popped)))
        represented: set[int] = set()
        for j, own in enumerate(sources[made - oldest :], start=made):
            events.append(Event(EventKind.COMPRESS, token, own, (-(j + 1),), own))
            represented.update(own)
        events += [Event(EventKind.DROP, token, (at,), (), (at,)) for at in popped if at not in represented]
        for j, own in enumerate(sources[:drop]):
            # heads may have chosen a pair for different slots: it lives on while a later slot carries it
            carried = set().union(*sources[j + 1 :])
            gone = tuple(at for at in own if at not in carried)
            events.append(Event(EventKind.DROP, token, (-(oldest + j + 1),), (), gone))
        return events

    def slots(self, state: CompressiveState, tracked: bool = True) -> Slots:
        """CMem, Mem, running segment."""
        held, running = state.held, state.seen % self.segment_length
        number, made = state.cmem.slots, state.cmem.made
        raw = held.tokens - number
        roles = (Role.COMPRESSED,) * number + (Role.RECENT,) * (raw - running) + (Role.CURRENT,) * running
        ids = (*range(number - made - 1, -made - 1, -1), *range(state.seen - raw, state.seen))
        key_shares = value_shares = None
        if tracked and state.tracked:
            own = one_hot(range(state.seen - raw, state.seen), state.seen, like=held.keys)
            key_shares, value_shares = (torch.cat([rows, own], dim=-2) for rows in self.made(state)[1:3])
        return Slots(held.keys, held.values, roles, ids, key_shares, value_shares, self.provenance)

    def made(self, state: CompressiveState) -> Made:
        """CMem."""
        return Made(state.cmem.ids, *state.cmem.shares(state.cmem.slots, state.seen))

    def made_among(self, state: CompressiveState, slots: Set[int]) -> Made:
        """What an update makes are the newest of CMem: the others, maybe many, are left alone."""
        newest = [slot for slot in state.cmem.ids if slot in slots]
        if tuple(newest) != state.cmem.ids[len(state.cmem.ids) - len(newest) :]:
            return super().made_among(state, slots)
        assert state.cmem.blocks  # only tracked states are asked
        first, keys, values = state.cmem.blocks[-1]
        if len(newest) == keys.shape[-2]:  # the last block, without a copy
            return Made(tuple(newest), keys, values, first)
        return Made(tuple(newest), *state.cmem.shares(len(newest), state.seen))

    def observe(self, weights: Tensor, previous: CompressiveState) -> CompressiveState:
        """Add up what each raw pair received, that of the reading tokens themselves included.

        Args:
            weights: (*lead, n, slots + n) of the n tokens that read next, usually one.
            previous: the state that was read.
        """
        if previous.usage is None:
            return previous
        received = weights.detach()[..., previous.cmem.slots :].sum(dim=-2)
        return replace(previous, usage=_lengthen(previous.usage, received.shape[-1]) + received)

    def attend(self, queries: Tensor, segment: KV, previous: CompressiveState) -> Attended:
        """One masked read per piece between two segment borders."""
        check_queries(queries, segment)
        if not segment.tokens:
            return Attended(segment.values, queries[..., 0], self.update(segment, previous))
        check_segment(segment, previous.held)
        pieces: list[Attended] = []
        state, at = previous, 0
        while at < segment.tokens:
            stop = min(segment.tokens, at + self.segment_length - state.seen % self.segment_length)
            slots = KV.cat([state.held, segment[at:stop]])
            reading = read_own(queries[..., at:stop, :], slots)
            update = self._joined(slots, self.observe(reading.weights, state))
            pieces.append(Attended(reading.output, reading.logsumexp, update))
            state, at = update.state, stop
        return Attended.cat(pieces)

    def slot_count(self, tokens: int) -> int:
        """What was seen and not popped, and min(slots made, n_cm)."""
        popped, made = self.schedule(tokens // self.segment_length)
        return tokens - popped + min(made, self.compressed_length)

    def peaks(self, tokens: int) -> Iterable[int]:
        """Around the last borders: as many as differ in how many pairs wait in Mem."""
        return around_borders(tokens, self.segment_length, self.compression.rate)

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """CMem, Mem and the running segment."""
        waiting = self.waiting.most
        rate, title = self.compression.rate, self.compression.title.lower()
        slots = f"n_cm = {counted(self.compressed_length, 'slot')}, {rate} → 1, {title}"
        pairs = f"n_m = {counted(self.memory_length, 'pair')}" + (f", {waiting} may wait" if waiting else "")
        return (
            Lane(Role.COMPRESSED, "CMem", slots, self.compressed_length),
            Lane(Role.RECENT, "Mem", pairs, self.memory_length + waiting),
            segment_lane(self.segment_length),
        )

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every pair of both memories and the running segment; one usage per raw pair if f_c asks for it."""
        usage = tokens - self.schedule(tokens // self.segment_length).popped if self.observes else 0
        return self.slot_count(tokens) * (d_k + d_v) + usage

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Compressing one pair once Mem overflows; most-used also adds one usage per raw pair and sorts."""
        usage = 0
        if self.observes:
            raw = tokens + 1 - self.schedule(tokens // self.segment_length).popped
            usage = raw + self.segment_length.bit_length()
        compressing = self.compressed_length > 0 and tokens >= self.memory_length
        return usage + (self.compression.flops(d_k, d_v) if compressing else 0)

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """Algorithm 1 with lists, one pair at a time."""
        return naive_compressive(
            keys,
            values,
            self.segment_length,
            self.memory_length,
            self.compressed_length,
            self.compression,
            self.remainder,
        )


@lru_cache(maxsize=8192)  # a trace asks several times per token
def _schedule(segments: int, n_s: int, n_m: int, rate: int, remainder: Remainder) -> Schedule:
    excess = max(0, segments * n_s - n_m)
    if remainder == "carry":
        return Schedule(excess // rate * rate, excess // rate)
    if not excess:
        return Schedule(0, 0)
    later, first = divmod(excess - 1, n_s)  # the first overflow is 1 .. n_s pairs, every later one n_s
    return Schedule(excess, _slots_from(first + 1, rate, remainder) + later * _slots_from(n_s, rate, remainder))


def _slots_from(popped: int, rate: int, remainder: Remainder) -> int:
    return popped // rate if remainder in ("carry", "drop") else -(-popped // rate)


def _append(
    cmem: CMem, new: Compressed, own: tuple[tuple[int, ...], ...], first: int, drop: int
) -> tuple[CMem, tuple[tuple[int, ...], ...]]:
    """CMem with the shares of new slots and without its oldest; and the sources of all, the dropped ones too."""
    assert cmem.blocks is not None and new.key_shares is not None and new.value_shares is not None
    blocks = [*cmem.blocks, Block(first, new.key_shares, new.value_shares)]
    sources, over = cmem.sources + own, drop
    while over and (rows := blocks[0].key_shares.shape[-2]) <= over and len(blocks) > 1:
        over -= rows
        del blocks[0]
    if over:
        first, keys, values = blocks[0]
        blocks[0] = Block(first, keys[..., over:, :], values[..., over:, :])
    return CMem(len(sources) - drop, cmem.made + len(own), tuple(blocks), sources[drop:]), sources


def _sources(new: Compressed, first: int) -> tuple[tuple[int, ...], ...]:
    """Positions with a part in each slot, in any batch entry or head; `first` is that of column 0."""
    assert new.key_shares is not None and new.value_shares is not None
    part = (new.key_shares > 0) | (new.value_shares > 0)
    part = part.flatten(0, -3).any(dim=0) if part.ndim > 2 else part
    return tuple(tuple(first + at for at, own in enumerate(row) if own) for row in part.tolist())


def _stopped(pairs: KV, pushed: int) -> KV:
    """The same pairs, without gradient through the first ones, which are often all."""
    return pairs.detach() if pushed == pairs.tokens else KV.cat([pairs[:pushed].detach(), pairs[pushed:]])


def _lengthen(usage: Tensor, pairs: int) -> Tensor:
    """Usage of as many pairs; nobody has read the new ones."""
    return torch.nn.functional.pad(usage, (0, pairs - usage.shape[-1]))


def _placed(shares: Tensor, first: int, sources: int) -> Tensor:
    """Their columns at `first` among `sources` columns."""
    return torch.nn.functional.pad(shares, (first, sources - first - shares.shape[-1]))


def _columns(done: Compressed, first: int, sources: int) -> Compressed:
    """Place the share columns at `first` among `sources` columns, cutting off those of padding."""
    if done.key_shares is None or done.value_shares is None or (first, sources) == (0, done.key_shares.shape[-1]):
        return done
    key_shares, value_shares = (_placed(shares, first, sources) for shares in (done.key_shares, done.value_shares))
    return done._replace(key_shares=key_shares, value_shares=value_shares)
