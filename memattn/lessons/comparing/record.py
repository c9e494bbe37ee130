"""What is known of memories that answered the same questions: plain data, and what follows from it in words."""

from dataclasses import dataclass

from memattn.intervals import Proportion
from memattn.records import Role

Line = tuple[tuple[float, float], ...]  # (bytes, recall)


@dataclass(frozen=True)
class Point:
    """A memory in one size, as far as it has been asked.

    Args:
        code: tells it from all others.
        memory: registry name.
        family: what it is, in words.
        title: the same with its settings.
        role: what most of it is, for its colour.
        bytes: of the true streaming state, the most within the longest story.
        stored: the same in words, with the layers where there are several.
        slots: that it holds at most.
        share: of right answers.
        real: what it would store in models of real size, in words, by model.
    """

    code: str
    memory: str
    family: str
    title: str
    role: Role
    bytes: int
    stored: str
    slots: int
    share: Proportion
    real: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Compared:
    """How far the comparison has come.

    Args:
        points: of all memories that have been asked something.
        eviction: closed form: what holding the newest pairs and no others reaches on these questions.
        counting: no memory of so few bytes can reach more.
        chance: of a blind guess, mean of these questions.
        facts: told in each story.
        picked: code of the point that is marked; "" where none is.
    """

    points: tuple[Point, ...]
    eviction: Line
    counting: Line
    chance: float
    facts: int
    picked: str = ""

    def frontier(self) -> tuple[Point, ...]:
        """Those that answer more than all that store no more, from the smallest on."""
        best, found = -1.0, []
        for one in sorted(self.points, key=lambda one: (one.bytes, -one.share.value)):
            if one.share.value > best:
                best = one.share.value
                found.append(one)
        return tuple(found)

    @property
    def sufficient(self) -> float:
        """Bytes from which on counting forbids nothing."""
        return self.counting[-1][0]


def table(data: Compared, tokens: int) -> str:
    """Every point, and its bytes in models of real size after so many tokens, from the smallest on."""
    if not data.points:
        return ""
    models = [name for name, _ in data.points[0].real]
    head = [
        "memory",
        "right",
        "95 % interval",
        "slots at most",
        "bytes here at most",
        *(f"{name}, {tokens:,} tokens" for name in models),
    ]
    rows = [f"| {' | '.join(head)} |", "|:--|" + "--:|" * (len(head) - 1)]
    for one in sorted(data.points, key=lambda one: (one.bytes, -one.share.value)):
        low, high = one.share.interval
        cells = [
            one.title,
            f"{one.share.right} of {one.share.total}",
            f"{low:.2f} to {high:.2f}",
            f"{one.slots:,}",
            one.stored,
            *(words for _, words in one.real),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)
