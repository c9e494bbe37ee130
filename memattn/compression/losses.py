"""Training losses of a compression network: reconstruct the attention, or reconstruct the pairs.

Source: Rae et al., Compressive Transformers, 2019, §3.3 and Alg. 2 (arXiv:1911.05507). Both are L2 norms
there, not mean squared errors; we take one norm per batch entry and head and average those. Everything that
does not belong to the compression network is stopped, so only f_c (and the decoder) learns; the caller's
tensors are left as they are.
"""

from typing import Literal

import torch
from torch import Tensor

from memattn.attention import read
from memattn.compression.base import Compression
from memattn.compression.weights import ConvWeights
from memattn.kv import KV, Slots

Scope = Literal["block", "cache"]


def attention_reconstruction(
    compression: Compression,
    queries: Tensor,
    popped: KV,
    newer: KV | None = None,
    scope: Scope = "block",
    visible: Tensor | None = None,
    usage: Tensor | None = None,
    squared: bool = False,
) -> Tensor:
    """How differently the queries read when the popped pairs are replaced by their compression.

        L = || Att(q, old) - Att(q, f_c(old)) ||_2

    Lossy on purpose: what no query looks for may be thrown away.

    Args:
        compression: f_c; gradients reach the tensors of its weights and nothing else.
        queries: (*lead, queries, d_k) of the current segment.
        popped: the pairs that leave Mem, n divisible by c.
        newer: the pairs after them; only with scope "cache".
        scope: "block" reads the popped pairs alone, as in the paper; "cache" reads [popped | newer], so that
            the compressed slots compete with newer tokens as they will in use (ours).
        visible: (queries, newer) bool, which of the newer pairs a query may see; None is all.
        usage: (*lead, n), where f_c ranks by it.
        squared: take the squares of the norms, which gives more weight to the few queries that look something up.

    Returns:
        The norm over queries and channels, averaged over the lead axes; a scalar.

    Raises:
        ValueError: scope is unknown, or newer pairs are missing or given where they do not belong.
    """
    if scope not in ("block", "cache"):
        raise ValueError(f'scope must be "block" or "cache", got {scope!r}')
    if (newer is None) == (scope == "cache"):
        raise ValueError(f'newer pairs belong to scope "cache" and only there, got scope={scope!r}')
    queries, old = queries.detach(), popped.detach()
    new = compression.compress(old, usage, tracked=False).pairs
    target = _read(queries, old, newer, visible)
    difference = target - _read(queries, new, newer, visible)
    return (difference**2).sum(dim=(-2, -1)).mean() if squared else _norm(difference)


def _read(queries: Tensor, block: KV, newer: KV | None, visible: Tensor | None) -> Tensor:
    pairs = block if newer is None else KV.cat([block, newer.detach()])
    if visible is not None:
        ahead = visible.new_ones(*visible.shape[:-1], block.tokens)
        visible = torch.cat([ahead, visible], dim=-1)
    return read(queries, Slots(pairs.keys, pairs.values, (), ()), visible).output


def auto_encoding(compression: Compression, decoder: ConvWeights, popped: KV) -> Tensor:
    """How badly the popped pairs can be rebuilt from their compression.

        L = || old - g(f_c(old)) ||_2,   g a transposed convolution with kernel and stride c

    It tries to keep everything, also what nobody will ask for.

    Args:
        compression: f_c.
        decoder: weights of g with c taps; tap t maps a slot to the t-th pair of its group.
        popped: the pairs that leave Mem, n divisible by c.

    Returns:
        The norm over pairs and the channels of keys and values together, averaged over the lead axes; a
        scalar.

    Raises:
        ValueError: the decoder does not have c taps.
    """
    old = popped.detach()
    rebuilt = decode(compression.compress(old, tracked=False).pairs, decoder, compression.rate)
    return _norm(torch.cat([old.keys - rebuilt.keys, old.values - rebuilt.values], dim=-1))


def decode(slots: KV, decoder: ConvWeights, rate: int) -> KV:
    """Rebuild c pairs from every slot: pair jc + t is W_t slot_j + b."""
    if decoder.taps != rate:
        raise ValueError(f"the decoder must have c={rate} taps, got {decoder.taps}")
    sides = ((slots.keys, decoder.keys, decoder.key_bias), (slots.values, decoder.values, decoder.value_bias))
    keys, values = (_transposed(rows, kernel, bias) for rows, kernel, bias in sides)
    return KV.trusted(keys, values)


def _transposed(rows: Tensor, kernel: Tensor, bias: Tensor | None) -> Tensor:
    matrix = kernel.movedim(-2, -3).movedim(-1, -2).flatten(-2)  # ([heads,] d_in, taps · d_out)
    out: Tensor = (rows @ matrix).unflatten(-1, (kernel.shape[-1], kernel.shape[-3])).flatten(-3, -2)
    return out if bias is None else out + bias.unsqueeze(-2)


def _norm(difference: Tensor) -> Tensor:
    norms: Tensor = torch.linalg.vector_norm(difference, dim=(-2, -1))
    return norms.mean()
