"""Recall curves draw the counts and intervals they are given, on scales that stay, and can be told apart."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from memattn.figures.story import EXPECTED, SYMBOLS, recall_curves, recall_curves_in_words
from memattn.lessons.story.results import Curve, Point

from memattn.figures.theme import PALETTES, ThemeName
from memattn.records import Role

ROOT = Path(__file__).resolve().parents[2]
CHANCE = 1 / 24
NEAR, FAR = (
    Point(15.5, "0 to 31 tokens", 7, 7, (0.65, 1.0), 1.0, CHANCE),
    Point(47.5, "32 to 63 tokens", 2, 11, (0.05, 0.48), 0.25, CHANCE),
)
LINE = ((7.0, 1.0), (32.0, 1.0), (33.0, CHANCE), (63.0, CHANCE))
WINDOW = Curve("Window, n_c = 32", Role.RECENT, (NEAR, FAR), LINE, "closed form: right while the fact is held", 18, 53)
OTHER = Curve("Window, n_c = 16", Role.RECENT, (NEAR,), LINE[:2], "closed form: right while the fact is held", 7, 7)
SQUEEZED = Curve("Compressive", Role.COMPRESSED, (FAR,), LINE, "upper bound: right while a slot may carry it", 11, 11)
ALL = [WINDOW, OTHER, SQUEEZED]
both = pytest.mark.parametrize("theme", list(PALETTES))


def drawn(curves: list[Curve], theme: ThemeName, name: str) -> object:
    (found,) = [trace for trace in recall_curves(curves, "distance", theme).data if trace.name == name]
    return found


@both
def test_points_and_intervals_are_those_given(theme: ThemeName) -> None:
    points = drawn(ALL, theme, WINDOW.name)
    assert (list(points.x), list(points.y)) == ([15.5, 47.5], [1.0, 2 / 11])
    np.testing.assert_allclose(np.add(points.y, points.error_y.array), [1.0, 0.48])
    np.testing.assert_allclose(np.subtract(points.y, points.error_y.arrayminus), [0.65, 0.05])
    assert points.error_y.symmetric is False
    assert points.customdata[1].startswith("32 to 63 tokens: 2 of 11 right, 0.18 (0.05 to 0.48)")
    assert "expected 0.25, blind guess 0.04" in points.customdata[1]


@both
def test_the_closed_form_is_dotted_in_the_memorys_colour_and_named_once(theme: ThemeName) -> None:
    figure = recall_curves(ALL, "distance", theme)
    line, points = drawn(ALL, theme, f"{SQUEEZED.name}: expected"), drawn(ALL, theme, SQUEEZED.name)
    assert tuple(zip(line.x, line.y, strict=True)) == LINE
    assert line.line.dash == "dot" and line.line.color == points.line.color and line.showlegend is False
    assert SQUEEZED.rule in line.hovertemplate
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
        recall_curves(alike, "distance", theme)


@both
def test_scales_stay_as_they_are_while_the_measurement_goes_on(theme: ThemeName) -> None:
    early = Curve(WINDOW.name, WINDOW.role, (NEAR,), LINE, WINDOW.rule, 7, 53)
    one, other = (recall_curves([curve], "distance", theme).layout for curve in (early, WINDOW))
    assert one.xaxis.range == other.xaxis.range == (0, 64)
    low, high = one.yaxis.range
    assert low <= 0 and high >= 1 and (low, high) == pytest.approx((0, 1), abs=0.05)
    assert one.height == other.height and one.xaxis.title.text == "distance"
    assert "right" in one.yaxis.title.text


@both
def test_numbers_of_facts_are_drawn_doubling_with_a_tick_for_each(theme: ThemeName) -> None:
    line = ((1.0, 1.0), (2.0, 0.5), (8.0, 0.125))
    curve = Curve("average", Role.SUMMARY, (Point(1, "1 fact", 3, 5, (0.2, 0.9), 1, CHANCE),), line, "", 5, 15)
    axis = recall_curves([curve], "facts told", theme, doubling=True).layout.xaxis
    assert axis.type == "log" and list(axis.tickvals) == [1, 2, 8] and list(axis.ticktext) == ["1", "2", "8"]
    assert 10 ** axis.range[0] < 1 and 10 ** axis.range[1] > 8


@both
def test_the_blind_guess_is_a_line_at_its_mean_over_all_questions(theme: ThemeName) -> None:
    likelier = Curve("x", Role.GLOBAL, (Point(3, "3", 1, 18, (0, 1), 0.1, 0.125),), (), "", 18, 18)
    layout = recall_curves([WINDOW, likelier], "distance", theme).layout
    (guess,) = layout.shapes
    assert guess.y0 == guess.y1 == pytest.approx((CHANCE + 0.125) / 2)
    assert [note.text for note in layout.annotations] == ["blind guess"]


@both
def test_nothing_asked_yet_is_a_figure_too(theme: ThemeName) -> None:
    empty = Curve("soon", Role.RECENT, (), (), "", 0, 5)
    assert list(recall_curves([empty], "distance", theme).data[1].x or []) == []
    assert not recall_curves([], "distance", theme).layout.shapes
    assert "0 of 0 right so far, of 5 questions" in recall_curves_in_words([empty])


def test_the_words_say_all_counts_the_rule_and_how_far_it_has_come() -> None:
    said = recall_curves_in_words(ALL)
    assert "Window, n_c = 32: 9 of 18 right so far, of 53 questions" in said
    assert "(0 to 31 tokens 7 of 7, 32 to 63 tokens 2 of 11)" in said
    assert "Compressive: 2 of 11 right (" in said and "Upper bound: right while a slot may carry it." in said
    assert "A blind guess is right in 0.04 of all." in said


def test_drawing_needs_no_torch() -> None:
    check = "import sys, memattn.figures.story; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, timeout=60).returncode == 0
