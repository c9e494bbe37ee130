"""Given tensors as a setting: equal and hashable by content, so that what bears them stays a value."""

import hashlib
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor


class Weights(Mapping[str, Tensor]):
    """Named tensors that a mechanism takes as given, for instance learned ones.

    Equality and hash come from a digest of names, shapes, dtypes and bytes, taken once here: make a new value
    after a change to the tensors. Gradients reach the tensors themselves, they are not copied.

    >>> Weights({"bias": torch.zeros(3)}) == Weights({"bias": torch.zeros(3)})
    True
    """

    __slots__ = ("_digest", "_tensors")

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the tensors and their digest.

        Raises:
            ValueError: a tensor holds NaN or infinity.
        """
        digest = hashlib.sha256()
        for name in sorted(tensors):
            tensor = tensors[name].detach().cpu().contiguous()
            if not bool(torch.isfinite(tensor).all()):
                raise ValueError(f"weights must be finite, got NaN or infinity in {name!r}")
            digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
        self._tensors = dict(tensors)
        self._digest = digest.hexdigest()

    def __getitem__(self, name: str) -> Tensor:
        """One tensor."""
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        """Names in the order given."""
        return iter(self._tensors)

    def __len__(self) -> int:
        """Number of tensors."""
        return len(self._tensors)

    def __eq__(self, other: object) -> bool:
        """Same content."""
        return isinstance(other, Weights) and self._digest == other._digest

    def __hash__(self) -> int:
        """From the digest."""
        return hash(self._digest)

    def __repr__(self) -> str:
        """Names and the beginning of the digest."""
        return f"Weights({', '.join(self)}; {self._digest[:8]})"
