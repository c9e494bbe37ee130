"""*Check yourself*: what is clicked, typed and shared, and where the way into the lesson leads."""

import re

import pytest

from memattn.lessons import running
from memattn.lessons.items import ITEMS, progress
from memattn.lessons.items.item import Posed
from memattn.lessons.prediction import Number, Slots
from memattn.ui.check import state, ways
from tests.pages.runs import standing
from tests.pages.session import Session, query

BY_FORM = ("block", "border", "order", "work", "fifo", "fault")


def opened(item: str, **values: object) -> Session:
    return Session().open("check", query(item=item, **values))


def labels(page: Session) -> list[str]:
    return [button.label for button in page.buttons if (button.key or "").startswith("check_option")]


def replied(page: Session) -> str:
    found = re.findall(r'<div class="ma-reply[^>]*>(.*?)</div>', page.said, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[0]) if found else ""


def plain(text: str) -> str:
    return re.sub(r"\b([anH])_([a-z]{1,4})\b", r"\1\2", text)


def way(page: Session) -> tuple[str, str]:
    """The page and the query of the link into the lesson."""
    (link,) = (one.proto for one in page.app.main.get("page_link"))
    return link.page, link.query_string


def give(page: Session, posed: Posed, chosen: tuple[float, ...], sure: str = "yes") -> Session:
    """Answer as a reader does."""
    if isinstance(posed.choice, Slots):
        page.click(f"say_{sure}")
        return page.answer((0, [int(one) for one in chosen], posed.is_right(chosen)))
    if isinstance(posed.choice, Number):
        page.move("typed", f"{chosen[0]:.6g}")
    else:
        for at in chosen:
            page.click(f"option_{int(at)}")
    return page.click(f"say_{sure}")


@pytest.mark.parametrize("name", BY_FORM)
def test_every_form_takes_an_answer_says_what_belongs_to_it_and_is_shared_by_its_link(name: str) -> None:
    item, posed = ITEMS[name], ITEMS[name].ask(1)
    wrong = next(iter(posed.asked.beliefs), (posed.asked.answer[0],))
    page = opened(name)
    assert plain(posed.prompt) in re.sub(r"<[^>]+>", "", page.said) and item.title in page.said and not replied(page)
    give(page, posed, posed.asked.answer, sure="no")
    assert "Right. " in replied(page) and plain(posed.truth) in replied(page) and page.named["log"] == f"{name}-r"
    shared = page.shared((3, "") if page.stages else None)
    assert shared.seen == page.seen and replied(shared) == replied(page)

    page = give(opened(name), posed, wrong)
    assert "Not so. " in replied(page) and plain(posed.reply(wrong).strip()) in replied(page)
    assert "You were sure: it comes back after 3 other questions" in replied(page) and page.named["log"] == f"{name}-W"


def test_what_is_chosen_is_marked_can_be_taken_back_and_is_not_yet_an_answer() -> None:
    page = opened("border").click("option_1").click("option_3")
    assert [label.split()[0] for label in labels(page)] == ["☐", "☑", "☐", "☑", "☐"] and page.named["given"] == "2,4"
    page.click("option_1")
    assert page.named["given"] == "4" and "log" not in page.named and not replied(page)
    page = opened("order").click("option_2").click("option_0")
    assert [label.split(" **")[0] for label in labels(page)[:3]] == ["(2)", "( )", "(1)"]
    says = [button for button in page.buttons if (button.key or "").startswith("check_say")]
    assert len(says) == 2 and all(button.disabled for button in says), "an order needs all its parts"


def test_after_the_answer_the_right_one_is_marked_beside_the_wrong_one_and_nothing_can_be_chosen_any_more() -> None:
    posed = ITEMS["block"].ask(1)
    (wrong,) = next(iter(posed.asked.beliefs))
    page = give(opened("block"), posed, (wrong,))
    signs = [label.split()[0] for label in labels(page)]
    assert signs[int(posed.asked.answer[0])] == "✓" and signs[int(wrong)] == "✗" and signs.count("·") == len(signs) - 2
    assert all(button.disabled for button in page.buttons if (button.key or "").startswith("check_option"))


