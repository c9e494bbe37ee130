"""Segment recurrence: a FIFO of the last m whole segments; m = 1 is the two-segment memory of Transformer-XL.

    Mem = FIFO(S_kv, Mem_pre) = last m segments of [Mem_pre ; SG(S_kv)]
    a query at i in segment n reads [Mem_(n-1) ; its own segment up to i]

Source: Dai et al., Transformer-XL, 2019, §3.2 (arXiv:1901.02860); course ch. 2, "two-segment memory", "FIFO
update".
Boundary: Mem changes only when a segment of n_s tokens is complete. A query at offset r of its segment reads
Mem and the r + 1 pairs of its own segment, so its reach is m·n_s + r. An unfinished last segment is never
pushed.
SG stops the gradient where pairs enter Mem; within the running segment it flows.
Cost per head: state (d_k + d_v)(m·n_s + n_s - 1) floats at most, no arithmetic to update, and to read 2 (d_k
+ d_v)(m·n_s + (n_s + 1)/2) FLOPs on average. Unlike the paper this stores keys and values, not hidden states.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import read_own
from memattn.kv import KV, Slots, one_hot
from memattn.memory.base import Attended, Memory, Naive, State, Stretch, Update, check_queries, check_segment, dial
from memattn.records import Event, EventKind, Lane, Role, counted


@dataclass(frozen=True, eq=False)
class SegmentsState(State):
    """Mem, whole segments oldest first, and the pairs of the running segment."""

    memory: KV
    current: KV


@dataclass(frozen=True)
class Segments(Memory[SegmentsState]):
    """Keep the last `segments` whole segments of `segment_length` tokens, and the running one."""

    segment_length: int = dial(  # tokens, n_s
        5, 1, 128, "n_s", "tokens", "Tokens that enter the memory together.", name="Segment", start=8
    )
    segments: int = dial(  # whole segments kept, m
        2, 0, 32, "m", "segments", "Whole segments kept beside the running one.", name="Kept", start=4
    )
    stop_gradient: bool = True  # no gradient from a query into earlier segments

    title = "Segment FIFO"
    source = "Transformer-XL, §3.2 (arXiv:1901.02860); course ch. 2"
    formula = r"\mathrm{Mem} = \mathrm{FIFO}(S_{kv}, \mathrm{Mem}_{pre}),\quad |\mathrm{Mem}| \le m \cdot n_s"
    reads = "before"
    evicts = True

    def __post_init__(self) -> None:
        if self.segment_length < 1:
            raise ValueError(f"segment_length n_s must be ≥ 1 token, got {self.segment_length}")
        if self.segments < 0:
            raise ValueError(f"segments m must be ≥ 0, got {self.segments}")

    def empty(self, like: KV, tracked: bool = True) -> SegmentsState:
        """No segments."""
        return SegmentsState(0, tracked, like[:0], like[:0])

    def update(self, segment: KV, previous: SegmentsState) -> Update:
        """Collect pairs; push each segment that becomes whole, drop the oldest beyond m."""
        check_segment(segment, previous.current)
        return self._joined(KV.cat([previous.current, segment]), previous)

    def stretches(self, segment: KV, previous: SegmentsState) -> Iterator[Stretch]:
        """From border to border."""
        check_segment(segment, previous.current)
        start = 0
        while start < segment.tokens:
            stop = min(segment.tokens, start + self.segment_length - previous.current.tokens)
            update = self._joined(KV.cat([previous.current, segment[start:stop]]), previous)
            yield Stretch(stop - start, update)
            previous, start = update.state, stop

    def _joined(self, running: KV, previous: SegmentsState) -> Update:
        """The update by what `running` holds beyond the running segment of `previous`."""
        seen = previous.seen + running.tokens - previous.current.tokens
        whole = running.tokens - running.tokens % self.segment_length
        if not whole:
            return Update(SegmentsState(seen, previous.tracked, previous.memory, running), (), previous.memory[:0])
        done = running[:whole].detach() if self.stop_gradient else running[:whole]
        memory = KV.cat([previous.memory, done])
        excess = max(0, memory.tokens - self.segments * self.segment_length)
        events = self._events(previous.seen, seen) if previous.tracked else ()
        return Update(SegmentsState(seen, previous.tracked, memory[excess:], running[whole:]), events, memory[:excess])

    def _events(self, start: int, stop: int) -> tuple[Event, ...]:
        events, length = [], self.segment_length
        for end in range((start // length + 1) * length, stop + 1, length):
            new = tuple(range(end - length, end))
            events.append(Event(EventKind.PUSH, end - 1, new, new, new))
            if (first := end - (self.segments + 1) * length) >= 0:
                old = tuple(range(first, first + length))
                events.append(Event(EventKind.DROP, end - 1, old, (), old))
        return tuple(events)

    def slots(self, state: SegmentsState, tracked: bool = True) -> Slots:
        """Mem, then the running segment."""
        pairs, current = KV.cat([state.memory, state.current]), state.current.tokens
        ids = range(state.seen - pairs.tokens, state.seen)
        shares = one_hot(ids, state.seen, like=pairs.keys) if tracked and state.tracked else None
        role = (Role.RECENT,) * state.memory.tokens + (Role.CURRENT,) * current
        return Slots(pairs.keys, pairs.values, role, tuple(ids), shares, shares)

    def attend(self, queries: Tensor, segment: KV, previous: SegmentsState) -> Attended:
        """One masked read per piece between two borders of segments, where Mem stands still."""
        check_queries(queries, segment)
        check_segment(segment, previous.current)
        pieces: list[Attended] = []
        state, start = previous, 0
        while start < segment.tokens or not pieces:
            stop = min(segment.tokens, start + self.segment_length - state.current.tokens)
            pairs = KV.cat([state.memory, state.current, segment[start:stop]])
            reading = read_own(queries[..., start:stop, :], pairs)
            update = self._joined(pairs[state.memory.tokens :], state)
            pieces.append(Attended(reading.output, reading.logsumexp, update))
            state, start = update.state, stop
        return Attended.cat(pieces)

    def slot_count(self, tokens: int) -> int:
        """Whole segments, at most m, and the running one."""
        whole, running = divmod(tokens, self.segment_length)
        return min(whole, self.segments) * self.segment_length + running

    def peaks(self, tokens: int) -> Iterable[int]:
        """Around the last border."""
        return around_borders(tokens, self.segment_length)

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """Mem and the running segment."""
        note = f"{counted(self.segments, 'segment')} of {counted(self.segment_length, 'pair')}"
        mem = Lane(Role.RECENT, "Mem", note, self.segments * self.segment_length)
        return replace(mem, together=self.segment_length), replace(
            segment_lane(self.segment_length), together=self.segment_length
        )

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every pair held."""
        return self.slot_count(tokens) * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Copying only."""
        return 0

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """From the start of the m-th segment before the token's own up to the token."""
        for i in range(len(keys)):
            own = i // self.segment_length
            first = max(0, own - self.segments) * self.segment_length
            yield Naive(keys[first : i + 1], values[first : i + 1])


def segment_lane(length: int) -> Lane:
    """The band of a running segment of that many pairs."""
    return Lane(Role.CURRENT, "Segment" if length < 10 else "Seg.", f"n_s = {counted(length, 'pair')}", length)


def around_borders(tokens: int, segment_length: int, borders: int = 1) -> set[int]:
    """The length of a text, the last so many borders of segments in it, and one token before each.

    Most is stored before a border; and most is read by the query that comes with it, which reads its own pair as well.
    """
    whole = tokens // segment_length
    at = [segment_length * border for border in range(max(1, whole - borders + 1), whole + 1)]
    return {tokens, *at, *(border - 1 for border in at)}
