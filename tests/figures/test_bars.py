"""Bars draw the numbers they are given on a logarithmic axis, and their words say the same."""

import math

import pytest

from memattn.figures.bars import AROUND, BEYOND, TWO_LINES, bars, bars_in_words, ticks
from memattn.figures.growth import measured_here
from memattn.figures.theme import PALETTES, ThemeName
from memattn.lessons.cost.record import Bar, Bars, MeasuredHere, Stepped
from memattn.memory import MEMORIES
from memattn.records import Role

LINE = 1.3  # of the size of its letters: how Plotly sets lines below each other

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


@pytest.mark.parametrize("groups", [1, 2, 3])
def test_names_on_two_lines_stand_clear_of_each_other(groups: int) -> None:
    """Any two may be neighbours: rows are sorted by their numbers."""
    titles = tuple(memory.title for memory in MEMORIES.values())
    each = tuple(Bar(5, "5") for _ in titles)
    figures = [
        bars(Bars(titles, dict.fromkeys("abc"[:groups], each), "x"), "light"),
        measured_here(
            MeasuredHere(tuple(Stepped(one, one, Role.RECENT, *(1,) * 6, 1.0, 1.0) for one in titles), 7, 1, "x"),
            "light",
        ),
    ]
    for figure in figures:
        names = {name for trace in figure.data for name in trace.y}
        assert len(names) == len(titles) and max(name.count("<br>") for name in names) == 1
        around = figure.layout.height - len(titles) * TWO_LINES
        assert around >= AROUND, "so much is for the axis, its title and the legend"
    assert 2 * LINE * figures[0].layout.template.layout.font.size < TWO_LINES
