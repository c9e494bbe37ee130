"""Compression networks for the frozen one-layer base, each learned by one of three losses: kernels, and gates.

    ar-cache  attention reconstruction, compressed slots competing with the newer pairs, as they will in use (ours);
              squared, which weighs the few queries that look something up
    ar-block  attention reconstruction over the popped block alone, as in the paper
    ae        auto-encoding: rebuild the pairs

Keys and values of a one-layer reader depend on the words alone, so streams are drawn once per step and cut
into a popped block and what is newer; the texts ask as often as they tell, for it is questions that look things up.
A network works inside its head, as the memory does. Source: Rae et al., 2019, §3.3 (arXiv:1911.05507).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from memattn.compression import (
    Compression,
    Conv1d,
    ConvWeights,
    DilatedConv1d,
    GatedPool,
    GateWeights,
    LearnedWeights,
)
from memattn.compression.losses import attention_reconstruction, auto_encoding
from memattn.kv import KV
from memattn.reader.batches import draw_batch
from memattn.reader.learner import Learner
from memattn.reader.model import stream
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.trained.trained_model import TrainedModel, TrainingResult
from memattn.reader.training_run import TrainingRun
from memattn.reader.weights import GATED

KINDS: Mapping[str, type[Compression]] = {"conv": Conv1d, "dilated": DilatedConv1d, GATED: GatedPool}


@dataclass(frozen=True)
class Network:
    """One network to learn: its loss, what kind it is of, and c."""

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
        Network("ar-cache", "gated", 2),
        Network("ar-cache", "gated", 4),
        Network("ar-cache", "gated", 8),
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
    heads, d = base.config.heads, base.config.d_head
    learned: dict[tuple[str, int], LearnedWeights] = {}
    for net in recipe.networks:
        rng = np.random.default_rng([seed, net.rate, *net.name.encode()])
        own = nearly_average(net.kind, net.rate, heads, d, recipe.noise, rng, run.device)
        decoder = nearly_average("conv", net.rate, heads, d, recipe.noise, rng, run.device)
        tensors = [*own.values(), *(decoder.values() if net.loss == "ae" else ())]
        learner = Learner(tensors, recipe.rate, recipe.steps, decay=0.0)
        for _ in run.steps(f"{net.loss}-{net.kind}-{net.rate}", learner, rng, recipe.steps):
            with torch.no_grad():
                ids = draw_batch(rng, Tokenizer(), recipe.texts, recipe.tokens, questions_at_end=0.0).ids.to(run.device)
                queries, keys, values = stream(weights, base.config, ids)
            compression = compressing(net.kind, net.rate, own)
            cut = cut_out(recipe, rng, queries, KV(keys, values))
            learner.learn(reconstruction(net.loss, compression, *cut, ConvWeights(**decoder)))
        learned[net.name, net.rate] = weights_of(net.kind, own).frozen()
    return TrainingResult(base.config, {}, learned, base.seed)


def cut_out(recipe: CompressorsRecipe, rng: np.random.Generator, queries: Tensor, pairs: KV) -> tuple[Tensor, KV, KV]:
    """Somewhere in a stream: the queries that read, a block that is compressed, and the newer pairs behind it."""
    start = int(rng.integers(0, recipe.tokens - recipe.block - recipe.newer + 1))
    middle, end = start + recipe.block, start + recipe.block + recipe.newer
    return queries[..., middle:end, :], pairs[start:middle], pairs[middle:end]


def reconstruction(
    loss: str, compression: Compression, reading: Tensor, popped: KV, newer: KV, decoder: ConvWeights
) -> Tensor:
    """One of the three losses."""
    if loss == "ae":
        return auto_encoding(compression, decoder, popped)
    if loss == "ar-block":
        return attention_reconstruction(compression, reading, popped)
    causal = torch.ones(newer.tokens, newer.tokens, dtype=torch.bool, device=reading.device).tril()
    return attention_reconstruction(compression, reading, popped, newer, "cache", causal, squared=True)


def compressing(kind: str, rate: int, tensors: Mapping[str, Tensor]) -> Compression:
    """The compression with these tensors, through which gradients flow."""
    return replace(KINDS[kind](rate), weights=weights_of(kind, tensors))  # type: ignore[call-arg]


def weights_of(kind: str, tensors: Mapping[str, Tensor]) -> LearnedWeights:
    """The tensors as the compression takes them."""
    return GateWeights(**tensors) if kind == GATED else ConvWeights(**tensors)


def nearly_average(
    kind: str, rate: int, heads: int, d: int, noise: float, rng: np.random.Generator, device: str = "cpu"
) -> dict[str, Tensor]:
    """Averages with a little noise; a decoder starts from copies."""
    mean = np.broadcast_to(np.eye(d)[..., None], (heads, d, d, rate)) / rate
    start = {"keys": mean, "values": mean}
    if kind == GATED:
        start = {name: np.zeros((heads, size)) for name, size in (("keys", d), ("values", d), ("positions", rate))}
    return {
        side: torch.tensor(own + noise * rng.standard_normal(own.shape), dtype=torch.float32, device=device)
        for side, own in start.items()
    }


COMPRESSORS = TrainedModel(
    "compressors",
    "compression networks for the frozen base-1: attention reconstruction over the whole cache and over the block "
    "alone, and auto-encoding",
    CompressorsRecipe(),
    train_compressors,
    ("base-1",),
)
