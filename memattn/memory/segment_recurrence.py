"""Recurrence over segments: a learned function folds one whole segment after the other into a summary pair.

    Mem_n = f(S_kv, Mem_(n-1)),   a query at i in segment n reads [Mem_(n-1) ; its own segment up to i]

f goes through the n_s pairs of a segment in their order with the cell of `recurrent`, but nobody reads in between.
So after every whole segment Mem is what the recurrence by tokens has at that token, and until the next it stands still.

Source: course ch. 2, "general recurrent formula" with S_kv a segment of n_s pairs; cf. Recurrent Memory Transformer,
§3 (arXiv:2207.06881), where a transformer is the f.
Boundary: before the first whole segment there is no Mem to read. An unfinished last segment never enters it.
Provenance is that of `recurrent`: a sensitivity for Mem; the pairs of the running segment are their own.
Cost per head, D = d_k + d_v: state D (n_s - 1) floats beside Mem at most, the FLOPs of the cell per token to update,
and to read 2 D (1 + (n_s + 1)/2) FLOPs on average.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import read_own
from memattn.kv import KV, Provenance, Slots, one_hot, widen
from memattn.memory.base import (
    Attended,
    Made,
    Memory,
    Naive,
    State,
    Update,
    check_queries,
    check_segment,
    dial,
    part,
)
from memattn.memory.recurrent import Recurrent
from memattn.memory.segments import around_borders, segment_lane
from memattn.records import Event, Lane, Role


@dataclass(frozen=True, eq=False)
class SegmentRecurrenceState(State):
    """Mem, which knows of whole segments alone, and the pairs of the running segment."""

    memory: Any
    current: KV


@dataclass(frozen=True)
class SegmentRecurrence(Memory[SegmentRecurrenceState]):
    """Read one pair that a learned function updates with every whole segment, and the running segment."""

    segment_length: int = dial(  # tokens, n_s
        5, 1, 128, "n_s", "tokens", "Tokens that f takes in together.", name="Segment", start=8
    )
    f: Memory[Any] = part("recurrent", {"recurrent": Recurrent}, "The learned function that takes a segment in.")

    title = "Recurrence over segments"
    source = "course ch. 2, recurrent formula; Recurrent Memory Transformer, §3 (arXiv:2207.06881)"
    formula = r"\mathrm{Mem}_n = f\big(S_{kv},\, \mathrm{Mem}_{n-1}\big)"
    provenance = Provenance.SENSITIVITY
    reads = "before"
    roles = (Role.SUMMARY, Role.CURRENT)

    def __post_init__(self) -> None:
        if self.segment_length < 1:
            raise ValueError(f"segment_length n_s must be ≥ 1 token, got {self.segment_length}")

    def empty(self, like: KV, tracked: bool = True) -> SegmentRecurrenceState:
        """Mem = 0, and no segment."""
        return SegmentRecurrenceState(0, tracked, self.f.empty(like, tracked), like[:0])

    def update(self, segment: KV, previous: SegmentRecurrenceState) -> Update:
        """Collect pairs; fold each segment that becomes whole into Mem."""
        check_segment(segment, previous.current)
        running, memory, events = KV.cat([previous.current, segment]), previous.memory, list[Event]()
        while running.tokens >= self.segment_length:
            step = self.f.update(running[: self.segment_length], memory)
            running, memory = running[self.segment_length :], step.state
            events += (replace(event, token=memory.seen - 1) for event in step.events)
        seen = previous.seen + segment.tokens
        return Update(SegmentRecurrenceState(seen, previous.tracked, memory, running), tuple(events))

    def slots(self, state: SegmentRecurrenceState, tracked: bool = True) -> Slots:
        """Mem, then the running segment."""
        mem, current = self.f.slots(state.memory, tracked), state.current
        own, key_shares, value_shares = range(state.memory.seen, state.seen), mem.key_shares, mem.value_shares
        if key_shares is not None and value_shares is not None:
            raw = one_hot(own, state.seen, like=current.keys)
            key_shares, value_shares = (
                torch.cat([widen(shares, state.seen), raw], dim=-2) for shares in (key_shares, value_shares)
            )
        pairs = KV.cat([KV.trusted(mem.keys, mem.values), current])
        roles = mem.role + (Role.CURRENT,) * len(own)
        return Slots(pairs.keys, pairs.values, roles, mem.ids + tuple(own), key_shares, value_shares, self.provenance)

    def made(self, state: SegmentRecurrenceState) -> Made:
        """Mem."""
        return self.f.made(state.memory)

    def attend(self, queries: Tensor, segment: KV, previous: SegmentRecurrenceState) -> Attended:
        """One masked read per piece between two borders of segments, where Mem stands still."""
        check_queries(queries, segment)
        check_segment(segment, previous.current)
        pieces: list[Attended] = []
        state, start = previous, 0
        while start < segment.tokens or not pieces:
            stop = min(segment.tokens, start + self.segment_length - state.current.tokens)
            held, piece = self.slots(state, tracked=False), segment[start:stop]
            reading = read_own(queries[..., start:stop, :], KV.cat([KV.trusted(held.keys, held.values), piece]))
            update = self.update(piece, state)
            pieces.append(Attended(reading.output, reading.logsumexp, update))
            state, start = update.state, stop
        return Attended.cat(pieces)

    def slot_count(self, tokens: int) -> int:
        """Mem as soon as a segment is whole, and the running one."""
        whole, running = divmod(tokens, self.segment_length)
        return min(whole, 1) + running

    def peaks(self, tokens: int) -> Iterable[int]:
        """Around the last border."""
        return around_borders(tokens, self.segment_length)

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """Mem and the running segment."""
        mem = Lane(Role.SUMMARY, "Mem", "1 pair", 1)
        return mem, replace(segment_lane(self.segment_length), together=self.segment_length)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Mem, and every pair of the running segment."""
        return self.f.state_floats(tokens, d_k, d_v) + tokens % self.segment_length * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Those of f, which goes through every pair."""
        return self.f.update_flops(tokens, d_k, d_v)

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """What the recurrence by tokens has at the last border, and the pairs behind it."""
        by_token = list(self.f.reference(keys, values))
        for i in range(len(keys)):
            border = i - i % self.segment_length
            own = Naive(keys[border : i + 1], values[border : i + 1])
            if border:
                mem = by_token[border - 1]
                own = Naive(np.concatenate([mem.keys, own.keys]), np.concatenate([mem.values, own.values]))
            yield own
