"""Without trained weights every page works on planted facts, and says how the weights are made."""

from pathlib import Path

import pytest

from memattn.lessons import models, stories
from memattn.lessons.answering import Answer
from memattn.lessons.lesson import Settings
from memattn.lessons.running import run
from memattn.memory import MEMORIES
from memattn.reader import WeightsError, readable
from memattn.reader.weights import REBUILD
from memattn.ui.example import shipped
from memattn.ui.lesson.memory import untrained
from memattn.ui.lesson.tabs import TABS
from tests.pages.runs import chosen
from tests.pages.session import Session, query

PAGES = ("compressive", "story")


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str = "reader", learned_by: str = "") -> None:
        raise WeightsError(Path(f"{name}.safetensors"), "are missing")

    monkeypatch.setattr(models, "load", missing)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_reads_planted_facts_and_says_what_is_missing(name: str) -> None:
    page = Session().open(name, query(seed=12, n=80))
    (note,) = page.notes
    assert "reader.safetensors are missing" in note and f"{REBUILD} --only reader" in note
    assert "reads planted facts, untrained" in note
    story = stories.make_up(12, 80, 8).story
    assert page.stage.content["tokens"][:80] == list(story.words)
    fact = next(fact for fact in story.facts if readable(fact.question) == page.value("q"))
    choice = untrained(chosen({key: one.value for key, one in page.controls.items()}))
    answer = run(Settings(choice, story.with_question(fact).words, "planted", 12)).answer
    assert isinstance(answer, Answer)
    word, share = answer.ranked[0]
    assert f"<bdi>{word}</bdi>" in page.cards[0] and f"<b>{share:.2f}</b>" in page.cards[0]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("tab", TABS)
def test_every_view_opens(name: str, tab: str) -> None:
    page = Session().open(name, query(tab=tab, seed=12, n=80))
    assert page.stage


@pytest.mark.parametrize("memory", MEMORIES)
def test_every_memory_reads_planted_facts(memory: str) -> None:
    page = Session().open("story", query(memory=memory, n=60, facts=3))
    assert page.stage and len(page.cards) == 1 and len(page.notes) == 1


def test_any_text_needs_no_weights() -> None:
    page = Session().open("story", query(story="free"))
    assert page.stage and page.notes == []


def test_the_landing_page_plays_its_example_as_it_was_shipped() -> None:
    page = Session().open("start")
    assert page.stage.header["id"] == shipped().payload.id and page.notes == []
