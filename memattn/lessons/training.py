"""A compression network that learns while one watches, for the frozen base reader: loss, c and start can be chosen.

The training is that of the shipped networks (`memattn.reader.trained.compressors`), a part of `STEPS_PER_PART` steps at
a time; behind every part, reconstruction and recall are measured anew on the same held-out texts, and the same is
measured of what needs no training. Nothing but the settings decides what comes out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from memattn.compression import Compression, ConvWeights, KeepOne, MeanPool
from memattn.intervals import Marks
from memattn.kv import KV
from memattn.lessons.models import load
from memattn.lessons.results import LearnedPoint, LiveTraining
from memattn.memory.compressive import Compressive
from memattn.reader import Reader
from memattn.reader.accuracy import HELD_OUT_SEED, answered_right
from memattn.reader.batches import Questions, draw_batch, draw_questions
from memattn.reader.learner import Learner, answers_alone
from memattn.reader.model import stream
from memattn.reader.parallel import compressive_attention
from memattn.reader.reconstruction import attention_errors
from memattn.reader.trained.compressors import (
    CompressorsRecipe,
    compressing,
    cut_out,
    nearly_average,
    reconstruction,
)
from memattn.reader.weights import GATED

LOSSES = {
    "ar-cache": "attention reconstruction, over the whole cache",
    "ar-block": "attention reconstruction, over the popped block alone",
    "ae": "auto-encoding: rebuild the pairs",
    "answers": "answers only: the words after question marks",
}
STARTS = {"mean": "the mean", "random": "random numbers"}
NETWORKS = {"conv": "convolution", GATED: "softmax-gated pooling"}
STEPS, STEPS_PER_PART = 300, 20
SEGMENT, SLOTS = 8, 32  # n_s, and pairs in Mem as well as slots in CMem
TOKENS = 160  # of a text that is learned from by its answers: as far as CMem reaches at c = 4
QUESTIONS = 100  # asked behind every part
NEAREST = 48  # tokens: nearer facts may stand in Mem
PER_FACT = 22  # tokens of the stories that are asked
ERROR_TEXTS = 16


@dataclass(frozen=True)
class LiveCourse:
    """What is to be learned.

    Args:
        loss: key of `LOSSES`.
        kind: key of `NETWORKS`.
        rate: c.
        start: key of `STARTS`.
        seed: of the start and of the texts.

    Raises:
        ValueError: there is no such loss, network or start, or a block cannot be divided by c.
    """

    loss: str = "ar-cache"
    kind: str = "conv"
    rate: int = 2
    start: str = "mean"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be learned."""
        for what, allowed in (("loss", LOSSES), ("kind", NETWORKS), ("start", STARTS)):
            if (given := getattr(self, what)) not in allowed:
                raise ValueError(f"{what} must be one of {', '.join(allowed)}, got {given!r}")
        if self.rate < 2 or SLOTS % self.rate:
            raise ValueError(f"rate c must divide blocks of {SLOTS} pairs and be ≥ 2, got {self.rate}")


class Quality(NamedTuple):
    """How good a compression is: right answers within CMem's reach, and the relative squared error of what is read."""

    recall: Marks
    error: float


