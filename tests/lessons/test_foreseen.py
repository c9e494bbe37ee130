"""Curves drawn before they are measured: how a link has them, and what the measurement says to which belief."""

from dataclasses import replace

import pytest

from memattn.lessons.foreseen import CANDIDATES, Drawing, experiment, judged, read, written
from memattn.lessons.forgetting import LENGTHS
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.results import Line, LinePoint

FALLING = (0.95, 0.8, 0.45, 0.2, 0.05, 0.0, 0.0)


def line(key: str, values: tuple[float, ...] = FALLING, half: float = 0.05) -> Line:
    one = CANDIDATES[key]
    points = (LinePoint(x, y, max(0.0, y - half), min(1.0, y + half)) for x, y in zip(LENGTHS, values, strict=True))
    return Line(one.name, one.role, tuple(points), one.dash)


def test_a_link_has_every_curve_and_which_of_them_are_shut() -> None:
    drawings = {"m64": Drawing(FALLING, shut=True), "full": Drawing((1.0,) * 7)}
    text = written(drawings)
    assert text == "m64:95-80-45-20-5-0-0!;full:100-100-100-100-100-100-100"
    assert read(text) == drawings
    assert read("") == {}


@pytest.mark.parametrize(
    "text",
    [
        "m64",
        "m65:1-2-3-4-5-6-7",
        "m64:1-2-3-4-5-6",
        "m64:1-2-3-4-5-6-101",
        "m64:1-2-3-4-5-6--7",
        "m64:1-2-3-4-5-6-٣",
        "m64:1-2-3-4-5-6-7!!",
        "m64:1-2-3-4-5-6-7;m64:1-2-3-4-5-6-7",
    ],
)
def test_what_is_no_curve_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read(text)


def test_points_within_the_intervals_are_right_and_that_is_said() -> None:
    near = tuple(round(value + 0.04, 2) if value < 0.9 else value for value in FALLING)
    assert judged("m64", near, line("m64")) == (
        True,
        "All 7 points lie within the intervals of what was measured.",
    )


def test_the_farthest_point_is_named_with_its_numbers() -> None:
    right, said = judged("m64", (0.95, 0.8, 0.95, 0.2, 0.05, 0.0, 0.0), line("m64"))
    assert not right
    assert said.startswith(
        "6 of 7 points lie within the intervals. The other is at 512 tokens: drawn 0.95, measured 0.45 (0.40 to 0.50)."
    )
    both = judged("m64", (0.95, 0.7, 0.95, 0.2, 0.05, 0.0, 0.0), line("m64"))[1]
    assert "5 of 7 points lie within the intervals. Of the others the farthest off is at 512 tokens: drawn 0.95" in both
    assert judged("m64", (0.6,) * 7, line("m64"))[1].startswith("0 of 7 points lie within the intervals. The farthest ")


@pytest.mark.parametrize("missed", range(7))
def test_a_point_drawn_within_its_interval_is_never_called_far_off(missed: int) -> None:
    """All others are farther from what was measured, but within their wide intervals."""
    whole, own = line("m64", half=0.3), line("m64", half=0.01).points[missed]
    points = tuple(own if at == missed else point for at, point in enumerate(whole.points))
    drawn = tuple(
        abs(point.y - (0.1 if at == missed else 0.25)) if point.y > 0.3 else point.y + (0.1 if at == missed else 0.25)
        for at, point in enumerate(points)
    )
    right, said = judged("m64", drawn, replace(whole, points=points))
    assert not right and f"6 of 7 points lie within the intervals. The other is at {own.x:,.0f} tokens:" in said


@pytest.mark.parametrize(
    ("key", "drawn", "measured", "says"),
    [
        ("m64", (0.95, 0.8, 0.45, 0.2, 0.05, 0.0, 0.9), FALLING, "from 5,000 to 50,000 tokens recall went from 0.00"),
        ("m64", (1.0,) * 7, FALLING, "at 50,000 tokens one of 64 slots is the mean of 781 pairs on average"),
        ("w64", (1.0,) * 7, FALLING, "a window of 64 pairs holds the newest 0.12, and nothing of what left: 0.45"),
        ("full", FALLING, (1.0,) * 7, "0.45 at 512 tokens says that full attention forgets"),
        ("full", (1.0,) * 7, (1.0,) * 6 + (0.6,), "at 50,000 tokens one softmax is spread over all of them, and 0.60"),
        ("m64", (0.3,) * 3 + (0.2, 0.05, 0.0, 0.0), FALLING, "its 64 slots are enough for 0.95 of the facts"),
    ],
)
def test_a_belief_is_named_and_denied_with_what_was_measured(
    key: str, drawn: tuple[float, ...], measured: tuple[float, ...], says: str
) -> None:
    right, said = judged(key, drawn, line(key, measured))
    assert not right and says in said


def test_the_curve_of_a_window_is_one_while_it_holds_all_and_falls_beyond() -> None:
    (*_, last) = experiment("w64", (128, 256)).run(Settings(Choice("window"), ()), {})
    (curve,) = last.data.lines
    assert (last.done, last.total) == (8 * 128 + 8 * 256,) * 2
    assert [point.x for point in curve.points] == [128, 256]
    first, second = curve.points
    assert 64 / 128 - 0.15 < first.y < 64 / 128 + 0.15 and second.high < first.low
    assert "| Sliding window, 64 pairs | 128 |" in last.details
