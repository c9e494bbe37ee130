"""The echo model's weights on disk: safetensors next to a card, as all weights of the app."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from memattn.reader.echo.language import Language, vocabulary
from memattn.reader.echo.model import EchoConfig
from memattn.reader.weights import WeightsError, checked, file_of, write_card

ECHO = file_of("echo")


@dataclass(frozen=True, eq=False)
class Saved:
    """What the file holds: sizes, weights by name, and what the card says."""

    config: EchoConfig
    weights: Mapping[str, Tensor]
    card: Mapping[str, Any]


def save(path: Path, config: EchoConfig, weights: Mapping[str, Tensor], card: Mapping[str, Any]) -> None:
    """Write weights and card; `card` is what is worth knowing beside sizes and hash."""
    content = save_tensors({name: tensor.detach().to("cpu").contiguous() for name, tensor in weights.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    own = {"config": asdict(config), "language": _fingerprint(), "sha256": hashlib.sha256(content).hexdigest()}
    write_card(path, {**card, **own})


def load(path: Path = ECHO) -> Saved:
    """Read weights, checking hash, language, names and shapes.

    Raises:
        WeightsError: something is missing or not as it should be.
    """
    card, content = checked(path, ("config", "language", "sha256"))
    if card["language"] != _fingerprint():
        raise WeightsError(path, "belong to another language of the echo world")
    try:
        weights, config = load_tensors(content), EchoConfig(**card["config"])
    except (SafetensorError, TypeError, ValueError) as error:
        raise WeightsError(path, f"do not hold what they should ({error})") from error
    found = {name: tensor.shape for name, tensor in weights.items()}
    wanted = {name: torch.Size(shape) for name, shape in config.shapes().items()}
    if wrong := sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)):
        raise WeightsError(path, f"do not hold what they should (missing, unexpected or wrong shape: {wrong})")
    return Saved(config, weights, card)


def _fingerprint() -> str:
    """Of the words, and of which follows which how often."""
    language = Language()
    words = f"{language.rate} {' '.join(vocabulary())}".encode()
    return hashlib.sha256(words + language.table.astype("<i8").tobytes()).hexdigest()[:16]