def test_after_the_answer_one_still_sees_what_one_chose() -> None:
    page = opened("border", given="1,2,3", sure="no")
    answer = set(ITEMS["border"].ask(1).asked.answer)
    expected = [("☑" if at < 3 else "☐") + ("✓" if at in answer else "✗" if at < 3 else "·") for at in range(5)]
    assert ["".join(label.split()[:2]) for label in labels(page)] == expected and len(set(expected)) > 2
    page = opened("order", given="1,2,3,4,5,6", sure="yes")
    right = ITEMS["order"].ask(1).asked.answer
    for at, label in enumerate(labels(page)):
        place = right.index(at) + 1
        assert label.startswith(f"✓ {place}. " if place == at + 1 else f"✗ {place}. (not {at + 1}.) "), label


def test_what_a_link_alone_answers_does_not_come_back_and_what_one_answered_does_when_it_says() -> None:
    wrong = {"given": "1,2,3,4,5,6", "sure": "yes"}
    assert not ITEMS["order"].ask(1).is_right(ITEMS["order"].ask(1).read(wrong["given"]))
    page = opened("order", **wrong)
    assert "Not so. " in replied(page) and "comes back" not in replied(page)
    assert "it comes back after 3 other questions" in replied(opened("order", log="fifo-R.order-W", **wrong))
    few = "left-R2.crowded-R.dynamic-R.legal-R.left-W1"
    said = replied(opened("left", of="loss", log=few, given=wrong_number("left"), sure="yes"))
    assert "it comes back after 1 other question, with fresh numbers" in said


def wrong_number(item: str) -> str:
    """A choice that is not the answer."""
    posed = ITEMS[item].ask(1)
    return posed.written(next(iter(posed.asked.beliefs)))


def test_other_numbers_ask_another_question() -> None:
    alike = next(n for n in range(1, 30) if _said(n) == _said(n + 1))
    page = opened("needs", n=str(alike), given="1", sure="no").click("again")
    assert int(page.named["n"]) > alike + 1 and _said(int(page.named["n"])) != _said(alike)


@pytest.mark.parametrize("item", ITEMS)
def test_what_comes_back_is_another_question_than_those_that_were_asked(item: str) -> None:
    """With whatever numbers these were; neighbouring ones may ask the same."""
    log: progress.Log = ()
    for now in (6, 2, 1):
        log = (*log, progress.Told(item, False, True, now))
        numbers = state._other_numbers(item, log, 0)
        told = [state._seen(item, one.numbers) for one in log]
        assert numbers not in [one.numbers for one in log]
        assert state._seen(item, numbers) not in told[-1:]
        few = len({state._seen(item, seed) for seed in range(1, 20)}) <= 3
        assert few or state._seen(item, numbers) not in told


def test_a_question_that_was_opened_by_a_link_comes_back_with_numbers_of_its_own() -> None:
    page = opened("needs", n="2")
    give(page, ITEMS["needs"].ask(2), next(iter(ITEMS["needs"].ask(2).asked.beliefs)))
    assert page.named["log"] == "needs-W2"
    page.click("again")
    assert _said(int(page.named["n"])) != _said(2)


def _said(numbers: int) -> tuple[str, frozenset[str]]:
    posed = ITEMS["needs"].ask(numbers)
    return posed.prompt, frozenset(posed.offered)


def test_a_number_may_be_typed_as_it_is_written_here() -> None:
    posed = ITEMS["storage"].ask(1)
    (answer,) = posed.asked.answer
    assert answer >= 1000 and f"{answer:,.0f}" in posed.truth
    for typed in (f"{answer:,.0f}", f"{answer:.0f}", f"{answer:.0f},0"):
        assert posed.is_right(posed.read(typed)), typed
    assert posed.read("0,125") == (0.125,) and posed.read("1,024.5") == (1024.5,) and posed.read("1,5") == (1.5,)


def test_the_next_question_other_numbers_and_what_comes_back() -> None:
    page = opened("block")
    give(page, ITEMS["block"].ask(1), next(iter(ITEMS["block"].ask(1).asked.beliefs)))
    page.click("next")
    assert page.value("item") == "fifo" and "given" not in page.named and "n" not in page.named
    page = opened("block", log="block-W.fifo-R.stale-R", given="1", sure="yes").click("again")
    assert page.named["n"] == "2" and page.value("item") == "block"
    page = opened("border", log="block-W.fifo-R.stale-R.border-R", given="1", sure="yes").click("next")
    assert (page.value("item"), page.named["n"]) == ("block", "2")
    assert plain(ITEMS["block"].ask(2).prompt) in page.said


