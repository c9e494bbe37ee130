"""The echo model: one layer, one head, rotary positions; the memory keeps keys without a position.

    x = RMSNorm(E[word]);  q, k, v = W_qkv x;  x += W_o Att(R(q), Mem with R(k));  x += W_2 GELU(W_1 RMSNorm(x))
    logits = W RMSNorm(x)

R turns pairs of channels by an angle that grows with the position, so a score depends on how far apart query and
key are. What the positions are, is decided on reading: the place of a slot in the memory, oldest first, the query
being at the place of the newest. So distances never exceed the size of the memory, however long the stream.

Words are brought to one size before anything else. Without that, the model makes the vectors of most words so big
that what the head adds to them does not matter, and a head that need not rest needs no sink.

Sources: rotary positions, Su et al., RoFormer, 2021, §3.2 (arXiv:2104.09864); positions within the cache, Xiao et
al., Efficient Streaming Language Models with Attention Sinks, ICLR 2024, §3.2 (arXiv:2309.17453); a norm behind the
embedding, Dettmers et al., 8-bit Optimizers, 2021 (arXiv:2110.02861). All functions are pure. A memory's lead axes
are (*lead, 1): the last one is the head.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.attention import Reading
from memattn.kv import KV, Slots
from memattn.memory.base import Memory

Weights = Mapping[str, Tensor]


@dataclass(frozen=True)
class EchoConfig:
    """Sizes of the model."""

    vocabulary: int  # words
    d_model: int = 24  # channels, d_k and d_v of the one head
    widen: int = 4  # channels inside the MLP, as a multiple of d_model
    base: float = 10_000.0  # of the wavelengths: from 2π to nearly 2π·base tokens

    def __post_init__(self) -> None:
        for name in ("vocabulary", "widen"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be ≥ 1, got {getattr(self, name)}")
        if self.d_model < 2 or self.d_model % 2:
            raise ValueError(f"d_model must be even and ≥ 2, for channels are turned in pairs, got {self.d_model}")
        if self.base <= 1:
            raise ValueError(f"base must be > 1, got {self.base}")

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every weight."""
        d = self.d_model
        return {
            "embedding": (self.vocabulary, d),
            "norm_embedding": (d,),
            "qkv": (3 * d, d),
            "out": (d, d),
            "norm_mlp": (d,),
            "mlp_in": (self.widen * d, d),
            "mlp_out": (d, self.widen * d),
            "norm": (d,),
            "head": (self.vocabulary, d),
        }


def random_weights(config: EchoConfig, seed: int) -> dict[str, Tensor]:
    """Untrained weights: norms one, everything else normal with standard deviation 0.02, as in GPT-2."""
    draw = torch.Generator().manual_seed(seed)
    return {
        name: torch.ones(shape) if "norm" in name else 0.02 * torch.randn(shape, generator=draw)
        for name, shape in config.shapes().items()
    }


def rotate(rows: Tensor, positions: Tensor, base: float) -> Tensor:
    """Turn channel j and channel j + d/2 of every row by position · base^(-2j/d).

    Args:
        rows: (*lead, tokens, d), d even.
        positions: (tokens,).
        base: of the wavelengths.
    """
    half = rows.shape[-1] // 2
    speeds = base ** (-torch.arange(half, dtype=rows.dtype, device=rows.device) / half)
    angles = positions.to(rows).unsqueeze(-1) * speeds
    cos, sin = angles.cos(), angles.sin()
    first, second = rows[..., :half], rows[..., half:]
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


def logits_of(weights: Weights, config: EchoConfig, ids: Tensor) -> Tensor:
    """Read whole texts at once with full attention: what training does.

    Args:
        weights: of the model.
        config: its sizes.
        ids: (*lead, tokens).

    Returns:
        (*lead, tokens, vocabulary), for the word after each position.
    """
    x = embed(weights, ids)
    queries, keys, values = project(weights, x)
    at = torch.arange(ids.shape[-1], device=ids.device)
    queries, keys = (rotate(rows, at, config.base) for rows in (queries, keys))
    return finish(weights, x, F.scaled_dot_product_attention(queries, keys, values, is_causal=True))


class Step(NamedTuple):
    """One token read and remembered.

    Args:
        slots: what its query read, keys without positions.
        reading: (*lead, 1, 1, ..) output, logsumexp and weights.
        state: of the memory after it.
    """

    slots: Slots
    reading: Reading
    state: Any


def steps(weights: Weights, config: EchoConfig, ids: Tensor, memory: Memory[Any], state: Any = None) -> Iterator[Step]:
    """Read texts token by token with a memory.

    Args:
        weights: of the model.
        config: its sizes.
        ids: (*lead, tokens); all texts go in step.
        memory: any mechanism.
        state: of the memory after the piece before; None at the beginning of a text.
    """
    queries, keys, values = project(weights, embed(weights, ids))
    pairs = KV.trusted(keys, values)
    if state is None:
        state = memory.empty(pairs, tracked=False)
    for at in range(pairs.tokens):
        token, query = pairs[at : at + 1], queries[..., at : at + 1, :]
        if memory.reads == "before":
            slots = memory.slots(state).append(token, state.seen)
            reading = read_by_rank(memory, query, slots, config.base)
            if memory.observes:
                state = memory.observe(reading.weights, state)
            state = memory.update(token, state).state
        else:
            state = memory.update(token, state).state
            slots = memory.slots(state)
            reading = read_by_rank(memory, query, slots, config.base)
        yield Step(slots, reading, state)


def read_by_rank(memory: Memory[Any], query: Tensor, slots: Slots, base: float) -> Reading:
    """Attend with every slot at the position of its place in the memory, and the query at the last one.

    Args:
        memory: that reads.
        query: (*lead, 1, d_k).
        slots: what may be read, oldest first.
        base: of the wavelengths.
    """
    ranks = torch.arange(len(slots), device=query.device)
    return memory.read(rotate(query, ranks[-1:], base), replace(slots, keys=rotate(slots.keys, ranks, base)))


def forward(weights: Weights, config: EchoConfig, ids: Tensor, memory: Memory[Any]) -> Tensor:
    """Read texts with a memory, token by token: (*lead, tokens) → logits (*lead, tokens, vocabulary)."""
    outputs = [step.reading.output for step in steps(weights, config, ids, memory)]
    return finish(weights, embed(weights, ids), torch.cat(outputs, dim=-2))


def embed(weights: Weights, ids: Tensor) -> Tensor:
    """Words as vectors of one size: (*lead, tokens) → (*lead, tokens, d)."""
    return _norm(weights["embedding"][ids], weights["norm_embedding"])


def project(weights: Weights, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values without positions: (*lead, tokens, d) → three of (*lead, 1, tokens, d)."""
    queries, keys, values = (x @ weights["qkv"].mT).unsqueeze(-3).chunk(3, dim=-1)
    return queries, keys, values


def finish(weights: Weights, x: Tensor, outputs: Tensor) -> Tensor:
    """From embeddings (*lead, tokens, d) and attention outputs (*lead, 1, tokens, d) to logits."""
    x = x + outputs.squeeze(-3) @ weights["out"].mT
    x = x + F.gelu(_norm(x, weights["norm_mlp"]) @ weights["mlp_in"].mT) @ weights["mlp_out"].mT
    return _norm(x, weights["norm"]) @ weights["head"].mT


def _norm(x: Tensor, gain: Tensor) -> Tensor:
    return F.rms_norm(x, gain.shape, gain, eps=1e-6)
