"""Growth and measured steps are drawn from their records; what stands out is strong, full attention dashed."""

import pytest

from memattn.figures.growth import growth, growth_in_words, measured_here, measured_here_in_words
from memattn.figures.theme import PALETTES, ThemeName
from memattn.lessons.cost.record import Curve, Growth, MeasuredHere, Stepped
from memattn.records import Role

both = pytest.mark.parametrize("theme", list(PALETTES))
DATA = Growth(
    (1, 8, 64),
    {
        "full": Curve("Full cache", Role.RECENT, (3, 24, 192)),
        "mean": Curve("Cumulative average", Role.SUMMARY, (3, 3, 3)),
        "nothing": Curve("Nothing", Role.GLOBAL, (0, 0, 0)),
    },
    ("full", "mean"),
    8,
    "bytes stored",
    {"full": "24 B", "mean": "3 B", "nothing": "0 B"},
    True,
)
STEPS = MeasuredHere(
    (
        Stepped("full", "Full cache", Role.RECENT, 7, 7, 7, 7, 640, 640, 50.0, 1.0),
        Stepped("mean", "Cumulative average", Role.SUMMARY, 1, 1, 1, 1, 10, 10, 20.0, 0.4),
    ),
    61,
    640,
    "a chip",
)


@both
def test_every_curve_is_drawn_and_what_stands_out_is_marked_at_the_length(theme: ThemeName) -> None:
    *curves, marks = growth(DATA, theme).data
    drawn = {curve.name: curve for curve in curves}
    assert list(drawn) == ["Nothing", "full attention", "Cumulative average"], "what stands out lies on top"
    assert list(drawn["full attention"].y) == [3, 24, 192] and list(drawn["full attention"].x) == [1, 8, 64]
    assert list(drawn["Nothing"].y) == [None] * 3, "a logarithmic axis has no 0"
    assert drawn["full attention"].line.dash == "dash" and drawn["full attention"].line.color == PALETTES[theme].muted
    assert drawn["Cumulative average"].line.width > drawn["Nothing"].line.width
    assert [curve.showlegend for curve in curves] == [False, True, True]
    assert (list(marks.x), list(marks.y), list(marks.text)) == ([8, 8], [24, 3], ["24 B", "3 B"])


@both
def test_both_axes_are_logarithmic_and_name_what_they_are(theme: ThemeName) -> None:
    layout = growth(DATA, theme).layout
    assert (layout.xaxis.type, layout.yaxis.type) == ("log", "log")
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("tokens of the text", "bytes stored")
    assert layout.shapes[0].x0 == 8


def test_growth_in_words_is_the_same_numbers() -> None:
    assert growth_in_words(DATA) == (
        "Bytes stored of 3 memories. Full cache 24 B after 8 tokens, growing to 64 times that between 1 and 64 "
        "tokens; Cumulative average 3 B after 8 tokens, staying as it is between 1 and 64 tokens."
    )


@both
def test_a_step_is_two_marks_beside_full_attention(theme: ThemeName) -> None:
    figure = measured_here(STEPS, theme)
    paper, time = (next(one for one in figure.data if (one.name or "").startswith(what)) for what in ("oper", "time"))
    assert (list(paper.x), list(time.x)) == ([1.0, 1 / 64], [1.0, 0.4])
    assert list(paper.text) == ["the same", "1/64"] and paper.marker.symbol != time.marker.symbol
    assert list(time.marker.color) == [PALETTES[theme].role[role] for role in (Role.RECENT, Role.SUMMARY)]
    assert (
        figure.layout.xaxis.type == "log"
        and figure.layout.xaxis.title.text == "of full<br>attention’s after<br>61 tokens"
    )


def test_measured_steps_in_words() -> None:
    assert measured_here_in_words(STEPS).endswith(
        "Beside full attention’s after 61 tokens. Full cache: operations the same, time the same; Cumulative average: "
        "operations 1/64, time 0.4 times."
    )
