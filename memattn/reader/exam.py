"""How well a reader answers: by length, kind of fact, memory and distance, with confidence intervals."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor

from memattn.compression import (
    Compression,
    Conv1d,
    ConvWeights,
    DilatedConv1d,
    KeepOne,
    MaxPool,
    MeanPool,
    MostUsed,
)
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.window import Window
from memattn.reader.config import ReaderConfig
from memattn.reader.drills import Paper, paper
from memattn.reader.model import forward, full_attention, logits_of
from memattn.reader.tokenizer import Tokenizer

SEED = 1_000_000  # of the first examination story; training never comes near
BINS = (
    0,
    24,
    48,
    64,
    80,
    96,
    128,
    160,
    192,
    224,
    256,
    288,
    320,
)  # tokens from the answer word to the question mark


class Share(NamedTuple):
    """Right answers among all, with Wilson's interval for a confidence of 95 %."""

    right: int
    asked: int

    @property
    def value(self) -> float:
        """The share of right answers."""
        return self.right / self.asked

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end."""
        z, n, p = 1.959964, self.asked, self.value
        middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    def card(self) -> dict[str, Any]:
        """As it stands on the card."""
        return {
            "right": self.right,
            "asked": self.asked,
            "wilson95": [round(end, 4) for end in self.interval],
        }


@torch.no_grad()
def mark(
    weights: Mapping[str, Tensor], config: ReaderConfig, paper: Paper, memory: Memory[Any] | None = None
) -> Tensor:
    """Which questions are answered rightly, bool (stories,); None is full attention."""
    device = weights["norm"].device
    right = []
    for ids, at, answers in zip(*(part.split(64) for part in (paper.ids, paper.at, paper.answers)), strict=True):
        if memory is None:
            logits = logits_of(weights, config, ids.to(device), full_attention)
        else:
            logits = forward(weights, config, ids.to(device), memory).logits
        right.append(logits[torch.arange(len(ids)), at].argmax(dim=-1).cpu() == answers)
    return torch.cat(right)


def accuracy(
    weights: Mapping[str, Tensor], config: ReaderConfig, tokens: int, facts: int, stories: int = 200
) -> dict[str, float]:
    """Share of right answers per kind of fact, with full attention, one question at the end of each story."""
    questions = paper(Tokenizer(), SEED, stories, tokens, facts)
    return {kind: share.value for kind, share in _by_kind(questions, mark(weights, config, questions)).items()}


def by_distance(right: Tensor, distance: Tensor) -> dict[str, float | None]:
    """Share of right answers per bin of `BINS`; None where nothing was asked."""
    bins = {}
    for low, high in pairwise(BINS):
        inside = right[(distance >= low) & (distance < high)].float()
        bins[f"{low}-{high - 1}"] = round(float(inside.mean()), 3) if len(inside) else None
    return bins


def measure(
    weights: Mapping[str, Tensor], config: ReaderConfig, kernels: Mapping[tuple[str, int], ConvWeights]
) -> dict[str, Any]:
    """The accuracy table of the card."""
    tokenizer = Tokenizer()
    table: dict[str, Any] = {"full attention, story tokens / facts": {}}
    for tokens, facts, stories in (
        (64, 6, 400),
        (256, 16, 400),
        (512, 30, 400),
        (1024, 60, 400),
        (2048, 80, 100),
    ):
        questions = paper(tokenizer, SEED, stories, tokens, facts)
        right = mark(weights, config, questions)
        entry = Share(int(right.sum()), len(right)).card()
        entry["kinds"] = {kind: round(share.value, 3) for kind, share in _by_kind(questions, right).items()}
        table["full attention, story tokens / facts"][f"{tokens} / {facts}"] = entry
    questions = paper(tokenizer, 5 * SEED, 1000, 320, 14)
    table["recall by distance, 320 tokens, 14 facts; Mem 32, CMem 32, segments of 8"] = {
        name: by_distance(mark(weights, config, questions, memory), questions.distance)
        for name, memory in _memories(kernels).items()
    }
    return table


def _memories(kernels: Mapping[tuple[str, int], ConvWeights]) -> dict[str, Memory[Any] | None]:
    trained = {"conv": Conv1d, "dilated": DilatedConv1d}
    compressions: dict[str, Compression] = {
        f"{name} c={rate}": trained[name](rate, weights=weights) for (name, rate), weights in kernels.items()
    }
    for name, kind in (("mean", MeanPool), ("max", MaxPool), ("keep", KeepOne), ("most used", MostUsed)):
        compressions |= {f"{name} c={rate}": kind(rate) for rate in (2, 4)}
    memories: dict[str, Memory[Any] | None] = {"full": None, "window 64": Window(64)}
    for name, compression in compressions.items():
        memories[name] = Compressive(8, 32, 32, compression)
    return memories


def _by_kind(questions: Paper, right: Tensor) -> dict[str, Share]:
    shares = {}
    for kind in sorted(set(questions.kinds)):
        own = [bool(ok) for ok, asked in zip(right, questions.kinds, strict=True) if asked == kind]
        shares[kind.value] = Share(sum(own), len(own))
    return shares