def test_questions_of_one_lesson_follow_each_other_and_progress_is_counted_by_lesson() -> None:
    page = opened("damp", of="global", log="damp-R.entropy-W.fifo-R", given="1", sure="no")
    assert "2 of 41 right the last time they were asked; of 3 answers that you were sure of, 2 right; " in page.said
    assert "; 1 will come back." in page.said
    assert "1 of 8, 1 back" in page.said and "1 of 11" in page.said
    page.click("next")
    assert ITEMS[page.value("item")].lesson == "global"
    page.move("of", "Summary vectors")
    assert ITEMS[page.value("item")].lesson == "summary" and "given" not in page.named
    assert page.click("reset").link == ""


def test_a_question_that_is_chosen_is_asked_with_numbers_that_were_not_asked() -> None:
    page = opened("work", log="block-R.block-w", given="3").move("item", ITEMS["block"].title)
    assert page.named["n"] == "3" and "given" not in page.named


@pytest.mark.parametrize("key", ["of", "item"])
@pytest.mark.parametrize("sent", [ITEMS["slip"].title, ITEMS["fifo"].title, "no entry of any box", ""])
def test_a_move_to_an_entry_that_a_box_has_no_longer_asks_a_question_all_the_same(key: str, sent: str) -> None:
    page = Session().open("check", query(of="summary"))
    assert ITEMS["slip"].lesson == "summary" != ITEMS["fifo"].lesson
    page._send(page.control(key).id, string_value=sent)
    item = next(one for one in ITEMS.values() if f'<h2 class="ma-item">{one.title}</h2>' in page.raw)
    assert page.value("of") in ("all", item.lesson), "asked from where it is said to be"
    assert page.named.get("item", "fifo") in ITEMS


def test_a_number_that_is_none_is_no_answer() -> None:
    page = opened("work").move("typed", "seven")
    assert "That is no number that can be an answer." in page.said
    assert all(button.disabled for button in page.buttons if (button.key or "").startswith("check_say"))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"item": "nothing"}, "as Question. Allowed: fifo, stale"),
        ({"given": "99", "item": "block"}, "Allowed: whole numbers from 1 to 5"),
        ({"n": "0"}, "Allowed: whole numbers up to 999"),
        ({"log": "x-R"}, "as answers so far. Allowed: what this page writes, such as fifo-R."),
        ({"sure": "maybe"}, "Allowed: yes, no"),
    ],
    ids=str,
)
def test_what_a_link_asks_for_and_cannot_get_is_told(values: dict[str, str], told: str) -> None:
    page = Session().open("check", query(**values))
    assert any(told in note for note in page.notes), page.notes


def test_a_stage_that_claims_what_cannot_be_counts_not() -> None:
    page = opened("fifo").click("say_yes")
    assert page.stage.header["seek"]["ask"] == 0
    page.answer((0, [999], True))
    assert not replied(page) and "log" not in page.named


@pytest.mark.parametrize("name", ITEMS)
def test_the_way_into_the_lesson_leads_to_that_picture(name: str) -> None:
    posed = ITEMS[name].ask(1)
    opens = posed.opens
    page = opened(name, given=posed.written(posed.asked.answer), sure="yes")
    file, values = way(page)
    assert file == opens.page and ways.stop_of(opens.page).ready
    (link,) = (one.proto.label for one in page.app.main.get("page_link"))
    assert link.startswith("See it in" if opens.settings else "More in"), "what is seen is of the question or is not"
    lesson = Session().open(opens.page, values)
    assert not lesson.notes, lesson.notes
    if opens.settings:
        assert lesson.stage.content["tokens"] == list(opens.settings.words)
        assert lesson.stage.start == (opens.step, opens.phase)
        assert running.memory_of(standing(lesson)) == running.memory_of(opens.settings)
    for key, value in opens.further.items():
        if key != "view":
            assert lesson.named.get(key, str(value)) == str(value), key
