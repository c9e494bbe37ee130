"""Contracts read with a memory and asked about: the learner's choice first, then everything that it is compared with.

Every memory reads the same contracts and is asked the same questions. A contract is read once; what the memory holds
then is asked one question after the other, each as if it stood at the end. What was asked once is known for everybody.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count

import numpy as np

from memattn.lessons.contract.families import FAMILIES, Pick, reading, tried
from memattn.lessons.contract.record import Asked, Bounds, Exam, Tried
from memattn.lessons.expected import answers_at, guess
from memattn.lessons.lesson import Result
from memattn.lessons.memories import main_role, make, served_by, titled
from memattn.loss import recallable_facts
from memattn.memory.base import Memory
from memattn.reader.asking import Remembered, answer, remember
from memattn.reader.contracts import SECTIONS, TOLD_AS, Contract, Inquiry, Subject, contract
from memattn.reader.grammar import FORMS

SEEDS = (0, 1)  # of the contracts; the first is the one to be read on the page
PART = 20  # questions asked together
SUBJECTS = tuple(subject.value for subject in Subject)
PLACES = tuple(section.name for section in SECTIONS)
CHANCE = guess(TOLD_AS[Subject.DEFINITION])  # all kinds have as many answers

Answers = tuple[str, ...]  # to one question: first who was meant, where it takes two steps


def tokens() -> int:
    """Of a contract: all have as many."""
    return len(contract(SEEDS[0]).story.words)


def questions() -> int:
    """Asked of each memory."""
    return sum(len(contract(seed).inquiries) for seed in SEEDS)


def asked(pick: Pick, seed: int) -> tuple[Answers, ...]:
    """What a memory answers to all questions about a contract."""
    return tuple(
        one for start in range(0, len(contract(seed).inquiries), PART) for one in asked_some(pick, seed, start)
    )


@lru_cache(maxsize=4096)
def asked_some(pick: Pick, seed: int, start: int) -> tuple[Answers, ...]:
    """What it answers to `PART` questions."""
    memories, held = _read(pick, seed)
    reader, said = reading(served_by(pick.choice)), list[Answers]()
    for inquiry in contract(seed).inquiries[start : start + PART]:
        answers: Answers = ()
        while words := inquiry.steps(answers):
            answers += (answer(reader, held, words, memories),)
        said.append(answers)
    return tuple(said)


@lru_cache(maxsize=2)  # as long as its questions are asked
def _read(pick: Pick, seed: int) -> tuple[Sequence[Memory], Remembered]:  # type: ignore[type-arg]  # of any state
    reader = reading(served_by(pick.choice))
    memories = [make(pick.choice, reader, layer) for layer in range(reader.config.layers)]
    return memories, remember(reader, contract(seed).story.words, memories)


def right(inquiry: Inquiry, answers: Answers) -> bool:
    """Whether the last step gave the true answer."""
    return len(answers) == len(inquiry.facts) and answers[-1] == inquiry.answer


def examine(pick: Pick) -> Iterator[Result]:
    """The choice, then all others; each result with all that is known."""
    picks = tuple(dict.fromkeys((pick, *tried())))
    total, known = questions() * len(picks), list[Tried]()
    for number, one in enumerate(picks):
        marks: tuple[Asked, ...] = ()
        for seed in SEEDS:
            inquiries = contract(seed).inquiries
            for start in range(0, len(inquiries), PART):
                said = asked_some(one, seed, start)
                marks += tuple(map(_mark, inquiries[start : start + PART], said))
                done = number * questions() + len(marks)
                if done < total:
                    own = known[0] if known else _tried(pick, marks)
                    yield Result(done, total, Exam(own, tuple(known), False, bounds()))
        known.append(_tried(one, marks))
    yield Result(total, total, Exam(known[0], tuple(known), True, bounds()))


def _mark(inquiry: Inquiry, answers: Answers) -> Asked:
    return Asked(inquiry.subject.value, inquiry.section, right(inquiry, answers))


def _tried(pick: Pick, marks: tuple[Asked, ...]) -> Tried:
    memory = make(pick.choice, reading(served_by(pick.choice)))
    return Tried(titled(pick.choice), pick.family, pick.values, main_role(memory), pick.stored(tokens()), marks)


@lru_cache(maxsize=1)
def bounds() -> Bounds:
    """What can be said without asking."""
    facts, codes = len(contract(SEEDS[0]).story.facts), round(1 / CHANCE)
    counting = next(size for size in count(1) if recallable_facts(size, codes) >= facts)
    each = Pick("window", (16,)).stored(tokens()) / 16
    sizes = np.unique(np.geomspace(16, tokens(), 60).astype(int)).tolist()
    return Bounds(tuple((size * each, _evicting(size)) for size in sizes), CHANCE, facts, counting)


def _evicting(size: int) -> float:
    """Right answers to expect where the newest pairs are held as they are, and no others."""
    return (
        math.fsum(
            held + (1 - held) * CHANCE
            for seed in SEEDS
            for one in contract(seed).inquiries
            for held in [_held(one, size)]
        )
        / questions()
    )


def _held(inquiry: Inquiry, size: int) -> bool:
    """Whether the pairs that answer are among the newest when the question mark, which is one of them, reads."""
    return all(answers_at(fact) >= tokens() + len(FORMS[fact.kind].question) - size for fact in inquiry.facts)


def shown() -> Contract:
    """The contract to be read on the page."""
    return contract(SEEDS[0])


def titles() -> tuple[tuple[str, str], ...]:
    """Names of the families by key."""
    return tuple((key, family.title) for key, family in FAMILIES.items())
