"""The reader: a base reader that goes on learning through memories of random kind and size.

One convolution kernel for every compression rate is learned together with the model: gradients pass from
answers through compressed slots into keys and values. Full attention stays in the mixture, so nothing is
unlearned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from memattn.compression import Conv1d, ConvWeights, DilatedConv1d, MaxPool, MeanPool
from memattn.memory.compressive import Compressive
from memattn.reader.config import ReaderConfig
from memattn.reader.learner import Learner, reading_loss
from memattn.reader.model import Attention, full_attention
from memattn.reader.parallel import compressive_attention, window_attention
from memattn.reader.trained.base import LENGTHS
from memattn.reader.trained.trained_model import TrainedModel, TrainingResult, plain, trainable
from memattn.reader.training_run import TrainingRun

SEGMENTS = (2, 4, 8, 16, 24)  # n_s to train with


@dataclass(frozen=True)
class EndToEndRecipe:
    """How to learn through memories."""

    steps: int = 6000
    rate: float = 2e-3  # learning rate
    other_words: float = 0.1  # weight of words that are not answers
    conv_rates: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8)
    dilated_rates: tuple[int, ...] = (2, 3, 4, 6, 8)

    def __post_init__(self) -> None:
        """Refuse a negative number of steps; 0 leaves the kernels at averages."""
        if self.steps < 0:
            raise ValueError(f"steps must be ≥ 0, got {self.steps}")


Learning = dict[tuple[str, int], dict[str, Tensor]]


def train_end_to_end(
    recipe: EndToEndRecipe, seed: int, needs: Mapping[str, TrainingResult], run: TrainingRun
) -> TrainingResult:
    """Train base reader and kernels end to end."""
    base = needs["base-1"]
    seed = base.seed
    weights = trainable(base.weights, run.device)
    kernels = first_kernels(recipe, base.config, seed, run.device)
    rng = np.random.default_rng(seed + 1000)
    tensors = [*weights.values(), *(tensor for kernel in kernels.values() for tensor in kernel.values())]
    learner = Learner(tensors, recipe.rate, max(1, recipe.steps))
    for step in run.steps("memories", learner, rng, recipe.steps):
        attention = _some_memory(rng, recipe, kernels)
        learner.learn(reading_loss(weights, base.config, rng, LENGTHS[step % 4], attention, recipe.other_words))
    done = {key: ConvWeights(**kernel).frozen() for key, kernel in kernels.items()}
    return TrainingResult(base.config, plain(weights), done, seed)


def first_kernels(recipe: EndToEndRecipe, config: ReaderConfig, seed: int, device: str) -> Learning:
    """Averages, with a little noise to tell the taps apart."""
    draw, d = torch.Generator().manual_seed(seed), config.d_head
    keys = [("conv", rate) for rate in recipe.conv_rates] + [("dilated", rate) for rate in recipe.dilated_rates]
    kernels: Learning = {}
    for name, rate in keys:
        mean = torch.eye(d).unsqueeze(-1).expand(config.heads, d, d, rate) / rate
        kernels[name, rate] = {
            side: (mean + 0.05 * torch.randn(mean.shape, generator=draw)).to(device) for side in ("keys", "values")
        }
    return kernels


def _some_memory(rng: np.random.Generator, recipe: EndToEndRecipe, kernels: Learning) -> Attention:
    """Full attention, a window, or a compressive memory of random sizes and compression."""
    kind = rng.choice(["full", "window", "mean", "max", "dilated", "conv"], p=[0.2, 0.05, 0.08, 0.05, 0.14, 0.48])
    if kind == "full":
        return full_attention
    if kind == "window":
        return window_attention(int(rng.integers(24, 160)))
    n_s = int(rng.choice(SEGMENTS))
    n_m, n_cm = int(rng.integers(n_s, 57)), int(rng.integers(4, 65))
    if kind in ("mean", "max"):
        pool = (MeanPool if kind == "mean" else MaxPool)(rate=int(rng.integers(2, 5)))
        return compressive_attention(Compressive(n_s, n_m, n_cm, pool, stop_gradient=False))
    rates = recipe.conv_rates if kind == "conv" else recipe.dilated_rates
    rate = int(rng.choice(rates, p=np.array(rates) / sum(rates)))  # the higher c, the harder to learn
    weights = ConvWeights(**kernels[str(kind), rate])
    if kind == "conv":
        conv = Conv1d(rate, weights=weights)
        return compressive_attention(Compressive(n_s, n_m, n_cm, conv, stop_gradient=False))
    n_s = rate * int(rng.integers(1, 24 // rate + 1))  # whole blocks, so that every segment is popped as one
    memory = Compressive(n_s, n_s * int(rng.integers(1, 5)), n_cm, DilatedConv1d(rate, weights=weights))
    return compressive_attention(replace(memory, stop_gradient=False), block=n_s)


READER = TrainedModel(
    "reader",
    "reads stories through compressive memories; one layer and a convolution per compression rate, end to end",
    EndToEndRecipe(),
    train_end_to_end,
    ("base-1",),
    ("compressive",),
    half=False,
)
