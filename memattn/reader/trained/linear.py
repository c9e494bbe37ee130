"""A reader whose only memory is a matrix of fixed size per layer: linear attention, by either rule.

It begins as the two-layer base, whose queries and keys say already which fact is meant, but to an exponential; through
φ, which grows no faster than its argument, they overlap. In every step the rule and the number of rows are drawn anew,
so the same weights serve every setting and what differs on the screen is the memory alone.

What it can: one fact over any distance that was trained, four of one kind in most cases, fewer the fewer rows. Over a
long gap pairs that are added drown it sooner than those of the delta rule.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from memattn.memory.linear import Linear
from memattn.reader.batches import mixture
from memattn.reader.learner import Learner, reading_loss
from memattn.reader.parallel import attention_through
from memattn.reader.trained.trained_model import TrainedModel, TrainingResult, plain, trainable
from memattn.reader.training_run import TrainingRun

SHORTEST_TEXT, LONGEST_TEXT = 16, 320  # tokens


@dataclass(frozen=True)
class LinearRecipe:
    """How to learn to read a matrix."""

    steps: int = 1000
    rate: float = 3e-3  # learning rate
    other_words: float = 0.05  # weight of words that are not answers
    many_facts: float = 0.2  # share of steps with texts as the base learned from; the others tell few facts
    rows: tuple[int, int] = (4, 64)  # m, drawn between these, evenly by its logarithm
    first: int = 48  # tokens of the longest texts at the beginning
    grown: float = 0.6  # share of the steps after which texts have their full length

    def __post_init__(self) -> None:
        """Refuse recipes that train nothing."""
        if self.steps < 1 or not 0 < self.grown <= 1 or not 1 <= self.rows[0] <= self.rows[1]:
            raise ValueError(
                "steps must be ≥ 1, grown > 0 and ≤ 1, rows ≥ 1 in ascending order, got "
                f"{self.steps}, {self.grown} and {self.rows}"
            )
        if self.first <= SHORTEST_TEXT:
            raise ValueError(f"first must be > {SHORTEST_TEXT} tokens, the shortest text, got {self.first}")


def train_linear(
    recipe: LinearRecipe, seed: int, needs: Mapping[str, TrainingResult], run: TrainingRun
) -> TrainingResult:
    """Go on from the two-layer base."""
    base = needs["base-2"]
    weights = trainable(base.weights, run.device)
    rng = np.random.default_rng(seed + 1000)
    learner = Learner(list(weights.values()), recipe.rate, recipe.steps)
    draw = mixture(recipe.many_facts)
    for step in run.steps("linear", learner, rng, recipe.steps):
        grown = min(1.0, step / (recipe.grown * recipe.steps))
        tokens = int(rng.integers(SHORTEST_TEXT, recipe.first + int(grown * (LONGEST_TEXT - recipe.first))))
        memory = Linear(round(math.exp(rng.uniform(*np.log(recipe.rows)))), "add" if rng.random() < 0.5 else "delta")
        attention = attention_through(memory)
        learner.learn(reading_loss(weights, base.config, rng, tokens, attention, recipe.other_words, draw))
    return TrainingResult(base.config, plain(weights), seed=base.seed)


LINEAR = TrainedModel(
    "linear",
    "reads stories with a matrix of fixed size per layer as its only memory, pairs added or written by the delta rule",
    LinearRecipe(),
    train_linear,
    ("base-2",),
    ("linear",),
)
