"""Weights files: what is written comes back, and whatever else is there is refused with the way out."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from memattn.compression import ConvWeights
from memattn.reader.config import ReaderConfig, random_weights
from memattn.reader.trained import TRAINED_MODELS
from memattn.reader.weights import FOLDER, WeightsError, card_path, file_of, load, save

CONFIG = ReaderConfig(23, d_model=6, heads=2)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    kernels = ConvWeights(torch.randn(2, 3, 3, 5), torch.randn(2, 3, 3, 5))
    save(path, CONFIG, random_weights(CONFIG, 7), {("conv", 5): kernels}, {"data": "none"})
    return path


def test_what_was_saved_is_loaded(file: Path) -> None:
    saved = load(file)
    assert saved.config == CONFIG and saved.card["data"] == "none"
    for name, tensor in random_weights(CONFIG, 7).items():
        assert torch.equal(saved.weights[name], tensor)
    assert set(saved.compressors) == {("conv", 5)} and saved.compressors["conv", 5].taps == 5


def test_missing_weights_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone\.safetensors are missing.*python -m memattn\.reader\.train"):
        load(tmp_path / "gone.safetensors")


def test_every_cut_is_noticed(file: Path) -> None:
    whole = file.read_bytes()
    for length in (0, 1, 8, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match=f"{length} bytes, other SHA-256.*memattn.reader.train"):
            load(file)


def test_one_changed_bit_is_noticed(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)
    with pytest.raises(WeightsError, match="differ from what their card says"):
        load(file)


def change_card(file: Path, **entries: object) -> None:
    card = json.loads(card_path(file).read_text())
    card_path(file).write_text(json.dumps({**card, **entries}))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"vocabulary": "other"}, "another vocabulary"),
        ({"config": {"vocabulary": 23, "d_model": 8, "heads": 2}}, "wrong shape"),
        (
            {"config": {"vocabulary": 23, "d_model": 6, "heads": 2, "layers": 2}},
            "do not hold what they should",
        ),
        ({"config": {"vocabulary": 23, "d_model": 6, "heads": 2, "wings": 2}}, "wings"),
        ({"compressors": []}, "unexpected"),
        ({"compressors": [["conv", 4]]}, "do not hold what they should"),
    ],
)
def test_a_card_that_does_not_fit_is_noticed(file: Path, entries: dict[str, object], message: str) -> None:
    change_card(file, **entries)
    with pytest.raises(WeightsError, match=message):
        load(file)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("{", "card that cannot be read"),
        ("[]", "card without entries"),
        ('{"config": {}}', "without compressors, sha256"),
    ],
)
def test_a_broken_card_is_noticed(file: Path, card: str, message: str) -> None:
    card_path(file).write_text(card)
    with pytest.raises(WeightsError, match=message):
        load(file)


def test_weights_without_a_card_are_noticed(file: Path) -> None:
    card_path(file).unlink()
    with pytest.raises(WeightsError, match="have no card"):
        load(file)


def test_half_precision_halves_the_file_and_keeps_three_digits(tmp_path: Path) -> None:
    weights, full, half = random_weights(CONFIG, 7), tmp_path / "full.safetensors", tmp_path / "half.safetensors"
    save(full, CONFIG, weights, {}, {})
    save(half, CONFIG, weights, {}, {}, half=True)
    assert half.stat().st_size < 0.75 * full.stat().st_size  # the names take their room too
    for name, tensor in load(half).weights.items():
        assert tensor.dtype == torch.float32
        torch.testing.assert_close(tensor, weights[name], rtol=1e-3, atol=1e-6)


def test_compressors_may_stand_alone(tmp_path: Path) -> None:
    kernels = ConvWeights(torch.randn(2, 3, 3, 5), torch.randn(2, 3, 3, 5))
    save(tmp_path / "alone.safetensors", CONFIG, {}, {("ar-cache/conv", 5): kernels}, {})
    saved = load(tmp_path / "alone.safetensors")
    assert not saved.weights and saved.compressors["ar-cache/conv", 5] == kernels


def test_all_weights_together_are_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.glob("*.safetensors")) <= 4_000_000


@pytest.mark.parametrize("name", TRAINED_MODELS)
def test_shipped_weights_say_where_they_come_from(name: str) -> None:
    saved = load(file_of(name))
    card, model = saved.card, TRAINED_MODELS[name]
    assert {"model", "data", "recipe", "seed", "cpu_seconds", "accuracy", "rebuild", "sha256"} <= set(card)
    assert card["recipe"] == json.loads(json.dumps(asdict(model.recipe)))  # the card belongs to this recipe
    assert card["cpu_seconds"] > 0 and card["needs"] == list(model.needs)


def test_all_training_fits_into_25_minutes_of_one_core() -> None:
    assert sum(load(file_of(name)).card["cpu_seconds"] for name in TRAINED_MODELS) <= 1500
