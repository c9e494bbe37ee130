"""Read a text once, keep what the memories hold of it, and ask any number of questions: each as if it came behind it.

States are values, so a question changes none that another one reads. Of the last layer nothing is read but by the last
word of a question: the outputs above all other words, which cost most, are not computed.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from memattn.kv import KV, Slots
from memattn.memory.base import Memory
from memattn.reader import model
from memattn.reader.reader import Reader

PIECE = 256  # tokens that go through all layers together


class Remembered(NamedTuple):
    """What is left of a text.

    Args:
        states: of the memories: in a model of one layer that of its memory, else those of all layers with what they
            need to go on.
        tail: ids of its last words, which the convolution mixes into what comes next.
    """

    states: Any
    tail: Tensor


def remember(reader: Reader, words: Sequence[str], memories: Sequence[Memory[Any]]) -> Remembered:
    """Take in a text of any length.

    Raises:
        UnknownWords: the reader does not know some of the words.
        ValueError: memories are not one per layer.
    """
    ids = torch.cat([reader.ids(words[start : start + PIECE]) for start in range(0, len(words), PIECE)])
    weights, config = reader.weights, reader.config
    tail = ids[-(config.taps - 1) :]
    with torch.inference_mode():
        if config.layers > 1:
            return Remembered(model.forward(weights, config, ids, memories, segment_length=PIECE).states, tail)
        (memory,) = model.per_layer(config, memories)
        pairs = _pairs(reader, ids)[1]
        state = memory.empty(pairs, tracked=False)
        for start in range(0, pairs.tokens, PIECE):
            state = memory.update(pairs[start : start + PIECE], state).state
        return Remembered(state, tail)


def answer(reader: Reader, held: Remembered, question: Sequence[str], memories: Sequence[Memory[Any]]) -> str:
    """The word that comes next behind a question; errors as for `remember`."""
    ids, weights, config = reader.ids(question), reader.weights, reader.config
    with torch.inference_mode():
        if config.layers > 1:
            logits = model.forward(weights, config, ids, memories, held.states).logits[-1]
        else:
            (memory,) = model.per_layer(config, memories)
            queries, pairs = _pairs(reader, torch.cat([held.tail, ids]))
            coming = pairs[len(held.tail) :]
            output = memory.read(queries[..., -1:, :], _readable(memory, held.states, coming)).output
            logits = model.readout(weights, config, output, ids[-1:])[-1]
    return reader.tokenizer.vocabulary[int(logits.argmax())]


def _pairs(reader: Reader, ids: Tensor) -> tuple[Tensor, KV]:
    queries, keys, values = model.stream(reader.weights, reader.config, ids)
    return queries, KV.trusted(keys, values)


def _readable(memory: Memory[Any], state: Any, coming: KV) -> Slots:
    """What the last of the coming tokens reads."""
    if memory.reads == "after":
        return memory.slots(memory.update(coming, state).state, tracked=False)
    before = memory.update(coming[:-1], state).state
    return memory.slots(before, tracked=False).append(coming[-1:], before.seen)
