"""Cards of the models: what was measured, in words that a reader knows."""

import json
import re
from pathlib import Path

import pytest

from memattn import assets
from memattn.ui.lesson.how import _plain, _tables

CARDS = sorted((assets.folder() / "weights").glob("*.json"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"right": 0, "asked": 17, "wilson95": [-0.0, 0.1843]}, "right 0, asked 17, 95 % interval 0 to 0.1843"),
        ({"mean": 6.8169, "interval95": [6.3571, 7.3099]}, "mean 6.817, 95 % interval 6.357 to 7.31"),
        ([2, 3.0, "five"], "2, 3, five"),
        (1234.5678, "1,235"),
        (0.0003, "0.0003"),
    ],
)
def test_a_measured_value_is_said_in_words(value: object, words: str) -> None:
    assert _plain(value) == words


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
def test_no_card_shows_a_name_of_the_code_or_a_zero_with_a_sign(card: Path) -> None:
    shown = "\n".join(table for _, table in _tables(json.loads(card.read_text("utf-8")).get("accuracy", {})))
    assert not re.search(r"wilson95|interval95|-0(\.0+)?(?![\d.])|\b\d\.\d{6}", shown)


def test_every_measured_value_has_a_row_of_its_own() -> None:
    nested = {"window 7": {"0–23": {"right": 3, "asked": 5}, "24–47": {"right": 2, "asked": 11}}, "chance": 0.25}
    ((title, table), (other, line)) = _tables({"recall": nested, "texts": "64 of 2048 tokens"})
    assert (title, other, line) == ("recall", "texts", "64 of 2048 tokens")
    assert table.splitlines()[2:] == [
        "| window 7 | 0–23 | right 3, asked 5 |",
        "|  | 24–47 | right 2, asked 11 |",
        "| chance | | 0.25 |",
    ]
