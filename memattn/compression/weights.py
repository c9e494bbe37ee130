"""Weights of a learned compression as a value: compared and hashed by content, so settings stay hashable."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Self

import torch
from torch import Tensor

from memattn.kv import KV


@dataclass(frozen=True, eq=False)
class LearnedWeights(ABC):
    """What a compression has learned for keys and for values.

    The tensors may carry gradients (wrap the parameters anew in every training step); a value that is kept,
    compared or used in settings should be `frozen()`, for its digest is computed only once.
    """

    keys: Tensor
    values: Tensor

    @property
    @abstractmethod
    def taps(self) -> int:
        """Pairs that become one."""

    @property
    @abstractmethod
    def heads(self) -> int | None:
        """Number of heads with weights of their own, or None when all share them."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, int]:
        """d_k and d_v of the pairs that they are for."""

    def fitted(self, pairs: KV) -> Self:
        """On the device of pairs that they fit.

        Raises:
            ValueError: they do not fit d_k, d_v or the heads of the pairs.
        """
        if (found := (pairs.keys.shape[-1], pairs.values.shape[-1])) != self.sizes:
            raise ValueError(f"weights are for (d_k, d_v) = {self.sizes}, got pairs with {found}")
        if self.heads is not None and pairs.lead[-1:] != (self.heads,):
            raise ValueError(
                f"weights are for {self.heads} heads as the last lead axis, got lead axes {tuple(pairs.lead)}"
            )
        return self.to(pairs.keys)

    def head(self, index: int) -> Self:
        """Those of one head, without head axis."""
        if self.heads is None:
            return self
        return type(self)(**{name: tensor[index] for name, tensor in self.tensors().items()})

    def tensors(self) -> dict[str, Tensor]:
        """Plain tensors by name, for saving; called with them the class gives the same."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: tensor for name, tensor in named.items() if tensor is not None}

    def frozen(self) -> Self:
        """A copy that no training step can reach."""
        return type(self)(**{name: tensor.detach().clone() for name, tensor in self.tensors().items()})

    def to(self, like: Tensor) -> Self:
        """Move to the device and dtype of `like`."""
        if self.keys.device == like.device and self.keys.dtype == like.dtype:
            return self
        return type(self)(**{name: tensor.to(like) for name, tensor in self.tensors().items()})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of names, dtypes, shapes and numbers, in hex."""
        content = hashlib.sha256()
        for name, tensor in self.tensors().items():
            plain = tensor.detach().cpu().contiguous()
            content.update(f"{name}{plain.dtype}{tuple(plain.shape)}".encode())
            content.update(plain.view(torch.uint8).numpy().tobytes())
        return content.hexdigest()

    def __eq__(self, other: object) -> bool:
        """Equal content."""
        return isinstance(other, LearnedWeights) and type(self) is type(other) and self.digest == other.digest

    def __hash__(self) -> int:
        """By content."""
        return hash(self.digest)

    def __repr__(self) -> str:
        """Shapes and the start of the digest."""
        shapes = f"keys={tuple(self.keys.shape)}, values={tuple(self.values.shape)}"
        return f"{type(self).__name__}({shapes}, digest={self.digest[:8]!r})"


