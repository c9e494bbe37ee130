"""How much is forgotten: recall, counted over long texts.

A case asks every fact of one text of one memory; cases with the same line and the same place on the axis add up. All of
them are counted by `counting`, an iterator that can be left between two pieces of a text.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from memattn.intervals import Marks, Proportion
from memattn.lessons.expected import guess
from memattn.lessons.lesson import Result
from memattn.lessons.long_texts import Taken, Telling, take_in, told
from memattn.lessons.memories import Choice
from memattn.lessons.results import Dash, Line, LinePoint, Lines
from memattn.reader import FactKind
from memattn.records import Role

LENGTHS = (128, 256, 512, 1024, 2048, 5000, 50_000)  # tokens
FACTS = 16
TEXTS, FEW_TEXTS = 8, 4  # of each length; of those of `LONG` tokens and more
LONG = 5000
TOGETHER = 0.2  # seconds of work per tick of the page: most texts are read in less than a tick costs
AXIS, HEIGHT = "tokens of the text", "recall (share of right answers)"
CHANCE = {"blind guess": guess(FactKind.PLACE)}  # the level to be marked: all kinds have as many answers
DASHES: tuple[Dash, ...] = ("dot", "dash", "solid")  # from the least to the most of one kind
SIZED = {"window": "window", "merging": "slots_from"}  # memories whose size is one number, and its key


class Case(NamedTuple):
    """All facts of a text, asked of a memory.

    Args:
        line: of the figure.
        x: place on its axis.
        choice: the memory.
        telling: the text.
        sharper: factor of all logits.
    """

    line: str
    x: float
    choice: Choice
    telling: Telling
    sharper: float = 1


Counted = Mapping[str, Mapping[float, Marks]]  # by line and place; at one place all lines are asked the same questions


def counting(cases: Sequence[Case]) -> Iterator[tuple[int, int, Counted]]:
    """How many tokens have been read, of how many, and what is known so far; one text after the other."""
    total = sum(case.telling.tokens for case in cases)
    done, found = 0, defaultdict[str, dict[float, Marks]](dict)
    taken: Taken | None = None
    stands: tuple[Choice, Telling] | None = None
    for case in cases:
        text = told(case.telling)
        if stands != (case.choice, case.telling):
            before = done
            for taken in take_in(case.choice, text):
                if not taken.complete:
                    done = before + taken.seen
                    yield done, total, found
            done, stands = before, (case.choice, case.telling)
        assert taken is not None  # a text has tokens
        known = found[case.line].get(case.x)
        new = [taken.ask(fact, case.sharper).right for fact in text.facts]
        found[case.line][case.x] = Marks.of((*(known.each if known else ()), *new))
        done += case.telling.tokens
        yield done, total, found


def tellings(tokens: int, facts: int = FACTS, where: Any = "spread", texts: int = 0) -> list[Telling]:
    """The texts of one length."""
    many = texts or (FEW_TEXTS if tokens >= LONG else TEXTS)
    return [Telling(tokens, facts, where, number) for number in range(many)]


def drawn(found: Counted, looks: Mapping[str, tuple[Role, Dash]], axis: str = AXIS, says: str = "") -> Lines:
    """The curves, in the order of their looks."""
    lines = tuple(
        Line(name, role, tuple(_point(x, share) for x, share in sorted(found[name].items())), dash)
        for name, (role, dash) in looks.items()
        if name in found
    )
    return Lines(lines, axis, HEIGHT, CHANCE, doubling=True, top=1.0, says=says, decimals=2)


def _point(x: float, share: Proportion) -> LinePoint:
    return LinePoint(x, share.value, *share.interval)


def in_numbers(found: Counted, axis: str = "tokens") -> str:
    """Right of asked, with the interval, as a table in Markdown."""
    rows = [f"| curve | {axis} | right | 95 % interval |", "|:--|--:|--:|--:|"]
    for name, places in found.items():
        for x, share in sorted(places.items()):
            low, high = share.interval
            rows.append(f"| {name} | {x:,g} | {share.right} of {share.total} | {low:.2f} to {high:.2f} |")
    return "\n".join(rows)


Says = Callable[[Counted], str]


def results(
    cases: Sequence[Case],
    looks: Mapping[str, tuple[Role, Dash]],
    says: Says = lambda found: "",
    axis: str = AXIS,
    table: Callable[[Counted], str] = in_numbers,
) -> Iterator[Result]:
    """Count, and draw what is known; what comes of it is said when all is."""
    for done, total, found in counting(cases):
        yield Result(done, total, drawn(found, looks, axis, says(found) if done == total else ""), table(found))


def value(found: Counted, line: str, x: float) -> float:
    """Recall at one place of a curve."""
    return found[line][x].value


def sized(name: str, size: int) -> Choice:
    """A memory with so many slots."""
    return Choice(name, ((SIZED[name], size),))
