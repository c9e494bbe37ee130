"""How two runs over the same words differ, token by token: what can be read, in which form, what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memattn.lessons.narration import span
from memattn.records import Floats, Trace

Mask = NDArray[np.bool_]
SIDES = ("A", "B")
ROUNDING = 1e-5  # of full attention's output, or of a pair; what is nearer is the same


@dataclass(frozen=True)
class Readable:
    """What the query of every token could read.

    Args:
        raw: (tokens, positions) as a pair of its own.
        slots: (tokens, positions) as a part of a slot that the memory made.
        alone: (tokens, positions) as all that is in such a slot, which is then the pair as it was: a bin of one.
        shares: (tokens, positions) in the values of all these slots together, mean of all heads.
    """

    raw: Mask
    slots: Mask
    alone: Mask
    shares: Floats

    @property
    def as_it_was(self) -> Mask:
        """As the pair that it was, under whatever name."""
        return self.raw | self.alone

    @property
    def any(self) -> Mask:
        """In whatever form."""
        return self.raw | self.slots


def readable(trace: Trace) -> Readable:
    """Of a whole run."""
    count = len(trace.steps)
    raw, slots, alone = np.zeros((3, count, count), bool)
    held = np.zeros((count, count))
    made = {slot: number for number, slot in enumerate(trace.made)}
    read = np.zeros((count, len(made)), bool)
    for step in trace.steps:
        ids = np.asarray(step.ids, int)
        raw[step.index, ids[ids >= 0]] = True
        read[step.index, [made[slot] for slot in ids[ids < 0].tolist() if slot in made]] = True
    changes = np.full(len(made), count)  # the first query that reads what a later block made of a slot
    for block in reversed(trace.blocks):
        own, start = [made[slot] for slot in block.ids], block.step + (not trace.reads_after)
        readers = np.arange(start, changes[own].max())
        here = read[start : start + len(readers), own] & (readers[:, None] < changes[own])
        one = (block.carries.sum(axis=-1) == 1) & (block.values.max(axis=-1) == 1).all(axis=0)
        alone[readers, block.sources] |= here[:, one] @ block.carries[one]
        slots[readers, block.sources] |= here @ block.carries
        held[readers, block.sources] += here @ block.values.mean(axis=0, dtype=float)
        changes[own] = start
    return Readable(raw, slots, alone, held)


@dataclass(frozen=True)
class Difference:
    """Two runs beside each other.

    Args:
        tokens: the words.
        alone: (2, tokens) positions that only A can read, and only B.
        form: (tokens,) positions that both can read, one as the pair it was, the other mixed with others.
        first: the first token whose query could read something else, or in another form, or in other shares; None
            where there is none.
        outputs: (tokens,) |A - B| over |full attention|, mean of all heads; None where different models read.
        said: the first difference in a sentence.
    """

    tokens: tuple[str, ...]
    alone: NDArray[np.int64]
    form: NDArray[np.int64]
    first: int | None
    outputs: Floats | None
    said: str


def difference(one: Trace, other: Trace) -> Difference:
    """How two runs over the same words differ.

    Raises:
        ValueError: the words are not the same.
    """
    if one.tokens != other.tokens:
        raise ValueError("two runs can be compared over the same words, got others")
    ours, theirs = readable(one), readable(other)
    alone = np.stack([ours.any & ~theirs.any, theirs.any & ~ours.any])
    form = ours.any & theirs.any & (ours.as_it_was != theirs.as_it_was)
    outputs = _outputs(one, other)
    differs = alone.any(axis=(0, 2)) | form.any(axis=1)
    if outputs is None:
        differs |= np.abs(ours.shares - theirs.shares).max(axis=1) > ROUNDING
    else:
        differs |= outputs > ROUNDING
    if not differs.any():
        first, said = None, "Whatever one of them can read, the other can read in the same form."
    else:
        first = int(differs.argmax())
        said = _said(one.tokens, first, alone[:, first], form[first], ours.as_it_was[first])
    return Difference(one.tokens, alone.sum(axis=2), form.sum(axis=1), first, outputs, said)


def _said(tokens: Sequence[str], step: int, alone: Mask, form: Mask, raw: Mask) -> str:
    parts = [
        f"only {side} can read {span(np.flatnonzero(row).tolist())}"
        for side, row in zip(SIDES, alone, strict=True)
        if row.any()
    ]
    for side, row in zip(SIDES, (form & raw, form & ~raw), strict=True):
        if row.any():
            parts.append(f"{span(np.flatnonzero(row).tolist())} can be read raw in {side} alone")
    said = ", ".join(parts) or "they read the same pairs, in other shares"
    return f"First difference at token {step + 1} “{tokens[step]}”: {said}."


def _outputs(one: Trace, other: Trace) -> Floats | None:
    """How far the outputs are apart; None where the values are not the same, so that nothing can be said."""
    if one.full_outputs.shape != other.full_outputs.shape or not np.array_equal(one.full_outputs, other.full_outputs):
        return None
    far = np.linalg.norm(one.outputs - other.outputs, axis=-1)
    found: Floats = (far / np.linalg.norm(one.full_outputs, axis=-1)).mean(axis=0)
    return found
