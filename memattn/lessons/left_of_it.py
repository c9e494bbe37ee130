"""What is left of a pair when a token reads, from the shares of the slots: coverage, blur, the weight that reaches it.

No torch, since a lesson is imported before the page is painted.
"""

from typing import TYPE_CHECKING, NamedTuple

from memattn.lessons.lesson import Head
from memattn.lessons.narration import slot_name
from memattn.records import Shares, Trace

if TYPE_CHECKING:
    from memattn.lessons.answering import Run
    from memattn.reader import Fact

FIRST = 0  # position of the pair that is followed where no fact is asked for


class Left(NamedTuple):
    """Of one pair, as a token reads.

    Args:
        at: its position.
        slot: that holds most of it; None where it is lost.
        pairs: that share this slot, by their shares s: 1 / Σ s²; 0 where it is lost.
        weight: of the read that reaches the pair.
    """

    at: int
    slot: int | None
    pairs: float
    weight: float


def followed(run: "Run", step: int) -> int:
    """Position of the pair that answers what is asked, where it has come; else of the first pair."""
    fact, at = _asked(run)
    return at if fact and at <= step else FIRST


def why(run: "Run", at: int) -> str:
    """Why this pair is followed, in a sentence; "" where it speaks for itself: it is one of the fact's own words."""
    fact, answers = _asked(run)
    if not fact or at != answers or at < fact.end:
        return ""
    return (
        f"{slot_name(at)} is the pair to answer from: it came right behind the fact’s own words and was mixed from "
        "them, as every key and value is from the newest words."
    )


def _asked(run: "Run") -> tuple["Fact | None", int]:
    """The fact that is asked for, and the position of the pair that answers; (None, FIRST) where none is."""
    from memattn.lessons.answering import Answer
    from memattn.lessons.expected import answers_at

    fact = run.answer.truth.fact if isinstance(run.answer, Answer) else None
    return fact, answers_at(fact) if fact else FIRST


def left_of(trace: Trace, step: int, at: int, head: Head = None) -> Left:
    """What is left of the pair at a position, counted from 0, for the token at a step."""
    now = trace.steps[step]
    rows = now.attribution if head is None else now.attribution[[head]]
    weight = float(rows[:, at].mean())
    best, found = None, 0.0
    for slot in now.ids:
        if (share := _part(trace, slot, step, at)) > found:
            best, found = slot, share
    if best is None:
        return Left(at, None, 0.0, weight)
    return Left(at, best, _pairs(trace, best, step), weight)


def coverage(trace: Trace, step: int) -> float:
    """Part of the pairs so far that have a share in any slot that is read."""
    now, covered = trace.steps[step], set[int]()
    made = set(trace.made)
    for slot in now.ids:
        covered |= {slot} if slot not in made else set(trace.shares_read(slot, step).sources)
    return len(covered) / (step + 1)


def _part(trace: Trace, slot: int, step: int, at: int) -> float:
    if slot not in trace.made:
        return float(slot == at)
    shares = trace.shares_read(slot, step)
    return float(shares.values[:, shares.sources.index(at)].mean()) if at in shares.sources else 0.0


def _pairs(trace: Trace, slot: int, step: int) -> float:
    if slot not in trace.made:
        return 1.0
    shares: Shares = trace.shares_read(slot, step)
    values = shares.values.mean(axis=0)
    return float(values.sum() ** 2 / (values**2).sum())
