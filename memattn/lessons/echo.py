"""Reads the echo language on the stage: a head that rests on the first word, and what becomes of it without that word.

On the stage a pair keeps the position that it has in the text, as in training; texts are no longer than those that the
model learned from. For a window this is the same as positions counted within the memory, since only distances matter;
for pins it is what the model has learned, too, as far as such a text goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from memattn.device import choose
from memattn.kv import KV
from memattn.lessons.memories import Choice, make
from memattn.memory.base import Memory
from memattn.reader import Fact, Story, WeightsError
from memattn.reader.echo import Language, Saved, encode, load, vocabulary
from memattn.reader.echo.measure import LEARNED
from memattn.reader.echo.model import embed, finish, project, rotate
from memattn.records import Floats
from memattn.streams import Stream

SEED = 5  # of all texts; no training draws them


def text(seed: int, tokens: int) -> tuple[str, ...]:
    """The text of this number, at most `LEARNED` words, the start word first; a longer one begins as a shorter does."""
    known = vocabulary()
    drawn = Language().draw(np.random.default_rng([SEED, seed]), 1, LEARNED)[0]
    return tuple(known[word] for word in drawn[:tokens].tolist())


@lru_cache(maxsize=1)
def model() -> Saved:
    """The shipped model, on this machine's device.

    Raises:
        WeightsError: its weights cannot be used.
    """
    saved, device = load(), choose()
    weights = {name: rows.to(device.torch_device, device.dtype) for name, rows in saved.weights.items()}
    return Saved(saved.config, weights, saved.card)


def missing() -> str:
    """Why the model cannot read, or "" when it can."""
    try:
        model()
    except WeightsError as error:
        return f"{error}."
    return ""


@dataclass(frozen=True)
class EchoReader:
    """The echo model; a `StoryModel`."""

    layers: int = 1
    context: int = 1

    @property
    def origin(self) -> str:
        """Name and size."""
        return f"echo model, {sum(rows.numel() for rows in model().weights.values()):,} weights"

    def tokenise(self, text: str) -> tuple[str, ...]:
        """Words of the echo world."""
        words = tuple(text.split())
        encode(words)
        return words

    def memories(self, choice: Choice) -> tuple[Memory[Any], ...]:
        """The mechanism alone."""
        return (make(choice),)

    @torch.no_grad()
    def stream(self, words: Sequence[str], memories: Sequence[Memory[Any]], layer: int = -1) -> Stream:
        """The model's own projections, turned by the position of each word in the text."""
        saved = model()
        ids = torch.tensor(encode(words), device=saved.weights["norm"].device)
        queries, keys, values = project(saved.weights, embed(saved.weights, ids))
        at = torch.arange(len(words), device=ids.device)
        queries, keys = (rotate(rows, at, saved.config.base) for rows in (queries, keys))
        return Stream(tuple(words), queries, KV(keys, values.contiguous()), self.origin)

    @torch.no_grad()
    def answers(self, words: Sequence[str], memories: Sequence[Memory[Any]], outputs: Floats) -> dict[str, float]:
        """Probability of every word of the vocabulary to come next."""
        saved = model()
        ids = torch.tensor(encode(words), device=saved.weights["norm"].device)
        last = torch.from_numpy(np.array(outputs)[:, -1:]).to(saved.weights["norm"])
        chances = finish(saved.weights, embed(saved.weights, ids[-1:]), last)[0].softmax(dim=-1)
        return dict(zip(vocabulary(), chances.tolist(), strict=True))

    def right(self, asked: Sequence[tuple[Story, Fact]], memories: Sequence[Memory[Any]]) -> list[bool]:
        """Nothing is asked of the echo language.

        Raises:
            ValueError: something is.
        """
        if asked:
            raise ValueError(f"the echo language tells no facts, got {len(asked)} questions")
        return []
