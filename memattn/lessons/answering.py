"""What came of a run: the answer to its question, or what any text lets expect next; and where the words now are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memattn.reader import Truth
from memattn.records import Step, Trace

MOST_ANSWERS = 5

Ranked = tuple[tuple[str, float], ...]  # words with their probabilities, best first


@dataclass(frozen=True)
class Whereabouts:
    """Where some words are when a step reads.

    Args:
        raw: positions that stand in a raw pair that can be read.
        slots: made slots that carry a part of them.
        lost: positions that nothing carries any more.
    """

    raw: tuple[int, ...]
    slots: tuple[int, ...]
    lost: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """To the question at the end of a story.

    Args:
        ranked: the likeliest answers with this memory.
        full: the same with full attention.
        truth: what the story says.
        whereabouts: of the fact's words when the answer is due, or None where no such fact was told.
        knowing: of those pairs that came with the words of the fact in view, see `StoryModel.context`, none of them the
            fact's own: through them a fact can be answered whose own pairs are lost.
    """

    ranked: Ranked
    full: Ranked
    truth: Truth
    whereabouts: Whereabouts | None
    knowing: tuple[int, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the likeliest answer is the true one."""
        return self.ranked[0][0] == self.truth.answer


@dataclass(frozen=True)
class Occurrence:
    """Where the last word of a text stood before.

    Args:
        position: of the word.
        after: the word right behind it, which the second head looks for.
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
class NextWord:
    """What may come after any text.

    Args:
        ranked: the likeliest to come next with this memory.
        full: the same with full attention.
        occurrences: of the last word before it, oldest first; () where it is new, and nothing can be found.
    """

    ranked: Ranked
    full: Ranked
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True)
class Output:
    """What the last pair of numbers reads.

    Args:
        own: with this memory.
        full: with full attention.
    """

    own: tuple[float, ...]
    full: tuple[float, ...]


@dataclass(frozen=True)
class Foretold:
    """What a language model says comes next.

    Args:
        ranked: the likeliest words with this memory.
        full: the same with full attention.
    """

    ranked: Ranked
    full: Ranked


class Run(NamedTuple):
    """What came of a text that was read.

    Args:
        trace: of the layer on the stage.
        answer: to the question, what may come next, or numbers; None where the layer on the stage is not the one that
            answers.
    """

    trace: Trace
    answer: Answer | NextWord | Output | Foretold | None


def ranked(answers: dict[str, float]) -> Ranked:
    """The likeliest, best first."""
    return tuple(sorted(answers.items(), key=lambda item: -item[1])[:MOST_ANSWERS])


def whereabouts(run: Trace, step: Step, positions: Sequence[int]) -> Whereabouts:
    """Find words among the slots that a step could read."""
    readable, made = set(step.ids), set(run.made)
    raw = tuple(p for p in positions if p in readable)
    carriers: dict[int, set[int]] = {}
    for slot in step.ids:
        if slot in made:
            carried = set(run.shares_read(slot, step.index).sources).intersection(positions)
            if carried:
                carriers[slot] = carried
    kept = set(raw).union(*carriers.values()) if carriers else set(raw)
    return Whereabouts(raw, tuple(carriers), tuple(p for p in positions if p not in kept))
