"""One step of learning after the other: the loss, the optimiser and its schedule."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.reader.batches import Batch, draw_batch
from memattn.reader.config import ReaderConfig
from memattn.reader.model import Attention, logits_of
from memattn.reader.tokenizer import Tokenizer

TOKENS_PER_STEP = 2048

DrawBatch = Callable[[np.random.Generator, Tokenizer, int, int], Batch]  # rng, words, texts, tokens of each → texts


class Learner:
    """Optimiser with its schedule: AdamW, short warm-up, cosine to 4 %, clipped gradients."""

    def __init__(self, tensors: Sequence[Tensor], rate: float, steps: int, decay: float = 0.01) -> None:
        """Take the tensors to train; they are changed in place.

        Args:
            tensors: in an order that is always the same.
            rate: highest learning rate.
            steps: of the whole schedule.
            decay: of the weights.
        """
        self.tensors, self.rate, self.total = [tensor.requires_grad_() for tensor in tensors], rate, steps
        self.optimiser = torch.optim.AdamW(self.tensors, lr=rate, betas=(0.9, 0.98), weight_decay=decay)
        self.done, self.loss, self.gradient = 0, math.nan, math.nan  # the norm, before it is clipped

    def learn(self, loss: Tensor) -> float:
        """One step down the gradient of `loss`; gives the loss."""
        cosine = 0.5 * (1 + math.cos(math.pi * self.done / self.total))
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * min(1.0, (self.done + 1) / 50) * (0.04 + 0.96 * cosine)
        self.optimiser.zero_grad()
        loss.backward()
        self.gradient = float(torch.nn.utils.clip_grad_norm_(self.tensors, 1.0))
        self.optimiser.step()
        self.done += 1
        self.loss = float(loss.detach())
        return self.loss

    def tensors_by_name(self) -> dict[str, Tensor]:
        """What must be kept to go on later: the tensors and the optimiser's moments."""
        kept: dict[str, Tensor] = {}
        for at, tensor in enumerate(self.tensors):
            state = self.optimiser.state.get(tensor, {})
            kept |= {f"{at}.{name}": part.detach().contiguous() for name, part in {"tensor": tensor, **state}.items()}
        return kept

    def restore(self, kept: Mapping[str, Tensor], done: int) -> None:
        """Go on from what `tensors_by_name` gave after `done` steps."""
        with torch.no_grad():
            for at, tensor in enumerate(self.tensors):
                tensor.copy_(kept[f"{at}.tensor"])
                own = {name.split(".")[1]: part for name, part in kept.items() if name.startswith(f"{at}.")}
                del own["tensor"]
                self.optimiser.state[tensor] = {
                    name: part.clone() if name == "step" else part.to(tensor) for name, part in own.items()
                }
        self.done = done


def reading_loss(
    weights: Mapping[str, Tensor],
    config: ReaderConfig,
    rng: np.random.Generator,
    tokens: int,
    attention: Attention | Sequence[Attention],
    other_words: float,
    draw: DrawBatch = draw_batch,
) -> Tensor:
    """Surprise at answers, plus `other_words` times that at all other words, on fresh texts.

    Args:
        weights: of the model; gradients reach them.
        config: its sizes.
        rng: draws the texts.
        tokens: length of each; a step takes about `TOKENS_PER_STEP` in all.
        attention: in every layer, or one for each.
        other_words: weight of words that are not answers.
        draw: how texts are drawn.
    """
    texts = draw(rng, Tokenizer(), max(1, TOKENS_PER_STEP // tokens), tokens)
    surprise, answers = _surprise(weights, config, texts, attention)
    return surprise[answers].sum() / max(1, int(answers.sum())) + other_words * surprise[~answers].mean()


def answers_alone(
    weights: Mapping[str, Tensor], config: ReaderConfig, texts: Batch, attention: Attention | Sequence[Attention]
) -> Tensor:
    """Surprise at the answers of these texts; arguments as for `reading_loss`."""
    surprise, answers = _surprise(weights, config, texts, attention)
    return surprise[answers].sum() / max(1, int(answers.sum()))


def _surprise(
    weights: Mapping[str, Tensor], config: ReaderConfig, texts: Batch, attention: Attention | Sequence[Attention]
) -> tuple[Tensor, Tensor]:
    """At every word but the first of each text, and which of them are answers."""
    ids = texts.ids.to(weights["norm"].device)
    logits = logits_of(weights, config, ids, attention)[:, :-1]
    surprise = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    return surprise, texts.before_answer[:, :-1].flatten().to(ids.device)  # positions whose next word is an answer
