"""How well a reader answers: by length, kind of fact, memory and distance, with confidence intervals."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from memattn.memory.base import Memory
from memattn.reader.config import ReaderConfig
from memattn.reader.drills import Paper, paper
from memattn.reader.model import forward, full_attention, logits_of
from memattn.reader.tokenizer import Tokenizer

SEED = 1_000_000  # of the first examination story; training never comes near


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
    weights: Mapping[str, Tensor],
    config: ReaderConfig,
    paper: Paper,
    memory: Memory[Any] | Sequence[Memory[Any]] | None = None,
) -> Tensor:
    """Which questions are answered rightly, bool (stories,); no memory is full attention, several are one per layer."""
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


def _by_kind(questions: Paper, right: Tensor) -> dict[str, Share]:
    shares = {}
    for kind in sorted(set(questions.kinds)):
        own = [bool(ok) for ok, asked in zip(right, questions.kinds, strict=True) if asked == kind]
        shares[kind.value] = Share(sum(own), len(own))
    return shares
