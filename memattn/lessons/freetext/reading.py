"""Read any text with a memory: two heads that look words up by content, with codes that nothing has trained.

Every word has random codes a, b and c of ± 1/√d, drawn from its own letters: the same everywhere and on every
machine. Position i holds word w_i:

    head 0, the same word:       k_i = a(w_i) + ε b(w_(i-1))
    head 1, what came after it:  k_i = a(w_(i-1)) + ε b(w_(i-2))
    both:                        q_i = s_i (a(w_i) + ε b(w_(i-1))),   v_i = c(w_i)

Head 0 finds the word itself and its earlier occurrences. Head 1 is an induction head: its keys are those of head 0
moved on by one, so it finds what stood right behind an earlier occurrence, and its output says what may come next.
The faint ε prefers occurrences with the same word before them. With s_i = √d ln(m (i + 1)) one match outweighs all
other positions together about m to 1, however long the text: sure, but not one-hot.

Source: induction heads, Olsson et al., 2022 (arXiv:2209.11895); scores that grow with the logarithm of the length,
Chiang & Cholak, 2022 (arXiv:2202.12172). Codes, heads and scale are our choice.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from torch import Tensor

from memattn.kv import KV
from memattn.lessons.answering import NextWord, Occurrence, Ranked, whereabouts
from memattn.lessons.freetext.words import identity, passage
from memattn.lessons.memories import Choice, make
from memattn.memory.base import Memory
from memattn.reader import Fact, Story
from memattn.records import Floats, Trace
from memattn.streams import Stream

WIDTH = 64  # d_k = d_v, d
MATCH = 4.0  # m: what one match weighs, everything else together being 1
NEAR = 0.25  # ε
HEADS = ("the same word", "what came after it")


def codes(role: str, names: Sequence[str]) -> Tensor:
    """One row of ± 1/√d for every name, (names, d): the bits of a hash of the role and the name."""
    drawn = b"".join(
        blake2b(name.encode("utf-8", "surrogatepass"), digest_size=WIDTH // 8, person=role.encode()).digest()
        for name in names
    )
    bits = np.unpackbits(np.frombuffer(drawn, dtype=np.uint8)).reshape(len(names), WIDTH)
    return torch.from_numpy((2.0 * bits - 1.0) / math.sqrt(WIDTH)).float()


@dataclass(frozen=True)
class FreeText:
    """Reads any words; a `StoryModel`."""

    origin: str = "random codes of your own words, no trained model"
    layers: int = 1
    context: int = 1

    def tokenise(self, text: str) -> tuple[str, ...]:
        """The words of any text."""
        return passage(text).words

    def memories(self, choice: Choice) -> tuple[Memory[Any], ...]:
        """The mechanism alone."""
        return (make(choice),)

    def stream(self, words: Sequence[str], memories: Sequence[Memory[Any]], layer: int = -1) -> Stream:
        """Queries, keys and values of every word."""
        names = [identity(word) for word in words]
        here = codes("a", names) + NEAR * _moved(codes("b", names))
        sharpness = math.sqrt(WIDTH) * torch.log(MATCH * torch.arange(1, len(names) + 1))
        queries = (sharpness.unsqueeze(-1) * here).expand(2, -1, -1)
        values = codes("c", names).expand(2, -1, -1)
        return Stream(tuple(words), queries, KV(torch.stack([here, _moved(here)]), values), self.origin)

    def answers(self, words: Sequence[str], memories: Sequence[Memory[Any]], outputs: Floats) -> dict[str, float]:
        """How much the last output of head 1 looks like each word of the text, as probabilities.

        A word counts by its first spelling. Were the output a word's own code, that word would weigh m² times as much
        as all others together.
        """
        spelling: dict[str, str] = {}
        for word in words:
            spelling.setdefault(identity(word), word)
        output = torch.from_numpy(np.array(outputs[1, -1])).float()
        scale = math.log(MATCH**2 * len(spelling))
        shares = (scale * codes("c", tuple(spelling)) @ output).softmax(dim=-1)
        return dict(zip(spelling.values(), shares.tolist(), strict=True))

    def right(self, asked: Sequence[tuple[Story, Fact]], memories: Sequence[Memory[Any]]) -> list[bool]:
        """Nothing is asked of any text: there is no truth to be right about.

        Raises:
            ValueError: something is.
        """
        if asked:
            raise ValueError(f"free text has no true answers, got {len(asked)} questions")
        return []


def next_word(run: Trace, own: Ranked, full: Ranked) -> NextWord:
    """What the last word of a text finds: its earlier occurrences, and what has become of the words behind them."""
    names = [identity(word) for word in run.tokens]
    occurrences = tuple(
        Occurrence(at, run.tokens[at + 1], whereabouts(run, run.steps[-1], [at + 1]))
        for at in range(len(names) - 1)
        if names[at] == names[-1]
    )
    return NextWord(own, full, occurrences)


def _moved(rows: Tensor) -> Tensor:
    """Every row at the next position; nothing stands before the first."""
    return torch.nn.functional.pad(rows, (0, 0, 1, 0))[:-1]
