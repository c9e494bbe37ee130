"""What a member of the family of trained models is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from memattn.compression import ConvWeights
from memattn.reader.config import ReaderConfig
from memattn.reader.course import Course

Kernels = Mapping[tuple[str, int], ConvWeights]


class TrainingError(RuntimeError):
    """A model did not learn what it should."""


@dataclass(frozen=True, eq=False)
class Learned:
    """What training gives.

    Args:
        config: sizes of the model.
        weights: of the model, by name; none where only compressions were learned.
        compressors: convolution kernels by name and compression rate c.
        seed: that worked, where several may be tried.
        notes: what training measured, for the card.
    """

    config: ReaderConfig
    weights: Mapping[str, Tensor]
    compressors: Kernels = field(default_factory=dict)
    seed: int = 0
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """One trained model.

    Args:
        name: of its file, and of `--only`.
        task: what it has learned, for its card.
        recipe: a frozen dataclass without the seed.
        learn: (recipe, seed, what it needs, course) → what was learned.
        needs: members that are trained before, by name.
        half: whether its weights are kept in 16 bits.
    """

    name: str
    task: str
    recipe: Any
    learn: Callable[[Any, int, Mapping[str, Learned], Course], Learned]
    needs: tuple[str, ...] = ()
    half: bool = True


def plain(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies that no training step can reach."""
    return {name: tensor.detach().clone() for name, tensor in weights.items()}


def trainable(weights: Mapping[str, Tensor], device: torch.device | str) -> dict[str, Tensor]:
    """Copies to go on training, on a device."""
    return {name: tensor.detach().to(device, copy=True) for name, tensor in weights.items()}
