"""The attention map is the record's attribution on the scale that its legend shows; what is forgotten is hatched."""

import math
import re
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from memattn.compression import MeanPool, MostUsed
from memattn.figures.attention import LOST, attention_in_words, attention_map, carried, rectangles, shares, strays
from memattn.figures.theme import PALETTES, ThemeName, sequential
from memattn.kv import KV
from memattn.memory import MEMORIES, Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.records import Trace
from memattn.streams import Stream, random_stream
from memattn.trace import trace

FORMS: dict[str, Memory[Any]] = {
    **{name: kind() for name, kind in MEMORIES.items()},
    "segments and all in a summary": Hybrid(Segments(5, 1), CumulativeAverage(), "all"),
    "heads choose for themselves": Compressive(7, 11, 2, MostUsed(3), "drop"),
    "learned": GlobalTokens(3, 7, learned=2),
}
both = pytest.mark.parametrize("theme", list(PALETTES))
heads = pytest.mark.parametrize("head", [None, 0, 1])
forms = pytest.mark.parametrize("form", FORMS)


def read_by(form: str) -> Trace:
    return trace(FORMS[form], random_stream(53, 5, 3, heads=2, seed=2), form, verify=False)


def parts(figure: go.Figure) -> tuple[Any, Any]:
    """Heat map and hatching; None where nothing is forgotten."""
    heat, *rest = figure.data
    return heat, rest[0] if rest else None


@forms
@heads
def test_every_cell_is_the_record_and_a_row_sums_to_one(form: str, head: int | None) -> None:
    record = read_by(form)
    grid, left = shares(record, head), strays(record)
    assert grid.shape == (53, len(left) + 53)
    for step in record.steps:
        true = step.attribution.mean(axis=0) if head is None else step.attribution[head]
        np.testing.assert_array_equal(grid[step.index, len(left) : len(left) + step.index + 1], true)
        assert np.isnan(grid[step.index, len(left) + step.index + 1 :]).all()
    np.testing.assert_allclose(np.nansum(grid, axis=1), 1, atol=1e-5)


def test_learned_global_tokens_stand_left_of_the_first_position() -> None:
    record = read_by("learned")
    assert strays(record) == (-1, -2)
    for head in (0, 1):
        grid = shares(record, head)
        for step in record.steps:
            weights = dict(zip(step.ids, step.weights[head], strict=True))
            assert (grid[step.index, 0], grid[step.index, 1]) == (weights[-1], weights[-2])
    heat, _ = parts(attention_map(record, "light"))
    assert (heat.x0, heat.dx, heat.y0, heat.dy) == (-1, 1, 1, 1)  # g1 at −1, g2 at 0, then k1 at 1
    axis = attention_map(record, "light").layout.xaxis
    assert (axis.ticktext[0], axis.tickvals[0], axis.range) == ("g1–g2", -0.5, (-1.5, 53.5))
    assert [str(at) for at in axis.tickvals[1:]] == list(axis.ticktext[1:])


@forms
def test_what_is_carried_is_what_retains_full_attention(form: str) -> None:
    record = read_by(form)
    for head in (0, 1):
        cells = carried(record, head)
        for step in record.steps:
            mass = record.full_weights(step.index)[head] @ cells[step.index, : step.index + 1]
            assert mass == pytest.approx(step.retained[head], abs=1e-6)
            assert not cells[step.index, step.index + 1 :].any()
    np.testing.assert_array_equal(carried(record), carried(record, 0) | carried(record, 1))


@heads
def test_what_no_slot_carries_gets_no_attention(head: int | None) -> None:
    for form in FORMS:
        record = read_by(form)
        away = np.tril(~carried(record, head))
        assert not shares(record, head)[:, len(strays(record)) :][away].any(), form


def test_what_is_forgotten_by_hand(run: Trace) -> None:
    # segments of 7, Mem of 11, groups of 3: of 3 slots that fit, the fourth and fifth push out c1 and c2 with token 28
    missing = np.tril(~carried(run))
    assert not missing[:28].any()
    assert np.flatnonzero(missing[28]).tolist() == [0, 1, 2, 3, 4, 5]


@both
@heads
def test_what_is_drawn_is_the_grid_with_the_oldest_query_on_top(run: Trace, theme: ThemeName, head: int | None) -> None:
    figure = attention_map(run, theme, head)
    heat, hatching = parts(figure)
    missing = np.tril(~carried(run, head))
    np.testing.assert_array_equal(heat.z, np.where(missing, np.nan, shares(run, head)))
    assert (figure.layout.yaxis.range, figure.layout.xaxis.range) == ((61.5, 0.5), (0.5, 61.5))
    assert (heat.x0, heat.dx, heat.y0, heat.dy) == (1, 1, 1, 1), "positions count from 1"
    assert (figure.layout.yaxis.title.text, figure.layout.xaxis.title.text) == ("query", "position read")
    assert hatching.fillpattern.shape == "/" and hatching.fillpattern.fgcolor == PALETTES[theme].lost
    assert hatching.fill == "toself" and hatching.name.replace("<br>", " ") == LOST and hatching.showlegend


@both
def test_the_hatching_lies_on_the_forgotten_cells_and_on_no_other(run: Trace, theme: ThemeName) -> None:
    _, hatching = parts(attention_map(run, theme))
    covered = np.zeros((61, 61), dtype=int)
    for at in range(0, len(hatching.x), 5):  # four corners and a gap
        (left, right, right_too, left_too, gap), (top, top_too, bottom, bottom_too, _) = (
            hatching.x[at : at + 5],
            hatching.y[at : at + 5],
        )
        assert (left, right, top, bottom, gap) == (left_too, right_too, top_too, bottom_too, None)
        covered[int(top - 0.5) : int(bottom - 0.5), int(left - 0.5) : int(right - 0.5)] += 1
    np.testing.assert_array_equal(covered, np.tril(~carried(run)))


