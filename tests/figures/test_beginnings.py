"""The strip of a text: how every fact is held is what its colour, its legend and its words say."""

import pytest

from memattn.figures.beginnings import KINDS, LOST, RAW, UNKNOWN, beginnings, beginnings_in_words, fill, kind, mixed
from memattn.figures.theme import PALETTES, ThemeName
from memattn.lessons.results import Beginnings, Fifth, Followed, Strip

FACTS = (
    Followed(3, 1 / 300, False),
    Followed(24, 1 / 17, True),
    Followed(41, 0.0, False),
    Followed(61, 1.0, True),
    Followed(83, 1.0),
)
STRIP = Strip(101, 101, 5, FACTS, (Fifth(0, 1, (0.0, 0.79)), Fifth(1, 1, (0.21, 1.0)), None, None, None))
DATA = Beginnings("Merging memory", (STRIP, Strip(503, 307, 5, (Followed(2, None),), (None,) * 5)), "So it is.")


@pytest.mark.parametrize(
    ("share", "name"),
    [
        (1.0, RAW),
        (1 / 2, "in a mean of 2 to 4"),
        (1 / 5, "in a mean of 5 to 16"),
        (1 / 64, "in a mean of 17 to 64"),
        (1 / 65, "in a mean of 65 to 256"),
        (1 / 257, "in a mean of more than 256"),
        (0.0, LOST),
        (None, UNKNOWN),
    ],
)
def test_how_a_pair_is_held_follows_from_its_share(share: float | None, name: str) -> None:
    assert kind(Followed(0, share)) == name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_fact_has_a_cell_of_its_kind_and_a_mark_of_its_answer(theme: ThemeName) -> None:
    figure = beginnings(DATA, theme)
    cells = {bar.name: list(bar.x) for bar in figure.data if bar.type == "bar" and bar.xaxis == "x2"}
    assert cells == {"in a mean of more than 256": [10], "in a mean of 17 to 64": [30], "lost": [50], "raw": [70, 90]}
    assert {bar.name for bar in figure.data if bar.type == "bar" and bar.marker.pattern.shape == "/"} == {LOST}
    marks = {one.name: list(one.x) for one in figure.data if one.type == "scatter" and one.xaxis == "x2"}
    assert marks == {"answered": [30, 70], "not answered": [10, 50]}
    fifths = next(one for one in figure.data if one.name == "101 tokens")
    assert list(fifths.x) == [10, 30] and list(fifths.y) == [0, 1]
    assert list(fifths.error_y.array) == pytest.approx([0.79, 0]) and list(fifths.error_y.arrayminus) == [0, 0.79]


def test_the_more_pairs_share_a_slot_the_nearer_its_colour_to_the_ground() -> None:
    assert mixed("#000000", "#FF8040", 0.5) == "#804020"
    palette = PALETTES["light"]
    means = [fill(name, palette) for name in KINDS[1:6]]
    assert len({*means, fill(RAW, palette), fill(LOST, palette)}) == 7


def test_the_words_say_what_the_figure_shows() -> None:
    said = beginnings_in_words(DATA)
    assert said.startswith("Merging memory. So it is. 101 tokens: 2 raw, 1 in a mean of 17 to 64, 1 in a mean of more")
    assert "answered by fifths, the oldest first: 0 of 1, 1 of 1." in said
    assert "503 tokens, 307 read: 1 not followed." in said
