"""Two models that learn side by side, with and without a resting place: loss, gradient and movement, step by step.

Both are small echo models with a window of 8, from the same first weights and on the same texts; at most words the
head has nothing to look for. One must spread all its attention over the window, the other may rest:

    without                 p = exp(s) / Σ exp(s)
    softmax-off-by-one      p = exp(s) / (1 + Σ exp(s))
    learned sink            p = exp(s) / (exp(b) + Σ exp(s)), b learned
    first token pinned      the window, and the first word of the text beside it

Several seeds go in step. What is said in the end is read from the numbers, also that there is no difference.

Source: softmax-off-by-one, Miller, Attention Is Off By One, 2023; a learned sink, gpt-oss, 2025 (arXiv:2508.10925).
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.intervals import Estimate
from memattn.lessons.guesses import Outcome, denying
from memattn.lessons.lesson import Result, Settings
from memattn.lessons.results import Line, LinePoint, Lines, Panels
from memattn.quantities import signed
from memattn.reader.echo.language import Language, vocabulary
from memattn.reader.echo.model import EchoConfig, embed, finish, project, random_weights, rotate
from memattn.reader.learner import Learner
from memattn.records import Role

Rest = Literal["none", "off-by-one", "sink", "pinned"]
RESTS: Mapping[Rest, str] = {
    "none": "no resting place",
    "off-by-one": "softmax-off-by-one",
    "sink": "a learned sink",
    "pinned": "the first token pinned",
}
OFFERED = {name: title for name, title in RESTS.items() if name != "none"}
ROLES = (Role.RECENT, Role.GLOBAL)  # without, with
WINDOW, TOKENS, TEXTS = 8, 64, 8  # n_c; of a text; per step
STEPS, PART, LAST = 500, 20, 100  # in all; between two reports; those that final numbers are of
X = "training steps"


class Seen(NamedTuple):
    """One training step: the loss, the gradient's norm before it is clipped, and how far rows lie apart."""

    loss: float
    gradient: float
    moved: float


Runs = Sequence[Sequence[Seen]]  # by seed, then step


class Measure(NamedTuple):
    """A number of some steps.

    Args:
        name: in a sentence.
        title: of its axis, with its unit.
        of: how it is got.
        last: whether it is said at the end alone, and not drawn.
    """

    name: str
    title: str
    of: Callable[[Sequence[Seen]], float]
    last: bool = False


MEASURES = (
    Measure("loss", "loss (nats)", lambda seen: float(np.mean([one.loss for one in seen]))),
    Measure("median gradient norm", "gradient norm", lambda seen: float(np.median([one.gradient for one in seen]))),
    Measure(
        "its 95th percentile",
        "",
        lambda seen: float(np.quantile([one.gradient for one in seen], 0.95)),
        last=True,
    ),
    Measure("movement", "movement (TV)", lambda seen: float(np.mean([one.moved for one in seen]))),
)


@dataclass(frozen=True)
class Course:
    """What is to be learned.

    Args:
        rest: the resting place of the second model.
        rate: learning rate.
        seeds: how many pairs of models.

    Raises:
        ValueError: there is no such resting place, or a number is too small.
    """

    rest: Rest = "off-by-one"
    rate: float = 0.015
    seeds: int = 3

    def __post_init__(self) -> None:
        """Refuse what cannot be learned."""
        if self.rest not in RESTS or self.rest == "none":
            raise ValueError(f"rest must be one of {', '.join(list(RESTS)[1:])}, got {self.rest!r}")
        if self.rate <= 0 or self.seeds < 2:
            raise ValueError(f"rate must be > 0 and seeds ≥ 2, got {self.rate} and {self.seeds}")


def attention(queries: Tensor, keys: Tensor, rest: Rest, sink: Tensor | None = None) -> Tensor:
    """Weights of every query with its resting place in front: (*lead, tokens, 1 + tokens).

    Args:
        queries: (*lead, tokens, d), already turned.
        keys: the same.
        rest: where the head may rest.
        sink: b, for the learned one.
    """
    tokens = keys.shape[-2]
    at = torch.arange(tokens)
    age = at.unsqueeze(-1) - at
    visible = (age >= 0) & (age < WINDOW)
    if rest == "pinned":
        visible = visible | ((at == 0) & (age >= 0))
    scores = (queries @ keys.mT / math.sqrt(keys.shape[-1])).masked_fill(~visible, -math.inf)
    idle = {"off-by-one": 0.0, "sink": 1.0}.get(rest, -math.inf)
    column = torch.full_like(scores[..., :1], idle)
    return torch.cat([column * sink if sink is not None else column, scores], dim=-1).softmax(dim=-1)


def movement(weights: Tensor) -> Tensor:
    """Total variation between the rows of neighbouring words, mean over all; the resting place counts as one slot."""
    return 0.5 * (weights[..., 1:, :] - weights[..., :-1, :]).abs().sum(dim=-1).mean()


