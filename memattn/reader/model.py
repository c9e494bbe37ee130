"""The reader: a small decoder that reads a story with any memory of the registry in its attention.

    h = RMSNorm(x);  q, k, v = Conv6(W_qkv h);  x += W_o Att(q, Mem);  x += W_2 GELU(W_1 RMSNorm(x))
    logits = W RMSNorm(x)

There is no position encoding. Instead a depthwise causal convolution over the last six words mixes neighbours
into q, k and v, so a cached pair means the same wherever it stands: pooling, pinning and evicting need no
re-rotation. What goes from one piece of a text to the next is, per layer, the memory's state and the five
rows that the convolution still needs.

Sources: RMSNorm, Zhang & Sennrich 2019 (arXiv:1910.07467); no positions, Kazemnejad et al. 2023
(arXiv:2305.19466); short convolutions before attention, Arora et al., Zoology, 2023 (arXiv:2312.04927) and
Based, 2024 (arXiv:2402.18668). All functions are pure: weights, ids and states go in, new values come out.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.kv import KV
from memattn.memory.base import Memory
from memattn.reader.config import ReaderConfig, Weights

EVERY = slice(None)  # token
CONVOLVED = 2**17  # numbers; for fewer a convolution takes longer to set up than their products, in float64 ten times

Attention = Callable[[Tensor, Tensor, Tensor], Tensor]  # queries, keys, values → output; (batch, heads, tokens, d_head)


class LayerState(NamedTuple):
    """What one layer carries on.

    Args:
        memory: state of the memory.
        tail: (*lead, taps - 1, 3 d_model) last rows before the convolution.
    """

    memory: Any
    tail: Tensor


class ModelOutput(NamedTuple):
    """Result of reading a piece of text.

    Args:
        logits: (*lead, tokens, vocabulary) for the word after each position.
        states: one per layer, to go on from.
    """

    logits: Tensor
    states: tuple[LayerState, ...]


def full_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal attention over everything, for training."""
    return F.scaled_dot_product_attention(queries, keys, values, is_causal=True)


def logits_of(
    weights: Weights,
    config: ReaderConfig,
    ids: Tensor,
    attention: Attention | Sequence[Attention] = full_attention,
) -> Tensor:
    """Read whole texts at once, with the given attention in every layer.

    Args:
        weights: of the model.
        config: its sizes.
        ids: (batch, tokens).
        attention: a causal one, or one for each layer.

    Returns:
        (batch, tokens, vocabulary).
    """
    x = weights["embedding"][ids]
    for layer in range(config.layers):
        attend = attention if callable(attention) else attention[layer]
        queries, keys, values, _ = _project(weights, config, layer, x, None)
        x = _finish_layer(weights, layer, x, attend(queries, keys, values))
    return _head(weights, x)


def forward(
    weights: Weights,
    config: ReaderConfig,
    ids: Tensor,
    memory: Memory[Any] | Sequence[Memory[Any]],
    states: Sequence[LayerState] | None = None,
    segment_length: int | None = None,
) -> ModelOutput:
    """Read a piece of text with a memory in every layer, going on from `states`.

    Args:
        weights: of the model.
        config: its sizes.
        ids: (tokens,) or (batch, tokens).
        memory: any mechanism, or one for each layer.
        states: what the piece before left behind; None at the beginning of a story.
        segment_length: tokens that go through all layers together; None takes all at once. By the contract of
            a memory the result does not depend on it.

    Raises:
        ValueError: segment_length < 1, no ids, or states that do not fit the number of layers.
    """
    if segment_length is not None and segment_length < 1:
        raise ValueError(f"segment_length must be ≥ 1 token or None, got {segment_length}")
    if ids.shape[-1] < 1:
        raise ValueError("ids must hold at least one token, got none")
    if states is not None and len(states) != config.layers:
        raise ValueError(f"states must be one per layer, {config.layers}, got {len(states)}")
    memories = per_layer(config, memory)
    logits = []
    for piece in ids.split(segment_length or ids.shape[-1], dim=-1):
        output = _segment(weights, config, piece, memories, states)
        logits.append(output.logits)
        states = output.states
    return ModelOutput(torch.cat(logits, dim=-2), tuple(states or ()))


def per_layer(config: ReaderConfig, memory: Memory[Any] | Sequence[Memory[Any]]) -> Sequence[Memory[Any]]:
    """One memory for each layer.

    Raises:
        ValueError: several were given, but not one per layer.
    """
    memories = (memory,) * config.layers if isinstance(memory, Memory) else memory
    if len(memories) != config.layers:
        raise ValueError(f"memory must be one, or one for each of {config.layers} layers, got {len(memories)}")
    return memories


def _segment(
    weights: Weights,
    config: ReaderConfig,
    ids: Tensor,
    memories: Sequence[Memory[Any]],
    states: Sequence[LayerState] | None,
) -> ModelOutput:
    x = weights["embedding"][ids]
    after = []
    for layer, memory in enumerate(memories):
        state = states[layer] if states is not None else None
        queries, keys, values, tail = _project(weights, config, layer, x, state.tail if state else None)
        pairs = KV.trusted(keys, values)
        attended = memory.attend(queries, pairs, state.memory if state else memory.empty(pairs, tracked=False))
        x = _finish_layer(weights, layer, x, attended.output)
        after.append(LayerState(attended.update.state, tail))
    return ModelOutput(_head(weights, x), tuple(after))


