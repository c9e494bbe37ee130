"""What memories have in common whose slots are means over ranges of the text that follow one another.

    Mem_r = sum over the parts of range r of (tokens of the part / tokens of the range) · (key, value of the part)

A part is what a mean is made from: a raw pair, or the mean of a shorter range. Ranges, like parts, are written as
their bounds: the first position of each, ascending, and the end of the last. They follow from the number of tokens
alone, so the shares are exact, and what a whole segment reads is one table of shares between two products.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import Reading, scores, softmax, weighed
from memattn.kv import KV, Slots
from memattn.memory.base import Attended, Made, State, Update, check_queries
from memattn.memory.growing import GrowingMemory
from memattn.records import Event, Role

PIECE = 64  # tokens read at once: the tables of shares hold PIECE times the slots

Bounds = tuple[int, ...]
Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class RangeState(State):
    """The slots, oldest first.

    Args:
        parts: what the means are made from, in time order.
        bounds: of the ranges.
        ids: names of the slots.
    """

    parts: KV
    bounds: Bounds
    ids: tuple[int, ...]


R = TypeVar("R", bound=RangeState)


@dataclass(frozen=True)
class RangeMemory(GrowingMemory[R]):
    """A memory that covers the whole text by means of ranges."""

    @abstractmethod
    def following(self, bounds: Bounds) -> Bounds:
        """Bounds of the ranges one token later."""

    @abstractmethod
    def part_bounds(self, state: R) -> Bounds | Positions:
        """Bounds of what the means are made from."""

    def bounds(self, tokens: int) -> Iterator[Bounds]:
        """Bounds of the ranges after 1, 2 .. `tokens` tokens: all there is to know for computing many steps at once."""
        bounds: Bounds = (0,)
        for _ in range(tokens):
            bounds = self.following(bounds)
            yield bounds

    def ranges(self, tokens: int) -> tuple[range, ...]:
        """What the slots stand for after `tokens` tokens, oldest first."""
        bounds: Bounds = (0,)
        for _ in range(tokens):
            bounds = self.following(bounds)
        return tuple(range(*ends) for ends in pairwise(bounds))

    def slots(self, state: R, tracked: bool = True) -> Slots:
        """The means; a slot that holds one raw pair is that pair."""
        memory = means(state.parts, self.part_bounds(state), state.bounds)
        shares = None
        if tracked and state.tracked:
            shares = self.made(state).key_shares
        return Slots(memory.keys, memory.values, (Role.GLOBAL,) * len(state.ids), state.ids, shares, shares)

    def made(self, state: R) -> Made:
        """All of them: one share for each pair of a range."""
        table = share_table(state.bounds, np.arange(state.seen + 1), state.parts.keys)
        shares = table.expand(*state.parts.lead, -1, -1)
        return Made(state.ids, shares, shares)

    def attend(self, queries: Tensor, segment: KV, previous: R) -> Attended:
        """All queries of a piece in one read of the parts."""
        check_queries(queries, segment)
        outputs, logsumexps, state = [segment.values[..., :0, :]], [queries[..., :0, 0]], previous
        events: list[Event] = []
        for start in range(0, segment.tokens, PIECE):
            piece = segment[start : start + PIECE]
            ranges, bounds = [], state.bounds
            for _ in range(piece.tokens):
                bounds = self.following(bounds)
                ranges.append(bounds)
            parts = KV.cat([state.parts, piece])
            part_bounds = np.append(self.part_bounds(state), np.arange(state.seen, state.seen + piece.tokens) + 1)
            reading = read_ranges(queries[..., start : start + PIECE, :], parts, part_bounds, ranges)
            outputs.append(reading.output)
            logsumexps.append(reading.logsumexp)
            step = self.update(piece, state)
            events += step.events
            state = step.state
        return Attended(torch.cat(outputs, dim=-2), torch.cat(logsumexps, dim=-1), Update(state, tuple(events)))


def share_table(ranges: Sequence[int] | Sequence[Bounds], parts: Sequence[int] | Positions, like: Tensor) -> Tensor:
    """Share of every part in the mean of every range; made by NumPy, which is quicker at little tables.

    Args:
        ranges: bounds, once or once per query; a range may be empty and then has no shares.
        parts: bounds; no part lies across a bound of a range.
        like: gives dtype and device.

    Returns:
        (ranges, parts) or (queries, ranges, parts); the rows sum to one.
    """
    of_ranges, of_parts = np.asarray(ranges), np.asarray(parts)
    begin, sizes = of_parts[:-1], of_parts[1:] - of_parts[:-1]
    lengths = of_ranges[..., 1:] - of_ranges[..., :-1]
    if of_ranges.ndim == 1:  # every part has one place
        owner = of_ranges.searchsorted(begin, side="right") - 1
        table = np.zeros((len(lengths) + 1, len(sizes)))  # one more for what lies behind the last range
        table[owner, np.arange(len(sizes))] = sizes
        table = table[:-1] / np.maximum(lengths, 1)[:, None]
    else:
        within = (begin >= of_ranges[..., :-1, None]) & (begin < of_ranges[..., 1:, None])
        table = within * sizes / np.maximum(lengths, 1)[..., None]
    return torch.from_numpy(table).to(like.dtype).to(like.device)  # not every device takes float64


def means(parts: KV, part_bounds: Sequence[int] | Positions, ranges: Bounds) -> KV:
    """The mean of every range."""
    if len(part_bounds) == len(ranges):  # every range is one part
        return parts
    table = share_table(ranges, part_bounds, parts.keys)
    return KV.trusted(table @ parts.keys, table @ parts.values)


def means_path(parts: KV, part_bounds: Sequence[int] | Positions, ranges: Sequence[Bounds]) -> list[KV]:
    """The means of several sets of ranges, one after the other."""
    table = share_table(_padded(ranges), part_bounds, parts.keys)
    paths = (
        (table.flatten(0, 1) @ rows).unflatten(-2, table.shape[:2]).unbind(-3) for rows in (parts.keys, parts.values)
    )
    return [KV.trusted(keys, values)[: len(bounds) - 1] for keys, values, bounds in zip(*paths, ranges, strict=True)]


def read_ranges(
    queries: Tensor, parts: KV, part_bounds: Sequence[int] | Positions, ranges: Sequence[Bounds]
) -> Reading:
    """Let every query read the means of its own ranges, without making them: all but the softmax is linear.

    Args:
        queries: (*lead, queries, d_k).
        parts: what the means are made from; those behind a query's last range are not read by it.
        part_bounds: of the parts.
        ranges: bounds for every query.

    Returns:
        The reading; its weights are those on the parts, (*lead, queries, parts).
    """
    dots = scores(queries, Slots(parts.keys, parts.values, (), ()))
    table = share_table(_padded(ranges), part_bounds, dots)
    weights, logsumexp = softmax(torch.einsum("...qp,qrp->...qr", dots, table), (table != 0).any(dim=-1))
    return weighed(torch.einsum("...qr,qrp->...qp", weights, table), parts.values, logsumexp)


def _padded(ranges: Sequence[Bounds]) -> list[Bounds]:
    """As many for each, the last ones empty."""
    most = max(map(len, ranges))
    return [(*bounds, *bounds[-1:] * (most - len(bounds))) for bounds in ranges]
