"""Runs with more weights than a short run has, so that they are packed as levels or as products."""

from dataclasses import replace
from functools import cache

import numpy as np
import torch

from memattn.compression import MeanPool
from memattn.kv import KV
from memattn.memory.compressive import Compressive
from memattn.memory.full import Full
from memattn.memory.window import Window
from memattn.records import Trace, WordParts
from memattn.streams import Stream, random_stream
from memattn.trace import trace

D_V, HEADS = 3, 2
LONG = {"window": (701, 17), "compressive": (701, 17), "full": (257, 5), "words": (701, 17)}  # tokens, d_k
REACH, WORDS = 3, 11


@cache
def long_run(name: str) -> Trace:
    """With more weights than a short run; of "words" queries and keys are sums of what few words bring."""
    memory = {"window": Window(29), "words": Window(29), "full": Full()}.get(name)
    stream = random_stream(*LONG[name], D_V, HEADS, seed=5)
    if name == "words":
        stream = of_words(stream)
    return trace(memory or Compressive(7, 29, 13, MeanPool(3)), stream, name, verify=False)


def of_words(stream: Stream) -> Stream:
    """The same with queries and keys that are sums over the latest words."""
    rng = np.random.default_rng(5)
    tokens, d_k = stream.queries.shape[1:]
    rows, taps = rng.standard_normal((2, HEADS, WORDS, d_k)), rng.standard_normal((2, HEADS, REACH, d_k))
    words = rng.integers(WORDS, size=tokens)
    sides = np.zeros((2, HEADS, tokens, d_k))
    for at in range(tokens):
        for back in range(min(REACH, at + 1)):
            sides[:, :, at] += taps[:, :, back] * rows[:, :, words[at - back]]
    queries, keys = torch.from_numpy(sides)
    pairs = KV(keys, stream.kv.values.double())
    return replace(stream, queries=queries, kv=pairs, parts=WordParts(words, rows, taps))
