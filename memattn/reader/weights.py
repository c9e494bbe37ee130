"""Trained weights on disk: safetensors next to a card that says where they come from; never pickle.

The card is JSON: data, recipe, seed, steps, seconds, measured accuracy, sizes of the model, and the SHA-256
of the file. A file that is missing, cut short, or other than its card says is refused with the command that
makes it anew.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from memattn import assets
from memattn.compression import ConvWeights, GateWeights, LearnedWeights
from memattn.reader.config import ReaderConfig
from memattn.reader.grammar import vocabulary

FOLDER = assets.folder() / "weights"
GATED = "gated"  # how names of gates end; the others are kernels of convolutions
REBUILD = "python -m memattn.reader.train"


class WeightsError(RuntimeError):
    """Weights cannot be used as they are; the message says why and how to make them anew."""

    def __init__(self, path: Path, why: str) -> None:
        """Name the file, what is wrong with it, and the way out."""
        super().__init__(f"the trained weights {path.name} {why}. Train them anew with: {REBUILD} --only {path.stem}")


def file_of(name: str, folder: Path = FOLDER) -> Path:
    """Where the weights of a trained model stand."""
    return folder / f"{name}.safetensors"


READER = file_of("reader")


@dataclass(frozen=True, eq=False)
class Saved:
    """What a weights file holds.

    Args:
        config: sizes of the model.
        weights: of the model, by name; none where the file holds compressions for another model.
        compressors: what compressions learned for this model, by name ("conv", "dilated", "ar-cache/gated", ..) and
            compression rate c.
        card: what the card says.
    """

    config: ReaderConfig
    weights: Mapping[str, Tensor]
    compressors: Mapping[tuple[str, int], LearnedWeights]
    card: Mapping[str, Any]


def save(
    path: Path,
    config: ReaderConfig,
    weights: Mapping[str, Tensor],
    compressors: Mapping[tuple[str, int], LearnedWeights],
    card: Mapping[str, Any],
    half: bool = False,
) -> None:
    """Write weights and card; `card` is what is worth knowing beside sizes and hash, `half` keeps 16 bits."""
    tensors = {f"model.{name}": tensor for name, tensor in weights.items()}
    for (kind, rate), kernels in compressors.items():
        tensors |= {f"{kind}.{rate}.{name}": tensor for name, tensor in kernels.tensors().items()}
    kept = torch.float16 if half else torch.float32
    content = save_tensors({name: tensor.detach().to("cpu", kept).contiguous() for name, tensor in tensors.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    full = {
        **card,
        "config": asdict(config),
        "compressors": sorted(compressors),
        "vocabulary": _fingerprint(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    write_card(path, full)


def write_card(path: Path, card: Mapping[str, Any]) -> None:
    """Write the card of a weights file."""
    card_path(path).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path = READER) -> Saved:
    """Read weights, checking hash, vocabulary, names and shapes.

    Raises:
        WeightsError: something is missing or not as it should be.
    """
    card, content = checked(path, ("config", "compressors", "sha256", "vocabulary"))
    if card["vocabulary"] != _fingerprint():
        raise WeightsError(path, "belong to another vocabulary of the story world")
    try:
        tensors = {name: tensor.float() for name, tensor in load_tensors(content).items()}
        config = ReaderConfig(**card["config"])
        alone = not any(name.startswith("model.") for name in tensors)
        weights = {} if alone else {name: tensors.pop(f"model.{name}") for name in config.shapes()}
        compressors = {(kind, rate): _kernels(tensors, kind, rate) for kind, rate in card["compressors"]}
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(path, f"do not hold what they should ({error})") from error
    shapes = config.shapes()
    wrong = [name for name, tensor in weights.items() if tensor.shape != torch.Size(shapes[name])]
    if wrong or tensors:
        raise WeightsError(path, f"do not hold what they should (wrong shape: {wrong}, unexpected: {sorted(tensors)})")
    return Saved(config, weights, compressors, card)


def card_path(path: Path) -> Path:
    """Where the card of a weights file stands."""
    return path.with_suffix(".json")


def _kernels(tensors: dict[str, Tensor], kind: str, rate: int) -> LearnedWeights:
    start = f"{kind}.{rate}."
    names = [name for name in tensors if name.startswith(start)]
    made = GateWeights if kind.endswith(GATED) else ConvWeights
    kernels = made(**{name.removeprefix(start): tensors.pop(name) for name in names})
    if kernels.taps != rate:
        raise ValueError(f"the {kind} compressor for c={rate} has {kernels.taps} taps")
    return kernels


def checked(path: Path, needed: Sequence[str]) -> tuple[dict[str, Any], bytes]:
    """A card with the entries needed, and the bytes of its weights file, which are what the card says.

    Raises:
        WeightsError: one of them is missing, damaged or does not belong to the other.
    """
    try:
        card = json.loads(card_path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(path, "have no card" if path.exists() else "are missing") from error
    except (OSError, ValueError) as error:
        raise WeightsError(path, f"have a card that cannot be read ({error})") from error
    if not isinstance(card, dict) or (missing := [key for key in needed if key not in card]):
        raise WeightsError(path, f"have a card without {', '.join(missing) if isinstance(card, dict) else 'entries'}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(path, "are missing" if not path.exists() else f"cannot be read ({error})") from error
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise WeightsError(path, f"differ from what their card says ({len(content)} bytes, other SHA-256)")
    return card, content


def _fingerprint() -> str:
    return hashlib.sha256("\n".join(vocabulary()).encode()).hexdigest()[:16]
