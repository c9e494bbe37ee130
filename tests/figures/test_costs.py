"""Cost figures draw the record's state and the bytes they are given."""

import pytest

from memattn.figures.costs import RealSize, bytes_in_real_models, state_growth
from memattn.figures.theme import PALETTES, ThemeName
from memattn.records import Role, Trace

both = pytest.mark.parametrize("theme", list(PALETTES))
SIZES = [RealSize("small", 1_000, "1.0 kB", 64_000, "64.0 kB"), RealSize("large", 3_000, "3.0 kB", 7_000_000, "7.0 MB")]


@both
def test_the_state_is_the_records_and_full_attention_stores_every_pair(run: Trace, theme: ThemeName) -> None:
    full, memory = state_growth(run, theme).data
    assert list(full.x) == list(memory.x) == list(range(61))
    assert list(memory.y) == [step.state_floats for step in run.steps]
    assert list(full.y) == [(5 + 3) * tokens for tokens in range(1, 62)]
    assert max(memory.y) < full.y[-1]
    assert memory.y[5] == full.y[5], "nothing has left yet"
    assert (full.line.color, memory.line.color) == (PALETTES[theme].muted, PALETTES[theme].role[Role.COMPRESSED])


@both
def test_the_state_axis_begins_at_zero(run: Trace, theme: ThemeName) -> None:
    figure = state_growth(run, theme)
    assert figure.layout.yaxis.rangemode == "tozero"
    assert "numbers" in figure.layout.yaxis.title.text


@both
def test_bars_are_the_bytes_given_with_their_words(theme: ThemeName) -> None:
    full, memory = bytes_in_real_models(SIZES, 131_072, theme).data
    assert list(full.y) == list(memory.y) == ["small", "large"]
    assert (list(full.x), list(full.text)) == ([64_000, 7_000_000], ["64.0 kB", "7.0 MB"])
    assert (list(memory.x), list(memory.text)) == ([1_000, 3_000], ["1.0 kB", "3.0 kB"])
    assert full.marker.pattern.shape and not memory.marker.pattern.shape  # told apart without colour


@both
def test_the_byte_axis_says_that_it_is_logarithmic_and_for_how_many_tokens(theme: ThemeName) -> None:
    axis = bytes_in_real_models(SIZES, 131_072, theme).layout.xaxis
    assert axis.type == "log" and "131,072 tokens" in axis.title.text
