"""Experiments that ask many questions: begun, cancelled and taken up again by the reader, part by part."""

import pytest

from memattn.lessons import borders, experiments, guesses
from memattn.lessons.lesson import Result, Settings
from memattn.lessons.memories import Choice
from memattn.lessons.recall import ByDistance, ByFacts, complete
from memattn.lessons.results import Timed, TimePerToken
from memattn.records import Role
from memattn.ui.lesson import measuring
from tests.pages.session import Session, query

TRAIN = experiments.TRAIN
DISTANCE, FACTS = experiments.BY_DISTANCE.name, experiments.BY_FACTS.name
SMALL = {"tab": "Experiment", "n": 60, "facts": 3}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    measuring.kept().clear()


def bar(page: Session) -> str:
    (found,) = page.app.main.get("progress")
    return str(found.proto.text)


def button(page: Session, key: str = "measure_start") -> str:
    return str(page.app.button(key=page.key(key)).label)


def done(page: Session) -> int:
    return int(bar(page).split(" of ")[0].replace(",", ""))


@pytest.mark.parametrize("name", ["compressive", "story"])
def test_it_goes_on_tick_by_tick_can_be_cancelled_and_taken_up_again(name: str) -> None:
    page = Session().open(name, query(exp=DISTANCE, **SMALL))
    assert bar(page) == "not begun" and button(page) == "Measure" and page.figures == []
    page.run()
    assert bar(page) == "not begun"  # nothing begins by itself
    page.click("measure_start")
    assert button(page, "measure_cancel") == "Cancel"
    page.run()  # a tick
    first = done(page)
    page.click("measure_cancel")
    partial, total = done(page), ByDistance(tokens=256).total
    assert 0 < first <= partial < total and bar(page) == f"{partial:,} of {total:,} questions"
    (note,) = page.notes
    assert f"Cancelled after {partial:,} of {total:,} questions" in note
    page.run()
    assert done(page) == partial and len(page.figures) == 1  # nothing runs on by itself
    assert button(page) == "Go on"
    page.click("measure_start").settle()
    assert bar(page) == f"{total:,} of {total:,} questions" and button(page) == "Measured" and page.notes == []
    assert page.app.button(key=page.key("measure_start")).disabled


def test_what_is_measured_is_what_the_experiment_gives_for_both_memories() -> None:
    page = Session().open("story", query(exp=DISTANCE, both="true", memory="window", b_memory="full", **SMALL))
    page.click("measure_start").settle()
    (figure,) = page.figures
    drawn = {line["name"]: line["y"] for line in figure["data"] if "error_y" in line}
    design = ByDistance(tokens=256)
    for choice in (Choice("window", (("window", 32),)), Choice("full")):
        curve = complete(choice, design)
        assert drawn[curve.name] == pytest.approx([point.share for point in curve.points])
        for point in curve.points:
            low, high = point.interval
            row = f"| {point.label} | {point.right} of {point.asked} | {low:.2f} to {high:.2f} "
            row += f"| {point.expected:.2f} | {point.chance:.2f} |"
            assert any(f"| {curve.name} {row}" in table.value for table in page.app.markdown)
    assert bar(page).endswith(f"of {2 * design.total:,} questions")


def test_a_dial_of_the_experiment_is_part_of_it_and_of_the_link() -> None:
    page = Session().open("story", query(exp=FACTS, mgap=48, memory="window", **SMALL))
    assert page.value("mgap") == 48 and page.named["mgap"] == "48"
    page.click("measure_start").settle()
    curve = complete(Choice("window", (("window", 32),)), ByFacts(gap=48))
    (figure,) = page.figures
    (drawn,) = (line["y"] for line in figure["data"] if "error_y" in line)
    assert drawn == pytest.approx([point.share for point in curve.points])
    assert bar(page.move("mgap", 47)) == "not begun"


def test_what_somebody_has_measured_nobody_measures_again() -> None:
    page = Session().open("story", query(exp=FACTS, memory="window", **SMALL))
    page.click("measure_start").settle()
    other = Session().open("compressive").open("story", query(exp=FACTS, memory="window", tab="Experiment", seed=3))
    assert button(other) == "Measured" and other.figures == page.figures


def test_a_move_of_the_memory_ends_what_was_measured_of_the_one_before() -> None:
    page = Session().open("story", query(exp=FACTS, memory="window", **SMALL)).click("measure_start").run()
    assert 0 < done(page) < ByFacts().total
    page.move("window_window", 7)
    assert bar(page) == "not begun" and page.figures == []


def test_a_guess_comes_first_and_what_is_measured_decides() -> None:
    own = Timed(1, 33.0, 30.0, 40.0, 1.0), Timed(128, 3.0, 2.0, 4.0, 1 / 128)
    data = TimePerToken({"FIFO": own}, {"FIFO": Role.RECENT}, 1024)
    about = Settings(Choice("segments", (("segment_length", 32), ("segments", 0))), ())
    measuring.kept()[borders.TIME.name, about, (("ttokens", 1024),)] = Result(3, 3, data)  # by somebody else
    page = Session().open("segments", query(exp=borders.TIME.name, tab="Experiment"))
    (asked,) = page.app.radio
    assert asked.value is None and guesses.TIME.asks in asked.label and list(asked.options) == [*guesses.TIME.offered]
    assert page.figures == [] and page.notes == [] and button(page) == "Show"
    asked.set_value(1)
    page.run()
    assert page.figures == [] and page.notes == [], "first the guess, then the figure"
    page.click("measure_start").run()
    (note,) = page.notes
    assert len(page.figures) == 1 and page.app.radio[0].disabled and button(page) == "Measured"
    assert (
        guesses.TIME.judge(1, data)[1] in note and "the first is 11 times the second" in note and "ma-problem" in note
    )


def test_a_network_is_trained_part_by_part_with_its_own_words_and_settings() -> None:
    page = Session().open("compressive", query(exp=TRAIN.name, trate="8", loss="ae", **SMALL))
    assert bar(page) == "not begun" and button(page) == "Train"
    assert (page.value("trate"), page.value("loss"), page.named["loss"]) == ("8", "ae", "ae")
    page.click("measure_start").run().run()
    page.click("measure_cancel")
    steps = done(page)
    assert 0 < steps < 300 and bar(page) == f"{steps} of 300 training steps"
    (note,) = page.notes
    assert f"Cancelled after {steps} of 300 training steps: what is known so far stands." in note
    (figure,) = page.figures
    (loss,) = (line for line in figure["data"] if line["name"] == "loss")
    assert list(loss["x"]) == list(range(20, steps + 1, 20))
    assert any("| keep 1 of 8 |" in table.value for table in page.app.markdown)
