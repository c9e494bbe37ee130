"""Algorithm 1 of the compressive memory with plain lists, pair by pair: the yardstick of `compressive.py`.

Source: Rae et al., Compressive Transformers, 2019, Alg. 1 (arXiv:1911.05507).
"""

from collections.abc import Generator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from memattn.compression import Compression
from memattn.memory.base import Naive

Remainder = Literal["carry", "drop", "pad", "partial"]
Array = NDArray[np.float64]


class Pair:
    """A pair, the attention it received and the queries that could see it."""

    def __init__(self, key: Array, value: Array) -> None:
        """A pair that nobody has read yet."""
        self.key, self.value, self.received, self.queries = key, value, 0.0, 0


def naive_compressive(
    keys: Array,
    values: Array,
    segment_length: int,
    memory_length: int,
    compressed_length: int,
    compression: Compression,
    remainder: Remainder,
) -> Generator[Naive, Array | None, None]:
    """What each token's query reads; is sent the weights of that read if f_c ranks by usage."""
    compressed: list[Pair] = []
    memory: list[Pair] = []
    running: list[Pair] = []
    held_keys, held_values = keys[:0], values[:0]
    for i, (key, value) in enumerate(zip(keys, values, strict=True), 1):
        running.append(Pair(key, value))
        own = slice(i - len(running), i)
        weights = yield Naive(np.concatenate([held_keys, keys[own]]), np.concatenate([held_values, values[own]]))
        if weights is not None:
            for pair, weight in zip(compressed + memory + running, np.ravel(weights).tolist(), strict=True):
                pair.queries += 1
                pair.received += weight
        if len(running) == segment_length:
            memory, running = memory + running, []
            over = max(0, len(memory) - memory_length)
            if remainder == "carry":
                over -= over % compression.rate
            popped, memory = memory[:over], memory[over:]
            compressed += compress(popped, compression, remainder)
            compressed = compressed[max(0, len(compressed) - compressed_length) :]
            held_keys, held_values = rows(compressed + memory)


def compress(popped: list[Pair], compression: Compression, remainder: Remainder) -> list[Pair]:
    """The popped pairs by groups, and the rest by its rule."""
    rest = len(popped) % compression.rate
    parts = [popped]
    if rest and remainder == "drop":
        parts = [popped[:-rest]]
    elif rest and remainder == "partial":
        parts = [popped[:-rest], popped[-rest:]]
    elif rest and remainder == "pad":
        parts = [popped + [padding(popped[0]) for _ in range(compression.rate - rest)]]
    slots = []
    for part in filter(None, parts):
        usage = np.array([pair.received / max(1, pair.queries) for pair in part])
        keys, values = compression.naive(*rows(part), usage)
        slots += [Pair(key, value) for key, value in zip(keys, values, strict=True)]
    return slots


def rows(pairs: list[Pair]) -> tuple[Array, Array]:
    """Keys and values of pairs as the rows of two matrices."""
    return np.array([pair.key for pair in pairs]), np.array([pair.value for pair in pairs])


def padding(like: Pair) -> Pair:
    """A pair of zeros that no ranking by usage may choose."""
    zero = Pair(np.zeros_like(like.key), np.zeros_like(like.value))
    zero.received, zero.queries = -np.inf, 1
    return zero
