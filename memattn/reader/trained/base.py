"""Base readers: one or two layers that learn to read with full attention.

In a small transformer this comes as a sudden transition, kind of fact by kind of fact, and with some seeds one
kind stays behind; so the weakest kind is checked on the way and another seed tried. They serve, as they are,
every memory that keeps raw pairs: full, window, segments, pinned tokens, keep-1-of-c.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from memattn.reader.accuracy import accuracy_by_kind
from memattn.reader.config import ReaderConfig, random_weights
from memattn.reader.learner import Learner, reading_loss
from memattn.reader.model import full_attention
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.trained.trained_model import TrainedModel, TrainingError, TrainingResult, plain, trainable
from memattn.reader.training_run import TrainingRun

LENGTHS = (256, 256, 128, 512)  # tokens of the texts, in turn, once the reader is past the beginning


@dataclass(frozen=True)
class BaseRecipe:
    """How to learn to read."""

    layers: int = 1
    steps: int = 3000
    rate: float = 3e-3  # learning rate
    check_at: int = 900  # step at which every kind of fact must have been learnt
    check: float = 0.8  # accuracy that the weakest kind must have then
    tries: int = 5  # seeds
    other_words: float = 0.3  # weight of words that are not answers

    def __post_init__(self) -> None:
        """Refuse recipes that train nothing."""
        if self.steps < 1 or self.tries < 1 or self.layers < 1:
            raise ValueError(f"layers, steps and tries must be ≥ 1, got {self.layers}, {self.steps} and {self.tries}")


def train_base(recipe: BaseRecipe, seed: int, needs: Mapping[str, TrainingResult], run: TrainingRun) -> TrainingResult:
    """Train from scratch, with the next seed where one gets stuck.

    Raises:
        TrainingError: every seed got stuck.
    """
    del needs
    config = ReaderConfig(Tokenizer().size, layers=recipe.layers)
    for own in range(seed, seed + recipe.tries):
        weights = trainable(random_weights(config, own), run.device)
        if _train_once(recipe, own, config, weights, run):
            return TrainingResult(config, plain(weights), seed=own)
    raise TrainingError(f"seeds {seed} to {own} left a kind of fact below {recipe.check} at step {recipe.check_at}")


def _train_once(
    recipe: BaseRecipe, seed: int, config: ReaderConfig, weights: dict[str, Tensor], run: TrainingRun
) -> bool:
    """Train in place; False when the check fails."""
    rng = np.random.default_rng(seed)
    learner = Learner(list(weights.values()), recipe.rate, recipe.steps)
    for step in run.steps(f"reading-{seed}", learner, rng, recipe.steps):
        longer = min(1.0, step / (0.3 * recipe.steps))
        tokens = LENGTHS[step % 4] if step > 0.8 * recipe.steps else 64 + int(192 * longer)
        learner.learn(reading_loss(weights, config, rng, tokens, full_attention, recipe.other_words))
        if (
            step + 1 == recipe.check_at
            and min(accuracy_by_kind(plain(weights), config, 256, 16).values()) < recipe.check
        ):
            return False
    return True


BASE_1 = TrainedModel(
    "base-1", "reads stories with full attention; one layer", BaseRecipe(), train_base, serves=("full",)
)
BASE_2 = TrainedModel(
    "base-2",
    "reads stories with full attention; two layers",
    BaseRecipe(layers=2, steps=2000),
    train_base,
    serves=("full",),
)
