"""What an experiment gives: plain data that a figure draws and puts into words (`memattn.figures.draw`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from memattn.records import Role, Trace

AGE = "age of the fact when asked (tokens)"


@dataclass(frozen=True)
class LossCurve:
    """What is lost, token by token.

    Args:
        trace: the run.
        head: whose attention; None is the mean over heads.
    """

    trace: Trace
    head: int | None = None


@dataclass(frozen=True)
class AttentionMap:
    """Attention of every query on every position.

    Args:
        trace: the run.
        head: whose attention; None is the mean over heads.
    """

    trace: Trace
    head: int | None = None


@dataclass(frozen=True)
class StateGrowth:
    """What is stored after every token of a run, beside full attention."""

    trace: Trace


@dataclass(frozen=True)
class RealSize:
    """Cache of one real model in bytes: with this memory and with full attention, each also in words."""

    model: str
    memory: int
    memory_words: str
    full: int
    full_words: str


@dataclass(frozen=True)
class RealSizes:
    """Caches of real models after a number of tokens."""

    sizes: tuple[RealSize, ...]
    tokens: int


@dataclass(frozen=True)
class AnsweredFact:
    """One question asked.

    Args:
        x: age of the fact in tokens, or the setting.
        probability: given to the true answer.
        right: whether it was the likeliest answer.
        label: what was asked.
    """

    x: int
    probability: float
    right: bool
    label: str


@dataclass(frozen=True)
class RecallByAge:
    """How well every fact of one story is answered.

    Args:
        series: facts by name of the memory; they differ in age, or in a setting of the memory.
        borders: ages to mark, by name.
        axis: what x is, with its unit.
        chance: probability of guessing, where there is one.
    """

    series: Mapping[str, tuple[AnsweredFact, ...]]
    borders: Mapping[str, int]
    axis: str = AGE
    chance: float | None = None


@dataclass(frozen=True)
class MeasuredPoint:
    """Questions that belong together.

    Args:
        x: where they stand on the axis.
        label: the same in words.
        right: answered rightly.
        asked: all of them.
        interval: Wilson's for a confidence of 95 %.
        expected: mean of the closed form over the questions asked.
        chance: mean of a blind guess over the questions asked.
    """

    x: float
    label: str
    right: int
    asked: int
    interval: tuple[float, float]
    expected: float
    chance: float

    @property
    def share(self) -> float:
        """Right among asked: recall."""
        return self.right / self.asked


@dataclass(frozen=True)
class Curve:
    """How well one memory recalls, as far as it has been asked.

    Args:
        name: of the memory, with its settings.
        role: what most of it is, for its colour.
        points: where something was asked, by x.
        line: the closed form, (x, share of right answers).
        rule: what the closed form is, in words.
        done: questions asked.
        total: questions to be asked.
    """

    name: str
    role: Role
    points: tuple[MeasuredPoint, ...]
    line: tuple[tuple[float, float], ...]
    rule: str
    done: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether all has been asked; only then is it worth keeping."""
        return self.done == self.total


@dataclass(frozen=True)
class RecallCurves:
    """Recall of several memories, measured on many stories.

    Args:
        curves: one for each memory.
        axis: what x is, with its unit.
        doubling: whether x doubles from point to point, and is drawn so.
    """

    curves: tuple[Curve, ...]
    axis: str
    doubling: bool = False


@dataclass(frozen=True)
class LinePoint:
    """A number with the ends between which it lies."""

    x: float
    y: float
    low: float
    high: float


Dash = Literal["solid", "dash", "dot"]


@dataclass(frozen=True)
class Line:
    """One curve.

    Args:
        name: in the legend.
        role: what it is about, for its colour.
        points: by x.
        dash: to be told from another of the same colour.
    """

    name: str
    role: Role
    points: tuple[LinePoint, ...]
    dash: Dash = "solid"


@dataclass(frozen=True)
class Lines:
    """Numbers over a size, several at once.

    Args:
        lines: at most six.
        x: what x is, with its unit.
        y: what y is, with its unit.
        levels: heights to mark, by name.
        doubling: whether x is drawn by its logarithm.
        tenfold: whether y is.
        top: of the axis; None where the data decide.
    """

    lines: tuple[Line, ...]
    x: str
    y: str
    levels: Mapping[str, float] = field(default_factory=dict)
    doubling: bool = False
    tenfold: bool = False
    top: float | None = None
