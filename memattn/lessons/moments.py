"""What a scenario announces, found in the run, and where to stand just before it. No torch."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from memattn.records import EventKind, Trace

if TYPE_CHECKING:
    from memattn.lessons.answering import Run
    from memattn.reader import Fact


class Coming(NamedTuple):
    """Something that the stage is about to show.

    Args:
        step: from 0.
        read: whether it is what the word reads, rather than what becomes of the memory with it.
    """

    step: int
    read: bool = False


Finds = Callable[["Run"], Coming | None]  # None where the run has no such event


def just_before(trace: Trace, coming: Coming) -> tuple[int, str]:
    """Step, from 0, and phase after which it is the next thing to happen; a phase of "" is where the step rests."""
    if trace.reads_after:
        return max(0, coming.step - 1), ""
    return coming.step, "arrive" if coming.read else "attend"


def first(kind: EventKind) -> Finds:
    """The first update in which something happens."""

    def find(run: "Run") -> Coming | None:
        return next((Coming(event.token) for event in run.trace.events(kind)), None)

    return find


def fact_leaves(run: "Run") -> Coming | None:
    """The update after which no slot carries a word of the fact that is asked for."""
    fact = _fact(run)
    sentence = set(range(fact.start, fact.end)) if fact else set()
    drops = [event.token for event in run.trace.events(EventKind.DROP) if sentence & set(event.sources)]
    return Coming(drops[-1]) if drops else None


def answer_leaves_mem(run: "Run") -> Coming | None:
    """The update in which the pair that answers is popped and compressed, alone or with others, or dropped."""
    from memattn.lessons.expected import answers_at

    fact = _fact(run)
    pops = [event.token for event in run.trace.events(EventKind.POP) if fact and answers_at(fact) in event.slots]
    return Coming(pops[0]) if pops else None


def told_again(run: "Run") -> Coming | None:
    """The first word of what is told of the same thing for the last time."""
    fact = _fact(run)
    return Coming(fact.start, read=True) if fact else None


def last_read(run: "Run") -> Coming:
    """What the last word looks at."""
    return Coming(len(run.trace.steps) - 1, read=True)


def _fact(run: "Run") -> "Fact | None":
    """The fact that is asked for, as it was told last."""
    from memattn.lessons.answering import Answer

    return run.answer.truth.fact if isinstance(run.answer, Answer) else None