@given(
    st.integers(1, 9).flatmap(
        lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=1, max_size=9)
    )
)
def test_rectangles_cover_the_cells_once_and_nothing_else(rows: list[list[bool]]) -> None:
    cells, covered = np.array(rows), np.zeros((len(rows), len(rows[0])), dtype=int)
    for top, bottom, left, right in rectangles(cells):
        covered[top : bottom + 1, left : right + 1] += 1
    np.testing.assert_array_equal(covered, cells)


@both
def test_a_memory_that_forgets_nothing_has_no_hatching(theme: ThemeName) -> None:
    heat, hatching = parts(attention_map(trace(Full(), random_stream(23, 5, 3), "full"), theme))
    assert hatching is None and not np.isnan(np.tril(heat.z)).any()


@both
@pytest.mark.parametrize(("head", "whose"), [(None, "(mean of 2 heads)"), (1, "(head 2 of 2)")])
def test_the_legend_ends_where_the_scale_ends_and_says_what_and_whose(
    run: Trace, theme: ThemeName, head: int | None, whose: str
) -> None:
    heat, _ = parts(attention_map(run, theme, head))
    assert (heat.zmin, heat.zmax) == (0.0, 1.0)
    assert [(at, colour) for at, colour in heat.colorscale] == [(at, colour) for at, colour in sequential(theme)]
    assert heat.zmin <= np.nanmin(heat.z) and np.nanmax(heat.z) <= heat.zmax
    assert heat.colorbar.tickvals is None and heat.showscale is not False  # the legend's numbers are the scale's own
    assert heat.colorbar.title.text == f"share of attention<br>{whose}<br>a row sums to 1"


@both
def test_hovering_names_both_words_and_the_share(theme: ThemeName) -> None:
    record = read_by("learned")
    heat, _ = parts(attention_map(record, theme))
    assert heat.hovertemplate == "%{text} reads %{customdata}: %{z:.3~r}<extra></extra>"
    for row, column in ((0, 2), (7, 5), (52, 54)):
        assert heat.text[row][column] == f"k{row + 1} “\u2068t{row}\u2069”"
        assert heat.customdata[row][column] == f"k{column - 1} “\u2068t{column - 2}\u2069”"
    assert [heat.customdata[9][column] for column in (0, 1)] == ["g1", "g2"]


@both
def test_hovering_over_a_long_map_names_the_positions(theme: ThemeName) -> None:
    heat, _ = parts(attention_map(trace(Window(5), random_stream(300, 3, 2, seed=2), "window"), theme))
    assert heat.hovertemplate == "k%{y} reads k%{x}: %{z:.3~r}<extra></extra>"  # x and y count from 1
    assert heat.text is None and heat.customdata is None


@pytest.mark.parametrize(("head", "whose"), [(None, "(mean of 2 heads)"), (0, "(head 1 of 2)"), (1, "(head 2 of 2)")])
def test_the_words_say_the_numbers_of_the_map(run: Trace, head: int | None, whose: str) -> None:
    grid = np.nan_to_num(shares(run, head))[1:]  # the first token has nothing but itself
    query, position = divmod(int(grid.argmax()), 61)
    said = re.sub("[\u2068\u2069]", "", attention_in_words(run, head))
    assert said == (
        f"Share of attention {whose} of 61 queries on 61 positions; a row sums to 1. After the first token, which has "
        f"only itself to read, the largest share, {grid.max():.2f}, goes from k{query + 2} “t{query + 1}” to "
        f"k{position + 1} “t{position}”. {np.tril(~carried(run, head)).sum():,} of 1,891 cells are {LOST}."
    )


def test_the_words_name_a_learned_token_that_is_read_most() -> None:
    # the learned key is 0, so its score is 0; that of the only other slot is −3
    keys = torch.full((1, 2, 1), -3.0)
    record = trace(GlobalTokens(0, 1, learned=1), Stream(("a", "b"), torch.ones(1, 2, 1), KV(keys, keys)), verify=False)
    share = 1 / (1 + math.exp(-3))
    assert f"the largest share, {share:.2f}, goes from k2 “\u2068b\u2069” to g1." in attention_in_words(record)


def test_a_single_token_has_words_too() -> None:
    alone = attention_in_words(trace(Window(5), random_stream(1, 3, 2), "window"))
    assert "1.00" in alone and "from k1 “\u2068t0\u2069” to k1 “\u2068t0\u2069”. 0 of 1 cells" in alone


def test_a_long_map_is_mostly_its_numbers() -> None:
    tokens = 300
    record = trace(Window(5), random_stream(tokens, 3, 2, seed=2), "window")
    base64_of_floats = tokens**2 * 4 * 4 / 3
    escaped = tokens**2 / 3 * 5  # every third blank has a slash, which is sent as six characters
    assert len(attention_map(record, "light").to_json()) < 1.15 * (base64_of_floats + escaped)


def test_many_forgotten_cells_take_few_corners() -> None:
    record = trace(Compressive(7, 11, 30, MeanPool(3)), random_stream(503, 3, 2), verify=False)
    assert len(list(rectangles(np.tril(~carried(record))))) <= 503 // 7
