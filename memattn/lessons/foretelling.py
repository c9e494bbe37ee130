"""What may be foretold of an experiment before it is run; the verdict is read from its result. No torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Foretelling:
    """A question about what an experiment is about to show.

    Args:
        prompt: the question.
        offered: what may be chosen.
        answer: number of what is right, from 0, from the data of the finished result.
        truth: the same in words, with numbers of this run; said to whoever is right.
        refuted: what to say to whoever chose that other number, with numbers of this run.
    """

    prompt: str
    offered: tuple[str, ...]
    answer: Callable[[Any], int]
    truth: Callable[[Any], str]
    refuted: Callable[[Any, int], str]

    def verdict(self, data: Any, chosen: int) -> tuple[bool, str]:
        """Whether that is what the run shows, and what to say to it."""
        if chosen == self.answer(data):
            return True, f"Right. {self.truth(data)}"
        return False, self.refuted(data, chosen)
