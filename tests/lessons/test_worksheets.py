"""Worksheets: the sheet asks what the items ask, and the key says what they answer."""

import re
from html import unescape

import pytest

from memattn.lessons.items import LESSONS, items_of
from memattn.lessons.items.__main__ import main
from memattn.lessons.items.worksheet import answer, html, letter, lowered, sheet
from memattn.lessons.prediction import Number, Order, Slots

SEED = 5


def read(markup: str) -> str:
    """What one reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", re.sub(r"</(li|p|h2)>", " ", markup))).split())


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", lowered(text))).split())


@pytest.mark.parametrize("lesson", LESSONS)
def test_sheet_and_key_agree_with_the_items(lesson: str) -> None:
    items = items_of(lesson)
    written = html(sheet(LESSONS[lesson], items, SEED))
    questions, key = written.split('<div class="key">')
    asked = re.findall(r"<section>(.*?)</section>", questions)
    answered = re.findall(r"<section>(.*?)</section>", key)
    assert len(asked) == len(answered) == len(items)
    for number, (item, question, told) in enumerate(zip(items, asked, answered, strict=True), 1):
        posed = item.ask(SEED)
        said = read(question)
        assert said.startswith(f"{number}. {item.title}") and plain(posed.prompt) in said
        assert all(plain(line) in said for line in posed.lines)
        for at, sentence in enumerate(posed.offered):
            assert f"{letter(at)}{plain(sentence)}" in said
        assert read(told).startswith(f"{number}. {item.title}: {answer(posed)} ") and plain(posed.truth) in read(told)
        assert posed.truth not in unescape(question)
        match posed.choice:
            case Number():
                number_said = float(answer(posed).split()[0].replace("−", "-"))
                assert number_said == pytest.approx(posed.asked.answer[0], rel=1e-3)
            case Slots():
                assert [int(slot) - 1 for slot in re.findall(r"k(\d+)", answer(posed))] == list(posed.asked.answer)
            case choice:
                places = [ord(one) - ord("A") for one in answer(posed).split(", ")]
                assert places == (list if isinstance(choice, Order) else sorted)(posed.asked.answer)


def test_a_worksheet_is_one_file_that_asks_nobody_for_anything_and_has_its_key_on_a_page_of_its_own() -> None:
    written = html(sheet("A & B", items_of("cost"), SEED))
    assert not re.search(r"https?:|src=|@import|url\(", written) and "A &amp; B" in written
    assert "size: A4" in written and re.search(r"\.key \{[^}]*break-before: page", written)


def test_the_command_writes_the_same_sheet_and_refuses_what_has_no_items(capsys: pytest.CaptureFixture[str]) -> None:
    main(["cost", "--seed", "5"])
    assert capsys.readouterr().out == html(sheet(LESSONS["cost"], items_of("cost"), 5))
    with pytest.raises(SystemExit):
        main(["story"])
    assert "segments" in capsys.readouterr().err
