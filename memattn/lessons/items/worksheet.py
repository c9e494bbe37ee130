"""A worksheet of a lesson: its items with the numbers of a seed, and the key on pages of its own; one file to print."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from memattn import assets
from memattn.lessons.items.item import FORMS, Item, Posed
from memattn.lessons.narration import slot_name, span
from memattn.lessons.prediction import Number, Order, Slots
from memattn.quantities import rounded

LOWERED = re.compile(r"\b([anH])_([a-z]{1,4})\b")
BOXES = {"Several": "☐", "Order": "__", "Sentence": "○", "Fault": "○"}  # in front of what may be chosen


class Sheet(NamedTuple):
    """What is printed.

    Args:
        title: of the lesson.
        seed: of all numbers.
        asked: items with their numbers, in order.
    """

    title: str
    seed: int
    asked: tuple[tuple[Item, Posed], ...]


def sheet(title: str, items: Sequence[Item], seed: int) -> Sheet:
    """The worksheet of these items with the numbers of this seed."""
    return Sheet(title, seed, tuple((item, item.ask(seed)) for item in items))


def lowered(text: str) -> Markup:
    """A text for HTML: what stands behind an underscore is set low, as in the formulas."""
    return Markup(LOWERED.sub(r"<i>\1</i><sub>\2</sub>", str(escape(text))))


def answer(posed: Posed) -> str:
    """What is right, as one would write it on the sheet."""
    own = posed.asked.answer
    match posed.choice:
        case Number(unit):
            said = f"{own[0]:,.0f}" if own[0] == round(own[0]) else rounded(own[0], 4)
            return f"{said} {unit}".strip().replace("-", "−")
        case Slots():
            return ", ".join(slot_name(int(slot)) for slot in own) or posed.choice.none
        case Order():
            return ", ".join(letter(int(at)) for at in own)
        case _:
            return ", ".join(letter(int(at)) for at in sorted(own))


def letter(at: int) -> str:
    """Of a choice: A is the first."""
    return "ABCDEFGHIJ"[at]


def html(own: Sheet) -> str:
    """The sheet and its key as one page that needs nothing else."""
    head = Markup("<header><h1>{}</h1>{}</header>")
    questions = Markup("").join(_question(number, item, posed) for number, (item, posed) in enumerate(own.asked, 1))
    key = Markup("").join(_key(number, item, posed) for number, (item, posed) in enumerate(own.asked, 1))
    return str(
        Markup(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{} · worksheet {}</title>'
            '<style>{}</style></head><body><main>{}{}</main><div class="key">{}{}</div></body></html>'
        ).format(
            own.title,
            own.seed,
            Markup((assets.folder() / "worksheet.css").read_text("utf-8")),
            head.format(f"{own.title} · worksheet {own.seed}", Markup('<span class="name">Name</span>')),
            questions,
            head.format(f"{own.title} · key to worksheet {own.seed}", ""),
            key,
        )
    )


def _question(number: int, item: Item, posed: Posed) -> Markup:
    lines = Markup("").join(Markup('<p class="given">{}</p>').format(lowered(line)) for line in posed.lines)
    asks = Markup('<section><h2>{}. {}<span class="form">{}</span></h2><p>{}</p>{}{}</section>')
    form = "name the pairs" if isinstance(posed.choice, Slots) else FORMS[type(posed.choice)]
    return asks.format(number, item.title, form, lowered(posed.prompt), lines, _answers(posed))


def _answers(posed: Posed) -> Markup:
    """Where the answer goes."""
    if isinstance(posed.choice, Slots):
        held = Markup('<p class="given">held then: {}</p><p><span class="blank"></span></p>')
        return held.format(span(posed.choice.offered))
    if isinstance(posed.choice, Number):
        return Markup('<p><span class="blank"></span> {}</p>').format(posed.choice.unit)
    box = BOXES[type(posed.choice).__name__]
    rows = (
        Markup("<li><b>{} {}</b>{}</li>").format(box, letter(at), lowered(one)) for at, one in enumerate(posed.offered)
    )
    return Markup("<ul>{}</ul>").format(Markup("").join(rows))


def _key(number: int, item: Item, posed: Posed) -> Markup:
    says = Markup("<section><h2>{}. {}: {}</h2><p>{}</p></section>")
    return says.format(number, item.title, answer(posed), lowered(posed.truth))
