"""Shares of right answers among so many, between which ends the true share lies, and who of two answers more.

Two who were asked the same questions are not compared by their intervals: these hold what makes a question easy or hard
for both. What counts is the questions that one of them alone answers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)  # standard errors


class Interval(NamedTuple):
    """The ends between which a true share lies."""

    low: float
    high: float


@dataclass(frozen=True)
class Proportion:
    """So many right among so many in all.

    Raises:
        ValueError: there is none at all, or more are right than there are.
    """

    right: int
    total: int

    def __post_init__(self) -> None:
        if self.total < 1 or not 0 <= self.right <= self.total:
            raise ValueError(f"right must be 0 .. total and total ≥ 1, got right={self.right}, total={self.total}")

    @property
    def value(self) -> float:
        """The share, from 0 to 1."""
        return self.right / self.total

    @property
    def interval(self) -> Interval:
        """Wilson's score interval for a confidence of 95 %: the true shares from which this one is no surprise.

        Its ends p solve (value - p)² = z² p (1 - p) / total. It stays in 0 .. 1, and has width even where none or all
        are right.

        Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
        """
        spread = Z * Z / self.total
        centre = (self.value + spread / 2) / (1 + spread)
        half = Z / (1 + spread) * math.sqrt(self.value * (1 - self.value) / self.total + spread / (4 * self.total))
        return Interval(max(0.0, centre - half), min(1.0, centre + half))


@dataclass(frozen=True)
class Marks(Proportion):
    """The same where it is known question by question.

    Args:
        each: whether each was answered rightly, in the order in which all are asked.
    """

    each: tuple[bool, ...]

    @classmethod
    def of(cls, each: Sequence[bool]) -> "Marks":
        """Counted.

        Raises:
            ValueError: there is none.
        """
        return cls(sum(each), len(each), tuple(each))

    def against(self, other: "Marks") -> "Paired":
        """Beside another who was asked the same."""
        return Paired.of(self.each, other.each)


class Paired(NamedTuple):
    """Two on the same questions: how many the one does better, and how many the other."""

    won: int
    lost: int

    @classmethod
    def of(cls, ours: Sequence[float], theirs: Sequence[float]) -> "Paired":
        """From what each did at every question.

        Raises:
            ValueError: they were not asked as many.
        """
        both = list(zip(ours, theirs, strict=True))
        return cls(sum(one > other for one, other in both), sum(one < other for one, other in both))

    @property
    def luck(self) -> float:
        """Probability of a split as uneven or more, were each of these questions won by the toss of a coin.

        It is the exact sign test with two sides, which on right and wrong answers is McNemar's.

        Source: McNemar, Note on the sampling error of the difference between correlated proportions, 1947.
        """
        count = self.won + self.lost
        return min(1.0, sum(math.comb(count, at) for at in range(min(self) + 1)) / 2 ** (count - 1)) if count else 1.0

    @property
    def shows(self) -> int:
        """The sign of what lies beyond doubt: 1 or -1, or 0 where it may be luck."""
        return ((self.won > self.lost) - (self.won < self.lost)) * (self.luck <= 1 - CONFIDENCE)


STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)  # quantiles .975 for 2, 3, .. 10 numbers


class Estimate(NamedTuple):
    """A mean of a few numbers, such as one per training seed, and the ends of Student's interval for 95 %."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> "Estimate":
        """From 2 to 10 numbers.

        Raises:
            ValueError: there are fewer or more.
        """
        if not 2 <= len(numbers) <= len(STUDENT) + 1:
            raise ValueError(f"numbers must be 2 to {len(STUDENT) + 1}, got {len(numbers)}")
        value = sum(numbers) / len(numbers)
        variance = sum((one - value) ** 2 for one in numbers) / (len(numbers) - 1)
        half = STUDENT[len(numbers) - 2] * math.sqrt(variance / len(numbers))
        return cls(value, value - half, value + half)

    @property
    def shows(self) -> int:
        """The sign of what lies beyond doubt: 1 or -1, or 0 where the interval holds 0."""
        return (self.low > 0) - (self.high < 0)
