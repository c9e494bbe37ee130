"""Bars draw the numbers they are given on a logarithmic axis, and their words say the same."""

import math

import pytest

from memattn.figures.bars import BEYOND, bars, bars_in_words, ticks
from memattn.figures.theme import PALETTES, ThemeName
from memattn.lessons.cost.record import Bar, Bars
from memattn.records import Role

both = pytest.mark.parametrize("theme", list(PALETTES))
DATA = Bars(
    ("small", "large"),
    {
        "full": (Bar(2_000, "2 kB"), Bar(3_000_000, "3 MB")),
        "built": (None, Bar(math.inf, "any length", Role.GLOBAL)),
        "mine": (Bar(70, "70 B", Role.SUMMARY), Bar(0, "nothing", Role.RECENT)),
    },
    "bytes stored",
    "So it is.",
)


@both
def test_every_group_has_its_bars_with_words_and_colours(theme: ThemeName) -> None:
    full, built, mine = bars(DATA, theme).data
    role = PALETTES[theme].role
    assert (list(full.x), list(full.y), list(full.text)) == ([2_000, 3_000_000], ["small", "large"], ["2 kB", "3 MB"])
    assert list(mine.x) == [70, 0] and list(mine.marker.color) == [role[Role.SUMMARY], role[Role.RECENT]]
    assert (list(built.y), list(built.text)) == (["large"], ["any length"])
    assert built.x[0] == pytest.approx(BEYOND * 3_000_000), "infinite: beyond all others"
    assert set(full.marker.color) == {PALETTES[theme].muted}
    assert len({one.marker.pattern.shape for one in (full, built, mine)}) == 3, "told apart without colour"


@both
def test_one_group_alone_has_no_legend_and_a_row_that_stands_out_is_bold(theme: ThemeName) -> None:
    alone = Bars(("a", "b"), {"each": (Bar(5, "5", Role.GLOBAL), Bar(7, "7"))}, "x", strong="b")
    figure = bars(alone, theme)
    assert list(figure.layout.yaxis.categoryarray) == ["a", "<b>b</b>"] == list(figure.data[0].y)
    assert figure.data[0].showlegend is False
    assert list(figure.data[0].marker.pattern.shape) == ["", "/"]


@both
def test_the_axis_is_logarithmic_and_holds_every_bar_from_a_power_of_ten_on(theme: ThemeName) -> None:
    axis = bars(DATA, theme).layout.xaxis
    low, high = axis.range
    assert axis.type == "log" and axis.title.text == "bytes stored"
    assert 10**low <= 70 and low == int(low) and 10**high > BEYOND * 3_000_000
    assert bars(DATA, theme).layout.yaxis.autorange == "reversed", "the first row on top"


def test_bytes_are_marked_in_binary_units() -> None:
    marks = dict(zip(ticks(True)["tickvals"], ticks(True)["ticktext"], strict=True))
    assert (marks[2**15], marks[2**20], marks[2**35]) == ("32 KiB", "1 MiB", "32 GiB")
    long = ticks(True, 7.0)
    assert list(long["ticktext"][:3]) == ["1 B", "1 KiB", "1 MiB"]


def test_the_words_say_every_number() -> None:
    assert bars_in_words(DATA) == (
        "So it is. Bytes stored. small: full 2 kB, mine 70 B; large: full 3 MB, built any length, mine nothing."
    )
    alone = Bars(("a", "b"), {"each": (Bar(5, "5"), Bar(7, "7"))}, "x")
    assert bars_in_words(alone) == "X. a: 5; b: 7."
