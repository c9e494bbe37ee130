"""Ask a story: run a memory over it with a question at its end; see what is answered and where the fact has gone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from memattn.memory.base import Memory
from memattn.reader import Fact, Story, Truth, truth
from memattn.records import Floats, Role, Step, Trace
from memattn.streams import Planted, Stream, planted_facts
from memattn.trace import trace

MOST_ANSWERS = 5


class Teller(Protocol):
    """Who turns a story into queries, keys and values, and attention outputs back into words."""

    @property
    def origin(self) -> str:
        """What it is, in words."""

    def stream(self, story: Story) -> Stream:
        """Queries, keys and values of every word."""

    def answers(self, story: Story, outputs: Floats) -> dict[str, float]:
        """Probabilities of answers from attention outputs (heads, tokens, d_v), at the last word."""


@dataclass(frozen=True)
class Untrained:
    """Facts planted in random pairs: no model at all, so that a memory is seen bare."""

    seed: int = 0
    origin: str = "planted facts, no trained model"

    def stream(self, story: Story) -> Stream:
        """Random keys; each fact answers from the position of its answer word."""
        return self._plant(story).stream

    def answers(self, story: Story, outputs: Floats) -> dict[str, float]:
        """Match the last output with the code of every answer told."""
        return self._plant(story).decode(torch.tensor(outputs[:, -1]))

    def _plant(self, story: Story) -> Planted:
        facts = {fact.answer_at: (_name(fact), fact.answer) for fact in story.facts}
        asked = {question.end - 1: _name(question) for question in story.questions}
        return planted_facts(story.words, facts, asked, self.seed)


def _name(thing: Any) -> str:
    return " ".join((thing.kind, *thing.key))


@dataclass(frozen=True)
class Whereabouts:
    """Where some words are when a question is asked.

    Args:
        raw: positions that stand in a raw pair that can be read.
        slots: made slots that carry a part of them.
        lost: positions that nothing carries any more.
    """

    raw: tuple[int, ...]
    slots: tuple[int, ...]
    lost: tuple[int, ...]


@dataclass(frozen=True)
class Asked:
    """What came of a question.

    Args:
        trace: the whole run, question included.
        answers: the likeliest answers with this memory, best first.
        full_answers: the same with full attention.
        truth: what the story says.
        whereabouts: of the fact's words when the answer is due, or None where no such fact was told.
    """

    trace: Trace
    answers: tuple[tuple[str, float], ...]
    full_answers: tuple[tuple[str, float], ...]
    truth: Truth
    whereabouts: Whereabouts | None

    @property
    def right(self) -> bool:
        """Whether the likeliest answer is the true one."""
        return self.answers[0][0] == self.truth.answer


def ask(
    story: Story,
    memory: Memory[Any],
    teller: Teller,
    name: str,
    verify: bool = True,
    full: dict[str, float] | None = None,
) -> Asked:
    """Read a story that ends in a question and answer it.

    Args:
        story: ending in a question.
        memory: to read with.
        teller: who reads.
        name: of the memory.
        verify: as in `memattn.trace.trace`.
        full: answers under full attention, where they must come from another model than this teller's.

    Raises:
        ValueError: the story asks nothing, or is too long for a trace.
    """
    if not story.questions or story.questions[-1].end != len(story.words):
        raise ValueError("the story must end in a question, got one that does not")
    run = trace(memory, teller.stream(story), name, verify)
    true = truth(story, story.questions[-1])
    fact = true.fact
    return Asked(
        trace=run,
        answers=_best(teller.answers(story, run.outputs)),
        full_answers=_best(teller.answers(story, run.full_outputs) if full is None else full),
        truth=true,
        whereabouts=whereabouts(run, run.steps[-1], range(fact.start, fact.end)) if fact else None,
    )


def whereabouts(run: Trace, step: Step, positions: Sequence[int]) -> Whereabouts:
    """Find words among the slots that a step could read."""
    readable, made = set(step.ids), set(run.made)
    raw = tuple(p for p in positions if p in readable)
    carriers: dict[int, set[int]] = {}
    for slot in step.ids:
        if slot in made:
            carried = set(run.shares(slot, step.index).sources).intersection(positions)
            if carried:
                carriers[slot] = carried
    kept = set(raw).union(*carriers.values()) if carriers else set(raw)
    return Whereabouts(raw, tuple(carriers), tuple(p for p in positions if p not in kept))


@dataclass(frozen=True)
class Recall:
    """How well one fact is answered.

    Args:
        fact: which.
        age: tokens from the answer's word to the question mark.
        probability: given to the true answer.
        right: whether it was the likeliest.
    """

    fact: Fact
    age: int
    probability: float
    right: bool


def recall_by_age(story: Story, memory: Memory[Any], teller: Teller) -> tuple[Recall, ...]:
    """Ask for every fact of a story in turn, each time right after the story."""
    return tuple(_recall(story, fact, memory, teller) for fact in story.facts)


def recall_by_setting(
    story: Story, fact: Fact, settings: Sequence[int], memory: Callable[[int], Memory[Any]], teller: Teller
) -> tuple[tuple[int, Recall], ...]:
    """Ask for one fact with the memory made anew for each setting."""
    return tuple((setting, _recall(story, fact, memory(setting), teller)) for setting in settings)


def _recall(story: Story, fact: Fact, memory: Memory[Any], teller: Teller) -> Recall:
    asking = story.with_question(fact)
    stream = teller.stream(asking)
    with torch.inference_mode():
        attended = memory.attend(stream.queries, stream.kv, memory.empty(stream.kv, tracked=False))
    answers = teller.answers(asking, attended.output.cpu().numpy())
    probability = answers.get(fact.answer, 0.0)
    return Recall(
        fact, len(asking.words) - 1 - fact.answer_at, probability, max(answers, key=answers.__getitem__) == fact.answer
    )


def _best(answers: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(answers.items(), key=lambda item: -item[1])[:MOST_ANSWERS])


def occupancy(step: Step) -> dict[Role, int]:
    """Slots held after a step, by role."""
    roles, counts = np.unique(np.asarray(step.held_roles, dtype=str), return_counts=True)
    return {Role(role): int(count) for role, count in zip(roles, counts, strict=True)}
