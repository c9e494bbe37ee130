"""One step of learning after the other: the loss, the optimiser and its schedule."""

import math
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.reader.config import ReaderConfig
from memattn.reader.drills import batch
from memattn.reader.model import Attention, logits_of
from memattn.reader.tokenizer import Tokenizer

TOKENS_PER_STEP = 2048


class Learner:
    """Optimiser with its schedule: AdamW, short warm-up, cosine to 4 %, clipped gradients."""

    def __init__(
        self, config: ReaderConfig, weights: dict[str, Tensor], tensors: list[Tensor], rate: float, steps: int
    ) -> None:
        """Take the tensors to train; they are changed in place."""
        self.config, self.weights, self.tensors, self.tokenizer = config, weights, tensors, Tokenizer()
        self.optimiser = torch.optim.AdamW(
            [tensor.requires_grad_() for tensor in tensors], lr=rate, betas=(0.9, 0.98), weight_decay=0.01
        )
        self.rates: Iterator[float] = (
            rate * min(1.0, (step + 1) / 50) * (0.04 + 0.48 * (1 + math.cos(math.pi * step / steps)))
            for step in range(steps)
        )

    def learn(self, rng: np.random.Generator, tokens: int, attention: Attention, other_words: float) -> float:
        """One step on fresh texts; gives the loss."""
        texts = batch(rng, self.tokenizer, max(1, TOKENS_PER_STEP // tokens), tokens)
        ids = texts.ids.to(self.weights["norm"].device)
        logits = logits_of(self.weights, self.config, ids, attention)[:, :-1]
        surprise = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        asked = texts.asked[:, :-1].flatten().to(ids.device)
        loss = surprise[asked].sum() / max(1, int(asked.sum())) + other_words * surprise[~asked].mean()
        for group in self.optimiser.param_groups:
            group["lr"] = next(self.rates)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.tensors, 1.0)
        self.optimiser.step()
        return float(loss.detach())
