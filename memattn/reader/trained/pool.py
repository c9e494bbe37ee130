"""The pool reader: a base reader that learns to read means over ranges of the past, with any number of slots.

One model serves every number of slots, from the cumulative average (one) to full attention (as many as tokens),
and both ways of making the ranges: even bins made anew at every read, and the streaming memory that merges
neighbours for good.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from memattn.memory.merging import Merging
from memattn.memory.rebinned import Rebinned
from memattn.reader.learner import Learner, reading_loss
from memattn.reader.model import Attention, full_attention
from memattn.reader.pooled import pooled_attention
from memattn.reader.trained.trained_model import TrainedModel, TrainingResult, plain, trainable
from memattn.reader.training_run import TrainingRun


@dataclass(frozen=True)
class PoolRecipe:
    """How to learn to read means."""

    steps: int = 1500
    rate: float = 2e-3  # learning rate
    other_words: float = 0.1  # weight of words that are not answers
    lengths: tuple[int, ...] = (256, 128)  # tokens of the texts, in turn
    most_slots: int = 64
    windows: tuple[int, ...] = (1, 4, 8, 8, 16)  # raw pairs beside the slots
    full: float = 0.1  # share of steps with full attention


def train_pool(recipe: PoolRecipe, seed: int, needs: Mapping[str, TrainingResult], run: TrainingRun) -> TrainingResult:
    """Train the base reader on through pools of random size."""
    del seed
    base = needs["base-1"]
    weights = trainable(base.weights, run.device)
    rng = np.random.default_rng(base.seed + 2000)
    learner = Learner(list(weights.values()), recipe.rate, recipe.steps)
    for step in run.steps("pool", learner, rng, recipe.steps):
        tokens = recipe.lengths[step % len(recipe.lengths)]
        learner.learn(reading_loss(weights, base.config, rng, tokens, _some_pool(recipe, rng), recipe.other_words))
    return TrainingResult(base.config, plain(weights), seed=base.seed)


def _some_pool(recipe: PoolRecipe, rng: np.random.Generator) -> Attention:
    if rng.random() < recipe.full:
        return full_attention
    slots = round(float(recipe.most_slots ** rng.random()))  # as often 1 to 8 as 8 to 64
    kind = Rebinned if rng.random() < 0.4 else Merging
    return pooled_attention(int(rng.choice(recipe.windows)), kind(slots))


POOL = TrainedModel(
    "pool",
    "reads stories through means over ranges of the past, any number of slots; one layer",
    PoolRecipe(),
    train_pool,
    ("base-1",),
    ("merging", "rebinned"),
)
