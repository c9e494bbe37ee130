"""Contracts made to measure: numbered clauses that define, oblige and refer, in a text of more than 3,000 words.

A contract is a story in other words (`memattn.reader.lexicon`): all its words are the story world's, and so are its
facts. Four kinds of clauses tell two facts each, among sentences that oblige nobody:

    Definitions   The first tenant refers to Anna.     Payments   Anna owes rent.
    Deposits      The first deed is in the vault.      Reports    Anna reports to the court.

Who pays or reports was defined before: the clause refers to that clause. A question about a *cross-reference* names
the role alone, so it needs both: what does the first tenant owe? It is put in two steps, as one looks it up on paper:
who becomes the first tenant, then what that party owes, whoever was answered.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from memattn.reader.grammar import FORMS, START, WORDS, FactKind
from memattn.reader.lexicon import ROLES, THINGS, in_law, written
from memattn.reader.stories import assemble, filler
from memattn.reader.world import Fact, Story, question_words, readable

FACTS_EACH = 2  # in a clause
FILLER_TOKENS = 66  # in a clause, around its facts
OF_EACH_KIND = 12  # questions


class Subject(StrEnum):
    """What a clause, or a question, is about."""

    DEFINITION = "definition"
    DEPOSIT = "deposit"
    PAYMENT = "payment"
    REPORT = "report"
    REFERENCE = "cross-reference"


TITLES = {
    Subject.DEFINITION: "Definitions",
    Subject.DEPOSIT: "Deposits",
    Subject.PAYMENT: "Payments",
    Subject.REPORT: "Reports",
}
TOLD_AS = {
    Subject.DEFINITION: FactKind.OWNER,
    Subject.DEPOSIT: FactKind.PLACE,
    Subject.PAYMENT: FactKind.LIKES,
    Subject.REPORT: FactKind.TRIP,
}


class Section(NamedTuple):
    """A part of every contract.

    Args:
        title: above its clauses.
        name: of the same, in a figure.
        clauses: how many of each subject; definitions come first.
    """

    title: str
    name: str
    clauses: dict[Subject, int]


SECTIONS = tuple(
    Section(title, name, dict(zip(TITLES, counts, strict=True)))
    for title, name, counts in (
        ("Part I · Parties and definitions", "introduction", (6, 4, 3, 3)),
        ("Part II · Covenants", "middle", (4, 4, 4, 4)),
        ("Part III · Schedules", "end", (2, 4, 5, 5)),
    )
)


@dataclass(frozen=True)
class Clause:
    """A numbered clause.

    Args:
        number: from 1.
        section: which part of the contract it stands in, from 0.
        subject: what its facts are about.
        start: position of its first word.
        end: position behind its last full stop.
        facts: that it tells.
        refers: for each fact, the number of the earlier clause that defines its party; () where none does.
    """

    number: int
    section: int
    subject: Subject
    start: int
    end: int
    facts: tuple[Fact, ...]
    refers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Inquiry:
    """A question about a contract.

    Args:
        subject: what it is about.
        facts: that must be known to answer it: one, or the definition and what is told of that party.
        clauses: the numbers of their clauses.
        section: where the first of them stands.
    """

    subject: Subject
    facts: tuple[Fact, ...]
    clauses: tuple[int, ...]
    section: int

    @property
    def answer(self) -> str:
        """The word that answers, one of the story world's."""
        return self.facts[-1].answer

    @property
    def text(self) -> str:
        """As a person would ask."""
        if len(self.facts) == 1:
            return written(self.facts[0].question)
        words = in_law(self.facts[1].question)
        at = words.index(self.facts[0].answer)
        return readable((*words[:at], "the", *in_law(self.facts[0].key), *words[at + 1 :]))

    def steps(self, answers: Sequence[str]) -> tuple[str, ...]:
        """The words of the next question to the reader, whatever it has answered so far; () when all is asked."""
        if len(answers) == len(self.facts):
            return ()
        fact = self.facts[len(answers)]
        key = fact.key if not answers else (answers[-1],)
        return question_words(fact.kind, key) if answerable(fact.kind, key) else ()


def answerable(kind: FactKind, key: tuple[str, ...]) -> bool:
    """Whether such a thing can be asked about: no party is called "rent"."""
    return all(word in WORDS[slot] for slot, word in zip(FORMS[kind].key, key, strict=True))


