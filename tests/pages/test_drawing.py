"""Curves in a session: drawn, measured over what was drawn, told where that was off, and carried by the link."""

import json
from itertools import islice
from typing import Any

import pytest

from memattn.lessons.foreseen import CANDIDATES, experiment, judged
from memattn.lessons.forgetting import LENGTHS
from memattn.lessons.lesson import Result, Settings
from memattn.lessons.memories import Choice
from memattn.lessons.results import Line, LinePoint, Lines
from memattn.ui.lesson import measuring
from memattn.ui.lesson.drawing import kept_as
from tests.pages.session import Session, query

TAB = "Draw the curve"
SHORT = {"tab": TAB, "n": 60, "facts": 3}
DRAWN = [0.9, 0.8, 0.4, 0.2, 0.05, 0, 0]
TEXT = "90-80-40-20-5-0-0"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    measuring.kept().clear()


def plot(page: Session) -> dict[str, Any]:
    (mounted,) = page._mounted("memattn_curve")
    found: dict[str, Any] = json.loads(mounted.json)
    return found


def draw(page: Session, values: Any) -> Session:
    """What the plot reports when a curve is let go."""
    (mounted,) = page._mounted("memattn_curve")
    return page._send(mounted.id, json.dumps({"values": values}))


def measured(key: str) -> Line:
    """Lay down a result as if another reader had measured it."""
    points = tuple(LinePoint(x, 0.5, 0.4, 0.6) for x in LENGTHS)
    line = Line(CANDIDATES[key].name, CANDIDATES[key].role, points)
    measuring.kept()[kept_as(key)] = Result(7, 7, Lines((line,), "x", "y"), "| numbers |")
    return line


def test_a_curve_begins_flat_and_is_drawn_into_the_link() -> None:
    page = Session().open("loss", query(**SHORT))
    begins = plot(page)
    assert begins["values"] == [0.5] * 7 and begins["places"] == list(LENGTHS) and not begins["locked"]
    assert "drawn" not in page.named
    page = draw(page, DRAWN)
    assert page.named["drawn"] == f"w64:{TEXT}" and plot(page)["values"] == DRAWN
    page.move("curve", "Full attention")
    assert plot(page)["values"] == [0.5] * 7 and page.named["curve"] == "full"
    other = Session().open("loss", page.link)
    assert plot(other)["values"] == [0.5] * 7
    assert plot(other.move("curve", "Sliding window, 64 pairs"))["values"] == DRAWN


@pytest.mark.parametrize("values", [None, [1, 0], [2] * 7, ["a"] * 7, "x"])
def test_what_is_no_curve_changes_nothing(values: Any) -> None:
    page = draw(draw(Session().open("loss", query(**SHORT)), DRAWN), values)
    assert page.named["drawn"] == f"w64:{TEXT}" and page.notes == []


def test_nothing_is_shown_before_it_was_drawn_even_where_it_is_known() -> None:
    line = measured("m64")
    page = Session().open("loss", query(curve="m64", **SHORT))
    assert plot(page)["curves"] == [] and page.notes == []
    page = draw(page, DRAWN).click("curve_measure")
    assert page.named["drawn"] == f"m64:{TEXT}!"
    shown = plot(page)
    assert shown["locked"] and [one["name"] for one in shown["curves"]] == [line.name]
    assert shown["curves"][0]["points"][2] == {"x": 512, "y": 0.5, "low": 0.4, "high": 0.6}
    right, said = judged("m64", DRAWN, line)
    (note,) = page.notes
    assert not right and said in note
    page.move("curve", "Merging memory, 16 slots")  # the next one, with the first behind it
    assert [one["strong"] for one in plot(page)["curves"]] == [False] and not plot(page)["locked"]


def test_a_shut_curve_cannot_be_changed_and_can_be_drawn_anew() -> None:
    measured("m64")
    page = Session().open("loss", query(curve="m64", drawn=f"m64:{TEXT}!", **SHORT))
    assert plot(draw(page, [1] * 7))["values"] == DRAWN
    page.click("curve_anew")
    assert "drawn" not in page.named and not plot(page)["locked"] and plot(page)["curves"] == []


def test_it_is_measured_here_part_by_part_and_can_be_cancelled_and_gone_on_with() -> None:
    page = draw(Session().open("loss", query(**SHORT)), DRAWN).click("curve_measure").run()
    page.click("measure_cancel")
    (shown,) = plot(page)["curves"]
    page.run()
    assert plot(page)["curves"] == [shown] and 0 < len(shown["points"]) < 7
    assert page.notes[0].count("Cancelled after") == 1
    parts = islice(experiment("w64").run(Settings(Choice("window"), ()), {}), 40)
    found = ([(point.x, point.y) for point in part.data.lines[0].points] for part in parts)
    assert [(one["x"], one["y"]) for one in shown["points"]] in found
    page.click("measure_start")
    assert page.app.button(key=page.key("measure_cancel")).label == "Cancel"
    page.click("measure_cancel")


def test_a_link_that_has_no_curve_says_so() -> None:
    page = Session().open("loss", query(drawn="m64:1-2", **SHORT))
    (note,) = page.notes
    assert "as drawn curves. Allowed: m64:90-60-20-5-0-0-0, recall in %" in note
