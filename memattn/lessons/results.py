"""What experiments give: plain data, for figures and tables."""

from collections.abc import Mapping
from dataclasses import dataclass

from memattn.records import Role, Trace


@dataclass(frozen=True)
class LossCurve:
    """How much of full attention a memory loses, token by token."""

    trace: Trace


@dataclass(frozen=True)
class AttentionMap:
    """Attention of every query over the positions of the stream; `head` None is the mean over all."""

    trace: Trace
    head: int | None = None


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
    """How each fact of a story is answered.

    Args:
        series: by memory.
        borders: where on the axis something changes.
        axis: what x is.
    """

    series: Mapping[str, tuple[AnsweredFact, ...]]
    borders: Mapping[str, int]
    axis: str


@dataclass(frozen=True)
class MeasuredPoint:
    """Questions that belong together.

    Args:
        x: where they stand on the axis.
        label: the same in words.
        right: answered rightly.
        asked: all of them.
        interval: Wilson's for a confidence of 95 %.
        expected: mean of what to expect over the questions asked.
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
        """Right among asked."""
        return self.right / self.asked


@dataclass(frozen=True)
class Curve:
    """How well one memory recalls, as far as it has been asked.

    Args:
        name: of the memory, with its settings.
        role: what most of it is, for its colour.
        points: where something was asked, by x.
        line: what to expect, (x, share of right answers).
        rule: what kind of expectation that is, in words.
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
    """Recall over many stories; `doubling` says that the axis doubles from mark to mark."""

    curves: tuple[Curve, ...]
    axis: str
    doubling: bool
