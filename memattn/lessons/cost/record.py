"""What the page *Cost* shows, as plain data with its words. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from memattn.quantities import rounded
from memattn.records import Role

SAME = "the same"


class Bar(NamedTuple):
    """One bar: its length, the same in words, and the role that gives the colour; None is that of full attention."""

    value: float
    words: str
    role: Role | None = None


@dataclass(frozen=True)
class Bars:
    """Numbers that lie far apart, on a logarithmic axis.

    Args:
        rows: what they belong to, from the top.
        groups: by name, a bar for each row; None where it has none. One of infinite length goes on behind the others.
        axis: what they are, with the unit.
        says: what comes of it, in a sentence made of these numbers; "" for nothing.
        bytes: whether they are bytes.
        strong: the row that stands out; "" for none.
    """

    rows: tuple[str, ...]
    groups: Mapping[str, tuple[Bar | None, ...]]
    axis: str
    says: str = ""
    bytes: bool = False
    strong: str = ""


class Curve(NamedTuple):
    """A number of one mechanism at every length."""

    title: str
    role: Role
    values: tuple[int, ...]


@dataclass(frozen=True)
class Growth:
    """What every mechanism costs as the text grows.

    Args:
        lengths: of the text, in tokens.
        curves: by the mechanism's name; full attention among them.
        chosen: names of those that stand out.
        at: the length that is marked.
        quantity: what is counted, with its unit.
        words: of every value at the marked length, by name.
        bytes: whether bytes are counted.
    """

    lengths: tuple[int, ...]
    curves: Mapping[str, Curve]
    chosen: tuple[str, ...]
    at: int
    quantity: str
    words: Mapping[str, str]
    bytes: bool


class Stepped(NamedTuple):
    """What one mechanism needed for one more token, beside what it needs on paper.

    Args:
        name: of the mechanism.
        title: in words.
        role: what most of it is.
        stored: bytes of all tensors of its state.
        stored_paper: the same on paper.
        fetched: bytes of the matrices that the read multiplied with.
        fetched_paper: the same on paper.
        flops: operations of these products.
        flops_paper: the same on paper.
        micros: microseconds of a step, update and read, the median of several.
        ratio: of that to the same step of full attention, timed in turn with it.
    """

    name: str
    title: str
    role: Role
    stored: int
    stored_paper: int
    fetched: int
    fetched_paper: int
    flops: int
    flops_paper: int
    micros: float
    ratio: float

    @property
    def agrees(self) -> bool:
        """Whether every count is what the paper says."""
        return (self.stored, self.fetched, self.flops) == (self.stored_paper, self.fetched_paper, self.flops_paper)

    @property
    def computes_more(self) -> bool:
        """Whether it stores what the paper says, and the code multiplies with numbers that it could leave out."""
        read, paper = (self.fetched, self.flops), (self.fetched_paper, self.flops_paper)
        return self.stored == self.stored_paper and read != paper and all(map(int.__ge__, read, paper))


@dataclass(frozen=True)
class MeasuredHere:
    """Steps of every mechanism after a text, on one device.

    Args:
        steps: in the order of the registry.
        tokens: of the text before the step.
        full_flops: operations of full attention's read on paper.
        device: that computed, in words.
    """

    steps: tuple[Stepped, ...]
    tokens: int
    full_flops: int
    device: str

    @property
    def says(self) -> str:
        """What comes of it."""
        if not self.steps:
            return "Nothing is measured yet."
        more = [step.title for step in self.steps if step.computes_more]
        off = [step.title for step in self.steps if not (step.agrees or step.computes_more)]
        agree = len(self.steps) - len(off) - len(more)
        counts = (
            f"In {agree} of {len(self.steps)} memories bytes and operations are those of the paper"
            + ("" if off or more else ", to the last one")
            + (f"; the code of {' and '.join(more)} multiplies more than it must" if more else "")
            + (f"; not in {', '.join(off)}" if off else "")
            + "."
        )
        slowest = max(self.steps, key=lambda step: step.ratio * self.full_flops / step.flops_paper)
        return (
            f"{counts} Times are not: on {self.device} a step of {slowest.title} takes "
            f"{as_much(slowest.ratio, 'as long')} as full attention’s, though it reads "
            f"{as_much(slowest.flops_paper / self.full_flops)}."
        )


def as_much(ratio: float, what: str = "as much") -> str:
    """A ratio in a sentence: "1/128 as much", "12 times as long", and "as much" where it is 1."""
    said = times(ratio)
    return what if said == SAME else f"{said} {what}"


def times(ratio: float) -> str:
    """A ratio in words: "1/128", "0.6 times", "12 times"; "the same" where it is 1 to that many digits."""
    if ratio <= 0:
        return "0 times"
    if ratio < 0.1:
        return f"1/{1 / ratio:,.0f}"
    said = f"{ratio:,.0f}" if ratio >= 10 else rounded(ratio)
    return SAME if said == "1" else f"{said} times"
