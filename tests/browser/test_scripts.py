"""The script of the stage comes by its address, or with the page; lost on the way, it is asked for again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from benchmarks.server import served
from tests.browser import reader

PLAIN = ("-m", "streamlit", "run", "app.py")
STAGE = '[data-part="root"][data-ready]'


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A browser that knows nothing yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context.new_page()
    context.close()


def losing(page: Page, times: int) -> list[str]:
    """The addresses of scripts that the page asks for, of which the first so many are lost."""
    asked: list[str] = []

    def lose(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) <= times:
            route.abort()
        else:
            route.continue_()

    page.route("**/_memattn/script/*", lose)
    return asked


def test_a_script_that_is_lost_is_asked_for_again(tab: Page, app_url: str) -> None:
    asked = losing(tab, 1)
    tab.goto(f"{app_url}/segments")
    reader.ready(tab)
    first, second = asked
    assert second.startswith(f"{first}?"), "a browser asks but once for a script that failed"


def test_a_script_that_does_not_come_is_told_and_comes_with_the_page(tab: Page, app_url: str) -> None:
    asked = losing(tab, 3)
    tab.goto(f"{app_url}/compressive?ns=5")
    told = tab.get_by_role("alert").filter(has_text="The picture did not come")
    told.wait_for()
    assert len(asked) == 3
    told.get_by_role("link", name="Reload this page").click()
    reader.ready(tab)
    expect(told).to_have_count(0)
    assert "ns=5" in tab.url


def test_plain_streamlit_sends_the_script_with_the_page(tab: Page) -> None:
    with served(PLAIN) as (address, *_):
        asked = losing(tab, 9)
        tab.goto(address)
        tab.locator(STAGE).wait_for()
        assert not asked
