"""What a memory still holds of every fact of a contract, when a question is read behind it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from memattn.lessons.contract.families import Pick
from memattn.lessons.expected import answers_at, look
from memattn.lessons.recall import LONGEST_QUESTION
from memattn.reader.contracts import contract
from memattn.records import counted


@dataclass(frozen=True)
class Holding:
    """Of one fact, by the pair that answers it.

    Args:
        words: in the slot that carries most of the pair: 1 where it stands as it was, 0 where nothing carries it.
    """

    words: int

    @property
    def kind(self) -> Literal["raw", "slot", "lost"]:
        """As the page names it."""
        return "lost" if not self.words else "raw" if self.words == 1 else "slot"

    @property
    def said(self) -> str:
        """In words."""
        if self.kind == "slot":
            return f"in a slot of {counted(self.words, 'word')}"
        return "still a raw pair" if self.words else "lost"


@lru_cache(maxsize=256)
def holdings(pick: Pick, seed: int) -> tuple[Holding, ...]:
    """Of the facts of a contract, in their order."""
    story = contract(seed).story
    found = look(pick.choice, len(story.words) + LONGEST_QUESTION - 1)
    sizes = (found.shares > 0).sum(axis=-1)
    held = []
    for fact in story.facts:
        at = answers_at(fact)
        if at in found.raw:
            held.append(Holding(1))
        elif len(sizes) and found.shares[:, at].any():
            held.append(Holding(int(sizes[found.shares[:, at].argmax()])))
        else:
            held.append(Holding(0))
    return tuple(held)
