"""Weights of a learned compression as a value: compared and hashed by content, so settings stay hashable."""

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class ConvWeights:
    """Kernels of a convolution over keys and one over values.

    The tensors may carry gradients (wrap the parameters anew in every training step); a value that is kept,
    compared or used in settings should be `frozen()`, for its digest is computed only once.

    Args:
        keys: ([heads,] d_k, d_k, taps), output channel before input channel. With a head axis the last lead
            axis of the pairs must be the heads; without one all heads share the kernel.
        values: ([heads,] d_v, d_v, taps).
        key_bias: ([heads,] d_k), or None.
        value_bias: ([heads,] d_v), or None.

    Raises:
        ValueError: the shapes do not fit together.
    """

    keys: Tensor
    values: Tensor
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

    def head(self, index: int) -> "ConvWeights":
        """The kernels of one head, without head axis."""
        if self.heads is None:
            return self
        return ConvWeights(**{name: tensor[index] for name, tensor in self.tensors().items()})

    def tensors(self) -> dict[str, Tensor]:
        """Plain tensors by name, for saving; `ConvWeights(**tensors)` is the way back."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: tensor for name, tensor in named.items() if tensor is not None}

    def frozen(self) -> "ConvWeights":
        """A copy that no training step can reach."""
        return ConvWeights(**{name: tensor.detach().clone() for name, tensor in self.tensors().items()})

    def to(self, like: Tensor) -> "ConvWeights":
        """Move to the device and dtype of `like`."""
        if self.keys.device == like.device and self.keys.dtype == like.dtype:
            return self
        return ConvWeights(**{name: tensor.to(like) for name, tensor in self.tensors().items()})

    @cached_property
    def tap_shares(self) -> tuple[Tensor, Tensor]:
        """Norm of each tap among all taps, of the keys' kernel and of the values': two of ([heads,] taps)."""
        return _norms(self.keys.detach()), _norms(self.values.detach())

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
        return isinstance(other, ConvWeights) and self.digest == other.digest

    def __hash__(self) -> int:
        """By content."""
        return hash(self.digest)

    def __repr__(self) -> str:
        """Shapes and the start of the digest."""
        shapes = f"keys={tuple(self.keys.shape)}, values={tuple(self.values.shape)}"
        return f"ConvWeights({shapes}, digest={self.digest[:8]!r})"


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
