"""The attention map is the record's attribution on the scale that its legend shows."""

import re

import numpy as np
import pytest

from memattn.figures.attention import attention_in_words, attention_map, attributed
from memattn.figures.theme import PALETTES, ThemeName, sequential
from memattn.memory.window import Window
from memattn.records import Trace
from memattn.streams import random_stream
from memattn.trace import trace

both = pytest.mark.parametrize("theme", list(PALETTES))
heads = pytest.mark.parametrize("head", [None, 0, 1])


@heads
def test_every_cell_is_the_record_and_the_future_is_empty(run: Trace, head: int | None) -> None:
    grid = attributed(run, head)
    assert grid.shape == (61, 61)
    for step in run.steps:
        true = step.attribution.mean(axis=0) if head is None else step.attribution[head]
        np.testing.assert_array_equal(grid[step.index, : step.index + 1], true)
        assert np.isnan(grid[step.index, step.index + 1 :]).all()
    np.testing.assert_allclose(np.nansum(grid, axis=1), 1, atol=1e-5)


@both
@heads
def test_what_is_drawn_is_the_grid_with_the_oldest_query_on_top(run: Trace, theme: ThemeName, head: int | None) -> None:
    figure = attention_map(run, theme, head)
    (heat,) = figure.data
    np.testing.assert_array_equal(heat.z, attributed(run, head))
    assert figure.layout.yaxis.autorange == "reversed"
    assert "quer" in figure.layout.yaxis.title.text and "position" in figure.layout.xaxis.title.text


@both
def test_the_legend_ends_where_the_scale_ends_and_no_value_lies_outside(run: Trace, theme: ThemeName) -> None:
    (heat,) = attention_map(run, theme).data
    assert (heat.zmin, heat.zmax) == (0.0, 1.0)
    assert [(at, colour) for at, colour in heat.colorscale] == [(at, colour) for at, colour in sequential(theme)]
    assert heat.zmin <= np.nanmin(heat.z) and np.nanmax(heat.z) <= heat.zmax
    assert heat.colorbar.tickvals is None and heat.showscale is not False  # the legend's numbers are the scale's own
    assert heat.colorbar.title.text == "attention weight"


@both
@pytest.mark.parametrize("tokens", [53, 300])
def test_hovering_names_both_words_and_the_weight(theme: ThemeName, tokens: int) -> None:
    record = trace(Window(5), random_stream(tokens, 3, 2, seed=2), "window")
    figure = attention_map(record, theme)
    (heat,) = figure.data
    shown = re.findall(r"%\{(\w+)[^}]*\}", heat.hovertemplate)
    assert "z" in shown and len(set(shown)) == 3
    for name in shown:
        assert name in ("x", "y", "z") or getattr(heat, name) is not None, f"{name} is shown and not there"


def test_the_words_say_where_the_largest_weight_is_that_was_a_choice(run: Trace) -> None:
    grid = np.nan_to_num(attributed(run))[1:]  # the first token has nothing but itself
    query, position = divmod(int(grid.argmax()), 61)
    said = attention_in_words(run)
    assert f"k{query + 1} “t{query + 1}”" in said and f"k{position} “t{position}”" in said
    assert f"{grid.max():.2f}" in said
    assert "61 queries" in said
    assert attention_in_words(run, 0) != attention_in_words(run, 1)


def test_a_single_token_has_words_too() -> None:
    alone = attention_in_words(trace(Window(5), random_stream(1, 3, 2), "window"))
    assert "1.00" in alone and "from k0 “t0” to k0 “t0”" in alone


def test_a_long_map_is_mostly_its_numbers() -> None:
    tokens = 300
    record = trace(Window(5), random_stream(tokens, 3, 2, seed=2), "window")
    base64_of_floats = tokens**2 * 4 * 4 / 3
    assert len(attention_map(record, "light").to_json()) < 1.25 * base64_of_floats
