"""Texts longer than the stage plays: taken in once, a piece at a time; then the state is asked, question by question.

State is a value: every question goes on from the same one, as if it alone stood behind the text. In a model of one
layer the text is but remembered, since none of its words has to be answered; above that, every layer must read.

**Dye** shows where something went. A slot is a weighted sum of pairs, by weights that do not look at their values. So a
further number in the values, 1 at one pair and 0 at all others, comes out of a slot as the share of that pair in it,
and out of a read as the weight that reaches it: exactly, at any length, without a table of shares.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from memattn.kv import KV, Provenance
from memattn.lessons.memories import Choice
from memattn.lessons.models import trained
from memattn.lessons.recall import LONGEST_FACT, story_seed
from memattn.memory.base import Memory
from memattn.reader import Fact, Reader, Story, model
from memattn.reader.grammar import SHORTEST
from memattn.reader.stories import story
from memattn.reader.tokenizer import LONGEST_TEXT

PIECE, DEEP_PIECE = 2048, 512  # tokens taken in between two results, where one layer remembers and where several read
SEGMENT = 256  # tokens that go through several layers together
ATTEMPTS = 100  # now and then the facts leave a gap that no sentence fills

Where = Literal["spread", "first", "last", "even"]


class Telling(NamedTuple):
    """Which text is told.

    Args:
        tokens: of the text.
        facts: that it tells.
        where: "even" puts one fact into each of as many equal parts.
        number: of the text, from 0.
    """

    tokens: int
    facts: int
    where: Where = "spread"
    number: int = 0


@lru_cache(maxsize=32)
def told(telling: Telling) -> Story:
    """The text.

    Raises:
        ValueError: the facts do not fit.
    """
    tokens, facts, where, number = telling
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng((number, attempt, tokens, facts))
        try:
            return story(
                story_seed(number, attempt), tokens, facts, _evenly(rng, tokens, facts) if where == "even" else where
            )
        except ValueError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _evenly(rng: np.random.Generator, tokens: int, facts: int) -> list[int]:
    room = tokens // facts - LONGEST_FACT - SHORTEST
    if room < SHORTEST:
        raise ValueError(f"tokens must be ≥ {facts * (LONGEST_FACT + 2 * SHORTEST)} for {facts} facts, got {tokens}")
    return [1 + SHORTEST + at * tokens // facts + int(rng.integers(room)) for at in range(facts)]


class Asked(NamedTuple):
    """What came of a question.

    Args:
        right: whether the likeliest word is the answer.
        read: by the question mark, (heads, d_head); empty where several layers read.
        reached: weight on each dyed pair as the question mark reads, (heads, dyed).
    """

    right: bool
    read: Tensor
    reached: Tensor


@dataclass(frozen=True, eq=False)
class Taken:
    """A text as far as it has been taken in.

    Args:
        reader: who reads.
        memories: one per layer.
        ids: of the whole text.
        dyed: positions, each with a colour of its own.
        seen: tokens taken in.
        states: one per layer, those of a model with several layers with what its convolution needs.
    """

    reader: Reader
    memories: Sequence[Memory[Any]]
    ids: Tensor
    dyed: tuple[int, ...]
    seen: int
    states: Any

    @property
    def complete(self) -> bool:
        """Whether that is all of it."""
        return self.seen == len(self.ids)

    @torch.inference_mode()
    def on(self) -> "Taken":
        """With the next piece."""
        deep = self.reader.config.layers > 1
        stop = min(self.seen + (DEEP_PIECE if deep else PIECE), len(self.ids))
        if deep:
            own = self.reader
            ids = self.ids[self.seen : stop]
            states = model.forward(own.weights, own.config, ids, self.memories, self.states, SEGMENT).states
        else:
            _, kv = self._pairs(self.ids, self.seen, stop)
            memory = self.memories[0]
            before = memory.empty(kv, tracked=False) if self.states is None else self.states
            states = memory.update(kv, before).state
        return replace(self, seen=stop, states=states)

    def _pairs(self, ids: Tensor, start: int, stop: int) -> tuple[Tensor, KV]:
        """Queries and pairs of a piece; the words before it are there for the convolution."""
        first = max(0, start - self.reader.config.taps + 1)
        rows = model.stream(self.reader.weights, self.reader.config, ids[first:stop])
        queries, keys, values = (part[..., start - first :, :] for part in rows)
        if self.dyed:
            colours = values.new_zeros(*values.shape[:-1], len(self.dyed))
            for colour, at in enumerate(self.dyed):
                if start <= at < stop:
                    colours[..., at - start, colour] = 1
            values = torch.cat([values, colours], dim=-1)
        return queries, KV.trusted(keys, values)

    @torch.inference_mode()
    def ask(self, fact: Fact, sharper: float = 1) -> Asked:
        """Put a question behind the text.

        Args:
            fact: asked for.
            sharper: factor of all logits, in a model of one layer.
        """
        own, words = self.reader, self.reader.ids(fact.question)
        if own.config.layers > 1:
            logits = model.forward(own.weights, own.config, words, self.memories, self.states).logits[-1]
            answer = reached = logits[:0]
        else:
            ids = torch.cat([self.ids, words])
            queries, kv = self._pairs(ids, len(self.ids), len(ids))
            memory, last = self.memories[0], kv[kv.tokens - 1 :]
            before, coming = self.states, kv
            if memory.reads == "before":
                before, coming = memory.update(kv[: kv.tokens - 1], before).state, last
            slots = memory.readable(last, before, memory.update(coming, before))
            output = memory.read(queries[..., -1:, :] * sharper, slots).output
            answer, reached = output.split([own.config.d_head, len(self.dyed)], dim=-1)
            logits = model.readout(own.weights, own.config, answer, words[-1:])[-1]
            answer, reached = answer[..., -1, :], reached[..., -1, :]
        return Asked(int(logits.argmax()) == own.tokenizer.encode((fact.answer,))[0], answer, reached)

    @torch.inference_mode()
    def shares(self) -> Tensor:
        """Share of every dyed pair in every slot, by head: (heads, slots, dyed)."""
        return self.memories[0].slots(self.states, tracked=False).values[..., self.reader.config.d_head :]


def take_in(
    choice: Choice, text: Story, dyed: Sequence[int] = (), memory: Memory[Any] | None = None
) -> Iterator[Taken]:
    """Read a text with a memory, each time a piece further.

    Args:
        choice: the memory, read with by the model that serves it.
        text: without a question.
        dyed: positions of pairs that are to be found again; needs `can_dye`.
        memory: in place of the chosen one, for the same reader.
    """
    model_of = trained(choice)
    memories = model_of.memories(choice) if memory is None else (memory,) * model_of.layers
    taken = Taken(model_of.reader, memories, encoded(model_of.reader, text), tuple(dyed), 0, None)
    while not taken.complete:
        taken = taken.on()
        yield taken


def can_dye(choice: Choice) -> bool:
    """Whether slots are sums of pairs by weights that do not look at values, read in one layer."""
    model_of = trained(choice)
    return model_of.layers == 1 and model_of.memories(choice)[0].provenance is Provenance.EXACT


def encoded(reader: Reader, text: Story) -> Tensor:
    """Ids of a text of any length."""
    words = text.words
    return torch.cat([reader.ids(words[at : at + LONGEST_TEXT]) for at in range(0, len(words), LONGEST_TEXT)])
