"""What an experiment gives: plain data that a figure draws and puts into words (`memattn.figures.draw`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from memattn.intervals import Marks, Proportion
from memattn.quantities import rounded
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
        mark: what is written beside the point; "" for nothing.
    """

    x: float
    label: str
    right: int
    asked: int
    interval: tuple[float, float]
    expected: float
    chance: float
    mark: str = ""

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
class Reach:
    """Which segments the words of each segment can read.

    Args:
        names: of the segments.
        layers: by query segment, then by segment read: 1 in one layer, 2 only with a second one, 0 not even then.
        row: the segment that is put into words, from 0.
        measured: tokens that its last word reaches back in one layer and in two.
        exact: the same by r + (L - 1) · n_s · ⌈M / n_s⌉ + M.
        folk: the same by L · M.
    """

    names: tuple[str, ...]
    layers: tuple[tuple[int, ...], ...]
    row: int
    measured: tuple[int, int]
    exact: tuple[int, int]
    folk: tuple[int, int]


@dataclass(frozen=True)
class Gradients:
    """What the last word reads of every pair, and what it can teach it; means over heads.

    Args:
        weights: attention by position.
        gradients: of its output by the value of the pair at each position.
        remembered: positions of the pairs that stand in the memory.
        running: positions of those that do not yet.
    """

    weights: tuple[float, ...]
    gradients: tuple[float, ...]
    remembered: tuple[int, ...]
    running: tuple[int, ...]


@dataclass(frozen=True)
class Timed:
    """What a memory needs when it is given so many pairs at a time.

    Args:
        length: pairs.
        micros: microseconds per token, the median of several runs.
        least: the quickest of them.
        most: the slowest.
        updates: per token.
    """

    length: int
    micros: float
    least: float
    most: float
    updates: float


@dataclass(frozen=True)
class TimePerToken:
    """Timings by memory.

    Args:
        times: by name of the memory.
        roles: what most of each is, for its colour.
        tokens: of the text.
    """

    times: Mapping[str, tuple[Timed, ...]]
    roles: Mapping[str, Role]
    tokens: int


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


class LearnedPoint(NamedTuple):
    """How good a compression network is after some steps.

    Args:
        step: training steps done.
        loss: mean over the steps since the last point; None before the first.
        recall: right answers within the reach of CMem, question by question.
        error: relative squared error of what is read, compressed slots among newer pairs.
    """

    step: int
    loss: float | None
    recall: Marks
    error: float


@dataclass(frozen=True)
class LiveTraining:
    """A compression network as it learns.

    Args:
        loss: what is made smaller, in words.
        network: what learns, in words.
        rate: c.
        start: what it started from, in words.
        points: before the first step, and after each part.
        references: recall, of the same questions, and error of what learns nothing, by name.
        steps: to be done.
    """

    loss: str
    network: str
    rate: int
    start: str
    points: tuple[LearnedPoint, ...]
    references: Mapping[str, tuple[Marks, float]]
    steps: int


class Kind(NamedTuple):
    """One way to do something: its name, right answers, and the relative error of what is read."""

    name: str
    recall: Proportion
    error: float


@dataclass(frozen=True)
class ByCompression:
    """Several ways to do the same thing."""

    rows: tuple[Kind, ...]


@dataclass(frozen=True)
class LinePoint:
    """A number with the ends between which it lies.

    Args:
        x: place on the axis.
        y: the number.
        low: its lower end.
        high: its upper end.
        each: of a share, what was right question by question, where others were asked the same; else ().
    """

    x: float
    y: float
    low: float
    high: float
    each: tuple[bool, ...] = ()


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
        says: what comes of it, in sentences made of its numbers; "" for nothing.
        decimals: digits behind the point of y, as table and sentences have them; None is three digits in all.
    """

    lines: tuple[Line, ...]
    x: str
    y: str
    levels: Mapping[str, float] = field(default_factory=dict)
    doubling: bool = False
    tenfold: bool = False
    top: float | None = None
    says: str = ""
    decimals: int | None = None

    def written(self, y: float) -> str:
        """A number of a curve, the same wherever it is said."""
        return rounded(y, 3) if self.decimals is None else f"{y:,.{self.decimals}f}"


@dataclass(frozen=True)
class Followed:
    """One fact of a long text: where it stands, how it is still held, and whether it is answered.

    Args:
        at: position of the pair that answers, from 0.
        share: of that pair in the slot that holds most of it: 1 is raw, 1 / c in the mean of c, 0 lost; None where it
            cannot be followed.
        right: whether its question is answered; None before it is asked.
    """

    at: int
    share: float | None
    right: bool | None = None

    @property
    def raw(self) -> bool:
        """Whether a slot is that pair, but for rounding."""
        return self.share is not None and self.share > 0.999

    @property
    def lost(self) -> bool:
        """Whether no slot holds as much of it as the mean of 100,000 pairs would."""
        return self.share is not None and self.share < 1e-5


@dataclass(frozen=True)
class Fifth:
    """Recall of the facts of one part of a text: right answers among those asked."""

    right: int
    asked: int
    interval: tuple[float, float]


@dataclass(frozen=True)
class Strip:
    """A text as far as it has been read: one row of the figure.

    Args:
        tokens: of the text.
        seen: tokens that were read.
        parts: of the text, each with one fact.
        facts: told so far.
        fifths: recall by age, the oldest fifth of the text first; None where nothing was asked yet.
    """

    tokens: int
    seen: int
    parts: int
    facts: tuple[Followed, ...]
    fifths: tuple[Fifth | None, ...]


@dataclass(frozen=True)
class Beginnings:
    """What is left of several texts in one memory.

    Args:
        name: of the memory.
        strips: texts, the shorter first.
        says: what comes of it, in sentences made of its numbers.
    """

    name: str
    strips: tuple[Strip, ...]
    says: str = ""


@dataclass(frozen=True)
class Panels:
    """Several numbers over one size, each in a panel of its own, one above the other.

    Args:
        panels: with the same x and the same curves, by name.
        says: what comes out, in a sentence of the run.
        signs: of the differences between the last curve and the first that lie beyond doubt, of every measure: 1 where
            it is higher, -1 where it is lower, 0 where neither is sure.
    """

    panels: tuple[Lines, ...]
    says: str
    signs: tuple[int, ...] = ()
