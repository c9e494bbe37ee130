"""The landing page: one true example, and a map of what there is and what is to come."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from memattn.lessons.compressive.runs import tell
from streamlit.testing.v1 import AppTest

from memattn.lessons import tellers
from memattn.lessons.compressive import runs
from memattn.reader import parse, truth
from memattn.reader.weights import WeightsError
from memattn.ui.landing import SEED, TOKENS
from memattn.ui.navigation import GROUPS

OpenPage = Callable[..., AppTest]
Played = Callable[[AppTest], dict[str, Any]]
STOPS = [stop for _, stops in GROUPS for stop in stops]


def said(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.main.get("html"))


def test_the_example_is_a_story_that_ends_in_a_question_and_is_played_on_a_small_memory(
    open_page: OpenPage, played: Played
) -> None:
    shown = played(open_page())
    assert shown["tokens"][:TOKENS] == list(tell(SEED, TOKENS).words)
    assert shown["tokens"][-1] == "?"
    assert {lane["role"]: lane["capacity"] for lane in shown["lanes"]} == {"compressed": 6, "recent": 12, "current": 6}


def test_the_question_of_the_example_is_about_a_fact_that_it_tells(open_page: OpenPage, played: Played) -> None:
    story = parse(played(open_page())["tokens"])
    assert truth(story, story.questions[-1]).answer is not None


def test_an_answer_written_beside_it_is_the_runs_own(open_page: OpenPage, played: Played) -> None:
    page = open_page()
    words = tuple(played(page)["tokens"])
    settings = runs.Settings(6, 12, 6, 3, "conv", "carry", words, True, SEED)
    word, probability = runs.run(settings).answers[0]
    assert re.search(rf"<b>{word}</b> \({probability:.2f}\)", said(page))


def test_the_map_names_every_lesson_once_with_its_claim_and_marks_those_to_come(open_page: OpenPage) -> None:
    page = open_page()
    links = [link.proto.label.strip("*→ ") for link in page.main.get("page_link")]
    assert links == [stop.title for stop in STOPS if stop.ready]
    text = said(page)
    for stop in STOPS:
        assert text.count(f'<p class="ma-card-claim">{stop.claim}</p>') == 1
        assert (f"{stop.title.replace('&', '&amp;')} <i>coming</i>" in text) == (not stop.ready)


def test_a_step_in_the_link_opens_the_example_there(open_page: OpenPage, played: Played) -> None:
    page = open_page(step="5")
    assert played(page)["start"] == 5


@pytest.mark.parametrize("step", ["-4", "999", "x", "<b>"])
def test_a_step_that_is_not_there_is_told_and_the_example_played(
    open_page: OpenPage, played: Played, step: str
) -> None:
    page = open_page(step=step)
    assert played(page)
    assert 'class="ma-note' in said(page) and "Allowed: whole numbers" in said(page)
    assert "<b>”" not in said(page)


def test_without_trained_weights_the_example_plays_on_planted_facts(
    open_page: OpenPage, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str = "reader", learned_by: str = "") -> None:
        raise WeightsError(Path("reader.safetensors"), "are missing")

    monkeypatch.setattr(tellers, "member", missing)
    shown = played(open_page())
    assert shown["tokens"][:TOKENS] == list(tell(SEED, TOKENS).words)
    assert "mean" in next(lane["note"] for lane in shown["lanes"] if lane["role"] == "compressed")
