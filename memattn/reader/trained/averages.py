"""Readers whose only memory is one summary pair per layer: an average, or a gated recurrence.

One model for all averages. In every step of its training the memory is drawn anew, cumulative, moving, weighted or
exponential, of any width, so the same weights serve every setting and what differs on the screen is the memory
alone. A summary slot answers every query alike, and an average of what a linear convolution made is nearly a bag
of words; only the last words, which the convolution has not finished with, tell where they stand, at a weight of
one pair. Two things make that learnable: word embeddings that start small, so that a residual stream of a word and
a mean is not all word, and texts that start short, where one pair weighs much.

The gated recurrence begins as the exponential average that these weights know how to read, and learns its gates.

What they can: one fact, as long as it is in the mean; with F facts of one kind, about 1/F.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from memattn.memory.base import Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.exponential_average import ExponentialAverage
from memattn.memory.moving_average import MovingAverage
from memattn.memory.weighted_average import WeightedAverage
from memattn.reader.batches import draw_few_facts_batch
from memattn.reader.config import ReaderConfig, random_weights
from memattn.reader.learner import Learner, reading_loss
from memattn.reader.parallel import CELL, attention_through, gated_attention
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.trained.trained_model import TrainedModel, TrainingResult, plain, trainable
from memattn.reader.training_run import TrainingRun

SHORTEST_TEXT, LONGEST_TEXT = 16, 320  # tokens


@dataclass(frozen=True)
class AveragesRecipe:
    """How to learn through averages."""

    steps: int = 1400
    rate: float = 6e-3  # learning rate
    embedding: float = 0.05  # scale of the word embeddings at the beginning
    other_words: float = 0.03  # weight of words that are not answers
    first: int = 32  # tokens of the longest texts at the beginning
    grown: float = 0.7  # share of the steps after which texts have their full length
    windows: tuple[int, int] = (16, 128)  # n_c, drawn between these, evenly by its logarithm

    def __post_init__(self) -> None:
        """Refuse recipes that train nothing, and averages too short for the shortest text."""
        if self.steps < 1 or not 0 < self.grown <= 1 or not 12 <= self.windows[0] <= self.windows[1]:
            raise ValueError(
                "steps must be ≥ 1, grown > 0 and ≤ 1, windows ≥ 12 in ascending order, got "
                f"{self.steps}, {self.grown} and {self.windows}"
            )
        if self.first <= SHORTEST_TEXT:
            raise ValueError(f"first must be > {SHORTEST_TEXT} tokens, the shortest text, got {self.first}")


@dataclass(frozen=True)
class GatedRecipe:
    """How to learn gates."""

    steps: int = 600
    rate: float = 6e-3  # learning rate
    gamma: float = 0.02  # of the exponential average that the recurrence begins as
    other_words: float = 0.03  # weight of words that are not answers

    def __post_init__(self) -> None:
        """Refuse recipes that train nothing."""
        if self.steps < 1 or not 0 < self.gamma < 1:
            raise ValueError(f"steps must be ≥ 1, gamma > 0 and < 1, got {self.steps} and {self.gamma}")


class Drawn(NamedTuple):
    """A memory to train with, and the longest text that it is any use for, in tokens."""

    memory: Memory[Any]
    reach: int


def train_averages(
    recipe: AveragesRecipe, seed: int, needs: Mapping[str, TrainingResult], run: TrainingRun
) -> TrainingResult:
    """Train from scratch."""
    del needs
    config = ReaderConfig(Tokenizer().size, layers=2)
    weights = trainable(random_weights(config, seed), run.device)
    weights["embedding"] *= recipe.embedding
    rng = np.random.default_rng(seed)
    learner = Learner(list(weights.values()), recipe.rate, recipe.steps)
    for step in run.steps("averages", learner, rng, recipe.steps):
        grown = min(1.0, step / (recipe.grown * recipe.steps))
        memory, reach = some_average(rng, recipe)
        longest = min(reach, recipe.first + int(grown * (LONGEST_TEXT - recipe.first)))
        tokens = int(rng.integers(SHORTEST_TEXT, longest))
        attention = attention_through(memory)
        learner.learn(reading_loss(weights, config, rng, tokens, attention, recipe.other_words, draw_few_facts_batch))
    return TrainingResult(config, plain(weights), seed=seed)


def some_average(rng: np.random.Generator, recipe: AveragesRecipe) -> Drawn:
    """An average of random kind and width; in texts much longer than it remembers there is nothing to learn."""
    kind = rng.choice(["cumulative", "moving", "exponential", "weighted"], p=[0.25, 0.3, 0.3, 0.15])
    window = round(math.exp(rng.uniform(*np.log(recipe.windows))))
    if kind == "cumulative":
        return Drawn(CumulativeAverage(), LONGEST_TEXT)
    if kind == "moving":
        return Drawn(MovingAverage(window), 2 * window)
    if kind == "weighted":
        return Drawn(WeightedAverage(tuple(range(1, window + 1))), 3 * window // 2)
    return Drawn(ExponentialAverage(1.5 / window), 3 * window)


def train_gated(
    recipe: GatedRecipe, seed: int, needs: Mapping[str, TrainingResult], run: TrainingRun
) -> TrainingResult:
    """Go on from the averages, the recurrence in their place."""
    start = needs["averages"]
    config = replace(start.config, cell="gated")
    first = {**start.weights, **exponential_cells(config, recipe.gamma)}
    weights = trainable({name: first[name] for name in config.shapes()}, run.device)
    attentions = [
        gated_attention({name: weights[f"{layer}.cell.{name}"] for name in CELL}) for layer in range(config.layers)
    ]
    rng = np.random.default_rng(seed + 1000)
    learner = Learner(list(weights.values()), recipe.rate, recipe.steps)
    for _ in run.steps("gated", learner, rng, recipe.steps):
        tokens = int(rng.integers(SHORTEST_TEXT, LONGEST_TEXT))
        learner.learn(reading_loss(weights, config, rng, tokens, attentions, recipe.other_words, draw_few_facts_batch))
    return TrainingResult(config, plain(weights), seed=seed)


def exponential_cells(config: ReaderConfig, gamma: float) -> dict[str, Tensor]:
    """Cells with which the gated recurrence is the exponential average from Mem = 0: z = gamma, W x + b = x."""
    size = 2 * config.d_head
    weight = torch.cat([torch.zeros(size, size), torch.eye(size)])
    bias = torch.cat([torch.full((size,), math.log(gamma / (1 - gamma))), torch.zeros(size)])
    cells: dict[str, Tensor] = {}
    for layer in range(config.layers):
        cells |= {f"{layer}.cell.weight_ih": weight.clone(), f"{layer}.cell.bias_ih": bias.clone()}
    return cells


AVERAGES = TrainedModel(
    "averages",
    "reads stories with one average per layer as its only memory: cumulative, moving, weighted or exponential",
    AveragesRecipe(),
    train_averages,
    serves=("moving_average", "weighted_average", "cumulative_average", "exponential_average"),
)
GATED = TrainedModel(
    "gated",
    "reads stories with one gated recurrent summary per layer as its only memory",
    GatedRecipe(),
    train_gated,
    ("averages",),
    ("recurrent",),
)
