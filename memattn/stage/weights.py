"""The weights of all slots read at all steps, as arrays: levels, or where that is less, two thin matrices.

**Levels.** Every weight by itself. In a short run weight = (level / levels)⁴, so that its logarithm, the logit that the
softmax lens starts from, is true to a thousandth. In a long one the levels are as far apart as the digits that are
shown: evenly from 1 down to `EVEN_ABOVE`, and from there in equal ratios.

**Products.** Before the softmax a weight is a scalar product, q·k / √d. So what t queries give to t raw pairs, t² / 2
numbers, follows from 2·t·d numbers per head, and where queries and keys are sums of what few words bring, from those.
They are taken only where the weights that come of them are those of the trace, which is checked with every payload.
"""

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memattn.records import Floats, Trace
from memattn.stage.arrays import Arrays

SHORT_RUN = 16_384  # weights
ROOT_LEVELS = 65_535  # of the fourth root of a weight, so that small weights keep their digits
EVEN_ABOVE, STEP = 0.02, 1e-4
SUM_ERROR = 3e-4  # of a row; 5e-4 would show in its third decimal
FACTOR_LEVELS = 32_767  # on either side of 0
FACTOR_BYTES = 2  # of a factor; a weight's level deflates to about one
RELATIVE, VANISHING = 2e-3, 1e-9  # how far a product may be from its weight: less than three digits show


def weights(trace: Trace, head: int | None) -> tuple[dict[str, Any], Arrays]:
    """What the JSON says of the weights, and their arrays.

    Args:
        trace: the run.
        head: whose weights; None is the mean of all heads.
    """
    counts = [len(step.ids) for step in trace.steps]
    true = np.concatenate([step.weights.mean(axis=0) if head is None else step.weights[head] for step in trace.steps])
    if len(true) <= SHORT_RUN:
        return {"roots": ROOT_LEVELS}, {"weights": np.rint(true**0.25 * ROOT_LEVELS).astype(np.uint16)}
    by_itself = {"even": EVEN_ABOVE, "step": STEP}
    return _products(trace, head, true) or (by_itself, {"weights": _levels(true, counts)})


def _levels(true: Floats, counts: Sequence[int]) -> NDArray[np.uint16]:
    """Steps from 1 down to a weight; the last level is a weight that is 0, or as good as that.

    Where the errors of a row would show in its sum, some of its weights are rounded the other way: those that lie
    nearest to the middle between two levels.

    Args:
        true: all weights, row by row.
        counts: of every row.
    """
    even = (1 - true) / STEP
    ratios = np.log(EVEN_ABOVE / np.maximum(true, np.finfo(np.float32).tiny)) * EVEN_ABOVE / STEP
    exact = np.minimum(np.where(true >= EVEN_ABOVE, even, (1 - EVEN_ABOVE) / STEP + ratios), np.iinfo(np.uint16).max)
    levels = np.rint(exact)
    steps = STEP * np.minimum(1, true / EVEN_ABOVE)  # from a weight to the next one
    rounded = exact - levels  # in levels: above 0 where the weight that is sent is too large
    starts = np.cumsum([0, *counts[:-1]])
    sums = np.add.reduceat(rounded * steps, starts)
    for row in np.flatnonzero(np.abs(sums) > SUM_ERROR).tolist():
        own, sign = slice(starts[row], starts[row] + counts[row]), np.sign(sums[row])
        order = np.argsort(-sign * rounded[own], kind="stable")
        turned = order[: np.searchsorted(np.cumsum(steps[own][order]), abs(sums[row]))]
        levels[own][turned] += sign
    return levels.astype(np.uint16)


def _products(trace: Trace, head: int | None, true: Floats) -> tuple[dict[str, Any], Arrays] | None:
    """The weights as products; None where that is more, where slots were made, or where it would not be exact enough.

    Sent are rows of queries and of keys, (heads, rows, d) in levels of the largest in their dimension, and what a level
    is worth in each tap, (2, heads, taps, d). Where words have the rows, `words` says which row every token has.
    """
    heads = slice(None) if head is None else slice(head, head + 1)
    rows, taps, words = _parts(trace)
    (queries, query_units), (keys, key_units) = (_in_levels(side[heads]) for side in rows)
    worth = (taps[:, heads] * np.stack([query_units, key_units])[:, :, None]).astype(np.float32)
    if FACTOR_BYTES * (queries.size + keys.size + 2 * worth.size + len(words)) >= len(true):
        return None
    counts = np.array([len(step.ids) for step in trace.steps])
    read = np.fromiter(chain.from_iterable(step.ids for step in trace.steps), np.intp, count=len(true))
    if trace.made or read.min() < 0:
        return None
    at, starts = np.repeat(np.arange(len(counts)), counts), np.cumsum(counts) - counts
    products = np.zeros(len(true))
    for left, right in zip(*(_sums(*side, words) for side in zip((queries, keys), worth, strict=True)), strict=True):
        logits = (left @ right.T)[at, read]
        masses = np.exp(logits - np.maximum.reduceat(logits, starts)[at])
        products += masses / np.add.reduceat(masses, starts)[at] / len(queries)
    if not np.allclose(products, true, rtol=RELATIVE, atol=VANISHING):
        return None
    told: dict[str, NDArray[Any]] = {"queries": queries, "keys": keys, "taps": worth}
    if trace.parts:
        told["words"] = words
    return {"heads": len(queries), "reach": taps.shape[2]}, told


def _parts(trace: Trace) -> tuple[Floats, Floats, NDArray[np.uint16]]:
    """Rows, the queries' divided by √d, taps, and which row each token has: where words have none, its own."""
    if parts := trace.parts:
        rows, taps, words = parts.rows, parts.taps, parts.words
    else:
        rows, words = np.stack([trace.queries, trace.keys]), np.arange(len(trace.tokens))
        taps = np.ones((2, trace.heads, 1, trace.d_k))
    return rows / np.array([math.sqrt(trace.d_k), 1])[:, None, None, None], taps, words.astype(np.uint16)


def _sums(rows: NDArray[np.int16], taps: Floats, words: NDArray[np.uint16]) -> Floats:
    """(heads, tokens, d): of every token what its word and those before it bring."""
    own = rows[:, words].astype(np.float64)
    sums = np.zeros_like(own)
    for back in range(min(taps.shape[1], len(words))):
        sums[:, back:] += taps[:, back, None] * own[:, : len(words) - back]
    return sums


def _in_levels(factors: Floats) -> tuple[NDArray[np.int16], Floats]:
    """(heads, rows, d) in levels on either side of 0, and what one is worth: (heads, d)."""
    unit = np.maximum(np.abs(factors).max(axis=1), np.finfo(np.float32).tiny) / FACTOR_LEVELS
    return np.rint(factors / unit[:, None]).astype(np.int16), unit
