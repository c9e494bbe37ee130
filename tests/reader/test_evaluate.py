"""Measuring: the counts are those of the questions, the tables those of the counts, and the cards get theirs."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from memattn.intervals import Proportion
from memattn.lessons.expected import guess
from memattn.reader.batches import Questions, questions_after_gap
from memattn.reader.config import ReaderConfig, random_weights
from memattn.reader.evaluate import __main__ as command
from memattn.reader.evaluate import measure as measuring
from memattn.reader.evaluate import setups, tables
from memattn.reader.evaluate.measure import Measured, Sizes, measure
from memattn.reader.evaluate.report import report
from memattn.reader.grammar import FactKind
from memattn.reader.reader import Reader
from memattn.reader.reconstruction import attention_errors
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


def test_a_stack_and_global_tokens_are_asked_in_tables_of_their_own(folder: Path) -> None:
    for name, vocabulary, layers in (("globals", Tokenizer().size + 8, 2), ("stack-2", Tokenizer().size, 2)):
        config = ReaderConfig(vocabulary, d_model=8, heads=2, layers=layers)
        save(file_of(name, folder), config, random_weights(config, 5), {}, {"cpu_seconds": 3.0})
    got = measure(0, Sizes(distance=2, cell=1, length=3))
    assert list(got.tables["joined"]) == ["g = 0", "g = 1", "g = 2", "g = 4", "g = 8"]
    assert list(got.tables["relayed"]) == ["layers: 2", "g = 1"]
    assert all(
        total == 3 for table in ("joined", "relayed") for row in got.tables[table].values() for _, total in row.values()
    )
    assert set(tables.card(got, "globals")) == {tables.HEADINGS["joined"]}
    assert set(tables.card(got, "stack-2")) == {tables.HEADINGS["relayed"]}


def test_every_seed_is_asked_stories_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[tuple[int, ...]]] = []

    def note(weights: object, config: object, questions: Questions, memory: object = None) -> torch.Tensor:
        asked[-1].update(tuple(row[: at + 1].tolist()) for row, at in zip(questions.ids, questions.at, strict=True))
        return torch.ones(len(questions.at), dtype=torch.bool)

    monkeypatch.setattr(measuring, "answered_right", note)
    for seed in (0, 1, 2):
        asked.append(set())
        measure(seed, Sizes(distance=7, cell=2, length=2))
    long = [{story for story in own if len(story) > 40} for own in asked]  # one short fact is soon told again
    assert min(map(len, long)) > 50
    assert not long[0] & long[1] and not long[0] & long[2] and not long[1] & long[2]


def test_seeds_are_added_up_and_their_spread_is_shown() -> None:
    row: Callable[[int, int], dict[str, tuple[int, int]]] = lambda right, total: {"all": (right, total)}  # noqa: E731
    both = [
        Measured(seed, {"distance": {"window 64": row(*count)}}, {}, {})
        for seed, count in enumerate([(10, 13), (3, 7)])
    ]
    assert tables.together(both, "distance") == {"window 64": [row(10, 13), row(3, 7)]}
    low, high = Proportion(13, 20).interval
    shown = f"0.65 ±{(high - low) / 2:.2f} (0.43–0.77)"
    assert tables.cell([(10, 13), (3, 7)]) == shown == "0.65 ±0.19 (0.43–0.77)"
    assert tables.cell([(3, 4), (6, 8), (0, 0)]) == "0.75 ±0.22"
    assert tables.cell([(0, 0)]) == "–"
    assert f"| window 64 | {shown} | 2 |" in tables.shares(both, "distance", "memory")


def test_the_page_names_the_seeds_that_were_run() -> None:
    run = [
        Measured(0, {"distance": {"window 64": {"all": (1, 2)}}}, {}, {}),
        Measured(3, {}, {}, {}),
    ]
    empty = {name: {} for name in ("lengths", "distance", "gaps", "sizes", "networks", "joined", "relayed")}
    run = [one._replace(tables={**empty, **one.tables}) for one in run]
    page = report(run, Sizes(), {"base-1": 1.0})
    assert "readers of\nseed 0, echo models of no seed." in page
    guessed = re.findall(r"A guess among all answers of a kind is right in (.*) of cases", page)
    assert guessed == [f"{100 * guess(FactKind.PLACE):.1f} %"] and len({guess(kind) for kind in FactKind}) == 1


def test_the_command_writes_the_page_and_the_cards(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.md"
    command.main(["--seeds", "1", "--stories", "6", "--out", str(out)])
    page = out.read_text()
    assert "window 64" in page and "| base-1 | 3 |" in page and "readers of\nseed 0" in page
    card = json.loads(card_path(file_of("base-1", folder)).read_text())
    assert "window 64" in card["accuracy"][tables.HEADINGS["distance"]]
    assert set(json.loads(card_path(file_of("pool", folder)).read_text())["accuracy"]) == {
        tables.HEADINGS[name] for name in ("distance", "gaps", "sizes", "lengths")
    }
