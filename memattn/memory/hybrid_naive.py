"""What a hybrid reads, from the references of its parts alone (see `hybrid`)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memattn.memory.base import Memory, Naive


def hybrid_reference(
    first: Memory[Any], second: Memory[Any], doubles: bool, keys: NDArray[np.float64], values: NDArray[np.float64]
) -> Iterator[Naive]:
    """Run the first part's reference on position numbers to see what it lets go, and the second's on that.

    Args:
        first: decides when the hybrid reads.
        second: takes in what the first lets go, or everything.
        doubles: whether it takes in everything.
        keys: (tokens, d_k).
        values: (tokens, d_v).
    """
    count = len(keys)
    tags = [np.repeat(np.arange(count, dtype=float)[:, None], array.shape[1], axis=1) for array in (keys, values)]
    given = first.slot_count(0)
    read_sets = [set(naive.values[given:, 0].tolist()) for naive in first.reference(tags[0], tags[1])]
    here: list[int] = []  # positions that have come and were not let go
    fed: list[int] = []
    counts = []
    for i, held in enumerate(read_sets):
        if first.reads == "after":
            here.append(i)
        fed += [j for j in here if doubles or j not in held]
        here = [j for j in here if not doubles and j in held]
        if first.reads == "before":
            here.append(i)
        counts.append(len(fed))
    reads = list(second.reference(keys[[*fed, 0]], values[[*fed, 0]]))  # one more, to see what it meets
    for naive, n in zip(first.reference(keys, values), counts, strict=True):
        yield _joined(_content(reads, n, second), naive)


def _content(reads: list[Naive], fed: int, memory: Memory[Any]) -> Naive:
    """What `memory` holds after `fed` tokens, from what its references say that each token's query reads."""
    if memory.reads == "before":  # the next token meets it, and reads its own pair besides
        rows = len(reads[fed].keys) - 1
        return Naive(reads[fed].keys[:rows], reads[fed].values[:rows], _rows(reads[fed])[:rows])
    if fed:
        return reads[fed - 1]
    given = memory.slot_count(0)
    return Naive(reads[0].keys[:given], reads[0].values[:given], _rows(reads[0])[:given])


def _rows(naive: Naive) -> NDArray[np.float64]:
    return np.zeros(len(naive.keys)) + naive.bias


def _joined(second: Naive, first: Naive) -> Naive:
    keys, values = np.concatenate([second.keys, first.keys]), np.concatenate([second.values, first.values])
    if isinstance(second.bias, float) and second.bias == first.bias:
        return Naive(keys, values, second.bias)
    return Naive(keys, values, np.concatenate([_rows(second), _rows(first)]))
