"""Predictions: questions before events, whose answers the trace gives and nobody writes down.

What is said to a wrong answer names the belief behind it and denies it with the numbers of this run; a rule such as
"first in, first out" is stated only where the run followed it. No mechanism is known here: every sort of question finds
in the events of a run whether it can be asked, and at which step.
"""

from collections.abc import Callable

from memattn.lessons.narration import Titles
from memattn.lessons.prediction import compressing, fating, leaving, looking, merging, ordering
from memattn.lessons.prediction.question import At, Belief, Number, Order, Prediction, Sentence, Slots
from memattn.lessons.prediction.scene import Scene
from memattn.records import EventKind, Trace

__all__ = ["At", "Belief", "Number", "Order", "Prediction", "Scene", "Sentence", "Slots", "predictions"]

Asks = Callable[[Scene], Prediction | None]  # None where this step is none to ask this at

FIRST: tuple[tuple[EventKind, Asks], ...] = (  # each is asked once, at the first step with such an event that suits it
    (EventKind.POP, leaving.what_is_popped),
    (EventKind.COMPRESS, compressing.how_many_slots),
    (EventKind.COMPRESS, compressing.which_sources),
    (EventKind.DROP, leaving.what_is_dropped),
    (EventKind.MERGE, merging.what_becomes_one),
    (EventKind.MERGE, merging.what_takes_it),
)
LAST: tuple[Asks, ...] = (  # at the last one: by then all has happened that can
    ordering.what_comes_next,
    leaving.what_stays_out,
    fating.what_became_of_the_first,
    looking.what_it_looks_at,
)


def predictions(
    trace: Trace, titles: Titles | None = None, rate: int | None = None, head: int | None = None
) -> tuple[Prediction, ...]:
    """What a run offers to ask, in the order in which it is asked: one question of every sort that suits it.

    Args:
        trace: the run.
        titles: names of the lanes by role, as in `narration.sentences`.
        rate: pairs per slot, c, where the memory compresses; is then said in the explanations.
        head: whose attention is asked about; None is the mean over heads.
    """
    scenes = [Scene(trace, step, titles or {}, rate, head) for step in trace.steps]
    busy = [scene for scene in scenes if scene.step.events]
    eventful = {kind: [scene for scene in busy if scene.of(kind)] for kind, _ in FIRST}
    found = [_first(ask, eventful[kind]) for kind, ask in FIRST]
    found += [_first(ask, scenes[::-1]) for ask in LAST]
    return tuple(sorted(filter(None, found), key=lambda question: question.at.step))


def _first(ask: Asks, scenes: list[Scene]) -> Prediction | None:
    return next(filter(None, map(ask, scenes)), None)
