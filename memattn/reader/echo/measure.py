"""What the echo model shows with memories of 16 slots, on texts far longer than those it learned from.

Perplexity by position is the exponential of the mean surprise; its interval is that of the mean over texts (normal,
95 %). Attention is measured apart at `again`, where the head has something to do, and at all other words. The yardstick
is the language itself: what is left to guess for one who knows its table.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from memattn.memory.base import Memory
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.window import Window
from memattn.reader.echo.language import AGAIN, Language, encode
from memattn.reader.echo.model import EchoConfig, embed, finish, logits_of, project, steps
from memattn.reader.echo.trace import Focus, focus

SEED = 1_000_000  # of the texts; training never comes near
SLOTS = 16
LEARNED = 64  # tokens of the texts that the model learned from
BINS = (16, 32, 64, 128, 256, 512, 1024, 2048)  # positions

MEMORIES: Mapping[str, Memory[Any]] = {
    f"window {SLOTS}": Window(SLOTS),
    **{f"{pinned} pinned + window {SLOTS - pinned}": GlobalTokens(pinned, SLOTS - pinned) for pinned in (1, 2, 4, 8)},
}


class Mean(NamedTuple):
    """A mean over texts and the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, texts: Tensor) -> "Mean":
        """From one number per text."""
        texts = texts.double()
        value, half = float(texts.mean()), 1.959964 * float(texts.std()) / math.sqrt(len(texts))
        return cls(value, value - half, value + half)

    def exp(self) -> "Mean":
        """From nats to perplexity."""
        return Mean(*(math.exp(end) for end in self))

    def card(self) -> dict[str, Any]:
        """As it stands on the card."""
        return {"mean": round(self.value, 4), "interval95": [round(self.low, 4), round(self.high, 4)]}


class Observed(NamedTuple):
    """What a memory did to a batch of texts: surprise at the next word in nats, and focus; all (texts, tokens)."""

    surprise: Tensor
    focus: Focus


def texts(count: int, tokens: int, seed: int = SEED) -> Tensor:
    """Texts to be examined on: (count, tokens + 1), so that every token but the last has a next one."""
    return torch.from_numpy(Language().draw(np.random.default_rng(seed), count, tokens + 1))


@torch.no_grad()
def observe(weights: Mapping[str, Tensor], config: EchoConfig, ids: Tensor, memory: Memory[Any]) -> Observed:
    """Read texts with a memory, token by token."""
    ids, outputs, spread = ids.to(weights["norm"].device), [], []
    for step in steps(weights, config, ids[:, :-1], memory):
        outputs.append(step.reading.output)
        spread.append(focus(step))
    logits = finish(weights, embed(weights, ids[:, :-1]), torch.cat(outputs, dim=-2))
    entropy, largest, first = (torch.stack(parts, dim=-1).cpu() for parts in zip(*spread, strict=True))
    return Observed(_surprise(logits, ids), Focus(entropy, largest, first))


@torch.no_grad()
def full_surprise(weights: Mapping[str, Tensor], config: EchoConfig, ids: Tensor) -> Tensor:
    """Surprise (texts, tokens) with full attention: all at once, the same numbers as token by token."""
    few = ids.to(weights["norm"].device).split(8)
    return torch.cat([_surprise(logits_of(weights, config, part[:, :-1]), part) for part in few])


def _surprise(logits: Tensor, ids: Tensor) -> Tensor:
    return -logits.log_softmax(dim=-1).gather(-1, ids[:, 1:, None]).squeeze(-1).cpu()


def perplexities(surprise: Tensor) -> dict[str, Mean]:
    """Perplexity per bin of positions, as far as the texts reach."""
    return {
        f"{low}-{high - 1}": Mean.of(surprise[:, low:high].mean(dim=1)).exp()
        for low, high in pairwise(BINS)
        if high <= surprise.shape[1]
    }


def ratio(surprise: Tensor, other: Tensor, start: int = LEARNED) -> Mean:
    """How many times the one perplexity is the other, from position `start` on; paired, text by text."""
    return Mean.of((surprise - other)[:, start:].mean(dim=1)).exp()


def attention(observed: Focus, ids: Tensor, start: int = LEARNED) -> dict[str, dict[str, Mean]]:
    """Entropy, largest weight and weight on the first token from position `start` on, by what the word is."""
    again = ids[:, :-1] == encode((AGAIN,))[0]
    later = torch.arange(again.shape[1]) >= start
    return {
        kind: {name: Mean.of(_mean_where(chosen, values)) for name, values in observed._asdict().items()}
        for kind, chosen in (("other words", ~again & later), (AGAIN, again & later))
    }


def _mean_where(chosen: Tensor, values: Tensor) -> Tensor:
    """Mean of the chosen values of each text, for texts that have some."""
    counts = chosen.sum(dim=1)
    return ((values * chosen).sum(dim=1) / counts)[counts > 0]


@torch.no_grad()
def value_norms(weights: Mapping[str, Tensor]) -> tuple[float, float]:
    """Length of the start word's value, and mean length of the values of all other words."""
    everything = torch.arange(len(weights["embedding"]), device=weights["norm"].device)
    norms = project(weights, embed(weights, everything))[2].squeeze(-3).norm(dim=-1)
    return float(norms[0]), float(norms[1:].mean())


def measure(weights: Mapping[str, Tensor], config: EchoConfig, count: int = 64, tokens: int = 2048) -> dict[str, Any]:
    """The tables of the card, from `count` texts of `tokens` tokens.

    Raises:
        ValueError: there are fewer than two texts, or they are no longer than those that the model learned from.
    """
    if count < 2 or tokens <= LEARNED:
        raise ValueError(f"count must be ≥ 2 texts and tokens > {LEARNED}, got count={count} and tokens={tokens}")
    ids = texts(count, tokens)
    observed = {name: observe(weights, config, ids, memory) for name, memory in MEMORIES.items()}
    surprise = {
        "the language itself": torch.from_numpy(Language().surprise(ids.numpy())),
        "full": full_surprise(weights, config, ids),
        **{name: seen.surprise for name, seen in observed.items()},
    }
    focuses = {name: attention(seen.focus, ids) for name, seen in observed.items()}
    within = ids[:, : LEARNED + 1]  # where full attention is at home
    own = attention(observe(weights, config, within, Full()).focus, within, LEARNED // 2)
    window, pinned = (observed[name].surprise for name in list(MEMORIES)[:2])
    start, others = value_norms(weights)
    return {
        "texts": f"{count} of {tokens} tokens, seed {SEED}",
        "perplexity by position": {
            name: {bin_: mean.card() for bin_, mean in perplexities(nats).items()} for name, nats in surprise.items()
        },
        f"window over 1 pinned, perplexity from position {LEARNED}": ratio(window, pinned).card(),
        f"attention from position {LEARNED}": {name: _cards(table) for name, table in focuses.items()},
        f"attention of full, positions {LEARNED // 2}-{LEARNED - 1}": _cards(own),
        "length of values": {"start word": round(start, 3), "mean of the others": round(others, 3)},
    }


def _cards(table: Mapping[str, Mapping[str, Mean]]) -> dict[str, dict[str, Any]]:
    return {kind: {name: mean.card() for name, mean in means.items()} for kind, means in table.items()}
