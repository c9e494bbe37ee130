"""Sizes of the reader, the shapes of its weights, and untrained ones."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from memattn.memory.cells import shapes as cell_shapes

Weights = Mapping[str, Tensor]


@dataclass(frozen=True)
class ReaderConfig:
    """Sizes of the model."""

    vocabulary: int  # words
    d_model: int = 64  # channels
    heads: int = 4
    layers: int = 1
    taps: int = 6  # words that the convolution sees, the current one included
    widen: int = 2  # channels inside the MLP, as a multiple of d_model
    cell: str = ""  # of a recurrent memory whose weights belong to the model, as in `Recurrent`; "" is none

    def __post_init__(self) -> None:
        """Refuse sizes that make no model."""
        for name in ("vocabulary", "d_model", "heads", "layers", "taps", "widen"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be ≥ 1, got {getattr(self, name)}")
        if self.d_model % self.heads:
            raise ValueError(f"d_model must be a multiple of heads, got d_model={self.d_model}, heads={self.heads}")

    @property
    def d_head(self) -> int:
        """Channels per head: d_k and d_v of every memory."""
        return self.d_model // self.heads

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every weight."""
        d = self.d_model
        shapes: dict[str, tuple[int, ...]] = {"embedding": (self.vocabulary, d)}
        for layer in range(self.layers):
            shapes |= {
                f"{layer}.norm_attention": (d,),
                f"{layer}.qkv": (3 * d, d),
                f"{layer}.convolution": (3 * d, self.taps),
                f"{layer}.out": (d, d),
                f"{layer}.norm_mlp": (d,),
                f"{layer}.mlp_in": (self.widen * d, d),
                f"{layer}.mlp_out": (d, self.widen * d),
            }
            if self.cell:
                own = cell_shapes(self.cell, 2 * self.d_head)
                shapes |= {f"{layer}.cell.{name}": shape for name, shape in own.items()}
        return shapes | {"norm": (d,), "head": (self.vocabulary, d)}


def random_weights(config: ReaderConfig, seed: int) -> dict[str, Tensor]:
    """Untrained weights: norms one, everything else uniform within 1/√fan_in (embedding: normal)."""
    draw = torch.Generator().manual_seed(seed)
    weights: dict[str, Tensor] = {}
    for name, shape in config.shapes().items():
        if "norm" in name:
            weights[name] = torch.ones(shape)
        elif name == "embedding":
            weights[name] = torch.randn(shape, generator=draw)
        else:
            weights[name] = (2 * torch.rand(shape, generator=draw) - 1) / math.sqrt(shape[-1])
    return weights
