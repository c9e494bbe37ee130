"""What a reader does with a page in Chromium, and what stands there then."""

import re
from typing import NamedTuple

from playwright.sync_api import Locator, Page, expect

# No script runs, and the page's own scripts, which come after what they serve is drawn, have come.
SETTLED = """() => Boolean(document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'
    && globalThis[Symbol.for('memattn.link')]?.copy && globalThis[Symbol.for('memattn.present')]?.press)"""
STILL = """() => !document.querySelector('[data-part=root][data-moving]')"""
COPY = """async () => {
    const worked = await globalThis[Symbol.for('memattn.link')].copy();
    return worked ? navigator.clipboard.readText() : null;
}"""


class Standing(NamedTuple):
    """What is seen: the address, the picture, and what the page says of it."""

    query: str
    run: str
    counter: str
    picture: str
    answer: str


def part(where: Page | Locator, name: str) -> Locator:
    return where.locator(f"[data-part={name}]")


def slider(page: Page, key: str) -> Locator:
    """By its key on the page, "compressive_n"."""
    return page.locator(f".st-key-{key} [role=slider], .st-key-{key} input[type=range]").first


def option(page: Page, key: str, name: str) -> None:
    """Choose in a select box."""
    page.locator(f".st-key-{key} input").first.click()
    page.get_by_role("option", name=name, exact=True).click()


def token(stage: Page | Locator) -> int:
    """At which a stage stands, from 1."""
    found = re.match(r"token (\d+)/", part(stage, "counter").first.inner_text())
    assert found
    return int(found[1])


def ready(page: Page, stages: int = 1) -> Page:
    """Wait until the stages are painted, or the figures of a page without one, and nothing runs any more."""
    if "/cost" in page.url and "Designs" not in page.url:
        stages = 0
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=60_000)
    expect(page.locator("[data-part=root][data-ready]")).to_have_count(stages, timeout=60_000)
    rest(page)
    return page


def rest(page: Page) -> None:
    """Wait until no stage moves and no script runs, for as long as a report of the stage takes."""
    calm = 0
    while calm < 3:
        page.wait_for_function(SETTLED, timeout=60_000, polling=50)
        page.wait_for_function(STILL, timeout=60_000)
        page.wait_for_timeout(250)
        calm = calm + 1 if page.evaluate(SETTLED) else 0


def views(page: Page) -> list[str]:
    """Names of the views under the stage, in order; [] on a page without."""
    return page.locator(".st-key-views [role=radio]").all_inner_texts()


def go(page: Page, title: str) -> Page:
    """Go to a page by the navigation, unfolding it where it is folded."""
    sidebar = page.get_by_test_id("stSidebar")
    if sidebar.get_attribute("data-collapsed") != "false":
        page.get_by_test_id("stExpandSidebarButton").click()
        expect(sidebar).to_have_attribute("data-collapsed", "false")
    sidebar.get_by_role("link", name=title, exact=True).click()
    expect(page.locator("h1.ma-title")).to_contain_text(HEADINGS.get(title, title), timeout=60_000)
    return ready(page)


HEADINGS = {"Start": "How does a language model remember?"}


def standing(page: Page) -> Standing:
    rest(page)
    card = page.locator(".ma-card").first
    return Standing(
        page.evaluate("location.search"),
        str(part(page, "root").first.get_attribute("data-ready")),
        part(page, "counter").first.inner_text(),
        part(page, "svg").first.evaluate("svg => svg.textContent"),
        card.inner_text() if card.count() else "",
    )


def keys(page: Page, *names: str) -> None:
    """Press keys on the page's own stage."""
    part(page, "root").first.focus()
    for name in names:
        page.keyboard.press(name)
    rest(page)
