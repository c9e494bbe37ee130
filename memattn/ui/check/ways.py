"""The way from an answer into the lesson: the link that sets a run, its step and phase."""

from collections.abc import Iterator, Mapping
from typing import Any

from memattn.dials import Dial, Option, Part
from memattn.lessons.items.item import Opens
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice, settings_of
from memattn.lessons.numbers import ARROW
from memattn.lessons.peaks import PLACE, PLACES
from memattn.ui.lesson.memory import ROW, in_link
from memattn.ui.navigation import GROUPS, Stop


def stop_of(page: str) -> Stop:
    """The page of a lesson, by its name in the address."""
    return next(stop for _, stops in GROUPS for stop in stops if stop.file.endswith(f"_{page}.py"))


def query(opens: Opens) -> dict[str, str]:
    """What the link holds, by name."""
    found = dict(_of_settings(opens.settings)) if opens.settings else {}
    if opens.step is not None:
        found |= {"step": opens.step + 1} | ({"phase": opens.phase} if opens.phase else {})
    return {name: str(value) for name, value in (found | dict(opens.further)).items()}


def _of_settings(settings: Settings) -> Iterator[tuple[str, Any]]:
    yield "memory", settings.choice.name
    yield from _of_memory(settings.choice)
    yield "story", settings.model
    match settings.model:
        case "free":
            yield "free", " ".join(settings.words)
        case "pairs":
            yield "pairs", "; ".join(word.replace(",", " ").replace(ARROW, " : ") for word in settings.words)
        case "peaks":
            yield PLACES, settings.words.count(PLACE)
    yield from settings.extras


def _of_memory(choice: Choice) -> Iterator[tuple[str, Any]]:
    known: Mapping[str, Any] = settings_of(choice.name, dict(choice.settings))
    for key, setting in known.items():
        value = choice[key]
        if isinstance(setting, Option | Part):
            yield key.split(".")[-1], value
        elif isinstance(setting, Dial) and isinstance(value, str):  # a row of numbers: how many, and which
            yield in_link(choice, key), value.count(",") + 1
            yield ROW, value
        else:
            yield in_link(choice, key), value
    if choice.compresses:
        yield "f", choice.compression
