"""*Check yourself* by keys and by clicks, from the question to the lesson that shows why."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from memattn.lessons.items import ITEMS
from tests.browser.reader import SETTLED, part, ready

OpenPage = Callable[..., Page]


def asked(open_page: OpenPage, item: str, size: tuple[int, int] | None = None) -> Page:
    page = open_page("/check", query={"item": item}, size=size)
    expect(page.locator("h2.ma-item")).to_have_text(ITEMS[item].title, timeout=60_000)
    expect(page.locator(".st-key-sureness")).to_be_visible(timeout=60_000)  # below what may be chosen
    page.wait_for_function(SETTLED, timeout=60_000)
    return page


def test_a_question_is_answered_by_keys_alone_and_the_next_one_comes(open_page: OpenPage) -> None:
    posed = ITEMS["grows"].ask(1)
    page = asked(open_page, "grows")
    page.keyboard.press(str(int(posed.asked.answer[0]) + 1))
    expect(page.locator(".st-key-options button").nth(int(posed.asked.answer[0]))).to_contain_text("●")
    page.keyboard.press("s")
    expect(page.locator(".ma-reply")).to_contain_text("Right.")
    page.wait_for_url("**log=grows-R*")
    page.keyboard.press("n")
    expect(page.locator("h2.ma-item")).to_have_text(ITEMS["fifo"].title)


def test_tiles_of_the_stage_answer_and_the_way_into_the_lesson_shows_that_moment(open_page: OpenPage) -> None:
    """On a phone, where the answer stands above the stage on which one gave it."""
    posed = ITEMS["fifo"].ask(1)
    page = ready(asked(open_page, "fifo", (390, 844)))
    page.get_by_role("button", name="Not sure").click()
    expect(page.get_by_role("button", name="Nothing leaves")).to_be_visible()
    page.get_by_role("button", name="Nothing leaves").click()
    page.get_by_role("button", name="Reveal").click()
    reply = page.locator(".ma-reply")
    expect(reply).to_contain_text("Not so. Nothing leaves?")
    page.wait_for_url("**log=fifo-w*")
    for shown in (reply, page.get_by_role("button", name="Next question")):
        expect(shown).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="See it in").click()
    expect(page.locator("h1.ma-title")).to_contain_text("Segments & FIFO", timeout=60_000)
    ready(page)
    assert posed.opens.step is not None
    expect(part(page, "counter").first).to_contain_text(
        f"token {posed.opens.step + 1}/{len(posed.opens.settings.words)}"
    )  # type: ignore[union-attr]
    expect(part(page, "counter").first).to_contain_text("phase: drop")


def test_a_worksheet_is_the_one_chosen_however_soon_one_asks(open_page: OpenPage) -> None:
    page = open_page("/check")
    page.get_by_text("Worksheet to print").click()
    page.locator(".ma-download").wait_for()
    for _ in range(5):
        page.get_by_role("slider", name="Worksheet").press("ArrowRight")
        with page.expect_download() as download:
            page.locator(".ma-download").click()
        assert re.fullmatch(r"memattn-segments-[1-6]\.html", download.value.suggested_filename)
        assert "worksheet" in download.value.path().read_text()
    page.wait_for_function(SETTLED, timeout=60_000)
    with page.expect_download() as download:
        page.locator(".ma-download").click()
    assert "worksheet 6" in download.value.path().read_text()
