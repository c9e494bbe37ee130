"""The legal document on the page: budgets are kept, the choice is measured first, and the better one can be taken."""

import pytest

from memattn.lessons.contract import exam
from memattn.lessons.contract.families import Pick
from memattn.lessons.contract.record import KIB, kib, verdict
from memattn.ui.lesson import contract
from tests.pages.session import Session, query

OTHERS = (Pick("full"), Pick("compressive", (8, 384)), Pick("window", (256,)))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three memories to be compared with, and one contract."""
    monkeypatch.setattr(exam, "tried", lambda: OTHERS)
    monkeypatch.setattr(exam, "SEEDS", exam.SEEDS[:1])
    exam.bounds.cache_clear()


def opened(**values: object) -> Session:
    return Session().open("loss", query(tab=contract.NAME, n=24, **values))


def buttons(page: Session) -> set[str]:
    return {button.key.removeprefix("loss_") for button in page.app.button if button.key}


def test_what_is_over_the_budget_is_not_measured_and_what_would_fit_can_be_taken() -> None:
    page = opened(budget=64)
    stored = Pick("window", (512,)).stored(exam.tokens())
    (problem,) = [note for note in page.notes if "ma-problem" in note]
    assert f"It stores up to {kib(stored)}, {kib(stored - 64 * KIB)} over the budget of 64 KiB." in problem
    assert "This would fit: Sliding window, n_c = 128, 64 KiB." in problem and "measure_start" not in buttons(page)
    page.click("law_fit")
    assert page.value("law_window_n") == 128 and "measure_start" in buttons(page)
    assert page.named.items() >= {"budget": "64", "law_window_n": "128"}.items()
    page.move("budget", 256)
    assert "Stores at most 64 KiB of 256 KiB on the way through 3,769 tokens, full attention 1,884 KiB." in page.text
    page.move("budget", 64).move("law", "Full attention")
    assert any("No size of it fits." in note for note in page.notes)
    page.click("law_fit")
    assert page.value("law") == "window" and page.value("law_window_n") == 128


def test_the_choice_is_measured_and_a_better_one_is_named_and_taken(few: None) -> None:
    page = opened()
    assert page.figures == [] and "law_better" not in buttons(page), "nothing is given away before it is measured"
    page.click("measure_start").settle()
    *_, last = exam.examine(Pick("window", (512,)))
    found = last.data
    assert found.own.right < found.tried[2].right and found.better(256 * KIB) == found.tried[2]
    assert any(verdict(found, 256 * KIB, exam.PLACES) in note for note in page.notes)
    kinds, frontier = page.figures
    assert [trace["name"] for trace in kinds["data"]] == ["your choice", "a better choice", "full attention"]
    assert "Compressive memory" in [trace.get("name") for trace in frontier["data"]]
    assert any(f"answers {found.full().right} of 60" in caption.value for caption in page.app.caption)
    other = opened()
    assert other.figures == [] and not any("Your choice" in note for note in other.notes), (
        "who comes later decides, too"
    )
    other.click("measure_start")
    assert len(other.figures) == 2 and any(verdict(found, 256 * KIB, exam.PLACES) in note for note in other.notes)
    page.click("law_better")
    assert (page.value("law"), page.value("law_compressive_c"), page.value("law_compressive_n")) == (
        "compressive",
        8,
        384,
    )
    assert any("Nothing else that was tried in 256 KiB answers more." in note for note in page.notes)
    assert [trace["name"] for trace in page.figures[0]["data"]] == ["your choice", "full attention"]
    page.point("window 256")
    assert (page.value("law"), page.value("law_window_n")) == ("window", 256)
    assert page.named.items() >= {"law_window_n": "256"}.items()
    chart = page.charts[1]
    for nonsense in ("compressive 8 385", "window", 7, None):
        page.select(chart, {"selection": {"points": [{"customdata": [nonsense]}]}})
        assert page.value("law_window_n") == 256
    page.point("compressive 8 384")
    page.app.session_state[page.key("law_ask")] = True
    page.run()
    said = exam.asked(OTHERS[1], exam.SEEDS[0])
    rights = sum(exam.right(*pair) for pair in zip(exam.shown().inquiries, said, strict=True))
    assert page.said.count("<details>") == 60 and page.said.count("”: right.") == rights


def test_the_contract_can_be_read_in_both_languages_with_what_is_held_of_it() -> None:
    page = opened(law_window_n=1024, budget=512)
    page.app.session_state[page.key("law_read")] = True
    page.run()
    facts = exam.shown().story.facts
    assert page.said.count("ma-w ma-raw") + page.said.count("ma-w ma-lost") == len(facts) + 2, "and twice in the legend"
    clause = next(one for one in exam.shown().clauses if one.refers)
    party = clause.facts[0].key[0].capitalize()
    assert f"{party} <small>(as in clause {clause.refers[0]})</small>" in page.said
    assert "1. Definitions." in page.said and " refers to " in page.said and "belongs to" not in page.said
    page.move("law_learned", True)
    assert " belongs to " in page.said and " refers to " not in page.said
