"""What recall to expect, in closed form: what each memory still holds when the question mark reads.

    P(right) = h + (1 - h) / V

h says whether the fact can still be had, V how many words could be the answer: who has lost the fact guesses blindly.
A fact counts as held while the pair of its answer's word is, or that of the full stop behind it: through the
convolution over six words both know the whole fact. Later pairs know parts of it, which is left out here.

    raw pairs (closed form)    h = 1 while one of the two can be read, else 0
    compressed (upper bound)   h = 1 while some slot carries one of the two, or may: most used keeps what it likes
    averages (rule of thumb)   h = 1 / F: a mean of F facts answers one of them
    slots (rule of thumb)      h = min(1, n / F): one of n slots holds at most one fact
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from memattn.compression import MeanPool
from memattn.lessons.story.ways import Choice
from memattn.memory.compressive import Compressive
from memattn.memory.merging import Merging
from memattn.reader import FactKind
from memattn.reader.grammar import FORMS, WORDS

POOLS = ("merging", "pool", "sqrt", "log")


def guess(kind: FactKind) -> float:
    """Chance of a blind guess: one of the words that can answer this kind of question."""
    return 1 / len(WORDS[FORMS[kind].answer])


def rule(choice: Choice) -> str:
    """What the closed form is for this memory."""
    match choice.way:
        case "compressive" if choice.compression == "keep":
            said = "rule of thumb: right while the fact's answer or full stop is kept"
        case "compressive":
            said = "upper bound: right while a slot may carry the fact"
        case "full" | "window" | "segments" | "pinned":
            said = "closed form: right while the fact is held"
        case "hybrid":
            said = "rule of thumb: right in the window, before it one of F facts"
        case way if way in POOLS:
            said = "rule of thumb: right in the window, before it at most one fact per slot"
        case _:
            said = "rule of thumb: one of F facts"
    return f"{said} (in one layer)" if choice.member == "base-2" and choice.way != "full" else said


def expected(choice: Choice, asked: int, answer: int, told: Sequence[int], chance: float) -> float:
    """P(right).

    Args:
        choice: the memory.
        asked: position of the question mark.
        answer: position of the answer's word.
        told: the same of every fact of the story, this one included.
        chance: of a blind guess.
    """
    held = _held(choice, asked, answer, told)
    return held + (1 - held) * chance


def _held(choice: Choice, asked: int, answer: int, told: Sequence[int]) -> float:
    way = choice.way
    if way in ("hybrid", *POOLS):
        window = choice["nc"]
        older = sum(asked - other > window for other in told)
        slots = 1 if way == "hybrid" else _slots(choice, asked + 1 - window)
        return 1.0 if asked - answer <= window else min(1.0, slots / older)
    if not holds(choice, asked, answer):
        return 0.0
    if way in ("cumulative", "gated", "moving", "weighted", "exponential"):
        return 1 / sum(holds(choice, asked, other) for other in told)
    return 1.0


def holds(choice: Choice, asked: int, answer: int) -> bool:
    """Whether the fact with its answer at this position is held: that word or the full stop behind it."""
    return carries(choice, asked, answer) or carries(choice, asked, answer + 1)


def carries(choice: Choice, asked: int, position: int) -> bool:
    """Whether a slot that the word at `asked` reads carries the word at `position`, wholly or in part.

    Most used may have kept another word instead. The exponential average forgets nothing altogether; it counts
    as long as a moving average of the same mean age would: 2/γ - 1 tokens.
    """
    age = asked - position
    match choice.way:
        case "window" | "moving" | "weighted":
            return age < choice["nc"]
        case "exponential":
            return age < 2 / (1 - math.pow(0.5, 1 / choice["half"])) - 1
        case "segments":
            return position >= (asked // choice["ns"] - choice["m"]) * choice["ns"]
        case "pinned":
            return position < choice["g"] or age < choice["nc"]
        case "compressive":
            popped = _popped(choice, asked)
            if position >= popped:
                return True
            kept = choice.compression != "keep" or position % choice["c"] == 0
            return kept and position >= popped - choice["c"] * choice["ncm"]
        case _:
            return True


def _popped(choice: Choice, asked: int) -> int:
    """Words that have left Mem."""
    return _schedule(choice["ns"], choice["nm"], choice["ncm"], choice["c"], asked // choice["ns"])


@lru_cache(maxsize=4096)
def _schedule(n_s: int, n_m: int, n_cm: int, c: int, segments: int) -> int:
    return Compressive(n_s, n_m, n_cm, MeanPool(c)).schedule(segments).popped


def _slots(choice: Choice, tokens: int) -> int:
    growth: dict[str, Literal["sqrt", "log"]] = {"sqrt": "sqrt", "log": "log"}
    return Merging(choice["ng"], growth.get(choice.way, "fixed")).slot_count(tokens)
