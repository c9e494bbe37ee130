"""What recall to expect: what each memory still holds when the question mark reads, from its own provenance.

    P(right) = h + (1 - h) / V

h says how much of the fact can be had, V how many words could be the answer: who has lost the fact guesses blindly. The
memory takes in a blank text; the value shares of the slots that the question mark reads say where each word is now:

    the pair that answers is held as it is              h = 1
    a slot holds it together with those of other facts  h = its part among theirs: a mean of F answers one at most
    nothing carries it                                  h = 0

Which pair answers was measured on the trained base reader: its keys and values come out of a convolution over six
words, so one pair knows all of a fact, and the model looks at that pair alone. It need not be one of the fact's own
words: who likes what is answered from the second word behind its full stop, the last that still knows the name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from memattn.kv import KV, Provenance
from memattn.lessons.memories import Choice, compressions, make, served_by
from memattn.memory.base import Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.full import Full
from memattn.memory.segment_recurrence import SegmentRecurrence
from memattn.reader import Fact, FactKind
from memattn.reader.grammar import FORMS, WORDS
from memattn.records import Floats

ANSWERS_FROM: Mapping[FactKind, int] = {  # tokens behind the answer's word: 0 is that word, 1 the full stop
    FactKind.PLACE: 0,
    FactKind.LIKES: 3,
    FactKind.OWNER: 1,
    FactKind.TRIP: 1,
}
LONG = 257  # tokens: no memory keeps every pair of them but those that keep all


class Held(NamedTuple):
    """What a question mark can read.

    Args:
        raw: positions that are pairs of their own.
        shares: (made slots, positions) part of each position in the value of each slot.
    """

    raw: frozenset[int]
    shares: Floats


def guess(kind: FactKind) -> float:
    """Chance of a blind guess: one of the words that can answer this kind of question."""
    return 1 / len(WORDS[FORMS[kind].answer])


def answers_at(fact: Fact) -> int:
    """Position of the pair that the model answers from."""
    return fact.answer_at + ANSWERS_FROM[fact.kind]


def expected(choice: Choice, asked: int, position: int, others: Sequence[int], chance: float) -> float:
    """P(right).

    Args:
        choice: the memory.
        asked: position of the question mark.
        position: of the pair that answers, see `answers_at`.
        others: the same of every fact of the story, this one included.
        chance: of a blind guess.
    """
    part = float(parts(choice, asked, others)[position])
    return part + (1 - part) * chance


def parts(choice: Choice, asked: int, others: Sequence[int]) -> Floats:
    """H for a fact whose pair stands at each position up to `asked`, while those of others stand at `others`."""
    found = held(choice, asked)
    part = np.zeros(asked + 1, dtype=np.float32)
    if len(found.shares):
        beside = found.shares.copy()
        beside[:, list(others)] = 0  # where one of them is the fact itself it is not counted twice
        together = found.shares[:, list(others)].sum(axis=-1, keepdims=True) + beside
        part = np.divide(found.shares, together, out=np.zeros_like(beside), where=found.shares > 0).max(axis=0)
    part[list(found.raw)] = 1
    return part


@lru_cache(maxsize=512)
def held(choice: Choice, asked: int) -> Held:
    """What the question mark at position `asked` can read; remembered, so for texts of some hundred words."""
    return look(choice, asked)


def look(choice: Choice, asked: int) -> Held:
    """The same for a text of any length, not remembered."""
    memory = _blank_memory(choice)
    blank = KV.trusted(*(torch.zeros(1, asked + 1, 1) for _ in range(2)))
    with torch.inference_mode():
        before = memory.update(blank[:asked], memory.empty(blank)).state
        slots = memory.readable(blank[asked:], before, memory.update(blank[asked:], before))
    assert slots.value_shares is not None  # tracked
    made = [row for row, slot in enumerate(slots.ids) if slot < 0]
    shares = slots.value_shares[0, made].numpy().astype(np.float32)
    return Held(frozenset(slot for slot in slots.ids if slot >= 0), shares)


def _blank_memory(choice: Choice) -> Memory:  # type: ignore[type-arg]
    """The memory as far as it does not look at the pairs.

    What a convolution, a maximum or a ranking keeps of c pairs depends on them: it may be any, as in a mean. What a
    learned recurrence keeps does, too: it may be anything, as in the mean of all. What is kept by the attention that it
    receives, or found by it, may be any pair.
    """
    if choice.compresses:
        kept = compressions()[choice.compression].kind == "keep"
        choice = replace(choice, compression="keep" if kept else "mean")
    memory = make(choice)
    if _by_content(memory):
        return Full()
    if isinstance(memory, SegmentRecurrence):
        return replace(memory, f=CumulativeAverage())
    return CumulativeAverage() if memory.provenance is Provenance.SENSITIVITY else memory


def _by_content(memory: Memory) -> bool:  # type: ignore[type-arg]
    """Whether queries decide what is kept or found."""
    return memory.observes or not memory.scores_alike


def rule(choice: Choice) -> str:
    """What kind of expectation this is, for the legend."""
    if not choice.compresses and _by_content(make(choice)):
        words = "upper bound: right where the pair that answers is kept, or found"
    elif ((held(choice, LONG).shares > 0).sum(axis=-1) <= 1).all():  # every slot is one pair as it was
        words = "closed form: right while the pair that answers is held"
    elif choice.compresses:
        words = "upper bound: right while a slot may carry the pair that answers"
    else:
        words = "upper bound: a slot of n facts answers one of them at most"
    return f"{words} (in one layer)" if served_by(choice) == "base-2" and choice.name != "full" else words