@dataclass(frozen=True)
class Contract:
    """A contract and what can be asked about it.

    Args:
        story: all its words and facts, in the words that the model learned.
        clauses: in the order of the text.
        inquiries: `OF_EACH_KIND` for each subject.
    """

    story: Story
    clauses: tuple[Clause, ...]
    inquiries: tuple[Inquiry, ...]

    @property
    def length(self) -> int:
        """Words, without full stops."""
        return sum(word not in (START, ".") for word in self.story.words)


@lru_cache(maxsize=8)
def contract(seed: int) -> Contract:
    """The same seed gives the same contract.

    Raises:
        ValueError: the seed is negative.
    """
    if seed < 0:
        raise ValueError(f"seed must be ≥ 0, got {seed}")
    rng = np.random.default_rng(seed)
    words, clauses = [START], list[Clause]()
    for section, subject, told in _drafts(rng):
        sentences = [*filler(rng, FILLER_TOKENS)]
        places = rng.integers(len(sentences), size=len(told))  # before the last: behind a fact stands another sentence
        for at, fact in zip(sorted(places.tolist(), reverse=True), told, strict=True):
            sentences.insert(at, fact)
        piece, start = assemble(sentences), len(words) - 1
        facts = tuple(_moved(fact, start) for fact in piece.facts)
        words += piece.words[1:]
        refers = tuple(_defined(clauses, fact) for fact in facts if subject in (Subject.PAYMENT, Subject.REPORT))
        clauses.append(Clause(len(clauses) + 1, section, subject, start + 1, len(words), facts, refers))
    story = Story(tuple(words), tuple(fact for clause in clauses for fact in clause.facts))
    return Contract(story, tuple(clauses), tuple(_inquiries(rng, clauses)))


def _drafts(rng: np.random.Generator) -> Iterator[tuple[int, Subject, list[Fact]]]:
    """Section, subject and facts of every clause; nobody pays or reports before being defined."""
    parties = _shuffled(rng, WORDS["name"])
    roles = _shuffled(rng, [(one, other) for one in WORDS["colour"] for other in ROLES])
    things = _shuffled(rng, [(one, other) for one in WORDS["colour"] for other in THINGS])
    waiting: dict[Subject, list[str]] = {Subject.PAYMENT: [], Subject.REPORT: []}
    for number, section in enumerate(SECTIONS):
        subjects = [subject for subject, count in section.clauses.items() for _ in range(count)]
        first = section.clauses[Subject.DEFINITION]
        for subject in (*subjects[:first], *_shuffled(rng, subjects[first:])):
            told = []
            for _ in range(FACTS_EACH):
                kind = TOLD_AS[subject]
                key: tuple[str, ...]
                answer = str(rng.choice(WORDS[FORMS[kind].answer]))
                if subject is Subject.DEFINITION:
                    key, answer = roles.pop(), parties.pop()
                    for names in waiting.values():
                        names.insert(int(rng.integers(len(names) + 1)), answer)
                elif subject is Subject.DEPOSIT:
                    key = things.pop()
                else:
                    key = (waiting[subject].pop(),)
                told.append(Fact(kind, key, answer, 0, len(FORMS[kind].statement)))
            yield number, subject, told


def _inquiries(rng: np.random.Generator, clauses: Sequence[Clause]) -> Iterator[Inquiry]:
    """For every subject as many from each section, and among them any."""
    for subject in Subject:
        able = list(_possible(subject, clauses))
        for section in range(len(SECTIONS)):
            own = _shuffled(rng, [one for one in able if one.section == section])
            yield from own[: OF_EACH_KIND // len(SECTIONS)]


def _possible(subject: Subject, clauses: Sequence[Clause]) -> Iterator[Inquiry]:
    for clause in clauses:
        if subject is clause.subject:
            yield from (Inquiry(subject, (fact,), (clause.number,), clause.section) for fact in clause.facts)
        elif subject is Subject.REFERENCE:
            for fact, number in zip(clause.facts, clause.refers, strict=False):  # a clause may refer to none
                earlier = clauses[number - 1]
                (meant,) = (one for one in earlier.facts if (one.answer,) == fact.key)
                yield Inquiry(subject, (meant, fact), (number, clause.number), earlier.section)


def _defined(clauses: Sequence[Clause], fact: Fact) -> int:
    """The clause that defines the party of a fact: the one in which a fact is answered by its name."""
    return next(clause.number for clause in clauses if any((told.answer,) == fact.key for told in clause.facts))


def _moved(fact: Fact, by: int) -> Fact:
    return Fact(fact.kind, fact.key, fact.answer, fact.start + by, fact.end + by)


def _shuffled(rng: np.random.Generator, some: Sequence) -> list:  # type: ignore[type-arg]  # of anything
    return [some[at] for at in rng.permutation(len(some))]
