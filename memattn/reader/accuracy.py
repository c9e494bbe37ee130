"""How well a reader answers: which questions rightly, and what share by kind of fact."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from memattn.memory.base import Memory
from memattn.reader.batches import Questions, draw_questions
from memattn.reader.config import ReaderConfig
from memattn.reader.model import forward, full_attention, logits_of
from memattn.reader.tokenizer import Tokenizer

HELD_OUT_SEED = 1_000_000  # of the first story to measure on; training never comes near


@torch.no_grad()
def answered_right(
    weights: Mapping[str, Tensor],
    config: ReaderConfig,
    questions: Questions,
    memory: Memory[Any] | Sequence[Memory[Any]] | None = None,
) -> Tensor:
    """Which questions are answered rightly, bool (stories,); no memory is full attention, several are one per layer."""
    device = weights["norm"].device
    right = []
    parts = (part.split(64) for part in (questions.ids, questions.at, questions.answers))
    for ids, at, answers in zip(*parts, strict=True):
        if memory is None:
            logits = logits_of(weights, config, ids.to(device), full_attention)
        else:
            logits = forward(weights, config, ids.to(device), memory).logits
        right.append(logits[torch.arange(len(ids)), at].argmax(dim=-1).cpu() == answers)
    return torch.cat(right)


def accuracy_by_kind(
    weights: Mapping[str, Tensor], config: ReaderConfig, tokens: int, facts: int, stories: int = 200
) -> dict[str, float]:
    """Share of right answers per kind of fact, with full attention, one question at the end of each story."""
    questions = draw_questions(Tokenizer(), HELD_OUT_SEED, stories, tokens, facts)
    right = answered_right(weights, config, questions).tolist()
    by_kind: dict[str, list[bool]] = {}
    for kind, ok in zip(questions.kinds, right, strict=True):
        by_kind.setdefault(kind.value, []).append(ok)
    return {kind: sum(answers) / len(answers) for kind, answers in sorted(by_kind.items())}
