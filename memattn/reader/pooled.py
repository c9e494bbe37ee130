"""A window with means over ranges of all that is older, for training: all queries of a text at once.

Scores and outputs are linear in keys and values, so a mean need not be made: the score of a range is the mean of
its pairs' scores, and its weight is shared evenly among their values. This is the arithmetic of
`Hybrid(Window(n_c), ranges)`; a test holds the two together.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from memattn.memory.ranges import RangeMemory
from memattn.reader.model import Attention


class Plan(NamedTuple):
    """Which ranges every query reads.

    Args:
        bounds: (tokens, ranges + 1) of the ranges; those that do not exist are empty and lie at the end.
        range_of: (tokens, tokens) the range in which a query finds a pair, where it is older than the window.
        older: bool, (tokens, tokens), whether it is.
        recent: bool, (tokens, tokens), whether the pair is in the query's window.
    """

    bounds: Tensor
    range_of: Tensor
    older: Tensor
    recent: Tensor


@lru_cache(maxsize=64)
def plan(window: int, ranges: RangeMemory[Any], tokens: int) -> Plan:
    """The plan for a text of some tokens; it does not depend on the text."""
    at = torch.arange(tokens)
    age = at.unsqueeze(-1) - at
    left = [(0,), *ranges.bounds(max(0, tokens - window))]  # bounds after 0, 1, .. pairs have left the window
    widest = max(map(len, left))
    padded = torch.tensor([(*bounds, *(bounds[-1:] * (widest - len(bounds)))) for bounds in left])
    bounds = padded[(at + 1 - window).clamp(min=0)]
    range_of = torch.searchsorted(bounds[:, 1:].contiguous(), at.expand(tokens, -1).contiguous(), right=True)
    older = age >= window
    return Plan(bounds, range_of.clamp(max=max(0, widest - 2)), older, (age >= 0) & ~older)


def pooled_attention(window: int, ranges: RangeMemory[Any]) -> Attention:
    """Attention to the last `window` pairs, the current one included, and to ranges of all older ones."""

    def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        made = plan(window, ranges, keys.shape[-2])
        bounds, range_of, older, recent = (part.to(keys.device) for part in made)
        scores = queries @ keys.mT * queries.shape[-1] ** -0.5
        recent_scores = scores.masked_fill(~recent, -torch.inf)
        if bounds.shape[-1] < 2:
            alone: Tensor = recent_scores.softmax(dim=-1) @ values
            return alone
        sums = torch.nn.functional.pad(scores.cumsum(dim=-1), (1, 0))
        length = bounds.diff()
        total = sums.gather(-1, bounds.expand(*scores.shape[:-1], -1)).diff()
        means = (total / length.clamp(min=1)).masked_fill(length == 0, -torch.inf)
        weights = torch.cat([means, recent_scores], dim=-1).softmax(dim=-1)
        shared = weights[..., : length.shape[-1]] / length.clamp(min=1)
        spread = shared.gather(-1, range_of.expand(*scores.shape)) * older
        read: Tensor = (spread + weights[..., length.shape[-1] :]) @ values
        return read

    return attention
