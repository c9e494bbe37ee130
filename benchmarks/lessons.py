"""The lessons that have a page, as they begin: a page that comes is measured without an edit here."""

import re
from importlib import import_module

from benchmarks.server import ROOT
from memattn.dials import Dial
from memattn.lessons.lesson import Lesson
from memattn.lessons.memories import RATE, Choice, settings_of, start_of
from memattn.ui.lesson.memory import in_link, names, numbers

LESSON = re.compile(r"^from (memattn\.lessons\.\w+) import LESSON$", re.MULTILINE)


def lessons() -> dict[str, Lesson]:
    """By the address of their page."""
    found = {}
    for page in sorted((ROOT / "pages").glob("*.py")):
        if module := LESSON.search(page.read_text("utf-8")):
            found[re.sub(r"^\d+_", "/", page.stem)] = import_module(module[1]).LESSON
    return found


def begins(lesson: Lesson, name: str = "") -> Choice:
    """A memory as a page begins with it; without a name the one that stands there first."""
    name = name or str(lesson.starts.get("memory", next(iter(names(lesson)))))
    own = {key: value for key, value in lesson.starts.items() if key in settings_of(name)}
    return Choice(name, tuple(own.items()))


def slider(lesson: Lesson) -> tuple[str, str, Dial, float]:
    """Memory, name in the link, dial and beginning of a slider of the first memory that has one: its last of its own.

    Raises:
        ValueError: no memory of the page has a slider.
    """
    for name in dict.fromkeys((begins(lesson).name, *names(lesson))):
        choice = begins(lesson, name)
        if dials := {key: dial for key, dial in numbers(choice).items() if key.split(".")[-1] != RATE}:
            key, dial = list(dials.items())[-1]
            return name, in_link(choice, key), dial, float(lesson.starts.get(key, start_of(dial)))
    raise ValueError(f"the page {lesson.name} must have a memory with a slider, it offers {', '.join(names(lesson))}")


def places(dial: Dial, start: float, shares: list[float]) -> list[float]:
    """Those shares of a slider's length at which it says what it has not said before."""
    steps = round((dial.high - dial.low) / dial.step)
    said, kept = {round((start - dial.low) / dial.step)}, []
    for share in shares:
        if (value := round(share * steps)) not in said:
            said.add(value)
            kept.append(share)
    return kept
