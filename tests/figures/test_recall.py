"""Recall figures draw the points they are given; right and wrong differ by shape; chance and borders stand in place."""

import pytest

from memattn.figures.recall import STYLES, Point, recall, recall_in_words
from memattn.figures.theme import PALETTES, ThemeName

SERIES = {
    "compressive memory": [Point(31, 0.5, False, "b"), Point(7, 0.75, True, "a"), Point(58, 0.125, False, "c")],
    "window": [Point(7, 1.0, True, "a")],
    "full attention": [Point(7, 0.875, True, "a"), Point(31, 0.625, True, "b")],
}
BORDERS = {"n_m": 16, "n_m + c·n_cm": 48}
both = pytest.mark.parametrize("theme", list(PALETTES))


@both
def test_points_are_drawn_in_order_as_given(theme: ThemeName) -> None:
    drawn = recall(SERIES, "age (tokens)", BORDERS, theme).data
    assert [trace.name for trace in drawn] == list(SERIES)
    assert (list(drawn[0].x), list(drawn[0].y)) == ([7, 31, 58], [0.75, 0.5, 0.125])
    assert list(drawn[0].customdata) == ["a", "b", "c"]
    assert (list(drawn[2].x), list(drawn[2].y)) == ([7, 31], [0.875, 0.625])


@both
def test_right_answers_are_filled_wrong_ones_open_and_memories_differ_by_shape_and_colour(theme: ThemeName) -> None:
    drawn = recall(SERIES, "age", {}, theme).data
    assert list(drawn[0].marker.symbol) == ["circle", "circle-open", "circle-open"]
    assert list(drawn[1].marker.symbol) == ["square"]
    assert len({trace.line.color for trace in drawn}) == len({trace.line.dash for trace in drawn}) == 3
    assert [trace.line.color for trace in drawn] == [PALETTES[theme].role[role] for role, _, _ in STYLES]


@both
def test_the_probability_axis_shows_all_of_0_to_1_and_the_axis_says_what_x_is(theme: ThemeName) -> None:
    figure = recall(SERIES, "age (tokens)", BORDERS, theme)
    low, high = figure.layout.yaxis.range
    assert low <= 0 and high >= 1 and (low, high) == pytest.approx((0, 1), abs=0.05)
    assert figure.layout.xaxis.title.text == "age (tokens)"
    assert "probability" in figure.layout.yaxis.title.text


@both
def test_borders_and_chance_stand_where_they_are(theme: ThemeName) -> None:
    figure = recall(SERIES, "age", BORDERS, theme, chance=0.0625)
    lines = [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.xref == "x"]
    assert lines == [(16, 16), (48, 48)]
    assert [(s.y0, s.y1) for s in figure.layout.shapes if s.yref == "y"] == [(0.0625, 0.0625)]
    assert {note.text for note in figure.layout.annotations} == {*BORDERS, "chance"}
    assert not recall(SERIES, "age", {}, theme).layout.shapes


def test_the_words_count_what_was_right() -> None:
    said = recall_in_words(SERIES)
    assert "compressive memory: 1 of 3" in said and "window: 1 of 1" in said and "full attention: 2 of 2" in said


@both
def test_no_points_at_all_is_a_figure_too(theme: ThemeName) -> None:
    figure = recall({"the fact asked for": []}, "rate", {}, theme)
    assert list(figure.data[0].x or []) == []
    assert "0 of 0" in recall_in_words({"the fact asked for": []})
