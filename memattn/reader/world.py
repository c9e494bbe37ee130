"""The story world: texts whose facts, questions and true answers are known.

A story is plain data. Position 0 is the start word and all positions count from there, so they are positions
of the stream that a memory reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from memattn.reader.grammar import FORMS, START, WORDS, FactKind, fill, match


@dataclass(frozen=True)
class Question:
    """A question in a text.

    Args:
        kind: what is asked for.
        key: what of, such as ("red", "key") or ("anna",).
        start: position of its first word.
        end: position behind its question mark; the model answers at `end - 1`.
    """

    kind: FactKind
    key: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Fact:
    """A fact stated in a text.

    Args:
        kind: what is stated.
        key: what of, such as ("red", "key") or ("anna",).
        answer: the word that answers the question about it.
        start: position of its first word.
        end: position behind its full stop; the answer stands at `answer_at`.
    """

    kind: FactKind
    key: tuple[str, ...]
    answer: str
    start: int
    end: int

    @property
    def words(self) -> tuple[str, ...]:
        """The sentence."""
        form = FORMS[self.kind]
        return fill(form.statement, dict(zip(form.key, self.key, strict=True)) | {form.answer: self.answer})

    @property
    def answer_at(self) -> int:
        """Position of the answer word: the last word before the full stop."""
        return self.end - 2

    @property
    def question(self) -> tuple[str, ...]:
        """The words that ask for it."""
        return question_words(self.kind, self.key)


@dataclass(frozen=True)
class Story:
    """A text whose facts are known.

    Args:
        words: all words, the start word first.
        facts: in the order in which they are stated.
        questions: in the order in which they are asked.
    """

    words: tuple[str, ...]
    facts: tuple[Fact, ...]
    questions: tuple[Question, ...] = ()

    @property
    def text(self) -> str:
        """The story as people write it, without the start word."""
        return readable(self.words)

    def with_question(self, fact: Fact) -> "Story":
        """The same story with the question about `fact` at its end."""
        start, words = len(self.words), fact.question
        question = Question(fact.kind, fact.key, start, start + len(words))
        return replace(self, words=self.words + words, questions=(*self.questions, question))


class Status(StrEnum):
    """What a text says about a question."""

    STATED = "stated"
    ABSENT = "absent"  # never mentioned
    CONTRADICTED = "contradicted"  # stated with different answers: the latest is taken, but it is ambiguous


@dataclass(frozen=True)
class Truth:
    """The true answer to a question.

    Args:
        question: the question.
        facts: every fact stated before it about the same thing, in order.
    """

    question: Question
    facts: tuple[Fact, ...]

    @property
    def status(self) -> Status:
        """Stated once (or always alike), never, or in contradiction."""
        answers = {fact.answer for fact in self.facts}
        return (Status.ABSENT, Status.STATED)[len(answers)] if len(answers) < 2 else Status.CONTRADICTED

    @property
    def answer(self) -> str | None:
        """The latest stated answer, or None."""
        return self.facts[-1].answer if self.facts else None

    @property
    def fact(self) -> Fact | None:
        """The latest stated fact, or None."""
        return self.facts[-1] if self.facts else None


def parse(words: Sequence[str]) -> Story:
    """Find the facts and questions in any text, sentence by sentence; what fits no pattern is filler."""
    return _parse(tuple(words))


@lru_cache(maxsize=64)  # every move of a slider asks for the same story
def _parse(words: tuple[str, ...]) -> Story:
    facts: list[Fact] = []
    questions: list[Question] = []
    start = 0
    for at, word in enumerate(words):
        if word == START:
            start = at + 1
        if word not in (".", "?"):
            continue
        sentence, end = words[start : at + 1], at + 1
        for kind, form in FORMS.items():
            if (found := match(form.statement, sentence)) is not None:
                facts.append(Fact(kind, tuple(found[slot] for slot in form.key), found[form.answer], start, end))
            elif (found := match(form.question, sentence)) is not None:
                questions.append(Question(kind, tuple(found[slot] for slot in form.key), start, end))
        start = end
    return Story(words, tuple(facts), tuple(questions))


def truth(text: Story, question: Question) -> Truth:
    """What the text says about a question before it is asked."""
    earlier = (fact for fact in text.facts if fact.end <= question.start)
    return Truth(question, tuple(fact for fact in earlier if (fact.kind, fact.key) == (question.kind, question.key)))


def question_words(kind: FactKind, key: tuple[str, ...]) -> tuple[str, ...]:
    """The question about a thing, also one that the text never mentions."""
    form = FORMS[kind]
    return fill(form.question, dict(zip(form.key, key, strict=True)))


def readable(words: Sequence[str]) -> str:
    """Words as a sentence is written: capitals for names and beginnings, no blank before a full stop."""
    text, opening = "", True
    for word in words:
        if word == START:
            continue
        if word in (".", "?"):
            text, opening = text + word, True
            continue
        text += (" " if text else "") + (word.capitalize() if opening or word in WORDS["name"] else word)
        opening = False
    return text
