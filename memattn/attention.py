"""Reading a memory: scaled dot-product attention over slots, and the exact merge of two readings. Pure functions.

Source: Vaswani et al., Attention Is All You Need, 2017, §3.2.1 (arXiv:1706.03762). The merge by log-sum-exp is the
identity under every blockwise softmax, e.g. Milakov & Gimelshein, Online normalizer calculation, 2018
(arXiv:1805.02867).

Precision: scores, softmax and logsumexp are computed in float32 at least, whatever the pairs are, and in float64 where
float32 overflows (100 · 100 · 64 / 8 is beyond float16, 1e30 · 1e30 beyond float32). Outputs and weights are given in
the precision of the values, scores and logsumexp in that of the computation.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from memattn.kv import KV, Slots

READ_AT_ONCE = 128  # queries of a narrow window, at least


class Reading(NamedTuple):
    """The result of a read.

    Args:
        output: (*lead, queries, d_v), in the dtype of the values; zeros where a query saw nothing.
        logsumexp: (*lead, queries) natural log of the softmax denominator, float32 at least; -inf where a query saw
            nothing.
        weights: (*lead, queries, slots), in the dtype of the values; each row sums to one, or to zero where a query
            saw nothing.
    """

    output: Tensor
    logsumexp: Tensor
    weights: Tensor


def scores(queries: Tensor, slots: Slots) -> Tensor:
    """Scaled dot products, plus each slot's logit bias where there is one: (*lead, queries, slots), float32 at least.

    Args:
        queries: (*lead, queries, d_k).
        slots: what may be read.

    Raises:
        ValueError: d_k, lead axes, dtype or device of queries and slots disagree.
    """
    dots = _dots(queries, slots.keys)
    return dots if slots.logit_bias is None else dots + slots.logit_bias


def _dots(queries: Tensor, keys: Tensor) -> Tensor:
    if queries.ndim != keys.ndim or queries.shape[:-2] != keys.shape[:-2] or queries.shape[-1] != keys.shape[-1]:
        raise ValueError(
            f"queries must be (*lead, queries, d_k) matching the keys (*lead, slots, d_k), got queries "
            f"{tuple(queries.shape)} and keys {tuple(keys.shape)}"
        )
    if queries.device != keys.device or queries.dtype != keys.dtype:
        raise ValueError(
            f"queries and slots must share device and dtype, got {queries.device}/{queries.dtype} "
            f"and {keys.device}/{keys.dtype}"
        )
    return _scaled(queries, keys, lambda these, those: these @ those.mT)


def own_scores(queries: Tensor, keys: Tensor) -> Tensor:
    """Scaled dot products of queries (*lead, n, d_k) with one key each, (*lead, n, d_k): (*lead, n), as `scores`."""
    return _scaled(queries, keys, lambda these, those: (these * those).sum(dim=-1))


def _scaled(queries: Tensor, keys: Tensor, product: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """The product, through sqrt(d_k), in a precision that holds it.

    Raises:
        ValueError: even float64 does not, or the device has none.
    """
    root = math.sqrt(queries.shape[-1])
    dots = product(_single(queries) / root, _single(keys))
    if _finite(dots):
        return dots
    if dots.dtype != torch.float64 and queries.device.type != "mps":
        dots = product(queries.double() / root, keys.double())
        if _finite(dots):
            return dots
    query, key = (float(rows.detach().abs().amax()) for rows in (queries, keys))
    raise ValueError(f"queries and keys must have finite scores, got numbers up to {query:.3g} and {key:.3g}")


def _single(rows: Tensor) -> Tensor:
    """As they are, or float32 where that is more."""
    return rows if rows.dtype.itemsize >= torch.float32.itemsize else rows.float()


def _finite(dots: Tensor) -> bool:
    """Whether all numbers are, told by one of them: infinity and NaN do not leave a sum."""
    return math.isfinite(dots.detach().sum())


def read(queries: Tensor, slots: Slots, visible: Tensor | None = None) -> Reading:
    """Attend to the slots of a memory.

    Args:
        queries: (*lead, queries, d_k).
        slots: what may be read.
        visible: bool, broadcastable to (*lead, queries, slots), True where a query may look; None is everywhere.

    Raises:
        ValueError: shapes, dtypes or devices disagree (see `scores`).
    """
    return read_scores(scores(queries, slots), slots.values, visible)


def read_scores(dots: Tensor, values: Tensor, visible: Tensor | None = None) -> Reading:
    """The softmax half of `read`, from scores that are known already."""
    weights, logsumexp = softmax(dots, visible)
    return weighed(weights, values, logsumexp)


def softmax(dots: Tensor, visible: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Weights on what is visible, and logsumexp; a query that sees nothing has zeros, not NaN.

    Args:
        dots: (*lead, queries, slots).
        visible: as for `read`.

    Raises:
        ValueError: visible is not bool.
    """
    if visible is None and dots.shape[-1]:
        return dots.softmax(dim=-1), dots.logsumexp(dim=-1)
    if visible is not None:
        if visible.dtype != torch.bool:
            raise ValueError(f"visible must be bool with True = may be read, got {visible.dtype}")
        dots = dots.masked_fill(~visible, -math.inf)
    return _softmax(dots, dim=-1)


