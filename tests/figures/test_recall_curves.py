"""Recall curves draw the counts and intervals they are given, on scales that stay, and can be told apart."""

from dataclasses import replace

import numpy as np
import pytest

from memattn.figures.recall_curves import EXPECTED, SYMBOLS, recall_curves, recall_curves_in_words
from memattn.figures.theme import PALETTES, ThemeName
from memattn.lessons.results import Curve, MeasuredPoint, RecallCurves
from memattn.records import Role

CHANCE = 1 / 24
NEAR, FAR = (
    MeasuredPoint(15.5, "0 to 31 tokens", 7, 7, (0.65, 1.0), 1.0, CHANCE),
    MeasuredPoint(47.5, "32 to 63 tokens", 2, 11, (0.05, 0.48), 0.25, CHANCE),
)
LINE = ((7.0, 1.0), (32.0, 1.0), (33.0, CHANCE), (63.0, CHANCE))
WINDOW = Curve("Window, n_c = 32", Role.RECENT, (NEAR, FAR), LINE, "closed form: right while the fact is held", 18, 53)
OTHER = Curve("Window, n_c = 16", Role.RECENT, (NEAR,), LINE[:2], "closed form: right while the fact is held", 7, 7)
SQUEEZED = Curve("Compressive", Role.COMPRESSED, (FAR,), LINE, "upper bound: right while a slot may carry it", 11, 11)
ALL = [WINDOW, OTHER, SQUEEZED]
both = pytest.mark.parametrize("theme", list(PALETTES))


def distance(*curves: Curve) -> RecallCurves:
    return RecallCurves(curves, "distance (tokens)")


def drawn(curves: list[Curve], theme: ThemeName, name: str) -> object:
    (found,) = [trace for trace in recall_curves(distance(*curves), theme).data if trace.name == name]
    return found


@both
def test_points_and_intervals_are_those_given(theme: ThemeName) -> None:
    points = drawn(ALL, theme, WINDOW.name)
    assert (list(points.x), list(points.y)) == ([15.5, 47.5], [1.0, 2 / 11])
    np.testing.assert_allclose(np.add(points.y, points.error_y.array), [1.0, 0.48])
    np.testing.assert_allclose(np.subtract(points.y, points.error_y.arrayminus), [0.65, 0.05])
    assert points.error_y.symmetric is False
    assert points.customdata[1] == (
        "32 to 63 tokens: recall 0.18 (0.05 to 0.48), 2 of 11 right<br>expected 0.25, blind guess 0.04"
    )
    assert points.hovertemplate == f"%{{customdata}}<extra>{WINDOW.name}</extra>"


def test_a_mark_stands_beside_its_point_and_nothing_beside_others() -> None:
    marked = drawn([replace(WINDOW, points=(replace(NEAR, mark="c = 3"), FAR))], "light", WINDOW.name)
    assert (list(marked.text), marked.mode) == (["c = 3", ""], "lines+markers+text")
    assert drawn(ALL, "light", WINDOW.name).mode == "lines+markers"


@both
def test_the_closed_form_is_dotted_in_the_memorys_colour_and_named_once(theme: ThemeName) -> None:
    figure = recall_curves(distance(*ALL), theme)
    line, points = drawn(ALL, theme, f"{SQUEEZED.name}: expected"), drawn(ALL, theme, SQUEEZED.name)
    assert tuple(zip(line.x, line.y, strict=True)) == LINE
    assert line.line.dash == "dot" and line.line.color == points.line.color and line.showlegend is False
    assert line.hovertemplate == f"%{{x:,.4~r}}: %{{y:.2f}}<br>{SQUEEZED.rule}<extra>{SQUEEZED.name}</extra>"
    legend = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert legend == [WINDOW.name, OTHER.name, SQUEEZED.name, EXPECTED]


@both
def test_memories_differ_by_colour_and_shape_and_keep_the_colour_of_their_role_where_they_can(theme: ThemeName) -> None:
    first, second, third = (drawn(ALL, theme, curve.name) for curve in ALL)
    role = PALETTES[theme].role
    assert (first.line.color, third.line.color) == (role[Role.RECENT], role[Role.COMPRESSED])
    assert second.line.color in set(role.values()) - {first.line.color, third.line.color}
    assert len({trace.marker.symbol for trace in (first, second, third)}) == 3


