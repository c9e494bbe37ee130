"""Where an answer came from: what the last word looked at when the answer was due."""

from dataclasses import dataclass

import numpy as np

from memattn.lessons.narration import slot_name
from memattn.records import Floats, Role, Step, Trace

MOST_SOURCES = 8


@dataclass(frozen=True)
class Part:
    """A word's part in a slot.

    Args:
        position: of the word in the stream.
        word: itself.
        share: of the slot's value, from 0 to 1.
    """

    position: int
    word: str
    share: float


@dataclass(frozen=True)
class Source:
    """A slot that was looked at.

    Args:
        slot: its identity.
        name: the same as the stage writes it.
        role: what it was to the query.
        weight: attention that fell on it.
        parts: the words that it is made of, in the order of the text; () where it stems from none.
    """

    slot: int
    name: str
    role: Role
    weight: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Sources:
    """What one word looked at.

    Args:
        head: whose attention this is; None is the mean over all heads.
        looked_at: the slots with most attention, most first.
        rest: attention on all other slots together.
        others: how many those are.
    """

    head: int | None
    looked_at: tuple[Source, ...]
    rest: float
    others: int


def sources(run: Trace, head: int | None = None, most: int = MOST_SOURCES) -> Sources:
    """What the question mark looked at, from the trace.

    A slot's shares in the mean over heads are weighted by each head's attention to it, so weight times share, summed
    over all slots, is the attention that the trace attributes to a word.

    Args:
        run: the whole run.
        head: one head, or None for the mean over all.
        most: slots to list.

    Raises:
        ValueError: there is no such head, or `most` < 1.
    """
    if head is not None and not 0 <= head < run.heads:
        raise ValueError(f"head must be 0 to {run.heads - 1}, or None for the mean, got {head}")
    if most < 1:
        raise ValueError(f"most must be ≥ 1 slot, got {most}")
    step = run.steps[-1]
    by_head = step.weights if head is None else step.weights[head : head + 1]
    weights = by_head.mean(axis=0)
    order = np.argsort(-weights, kind="stable")
    looked_at = tuple(
        Source(
            slot=step.ids[at],
            name=slot_name(step.ids[at], step.roles[at]),
            role=step.roles[at],
            weight=float(weights[at]),
            parts=_parts(run, step, step.ids[at], by_head[:, at], head),
        )
        for at in order[:most].tolist()
    )
    return Sources(head, looked_at, float(weights[order[most:]].sum()), max(0, len(weights) - most))


def _parts(run: Trace, step: Step, slot: int, weights: Floats, head: int | None) -> tuple[Part, ...]:
    """Words in a slot as the heads see it whose attention to it is given."""
    if slot < 0 and slot not in run.made:
        return ()
    shares = run.shares_read(slot, step.index)
    values = shares.values if head is None else shares.values[head : head + 1]
    total = weights.sum()
    mean = weights @ values / total if total > 0 else values.mean(axis=0)
    return tuple(
        Part(source, run.tokens[source], float(share))
        for source, share in zip(shares.sources, mean, strict=True)
        if share > 0
    )