def _softmax(dots: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Softmax, zeros where all is -inf, and logsumexp; sums to one also where the log of a count is below rounding."""
    if not dots.shape[dim]:
        return dots, dots.logsumexp(dim)
    top = dots.detach().amax(dim, keepdim=True)
    masses = (dots - top.masked_fill(top == -math.inf, 0.0)).exp()
    total = masses.sum(dim, keepdim=True)  # at least 1, or nothing is seen
    return masses / total.clamp_min(1.0), (top + total.log()).squeeze(dim)


def weighed(weights: Tensor, values: Tensor, logsumexp: Tensor) -> Reading:
    """Weigh the values in the precision of the weights; what comes of it has that of the values."""
    output = weights @ values.to(weights.dtype)
    return Reading(output.to(values.dtype), logsumexp, weights.to(values.dtype))


def read_own(queries: Tensor, pairs: KV, window: int | None = None, pinned: int = 0) -> Reading:
    """Attend to pairs whose last ones are the queries' own: each query sees its own pair and those before it.

    The same as `read` with that mask, but quicker, as no query sees nothing.

    Args:
        queries: (*lead, queries, d_k), in the order of their pairs.
        pairs: older ones, then one per query.
        window: pairs that a query sees at most, n_c, its own included; None is all.
        pinned: how many of the first pairs are seen beside the window.

    Raises:
        ValueError: shapes, dtypes or devices disagree (see `scores`).
    """
    new = queries.shape[-2]
    if not new:
        return read(queries, Slots(pairs.keys, pairs.values, (), ()))
    own = pairs.tokens - new  # where the first query's own pair stands
    dots = _dots(queries, pairs.keys)
    if new > 1:  # only the new pairs can come after a query
        dots[..., own:].add_(dots.new_full((new, new), -math.inf).triu(1))
    if window is not None and (old := pairs.tokens - pinned - window) > 0:  # pairs that the last query sees no more
        dots[..., pinned : pinned + old].add_(dots.new_full((new, old), -math.inf).tril(old - new))
    weights = dots.softmax(dim=-1)
    logsumexp = dots.amax(dim=-1) - weights.amax(dim=-1).log()  # the largest weight is exp(max - logsumexp)
    return weighed(weights, pairs.values, logsumexp)


def read_window(queries: Tensor, pairs: KV, window: int, pinned: int = 0) -> tuple[Tensor, Tensor]:
    """What `read_own` gives but the weights, some queries at a time: of a narrow window most scores are never made.

    Args:
        queries: (*lead, queries, d_k), in the order of their pairs.
        pairs: older ones, then one per query.
        window: pairs that a query sees at most, n_c, its own included.
        pinned: how many of the first pairs are seen beside the window.

    Returns:
        Output (*lead, queries, d_v) and logsumexp (*lead, queries).
    """
    new = queries.shape[-2]
    own, size = pairs.tokens - new, max(READ_AT_ONCE, window)
    readings = []
    for start in range(0, max(1, new), size):
        stop = min(new, start + size)
        first = max(0, min(own + start, own + start + 1 - window))  # what the first of these queries sees
        held = pairs[first : own + stop] if first > pinned else pairs[: own + stop]
        if 0 < pinned < first:
            held = KV.cat([pairs[:pinned], held])
        readings.append(read_own(queries[..., start:stop, :], held, window, pinned))
    if len(readings) == 1:
        return readings[0].output, readings[0].logsumexp
    output = torch.cat([reading.output for reading in readings], dim=-2)
    return output, torch.cat([reading.logsumexp for reading in readings], dim=-1)


def merge(readings: Sequence[Reading]) -> Reading:
    """Join readings of disjoint sets of slots into the reading of their union, exactly.

    Each part counts by its softmax mass: with two parts the gate is sigmoid(logsumexp_1 - logsumexp_2). Weights are
    joined along the slot axis in the order of `readings`.

    Raises:
        ValueError: there is nothing to merge.
    """
    if not readings:
        raise ValueError("merge needs at least one reading, got none")
    stacked = torch.stack([reading.logsumexp for reading in readings])
    masses, logsumexp = _softmax(stacked, dim=0)
    gates = masses.unsqueeze(-1)
    output = sum(
        (gate * reading.output for gate, reading in zip(gates, readings, strict=True)), torch.zeros(()).to(gates)
    )
    weights = torch.cat([gate * reading.weights for gate, reading in zip(gates, readings, strict=True)], dim=-1)
    given = readings[0].output.dtype
    return Reading(output.to(given), logsumexp, weights.to(given))
