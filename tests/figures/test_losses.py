"""The loss curves are the record's, in the units that their axes say, and the words say their numbers."""

import numpy as np
import pytest

from memattn.figures.losses import LOST, loss_in_words, loss_over_time
from memattn.figures.quantities import NOISE, output_errors, retained_percent
from memattn.figures.theme import PALETTES, ThemeName
from memattn.memory.full import Full
from memattn.records import EventKind, Role, Trace
from memattn.streams import random_stream
from memattn.trace import trace

both = pytest.mark.parametrize("theme", list(PALETTES))
WHOSE = [(None, "(mean of 2 heads)"), (0, "(head 1 of 2)"), (1, "(head 2 of 2)")]
heads = pytest.mark.parametrize(("head", "whose"), WHOSE)


def of(record: Trace, name: str, head: int | None) -> np.ndarray:
    rows = np.array([getattr(step, name) for step in record.steps])
    return rows.mean(axis=1) if head is None else rows[:, head]


@both
@heads
def test_curves_are_the_records_with_their_unit_and_whose_they_are(
    run: Trace, theme: ThemeName, head: int | None, whose: str
) -> None:
    figure = loss_over_time(run, theme, head)
    retained, error, _ = figure.data
    assert list(retained.x) == list(error.x) == list(range(1, 62)), "tokens count from 1"
    np.testing.assert_allclose(retained.y, 100 * of(run, "retained", head), rtol=1e-6)
    true = of(run, "output_error", head)
    np.testing.assert_allclose(error.y, np.where(true < NOISE, 0, true), rtol=1e-6)
    assert tuple(one.name.replace("<br>", " ") for one in (retained, error)) == (
        f"retained mass {whose}",
        f"output error {whose}, 0 = the same",
    )
    assert retained.hovertemplate == f"%{{customdata}}: %{{y:.1f}} %<extra>retained mass {whose}</extra>"
    assert error.hovertemplate == f"%{{customdata}}: %{{y:.3f}}<extra>output error {whose}</extra>"
    names = [f"k{at + 1} “\u2068{word}\u2069”" for at, word in enumerate(run.tokens)]
    assert list(retained.customdata) == list(error.customdata) == names
    assert (retained.yaxis, error.yaxis) == ("y", "y2")


@both
def test_every_token_that_drops_something_is_marked_once_and_no_other(run: Trace, theme: ThemeName) -> None:
    lost = loss_over_time(run, theme).data[2]
    tokens = {event.token + 1 for event in run.events(EventKind.DROP)}
    assert list(lost.x) == sorted(tokens)
    # by hand: segments end at 7, 14, …; slots made by 21, 28, 35 are 3, 5, 8 … of 3 that fit, so 28 is the first
    assert lost.x[0] == 28
    assert set(lost.y) == {0.0} and lost.yaxis == "y2"
    assert lost.hovertemplate == f"k%{{x}}<extra>{LOST}</extra>" and lost.name == LOST


@both
def test_axes_hold_all_data_and_say_what_they_are(run: Trace, theme: ThemeName) -> None:
    layout = loss_over_time(run, theme).layout
    assert layout.xaxis.range == layout.xaxis2.range == (0.5, 61.5)
    assert layout.xaxis2.title.text == "token" and layout.xaxis.matches == "x2" and "yaxis3" not in layout
    low, high = layout.yaxis.range
    assert low <= 0 and high >= 100 and (low, high) == pytest.approx((0, 100), abs=5)
    assert layout.yaxis2.rangemode == "tozero" and layout.yaxis2.range is None  # taken from the data
    assert (layout.yaxis.title.text, layout.yaxis2.title.text) == ("retained mass (%)", "output error")


@both
def test_colours_are_those_of_the_roles_and_dashes_tell_the_curves_apart_too(run: Trace, theme: ThemeName) -> None:
    retained, error, lost = loss_over_time(run, theme).data
    palette = PALETTES[theme]
    assert (retained.line.color, error.line.color) == (palette.role[Role.RECENT], palette.role[Role.COMPRESSED])
    assert retained.line.dash != error.line.dash
    assert lost.marker.line.color == palette.lost


def test_a_memory_that_forgets_nothing_has_no_marks_and_no_error() -> None:
    whole = trace(Full(), random_stream(61, 5, 3, heads=2, seed=1), "full")
    assert not any(step.output_error.any() for step in whole.steps)
    retained, error = loss_over_time(whole, "light").data
    np.testing.assert_allclose(retained.y, 100, atol=1e-4)
    assert set(error.y) == {0.0}
    assert "is 0.000 on average and 0.000 at most" in loss_in_words(whole)
    assert "the retained mass (mean of 2 heads) is 100 %" in loss_in_words(whole)
    assert "0 of 61 tokens make the memory drop" in loss_in_words(whole)


def test_what_is_above_the_noise_is_kept(run: Trace) -> None:
    errors = output_errors(run, 1)
    assert ((errors == 0) | (errors >= NOISE)).all() and (errors[14:] > 0).all()
    assert errors.shape == retained_percent(run, None).shape == (61,)


@heads
def test_the_words_say_the_numbers_of_the_record(run: Trace, head: int | None, whose: str) -> None:
    error, retained = of(run, "output_error", head), of(run, "retained", head)
    drops = len({event.token for event in run.events(EventKind.DROP)})
    assert loss_in_words(run, head) == (
        f"Over 61 tokens the output error {whose}, relative to full attention's output, is {error.mean():.3f} on "
        f"average and {error.max():.3f} at most; 0 is the same. At the last token the retained mass {whose} is "
        f"{100 * retained[-1]:.0f} %: so much of full attention falls on positions that some slot still carries. "
        f"{drops} of 61 tokens make the memory drop something."
    )
