"""Pairs of numbers: a text whose words are keys and values as they stand, such as the course's own examples.

A line is a pair, "1 2 : 10 11" is key [1, 2] and value [10, 11]; without a colon the value is the key itself. Every
word asks with the same query of length 1, which the reader turns by an angle θ from the first axis to the second.
Everything is computed in float64, so that what comes out is what one gets by hand. No torch until it is read.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from memattn.records import Floats, Trace

if TYPE_CHECKING:
    from memattn.lessons.memories import Choice
    from memattn.memory.base import Memory
    from memattn.reader import Fact, Story
    from memattn.streams import Stream

MOST_PAIRS, MOST_NUMBERS, LARGEST = 64, 4, 1000.0
ARROW = "→"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def pairs(text: str) -> tuple[str, ...]:
    """The pairs of a text as words, "1,2→10,11", one per line or between semicolons.

    Raises:
        ValueError: there are none or too many, something is no number, or they differ in how many numbers they have.
    """
    lines = [line.strip() for line in re.split(r"[\n;]", text) if line.strip()]
    if not 1 <= len(lines) <= MOST_PAIRS:
        raise ValueError(f"there must be 1 to {MOST_PAIRS} pairs, one per line, got {len(lines)}")
    words = tuple(map(_word, lines))
    sizes = {tuple(map(len, halves)) for halves in map(halves_of, words)}
    if len(sizes) > 1:
        raise ValueError("every pair must have as many numbers as the first, in the key and in the value")
    return words


def _word(line: str) -> str:
    key, colon, value = line.partition(":")
    return ARROW.join(",".join(map(_written, _numbers(half))) for half in ((key, value) if colon else (key,)))


def _numbers(half: str) -> list[float]:
    found = half.replace(",", " ").replace("−", "-").split()
    if not 1 <= len(found) <= MOST_NUMBERS:
        raise ValueError(f"a key and a value must each have 1 to {MOST_NUMBERS} numbers, got {_quoted(half)}")
    for one in found:
        if not NUMBER.fullmatch(one) or abs(float(one)) > LARGEST:
            raise ValueError(f"numbers must lie in −{LARGEST:g}..{LARGEST:g}, such as 3 or −0.5, got {_quoted(one)}")
    return [float(one) for one in found]


def _quoted(text: str, most: int = 40) -> str:
    return repr(text.strip()) if len(text) <= most else f"{text.strip()[:most]!r}… ({len(text)} characters)"


def _written(number: float) -> str:
    return np.format_float_positional(number, trim="-")  # as it was typed: nothing is rounded in silence


def halves_of(word: str) -> tuple[list[float], list[float]]:
    """Key and value of a word."""
    key, _, value = word.partition(ARROW)
    own = [float(one) for one in key.split(",")]
    return own, [float(one) for one in value.split(",")] if value else own


def sides(words: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Keys and values, (words, numbers) each."""
    keys, values = zip(*map(halves_of, words), strict=True)
    return np.array(keys), np.array(values)


def in_digits(numbers: Sequence[float] | Floats) -> str:
    """A vector as one writes it: "[3.5, 1.3]"."""
    return "[" + ", ".join(f"{round(float(one), 3) + 0.0:.15g}" for one in numbers) + "]"


def written(trace: Trace) -> Mapping[int, tuple[tuple[int, str], ...]]:
    """Every made slot in digits whenever it changed: (first step, "5,6→14,15"); {} where slots are no means."""
    if trace.provenance != "exact":
        return {}
    _, values = sides(trace.tokens)
    same = not any(ARROW in word for word in trace.tokens)
    found: dict[int, tuple[tuple[int, str], ...]] = {}
    for slot in trace.made:
        own = []
        for shares, (_, key) in zip(trace.history(slot), trace.slot_keys(slot), strict=True):
            halves = (key[0],) if same else (key[0], shares.values[0] @ values[list(shares.sources)])
            digits = ARROW.join(in_digits(half)[1:-1].replace(" ", "") for half in halves)
            own.append((shares.step, digits))
        found[slot] = tuple(own)
    return found


@dataclass(frozen=True)
class NumberPairs:
    """Reads pairs of numbers; a `StoryModel`.

    Args:
        turn: θ, degrees by which every query is turned from the first axis to the second.
    """

    turn: int = 0
    origin: str = "pairs of numbers as they stand, no trained model"
    layers: int = 1
    context: int = 1

    def tokenise(self, text: str) -> tuple[str, ...]:
        """One word per pair."""
        return pairs(text)

    def memories(self, choice: "Choice") -> "tuple[Memory[Any], ...]":
        """The mechanism alone."""
        from memattn.lessons.memories import make

        return (make(choice),)

    def stream(self, words: Sequence[str], memories: "Sequence[Memory[Any]]", layer: int = -1) -> "Stream":
        """Keys and values as they stand."""
        import torch

        from memattn.kv import KV
        from memattn.streams import Stream

        keys, values = (torch.from_numpy(side).unsqueeze(0) for side in sides(words))
        direction = torch.zeros(keys.shape[-1], dtype=torch.float64)
        for axis, part in zip(range(keys.shape[-1]), (math.cos, math.sin), strict=False):
            direction[axis] = round(part(math.radians(self.turn)), 12)  # 90° is straight up
        return Stream(tuple(words), direction.expand_as(keys), KV(keys, values), self.origin)

    def answers(self, words: Sequence[str], memories: "Sequence[Memory[Any]]", outputs: Floats) -> dict[str, float]:
        """None: what is read are numbers, see `memattn.lessons.answering.Output`."""
        return {}

    def right(self, asked: "Sequence[tuple[Story, Fact]]", memories: "Sequence[Memory[Any]]") -> list[bool]:
        """Nothing is asked of pairs of numbers.

        Raises:
            ValueError: something is.
        """
        if asked:
            raise ValueError(f"pairs of numbers tell no facts, got {len(asked)} questions")
        return []
