"""A lecture of ten minutes by the keyboard alone, in short: no mouse is touched, and the next key works at once."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.reader import part, ready, rest, token

OpenPage = Callable[..., Page]

# What has the focus, in whatever tree it stands.
FOCUS = """() => {
    let now = document.activeElement;
    while (now?.shadowRoot?.activeElement) now = now.shadowRoot.activeElement;
    return now.dataset.part ?? now.className;
}"""
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def test_a_lecture_is_given_by_the_keyboard_alone(open_page: OpenPage) -> None:
    page = ready(open_page("/compressive", size=(1280, 720), reduced_motion=True))
    root, keys = part(page, "root").first, page.keyboard

    def counter() -> str:
        return part(page, "counter").first.inner_text()

    def press(*names: str) -> None:
        for name in names:
            keys.press(name)
            expect(root).not_to_have_attribute("data-moving", "")

    # The page opens: keys are for the stage, which stands on the answer, and nothing was scrolled.
    assert page.evaluate(FOCUS) == "root" and page.evaluate(SCROLLED) == 0
    assert token(page) == int(re.split(r"\D", counter().split("/")[1])[0])
    expect(page.locator(".ma-card").first).to_be_visible()

    # From the first word by phases, whole tokens and events; where pairs leave Mem, the stage asks.
    press("Home", "PageDown")
    assert counter().startswith("token 2/") and "phase: read" in counter()
    press("Control+ArrowRight", "Control+ArrowLeft")
    assert counter().startswith("token 2/")
    press("Shift+ArrowRight")
    assert counter().startswith("token 8/") and "phase: push" in counter()
    press("ArrowLeft")
    assert counter().startswith("token 8/") and "phase: read" in counter()
    press("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight")
    question = part(page, "question")
    expect(question).to_be_visible()
    assert counter().startswith("token 24/") and page.evaluate(FOCUS) == "target", "a tile has the focus"
    press("Space", *["Shift+ArrowRight"] * 7, "Tab", "Enter")  # the first tile to the eighth, past the others, Reveal
    expect(part(page, "verdict")).to_contain_text("✓ Right")
    press("PageDown")
    expect(question).to_be_hidden()
    assert "phase: pop" in counter() and "leave Mem" in part(page, "event").inner_text()

    # At the end another question, which letters answer.
    press("End", "Control+ArrowLeft", "PageDown")
    expect(part(page, "prompt")).to_contain_text("What is left of the first word")
    press("c", "Enter")
    expect(part(page, "verdict")).to_contain_text("✓ Right")
    press("Escape")
    expect(question).to_be_hidden()

    # Tiles are inspected.
    press("Enter", "ArrowLeft")
    expect(part(page, "tip")).to_be_visible()
    press("Escape")
    expect(part(page, "tip")).to_be_hidden()

    # Presenter mode, looked at one thing at a time; a scenario by its number; a dark screen; signs explained.
    rest(page)
    press("f")
    expect(root).to_have_attribute("data-look", "tiles", timeout=30_000)
    for look in ("panel-1", "panel-2", "all", "tiles"):
        press("v")
        expect(root).to_have_attribute("data-look", look)
    rest(page)
    press("5")
    scenario = page.locator(".st-key-scenarios [aria-checked=true]")
    expect(scenario).to_have_text("n_s not divisible by c", timeout=30_000)
    expect(part(page, "counter").first).to_have_text(re.compile(r"^token 21/"), timeout=30_000)  # just before it
    rest(page)
    press("p", "PageDown", "PageDown", "PageDown")
    assert "phase: compress" in counter()
    press("b")
    expect(page.locator(".ma-blank")).to_be_visible()
    press("b")
    expect(page.locator(".ma-blank")).to_have_count(0)
    press("?")
    expect(part(page, "keys")).to_be_visible()
    press("Escape")
    expect(part(page, "keys")).to_be_hidden()

    # The speaker's window says what to look for, what is seen, and what comes next; keys work there, too.
    with page.expect_popup() as opened:
        keys.press("w")
    speaker = opened.value
    says = speaker.locator("body")
    expect(says).to_contain_text("5 · n_s not divisible by c", timeout=30_000)
    expect(says).to_contain_text("Seven pairs make two slots of three", timeout=30_000)
    expect(says).to_contain_text("6 · Just inside the reach")
    expect(says).to_contain_text("phase: compress")
    speaker.keyboard.press("PageDown")
    expect(says).to_contain_text("phase: append")
    assert "phase: append" in counter()
    speaker.locator("[data-is=run]").press("Enter")
    expect(speaker.locator("[data-is=time]")).not_to_have_text("0:00")
    speaker.close()

    # The next page, and the mode goes along; then back to a page as a reader sees it, where keys work at once as well.
    page.bring_to_front()
    press(".")
    expect(page).to_have_url(re.compile(r"/global\?.*present=true"), timeout=30_000)
    ready(page)
    stood = token(page)
    press("Control+ArrowLeft")
    assert token(page) == stood - 1
    rest(page)
    press("f")
    expect(page.get_by_test_id("stSidebar")).not_to_have_css("display", "none", timeout=30_000)
    rest(page)
    stood = token(page)
    press("Control+ArrowLeft")
    assert token(page) == stood - 1
