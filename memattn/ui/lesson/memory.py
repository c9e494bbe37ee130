"""Controls of a memory, drawn from what its settings say of themselves.

What can be chosen among (the memory, its parts and options, its compression) decides which numbers there are, and
stands apart from them: a move of a number runs the stage alone, see `memattn.ui.lesson.ahead`.
"""

import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from memattn.dials import Dial, Option, Part
from memattn.lessons import texts
from memattn.lessons.lesson import Lesson, Model
from memattn.lessons.memories import Choice, compressions, has_layers, settings_of, start_of
from memattn.memory import MEMORIES
from memattn.ui import bars, controls

ROW = "beta"  # name in the link of numbers that are set one by one
SECOND = "b_"  # before the names of the second memory's controls; those of the first have none
TITLES = {"": "Memory", SECOND: "Memory B"}
TRAINED, UNTRAINED = "e2e", "mean"  # compressions to begin with


def names(lesson: Lesson) -> dict[str, str]:
    """Memories that can be chosen, with their titles."""
    return {name: MEMORIES[name].title for name in lesson.memories or MEMORIES}


def which(lesson: Lesson, side: str = "", begins: str = "", title: str = "") -> Choice:
    """Draw the select box of the memory, where there is a choice."""
    offered = names(lesson) if not side else {name: kind.title for name, kind in MEMORIES.items()}
    begins = begins or str(lesson.starts.get("memory", next(iter(offered))))
    if len(offered) == 1:
        return Choice(begins)
    return Choice(controls.choice(f"{side}memory", title or TITLES[side], offered, begins))


def compression(choice: Choice, model: Model, side: str = "") -> Choice:
    """Draw the select box of the compression, where there is one."""
    if not choice.compresses:
        return choice
    offered = compressions(trained=model == "trained")
    key = controls.choice(
        key_of(side, choice, "compression"),
        "Compression",
        {key: one.title for key, one in offered.items()},
        TRAINED if model == "trained" else UNTRAINED,
        name=f"{side}f",
        symbol="f_c",
        help="How c pairs become one slot.",
    )
    return replace(choice, compression=key)


def kinds(lesson: Lesson, choice: Choice, model: Model, side: str = "") -> Choice:
    """Draw what else can be chosen among: parts, options, layers; the choice as far as that decides it."""
    for key, setting in settings_of(choice.name).items():  # a part's own settings come with it, further down
        if isinstance(setting, Part | Option) and "." not in key:
            choice = choice.with_settings(**{key: _chosen(lesson, choice, key, setting, side)})
    for key, setting in settings_of(choice.name, dict(choice.settings)).items():
        if isinstance(setting, Option) and "." in key:
            choice = choice.with_settings(**{key: _chosen(lesson, choice, key, setting, side)})
    if model == "trained" and has_layers(choice):
        layers = controls.choice(f"{side}layers", "Layers", texts.LAYERS, 1, help=texts.LAYERS_HELP)
        choice = replace(choice, layers=layers)
    return choice


def untrained(choice: Choice) -> Choice:
    """The same as far as it goes without a trained model."""
    kept = not choice.compresses or choice.compression in compressions(trained=False)
    return choice if kept else replace(choice, compression=UNTRAINED)


def _chosen(lesson: Lesson, choice: Choice, key: str, setting: Part | Option, side: str) -> Any:
    own, name = key_of(side, choice, key), side + key.split(".")[-1]
    begins = _begins(lesson, key, setting, side)
    if isinstance(setting, Option):
        return controls.option(own, setting, begins, name=name)
    titles = {part: MEMORIES[part].title for part in setting.prototypes}
    return controls.choice(own, setting.name, titles, begins, name=name, help=setting.help)


def numbers(choice: Choice) -> dict[str, Dial]:
    """The sliders of a memory."""
    known = settings_of(choice.name, dict(choice.settings))
    return {key: setting for key, setting in known.items() if isinstance(setting, Dial)}


def sizes(lesson: Lesson, choice: Choice, side: str = "", places: Sequence[Any] = ()) -> Choice:
    """Draw the sliders; the whole choice.

    Args:
        lesson: the page.
        choice: as far as it is decided.
        side: "" or `SECOND`.
        places: containers to draw them in, in turn; () is one after the other.
    """
    found: dict[str, Any] = {}
    for number, (key, setting) in enumerate(numbers(choice).items()):
        begins = _begins(lesson, key, setting, side)
        with places[number % len(places)] if places else nullcontext():
            found[key] = controls.dial(key_of(side, choice, key), setting, begins, name=side + in_link(choice, key))
            if setting.row_symbol and found[key] <= bars.MOST and not side:  # beside another memory there is no room
                made = setting.value(found[key])
                row = bars.bars(f"{key_of(side, choice, key)}_row", setting.row_symbol, made, name=ROW)
                found[key] = row or found[key]
    return choice.with_settings(**found)


def moved(choice: Choice, key: str, number: float) -> Choice:
    """The same with a slider elsewhere, as `sizes` will say once it is.

    Raises:
        ValueError: that slider does not go there.
    """
    setting = numbers(choice)[key]
    if not setting.low <= number <= setting.high:
        raise ValueError(f"{setting.name} must lie in {setting.low}..{setting.high}, got {number}")
    return choice.with_settings(**{key: controls.as_said(setting, number)})


def in_link(choice: Choice, key: str) -> str:
    """Name of a slider in the link: its symbol, "ncm"; the key itself where another has the same."""
    symbols = {other: _plain(setting) for other, setting in numbers(choice).items()}
    return symbols[key] if list(symbols.values()).count(symbols[key]) == 1 else key


def _plain(setting: Dial) -> str:
    return re.sub(r"[^a-z]", "", setting.symbol.lower()) or setting.field


def _begins(lesson: Lesson, key: str, setting: Any, side: str) -> Any:
    return start_of(setting) if side else lesson.starts.get(key, start_of(setting))


def key_of(side: str, choice: Choice, setting: str) -> str:
    """Key of a setting's control on its page."""
    return f"{side}{choice.name}_{setting}".replace(".", "_")
