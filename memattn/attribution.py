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
MANY = 4  # slots that change with every token: then each is attributed by itself, by shares that are not copied

Ids = tuple[int, ...]
Whole = NDArray[np.intp]


class Attributed(NamedTuple):
    """Attention mapped onto sources.

    Args:
        rows: (heads, sources) per token, which end with the token itself: what fell on them, and none on those before.
        retained: (heads, tokens).
        total_variation: likewise.
    """

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
    piece = PIECE if made.count <= MANY * tokens else 1
    for start in range(0, tokens, piece):
        stop = min(tokens, start + piece)
        read = slice(starts[start], starts[stop])
        own, met, at, slot = weights[:, read], versions[read], row[read] - start, slots[read]
        raw, stems = slot >= 0, met >= 0
        parts = made.parts(met[stems]) if stems.any() else None
        first = min(int(slot[raw].min(initial=stop)), parts.start if parts else stop)  # on what is before none falls
        attribution = np.zeros((heads, stop - start, stop - first), dtype=weights.dtype)
        carried = np.zeros(attribution.shape, dtype=bool)
        attribution[:, at[raw], slot[raw] - first] = own[:, raw]
        carried[:, at[raw], slot[raw] - first] = True
        if parts:
            band = slice(parts.start - first, parts.start - first + parts.values.shape[-1])
            alpha = np.zeros((heads, stop - start, parts.values.shape[1]), weights.dtype)
            reads = np.zeros(alpha.shape[1:], np.float32)
            alpha[:, at[stems], parts.column], reads[at[stems], parts.column] = own[:, stems], 1
            attribution[..., band] += alpha @ parts.values
            carried[..., band] |= reads @ (parts.values > 0).astype(np.float32) > 0
        here, far = full[:, start:stop, first:stop], full[:, start:stop, :first]
        done.retained[:, start:stop] = np.where(carried, here, 0).sum(axis=-1)
        off = np.abs(attribution - here).sum(axis=-1)
        done.total_variation[:, start:stop] = (off + far.sum(axis=-1)) / 2
        attribution.setflags(write=False)
        done.rows.extend(attribution[:, row, : max(0, start + row + 1 - first)] for row in range(stop - start))
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

    def parts(self, versions: Whole) -> "_Parts":
        """The value shares of slots in some versions."""
        distinct, column = np.unique(versions, return_inverse=True)
        of = np.searchsorted(self.first, distinct, "right") - 1
        used, at = np.unique(of, return_index=True)
        blocks = [self.blocks[block] for block in used]
        if len(blocks) == 1 and len(distinct) == len(blocks[0].ids):
            return _Parts(blocks[0].values, blocks[0].first, column)
        first, stop = min(block.sources.start for block in blocks), max(block.sources.stop for block in blocks)
        dtype = np.result_type(*(block.values for block in blocks))
        values = np.zeros((self.heads, len(distinct), stop - first), dtype)
        for number, block, start, end in zip(used, blocks, at, [*at[1:], len(distinct)], strict=True):
            own = block.values
            if end - start < own.shape[1]:
                own = own[:, distinct[start:end] - self.first[number]]
            values[:, start:end, block.sources.start - first : block.sources.stop - first] = own
        return _Parts(values, first, column)


class _Parts(NamedTuple):
    """What some slots are made of.

    Args:
        values: (heads, versions, sources) shares in the values of all versions.
        start: the first of these sources; those behind it follow one another.
        column: which of the versions each slot stands in.
    """

    values: Floats
    start: int
    column: Whole
