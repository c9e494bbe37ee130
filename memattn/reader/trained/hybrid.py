"""A reader with a hybrid cache: a window, and one average of everything that has left it.

It begins as the two-layer base, which reads a window well and has no use for a mean. Left at that it would keep to
the window; so windows are drawn down to a few pairs, and most texts leave their facts behind. The average counts as
many pairs as it stands for (`log_count`), or the softmax would hardly let it be heard at first. With every window
in the mixture, the model serves them all.

What it can: exact recall inside the window, the gist of about one fact beyond.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.hybrid import Hybrid
from memattn.memory.window import Window
from memattn.reader.batches import mixture
from memattn.reader.learner import Learner, reading_loss
from memattn.reader.parallel import attention_through
from memattn.reader.trained.trained_model import TrainedModel, TrainingResult, plain, trainable
from memattn.reader.training_run import TrainingRun


@dataclass(frozen=True)
class HybridRecipe:
    """How to learn to read a window and an average together."""

    steps: int = 600
    rate: float = 5e-3  # learning rate
    other_words: float = 0.1  # weight of words that are not answers
    many_facts: float = 0.3  # share of steps with texts as the base learned from; the others leave a gap
    windows: tuple[int, int] = (4, 64)  # n_c, drawn between these, evenly by its logarithm
    tokens: tuple[int, int] = (24, 200)  # of a text

    def __post_init__(self) -> None:
        """Refuse recipes that train nothing."""
        if self.steps < 1 or not 1 <= self.windows[0] <= self.windows[1] or not 16 <= self.tokens[0] < self.tokens[1]:
            raise ValueError(
                "steps must be ≥ 1, windows ≥ 1 and tokens ≥ 16 in ascending order, got "
                f"{self.steps}, {self.windows} and {self.tokens}"
            )


def hybrid(window: int) -> Hybrid:
    """The memory that this reader has learned to read."""
    return Hybrid(Window(window), CumulativeAverage(log_count=True))


def train_hybrid(
    recipe: HybridRecipe, seed: int, needs: Mapping[str, TrainingResult], run: TrainingRun
) -> TrainingResult:
    """Go on from the two-layer base."""
    base = needs["base-2"]
    weights = trainable(base.weights, run.device)
    rng = np.random.default_rng(seed + 1000)
    learner = Learner(list(weights.values()), recipe.rate, recipe.steps)
    draw = mixture(recipe.many_facts)
    for _ in run.steps("hybrid", learner, rng, recipe.steps):
        attention = attention_through(hybrid(round(math.exp(rng.uniform(*np.log(recipe.windows))))))
        tokens = int(rng.integers(*recipe.tokens))
        learner.learn(reading_loss(weights, base.config, rng, tokens, attention, recipe.other_words, draw))
    return TrainingResult(base.config, plain(weights), seed=base.seed)


HYBRID = TrainedModel(
    "hybrid",
    "reads stories with a window and an average of what has left it; two layers",
    HybridRecipe(),
    train_hybrid,
    ("base-2",),
    ("hybrid",),
)
