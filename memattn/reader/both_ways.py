"""A reader that sees both ways: a window on either side, and global tokens that see all and are seen by all.

    a word at i reads     {j : |i - j| ≤ w}  and the global tokens
    a global token reads  everything

Global tokens are words of their own, learned, in front of the text: what a conclusion needs of an introduction far
away goes through them, in two layers. Without any, a word learns of others only by relay, from layer to layer.

Source: Longformer, Beltagy et al. 2020, §3.1 (arXiv:2004.05150). There global tokens have projections of their own;
here they are words like all others.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.reader.config import ReaderConfig, Weights
from memattn.reader.grammar import vocabulary
from memattn.reader.model import Attention, logits_of


def visible(tokens: int, window: int, global_tokens: int) -> Tensor:
    """What each position reads; the global tokens stand first.

    Args:
        tokens: of the text, the global ones not included.
        window: w, words that are seen on each side.
        global_tokens: g.

    Returns:
        Bool, (g + tokens, g + tokens).
    """
    at = torch.arange(global_tokens + tokens)
    near = (at.unsqueeze(-1) - at).abs() <= window
    everywhere = at < global_tokens
    return near | everywhere | everywhere.unsqueeze(-1)


def both_ways(tokens: int, window: int, global_tokens: int) -> Attention:
    """Attention with this mask; arguments as for `visible`."""
    mask = visible(tokens, window, global_tokens)

    def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask.to(keys.device))

    return attention


def answer_logits(
    weights: Weights, config: ReaderConfig, ids: Tensor, window: int, global_tokens: int, at: Sequence[int] = (-1,)
) -> Tensor:
    """What some words of each text foretell: the last one, its question mark, or several question marks.

    Args:
        weights: of the model.
        config: its sizes; words beyond the vocabulary of the story world are global tokens.
        ids: (texts, tokens), all of one length.
        window: w, words that are seen on each side.
        global_tokens: g.
        at: positions of these words, counted from the end.

    Returns:
        (texts, words, vocabulary).

    Raises:
        ValueError: the model has fewer global tokens.
    """
    known = len(vocabulary())
    if not 0 <= global_tokens <= config.vocabulary - known:
        raise ValueError(f"global_tokens must be from 0 to {config.vocabulary - known}, got {global_tokens}")
    first = torch.arange(known, known + global_tokens, device=ids.device).expand(len(ids), -1)
    attention = both_ways(ids.shape[-1], window, global_tokens)
    return logits_of(weights, config, torch.cat([first, ids], dim=-1), attention)[:, list(at)]


def reach(config: ReaderConfig, window: int) -> int:
    """Words that the last one can learn of, itself not included, where there is no global token.

    In each layer it reads pairs up to w away, each of which is a convolution over words up to taps - 1 before it.
    """
    return config.layers * (window + config.taps - 1)


def windows(widest: int, narrowest: int, steps: int, between: Sequence[float]) -> list[int]:
    """The window of every training step: narrowing by equal factors in the middle, so that relays are learned.

    Args:
        widest: w at the beginning, the whole text.
        narrowest: w at the end.
        steps: of training.
        between: shares of the steps at which narrowing begins and ends.
    """
    begin, end = between
    gone = [min(1.0, max(0.0, (step / steps - begin) / (end - begin))) for step in range(steps)]
    return [round(widest * (narrowest / widest) ** part) for part in gone]
