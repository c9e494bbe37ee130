"""Attention by source: what falls on a slot is shared out among the positions that the slot was made of.

    A[i, :] = α(i, slots) @ P,   TV_i = ½ Σ |A - α_full|,   retained mass ρ_i = Σ α_full over what some slot carries

For linear memories A @ V is the output itself; for others the shares apportion, or are sensitivities.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memattn.records import Floats, ShareBlock

PIECE = 64  # tokens attributed at once: wide enough to be quick, narrow enough that no array is tokens² in size

Ids = tuple[int, ...]


class Attributed(NamedTuple):
    """Attention mapped onto sources: a row (heads, index + 1) per token, and what follows, each (heads, tokens)."""

    rows: list[Floats]
    retained: Floats
    total_variation: Floats


def attribute(
    ids: Sequence[Ids], weights: Floats, full: Floats, blocks: Sequence[ShareBlock], after: bool
) -> Attributed:
    """Map attention over slots onto the sources that the slots stem from, a piece of the stream at a time.

    Args:
        ids: slots read at every step.
        weights: (heads, slots of all steps side by side).
        full: (heads, tokens, tokens) weights of full attention.
        blocks: shares of made slots whenever some changed.
        after: whether a step reads what its own update left, rather than what it found.
    """
    heads, tokens = full.shape[:2]
    made = _Made(heads, blocks)
    done = Attributed([], np.empty((heads, tokens), full.dtype), np.empty((heads, tokens), full.dtype))
    at = 0
    for start in range(0, tokens, PIECE):
        stop = min(tokens, start + PIECE)
        counts = [len(slots) for slots in ids[start:stop]]
        slots = np.fromiter(chain.from_iterable(ids[start:stop]), dtype=np.intp, count=sum(counts))
        own = weights[:, at : at + len(slots)]
        at += len(slots)
        attribution = np.zeros((heads, stop - start, stop), dtype=weights.dtype)
        carried = np.zeros(attribution.shape, dtype=bool)
        raw, row = slots >= 0, np.repeat(np.arange(stop - start), counts)
        attribution[:, row[raw], slots[raw]] = own[:, raw]
        carried[:, row[raw], slots[raw]] = True
        own_made, column = own[:, ~raw], 0
        for rows, wide in made.alike(ids[start:stop], start if after else start - 1):
            together = own_made[:, column : column + wide].reshape(heads, rows.stop - rows.start, -1)
            made.add(together, attribution[:, rows], carried[:, rows])
            column += wide
        here = full[:, start:stop, :stop]
        done.retained[:, start:stop] = (here * carried).sum(axis=-1)
        done.total_variation[:, start:stop] = np.abs(attribution - here).sum(axis=-1) / 2
        attribution.setflags(write=False)
        done.rows.extend(attribution[:, row, : start + row + 1] for row in range(stop - start))
    return done


class _Made:
    """The value shares of the made slots as they stand at the step being written, for attributing attention."""

    def __init__(self, heads: int, blocks: Sequence[ShareBlock]) -> None:
        self.heads = heads
        self.coming = deque(blocks)
        self.rows: dict[int, tuple[ShareBlock, int]] = {}
        self.ids: Ids | None = None  # of the slots whose shares stand in `values`
        self.values: Floats = np.zeros((heads, 0, 0))
        self.carries: NDArray[np.bool_] = np.zeros((heads, 0), dtype=bool)

    def alike(self, ids: Sequence[Ids], step: int) -> Iterator[tuple[slice, int]]:
        """Runs of rows that read the same made slots with the same shares, and how many weights fall on these.

        As long as a run is handed out its shares stand here. Rows that read no made slot are left out.

        Args:
            ids: slots read, per row.
            step: whose update the first row reads, the next row the next one's.
        """
        wanted = [tuple(slot for slot in row if slot < 0) for row in ids]
        stop = 0
        while (first := stop) < len(wanted):
            self._advance(step + first)
            stop = first + 1
            while stop < len(wanted) and wanted[stop] == wanted[first] and not self._changes_by(step + stop):
                stop += 1
            if own := wanted[first]:
                if own != self.ids:
                    self._set(own, self._stack(own))
                yield slice(first, stop), (stop - first) * len(own)

    def add(self, weights: Floats, attribution: Floats, carried: NDArray[np.bool_]) -> None:
        """Add weights (heads, rows, made slots) to the rows' attribution, and mark the sources that the slots carry."""
        width = self.values.shape[-1]
        attribution[..., :width] += weights @ self.values
        carried[..., :width] |= self.carries[:, None]

    def _changes_by(self, step: int) -> bool:
        return bool(self.coming) and self.coming[0].step <= step

    def _advance(self, step: int) -> None:
        while self._changes_by(step):
            block = self.coming.popleft()
            self.rows |= {slot: (block, row) for row, slot in enumerate(block.ids)}
            self._set(block.ids, block.values)

    def _set(self, ids: Ids, values: Floats) -> None:
        carries: NDArray[np.bool_] = np.logical_or.reduce(values > 0, axis=1)
        self.ids, self.values, self.carries = ids, values, carries

    def _stack(self, ids: Ids) -> Floats:
        found = [self.rows.get(slot) for slot in ids]  # a learned global token stems from no source: zeros
        width = max((block.values.shape[-1] for block, _ in filter(None, found)), default=0)
        dtype = next((block.values.dtype for block, _ in filter(None, found)), np.dtype(np.float32))
        values = np.zeros((self.heads, len(ids), width), dtype=dtype)
        for at, entry in enumerate(found):
            if entry is not None:
                block, row = entry
                values[:, at, : block.values.shape[-1]] = block.values[:, row]
        return values
