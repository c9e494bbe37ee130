"""Numbers over a size: what is drawn is what was measured, with its ends, and is said in words."""

import pytest

from memattn.figures.draw import draw, in_words
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
    assert "step: 22.5 at 1,000, 3,467 at 100,000." in in_words(Lines((fast,), "tokens", "time (µs)"))
    assert "Nothing is known yet." in in_words(Lines((), "x", "y"))


def test_more_curves_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 6 to be told apart, got 7"):
        draw(Lines((ONE,) * 7, "x", "y"), "light")
