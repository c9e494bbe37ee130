"""The attention map as the stage draws it: shares of attention per source position, one row of bytes per query.

A row is `Step.attribution`: it sums to 1, but for what falls on learned tokens, which stem from no position. Long runs
have fewer cells than tokens; the largest share in a cell is sent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memattn.records import Floats, Step, Trace

MOST_CELLS = 256  # per side; a stage has hardly more pixels for them
LEVELS = 254  # above a row's zero; level 0 stands for a position that no slot carries any more
COARSE = 16  # levels that a long run rounds to: cells that many tokens share need no more, and deflate to less


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
    return _cells((_carried(trace, step, head) for step in trace.steps), len(trace.steps))


def influence_map(trace: Trace, head: int | None) -> AttentionMap | None:
    """Likewise what the only slot that a memory made is made of, after every step; None where it made several, or none.

    Args:
        trace: the run.
        head: whose value; None is the mean of all heads.
    """
    if len(trace.made) != 1:
        return None
    (slot,) = trace.made
    parts = {
        block.step: block.values[:, block.ids.index(slot)].mean(axis=0)
        if head is None
        else block.values[head, block.ids.index(slot)]
        for block in trace.blocks
    }

    def rows() -> Iterator[Floats]:
        held = np.zeros(0, np.float32)
        for step in range(len(trace.steps)):
            held = parts[step] if step in parts else np.append(held, np.float32(0))
            yield np.where(held > 0, held, -1)

    return _cells(rows(), len(trace.steps))


def _cells(rows: Iterable[Floats], tokens: int) -> AttentionMap:
    """Row k has k + 1 shares, -1 where there is nothing to share in."""
    size = min(tokens, MOST_CELLS)
    starts = -(-np.arange(size) * tokens // size)  # first position of every cell
    shares = np.full((size, size), -1.0, np.float32)
    for index, own in enumerate(rows):
        row = index * size // tokens
        most = np.maximum.reduceat(own, starts[: row + 1])
        np.maximum(shares[row, : row + 1], most, out=shares[row, : row + 1])
    largest = np.maximum(shares.max(axis=1), np.finfo(np.float32).tiny)
    unit = COARSE if size < tokens else 1
    rounded = np.minimum(LEVELS, unit * np.rint(LEVELS / unit * np.maximum(shares, 0) / largest[:, None]))
    levels = np.where(shares < 0, 0, 1 + rounded).astype(np.uint8)
    return AttentionMap(size, largest, levels[np.tril_indices(size)])


def _carried(trace: Trace, step: Step, head: int | None) -> Floats:
    """(index + 1,) shares of attention, -1 where no slot carries the position."""
    shares = step.attribution.mean(axis=0) if head is None else step.attribution[head]
    weights = step.weights.mean(axis=0) if head is None else step.weights[head]
    carried = shares > 0
    for at in np.flatnonzero(weights == 0).tolist():  # a weight too small to be told from 0
        carried[list(_sources(trace, step, step.ids[at], head))] = True
    return np.where(carried, shares, -1)


def _sources(trace: Trace, step: Step, slot: int, head: int | None) -> tuple[int, ...]:
    try:
        shares = trace.shares_read(slot, step.index)
    except KeyError:
        return ()  # a learned token
    values = shares.values.mean(axis=0) if head is None else shares.values[head]
    return tuple(source for source, share in zip(shares.sources, values, strict=True) if share > 0)
