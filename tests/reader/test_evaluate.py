"""Measuring: the counts are those of the questions, the tables those of the counts, and the cards get theirs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from memattn.intervals import Proportion
from memattn.reader.batches import questions_after_gap
from memattn.reader.config import ReaderConfig, random_weights
from memattn.reader.evaluate import __main__ as command
from memattn.reader.evaluate import measure as measuring
from memattn.reader.evaluate import setups, tables
from memattn.reader.evaluate.measure import Measured, Sizes, attention_errors, measure
from memattn.reader.reader import Reader
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.trained import TRAINED_MODELS
from memattn.reader.weights import FOLDER, card_path, file_of, save


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = ReaderConfig(Tokenizer().size, d_model=8, heads=2)
    for name in ("base-1", "pool"):
        save(file_of(name, tmp_path), config, random_weights(config, 5), {}, {"cpu_seconds": 3.0})
    for module in (measuring, command):
        monkeypatch.setattr(module, "folder_of", lambda seed: tmp_path)
    monkeypatch.setattr(command, "file_of", lambda name, folder=tmp_path: file_of(name, folder))
    return tmp_path


def test_every_row_has_a_model_that_is_trained() -> None:
    assert {setup.model for setup in (*setups.SLOTS, *setups.SIZES)} <= set(TRAINED_MODELS)
    titles = [setup.title for setup in setups.SLOTS]
    assert len(titles) == len(set(titles))


def test_facts_come_first_then_the_gap_then_the_question() -> None:
    questions = questions_after_gap(Tokenizer(), 7, 11, 3, 32)
    for ids, at, answer, distance in zip(*questions[:4], strict=True):
        words = Tokenizer().decode(ids[: at + 1].tolist())
        assert words[-1] == "?" and ids[at - distance] == answer and distance > 32
    assert torch.equal(questions.ids, questions_after_gap(Tokenizer(), 7, 11, 3, 32).ids)


def test_all_stories_are_counted_and_missing_models_left_out(folder: Path) -> None:
    got = measure(0, Sizes(distance=13, cell=2, length=3))
    for row in got.tables["distance"].values():
        assert sum(total for _, total in row.values()) == 13
        assert all(0 <= right <= total for right, total in row.values())
    assert set(got.tables["lengths"]) == {"base-1", "pool"}
    assert "cumulative average (1 slot)" not in got.tables["distance"]
    assert "keep 1 of c, c=4" in got.errors and "conv, whole cache, c=4" not in got.errors


def test_compressing_with_rate_one_changes_nothing_and_every_other_something() -> None:
    reader = Reader.load(FOLDER / "base-1.safetensors")
    assert attention_errors(reader, reader.compression("mean", 1), 3) == pytest.approx({"block": 0, "cache": 0})
    errors = attention_errors(reader, reader.compression("mean", 4), 3)
    assert 0 < errors["cache"] < errors["block"] < 10


def test_seeds_are_added_up() -> None:
    row: Callable[[int, int], dict[str, tuple[int, int]]] = lambda right, total: {"all": (right, total)}  # noqa: E731
    both = [
        Measured(seed, {"distance": {"window 64": row(*count)}}, {}, {})
        for seed, count in enumerate([(3, 7), (10, 13)])
    ]
    assert tables.together(both, "distance") == {"window 64": ({"all": (13, 20)}, 2)}
    low, high = Proportion(13, 20).interval
    assert tables.cell((13, 20)) == f"0.65 ±{(high - low) / 2:.2f}" == "0.65 ±0.19"
    assert tables.cell((0, 0)) == "–"
    assert "| window 64 | 0.65 ±0.19 | 2 |" in tables.shares(both, "distance", "memory")


def test_the_command_writes_the_page_and_the_cards(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.md"
    command.main(["--seeds", "1", "--stories", "6", "--out", str(out)])
    page = out.read_text()
    assert "window 64" in page and "| base-1 | 3 |" in page and "seeds 0" in page
    card = json.loads(card_path(file_of("base-1", folder)).read_text())
    assert "window 64" in card["accuracy"][tables.HEADINGS["distance"]]
    assert set(json.loads(card_path(file_of("pool", folder)).read_text())["accuracy"]) == {
        tables.HEADINGS[name] for name in ("distance", "gaps", "sizes", "lengths")
    }
