"""Several ways to do the same thing: rows from the top, with their intervals and errors."""

import pytest

from memattn.figures.draw import draw, in_words
from memattn.intervals import Proportion
from memattn.lessons.results import ByCompression, Kind

DATA = ByCompression((Kind("mean", Proportion(3, 7), 0.412), Kind("keep 1 of 4", Proportion(5, 7), 0.3)))


def test_each_has_a_row_the_first_on_top_with_its_interval_and_its_error() -> None:
    marks, errors = draw(DATA, "light").data
    assert list(marks.y) == list(errors.y) == ["keep 1 of 4", "mean"], "from below"
    assert list(marks.x) == pytest.approx([5 / 7, 3 / 7])
    low, high = Proportion(3, 7).interval
    assert marks.error_x.array[1] == pytest.approx(high - 3 / 7)
    assert marks.error_x.arrayminus[1] == pytest.approx(3 / 7 - low)
    assert list(errors.text) == ["error 0.30", "error 0.41"]
    assert draw(ByCompression(DATA.rows * 3), "dark").layout.height > draw(DATA, "dark").layout.height


def test_the_words_say_the_same() -> None:
    assert in_words(DATA) == "Recall (right answers): mean 3 of 7, error 0.41; keep 1 of 4 5 of 7, error 0.30."
    assert in_words(ByCompression(())) == "Recall (right answers): nothing is known yet."
