"""The echo language, and what is guessed of an experiment, in a reader's session."""

import pytest

from memattn.lessons import eviction, pins, sinks
from memattn.lessons.answering import Foretold
from memattn.ui.lesson import measuring
from tests.pages.runs import computed
from tests.pages.session import Session, query


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    measuring.kept().clear()
    monkeypatch.setattr(pins, "TEXTS", 3)
    monkeypatch.setattr(pins, "BINS", (16, 32, 64, 96))


def test_the_first_token_leaves_and_the_formula_has_the_factor_of_that_step() -> None:
    page = Session().open("global").scenario("The first token leaves")
    assert page.stage.content["tokens"][0] == "<start>" and "Echo text 7, 41 tokens, <b>echo model</b>" in page.said
    found = computed(page)
    assert isinstance(found.answer, Foretold) and found.answer.ranked[0][0] in page.cards[0]
    page.stand(16)
    own = eviction.formula(found.trace, 16, None)
    assert own is not None and own.numbers in page.text and r"\cdot 10^{10}" in own.numbers


def test_another_text_is_read_and_stands_in_the_link() -> None:
    page = Session().open("global", query(story="echo", memory="window", nc=5))
    before = page.stage.content["tokens"]
    page.move("eseed", 9).move("en", 29)
    assert len(page.stage.content["tokens"]) == 29 and page.stage.content["tokens"] != before[:29]
    assert page.named["eseed"] == "9" and page.shared(None).seen == page.seen


def guess(page: Session, choice: int) -> Session:
    (asked,) = [one for one in page.app.radio if pins.HOW_MANY.asks in one.label]
    asked.set_value(choice)
    return page.run()


@pytest.mark.parametrize(("choice", "right"), [(0, False), (1, True)])
def test_what_was_guessed_is_judged_by_the_run(choice: int, right: bool) -> None:
    page = Session().open("global", query(tab="Experiment", exp=sinks.PERPLEXITY))
    guess(page, choice)
    assert page.notes == [] and page.figures == []
    page.click("measure_start").settle()
    (said,) = page.notes
    ran = measuring.kept().popitem()[1]
    assert pins.HOW_MANY.judge(choice, ran.data)[1] in said and ("Right." in said) == right
    assert len(page.figures) == 1


def test_what_others_have_measured_waits_until_one_asks_for_it() -> None:
    Session().open("global", query(tab="Experiment", exp=sinks.PERPLEXITY)).click("measure_start").settle()
    page = Session().open("global", query(tab="Experiment", exp=sinks.PERPLEXITY))
    assert page.figures == [] and page.app.button(key=page.key("measure_start")).label == "Show"
    guess(page, 2)
    assert page.figures == []
    page.click("measure_start")
    assert len(page.figures) == 1
