"""Several numbers over one size: every panel draws its own, and the words begin with what comes of them."""

from memattn.figures.lines import lines_in_words
from memattn.figures.panels import panels, panels_in_words
from memattn.lessons.results import Line, LinePoint, Lines, Panels
from memattn.records import Role


def measure(name: str, *values: float) -> Lines:
    points = tuple(LinePoint(7 * at, value, value - 0.1, value + 0.1) for at, value in enumerate(values, 1))
    return Lines((Line("without", Role.RECENT, points), Line("with", Role.GLOBAL, points[:1])), "step", name)


DATA = Panels((measure("loss", 2.5, 2.25), measure("movement", 0.75, 0.5)), "The loss differs by 0.25.")


def test_every_panel_draws_its_own_numbers() -> None:
    drawn = [tuple(trace.y) for trace in panels(DATA, "light").data if trace.mode and "lines" in trace.mode]
    for own in DATA.panels:
        for line in own.lines:
            assert tuple(point.y for point in line.points) in drawn


def test_the_words_begin_with_what_comes_of_it_and_tell_every_panel() -> None:
    words = panels_in_words(DATA)
    assert words.startswith("The loss differs by 0.25. ")
    assert all(lines_in_words(own) in words for own in DATA.panels)
