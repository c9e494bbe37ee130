"""Cost figures draw the record's state and the bytes they are given, and their words say the same numbers."""

import pytest

from memattn.figures.costs import (
    bytes_in_real_models,
    bytes_in_real_models_in_words,
    state_growth,
    state_growth_in_words,
)
from memattn.figures.theme import PALETTES, ThemeName
from memattn.lessons.results import RealSize
from memattn.records import Role, Trace

both = pytest.mark.parametrize("theme", list(PALETTES))
SIZES = [RealSize("small", 1_000, "1.0 kB", 64_000, "64.0 kB"), RealSize("large", 3_000, "3.0 kB", 7_000_000, "7.0 MB")]


@both
def test_the_state_is_the_records_and_full_attention_stores_every_pair(run: Trace, theme: ThemeName) -> None:
    full, memory = state_growth(run, theme).data
    assert (full.name, memory.name) == ("full attention", "this memory")
    assert list(full.x) == list(memory.x) == list(range(1, 62)), "tokens count from 1"
    assert list(memory.y) == [step.state_floats for step in run.steps]
    assert list(full.y) == [(5 + 3) * tokens for tokens in range(1, 62)]
    assert max(memory.y) < full.y[-1]
    assert memory.y[5] == full.y[5], "nothing has left yet"
    assert (full.line.color, memory.line.color) == (PALETTES[theme].muted, PALETTES[theme].role[Role.COMPRESSED])
    assert full.line.dash and not memory.line.dash


@both
def test_hovering_says_the_token_and_the_numbers(run: Trace, theme: ThemeName) -> None:
    for line in state_growth(run, theme).data:
        assert line.hovertemplate == f"after %{{x}} tokens: %{{y:,}} numbers<extra>{line.name}</extra>"


@both
def test_the_state_axis_begins_at_zero(run: Trace, theme: ThemeName) -> None:
    layout = state_growth(run, theme).layout
    assert layout.yaxis.rangemode == "tozero"
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("token", "numbers stored per head")


def test_the_words_say_what_is_stored_at_the_end(run: Trace) -> None:
    stored = f"{run.steps[60].state_floats:,} numbers per head"
    assert state_growth_in_words(run) == f"After 61 tokens this memory stores {stored}, full attention {8 * 61:,}."


@both
def test_bars_are_the_bytes_given_with_their_words(theme: ThemeName) -> None:
    full, memory = bytes_in_real_models(SIZES, 131_072, theme).data
    assert (full.name, memory.name) == ("full attention", "this memory")
    assert list(full.y) == list(memory.y) == ["small", "large"]
    assert (list(full.x), list(full.text)) == ([64_000, 7_000_000], ["64.0 kB", "7.0 MB"])
    assert (list(memory.x), list(memory.text)) == ([1_000, 3_000], ["1.0 kB", "3.0 kB"])
    assert full.marker.pattern.shape and not memory.marker.pattern.shape  # told apart without colour
    assert full.hovertemplate == "%{y}: %{text}<extra>full attention</extra>"
    assert memory.hovertemplate == "%{y}: %{text}<extra>this memory</extra>"


@both
def test_the_byte_axis_says_that_it_is_logarithmic_and_for_how_many_tokens(theme: ThemeName) -> None:
    axis = bytes_in_real_models(SIZES, 131_072, theme).layout.xaxis
    assert axis.type == "log" and axis.title.text == "bytes of keys and<br>values after<br>131,072 tokens"


def test_the_words_say_every_model() -> None:
    assert bytes_in_real_models_in_words(SIZES, 131_072) == (
        "Keys and values after 131,072 tokens, with this memory instead of full attention: small 1.0 kB instead of "
        "64.0 kB; large 3.0 kB instead of 7.0 MB."
    )
