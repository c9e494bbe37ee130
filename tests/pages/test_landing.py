"""The landing page: one true example, and a map of what there is and what is to come."""

import re

import pytest

from memattn.lessons import running
from memattn.lessons.answering import Answer
from memattn.lessons.stories import make_up
from memattn.reader import parse, readable, truth
from memattn.ui import example
from memattn.ui.navigation import GROUPS
from tests.pages.session import Session

STOPS = [stop for _, stops in GROUPS for stop in stops]


@pytest.fixture
def page() -> Session:
    return Session().open("start")


def test_the_example_is_a_story_that_ends_in_a_question_and_is_played_on_a_small_memory(page: Session) -> None:
    tokens, story = page.stage.content["tokens"], make_up(example.SEED, example.TOKENS, example.FACTS).story
    assert tokens[: example.TOKENS] == list(story.words) and tokens[-1] == "?"
    assert page.stage.lanes == {"compressed": 6, "recent": 12, "current": 6}
    assert page.stage.start == (len(tokens) - 1, "")


def test_the_question_is_about_a_fact_that_is_told_and_is_answered_from_a_compressed_slot(page: Session) -> None:
    story = parse(page.stage.content["tokens"])
    answer = running.run(example.settings()).answer
    assert isinstance(answer, Answer) and answer.truth == truth(story, story.questions[-1]) and answer.right
    assert answer.whereabouts and answer.whereabouts.slots and not answer.whereabouts.lost


def test_the_answer_written_beside_it_is_the_runs_own(page: Session) -> None:
    answer = running.run(example.settings()).answer
    assert isinstance(answer, Answer) and answer.truth.fact
    word, share = answer.ranked[0]
    assert re.search(rf"answers <b>{word}</b> \({share:.2f}\)", page.said)
    assert f"<b>{readable(answer.truth.fact.question)}</b>" in page.said
    assert f"The story says: {readable(answer.truth.fact.words)}" in page.said


def test_the_map_names_every_lesson_once_with_its_claim_and_marks_those_to_come(page: Session) -> None:
    shown = [link.proto for link in page.app.main.get("page_link")]
    links = [link.label.strip("*→ ") for link in shown if not link.query_string]
    assert links == [stop.title for stop in STOPS if stop.ready]
    for stop in STOPS:
        assert page.said.count(f'<p class="ma-card-claim">{stop.claim}</p>') == 1
        assert (f"{stop.title} <i>coming</i>" in page.said) == (not stop.ready)


def test_a_moment_in_the_link_opens_the_example_there() -> None:
    page = Session().open("start", "step=5&phase=attend")
    assert page.stage.start == (4, "attend") and page.notes == []


@pytest.mark.parametrize("step", ["-4", "0", "999", "x", "%3Cb%3E"])
def test_a_step_that_is_not_there_is_told_and_the_example_played_to_its_end(step: str) -> None:
    page = Session().open("start", f"step={step}")
    last = len(page.stage.content["tokens"])
    assert page.stage.start == (last - 1, "")
    (note,) = page.notes
    assert f"Allowed: whole numbers from 1 to {last}. Used instead: {last}." in note
    assert "<b>”" not in page.raw


def test_settings_of_other_pages_mean_nothing_here() -> None:
    page = Session().open("start", "c=2&n=60&tab=Cost")
    assert page.link == "" and page.notes == [] and page.stage == Session().open("start").stage
