"""Memories as one masked read, for training: every segment of a text at once instead of one after the other.

In the first layer keys and values do not depend on the memory. So all compressed slots that will ever exist
can be made beforehand, and what a query may read is a mask over [compressed slots | raw pairs]. This is the
arithmetic of `Compressive.attend` with `remainder="carry"` and no stopped gradients; a test holds the two
together.

Averages, and a hybrid of window and average, read a whole text at once as they are: `attention_through` takes
their own `attend`. A gated recurrence is a linear scan, done here by doubling: log2(tokens) steps instead of one
per token. Source: Martin & Cundy, Parallelizing Linear Recurrent Neural Nets, 2018 (arXiv:1709.04057).
"""

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.kv import KV
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.reader.model import Attention


def visible(memory: Compressive, tokens: int) -> Tensor:
    """Which compressed slots and which pairs the query of each token reads.

    Returns:
        Bool, (tokens, tokens // c + tokens).
    """
    rate = memory.compression.rate
    query = torch.arange(tokens).unsqueeze(-1)
    full = query // memory.segment_length * memory.segment_length  # pairs in segments that were full before
    made = (full - memory.memory_length).clamp(min=0) // rate
    slot, pair = torch.arange(tokens // rate), torch.arange(tokens)
    compressed = (slot < made) & (slot >= made - memory.compressed_length)
    raw = (pair <= query) & (pair >= made * rate)
    return torch.cat([compressed, raw], dim=-1)


def compressive_attention(memory: Compressive, block: int | None = None) -> Attention:
    """Attention through a compressive memory.

    Args:
        memory: its sizes and compression.
        block: pairs that are popped together, for compressions that look beyond a group (dilated
            convolution); a multiple of c that divides n_m. None compresses the whole text as one block.
    """

    def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        tokens, rate = keys.shape[-2], memory.compression.rate
        new = _compressed(memory, KV.trusted(keys, values)[: tokens // rate * rate], block)
        mask = visible(memory, tokens).to(keys.device)
        return F.scaled_dot_product_attention(
            queries,
            torch.cat([new.keys, keys], dim=-2),
            torch.cat([new.values, values], dim=-2),
            attn_mask=mask,
        )

    return attention


def window_attention(window: int) -> Attention:
    """Attention to the last `window` pairs, the current one included."""

    def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        at = torch.arange(keys.shape[-2], device=keys.device)
        age = at.unsqueeze(-1) - at
        return F.scaled_dot_product_attention(queries, keys, values, attn_mask=(age >= 0) & (age < window))

    return attention


def attention_through(memory: Memory[Any]) -> Attention:
    """Attention through any memory, with gradients; quick where its `attend` does not go token by token."""

    def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        pairs = KV.trusted(keys, values)
        return memory.attend(queries, pairs, memory.empty(pairs, tracked=False)).output

    return attention


def gated_attention(cell: Mapping[str, Tensor]) -> Attention:
    """Attention through `Recurrent("gated")`.

    Its one slot gets all attention, so only m_v, the value half of Mem, is computed.

    Args:
        cell: weight_ih (2 D, D) and bias_ih (2 D,) with D = d_k + d_v, as in `Recurrent`; gradients reach them.
    """

    def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        pairs = torch.cat([keys, values], dim=-1)
        halves = [cell[name].unflatten(0, (2, -1))[:, keys.shape[-1] :].flatten(0, 1) for name in CELL]
        gates, new = F.linear(pairs, *halves).chunk(2, dim=-1)
        take = gates.sigmoid()
        return _scan(1 - take, take * new)

    return attention


CELL = ("weight_ih", "bias_ih")


def _scan(keep: Tensor, new: Tensor) -> Tensor:
    """m_t = keep_t m_(t-1) + new_t along the tokens, from m_(-1) = 0."""
    reach = 1  # tokens that `new` has gathered up
    while reach < new.shape[-2]:
        new = torch.cat([new[..., :reach, :], new[..., reach:, :] + keep[..., reach:, :] * new[..., :-reach, :]], -2)
        keep = torch.cat([keep[..., :reach, :], keep[..., reach:, :] * keep[..., :-reach, :]], -2)
        reach *= 2
    return new


def _compressed(memory: Compressive, pairs: KV, block: int | None) -> KV:
    if block is None:
        return memory.compression.compress(pairs, tracked=False).pairs
    whole = pairs.tokens // block * block
    cut = [rows[..., :whole, :].unflatten(-2, (-1, block)) for rows in (pairs.keys, pairs.values)]
    blocks = KV.trusted(*(rows.transpose(-4, -3) for rows in cut))  # heads must be the last lead axis
    done = memory.compression.compress(blocks, tracked=False)
    joined = KV.trusted(*(rows.transpose(-4, -3).flatten(-3, -2) for rows in (done.keys, done.values)))
    rest = pairs.tokens // memory.compression.rate - joined.tokens  # never read: their block is not full
    return KV.cat([joined, pairs[:rest]])