@both
def test_six_memories_of_one_kind_have_six_colours_and_a_seventh_is_refused(theme: ThemeName) -> None:
    alike = [Curve(f"window {n}", Role.RECENT, (NEAR,), LINE, "", 7, 7) for n in range(7)]
    colours = {drawn(alike[:6], theme, curve.name).line.color for curve in alike[:6]}
    assert colours == set(PALETTES[theme].role.values()) and len(set(SYMBOLS)) == 6
    with pytest.raises(ValueError, match="at most 6 to be told apart, got 7"):
        recall_curves(distance(*alike), theme)


@both
def test_scales_stay_as_they_are_while_the_measurement_goes_on(theme: ThemeName) -> None:
    early = Curve(WINDOW.name, WINDOW.role, (NEAR,), LINE, WINDOW.rule, 7, 53)
    one, other = (recall_curves(distance(curve), theme).layout for curve in (early, WINDOW))
    assert one.xaxis.range == other.xaxis.range == (0, 64)
    low, high = one.yaxis.range
    assert low <= 0 and high >= 1 and (low, high) == pytest.approx((0, 1), abs=0.05)
    assert one.height == other.height and one.xaxis.title.text == "distance (tokens)"
    assert one.yaxis.title.text == "recall (share of right answers)"


@both
def test_numbers_of_facts_are_drawn_doubling_with_a_tick_for_each(theme: ThemeName) -> None:
    line = ((1.0, 1.0), (2.0, 0.5), (8.0, 0.125))
    curve = Curve("average", Role.SUMMARY, (MeasuredPoint(1, "1 fact", 3, 5, (0.2, 0.9), 1, CHANCE),), line, "", 5, 15)
    axis = recall_curves(RecallCurves((curve,), "facts told", True), theme).layout.xaxis
    assert axis.type == "log" and list(axis.tickvals) == [1, 2, 8] and list(axis.ticktext) == ["1", "2", "8"]
    assert 10 ** axis.range[0] < 1 and 10 ** axis.range[1] > 8


LIKELIER = Curve("x", Role.GLOBAL, (MeasuredPoint(47.5, "3", 1, 33, (0, 1), 0.1, 0.125),), (), "", 33, 33)


@both
def test_a_blind_guess_that_is_as_good_everywhere_is_one_level(theme: ThemeName) -> None:
    layout = recall_curves(distance(WINDOW), theme).layout
    (guess,) = layout.shapes
    assert guess.y0 == guess.y1 == pytest.approx(CHANCE)
    assert [note.text for note in layout.annotations] == ["blind guess"]


@both
def test_blind_guesses_that_differ_stand_each_at_its_place_over_all_questions_there(theme: ThemeName) -> None:
    figure = recall_curves(distance(WINDOW, LIKELIER), theme)
    (line,) = [one for one in figure.data if one.name == "blind guess"]
    assert not figure.layout.shapes and list(line.x) == [15.5, 47.5]
    assert list(line.y) == pytest.approx([CHANCE, (11 * CHANCE + 33 * 0.125) / 44])


@both
def test_nothing_asked_yet_is_a_figure_too(theme: ThemeName) -> None:
    empty = Curve("soon", Role.RECENT, (), (), "", 0, 5)
    assert list(recall_curves(distance(empty), theme).data[1].x or []) == []
    assert not recall_curves(distance(), theme).layout.shapes
    assert "0 of 0 right so far, of 5 questions" in recall_curves_in_words(distance(empty))


def test_the_words_say_all_counts_the_rule_and_how_far_it_has_come() -> None:
    assert recall_curves_in_words(distance(*ALL)) == (
        "Window, n_c = 32: recall 0.50, 9 of 18 right so far, of 53 questions (0 to 31 tokens 7 of 7, 32 to 63 tokens "
        "2 of 11). Closed form: right while the fact is held. "
        "Window, n_c = 16: recall 1.00, 7 of 7 right (0 to 31 tokens 7 of 7). Closed form: right while the fact is "
        "held. "
        "Compressive: recall 0.18, 2 of 11 right (32 to 63 tokens 2 of 11). Upper bound: right while a slot may carry "
        "it. A blind guess is right in 0.04 of all."
    )


def test_blind_guesses_in_words_are_the_least_and_the_most() -> None:
    said = recall_curves_in_words(distance(WINDOW, LIKELIER))
    assert said.endswith(f"A blind guess is right in {CHANCE:.2f} to {(11 * CHANCE + 33 * 0.125) / 44:.2f} of all.")
