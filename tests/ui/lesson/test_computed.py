"""How many tiles stand in a row of the stage."""

from memattn.memory import MEMORIES
from memattn.memory.window import Window
from memattn.ui.lesson.computed import columns


def test_a_row_is_a_segment_where_that_is_a_good_length() -> None:
    assert columns(MEMORIES["segments"](segment_length=5)) == 5
    assert columns(MEMORIES["segments"](segment_length=2)) == columns(MEMORIES["segments"](segment_length=31)) == 8
    assert columns(Window(3)) == 8
