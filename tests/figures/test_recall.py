"""Recall figures draw the facts they are given; right and wrong differ by shape; chance and borders stand in place."""

import pytest

from memattn.figures.recall import STYLES, recall_by_age, recall_by_age_in_words
from memattn.figures.theme import PALETTES, ThemeName
from memattn.lessons.results import AGE, AnsweredFact, RecallByAge

SERIES = {
    "compressive memory": (
        AnsweredFact(31, 0.5, False, "b"),
        AnsweredFact(7, 0.75, True, "a"),
        AnsweredFact(58, 0.125, False, "c"),
    ),
    "window": (AnsweredFact(7, 1.0, True, "a"),),
    "full attention": (AnsweredFact(7, 0.875, True, "a"), AnsweredFact(31, 0.625, True, "b")),
}
DATA = RecallByAge(SERIES, {"n_m": 16, "n_m + c·n_cm": 48}, chance=0.0625)
both = pytest.mark.parametrize("theme", list(PALETTES))


@both
def test_points_are_drawn_in_order_as_given(theme: ThemeName) -> None:
    drawn = recall_by_age(DATA, theme).data
    assert [trace.name for trace in drawn] == list(SERIES)
    assert (list(drawn[0].x), list(drawn[0].y)) == ([7, 31, 58], [0.75, 0.5, 0.125])
    assert (list(drawn[2].x), list(drawn[2].y)) == ([7, 31], [0.875, 0.625])


@both
def test_hovering_says_what_was_asked_its_probability_and_whether_it_was_right(theme: ThemeName) -> None:
    drawn = recall_by_age(DATA, theme).data
    assert [list(row) for row in drawn[0].customdata] == [
        ["\u2068a\u2069", "right"],
        ["\u2068b\u2069", "wrong"],
        ["\u2068c\u2069", "wrong"],
    ]
    for line in drawn:
        assert (
            line.hovertemplate
            == f"%{{customdata[0]}}<br>%{{x}}: %{{y:.3f}}, %{{customdata[1]}}<extra>{line.name}</extra>"
        )


@both
def test_right_answers_are_filled_wrong_ones_open_and_memories_differ_by_shape_and_colour(theme: ThemeName) -> None:
    drawn = recall_by_age(DATA, theme).data
    assert list(drawn[0].marker.symbol) == ["circle", "circle-open", "circle-open"]
    assert list(drawn[1].marker.symbol) == ["square"]
    assert len({trace.line.color for trace in drawn}) == len({trace.line.dash for trace in drawn}) == 3
    assert [trace.line.color for trace in drawn] == [PALETTES[theme].role[role] for role, _, _ in STYLES]


def test_more_memories_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 3 to be told apart, got 4"):
        recall_by_age(RecallByAge({str(at): () for at in range(4)}, {}), "light")


@both
def test_the_probability_axis_shows_all_of_0_to_1_and_the_axes_say_what_they_are(theme: ThemeName) -> None:
    layout = recall_by_age(DATA, theme).layout
    low, high = layout.yaxis.range
    assert low <= 0 and high >= 1 and (low, high) == pytest.approx((0, 1), abs=0.05)
    assert layout.xaxis.title.text.replace("<br>", " ") == AGE
    assert layout.yaxis.title.text == "probability of the true answer"
    assert recall_by_age(RecallByAge(SERIES, {}, "rate c"), theme).layout.xaxis.title.text == "rate c"


@both
def test_borders_and_chance_stand_where_they_are(theme: ThemeName) -> None:
    figure = recall_by_age(DATA, theme)
    lines = [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.xref == "x"]
    assert lines == [(16, 16), (48, 48)]
    assert [(s.y0, s.y1) for s in figure.layout.shapes if s.yref == "y"] == [(0.0625, 0.0625)]
    assert [note.text for note in figure.layout.annotations] == ["n_m", "n_m + c·n_cm", "chance"]
    assert not recall_by_age(RecallByAge(SERIES, {}), theme).layout.shapes


def test_the_words_count_what_was_right_and_say_what_is_marked() -> None:
    assert recall_by_age_in_words(DATA) == (
        "Recall (right answers): compressive memory 1 of 3; window 1 of 1; full attention 2 of 2. Marked: n_m = 16, "
        "n_m + c·n_cm = 48. A blind guess has probability 0.06."
    )
    assert recall_by_age_in_words(RecallByAge({"window": SERIES["window"]}, {})) == (
        "Recall (right answers): window 1 of 1."
    )


@both
def test_no_points_at_all_is_a_figure_too(theme: ThemeName) -> None:
    nothing = RecallByAge({"the fact asked for": ()}, {})
    assert list(recall_by_age(nothing, theme).data[0].x or []) == []
    assert "0 of 0" in recall_by_age_in_words(nothing)