class Model:
    """One small model and its optimiser; changes as it learns."""

    def __init__(self, rest: Rest, rate: float, seed: int, steps: int) -> None:
        """Draw first weights: the same for every resting place."""
        self.rest, self.config = rest, EchoConfig(len(vocabulary()))
        self.weights = random_weights(self.config, seed)
        self.sink = torch.zeros(()) if rest == "sink" else None
        own = [*self.weights.values(), *([] if self.sink is None else [self.sink])]
        self.learner = Learner(own, rate, steps, decay=0.0)

    def learn(self, ids: Tensor) -> Seen:
        """One step on some texts (texts, tokens + 1)."""
        x = embed(self.weights, ids[:, :-1])
        queries, keys, values = project(self.weights, x)
        at = torch.arange(x.shape[-2])
        queries, keys = (rotate(rows, at, self.config.base) for rows in (queries, keys))
        spread = attention(queries, keys, self.rest, self.sink)
        logits = finish(self.weights, x, spread[..., 1:] @ values)
        loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        return Seen(self.learner.learn(loss), self.learner.gradient, float(movement(spread.detach())))


class Progress(NamedTuple):
    """How far both kinds have come.

    Args:
        done: steps.
        seen: by kind, then seed, then step.
    """

    done: int
    seen: Mapping[Rest, Sequence[Sequence[Seen]]]


def learn(course: Course, steps: int = STEPS) -> Iterator[Progress]:
    """After every `PART` steps of all models."""
    kinds: tuple[Rest, Rest] = ("none", course.rest)
    models = {kind: [Model(kind, course.rate, seed, steps) for seed in range(course.seeds)] for kind in kinds}
    seen: dict[Rest, list[list[Seen]]] = {kind: [[] for _ in range(course.seeds)] for kind in kinds}
    generators = [np.random.default_rng([17, seed]) for seed in range(course.seeds)]
    for done in range(PART, steps + 1, PART):
        for seed, rng in enumerate(generators):
            drawn = torch.from_numpy(Language().draw(rng, PART * TEXTS, TOKENS + 1)).split(TEXTS)
            for kind in kinds:
                seen[kind][seed] += [models[kind][seed].learn(ids) for ids in drawn]
        yield Progress(done, seen)


def training(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
    """The experiment: all that is known so far, behind every part."""
    course = Course(values["rest"], float(values["rrate"]), int(values["rseeds"]))
    for progress in learn(course):
        yield Result(progress.done, STEPS, panels(progress), table(progress))


def panels(progress: Progress) -> Panels:
    """Curves of both kinds over the steps: means over parts and seeds, between the least and the most of any seed."""
    found = [
        Lines(
            tuple(
                Line(RESTS[kind], ROLES[kind != "none"], _curve(runs, measure), "solid" if kind == "none" else "dash")
                for kind, runs in progress.seen.items()
            ),
            X,
            measure.title,
            decimals=3,
        )
        for measure in MEASURES
        if not measure.last
    ]
    return Panels(tuple(found), verdict(progress), tuple(difference(progress, one).shows for one in MEASURES))


def _curve(runs: Runs, measure: Measure) -> tuple[LinePoint, ...]:
    points = []
    for start in range(0, len(runs[0]), PART):
        own = [measure.of(run[start : start + PART]) for run in runs]
        points.append(LinePoint(start + PART, float(np.mean(own)), min(own), max(own)))
    return tuple(points)


def final(progress: Progress, measure: Measure) -> dict[Rest, list[float]]:
    """Of every kind, the number of each seed over the last `LAST` steps."""
    return {kind: [measure.of(run[-LAST:]) for run in runs] for kind, runs in progress.seen.items()}


def difference(progress: Progress, measure: Measure) -> Estimate:
    """With the resting place less without, seed by seed."""
    without, rested = final(progress, measure).values()
    return Estimate.of([one - other for one, other in zip(rested, without, strict=True)])


def verdict(progress: Progress) -> str:
    """What comes out, in words, of every measure: also that nothing does."""
    _, rest = progress.seen
    said = [_said(progress, measure) for measure in MEASURES]
    seeds = len(progress.seen[rest])
    return f"With {RESTS[rest]}, over the last {min(LAST, progress.done)} steps of {seeds} seeds: {'; '.join(said)}."


def _said(progress: Progress, measure: Measure) -> str:
    without, rested = (float(np.mean(own)) for own in final(progress, measure).values())
    apart = difference(progress, measure)
    word = {1: "higher", -1: "lower", 0: "no difference beyond doubt"}[apart.shows]
    return f"{measure.name} {word} ({rested:.3f} against {without:.3f})"


def table(progress: Progress) -> str:
    """Final numbers of all kinds and their difference as a table in Markdown."""
    names = [RESTS[kind] for kind in progress.seen]
    lines = [f"| | {' | '.join(names)} | difference | 95 % interval (Student) |", "|:--|--:|--:|--:|--:|"]
    for measure in MEASURES:
        means = [f"{np.mean(own):.3f}" for own in final(progress, measure).values()]
        value, low, high = (signed(number, 3) for number in difference(progress, measure))
        lines.append(f"| {measure.name} | {' | '.join(means)} | {value} | {low} to {high} |")
    return "\n".join(lines)


# --- what a resting place does to the loss --------------------------------------------------------------------------


def _sign(data: Panels) -> int:
    """Which of the offered sentences is right of the loss."""
    return {-1: 0, 0: 1, 1: 2}[data.signs[0]]


LOSS = denying(
    "A place to rest is to keep the peak from jumping at every word. Does the model learn better for it: is its loss "
    "lower in the end?",
    ("lower, beyond doubt", "no difference beyond doubt", "higher, beyond doubt"),
    (
        "The loss is not lower beyond doubt: that a row moves less need not help to learn.",
        "The loss differs beyond doubt.",
        "The loss is not higher beyond doubt.",
    ),
    lambda data: Outcome(_sign(data), data.says),
)