def stream(
    weights: Weights,
    config: ReaderConfig,
    ids: Tensor,
    layer: int = 0,
    memory: Memory[Any] | Sequence[Memory[Any]] = (),
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values of a layer: (*lead, tokens) → three of (*lead, heads, tokens, d_head).

    In the first layer they depend on the words alone; in a later one also on what the memories below let through.

    Args:
        weights: of the model.
        config: its sizes.
        ids: a whole text.
        layer: which one.
        memory: in the layers; needed only above the first.
    """
    queries, keys, values, _ = _project(weights, config, layer, _below(weights, config, ids, layer, memory), None)
    return queries, keys, values


def word_parts(weights: Weights, config: ReaderConfig, ids: Tensor) -> tuple[Any, Any, Any]:
    """What the first layer's queries and keys over `ids` (tokens,) are made of, as `WordParts` takes it."""
    known, words = ids.unique(return_inverse=True)
    rows = F.linear(_norm(weights["embedding"][known], weights["0.norm_attention"]), weights["0.qkv"])
    sizes = (3, config.heads, config.d_head)
    rows = rows.unflatten(-1, sizes).movedim(0, -2)[:2]
    taps = weights["0.convolution"].unflatten(0, sizes).mT.flip(-2)[:2]
    return tuple(part.cpu().numpy() for part in (words, rows.cpu().double(), taps.cpu().double()))


def readout(
    weights: Weights,
    config: ReaderConfig,
    outputs: Tensor,
    ids: Tensor,
    memory: Memory[Any] | Sequence[Memory[Any]] = (),
    tokens: slice = EVERY,
) -> Tensor:
    """From attention outputs of the last layer over `ids` to logits: the rest of the model.

    Args:
        weights: of the model.
        config: its sizes.
        outputs: (heads, tokens, d_head) as a trace of the last layer leaves them.
        ids: (tokens,) the same tokens.
        memory: in the layers below; needed only where there are some.
        tokens: those whose logits are wanted.

    Raises:
        ValueError: outputs and ids disagree in tokens.
    """
    if outputs.shape[-2] != ids.shape[-1]:
        raise ValueError(f"outputs must cover the {ids.shape[-1]} tokens of ids, got {outputs.shape[-2]}")
    last = config.layers - 1
    x = _below(weights, config, ids, last, memory)[..., tokens, :]
    return _head(weights, _finish_layer(weights, last, x, outputs[..., tokens, :].to(x)))


def _below(
    weights: Weights,
    config: ReaderConfig,
    ids: Tensor,
    layer: int,
    memory: Memory[Any] | Sequence[Memory[Any]],
) -> Tensor:
    """What a layer takes in."""
    x = weights["embedding"][ids]
    for lower in range(layer):
        queries, keys, values, _ = _project(weights, config, lower, x, None)
        own, pairs = per_layer(config, memory)[lower], KV.trusted(keys, values)
        attended = own.attend(queries, pairs, own.empty(pairs, tracked=False))
        x = _finish_layer(weights, lower, x, attended.output)
    return x


def _project(
    weights: Weights, config: ReaderConfig, layer: int, x: Tensor, tail: Tensor | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rows = F.linear(_norm(x, weights[f"{layer}.norm_attention"]), weights[f"{layer}.qkv"])
    reach = config.taps - 1
    if tail is None:
        tail = rows.new_zeros(*rows.shape[:-2], reach, rows.shape[-1])
    padded = torch.cat([tail, rows], dim=-2)
    mixed = convolve(padded, weights[f"{layer}.convolution"])
    heads = mixed.unflatten(-1, (3, config.heads, config.d_head))  # (*lead, tokens, 3, heads, d_head)
    queries, keys, values = heads.transpose(-4, -2).unbind(-3)
    return queries, keys, values, padded[..., padded.shape[-2] - reach :, :]


def convolve(padded: Tensor, kernel: Tensor) -> Tensor:
    """Depthwise causal convolution; the last tap weighs the current token.

    Args:
        padded: (*lead, taps - 1 + tokens, channels), the rows before the first token in front.
        kernel: (channels, taps).

    Returns:
        (*lead, tokens, channels).
    """
    if padded.numel() < CONVOLVED:
        by_tap = padded.unfold(-2, kernel.shape[-1], 1).mT  # (*lead, tokens, taps, channels), a view
        return (by_tap * kernel.mT.contiguous()).sum(dim=-2)
    rows = padded.reshape(-1, *padded.shape[-2:])
    mixed = F.conv1d(rows.mT, kernel.unsqueeze(1), groups=len(kernel)).mT.contiguous()  # as fused attention wants it
    return mixed.reshape(*padded.shape[:-2], *mixed.shape[-2:])


def _finish_layer(weights: Weights, layer: int, x: Tensor, outputs: Tensor) -> Tensor:
    x = x + F.linear(outputs.transpose(-3, -2).flatten(-2), weights[f"{layer}.out"])
    inner = F.gelu(F.linear(_norm(x, weights[f"{layer}.norm_mlp"]), weights[f"{layer}.mlp_in"]))
    return x + F.linear(inner, weights[f"{layer}.mlp_out"])


def _head(weights: Weights, x: Tensor) -> Tensor:
    return F.linear(_norm(x, weights["norm"]), weights["head"])


def _norm(x: Tensor, gain: Tensor) -> Tensor:
    return F.rms_norm(x, gain.shape, gain, eps=1e-6)
