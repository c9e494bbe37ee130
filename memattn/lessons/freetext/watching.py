"""Watch a memory on any text: two heads that look words up by content, with codes that nothing has trained.

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
from memattn.lessons.asking import MOST_ANSWERS, Whereabouts, whereabouts
from memattn.lessons.freetext.words import Passage, identity
from memattn.memory.base import Memory
from memattn.reader import Story
from memattn.records import Floats, Trace
from memattn.streams import Stream
from memattn.trace import trace

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
    """Reads any words; a `Teller`."""

    origin: str = "random codes of your own words, no trained model"

    def stream(self, story: Story) -> Stream:
        """Queries, keys and values of every word."""
        names = [identity(word) for word in story.words]
        here = codes("a", names) + NEAR * _moved(codes("b", names))
        sharpness = math.sqrt(WIDTH) * torch.log(MATCH * torch.arange(1, len(names) + 1))
        queries = (sharpness.unsqueeze(-1) * here).expand(2, -1, -1)
        values = codes("c", names).expand(2, -1, -1)
        return Stream(story.words, queries, KV(torch.stack([here, _moved(here)]), values), self.origin)

    def answers(self, story: Story, outputs: Floats) -> dict[str, float]:
        """How much the last output of head 1 looks like each word of the text, as probabilities.

        A word counts by its first spelling. Were the output a word's own code, that word would weigh m² times as much
        as all others together.
        """
        spelling: dict[str, str] = {}
        for word in story.words:
            spelling.setdefault(identity(word), word)
        output = torch.from_numpy(np.array(outputs[1, -1])).float()
        scale = math.log(MATCH**2 * len(spelling))
        shares = (scale * codes("c", tuple(spelling)) @ output).softmax(dim=-1)
        return dict(zip(spelling.values(), shares.tolist(), strict=True))


@dataclass(frozen=True)
class Occurrence:
    """Where the last word stood before.

    Args:
        position: of the word.
        after: the word right behind it, which head 1 looks for.
        whereabouts: of that word behind it, when the last word reads.
    """

    position: int
    after: str
    whereabouts: Whereabouts

    @property
    def lost(self) -> bool:
        """Whether no slot carries what came after it."""
        return bool(self.whereabouts.lost)


@dataclass(frozen=True)
class Watched:
    """What came of a text.

    Args:
        trace: the whole run.
        next_words: the likeliest to come next with this memory, best first.
        full_next_words: the same with full attention.
        occurrences: of the last word before it, oldest first; () where it is new, and nothing can be found.
    """

    trace: Trace
    next_words: tuple[tuple[str, float], ...]
    full_next_words: tuple[tuple[str, float], ...]
    occurrences: tuple[Occurrence, ...]


def watch(text: Passage, memory: Memory[Any], name: str, verify: bool = True) -> Watched:
    """Read a text with a memory and see what its last word finds.

    Args:
        text: what to read.
        memory: to read with.
        name: of the memory.
        verify: as in `memattn.trace.trace`.
    """
    teller, story = FreeText(), Story(text.words, ())
    run = trace(memory, teller.stream(story), name, verify)
    last, names = run.steps[-1], text.names
    return Watched(
        trace=run,
        next_words=_best(teller.answers(story, run.outputs)),
        full_next_words=_best(teller.answers(story, run.full_outputs)),
        occurrences=tuple(
            Occurrence(at, text.words[at + 1], whereabouts(run, last, [at + 1]))
            for at in range(len(names) - 1)
            if names[at] == names[-1]
        ),
    )


def _moved(rows: Tensor) -> Tensor:
    """Every row at the next position; nothing stands before the first."""
    return torch.nn.functional.pad(rows, (0, 0, 1, 0))[:-1]


def _best(shares: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(shares.items(), key=lambda item: -item[1])[:MOST_ANSWERS])
