"""Compression networks for the frozen one-layer base, each learned by one of three losses.

    ar-cache  attention reconstruction, compressed slots competing with the newer pairs, as they will in use (ours);
              squared, which weighs the few queries that look something up
    ar-block  attention reconstruction over the popped block alone, as in the paper
    ae        auto-encoding: rebuild the pairs

Keys and values of a one-layer reader depend on the words alone, so streams are drawn once per step and cut
into a popped block and what is newer; the texts ask as often as they tell, for it is questions that look things up.
A kernel works inside its head, as the memory does. Source: Rae et al., 2019, §3.3 (arXiv:1911.05507).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from memattn.compression import Conv1d, ConvWeights, DilatedConv1d
from memattn.compression.losses import attention_reconstruction, auto_encoding
from memattn.kv import KV
from memattn.reader.batches import draw_batch
from memattn.reader.learner import Learner
from memattn.reader.model import stream
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.trained.trained_model import TrainedModel, TrainingResult
from memattn.reader.training_run import TrainingRun

KINDS = {"conv": Conv1d, "dilated": DilatedConv1d}


@dataclass(frozen=True)
class Network:
    """One network to learn: its loss, the kind of its convolution, and c."""

    loss: str
    kind: str
    rate: int

    @property
    def name(self) -> str:
        """Of its kernels in the file."""
        return f"{self.loss}/{self.kind}"


@dataclass(frozen=True)
class CompressorsRecipe:
    """How to learn to compress."""

    networks: tuple[Network, ...] = (
        Network("ar-cache", "conv", 2),
        Network("ar-cache", "conv", 4),
        Network("ar-cache", "conv", 8),
        Network("ar-block", "conv", 2),
        Network("ar-block", "conv", 4),
        Network("ar-block", "conv", 8),
        Network("ar-cache", "dilated", 4),
        Network("ae", "conv", 4),
    )
    steps: int = 800  # for each network
    rate: float = 1e-2  # learning rate
    texts: int = 16  # in a step
    tokens: int = 96  # of a text
    block: int = 32  # pairs that are compressed
    newer: int = 48  # pairs behind them that compete for attention, and whose queries read
    noise: float = 0.05  # on the averages that training starts from

    def __post_init__(self) -> None:
        """Refuse sizes that do not fit."""
        if self.block + self.newer > self.tokens or any(self.block % net.rate for net in self.networks):
            raise ValueError(
                "block must be divisible by every c, and block + newer at most tokens, got "
                f"block={self.block}, newer={self.newer}, tokens={self.tokens}"
            )


def train_compressors(
    recipe: CompressorsRecipe, seed: int, needs: Mapping[str, TrainingResult], run: TrainingRun
) -> TrainingResult:
    """Learn every network on the frozen base."""
    base = needs["base-1"]
    weights = {name: tensor.to(run.device) for name, tensor in base.weights.items()}
    learned = {}
    for net in recipe.networks:
        rng = np.random.default_rng([seed, net.rate, *net.name.encode()])
        sides = _first(recipe, net, base.config.heads, base.config.d_head, rng, run.device)
        decoder = _first(recipe, net, base.config.heads, base.config.d_head, rng, run.device)
        tensors = [*sides.values(), *(decoder.values() if net.loss == "ae" else ())]
        learner = Learner(tensors, recipe.rate, recipe.steps, decay=0.0)
        for _ in run.steps(f"{net.loss}-{net.kind}-{net.rate}", learner, rng, recipe.steps):
            with torch.no_grad():
                ids = draw_batch(rng, Tokenizer(), recipe.texts, recipe.tokens, questions_at_end=0.0).ids.to(run.device)
                queries, keys, values = stream(weights, base.config, ids)
            learner.learn(_loss(recipe, net, rng, queries, KV(keys, values), sides, decoder))
        learned[net.name, net.rate] = ConvWeights(**sides).frozen()
    return TrainingResult(base.config, {}, learned, base.seed)


def _loss(
    recipe: CompressorsRecipe,
    net: Network,
    rng: np.random.Generator,
    queries: Tensor,
    pairs: KV,
    sides: dict[str, Tensor],
    decoder: dict[str, Tensor],
) -> Tensor:
    compression = KINDS[net.kind](net.rate, weights=ConvWeights(**sides))
    start = int(rng.integers(0, recipe.tokens - recipe.block - recipe.newer + 1))
    middle, end = start + recipe.block, start + recipe.block + recipe.newer
    popped, newer, reading = pairs[start:middle], pairs[middle:end], queries[..., middle:end, :]
    if net.loss == "ae":
        return auto_encoding(compression, ConvWeights(**decoder), popped)
    if net.loss == "ar-block":
        return attention_reconstruction(compression, reading, popped)
    causal = torch.ones(recipe.newer, recipe.newer, dtype=torch.bool, device=queries.device).tril()
    return attention_reconstruction(compression, reading, popped, newer, "cache", causal, squared=True)


def _first(
    recipe: CompressorsRecipe, net: Network, heads: int, d: int, rng: np.random.Generator, device: str
) -> dict[str, Tensor]:
    """Averages with a little noise; a decoder starts from copies."""
    mean = np.broadcast_to(np.eye(d)[..., None], (heads, d, d, net.rate)) / net.rate
    return {
        side: torch.tensor(mean + recipe.noise * rng.standard_normal(mean.shape), dtype=torch.float32, device=device)
        for side in ("keys", "values")
    }


COMPRESSORS = TrainedModel(
    "compressors",
    "compression networks for the frozen base-1: attention reconstruction over the whole cache and over the block "
    "alone, and auto-encoding",
    CompressorsRecipe(),
    train_compressors,
    ("base-1",),
)
