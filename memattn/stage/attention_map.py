"""The attention map as the stage draws it: shares of attention per source position, one row of bytes per query.

A row is `Step.attribution`: it sums to 1, but for what falls on learned tokens, which stem from no position. Long runs
have fewer cells than tokens; the largest share in a cell is sent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from memattn.records import Floats, Step, Trace

MOST_CELLS = 256  # per side; a stage has hardly more pixels for them
LEVELS = 254  # above a row's zero; level 0 stands for a position that no slot carries any more
BAND = 64  # rows of cells that are filled at once, so that no array is tokens² in size
COARSE = 16  # levels that a long run rounds to: cells that many tokens share need no more, and deflate to less
NOTHING: Mapping[int, list[int]] = MappingProxyType({})


@dataclass(frozen=True)
class AttentionMap:
    """Lower triangle of (cells, cells), and what its levels mean.

    Args:
        size: cells per side; position p of n lies in cell p · size // n.
        largest: (size,) largest share of each row.
        levels: (size · (size + 1) / 2,) rows from the top; share = (level - 1) / LEVELS · largest, forgotten where 0.
    """

    size: int
    largest: NDArray[np.float32]
    levels: NDArray[np.uint8]


def attention_map(trace: Trace, head: int | None) -> AttentionMap:
    """Share out the attention of a run.

    Args:
        trace: the run.
        head: whose attention; None is the mean of all heads.
    """
    shares = (step.fell.mean(axis=0) if head is None else step.fell[head] for step in trace.steps)
    return _cells(shares, len(trace.steps), _beside(trace, head))


def influence_map(trace: Trace, head: int | None) -> AttentionMap | None:
    """Likewise what the only slot that a memory made is made of, after every step; None where it made several, or none.

    Args:
        trace: the run.
        head: whose value; None is the mean of all heads.
    """
    if len(trace.made) != 1:
        return None
    (slot,) = trace.made
    tokens, parts = len(trace.steps), {}
    for block in trace.blocks:
        own = block.values[:, block.ids.index(slot)]
        parts[block.step] = np.zeros(block.step + 1)
        parts[block.step][block.sources] = own.mean(axis=0) if head is None else own[head]

    def rows() -> Iterator[Floats]:
        held = np.zeros(0)
        for step in range(tokens):
            held = parts[step] if step in parts else np.append(held, 0)
            yield held

    return _cells(rows(), tokens)


def _cells(rows: Iterable[Floats], tokens: int, beside: Mapping[int, list[int]] = NOTHING) -> AttentionMap:
    """The largest share in every cell.

    Args:
        rows: of every token the shares of the last so many positions up to its own, 0 where there are none.
        tokens: rows there are.
        beside: positions in which a row has a part that is too small to be told from 0.
    """
    size = min(tokens, MOST_CELLS)
    starts = -(-np.arange(size + 1) * tokens // size)  # first position of every cell
    shares = np.full((size, size), -1.0, np.float32)
    coming = iter(rows)
    for first in range(0, size, BAND):
        last = min(size, first + BAND)
        begin, end = int(starts[first]), int(starts[last])
        band = np.zeros((last - first, end))  # in float64, in which no share is rounded to 0
        rows_of = np.repeat(np.arange(last - first), np.diff(starts[first : last + 1])).tolist()
        for at, token, own in zip(rows_of, range(begin, end), coming, strict=False):
            row = band[at, token + 1 - len(own) : token + 1]
            np.maximum(row, own, out=row)
        band[band == 0] = -1
        for token in beside.keys() & range(begin, end):
            row = band[rows_of[token - begin]]
            row[beside[token]] = np.maximum(row[beside[token]], 0)
        shares[first:last, :last] = np.maximum.reduceat(band, starts[:last], axis=1)
    largest = np.maximum(shares.max(axis=1), np.finfo(np.float32).tiny)
    unit = COARSE if size < tokens else 1
    rounded = np.minimum(LEVELS, unit * np.rint(LEVELS / unit * np.maximum(shares, 0) / largest[:, None]))
    levels = np.where(shares < 0, 0, 1 + rounded).astype(np.uint8)
    return AttentionMap(size, largest, levels[np.tril_indices(size)])


def _beside(trace: Trace, head: int | None) -> dict[int, list[int]]:
    """Positions that slots carry whose weight is too small to be told from 0, by the step that reads them."""
    found: dict[int, list[int]] = {}
    for step in trace.steps:
        weights = step.weights if head is None else step.weights[head]
        if weights.all():
            continue
        mean = weights.mean(axis=0) if head is None else weights
        slots = (step.ids[at] for at in np.flatnonzero(mean == 0).tolist())
        shares = step.attribution.mean(axis=0) if head is None else step.attribution[head]
        parts = {source for slot in slots for source in _sources(trace, step, slot, head)}
        found[step.index] = [source for source in parts if shares[source] == 0]
    return found


def _sources(trace: Trace, step: Step, slot: int, head: int | None) -> tuple[int, ...]:
    try:
        shares = trace.shares_read(slot, step.index)
    except KeyError:
        return ()  # a learned token
    values = shares.values.mean(axis=0) if head is None else shares.values[head]
    return tuple(source for source, share in zip(shares.sources, values, strict=True) if share > 0)
