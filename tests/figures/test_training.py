"""The figure of a network that learns: what stands in it is what was measured, in lines and in words."""

from dataclasses import replace

import pytest

from memattn.figures.draw import draw, in_words
from memattn.figures.training import ERROR
from memattn.intervals import Marks
from memattn.lessons.results import LearnedPoint, LiveTraining


def marks(right: int) -> Marks:
    return Marks.of([at < right for at in range(50)])


POINTS = (
    LearnedPoint(0, None, marks(3), 0.61),
    LearnedPoint(20, 7.5, marks(11), 0.4),
    LearnedPoint(40, 2.5, marks(29), 0.35),
)
BESIDE = {"keep 1 of 4": (marks(17), 0.3), "mean of 4": (marks(4), 0.32)}
DATA = LiveTraining("auto-encoding", "convolution", 4, "the mean", POINTS, BESIDE, 300)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_lines_are_what_was_measured(theme) -> None:  # type: ignore[no-untyped-def]
    lines: dict[str, list[object]] = {}
    for line in draw(DATA, theme).data:
        lines.setdefault(line.name, []).append((tuple(line.x), tuple(line.y)))
    assert lines["loss"] == [((20, 40), (7.5, 2.5))]
    assert lines["recall, 95 % interval"] == [((0, 20, 40), (0.06, 0.22, 0.58))]
    assert lines[ERROR] == [((0, 20, 40), (0.61, 0.4, 0.35))]
    assert lines["keep 1 of 4, learns nothing"] == [((0, 300), (0.34, 0.34)), ((0, 300), (0.3, 0.3))]
    assert lines["mean of 4, learns nothing"] == [((0, 300), (0.08, 0.08)), ((0, 300), (0.32, 0.32))]


def test_bars_end_where_the_interval_ends() -> None:
    (line,) = (line for line in draw(DATA, "light").data if line.name.startswith("recall"))
    for at, point in enumerate(POINTS):
        low, high = point.recall.interval
        assert line.y[at] + line.error_y.array[at] == pytest.approx(high)
        assert line.y[at] - line.error_y.arrayminus[at] == pytest.approx(low)


def test_scales_stand_still_however_far_training_has_come() -> None:
    begun, later = (draw(replace(DATA, points=POINTS[:n]), "light") for n in (1, 3))
    assert begun.layout.xaxis.range == later.layout.xaxis.range
    assert begun.layout.yaxis2.range == later.layout.yaxis2.range == (-0.03, 1.03)


def test_in_words() -> None:
    assert in_words(DATA) == (
        "Convolution at c = 4, begun with the mean, learns by auto-encoding. The loss went from 7.5 to 2.5. "
        "Before training 3 of 50 questions are answered, error 0.610, after 40 steps 29 of 50 questions are answered, "
        "error 0.350. Without learning, keep 1 of 4: 17 of 50, error 0.300; mean of 4: 4 of 50, error 0.320."
    )
