"""The loss curves are the record's, and the words under them say its numbers."""

import numpy as np
import pytest

from memattn.figures.losses import loss_in_words, loss_over_time
from memattn.figures.theme import PALETTES, ThemeName
from memattn.memory.full import Full
from memattn.records import EventKind, Role, Trace
from memattn.streams import random_stream
from memattn.trace import trace

both = pytest.mark.parametrize("theme", list(PALETTES))


@both
def test_both_curves_are_means_over_heads_of_the_record(run: Trace, theme: ThemeName) -> None:
    retained, error, _ = loss_over_time(run, theme).data
    assert list(retained.x) == list(error.x) == list(range(61))
    np.testing.assert_array_equal(retained.y, [step.retained.mean() for step in run.steps])
    np.testing.assert_array_equal(error.y, [step.output_error.mean() for step in run.steps])
    assert "mass" in retained.name and "error" in error.name
    assert list(retained.customdata) == list(run.tokens)


@both
def test_every_token_that_lost_something_is_marked_once_and_no_other(run: Trace, theme: ThemeName) -> None:
    lost = loss_over_time(run, theme).data[2]
    tokens = {event.token for event in run.events(EventKind.DROP)}
    assert list(lost.x) == sorted(tokens)
    # by hand: segments end at 6, 13, …; slots made by 20, 27, 34 are 3, 5, 8 … of 3 that fit, so 27 is the first
    assert lost.x[0] == 27
    assert set(lost.y) == {0.0}


@both
def test_axes_hold_all_data_and_begin_at_zero(run: Trace, theme: ThemeName) -> None:
    figure = loss_over_time(run, theme)
    low, high = figure.layout.xaxis.range
    assert (low, high) == (-0.5, 60.5)
    assert figure.layout.yaxis.rangemode == "tozero"
    assert figure.layout.yaxis.range is None  # taken from the data


@both
def test_colours_are_those_of_the_roles_and_dashes_tell_the_curves_apart_too(run: Trace, theme: ThemeName) -> None:
    retained, error, lost = loss_over_time(run, theme).data
    palette = PALETTES[theme]
    assert (retained.line.color, error.line.color) == (palette.role[Role.RECENT], palette.role[Role.COMPRESSED])
    assert retained.line.dash != error.line.dash
    assert lost.marker.line.color == palette.lost


def test_a_memory_that_forgets_nothing_has_no_marks_and_no_error() -> None:
    whole = trace(Full(), random_stream(23, 5, 3, heads=2, seed=1), "full")
    retained, error = loss_over_time(whole, "light").data
    np.testing.assert_allclose(retained.y, 1, atol=1e-6)
    np.testing.assert_allclose(error.y, 0, atol=1e-6)
    assert "0 tokens are lost" in loss_in_words(whole)


def test_the_words_say_the_numbers_of_the_record(run: Trace) -> None:
    said = loss_in_words(run)
    assert f"{np.mean([step.output_error.mean() for step in run.steps]):.3f}" in said
    assert f"{run.steps[-1].retained.mean():.3f}" in said
    gone = {at for event in run.events(EventKind.DROP) for at in event.sources}
    assert "61 tokens" in said and f"{len(gone)} tokens are lost" in said
    assert gone == set(range(min(run.shares(run.steps[-1].held_ids[0], 60).sources))), "the oldest are lost"
