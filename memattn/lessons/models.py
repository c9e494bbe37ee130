"""Who reads: `StoryModel`, the one protocol between a text and its attention, and the models that follow it.

A model says how many layers it has, cuts a text into words, gives queries, keys and values of a layer, and turns the
last layer's outputs into answers. Nothing else is asked of a model anywhere, so a model of one's own needs no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import torch

from memattn.device import choose
from memattn.lessons.memories import Choice, learned_by, make, served_by
from memattn.memory.base import Memory
from memattn.reader import Fact, Reader, Story, Tokenizer, WeightsError, parse
from memattn.reader.accuracy import answered_right
from memattn.reader.batches import encode_questions
from memattn.reader.weights import file_of
from memattn.records import Floats
from memattn.streams import Planted, Stream, planted_facts

FIRST, LAST = 0, -1  # of a model's layers
CONVOLUTION = 6  # words that a pair of the trained readers knows of: their first step is a convolution over so many

Memories = Sequence[Memory[Any]]  # one per layer


class StoryModel(Protocol):
    """Turns words into queries, keys and values, and attention outputs back into words."""

    @property
    def origin(self) -> str:
        """What it is, in words."""

    @property
    def layers(self) -> int:
        """Attention layers."""

    @property
    def context(self) -> int:
        """Words that a pair knows of when it comes: its own, and so many less one before it."""

    def tokenise(self, text: str) -> tuple[str, ...]:
        """The words of a text.

        Raises:
            ValueError: it cannot read some of them, or there are none.
        """

    def memories(self, choice: Choice) -> tuple[Memory[Any], ...]:
        """The chosen mechanism for each layer, with what the model has learned for it.

        Raises:
            ValueError: the settings do not go together.
        """

    def stream(self, words: Sequence[str], memories: Memories, layer: int = LAST) -> Stream:
        """Queries, keys and values of a layer; the layers below it read with their memories."""

    def answers(self, words: Sequence[str], memories: Memories, outputs: Floats) -> dict[str, float]:
        """Probabilities of the words that may come next, from the last layer's outputs (heads, tokens, d_v)."""

    def right(self, asked: Sequence[tuple[Story, Fact]], memories: Memories) -> list[bool]:
        """Whether each question about a fact, at the end of its story, is answered rightly."""


@dataclass(frozen=True, eq=False)
class TrainedReader:
    """A model of the family of trained readers."""

    reader: Reader

    @property
    def origin(self) -> str:
        """Name and size."""
        return f"trained reader, {self.reader.parameters:,} weights"

    @property
    def layers(self) -> int:
        """Of the model."""
        return self.reader.config.layers

    context = CONVOLUTION

    def tokenise(self, text: str) -> tuple[str, ...]:
        """Words of the story world."""
        words = self.reader.tokenizer.split(text)
        self.reader.tokenizer.encode(words)
        return words

    def memories(self, choice: Choice) -> tuple[Memory[Any], ...]:
        """One per layer, with trained kernels or cells."""
        return tuple(make(choice, self.reader, layer) for layer in range(self.layers))

    def stream(self, words: Sequence[str], memories: Memories, layer: int = LAST) -> Stream:
        """From the model's own projections."""
        at = range(self.layers)[layer]
        return _first_stream(self.reader, tuple(words)) if at == FIRST else self.reader.stream(words, memories, at)

    def answers(self, words: Sequence[str], memories: Memories, outputs: Floats) -> dict[str, float]:
        """Probability of every word of the vocabulary."""
        answer = self.reader.answer(outputs, words, memory=memories)
        return dict(zip(answer.vocabulary, answer.probabilities.tolist(), strict=True))

    def right(self, asked: Sequence[tuple[Story, Fact]], memories: Memories) -> list[bool]:
        """All questions in batches."""
        stories, facts = zip(*asked, strict=True)
        questions = encode_questions(self.reader.tokenizer, stories, facts)
        marks: list[bool] = answered_right(self.reader.weights, self.reader.config, questions, memories).tolist()
        return marks


@lru_cache(maxsize=8)
def _first_stream(reader: Reader, words: tuple[str, ...]) -> Stream:
    """The first layer attends to words alone: every move of a slider asks for the same story again."""
    return reader.stream(words, (), FIRST)


@dataclass(frozen=True)
class PlantedFacts:
    """Facts planted in random pairs: no model at all, so that a memory is seen bare."""

    seed: int = 0
    origin: str = "planted facts, no trained model"
    layers: int = 1
    context: int = 1

    def tokenise(self, text: str) -> tuple[str, ...]:
        """Words of the story world."""
        words = Tokenizer().split(text)
        Tokenizer().encode(words)
        return words

    def memories(self, choice: Choice) -> tuple[Memory[Any], ...]:
        """The mechanism alone."""
        return (make(choice),)

    def stream(self, words: Sequence[str], memories: Memories, layer: int = LAST) -> Stream:
        """Random keys; each fact answers from the position of its answer's word."""
        return self._plant(words).stream

    def answers(self, words: Sequence[str], memories: Memories, outputs: Floats) -> dict[str, float]:
        """Match the last output with the code of every answer told."""
        return self._plant(words).decode(torch.tensor(outputs[:, -1]))

    def right(self, asked: Sequence[tuple[Story, Fact]], memories: Memories) -> list[bool]:
        """One after the other."""
        found = []
        for story, fact in asked:
            words = story.with_question(fact).words
            stream, (memory,) = self.stream(words, memories), memories
            with torch.inference_mode():
                attended = memory.attend(stream.queries, stream.kv, memory.empty(stream.kv, tracked=False))
            answers = self.answers(words, memories, attended.output.cpu().numpy())
            found.append(max(answers, key=answers.__getitem__) == fact.answer)
        return found

    def _plant(self, words: Sequence[str]) -> Planted:
        story = parse(tuple(words))
        facts = {fact.answer_at: (_name(fact), fact.answer) for fact in story.facts}
        asked = {question.end - 1: _name(question) for question in story.questions}
        return planted_facts(story.words, facts, asked, self.seed)


def _name(thing: Any) -> str:
    return " ".join((thing.kind, *thing.key))


@lru_cache(maxsize=16)
def load(name: str = "reader", learned_by: str = "") -> Reader:
    """A trained model on this machine's device, read once.

    Args:
        name: of its file.
        learned_by: "ar-cache", "ar-block" or "ae" gives it the compression networks learned that way.

    Raises:
        WeightsError: its weights cannot be used.
    """
    device = choose()
    compressors = file_of("compressors") if learned_by else None
    return Reader.load(file_of(name), compressors, learned_by).to(device.torch_device, device.dtype)


def trained(choice: Choice) -> TrainedReader:
    """The trained model that serves a memory.

    Raises:
        WeightsError: its weights cannot be used.
    """
    return TrainedReader(load(served_by(choice), learned_by(choice)))


def missing_weights(name: str = "reader", learned_by: str = "") -> str:
    """Why a trained model cannot be used, or "" when it can."""
    try:
        load(name, learned_by)
    except WeightsError as error:
        return f"{error}."
    return ""
