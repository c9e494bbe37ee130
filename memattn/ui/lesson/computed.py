"""What pages compute, remembered for all readers of the server by its settings."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from memattn.lessons import running, stories
from memattn.lessons.answering import Answer, Run
from memattn.lessons.lesson import LAST, Head, Lesson, Settings
from memattn.lessons.narration import titles
from memattn.lessons.numbers import written
from memattn.lessons.prediction import Prediction, predictions
from memattn.lessons.views import Panels, names, with_matrix
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.stage.matrix import shows_matrix
from memattn.stage.packed import Payload
from memattn.stage.payload import Mark, payload
from memattn.ui.cache import cached, in_turn
from memattn.ui.footprint import run_footprint

PAIR_COLUMNS = 4  # a pair of numbers is longer than a word
MOST_COLUMNS = 8  # tiles per row; longer lanes take several

make_up = cached(stories.make_up)
_run = cached(in_turn(running.run), run_footprint)


def run(settings: Settings) -> Run:
    """The run for these settings.

    Raises:
        ValueError: the settings do not go together.
        WeightsError: the model's weights cannot be used.
    """
    return _run(settings)


def answering(settings: Settings) -> Run:
    """The run of the layer that answers, whichever is on the stage; errors as for `run`."""
    return run(replace(settings, layer=LAST))


def _check(settings: Settings) -> float:
    return running.check(settings, run(settings))


checked = cached(_check)


def looking_head(settings: Settings) -> Head:
    """The head of the layer on the stage that looks at the fact most; None where none was told or there is but one."""
    found, answer = run(settings), answering(settings).answer
    if found.trace.heads == 1 or not isinstance(answer, Answer):
        return None
    return running.looking_head(found, answer.truth)


def _asked_of(lesson: Lesson, settings: Settings, head: Head) -> tuple[Prediction, ...]:
    found, memory = run(settings), running.memory_of(settings)
    rate = memory.compression.rate if isinstance(memory, Compressive) else None
    common = predictions(found.trace, titles(memory.lanes(len(found.trace.tokens))), rate, head)
    own = lesson.predictions(settings, found) if lesson.predictions else ()
    each = {(one.name, one.at): one for one in (*own, *common)}  # a lesson may name common ones among its own
    return tuple(sorted(each.values(), key=lambda one: one.at.step))


asked_of = cached(_asked_of)


def _pack(lesson: Lesson, settings: Settings, head: Head) -> Payload:
    found, memory = run(settings), running.memory_of(settings)
    layer = "" if settings.layer == LAST else ", first layer"
    return payload(
        found.trace,
        memory.lanes(len(found.trace.tokens)),
        PAIR_COLUMNS if settings.model == "pairs" else columns(memory),
        MEMORIES[settings.choice.name].title + layer,
        memory.reads,
        head,
        marks(answering(settings)),
        asked_of(lesson, settings, head),
        context=running.model_of(settings).context,
        series=lesson.series(found.trace),
        plane="plane" in names(lesson.views),
        written=written(found.trace) if settings.model == "pairs" else None,
    )


def views(lesson: Lesson, settings: Settings) -> Panels:
    """What stands beside the conveyor."""
    return with_matrix(lesson.views) if shows_matrix(run(settings).trace) else lesson.views


def _beside(lesson: Lesson, settings: Settings) -> Sequence[tuple[str, str]]:
    return lesson.beside(settings, run(settings)) if lesson.beside else ()


beside = cached(_beside)


def marks(found: Run) -> list[Mark]:
    """The words of the fact and of the question."""
    if not isinstance(found.answer, Answer):
        return []
    question = found.answer.truth.question
    facts = [Mark(fact.start, fact.end - 1, "fact", "the fact asked for") for fact in found.answer.truth.facts]
    return [*facts, Mark(question.start, question.end - 1, "question", "the question")]


def columns(memory: Memory[Any]) -> int:
    """Tiles per row: a segment, where there is one of a good length."""
    length = getattr(memory, "segment_length", MOST_COLUMNS)
    return length if 2 < length < MOST_COLUMNS else MOST_COLUMNS


_packed = cached(_pack)


def packed(lesson: Lesson, settings: Settings, head: Head) -> Payload:
    """What the stage plays; errors as for `run`."""
    return _packed(lesson, settings, head)
