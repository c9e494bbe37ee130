"""One fact followed through a run: after every token, which of its words are raw, in a slot, or lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memattn.records import Lane, Trace


class Carrier(NamedTuple):
    """A slot that the memory made, with a part of the fact in it.

    Args:
        slot: its identity.
        share: of the fact's words in its value, mean of all heads.
    """

    slot: int
    share: float


class Standing(NamedTuple):
    """The fact after a token; words that have not been told yet count nowhere.

    Args:
        raw: words that are still pairs of their own.
        slots: words that only a made slot carries.
        lost: words that nothing carries.
        carriers: slots with a part of it.
    """

    raw: int
    slots: int
    lost: int
    carriers: tuple[Carrier, ...]


@dataclass(frozen=True)
class Shown:
    """A memory on the wall.

    Args:
        name: registry name.
        title: in words.
        note: its size in words.
        trace: its run.
        lanes: bands from the oldest to the newest.
        standings: of the fact, after each token.
        answer: the model's, after the last word.
        right: whether it is the true one.
    """

    name: str
    title: str
    note: str
    trace: Trace
    lanes: Sequence[Lane]
    standings: Sequence[Standing]
    answer: str
    right: bool


@dataclass(frozen=True)
class Refused:
    """A memory that these settings give no run.

    Args:
        name: registry name.
        title: in words.
        problem: why.
    """

    name: str
    title: str
    problem: str


def follow(trace: Trace, words: Sequence[int]) -> tuple[Standing, ...]:
    """Where the words at some positions stand after each token of a run."""
    return tuple(_standing(trace, step, words) for step in range(len(trace.steps)))


def _standing(trace: Trace, step: int, words: Sequence[int]) -> Standing:
    told = {word for word in words if word <= step}
    held = trace.steps[step].held_ids
    raw = told.intersection(held)
    carriers, carried = [], set[int]()
    for slot in held if told else ():
        if slot < 0 and (inside := trace.carried(slot, step, sorted(told))):
            carried.update(inside)
            carriers.append(Carrier(slot, trace.share(slot, step, inside)))
    return Standing(len(raw), len(carried - raw), len(told - raw - carried), tuple(carriers))
