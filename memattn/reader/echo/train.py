"""Train the echo model: next word, full attention, texts of 64 tokens drawn anew in every step.

What makes the head rest on the start word and on nothing else, by experiment: a start word in every text, work at
`again` only and seldom, words of one size, few channels, small first weights, a high learning rate and no weight
decay.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.reader.echo.language import Language, vocabulary
from memattn.reader.echo.model import EchoConfig, logits_of, random_weights

Report = Callable[[int, float], None]  # step, loss
AHEAD = 100  # steps whose texts are drawn together, for speed


@dataclass(frozen=True)
class Recipe:
    """How to train."""

    seed: int = 0
    steps: int = 5000
    texts: int = 16  # per step
    tokens: int = 64  # of a text
    rate: float = 1.2e-2  # learning rate; weight decay is none

    def __post_init__(self) -> None:
        for name in ("steps", "texts", "tokens"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be ≥ 1, got {getattr(self, name)}")


class Trained(NamedTuple):
    """What training gives: the recipe, sizes, weights and CPU seconds."""

    recipe: Recipe
    config: EchoConfig
    weights: dict[str, Tensor]
    seconds: float


def train(recipe: Recipe, device: str = "cpu", report: Report = lambda step, loss: None) -> Trained:
    """Train from scratch."""
    config = EchoConfig(len(vocabulary()))
    start = time.process_time()
    weights = {name: tensor.to(device).requires_grad_() for name, tensor in random_weights(config, recipe.seed).items()}
    tensors = list(weights.values())
    optimiser = torch.optim.AdamW(tensors, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.0)
    for step, ids in enumerate(_texts(recipe, device)):
        loss = F.cross_entropy(logits_of(weights, config, ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        for group in optimiser.param_groups:
            group["lr"] = _rate(recipe, step)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tensors, 1.0)
        optimiser.step()
        report(step, float(loss.detach()))
    plain = {name: tensor.detach() for name, tensor in weights.items()}
    return Trained(recipe, config, plain, time.process_time() - start)


def _texts(recipe: Recipe, device: str) -> Iterator[Tensor]:
    """(texts, tokens + 1) ids for every step: each token but the last has a next one to foretell."""
    language, rng = Language(), np.random.default_rng(recipe.seed)
    for step in range(0, recipe.steps, AHEAD):
        ahead = min(AHEAD, recipe.steps - step)
        drawn = language.draw(rng, ahead * recipe.texts, recipe.tokens + 1)
        yield from torch.from_numpy(drawn).to(device).split(recipe.texts)


def _rate(recipe: Recipe, step: int) -> float:
    """Short warm-up, cosine to 5 %."""
    return recipe.rate * min(1.0, (step + 1) / 50) * (0.05 + 0.475 * (1 + math.cos(math.pi * step / recipe.steps)))
