"""Recall against length, drawn before it is measured: which curves there are, and what is said to a drawing.

What is said names the belief that a drawing follows from, where it shows one, and denies it with the numbers measured.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from memattn.lessons.forgetting import AXIS, LENGTHS, TOGETHER, Case, in_numbers, results, sized, tellings
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.memories import Choice
from memattn.lessons.results import Dash, Line, LinePoint
from memattn.records import Role

FLAT = 0.5  # where every point begins: no hint
FAR = 0.15  # drawn so far beyond the end of an interval, a point says something of a belief


@dataclass(frozen=True)
class Candidate:
    """A memory whose curve can be drawn.

    Args:
        name: in the list and in the legend.
        choice: the memory.
        slots: that it holds at most; 0 where there is no end.
        role: for its colour.
        dash: of its line.
    """

    name: str
    choice: Choice
    slots: int
    role: Role
    dash: Dash


CANDIDATES: Mapping[str, Candidate] = {
    "w64": Candidate("Sliding window, 64 pairs", sized("window", 64), 64, Role.RECENT, "dot"),
    "w256": Candidate("Sliding window, 256 pairs", sized("window", 256), 256, Role.RECENT, "solid"),
    "m16": Candidate("Merging memory, 16 slots", sized("merging", 16), 16, Role.GLOBAL, "dot"),
    "m64": Candidate("Merging memory, 64 slots", sized("merging", 64), 64, Role.GLOBAL, "dash"),
    "m256": Candidate("Merging memory, 256 slots", sized("merging", 256), 256, Role.GLOBAL, "solid"),
    "full": Candidate("Full attention", Choice("full"), 0, Role.CURRENT, "solid"),
}


@dataclass(frozen=True)
class Drawing:
    """A curve as it was drawn.

    Args:
        values: recall at each of `LENGTHS`.
        shut: whether its measurement was asked for, so that it can no longer be changed.
    """

    values: tuple[float, ...] = (FLAT,) * len(LENGTHS)
    shut: bool = False


Drawings = Mapping[str, Drawing]  # by key of the candidate


def written(drawings: Drawings) -> str:
    """As a link has it: "m64:90-60-20-5-0-0-0!;full:..", in hundredths, a mark behind what is shut."""
    return ";".join(
        f"{key}:{'-'.join(f'{100 * value:.0f}' for value in one.values)}{'!' if one.shut else ''}"
        for key, one in drawings.items()
    )


def read(text: str) -> dict[str, Drawing]:
    """What `written` has written.

    Raises:
        ValueError: it is something else.
    """
    found = {}
    for part in filter(None, text.split(";")):
        key, _, points = part.partition(":")
        shut = points.endswith("!")
        numbers = points.removesuffix("!").split("-")
        whole = all(number.isascii() and number.isdigit() and len(number) <= 3 for number in numbers)
        if key not in CANDIDATES or key in found or len(numbers) != len(LENGTHS) or not whole:
            raise ValueError(text)
        values = tuple(int(number) / 100 for number in numbers)
        if max(values) > 1:
            raise ValueError(text)
        found[key] = Drawing(values, shut)
    return found


def experiment(key: str, lengths: Sequence[int] = LENGTHS) -> Experiment:
    """The measurement of one curve."""
    one = CANDIDATES[key]

    def run(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
        cases = [Case(one.name, tokens, one.choice, telling) for tokens in lengths for telling in tellings(tokens)]
        return results(cases, {one.name: (one.role, one.dash)}, axis=AXIS, table=in_numbers)

    return Experiment(f"Recall against length: {one.name}", "", run, long=True, counts="tokens", together=TOGETHER)


# --- what the measurement says to a drawing ---------------------------------------------------------------------------


def judged(key: str, drawing: Sequence[float], line: Line) -> tuple[bool, str]:
    """Whether every point was drawn where the truth may lie, and what there is to say.

    Args:
        key: of the candidate.
        drawing: recall at each of `LENGTHS`.
        line: as it was measured at all of them.
    """
    pairs = list(zip(drawing, line.points, strict=True))
    missed = [(value, point) for value, point in pairs if not point.low <= value <= point.high]
    if not missed:
        return True, f"All {len(pairs)} points lie within the intervals of what was measured."
    value, worst = max(missed, key=lambda pair: abs(pair[0] - pair[1].y))
    which = "The other is" if len(missed) == 1 else "Of the others the farthest off is"
    if len(missed) == len(pairs):
        which = "The farthest off is"
    said = (
        f"{len(pairs) - len(missed)} of {len(pairs)} points lie within the intervals. {which} at {worst.x:,.0f} "
        f"tokens: drawn {value:.2f}, measured {worst.y:.2f} ({worst.low:.2f} to {worst.high:.2f})."
    )
    belief = next(filter(None, (believes(CANDIDATES[key], pairs) for believes in BELIEFS)), "")
    return False, f"{said} {belief}".rstrip()


Pairs = Sequence[tuple[float, LinePoint]]  # drawn and measured


def _rises(one: Candidate, pairs: Pairs) -> str:
    found = next(
        (pair for pair in pairwise(pairs) if pair[1][0] > pair[0][0] + FAR and pair[1][1].y <= pair[0][1].y), None
    )
    if not found:
        return ""
    (_, before), (_, after) = found
    return (
        f"A curve that rises says that a longer text brings facts back. It does not: from {before.x:,.0f} to "
        f"{after.x:,.0f} tokens recall went from {before.y:.2f} to {after.y:.2f}."
    )


def _full_forgets(one: Candidate, pairs: Pairs) -> str:
    low = next(((value, point) for value, point in pairs if not one.slots and value < point.low - FAR), None)
    if not low:
        return ""
    value, point = low
    return (
        f"{value:.2f} at {point.x:,.0f} tokens says that full attention forgets. It holds every pair, and answers "
        f"{point.y:.2f} there."
    )


def _full_is_perfect(one: Candidate, pairs: Pairs) -> str:
    value, last = pairs[-1]
    if one.slots or value <= last.high:
        return ""
    return (
        f"That it holds every pair does not say that it finds the one: at {last.x:,.0f} tokens one softmax is spread "
        f"over all of them, and {last.y:.2f} are answered. Nothing is forgotten, but much is diluted."
    )


def _covered_is_known(one: Candidate, pairs: Pairs) -> str:
    over = [(value, point) for value, point in pairs if value > point.high + FAR]
    if one.role is not Role.GLOBAL or not over:
        return ""
    _, point = over[-1]
    return (
        f"Every word still has its part in some slot, so nothing seems lost. But at {point.x:,.0f} tokens one of "
        f"{one.slots} slots is the mean of {point.x / one.slots:,.0f} pairs on average: covered, and {point.y:.2f} "
        "answered."
    )


def _window_reaches_back(one: Candidate, pairs: Pairs) -> str:
    over = next(((value, point) for value, point in pairs if value > point.high + FAR and point.x > one.slots), None)
    if one.role is not Role.RECENT or not over:
        return ""
    _, point = over
    return (
        f"Of facts spread over {point.x:,.0f} tokens a window of {one.slots} pairs holds the newest "
        f"{one.slots / point.x:.2f}, and nothing of what left: {point.y:.2f} are answered."
    )


def _too_little(one: Candidate, pairs: Pairs) -> str:
    under = [(value, point) for value, point in pairs if value < point.low - FAR]
    if not under:
        return ""
    _, point = under[0]
    room = f"its {one.slots} slots are enough for {point.y:.2f} of the facts" if one.slots else "all pairs are held"
    return f"It can do more than you gave it: at {point.x:,.0f} tokens {room}."


Believes = Callable[[Candidate, Pairs], str]  # "" where the drawing shows no such belief
BELIEFS: Sequence[Believes] = (
    _rises,
    _full_forgets,
    _full_is_perfect,
    _covered_is_known,
    _window_reaches_back,
    _too_little,
)
