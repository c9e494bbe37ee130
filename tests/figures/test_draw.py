"""Every kind of result has its figure and its words, and they are those of the kind."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from memattn.figures import (
    attention,
    bars,
    beginnings,
    compared,
    contracts,
    costs,
    difference,
    growth,
    kinds,
    lines,
    losses,
    panels,
    recall,
    recall_curves,
    segments,
    training,
)
from memattn.figures.draw import Result, draw, in_words
from memattn.figures.theme import PALETTES, ThemeName
from memattn.intervals import Marks, Proportion
from memattn.lessons.comparing.difference import Difference
from memattn.lessons.comparing.record import Compared, Point
from memattn.lessons.contract.record import ByKind, Frontier
from memattn.lessons.cost.record import Bar, Bars, Growth, MeasuredHere, Stepped
from memattn.lessons.cost.record import Curve as Cost
from memattn.lessons.results import (
    AnsweredFact,
    AttentionMap,
    Beginnings,
    ByCompression,
    Curve,
    Fifth,
    Followed,
    Gradients,
    Kind,
    LearnedPoint,
    Line,
    LinePoint,
    Lines,
    LiveTraining,
    LossCurve,
    MeasuredPoint,
    Panels,
    Reach,
    RealSize,
    RealSizes,
    RecallByAge,
    RecallCurves,
    StateGrowth,
    Strip,
    Timed,
    TimePerToken,
)
from memattn.records import Role, Trace
from tests.figures.exams import FAMILIES, FOUND, KIB, OWN, PLACES, SUBJECTS

SIZES = (RealSize("small", 1_000, "1.0 kB", 64_000, "64.0 kB"),)
BARS = Bars(("a",), {"each": (Bar(7, "seven"),)}, "x")
GROWTH = Growth((1, 8), {"full": Cost("Full", Role.RECENT, (3, 24))}, ("full",), 8, "bytes", {"full": "24 B"}, True)
STEPS = MeasuredHere((Stepped("full", "Full", Role.RECENT, 1, 1, 1, 1, 5, 5, 3.0, 1.0),), 61, 5, "a chip")
BY_AGE = RecallByAge({"window": (AnsweredFact(7, 0.5, True, "a"),)}, {"n_c": 11})
POINT = MeasuredPoint(15.5, "0 to 31 tokens", 5, 7, (0.36, 0.92), 1.0, 1 / 24)
REACH = Reach(("A", "B"), ((1, 0), (1, 1)), 1, (11, 12), (11, 12), (5, 10))
GRADIENTS = Gradients((0.25, 0.25, 0.5), (0.0, 0.0, 0.5), (0, 1), (2,))
TIMES = TimePerToken(
    {"window": (Timed(1, 23.0, 21.0, 29.0, 1.0), Timed(8, 3.0, 2.0, 5.0, 0.125))}, {"window": Role.RECENT}, 127
)
CURVES = RecallCurves((Curve("window", Role.RECENT, (POINT,), (), "", 7, 7),), "distance", True)
LEARNED = LiveTraining(
    "ae", "gates", 4, "the mean", (LearnedPoint(0, None, Marks.of([True] * 3 + [False] * 4), 0.4),), {}, 20
)
KINDS = ByCompression((Kind("mean", Proportion(3, 7), 0.412), Kind("keep 1 of 4", Proportion(2, 7), 0.3)))
STRIP = Strip(
    101, 101, 5, (Followed(3, 1 / 300, False), Followed(61, 1.0, True)), (Fifth(0, 1, (0.0, 0.79)), *[None] * 4)
)
BEGINNINGS = Beginnings("Merging memory", (STRIP,), "So it is.")
LINES = Lines((Line("one pair", Role.SUMMARY, (LinePoint(7, 0.5, 0.3, 0.7),)),), "pairs stored", "right answers")
BY_KIND = ByKind((("your choice", OWN),), SUBJECTS, PLACES, 1 / 24)
FRONTIER = Frontier(FOUND, 64 * KIB, tuple((name, name) for name in FAMILIES))
DIFFERENCE = Difference(
    ("a", "b", "c"), np.array([[0, 1, 0], [0, 0, 2]]), np.array([0, 0, 1]), 1, np.array([0, 0.5, 0.25]), "At token 2."
)
PLACED = Point(
    "window-7",
    "window",
    "Window",
    "Window, n = 7",
    Role.RECENT,
    3584,
    "3.5 KiB",
    7,
    Proportion(5, 7),
    (("big", "1 GiB"),),
)
COMPARED = Compared((PLACED,), ((512.0, 0.1), (3584.0, 0.7)), ((1.0, 0.2), (5.0, 1.0)), 1 / 24, 8, "window-7")
PANELS = Panels((LINES, LINES), "Nothing differs.")

Case = tuple[Callable[[Trace], Result], Callable[[Trace, ThemeName], Any], Callable[[Trace], str]]
CASES: dict[type, Case] = {
    LossCurve: (
        lambda run: LossCurve(run, 1),
        lambda run, theme: losses.loss_over_time(run, theme, 1),
        lambda run: losses.loss_in_words(run, 1),
    ),
    AttentionMap: (
        lambda run: AttentionMap(run, 1),
        lambda run, theme: attention.attention_map(run, theme, 1),
        lambda run: attention.attention_in_words(run, 1),
    ),
    RecallByAge: (
        lambda run: BY_AGE,
        lambda run, theme: recall.recall_by_age(BY_AGE, theme),
        lambda run: recall.recall_by_age_in_words(BY_AGE),
    ),
    RecallCurves: (
        lambda run: CURVES,
        lambda run, theme: recall_curves.recall_curves(CURVES, theme),
        lambda run: recall_curves.recall_curves_in_words(CURVES),
    ),
    Reach: (
        lambda run: REACH,
        lambda run, theme: segments.reach(REACH, theme),
        lambda run: segments.reach_in_words(REACH),
    ),
    Gradients: (
        lambda run: GRADIENTS,
        lambda run, theme: segments.gradients(GRADIENTS, theme),
        lambda run: segments.gradients_in_words(GRADIENTS),
    ),
    TimePerToken: (
        lambda run: TIMES,
        lambda run, theme: segments.time_per_token(TIMES, theme),
        lambda run: segments.time_per_token_in_words(TIMES),
    ),
    Lines: (
        lambda run: LINES,
        lambda run, theme: lines.lines(LINES, theme),
        lambda run: lines.lines_in_words(LINES),
    ),
    Beginnings: (
        lambda run: BEGINNINGS,
        lambda run, theme: beginnings.beginnings(BEGINNINGS, theme),
        lambda run: beginnings.beginnings_in_words(BEGINNINGS),
    ),
    ByCompression: (
        lambda run: KINDS,
        lambda run, theme: kinds.by_compression(KINDS, theme),
        lambda run: kinds.by_compression_in_words(KINDS),
    ),
    ByKind: (
        lambda run: BY_KIND,
        lambda run, theme: contracts.by_kind(BY_KIND, theme),
        lambda run: contracts.by_kind_in_words(BY_KIND),
    ),
    Frontier: (
        lambda run: FRONTIER,
        lambda run, theme: contracts.frontier(FRONTIER, theme),
        lambda run: contracts.frontier_in_words(FRONTIER),
    ),
    Difference: (
        lambda run: DIFFERENCE,
        lambda run, theme: difference.difference_strip(DIFFERENCE, theme),
        lambda run: difference.difference_in_words(DIFFERENCE),
    ),
    Compared: (
        lambda run: COMPARED,
        lambda run, theme: compared.recall_against_bytes(COMPARED, theme),
        lambda run: compared.recall_against_bytes_in_words(COMPARED),
    ),
    Panels: (
        lambda run: PANELS,
        lambda run, theme: panels.panels(PANELS, theme),
        lambda run: panels.panels_in_words(PANELS),
    ),
    StateGrowth: (StateGrowth, costs.state_growth, costs.state_growth_in_words),
    RealSizes: (
        lambda run: RealSizes(SIZES, 127),
        lambda run, theme: costs.bytes_in_real_models(SIZES, 127, theme),
        lambda run: costs.bytes_in_real_models_in_words(SIZES, 127),
    ),
    Bars: (
        lambda run: BARS,
        lambda run, theme: bars.bars(BARS, theme),
        lambda run: bars.bars_in_words(BARS),
    ),
    Growth: (
        lambda run: GROWTH,
        lambda run, theme: growth.growth(GROWTH, theme),
        lambda run: growth.growth_in_words(GROWTH),
    ),
    MeasuredHere: (
        lambda run: STEPS,
        lambda run, theme: growth.measured_here(STEPS, theme),
        lambda run: growth.measured_here_in_words(STEPS),
    ),
    LiveTraining: (
        lambda run: LEARNED,
        lambda run, theme: training.live_training(LEARNED, theme),
        lambda run: training.live_training_in_words(LEARNED),
    ),
}


def test_every_kind_is_tried() -> None:
    assert set(CASES) == set(get_args(Result))


@pytest.mark.parametrize("theme", list(PALETTES))
@pytest.mark.parametrize("kind", CASES)
def test_a_result_is_drawn_and_said_as_its_kind(run: Trace, kind: type, theme: ThemeName) -> None:
    data, figure, words = CASES[kind]
    assert draw(data(run), theme).to_json() == figure(run, theme).to_json()
    assert in_words(data(run)) == words(run)


@pytest.mark.parametrize("kind", CASES)
def test_a_figure_brings_the_looks_of_what_is_drawn_in_it_and_no_others(run: Trace, kind: type) -> None:
    figure = CASES[kind][1](run, "light").to_dict()
    looks = figure["layout"]["template"]
    assert {part["type"] for part in figure["data"]} <= {*looks["data"]}
    assert len(str(looks)) < 2500


def test_a_difference_is_said_by_what_the_last_token_reads() -> None:
    assert difference.difference_in_words(DIFFERENCE) == (
        "At token 2. The last token can read 0 positions through A alone, 2 through B alone, 1 through both in "
        "another form; the outputs are 0.25 of full attention's apart."
    )


def test_a_frontier_is_said_by_who_answers_most_with_so_many_bytes() -> None:
    said = compared.recall_against_bytes_in_words(COMPARED)
    assert said.startswith("Recall against bytes: 1 mark, each a memory in one size.")
    assert "no more: Window, n = 7: 5 of 7 with 3.5 KiB." in said
    assert "from 5 bytes on: so many hold the answers to all 8 facts" in said


def test_drawing_needs_neither_torch_nor_streamlit() -> None:
    check = "import sys, memattn.figures.draw; sys.exit(any(name in sys.modules for name in ('torch', 'streamlit')))"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", check], cwd=root, timeout=60).returncode == 0
