"""The echo model's weights on disk: safetensors next to a card, as all weights of the app."""

import hashlib
import json
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
from memattn.reader.weights import WeightsError, card_path, file_of, write_card

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
    card = _card(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(path, "are missing" if not path.exists() else f"cannot be read ({error})") from error
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise WeightsError(path, f"differ from what their card says ({len(content)} bytes, other SHA-256)")
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


def _card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(card_path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(path, "have no card" if path.exists() else "are missing") from error
    except (OSError, ValueError) as error:
        raise WeightsError(path, f"have a card that cannot be read ({error})") from error
    needed = ("config", "language", "sha256")
    if not isinstance(card, dict) or (missing := [key for key in needed if key not in card]):
        raise WeightsError(path, f"have a card without {', '.join(missing) if isinstance(card, dict) else 'entries'}")
    return card


def _fingerprint() -> str:
    """Of the words, and of which follows which how often."""
    language = Language()
    said = f"{language.rate} {' '.join(vocabulary())}".encode()
    return hashlib.sha256(said + language.table.astype("<i8").tobytes()).hexdigest()[:16]
