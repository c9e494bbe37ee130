"""What was answered, as a text for the link; what comes next, and what comes back. Pure functions of the answers.

An answer that was wrong comes back, sooner where the reader had been sure of it: what one was sure of is corrected
best, and returns if it is not asked again. Once it is right then, it is asked a last time, later.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

MOST = 200  # answers that a link keeps, the newest
MOST_NUMBERS = 999
SIGNS = {(True, True): "R", (True, False): "r", (False, True): "W", (False, False): "w"}  # (right, sure)
ANSWER = re.compile(r"(?P<item>.+)-(?P<sign>[RrWw])(?P<numbers>[1-9][0-9]{0,2})?")
AFTER_SURE, AFTER_UNSURE, AFTER_MENDED = 3, 5, 9  # other questions until one comes back


class Told(NamedTuple):
    """One answer.

    Args:
        item: its name.
        right: whether it was.
        sure: whether the reader was.
        numbers: seed of the numbers with which it was asked.
    """

    item: str
    right: bool
    sure: bool
    numbers: int = 1


Log = tuple[Told, ...]


def written(log: Sequence[Told]) -> str:
    """As it stands in the link: "fifo-R.stale-w7.stale-R".

    The numbers are said where they are not as many as the answers to this item so far.
    """
    times: Counter[str] = Counter()
    parts = []
    for one in log[-MOST:]:
        times[one.item] += 1
        numbers = "" if one.numbers == times[one.item] else one.numbers
        parts.append(f"{one.item}-{SIGNS[one.right, one.sure]}{numbers}")
    return ".".join(parts)


def read(text: str, known: Iterable[str]) -> Log:
    """The same the other way round.

    Raises:
        ValueError: it is no such text, or names an item that there is not.
    """
    signs, names = {sign: said for said, sign in SIGNS.items()}, set(known)
    times: Counter[str] = Counter()
    found: list[Told] = []
    for part in text.split(".") if text else ():
        answer = ANSWER.fullmatch(part)
        if not answer or answer["item"] not in names or len(found) == MOST:
            raise ValueError(text)
        times[answer["item"]] += 1
        numbers = int(answer["numbers"] or times[answer["item"]])
        found.append(Told(answer["item"], *signs[answer["sign"]], numbers))
    return tuple(found)


def unasked(log: Sequence[Told], item: str, now: int = 0) -> Iterator[int]:
    """Seeds of numbers with which an item was not asked, those behind its last ones first.

    Args:
        log: all answers.
        item: its name.
        now: with which it is being asked; 0 where it is not.
    """
    told = [one.numbers for one in log if one.item == item] + [now] * bool(now)
    last = told[-1] if told else 0
    behind = ((last + at) % MOST_NUMBERS + 1 for at in range(MOST_NUMBERS))
    return (numbers for numbers in behind if numbers not in told)


def due(log: Sequence[Told]) -> dict[str, int]:
    """Which items come back, and after how many answers in all."""
    found: dict[str, int] = {}
    erred: set[str] = set()  # with confidence, and not yet asked the last time
    for at, one in enumerate(log, 1):
        found.pop(one.item, None)
        if not one.right:
            found[one.item] = at + (AFTER_SURE if one.sure else AFTER_UNSURE)
            if one.sure:
                erred.add(one.item)
        elif one.item in erred:
            erred.remove(one.item)
            found[one.item] = at + AFTER_MENDED
    return found


def following(log: Sequence[Told], items: Sequence[str], now: str = "") -> str:
    """The item to ask next: what has waited longest to come back, else the first that was never asked.

    When all were asked, those that come back are asked early, and else the one that was asked longest ago.

    Args:
        log: all answers.
        items: names of those that may be asked, in their order; at least one.
        now: that stands there, and is not asked twice in a row if there is another.
    """
    offered = [name for name in items if name != now] or list(items)
    waits = {name: at for name, at in due(log).items() if name in offered}
    back = min(waits, key=waits.__getitem__, default="")
    if back and waits[back] <= len(log):
        return back
    last = {one.item: at for at, one in enumerate(log)}
    new = next((name for name in offered if name not in last), "")
    return new or back or min(offered, key=lambda name: last.get(name, -1))


def until_back(log: Sequence[Told], items: Sequence[str], item: str) -> int:
    """How many other questions come before an item that was answered wrongly comes back, if these are answered right.

    Args:
        log: all answers, the wrong one the last.
        items: names of those that may be asked.
        item: its name.
    """
    told, now = list(log), item
    for others in range(len(items) + AFTER_MENDED):
        now = following(told, items, now)
        if now == item:
            return others
        told.append(Told(now, True, True))
    return len(items) + AFTER_MENDED


class Standing(NamedTuple):
    """How far a reader has come with some items.

    Args:
        asked: items that were answered at all.
        right: whose last answer was right.
        back: that come back.
        sure: answers that the reader was sure of, and how many of these were right.
    """

    asked: int
    right: int
    back: int
    sure: tuple[int, int]


def standing(log: Sequence[Told], items: Iterable[str]) -> Standing:
    """The same of these items."""
    names = set(items)
    own = [one for one in log if one.item in names]
    last: Mapping[str, Told] = {one.item: one for one in own}
    sure = [one for one in own if one.sure]
    return Standing(
        len(last),
        sum(one.right for one in last.values()),
        sum(name in names for name in due(log)),
        (len(sure), sum(one.right for one in sure)),
    )
