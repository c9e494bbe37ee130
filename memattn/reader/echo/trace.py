"""What the head of the echo model does over a text with a memory, word by word: tensors become plain records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from memattn.memory.base import Memory
from memattn.reader.echo.language import encode, vocabulary
from memattn.reader.echo.model import EchoConfig, Step, embed, finish, steps
from memattn.records import Floats, Role


@dataclass(frozen=True)
class EchoTrace:
    """A text read with a memory; everything per word of the text, arrays read-only.

    Args:
        words: the text.
        ids: positions of the pairs that each word's query read, oldest first; slots that the memory made itself
            are negative.
        roles: of these slots.
        weights: (slots,) attention to them.
        entropy: (tokens,) of these weights, nats.
        largest: (tokens,) the largest of them.
        first: (tokens,) the weight on the first word of the text, 0 where it is no longer held.
        guesses: the word that the model thinks comes next.
        chances: (tokens,) the probability that it gives to its guess.
        surprise: (tokens - 1,) nats of the word that does come next.
    """

    words: tuple[str, ...]
    ids: tuple[tuple[int, ...], ...]
    roles: tuple[tuple[Role, ...], ...]
    weights: tuple[Floats, ...]
    entropy: Floats
    largest: Floats
    first: Floats
    guesses: tuple[str, ...]
    chances: Floats
    surprise: Floats

    def __post_init__(self) -> None:
        for array in (*self.weights, self.entropy, self.largest, self.first, self.chances, self.surprise):
            array.setflags(write=False)

    @property
    def perplexity(self) -> float:
        """Of the whole text but its first word."""
        return float(np.exp(self.surprise.mean()))


class Focus(NamedTuple):
    """How the weights of a read are spread: entropy in nats, the largest, the one on the first token; (*lead,)."""

    entropy: Tensor
    largest: Tensor
    first: Tensor


def focus(step: Step) -> Focus:
    """Sum up the weights of one step."""
    weights = step.reading.weights[..., 0, 0, :]
    entropy = torch.special.entr(weights).sum(dim=-1)
    first = weights[..., step.slots.ids.index(0)] if 0 in step.slots.ids else torch.zeros_like(entropy)
    return Focus(entropy, weights.amax(dim=-1), first)


@torch.no_grad()
def trace(weights: Mapping[str, Tensor], config: EchoConfig, words: Sequence[str], memory: Memory[Any]) -> EchoTrace:
    """Read a text and write everything down.

    Args:
        weights: of the model.
        config: its sizes.
        words: of the echo world, the start word first.
        memory: any mechanism.

    Raises:
        ValueError: there are no words, or some are not of the echo world.
    """
    ids = torch.tensor(encode(words), device=weights["norm"].device)
    run = list(steps(weights, config, ids, memory))
    outputs = torch.cat([step.reading.output for step in run], dim=-2)
    chances = finish(weights, embed(weights, ids), outputs).softmax(dim=-1)
    best = chances.max(dim=-1)
    known, spread = vocabulary(), [focus(step) for step in run]
    entropy, largest, first = (_numpy(torch.stack(parts)) for parts in zip(*spread, strict=True))
    return EchoTrace(
        words=tuple(words),
        ids=tuple(step.slots.ids for step in run),
        roles=tuple(step.slots.role for step in run),
        weights=tuple(_numpy(step.reading.weights[0, 0]) for step in run),
        entropy=entropy,
        largest=largest,
        first=first,
        guesses=tuple(known[at] for at in best.indices.tolist()),
        chances=_numpy(best.values),
        surprise=_numpy(-chances[:-1].gather(-1, ids[1:, None]).squeeze(-1).log()),
    )


def _numpy(tensor: Tensor) -> Floats:
    array: Floats = tensor.cpu().numpy()
    return array
