"""Presenter mode: the stage has the screen, its type carries to the last row, and keys work wherever the focus is."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from memattn.ui import presenting
from tests.browser.reader import part, ready, rest, token

OpenPage = Callable[..., Page]

# Sizes as seen, of every element with a text of its own, in the stage's shadow tree.
SIZES = """root => [...root.querySelectorAll('*')].filter((node) => node.checkVisibility({ opacityProperty: true })
    && !node.closest('.live') && [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim()))
    .map((node) => [parseFloat(getComputedStyle(node).fontSize), node.textContent.trim(),
        node.getAttribute('class')])"""


# What of a panel hangs out of it, and is cut.
OUTSIDE = """parts => parts.filter((part) => part.checkVisibility() && part.getBoundingClientRect().right
    > part.closest('.panel').getBoundingClientRect().right + 1).map((part) => part.outerHTML.slice(0, 90))"""


def presented(open_page: OpenPage, path: str = "/compressive", *, size: tuple[int, int] = (1280, 720)) -> Page:
    few = {} if path == "/" else {"ncm": 8}  # slots, as many as have room with words in them
    return ready(open_page(path, query={"present": "true", **few}, size=size))


@pytest.mark.parametrize("path", ["/", "/summary", "/compressive", "/global", "/loss", "/story"])
def test_the_stage_has_the_screen_and_nothing_on_it_is_small(open_page: OpenPage, path: str) -> None:
    page = presented(open_page, path)
    root = part(page, "root").first
    for width, height in ((1280, 720), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        rest(page)
        box = root.bounding_box()
        assert box and box["width"] > 0.95 * width and 0.93 * height < box["y"] + box["height"] <= height
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        words = [size for size, text, kind in root.evaluate(SIZES) if kind == "word" and text]
        assert len(words) >= (2 if path == "/summary" else 9) and min(words) >= 24  # one pair and the query, at the end
        for look in ("tiles", "panel-1", "panel-2", "all"):
            expect(root).to_have_attribute("data-look", look)
            seen = root.evaluate(SIZES)
            small = [(size, text) for size, text, _ in seen if size < 15.99]  # but for rounding
            assert small == [], look
            told = part(page, "event")
            assert told.evaluate("node => node.scrollHeight <= node.clientHeight + 1"), told.inner_text()
            if look == "all":
                assert sum(kind == "word" and bool(text) for _, text, kind in seen) >= min(len(words), 9)
                outside = page.locator(".panel > header > *, .panel .sum > *").evaluate_all(OUTSIDE)
                assert outside == [], "the heads of panels and what their numbers add up to"
                for bars in page.locator(".bars canvas").all():
                    assert not bars.is_visible() or (bars.bounding_box() or {"width": 0})["width"] > 30
            page.keyboard.press("v")
        expect(root).to_have_attribute("data-look", "tiles")


def test_the_stage_follows_a_window_that_only_gets_higher(open_page: OpenPage) -> None:
    page = presented(open_page)
    page.set_viewport_size({"width": 1280, "height": 800})
    rest(page)
    box = part(page, "root").first.bounding_box()
    assert box and 780 < box["y"] + box["height"] <= 800


def test_keys_work_at_once_and_a_clicker_is_enough(open_page: OpenPage) -> None:
    page = presented(open_page)
    assert page.evaluate("document.activeElement === document.body")
    last = token(page)
    page.keyboard.press("PageUp")
    rest(page)
    assert token(page) == last - 1
    page.keyboard.press("Home")
    rest(page)
    page.keyboard.press("PageDown")
    rest(page)
    assert token(page) == 2


def test_what_stands_beside_the_stage_comes_and_goes_by_its_key(open_page: OpenPage) -> None:
    page = presented(open_page)
    for key, name in (("a", ".ma-card"), ("c", ".st-key-sizes"), ("s", ".st-key-scenarios"), ("i", ".ma-badge")):
        seen = page.locator(name).first
        expect(seen).to_be_hidden()
        page.keyboard.press(key)
        expect(seen).to_be_visible()
        page.keyboard.press(key)
        expect(seen).to_be_hidden()


def test_a_number_runs_a_scenario_and_b_darkens_the_screen(open_page: OpenPage) -> None:
    page = presented(open_page)
    page.keyboard.press("2")
    chosen = page.locator(".st-key-scenarios [aria-checked=true]")
    expect(chosen).to_have_text(page.locator(".st-key-scenarios button").nth(1).inner_text(), timeout=30_000)
    rest(page)
    stood = token(page)
    page.keyboard.press("b")
    expect(page.locator(".ma-blank")).to_be_visible()
    page.keyboard.press("ArrowRight")  # lights the screen, and nothing else
    expect(page.locator(".ma-blank")).to_have_count(0)
    assert token(page) == stood


def test_the_mode_is_switched_by_its_key_and_goes_along_to_other_pages(open_page: OpenPage) -> None:
    page = ready(open_page("/compressive"))
    page.evaluate("localStorage.setItem('memattn:letters', 'off')")  # as the sheet of keys does
    page.keyboard.press("f")
    page.wait_for_timeout(500)
    assert page.evaluate("!document.documentElement.classList.contains('ma-presenting')")
    page.evaluate("localStorage.removeItem('memattn:letters')")
    for shown in (True, False, True):
        page.get_by_test_id("stMain").evaluate("(node) => node.scrollBy({ top: 400, behavior: 'instant' })")
        page.keyboard.press("f")
        seen = expect(page.get_by_test_id("stSidebar"))
        (seen.to_have_css if shown else seen.not_to_have_css)("display", "none", timeout=30_000)
        rest(page)
        expect(part(page, "root")).to_be_in_viewport(ratio=0.99 if shown else 0.3)
    page.get_by_test_id("stMain").evaluate("(node) => node.scrollBy({ top: 400, behavior: 'instant' })")
    page.keyboard.press("1")
    expect(part(page, "root")).to_be_in_viewport(ratio=0.99)
    page.keyboard.press(".")
    expect(page).to_have_url(re.compile(r"/global\?.*present=true"), timeout=30_000)
    ready(page)
    page.keyboard.press(",")
    expect(page).to_have_url(re.compile(r"/compressive\?.*present=true"), timeout=30_000)


@pytest.mark.parametrize("path", ["/segments?step=50", "/compare?tab=Duel", "/compare"])
def test_the_stage_stands_where_it_stood_when_the_mode_is_switched(open_page: OpenPage, path: str) -> None:
    page = ready(open_page(path), 2 if "Duel" in path else 1)
    stage, scrubber = part(page, "root").first, part(page, "scrubber").first
    opened = scrubber.input_value()
    for shown in (True, False):
        stage.focus()
        for key in ("Home", "ArrowRight", "ArrowRight") if shown else ("ArrowRight",):
            page.keyboard.press(key)
        before, stands = "", scrubber.input_value()
        while stands != before:  # no longer, for the stage tells the server of it a while later
            page.wait_for_timeout(60)
            before, stands = stands, scrubber.input_value()
        assert stands != opened
        page.keyboard.press("f")
        seen = expect(page.get_by_test_id("stSidebar"))
        (seen.to_have_css if shown else seen.not_to_have_css)("display", "none", timeout=30_000)
        rest(page)
        assert scrubber.input_value() == stands


def test_what_the_page_was_told_before_is_not_obeyed_behind_what_it_is_told_now(browser: Browser) -> None:
    """A page that is laid out anew brings its scripts, now and then, what it had sent them for the layout before."""
    page = browser.new_page()
    page.set_content("<p>A page without a stage</p>")
    told = """async ([script, tellings]) => {
        const { default: tell } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
        return tellings.map(([presenting, since]) => {
            tell({ data: { presenting, since } });
            return document.documentElement.classList.contains("ma-presenting");
        });
    }"""
    tellings = [[False, 11.5], [True, 13.25], [False, 11.5], [True, 13.25], [False, 17.0], [True, 13.25]]
    assert page.evaluate(told, [presenting.script(), tellings]) == [False, True, True, True, False, False]
    page.close()


def test_letters_that_are_typed_are_typed(open_page: OpenPage) -> None:
    page = ready(open_page("/story", query={"story": "own"}))
    field = page.locator("textarea").first
    if not field.is_visible():
        page.locator("[data-testid=stPopover] button").first.click()
    expect(field).not_to_have_value("")  # the field comes before what stands in it
    before = field.input_value()
    field.press("End")
    page.keyboard.type("f")
    assert "present" not in page.url.split("?")[1] and len(field.input_value()) == len(before) + 1


def test_a_question_is_asked_with_tiles_and_card_in_view(open_page: OpenPage) -> None:
    page = presented(open_page)
    root = part(page, "root").first
    page.keyboard.press("Home")
    for _ in range(3):  # two segments fill Mem, the third pops
        rest(page)
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-part=question]")).to_be_visible(timeout=30_000)
    expect(root).to_have_attribute("data-look", "all")
    assert page.locator(".target").count() > 0
    page.evaluate("document.activeElement.blur()")  # wherever the focus is
    page.keyboard.press("1")
    page.keyboard.press("PageDown")
    expect(page.locator("[data-part=stays]")).to_contain_text("still open")
    expect(page.locator(".ma-look", has_text="Look:")).to_have_count(0)  # no scenario was run
    page.keyboard.press("Escape")
    expect(root).to_have_attribute("data-look", "tiles")


def test_a_button_below_the_stage_opens_the_speakers_window_which_goes_with_the_page(open_page: OpenPage) -> None:
    page = presented(open_page, "/")
    button = page.get_by_role("button", name="Speaker window")
    page.evaluate("() => { window.kept = window.open; window.open = () => null; }")  # as a browser that blocks it
    button.click()
    expect(page.get_by_role("alert").filter(has_text="Allow pop-ups")).to_be_visible()
    page.evaluate("() => { window.open = window.kept; }")
    with page.expect_popup() as opened:
        button.click()
    speaker = opened.value
    expect(speaker.locator("[data-is=counter]")).to_have_text(part(page, "counter").first.inner_text())
    expect(speaker.locator("[data-is=caption]")).to_have_text(part(page, "event").first.inner_text())
    with speaker.expect_event("close"):
        page.goto("about:blank")


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768)])
@pytest.mark.parametrize("path", ["/compressive?tab=Side+by+side", "/compare?tab=Duel"])
def test_two_stages_side_by_side_have_room_for_their_tiles(
    open_page: OpenPage, path: str, size: tuple[int, int]
) -> None:
    name, _, tab = path.partition("?tab=")
    page = ready(open_page(name, query={"present": "true", "tab": tab.replace("+", " ")}, size=size), stages=2)
    roots = page.locator("[data-part=root]")
    boxes = [roots.nth(which).bounding_box() for which in (0, 1)]
    for which, box in enumerate(boxes):
        words = [size for size, _, kind in roots.nth(which).evaluate(SIZES) if kind and "word" in kind.split()]
        assert len(words) > 16 and min(words) >= 12
        assert box and box["width"] > size[0] / 2 - 40 and box["height"] > 600
        assert box["x"] + box["width"] <= size[0] and box["y"] + box["height"] <= size[1] + 8
        assert (
            roots.nth(which)
            .locator(".transport")
            .evaluate(
                "bar => [...bar.children].every(one => !one.checkVisibility() || one.getBoundingClientRect().right"
                " <= bar.getBoundingClientRect().right + 1)"
            )
        )
    assert boxes[0] and boxes[1] and abs(boxes[0]["y"] - boxes[1]["y"]) < 60, "side by side"
