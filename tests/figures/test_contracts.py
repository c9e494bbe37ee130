"""Figures of the legal document: marks, intervals, rings and words are those of the numbers."""

import math
from dataclasses import replace

import pytest

from memattn.figures.contracts import EDGES, SYMBOLS, by_kind, by_kind_in_words, frontier, frontier_in_words
from memattn.figures.theme import PALETTES, ThemeName
from memattn.intervals import Proportion
from memattn.lessons.contract.families import FAMILIES as REAL
from memattn.lessons.contract.families import tried
from memattn.lessons.contract.record import KIB, ByKind, Frontier
from tests.figures.exams import BOUNDS, FAMILIES, FOUND, OWN, PLACES, SMALL, SUBJECTS

KINDS = ByKind((("your choice", OWN), ("a better choice", SMALL)), SUBJECTS, PLACES, 1 / 24)
DATA = Frontier(FOUND, 64 * KIB, tuple((name, name.title()) for name in FAMILIES))


@pytest.mark.parametrize("theme", list(PALETTES))
def test_each_row_shows_its_share_and_interval(theme: ThemeName) -> None:
    figure = by_kind(KINDS, theme)
    own, better = figure.data
    assert (own.name, better.name) == ("your choice", "a better choice")
    assert list(own.x) == [0.25, 0.5, 0.25, 0.5] and list(better.x) == [1, 1, 1, 1]
    low, high = Proportion(1, 4).interval
    assert own.error_x.array[0] == pytest.approx(high - 0.25) and own.error_x.arrayminus[0] == pytest.approx(0.25 - low)
    assert list(figure.layout.yaxis.ticktext) == [*SUBJECTS, *PLACES]
    assert list(own.customdata[1]) == ["payment", 2, 4]
    heights = [round(one - other, 6) for one, other in zip(better.y, own.y, strict=True)]
    assert heights == [0.22] * 4, "side by side, none over another"


def test_rows_are_said_in_words() -> None:
    assert by_kind_in_words(replace(KINDS, shown=KINDS.shown[:1])) == (
        "Your choice: definition 1 of 4, payment 2 of 4, facts of the introduction 1 of 4, facts of the end 2 of 4."
    )
    assert by_kind_in_words(replace(KINDS, shown=())) == "Nothing is known yet."


@pytest.mark.parametrize("theme", list(PALETTES))
def test_every_memory_stands_at_its_bytes_and_the_choice_is_ringed(theme: ThemeName) -> None:
    figure = frontier(DATA, theme)
    by_name = {trace.name: trace for trace in figure.data if trace.showlegend is not False}
    assert list(by_name) == ["newest pairs (exact)", "Own", "Small", "Large"]
    assert (by_name["Own"].x[0], by_name["Own"].y[0]) == (64, 3 / 8)
    assert list(by_name["Large"].customdata[0])[:4] == ["large", "300 KiB", 8, 8]
    assert list(by_name["newest pairs (exact)"].x) == [BOUNDS.line[0][0] / KIB]
    rings = {trace.text[0]: (trace.x[0], trace.y[0]) for trace in figure.data if trace.showlegend is False}
    assert rings == {"your choice": (64, 3 / 8), "a better choice": (60, 1)}
    edge = next(one for one in figure.layout.annotations if one.text == "budget 64 KiB")
    assert 10**edge.x == pytest.approx(64), "where its line is"
    assert figure.layout.shapes[0].x0 == 64


def test_before_all_is_known_no_better_choice_is_given_away() -> None:
    growing = replace(DATA, exam=replace(FOUND, complete=False))
    assert [trace.text[0] for trace in frontier(growing, "light").data if trace.showlegend is False] == ["your choice"]


def test_the_frontier_is_said_from_the_smallest_memory_on() -> None:
    assert frontier_in_words(DATA) == (
        "Recall against bytes of 3 memories. Better than all that store less: small 8 of 8 with 60 KiB."
    )


def test_every_family_has_its_sign_and_every_size_stands_on_the_axis() -> None:
    assert len(SYMBOLS) == len(REAL)
    sizes = [math.ceil(pick.stored(3_769) / KIB) for pick in tried()]
    assert EDGES[0] < min(sizes) and max(sizes) < EDGES[1]
