"""What a question is: where it is asked, what may be chosen, what is right, and what to say to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class At(NamedTuple):
    """A moment at which the stage stops.

    Args:
        step: from 0.
        phase: that has yet to begin: a kind of event, or "attend", "append"; one that shares another's phase is meant
            by that.
    """

    step: int
    phase: str


class Slots(NamedTuple):
    """Some slots on the stage, in any order.

    Args:
        offered: identities, as they stand.
        single: whether it can be but one.
        none: says that it is none of them; "" where that cannot be chosen.
    """

    offered: tuple[int, ...]
    single: bool = False
    none: str = ""


class Number(NamedTuple):
    """A whole number, typed.

    Args:
        unit: of what, in the plural.
    """

    unit: str


class Sentence(NamedTuple):
    """One of several sentences, chosen by their numbers from 0."""

    offered: tuple[str, ...]


class Order(NamedTuple):
    """What comes next, and then: all of several sentences, one after the other."""

    offered: tuple[str, ...]


Choice = Slots | Number | Sentence | Order


class Belief(NamedTuple):
    """What people choose for a reason, and what to tell them."""

    chosen: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Prediction:
    """A question about what the run is about to show.

    Args:
        name: of the sort of question.
        at: where it is asked.
        shows: the phase of that step which shows what is right.
        title: of the question, in a list; holds no words of the text.
        prompt: the question.
        choice: what may be chosen.
        answer: from the trace: identities of slots, the number itself, or numbers of sentences, from 0.
        truth: the answer in words, with its reason where the run shows one; said to whoever is right, and to all whose
            choice no belief explains.
        beliefs: wrong choices that have a reason, the more telling ones first.
    """

    name: str
    at: At
    shows: str
    title: str
    prompt: str
    choice: Choice
    answer: tuple[int, ...]
    truth: str
    beliefs: tuple[Belief, ...] = ()

    def is_right(self, chosen: Sequence[int]) -> bool:
        """Whether that is what the run shows."""
        bag = isinstance(self.choice, Slots)  # in any order
        return set(chosen) == set(self.answer) if bag else tuple(chosen) == self.answer


def wrong(answer: Sequence[int], beliefs: Sequence[tuple[Sequence[int], str]], choice: Choice) -> tuple[Belief, ...]:
    """Those beliefs that are another answer; of two that choose the same the first has the word.

    Args:
        answer: that is right.
        beliefs: the more telling first; one that chooses nothing counts only where that can be chosen.
        choice: what may be chosen.
    """
    bag = isinstance(choice, Slots)

    def mark(chosen: Sequence[int]) -> object:
        return frozenset(chosen) if bag else tuple(chosen)

    empty = bool(isinstance(choice, Slots) and choice.none)
    kept: dict[object, Belief] = {}
    for chosen, text in beliefs:
        if mark(chosen) != mark(answer) and (chosen or empty):
            kept.setdefault(mark(chosen), Belief(tuple(chosen), text))
    return tuple(kept.values())
