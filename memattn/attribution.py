"""Attention by source: what falls on a slot is shared out among the positions that the slot was made of.

    A[i, :] = α(i, slots) @ P,   TV_i = ½ Σ |A - α_full|,   retained mass ρ_i = Σ α_full over what some slot carries

For linear memories A @ V is the output itself; for others the shares apportion, or are sensitivities.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memattn.records import Floats, ShareBlock

PIECE = 64  # tokens attributed at once: wide enough to be quick, narrow enough that no array is tokens² in size
VERSIONS = 256  # of made slots that are met in a piece, about: where many change with every token it is shorter

Ids = tuple[int, ...]
Whole = NDArray[np.intp]


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
    counts = [len(slots) for slots in ids]
    slots = np.fromiter(chain.from_iterable(ids), dtype=np.intp, count=sum(counts))
    row, starts = np.repeat(np.arange(tokens), counts), np.cumsum([0, *counts])
    made = _Made(heads, blocks)
    versions = made.versions(slots, row if after else row - 1)
    done = Attributed([], np.empty((heads, tokens), full.dtype), np.empty((heads, tokens), full.dtype))
    piece = min(PIECE, max(1, VERSIONS * tokens // max(1, made.count)))
    for start in range(0, tokens, piece):
        stop = min(tokens, start + piece)
        read = slice(starts[start], starts[stop])
        own, met, at, slot = weights[:, read], versions[read], row[read] - start, slots[read]
        attribution = np.zeros((heads, stop - start, stop), dtype=weights.dtype)
        carried = np.zeros(attribution.shape, dtype=bool)
        raw, stems = slot >= 0, met >= 0
        attribution[:, at[raw], slot[raw]] = own[:, raw]
        carried[:, at[raw], slot[raw]] = True
        first = made.add(own[:, stems], at[stems], met[stems], attribution, carried) if stems.any() else stop
        first = min(first, slot[raw].min(initial=stop))  # source that any row reads: what is before has no part in it
        here, far = full[:, start:stop, first:stop], full[:, start:stop, :first]
        done.retained[:, start:stop] = np.where(carried[..., first:], here, 0).sum(axis=-1)
        off = np.abs(attribution[..., first:] - here).sum(axis=-1)
        done.total_variation[:, start:stop] = (off + far.sum(axis=-1)) / 2
        attribution.setflags(write=False)
        done.rows.extend(attribution[:, row, : start + row + 1] for row in range(stop - start))
    return done


class _Made:
    """All that made slots ever were: a version is a slot from a step at which it changed to the next one."""

    def __init__(self, heads: int, blocks: Sequence[ShareBlock]) -> None:
        """Number the versions, those of one block in a row.

        Args:
            heads: of the run.
            blocks: shares of made slots whenever some changed, in order.
        """
        self.heads, self.blocks = heads, blocks
        rows = [len(block.ids) for block in blocks]
        self.count = sum(rows)
        self.first = np.cumsum([0, *rows])  # version of every block's first slot
        slots = np.fromiter(chain.from_iterable(block.ids for block in blocks), np.intp, self.count)
        steps = np.repeat(np.array([block.step for block in blocks], dtype=np.intp), rows)
        self.order = np.lexsort((steps, slots))
        self.slots, self.steps = slots[self.order], steps[self.order]

    def versions(self, slots: Whole, steps: Whole) -> Whole:
        """The versions in which slots stand after some steps; -1 for a raw pair, and for what stems from no source.

        Args:
            slots: identities.
            steps: as many, -1 before the first.
        """
        if not self.count:
            return np.full(len(slots), -1)
        span = int(self.steps.max()) + 2
        found = np.searchsorted(self.slots * span + self.steps, slots * span + np.minimum(steps, span - 1), "right") - 1
        known = (found >= 0) & (self.slots[found] == slots)
        return np.where(known, self.order[found], -1)

    def add(
        self, weights: Floats, rows: Whole, versions: Whole, attribution: Floats, carried: NDArray[np.bool_]
    ) -> int:
        """Add what falls on made slots to the attribution of the rows, and mark the sources that the slots carry.

        Args:
            weights: (heads, slots) of some rows side by side.
            rows: by which a slot is read.
            versions: in which it is read.
            attribution: (heads, rows, sources), changed.
            carried: likewise.

        Returns:
            The first source with a part in any of these slots.
        """
        distinct, column = np.unique(versions, return_inverse=True)
        values, first = self._values(distinct)
        read = np.zeros((attribution.shape[1], len(distinct)), np.float32)
        alpha = np.zeros((self.heads, *read.shape), weights.dtype)
        read[rows, column], alpha[:, rows, column] = 1, weights
        band = slice(first, first + values.shape[-1])
        attribution[..., band] += alpha @ values
        carried[..., band] |= read @ (values > 0).astype(np.float32) > 0
        return first

    def _values(self, versions: Whole) -> tuple[Floats, int]:
        """Value shares of some versions, (heads, versions, sources), and the first source; no other has any."""
        of = np.searchsorted(self.first, versions, "right") - 1
        used, at = np.unique(of, return_index=True)
        parts = [self.blocks[block] for block in used]
        first, stop = min(part.sources.start for part in parts), max(part.sources.stop for part in parts)
        values = np.zeros((self.heads, len(versions), stop - first), np.result_type(*(part.values for part in parts)))
        for block, part, start, end in zip(used, parts, at, [*at[1:], len(versions)], strict=True):
            own = part.values
            if end - start < own.shape[1]:
                own = own[:, versions[start:end] - self.first[block]]
            values[:, start:end, part.sources.start - first : part.sources.stop - first] = own
        return values, first
