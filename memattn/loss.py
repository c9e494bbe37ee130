"""How much a memory loses: measures of information loss beside those that a trace records, as pure functions.

A step has its output error, cosine, retained mass ρ and total variation already. Here are the divergences of
attention, recall by age with its ceilings, recall against bytes of state, and coverage, blur, receptive field.

For a memory that only evicts, KL(kept ‖ full) = -log ρ and total variation = 1 - ρ exactly. KL(full ‖ memory) is
infinite as soon as anything is forgotten, hence Jensen-Shannon. All hold for one layer with given queries, keys and
values.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from memattn.intervals import Proportion


def kl_divergence(p: Tensor, q: Tensor) -> Tensor:
    """KL(p ‖ q) = Σ p log(p / q) over the last axis, in nats; infinite where p has mass and q has none."""
    return torch.where(p > 0, p * (p / q).log(), 0.0).sum(dim=-1)


def jensen_shannon(p: Tensor, q: Tensor) -> Tensor:
    """Mean divergence of p and q from their middle, in nats: symmetric, never above log 2."""
    middle = (p + q) / 2
    return (kl_divergence(p, middle) + kl_divergence(q, middle)) / 2


def answers(outputs: Tensor, codes: Tensor) -> Tensor:
    """The code that an output points at most: (..., d_v) and (codes, d_v) → (...) indices."""
    return (outputs @ codes.mT).argmax(dim=-1)


def recall_by_age(right: Tensor, ages: Tensor, edges: tuple[int, ...]) -> tuple[Proportion | None, ...]:
    """Recall in bins of age (tokens since the fact), which tells a cliff from a blur.

    Args:
        right: bool, any shape.
        ages: integers of the same shape.
        edges: ascending; bin b holds edges[b] ≤ age < edges[b + 1].

    Returns:
        One per bin, None where nothing fell into it.

    Raises:
        ValueError: shapes differ, or the edges do not ascend.
    """
    if right.shape != ages.shape:
        raise ValueError(f"right and ages must have one shape, got {tuple(right.shape)} and {tuple(ages.shape)}")
    if len(edges) < 2 or any(low >= high for low, high in pairwise(edges)):
        raise ValueError(f"edges must be at least two ascending ages, got {edges}")
    bins = []
    for low, high in pairwise(edges):
        inside = (ages >= low) & (ages < high)
        total = int(inside.sum())
        bins.append(Proportion(int((right & inside).sum()), total) if total else None)
    return tuple(bins)


def chance(codes: int) -> float:
    """Recall by guessing among equally likely codes.

    Raises:
        ValueError: there is no code.
    """
    if codes < 1:
        raise ValueError(f"codes must be ≥ 1, got {codes}")
    return 1 / codes


def eviction_ceiling(kept: int, facts: int, codes: int) -> float:
    """Best recall when `kept` of `facts` equally likely facts are held verbatim and the rest is guessed.

    Raises:
        ValueError: there is no fact.
    """
    if facts < 1 or kept < 0:
        raise ValueError(f"facts must be ≥ 1 and kept ≥ 0, got facts={facts}, kept={kept}")
    held = min(kept, facts) / facts
    return held + (1 - held) * chance(codes)


def window_ceiling(window: int, ages: Tensor, codes: int) -> float:
    """The same for a window: facts of age below `window` are held, age 0 is the current token."""
    held = float((ages < window).double().mean())
    return held + (1 - held) * chance(codes)


class FrontierPoint(NamedTuple):
    """One memory on the plot of recall against the bytes of its true streaming state."""

    state_bytes: int
    recall: Proportion
    bound: float


def frontier_point(state_bytes: int, measured: Proportion, facts: int, codes: int) -> FrontierPoint:
    """Place a measurement beside the counting bound for its size."""
    return FrontierPoint(state_bytes, measured, counting_bound(state_bytes, facts, codes))


def recallable_facts(state_bytes: int, codes: int) -> float:
    """Facts that a state can tell apart at most: bits / log2 codes, keys given; infinite for one code."""
    return math.inf if codes == 1 else 8 * state_bytes / math.log2(codes)


def counting_bound(state_bytes: int, facts: int, codes: int) -> float:
    """No memory of that many bytes stores more than this share of the facts; what it guesses comes on top."""
    return min(1.0, recallable_facts(state_bytes, codes) / facts)


def coverage(value_shares: Tensor) -> Tensor:
    """Fraction of sources with any part in any slot: (..., slots, sources) → (...). Alone it misleads."""
    return (value_shares > 0).any(dim=-2).double().mean(dim=-1)


def participation(shares: Tensor) -> Tensor:
    """Blur of each slot, 1 / Σ_j P_j² of normalised shares: 1 is verbatim, c a mean of c; 0 is nothing."""
    total = shares.sum(dim=-1)
    square = shares.square().sum(dim=-1)
    return torch.where(square > 0, total.square() / torch.where(square > 0, square, 1.0), 0.0)


def receptive_field(visible: Tensor, layers: int) -> Tensor:
    """Which positions can influence which outputs after a stack of layers, exactly.

    Layer by layer, a position hears what the positions it sees have heard; its own stream is always passed
    on.

    Args:
        visible: bool (tokens, tokens), row = query, True where a layer lets it look.
        layers: number of equal layers, ≥ 0.

    Returns:
        bool (tokens, tokens), row = output.

    Raises:
        ValueError: not a square bool matrix, or a negative number of layers.
    """
    if visible.dtype != torch.bool or visible.ndim != 2 or visible.shape[0] != visible.shape[1]:
        raise ValueError(f"visible must be a bool (tokens, tokens), got {visible.dtype} {tuple(visible.shape)}")
    if layers < 0:
        raise ValueError(f"layers must be ≥ 0, got {layers}")
    own = torch.eye(visible.shape[0], dtype=torch.bool, device=visible.device)
    step = (visible | own).float()
    reached = own.float()
    for _ in range(layers):
        reached = (step @ reached > 0).float()
    return reached.bool()


def oldest_reach(field: Tensor) -> Tensor:
    """Distance from every output back to the oldest position that influences it, (tokens,)."""
    oldest = field.int().argmax(dim=-1)
    return torch.arange(field.shape[0], device=field.device) - oldest