@dataclass(frozen=True, eq=False, repr=False)
class ConvWeights(LearnedWeights):
    """Kernels of a convolution over keys and one over values.

    Args:
        keys: ([heads,] d_k, d_k, taps), output channel before input channel. With a head axis the last lead
            axis of the pairs must be the heads; without one all heads share the kernel.
        values: ([heads,] d_v, d_v, taps).
        key_bias: ([heads,] d_k), or None.
        value_bias: ([heads,] d_v), or None.

    Raises:
        ValueError: the shapes do not fit together.
    """

    key_bias: Tensor | None = None
    value_bias: Tensor | None = None

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit together."""
        k, v = self.keys, self.values
        if k.ndim not in (3, 4) or k.ndim != v.ndim or k.shape[:-3] != v.shape[:-3] or k.shape[-1] != v.shape[-1]:
            raise ValueError(
                "kernels must be ([heads,] d, d, taps) with equal heads and taps, "
                f"got keys {tuple(k.shape)} and values {tuple(v.shape)}"
            )
        for name, kernel, bias in (("key", k, self.key_bias), ("value", v, self.value_bias)):
            if kernel.shape[-3] != kernel.shape[-2]:
                raise ValueError(f"the {name} kernel must be ([heads,] d, d, taps), got {tuple(kernel.shape)}")
            if bias is not None and bias.shape != kernel.shape[:-2]:
                raise ValueError(f"the {name} bias must be {tuple(kernel.shape[:-2])}, got {tuple(bias.shape)}")

    @property
    def taps(self) -> int:
        """Inputs per output."""
        return self.keys.shape[-1]

    @property
    def heads(self) -> int | None:
        """Number of heads with kernels of their own, or None when all share one."""
        return self.keys.shape[0] if self.keys.ndim == 4 else None

    @property
    def sizes(self) -> tuple[int, int]:
        """Channels of the kernels."""
        return self.keys.shape[-2], self.values.shape[-2]

    @cached_property
    def tap_shares(self) -> tuple[Tensor, Tensor]:
        """Norm of each tap among all taps, of the keys' kernel and of the values': two of ([heads,] taps)."""
        return _norms(self.keys.detach()), _norms(self.values.detach())


@dataclass(frozen=True, eq=False, repr=False)
class GateWeights(LearnedWeights):
    """A query that attends to groups of c pairs, and a bias for every position in the group.

    Args:
        keys: ([heads,] d_k), what is looked for in a key; as for kernels, a head axis is the pairs' last lead axis.
        values: ([heads,] d_v), what is looked for in a value.
        positions: ([heads,] c).

    Raises:
        ValueError: the shapes do not fit together.
    """

    positions: Tensor

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit together."""
        shapes = [tuple(tensor.shape) for tensor in self.tensors().values()]
        if self.keys.ndim not in (1, 2) or len({shape[:-1] for shape in shapes}) > 1 or len({*map(len, shapes)}) > 1:
            raise ValueError(f"gates must be ([heads,] d_k), ([heads,] d_v) and ([heads,] c), got {shapes}")

    @property
    def taps(self) -> int:
        """Pairs in a group."""
        return self.positions.shape[-1]

    @property
    def heads(self) -> int | None:
        """Number of heads with gates of their own, or None when all share them."""
        return self.keys.shape[0] if self.keys.ndim == 2 else None

    @property
    def sizes(self) -> tuple[int, int]:
        """Channels looked at."""
        return self.keys.shape[-1], self.values.shape[-1]


def _norms(kernel: Tensor) -> Tensor:
    norms: Tensor = torch.linalg.vector_norm(kernel, dim=(-3, -2))
    norms = norms.clamp_min(torch.finfo(norms.dtype).tiny)  # a kernel of zeros has equal shares
    return norms / norms.sum(dim=-1, keepdim=True)


def averaging_weights(d_k: int, d_v: int, taps: int, dtype: torch.dtype = torch.float64) -> ConvWeights:
    """The kernels that make a convolution a mean pool, I / taps at every tap; a good start for training."""
    keys, values = (torch.eye(d, dtype=dtype).unsqueeze(-1).expand(d, d, taps) / taps for d in (d_k, d_v))
    return ConvWeights(keys.contiguous(), values.contiguous())


@lru_cache(maxsize=64)
def random_weights(
    seed: int, d_k: int, d_v: int, taps: int, dtype: torch.dtype = torch.float64, device: str = "cpu"
) -> ConvWeights:
    """Normal kernels of variance 1 / (taps · d), which keep the variance of white noise; shared by all heads.

    Drawn in float64 on the CPU whatever the target, so that every device and precision has the same weights.
    """
    generator = torch.Generator().manual_seed(seed)
    keys, values = (
        torch.randn(d, d, taps, generator=generator, dtype=torch.float64) / (taps * d) ** 0.5 for d in (d_k, d_v)
    )
    return ConvWeights(keys.to(device, dtype), values.to(device, dtype))


@lru_cache(maxsize=64)
def random_gates(
    seed: int, d_k: int, d_v: int, taps: int, dtype: torch.dtype = torch.float64, device: str = "cpu"
) -> GateWeights:
    """Normal queries and positions: where training has not been, the gates differ, but say nothing."""
    generator = torch.Generator().manual_seed(seed)
    drawn = (torch.randn(size, generator=generator, dtype=torch.float64) for size in (d_k, d_v, taps))
    return GateWeights(*(tensor.to(device, dtype) for tensor in drawn))


def equal_gates(d_k: int, d_v: int, taps: int, dtype: torch.dtype = torch.float64) -> GateWeights:
    """The gates that make a mean pool; a good start for training."""
    return GateWeights(*(torch.zeros(size, dtype=dtype) for size in (d_k, d_v, taps)))
