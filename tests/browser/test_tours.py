"""A tour and the map of what was done, in real Chromium."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.reader import go, ready, rest

OpenPage = Callable[..., Page]


def test_the_map_says_what_was_done_in_this_browser_until_it_is_told_to_forget(open_page: OpenPage) -> None:
    page = ready(open_page("/segments", query={"scenario": "First look", "tour": "lecture.2"}))
    expect(page.get_by_role("radio", name="First look", exact=True)).to_be_checked()
    page.get_by_role("radio", name="Over the border").click()
    rest(page)
    go(page, "Start")
    done = page.locator(".ma-done")
    expect(done.and_(page.locator("[data-page=segments]"))).to_have_text(re.compile(r"^2 of \d+ scenarios seen$"))
    expect(done.and_(page.locator("[data-tour=lecture]"))).to_have_text("stop 2 of 8 reached")
    page.reload()
    ready(page)
    expect(done.filter(has_text="2 of")).to_have_count(2)
    page.get_by_role("button", name="Forget what was done").click()
    expect(done.filter(has_text=re.compile("."))).to_have_count(0)
    expect(page.get_by_role("button", name="Forget what was done")).to_have_count(0)
    for strange in ("null", "7", "{", '{"pages": null}'):  # a page error fails the test
        page.evaluate("text => localStorage.setItem('memattn:done', text)", strange)
        page.reload()
        ready(page)


def test_the_clicker_and_the_speaker_go_from_stop_to_stop(open_page: OpenPage) -> None:
    page = ready(open_page("/", query={"step": 1, "tour": "lecture.1", "present": 1}))
    with page.expect_popup() as opening:
        page.keyboard.press("w")
    speaker = opening.value
    say = speaker.locator("[data-is=say]")
    expect(say).to_contain_text("two vectors of every word")
    expect(speaker.locator("[data-is=page]")).to_contain_text("stop 1 of 8 · 1 min, until 1:00")
    expect(speaker.locator("[data-is=next]")).to_have_text("Next: Segments & FIFO →")
    page.keyboard.press(".")
    expect(page).to_have_url(re.compile(r"/segments\?.*tour=lecture\.2"), timeout=30_000)
    expect(say).to_contain_text("what leaves, one pair or five?")
    ready(page)
    assert "present=true" in page.url
    page.keyboard.press(",")
    expect(page).to_have_url(re.compile(r"/\?.*tour=lecture\.1"), timeout=30_000)
