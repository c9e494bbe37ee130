"""What a trained model of the app is: a recipe, how it is trained, and which memories it reads with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from memattn.compression import LearnedWeights
from memattn.reader.config import ReaderConfig
from memattn.reader.training_run import TrainingRun

Kernels = Mapping[tuple[str, int], LearnedWeights]


class TrainingError(RuntimeError):
    """A model did not learn what it should."""


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """What training gives.

    Args:
        config: sizes of the model.
        weights: of the model, by name; none where only compressions were learned.
        compressors: what compressions learned, by name and compression rate c.
        seed: that worked, where several may be tried.
    """

    config: ReaderConfig
    weights: Mapping[str, Tensor]
    compressors: Kernels = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True)
class TrainedModel:
    """One trained model.

    Args:
        name: of its file, and of `--only`.
        task: what it has learned, for its card.
        recipe: a frozen dataclass without the seed.
        train: (recipe, seed, results of what it needs, run) → result.
        needs: models that are trained before, by name.
        serves: memories that it was trained through, by their names in `memattn.memory.MEMORIES`. A memory that no
            model was trained through is read by a base model, as full attention is.
        half: whether its weights are kept in 16 bits.
    """

    name: str
    task: str
    recipe: Any
    train: Callable[[Any, int, Mapping[str, TrainingResult], TrainingRun], TrainingResult]
    needs: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    half: bool = True


def plain(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies that no training step can reach."""
    return {name: tensor.detach().clone() for name, tensor in weights.items()}


def trainable(weights: Mapping[str, Tensor], device: torch.device | str) -> dict[str, Tensor]:
    """Copies to go on training, on a device."""
    return {name: tensor.detach().to(device, copy=True) for name, tensor in weights.items()}