def learn(course: LiveCourse, steps: int) -> Iterator[LiveTraining]:
    """Before the first step, and after every `STEPS_PER_PART` of them: all that is known so far.

    Args:
        course: what is to be learned.
        steps: in all, a multiple of `STEPS_PER_PART`; the learning rate falls towards the last.

    Raises:
        WeightsError: the base reader's weights cannot be used.
    """
    reader = load("base-1")
    rng = np.random.default_rng([course.seed, course.rate, *f"{course.loss} {course.kind} {course.start}".encode()])
    own, decoder = _first(course, reader, rng)
    learner = Learner([*own.values(), *(decoder.values() if course.loss == "ae" else ())], 1e-2, steps, decay=0.0)
    references = {
        f"keep 1 of {course.rate}": _reference(KeepOne(course.rate)),
        f"mean of {course.rate}": _reference(MeanPool(course.rate)),
    }
    losses: list[float] = []
    points: tuple[LearnedPoint, ...] = ()
    for done in range(0, steps + 1, STEPS_PER_PART):
        found = measure(reader, compressing(course.kind, course.rate, {name: own[name].detach() for name in own}))
        points = (*points, LearnedPoint(done, losses[-1] if losses else None, *found))
        yield LiveTraining(
            LOSSES[course.loss], NETWORKS[course.kind], course.rate, STARTS[course.start], points, references, steps
        )
        part = [
            learner.learn(_loss(course, reader, rng, own, decoder)) for _ in range(min(STEPS_PER_PART, steps - done))
        ]
        losses += [float(np.mean(part))] if part else []


def measure(reader: Reader, compression: Compression) -> Quality:
    """Recall and reconstruction, on texts that no training draws."""
    memory = Compressive(SEGMENT, SLOTS, SLOTS, compression)
    right = answered_right(reader.weights, reader.config, _questions(compression.rate), memory)
    errors = attention_errors(reader, compression, ERROR_TEXTS)
    return Quality(Marks.of(right.tolist()), errors["cache"])


@lru_cache(maxsize=16)
def _reference(compression: Compression) -> Quality:
    return measure(load("base-1"), compression)


@lru_cache(maxsize=8)
def _questions(rate: int) -> Questions:
    """Questions about facts whose answer stands in CMem at this rate."""
    reach = SLOTS * (1 + rate)
    tokens = reach + NEAREST // 2
    drawn = draw_questions(load("base-1").tokenizer, 7 * HELD_OUT_SEED, 4 * QUESTIONS, tokens, tokens // PER_FACT)
    inside = ((drawn.distance >= NEAREST) & (drawn.distance < reach - SEGMENT)).nonzero().flatten()
    at = inside[:QUESTIONS]
    kinds = tuple(drawn.kinds[index] for index in at.tolist())
    return Questions(drawn.ids[at], drawn.at[at], drawn.answers[at], drawn.distance[at], kinds)


def _first(course: LiveCourse, reader: Reader, rng: np.random.Generator) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What training starts from, and the decoder that auto-encoding needs."""
    heads, d, on = reader.config.heads, reader.config.d_head, reader.weights["norm"]
    noise = CompressorsRecipe().noise
    own, decoder = (nearly_average(kind, course.rate, heads, d, noise, rng) for kind in (course.kind, "conv"))
    if course.start == "random":
        spread = 1.0 if course.kind == GATED else (course.rate * d) ** -0.5  # which keeps the size of what comes in
        own = {name: torch.tensor(spread * rng.standard_normal(rows.shape)) for name, rows in own.items()}
    move = [{name: rows.to(on) for name, rows in side.items()} for side in (own, decoder)]
    return move[0], move[1]


def _loss(
    course: LiveCourse,
    reader: Reader,
    rng: np.random.Generator,
    own: dict[str, Tensor],
    decoder: dict[str, Tensor],
) -> Tensor:
    recipe = CompressorsRecipe(texts=8)
    compression = compressing(course.kind, course.rate, own)
    if course.loss == "answers":
        memory = Compressive(SEGMENT, SLOTS, SLOTS, compression, stop_gradient=False)
        texts = draw_batch(rng, reader.tokenizer, recipe.texts, TOKENS)
        return answers_alone(reader.weights, reader.config, texts, compressive_attention(memory))
    texts = draw_batch(rng, reader.tokenizer, recipe.texts, recipe.tokens, questions_at_end=0.0)
    with torch.no_grad():
        queries, keys, values = stream(reader.weights, reader.config, texts.ids.to(reader.weights["norm"].device))
    cut = cut_out(recipe, rng, queries, KV(keys, values))
    return reconstruction(course.loss, compression, *cut, ConvWeights(**decoder))
