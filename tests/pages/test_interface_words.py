"""Words of the interface: one name for a thing, positions from 1, whose attention it is, one slot and two slots."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from memattn.memory import MEMORIES
from memattn.ui.lesson.tabs import TABS
from tests import plurals
from tests.pages.session import Session, query

OTHER_NAMES = {  # of things that have one name already
    "retained mass": r"attention in reach|of full attention.{0,3} in reach|attention's mass|\bcoverage\b|carries \d",
    "trained reader": r"\bteller\b|\bseeker\b",
    "the memory's key": r"\bway of remembering\b|Exact · ",
    "token": r"\btoken index\b|\bposition \d+ of\b",
    "modules as they are called": r"memattn\.(lessons\.tellers|reader\.drills|lessons\.story\.)",
    "one and many": plurals.WRONG.pattern,
    "positions from 1": r"(?<![\w.])(k0|c0|g0|r0)(?![\w.])|\btoken 0\b|k-\d",
    "powers of ten": r"\d[eE][+-]\d",
    "no value": r"\bNone\b|\bnan\b",
}
TINY = {"n": 24, "facts": 1}
SIZES = ("nc", "g", "ng", "m", "ns", "nm", "ncm", "c")


def words(page: Session) -> str:
    """All that can be read on the page but formulas and code, and all that its stages say."""
    text = page.text
    for block in page.app.code:
        text = text.replace(block.value, "")
    for stage in page.stages:
        text = "\n".join((text, *strings([stage.content["steps"], stage.content["predict"]])))
    return re.sub(r"\$[^$]*\$", "", text)


def strings(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for part in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from strings(part)


def check(page: Session) -> None:
    said = words(page)
    for thing, pattern in OTHER_NAMES.items():
        found = re.search(pattern, said)
        assert not found, f"{thing}: {said[max(0, found.start() - 60) : found.end() + 40]}"


@pytest.mark.parametrize("own", [{}, TINY, {"story": "free"}, {"layers": 2, "f": "keep"}], ids=str)
@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("name", ["segments", "compressive", "story"])
def test_every_view_calls_things_by_one_name(name: str, tab: str, own: dict[str, Any]) -> None:
    check(Session().open(name, query(tab=tab, **own)).settle())


def test_the_landing_page_calls_things_by_one_name() -> None:
    check(Session().open("start"))


@pytest.mark.parametrize("sizes", [{}, dict.fromkeys(SIZES, 1)], ids=["as it begins", "of one"])
@pytest.mark.parametrize("memory", MEMORIES)
def test_every_memory_is_spoken_of_in_the_same_words(memory: str, sizes: dict[str, int]) -> None:
    for tab in ("What happens", "Answer", "Side by side", "How it works"):
        check(Session().open("story", query(memory=memory, tab=tab, **sizes, **TINY)))


@pytest.mark.parametrize("experiment", range(6))
def test_every_experiment_says_whose_attention_it_is_and_uses_the_same_words(experiment: int) -> None:
    page = Session().open("compressive", query(tab="Experiment", **TINY))
    page.move("exp", page.control("exp").options[experiment]).settle()
    check(page)
    told = " ".join(caption.value for caption in page.app.caption)
    if "attention" in told and re.search(r"\d", told) and experiment < 2:
        assert re.search(r"head \d of 4|mean of 4 heads", told)


@pytest.mark.parametrize("name", ["compressive", "story"])
def test_the_last_word_has_the_same_number_everywhere(name: str) -> None:
    page = Session().open(name, query(tab="Answer"))
    last = len(page.stage.content["tokens"])
    assert page.control("answer").label.endswith(f"token {last}")
    assert f"the last word, token {last}, reads" in page.app.caption[0].value
    assert (
        f">k{last}<" in Session().open(name, query(tab="Answer", memory="window", ncm=0, head="mean", nc=3)).raw or name
    )
    page.move("tab", "What happens")
    assert f"As token {last} “" in page.said and f"| as token {last} reads |" in page.text
    assert f"\\alpha_{{{last}\\,j}}" in page.text
    assert page.shared((last - 1, "")).stage.start == (last - 1, "")


@pytest.mark.parametrize("at", [0, 8, 23])
def test_a_step_in_the_link_is_the_token_of_the_page_and_of_the_stage(at: int) -> None:
    page = Session().open("compressive", query(step=at + 1))
    word = page.stage.content["tokens"][at]
    assert page.stage.start == (at, "") and f"As token {at + 1} “{word}”" in re.sub(r"</?bdi>", "", page.said)
