"""A peak that jumps: a text whose logits are chosen, for the bare mechanism to read. No torch until it is read.

The first words, ★, are resting places: every query gives them the same logit b. Of all other words a query gives one a
logit ℓ, the word before its own, and the rest 0. So the largest weight falls on another word at every step. In a window
of three, ℓ = 4.5 gives the weights 0.01, 0.98, 0.01.

Queries and keys are made so that their scaled products are these logits: keys are the unit vectors, a query is the row
of its logits times √d. Values are one number, 0 of a ★ and 1 and −1 in turn of the others: what is read then jumps with
the peak, and a ★ adds nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memattn.dials import Dial
from memattn.records import Floats

if TYPE_CHECKING:
    from memattn.lessons.memories import Choice
    from memattn.memory.base import Memory
    from memattn.reader import Fact, Story
    from memattn.streams import Stream

PLACE = "★"
WORDS = "abcdefghijklmnopqrstuvwxyz"
PEAK, SINK, PLACES = "peak", "sink", "places"
STEP = 0.125  # a sum of powers of two, so that a slider says what the link says
DIALS = {
    PEAK: Dial(4.5, 0.0, 14.0, r"\ell", "", "Logit of the word before; 4.5 is 0.98 of three.", "Peak", 4.5, STEP),
    SINK: Dial(4.5, 0.0, 14.0, "b", "", "Logit that every query gives to each ★.", "Logit of a ★", 4.5, STEP),
    PLACES: Dial(1, 1, 4, "", "", "How many words at the beginning are ★.", "Resting places", 1, 1),
}
SAYS = "Logits are chosen, and queries and keys are made for them; the memory that reads them is the real one."


def words(places: int) -> tuple[str, ...]:
    """Some resting places, and the alphabet."""
    return (*PLACE * places, *WORDS)


def logits(words: Sequence[str], peak: float, sink: float) -> list[list[float]]:
    """Of every query, over all words."""
    places = sum(word == PLACE for word in words)
    return [
        [sink if at < places else peak if at == max(query - 1, places) else 0.0 for at in range(len(words))]
        for query in range(len(words))
    ]


@dataclass(frozen=True)
class Peaks:
    """Reads words with chosen logits; a `StoryModel`."""

    peak: float = DIALS[PEAK].start
    sink: float = DIALS[SINK].start
    origin: str = "chosen logits, no trained model"
    layers: int = 1
    context: int = 1

    def tokenise(self, text: str) -> tuple[str, ...]:
        """One word per letter."""
        return tuple(text.replace(" ", ""))

    def memories(self, choice: "Choice") -> "tuple[Memory[Any], ...]":
        """The mechanism alone."""
        from memattn.lessons.memories import make

        return (make(choice),)

    def stream(self, words: Sequence[str], memories: "Sequence[Memory[Any]]", layer: int = -1) -> "Stream":
        """Queries and keys whose scaled products are the chosen logits."""
        import torch

        from memattn.kv import KV
        from memattn.streams import Stream

        keys = torch.eye(len(words), dtype=torch.float64)
        queries = torch.tensor(logits(words, self.peak, self.sink), dtype=torch.float64) * math.sqrt(len(words))
        signs = [0.0 if word == PLACE else 1.0 - 2 * (at % 2) for at, word in enumerate(words)]
        values = torch.tensor(signs, dtype=torch.float64).unsqueeze(-1)
        pairs = KV(keys.unsqueeze(0), values.unsqueeze(0))
        return Stream(tuple(words), queries.unsqueeze(0), pairs, self.origin)

    def answers(self, words: Sequence[str], memories: "Sequence[Memory[Any]]", outputs: Floats) -> dict[str, float]:
        """None: what is read is a number."""
        return {}

    def right(self, asked: "Sequence[tuple[Story, Fact]]", memories: "Sequence[Memory[Any]]") -> list[bool]:
        """Nothing is asked of chosen logits.

        Raises:
            ValueError: something is.
        """
        if asked:
            raise ValueError(f"chosen logits tell no facts, got {len(asked)} questions")
        return []
