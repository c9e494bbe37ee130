"""Numbers over a size: what is drawn is what was measured, with its ends, and is said in words."""

import pytest

from memattn.figures.draw import draw, in_words
from memattn.figures.lines import apart, corner
from memattn.lessons.results import Line, LinePoint, Lines
from memattn.records import Role

ONE = Line("one pair", Role.SUMMARY, (LinePoint(1, 0.9, 0.8, 0.95),))
WINDOW = Line("window", Role.RECENT, (LinePoint(1, 0.1, 0.0, 0.3), LinePoint(256, 1.0, 0.9, 1.0)), dash="dash")
DATA = Lines((ONE, WINDOW), "pairs stored", "share of right answers", {"blind guess": 0.5}, doubling=True, top=1.0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_points_and_their_ends_are_drawn_as_they_are(theme: str) -> None:
    figure = draw(DATA, theme)  # type: ignore[arg-type]
    one, window = figure.data
    assert (one.name, list(one.x), list(one.y)) == ("one pair", [1], [0.9])
    assert list(window.x) == [1, 256] and window.line.dash == "dash" and one.line.dash == "solid"
    assert list(window.error_y.array) == pytest.approx([0.2, 0.0])
    assert list(window.error_y.arrayminus) == pytest.approx([0.1, 0.1])
    assert [shape.y0 for shape in figure.layout.shapes] == [0.5]
    assert figure.layout.xaxis.type == "log" and list(figure.layout.xaxis.tickvals) == [1, 256]
    assert figure.layout.yaxis.type == "linear" and figure.layout.yaxis.title.text == "share of right answers"
    assert one.marker.color != window.marker.color


def test_the_words_name_every_curve_with_its_ends() -> None:
    assert in_words(DATA) == (
        "Share of right answers by pairs stored. one pair: 0.9 at 1. window: 0.1 at 1, 1 at 256. "
        "Marked: blind guess 0.5."
    )
    fast = Line("step", Role.SUMMARY, (LinePoint(1_000, 22.5, 20, 30), LinePoint(100_000, 3467.2, 3000, 4000)))
    assert "step: 22.5 at 1,000, 3,470 at 100,000." in in_words(Lines((fast,), "tokens", "time (µs)"))
    assert "Nothing is known yet." in in_words(Lines((), "x", "y"))


def test_more_curves_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 6 to be told apart, got 7"):
        draw(Lines((ONE,) * 7, "x", "y"), "light")


@pytest.mark.parametrize(
    ("places", "kept"),
    [
        ((8192, 65_536, 66_560, 131_072), [8192, 65_536, 131_072]),
        ((128, 256, 512, 1024, 2048, 5000, 50_000), [128, 256, 512, 1024, 2048, 5000, 50_000]),
        ((1000, 1001, 1002, 100_000), [1000, 100_000]),
        ((64,), [64]),
        ((), []),
    ],
)
def test_numbers_that_would_stand_in_each_other_are_not_both_written(places: tuple[int, ...], kept: list[int]) -> None:
    assert apart(places) == kept
    line = Line("", Role.RECENT, tuple(LinePoint(x, 0.5, 0.4, 0.6) for x in places))
    assert list(draw(Lines((line,), "x", "y", doubling=True), "light").layout.xaxis.tickvals or ()) == kept


@pytest.mark.parametrize(
    ("points", "level", "place"),
    [
        (((1, 0.9), (4, 0.9)), 0.5, "top left"),
        (((1, 0.52), (2, 0.9), (4, 0.9)), 0.5, "top right"),
        (((1, 0.52), (4, 0.52)), 0.5, "bottom left"),
        (((1, 0.45), (1.2, 0.53), (4, 0.53)), 0.5, "bottom right"),
        (((1, 0.0), (1.1, 1.0), (4, 1.0)), 0.5, "top right"),
    ],
)
def test_the_name_of_a_level_stands_where_no_curve_goes(
    points: tuple[tuple[float, float], ...], level: float, place: str
) -> None:
    line = Line("", Role.RECENT, tuple(LinePoint(x, y, y, y) for x, y in points))
    data = Lines((line,), "x", "y", {"blind guess": level}, top=1.0)
    assert corner(data, "blind guess") == place
    (note,) = draw(data, "light").layout.annotations
    assert (note.yanchor, note.xanchor) == ("bottom" if place.startswith("top") else "top", place.split()[1])


def test_the_name_of_a_level_keeps_clear_of_bars_and_of_other_levels_and_needs_no_curve() -> None:
    tall = Line("", Role.RECENT, (LinePoint(1, 0.9, 0.1, 0.9), LinePoint(4, 0.9, 0.9, 0.9)))
    assert corner(Lines((tall,), "x", "y", {"chance": 0.5}, top=1.0), "chance") == "top right"
    assert corner(Lines((), "x", "y", {"one": 0.5, "two": 0.55}, top=1.0), "one") == "bottom left"
    assert corner(Lines((), "x", "y", {"one": 0.5}), "one") == "top left"
