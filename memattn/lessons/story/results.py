"""What a recall experiment gives: plain numbers, for figures and tables."""

from dataclasses import dataclass

from memattn.records import Role


@dataclass(frozen=True)
class Point:
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
        """Right among asked."""
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
    points: tuple[Point, ...]
    line: tuple[tuple[float, float], ...]
    rule: str
    done: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether all has been asked; only then is it worth keeping."""
        return self.done == self.total
