"""The Predict tab: what was answered is remembered, and a click takes the stage to the question."""

import pytest

from memattn.lessons.compressive import LESSON
from memattn.ui.lesson import computed, player
from tests.pages.runs import standing
from tests.pages.session import Session, query

SMALL = {"n": 60, "facts": 3, "ns": 5, "nm": 10, "ncm": 4, "c": 5, "f": "mean", "tab": "Predict"}


@pytest.fixture
def page() -> Session:
    return Session().open("compressive", query(**SMALL))


def listed(page: Session) -> list[str]:
    return [button.label for button in page.app.button if button.key.startswith(page.key("predict_"))]


def test_a_compressive_run_lists_pop_compress_drop_and_look_in_the_order_in_which_they_are_asked(page: Session) -> None:
    names = [one["name"] for one in page.stage.content["predict"]]
    assert {"pop", "compress", "sources", "drop", "order", "fate", "look"} == set(names)
    tokens = [int(label.split("token ")[1].split(" ")[0]) for label in listed(page)]
    assert tokens == sorted(tokens) and len(tokens) == len(names)
    assert all(label.startswith("○") and label.endswith("· open") for label in listed(page))


def test_what_was_answered_is_listed_and_counted(page: Session) -> None:
    page.answer((0, [0, 1, 2, 3, 4], True), (2, [0], False))
    first, second, third = listed(page)[:3]
    assert first.startswith("✓") and first.endswith("· right")
    assert second.startswith("○") and third.startswith("✗") and third.endswith("· not yet")
    assert f"1 right, 1 not yet, {len(listed(page)) - 2} open." in page.said
    page.answer((0, [0, 1, 2, 3, 4], True), (2, [0, 1, 2, 3, 4], True))
    assert f"2 right, 0 not yet, {len(listed(page)) - 2} open." in page.said


def test_it_is_kept_while_another_run_is_played_and_while_the_reader_is_on_another_page(page: Session) -> None:
    page.answer((0, [0, 1, 2, 3, 4], True))
    name = page.stage.header["id"]
    page.move("compressive_compressed_length", 7)
    assert page.stage.header["id"] != name
    assert listed(page)[0].startswith("✓"), "the same pairs leave, so it is the same question"
    page.open("story").open("compressive")
    assert listed(page)[0].startswith("✓") and listed(page)[1].startswith("○")
    page.move("compressive_memory_length", 12)
    assert all(label.startswith("○") for label in listed(page)), "other pairs leave"


@pytest.mark.parametrize("told", [(99, [0], True), (-1, [0], True), (0, [0], True), (0, [0, 1, 2, 3, 4], False)])
def test_what_the_stage_cannot_have_said_is_nothing(page: Session, told: tuple[int, list[int], bool]) -> None:
    assert all(label.startswith("○") for label in listed(page.answer(told)))
    assert all(label.startswith("○") for label in listed(page.answer((0, [0], True), run="another")))


def test_a_click_takes_the_stage_there_and_opens_the_question(page: Session) -> None:
    assert page.stage.header["seek"] is None
    number = len(listed(page)) - 1
    page.click(f"predict_{number}")
    wish = page.stage.header["seek"]
    assert (wish["step"], wish["phase"], wish["ask"]) == (len(page.stage.content["tokens"]) - 1, "arrive", number)
    page.click("predict_0")
    again = page.stage.header["seek"]
    assert (again["step"], again["phase"], again["ask"]) == (14, "attend", 0) and again["nonce"] > wish["nonce"]
    page.stand(14, "attend")
    page.stand(20)
    assert page.stage.header["seek"] is None, "once the reader goes on, nothing pulls back"


def test_right_on_the_stage_is_right_by_the_run(page: Session) -> None:
    """What is sent is the question that Python has, number for number."""
    settings = standing(page)
    questions = computed.asked_of(LESSON, settings, player.head_of(settings, player.SEEKER))
    sent = page.stage.content["predict"]
    assert [one["name"] for one in sent] == [question.name for question in questions]
    for one, question in zip(sent, questions, strict=True):
        flat = one["answer"]
        if one["kind"] == "slots":
            flat = [
                slot
                for first, last in flat
                for slot in range(first, last + (1 if last >= 0 else -1), 1 if last >= 0 else -1)
            ]
        assert question.is_right(flat)
