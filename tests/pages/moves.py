"""Moves of a reader drawn at random, over whatever controls a page has: the same seed draws the same moves."""

import math
from collections.abc import Collection
from random import Random
from typing import Any

from memattn.ui import link
from tests.pages.session import Session

BUTTONS = ("plant_it", "contradict", "reset")
TEXTS = {
    "words": (
        "The red key is in the kitchen. It rains now. Where is the red key?",
        "Anna likes soup. The blue hat belongs to Ben. Carla went to the market.\n\nThe fox sings.",
        "It rains now.",
        "The rad kee & <b>soup</b>",
        " \n ",
    ),
    "free": (
        "狐狸在洞里。狐狸",
        "الثعلب في الجحر و الثعلب",
        "🦊 in a 🕳️ and 🦊",
        "one",
        "",
        'a=1&b=2#c+d %20 "quoted"; a\ttab, a\nline and a = 1',
    ),
    "plant": (
        "11: The golden key is in the garden.",
        "3: Anna likes soup.\n40: Carla went to the market.",
        "no line",
        "",
    ),
    "typed": ("3", "4,5", "−2.25", "seven", ""),
    "state": ("3, 4.5", "(−2, 7)", "7", "", "<b>1</b> 2"),
    "pairs": ("1 2 : 10 11; 3 4 : 12 13; -5 .5 : 14 15", "1\n2\n3", "2 4 : 1 3 0; 1 3 : 5 0 1", "two", "1 2; 3", ""),
    "asked": ("Where is the golden key?", "What does Ben like?", "What?", "", "Who owns the +hat & coat?"),
}


def wander(rng: Random, page: Session, moves: int = 1, but: Collection[str] = ()) -> None:
    """Move some controls of the page, one after the other; all `but` those that are named."""
    for _ in range(moves):
        buttons = [key for key in BUTTONS if any(one.key == page.key(key) for one in page.buttons)]
        if buttons and rng.random() < 0.06:
            page.click(rng.choice(buttons))
        elif rng.random() < 0.03:
            page.present(rng.random() < 0.5)
        else:
            _move(rng, page, but)


def _move(rng: Random, page: Session, but: Collection[str]) -> None:
    free = {key: control for key, control in page.controls.items() if not control.disabled and key not in but}
    if free:
        key = rng.choice(sorted(free))
        page.move(key, value(rng, key, free[key]))


def value(rng: Random, key: str, control: Any) -> Any:
    """Any value that the control can take; sizes are drawn as often below as above ten, so that runs stay short."""
    match control.type:
        case "slider":
            width = round((control.max - control.min) / control.step)
            steps = min(width, int(math.exp(rng.uniform(0, math.log(width + 2)))) - 1)
            found = control.min + steps * control.step
            return type(control.min)(f"{found:g}")  # rounded, as a browser does
        case "toggle":
            return rng.random() < 0.5
        case "text_area" | "text_input":
            return rng.choice(TEXTS[key])
        case _:
            return rng.choice(control.options)


def moment(rng: Random, page: Session) -> tuple[int, str]:
    """A step of the stage, from 0, and a phase that it has."""
    step = rng.randrange(len(page.stage.content["tokens"]))
    return step, rng.choice(("", *phases(page, step)))


def phases(page: Session, step: int) -> list[str]:
    """Those of a step of the stage."""
    happens = {kind for kind, *_ in page.stage.content["steps"][step].get("e", [])} | {"arrive", "attend"}
    return [phase for phase in link.PHASES if ("compress" if phase == "append" else phase) in happens]
