"""Small runs that items ask about: short texts, read by real memories, remembered while they are few."""

from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from memattn.lessons.items.item import Opens, Played
from memattn.lessons.lesson import Settings
from memattn.lessons.moments import Coming, just_before
from memattn.lessons.prediction import Prediction, predictions

if TYPE_CHECKING:
    from memattn.lessons.memories import Choice
    from memattn.records import Trace

TEXTS = (
    "the fox found a red key under the old bridge and took it home before the rain came over the hills that night",
    "a small boat left the grey harbour at dawn with nine men who knew no song and one old dog that could not swim",
    "my aunt keeps seven clocks in her kitchen and none of them has ever told the same hour as any of the other six",
)
Settled = tuple[tuple[str, int], ...]


def words_of(rng: Random, tokens: int) -> tuple[str, ...]:
    """The beginning of one of the texts."""
    found = tuple(rng.choice(TEXTS).split()[:tokens])
    assert len(found) == tokens
    return found


def choice_of(name: str, **settings: int) -> "Choice":
    """A memory by its registry name; one that compresses takes means."""
    from memattn.lessons.memories import Choice

    return Choice(name, tuple(settings.items()), compression="mean")


def read_by(name: str, words: tuple[str, ...], **settings: int) -> Settings:
    """Any text, read by a memory: codes of the words alone, nothing trained."""
    return Settings(choice_of(name, **settings), words, "free")


def pairs_by(name: str, words: tuple[str, ...], **settings: float | str) -> Settings:
    """Pairs of numbers as they stand, read by a memory."""
    from memattn.lessons.memories import Choice

    return Settings(Choice(name, tuple(settings.items())), words, "pairs")


@lru_cache(maxsize=256)
def run_of(settings: Settings) -> "Trace":
    """The run of a memory over a short text."""
    from memattn.lessons.running import run

    return run(settings).trace


def played(settings: Settings, question: Prediction | None, start: tuple[int, str] | None = None) -> Played:
    """That run on a stage, just before what a question asks for, or where it is said."""
    from memattn.lessons.running import memory_of
    from memattn.memory import MEMORIES

    trace, memory = run_of(settings), memory_of(settings)
    if start is None:
        assert question is not None
        start = just_before(trace, Coming(question.at.step, read=question.at.phase == "attend"))
    lanes, title = memory.lanes(len(trace.tokens)), MEMORIES[settings.choice.name].title
    return Played(trace, lanes, title, memory.reads, start, question)


def asked_by(settings: Settings, name: str, rate: int | None = None) -> Prediction | None:
    """The prediction of that sort that a run offers."""
    from memattn.lessons.narration import titles
    from memattn.lessons.running import memory_of

    trace = run_of(settings)
    found = predictions(trace, titles(memory_of(settings).lanes(len(trace.tokens))), rate)
    return next((one for one in found if one.name == name), None)


def shows(page: str, settings: Settings, step: int, phase: str = "", **further: str | int) -> Opens:
    """The lesson with this run, at a step."""
    return Opens(page, settings, step, phase, further)


def event_phase(trace: "Trace", step: int) -> str:
    """The last phase of a step in which something happens to the memory; "" where nothing does."""
    events = trace.steps[step].events
    return str(events[-1].kind) if events else ""
