"""Screens of every kind: zoomed, touched, in forced colours, on paper; how wide every view is stands in `looking`.

One opened page serves several widths, since opening it takes longest.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import reader
from tests.browser.looking import OVERHANGING, SIDEWAYS, TALL, WIDTHS, width

FINGER = 44  # px, WCAG 2.5.5
A4 = 794  # px, a sheet with no margin

OVERLAPS = """labels => labels.some((one, i) => labels.slice(i + 1).some(other => {
    const [a, b] = [one, other].map(label => label.getBoundingClientRect());
    return a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
}))"""

OpenPage = Callable[..., Page]


@pytest.fixture
def emulated(browser: Browser, app_url: str) -> Iterator[OpenPage]:
    """`emulated("/story", has_touch=True)`: a drawn page in a browser that says so of itself."""
    contexts = []

    def open_(path: str, **said: Any) -> Page:
        contexts.append(browser.new_context(**said))
        page = contexts[-1].new_page()
        page.goto(app_url + path)
        return reader.ready(page)

    yield open_
    for context in contexts:
        context.close()


def box(place: Locator) -> dict[str, float]:
    found = place.bounding_box()
    assert found
    return dict(found)


def test_zoomed_to_200_percent_nothing_hangs_over(emulated: OpenPage) -> None:
    page = emulated("/compressive", viewport={"width": 640, "height": 360}, device_scale_factor=2)
    assert (page.evaluate(SIDEWAYS), page.evaluate(OVERHANGING)) == (0, [])


def test_on_a_phone_formulas_break_and_no_part_of_them_is_cut(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive", size=(390, TALL)))
    cells = page.locator(".st-key-formulas td")
    assert cells.count() == 12
    assert cells.evaluate_all("cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth + 1).length") == 0


def test_a_row_that_is_too_wide_fades_where_it_goes_on(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive", size=(390, TALL)))
    row = page.locator(".st-key-scenarios [role=radiogroup]")
    assert row.evaluate("row => row.scrollWidth > row.clientWidth")
    assert row.evaluate("row => getComputedStyle(row).maskImage") != "none"
    width(page, 1280)
    assert row.evaluate("row => row.scrollWidth <= row.clientWidth")
    assert row.evaluate("row => getComputedStyle(row).maskImage") == "none"


def test_formula_numbers_and_meaning_are_readable_side_by_side_or_below_each_other(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive"))
    rows = page.locator(".st-key-formulas tbody tr")
    for pixels in WIDTHS[1:]:
        width(page, pixels)
        assert min(box(cell)["width"] for cell in rows.locator("td:last-child").all()) > 250, pixels


def test_on_a_phone_the_navigation_does_not_lie_over_the_landing_page(open_page: OpenPage) -> None:
    page = open_page("/", size=(390, 844))
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_role("link", name="Read a story", exact=True).first).to_be_visible()


def test_on_a_desk_the_navigation_stands_beside_the_landing_page(open_page: OpenPage) -> None:
    page = open_page("/")
    beside = box(page.get_by_test_id("stSidebar"))
    assert beside["x"] + beside["width"] <= box(page.locator("h1.ma-title"))["x"]


def test_labels_of_sliders_never_collide(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive"))
    labels = page.locator('.st-key-controls [data-testid="stWidgetLabel"]:visible')
    assert labels.count() > 5
    for pixels in (320, 390, 640, 720, 820, 853, 940, 1024, 1280):
        width(page, pixels)
        assert not labels.evaluate_all(OVERLAPS), pixels


SIZES = [(320, 568), (390, 844), (640, 360), (720, 900), (820, 900), (853, 480), (1024, 768), (1280, 720)]


def test_play_stands_on_one_screen_with_the_tiles(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive"))
    for pixels, height in SIZES:
        width(page, pixels, height)
        page.wait_for_timeout(200)  # until everything has its new size
        play, tiles = box(reader.part(page, "play").first), box(reader.part(page, "conveyor").first)
        assert play["y"] + play["height"] - tiles["y"] <= height, (pixels, height)
        if height >= 720 and pixels >= 720:
            assert play["y"] + play["height"] <= height, "without scrolling"
        words = reader.part(page, "svg").first.locator(".tile:not(.is-upcoming) .word").all_text_contents()
        assert len(words) > 20
        assert not [word for word in words if word.endswith("…")], (pixels, height)


def test_a_finger_meets_everything_that_can_be_touched(emulated: OpenPage) -> None:
    page = emulated("/story", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "false")
    page.wait_for_function("document.querySelector('[data-testid=stSidebar] a').clientWidth > 100")  # it unfolds
    touched = page.locator(
        "button:visible, summary:visible, a:visible, [role=combobox]:visible, [data-testid=stCheckbox] label:visible, "
        "select:visible, [data-part=scrubber], [data-testid=stSlider] [role=group] > div"
    )
    sizes = touched.evaluate_all(
        """found => found
            .filter(one => !one.closest('[inert]') && one.hash !== '#stMain' && one.dataset.part !== 'lost-button')
            .map(one => [one, one.getBoundingClientRect()])
            .map(([one, at]) => [one.ariaLabel ?? one.textContent, Math.round(at.width), Math.round(at.height)])
        """
    )
    least = 30  # the arrow of a select box is narrower, and does what the box around it does
    small = [one for one in sizes if one[2] < FINGER or one[1] < (least if one[0] == "Open" else FINGER)]
    assert len(sizes) > 30
    assert small == []

    page.get_by_test_id("stSidebarCollapseButton").locator("button").click()
    scrubber = reader.part(page, "scrubber").first
    scrubber.scroll_into_view_if_needed()
    place = box(scrubber)
    x, y = place["x"] + place["width"] / 3, place["y"] + place["height"] / 2
    finger = page.context.new_cdp_session(page)

    def swipe(across: int, down: int) -> tuple[int, float]:
        for part in range(11):
            at = {"x": x + across * part / 10, "y": y + down * part / 10}
            finger.send(
                "Input.dispatchTouchEvent", {"type": "touchMove" if part else "touchStart", "touchPoints": [at]}
            )
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        reader.rest(page)
        return reader.token(page), box(scrubber)["y"] - place["y"]

    stood = reader.token(page)
    assert (before := swipe(60, 0))[0] < stood and before[1] == 0
    moved = swipe(0, -200)
    assert moved[0] == before[0] and moved[1] < -100


def forced(page: Page) -> list[str]:
    """What Canvas, CanvasText and Highlight are here."""
    found: list[str] = page.evaluate(
        """() => ['Canvas', 'CanvasText', 'Highlight'].map(colour => {
            const probe = document.body.appendChild(document.createElement('i'));
            probe.style.cssText = `forced-color-adjust: none; color: ${colour}`;
            const found = getComputedStyle(probe).color;
            probe.remove();
            return found;
        })"""
    )
    assert len(set(found)) == 3
    return found


def bar_is_seen(page: Page) -> bool:
    """Whether the bar that is played along shows all three."""
    scrubber = page.locator("[data-part=scrubber]").first.screenshot()
    seen = {colour for _, colour in Image.open(BytesIO(scrubber)).convert("RGB").getcolors(1 << 16) or []}

    def is_seen(colour: str) -> bool:
        red, green, blue, *alpha = (float(part) for part in re.findall(r"[\d.]+", colour))
        part = alpha[0] if alpha else 1
        wanted = [part * channel + (1 - part) * 255 for channel in (red, green, blue)]
        return any(max(abs(a - b) for a, b in zip(wanted, one, strict=True)) < 2 for one in seen)

    return all(map(is_seen, forced(page)))


def test_forced_colours_leave_the_wall_its_bar_its_key_and_the_word_that_is_read(emulated: OpenPage) -> None:
    page = emulated("/compare?step=90", viewport={"width": 1280, "height": TALL}, forced_colors="active")
    _, text, chosen = forced(page)
    wall = page.locator(".wall")
    expect(wall.locator(".ticks i").first).to_have_css("background-color", text)
    expect(wall.locator(".text .is-now")).to_have_css("background-color", chosen)
    expect(wall.locator(".key .raw")).to_have_css("background-color", text)
    assert text in wall.locator(".key .strip").evaluate("key => getComputedStyle(key).backgroundImage")
    assert bar_is_seen(page)


def test_forced_colours_leave_every_sign(emulated: OpenPage) -> None:
    page = emulated("/story?tab=Answer", viewport={"width": 1280, "height": TALL}, forced_colors="active")
    canvas, text, chosen = forced(page)
    bar = page.locator(".ma-answer i").first
    assert text in bar.evaluate("bar => getComputedStyle(bar).backgroundImage")
    expect(bar).to_have_css("border-left-color", text)
    slider = page.locator('.st-key-sizes [data-testid="stSlider"]').first
    expect(slider.locator("[role=group] > div > div").first).to_have_css("border-left-color", text)
    expect(slider.get_by_test_id("stSliderThumbValue").locator("..")).to_have_css("background-color", chosen)
    views = page.locator(".st-key-views [role=radio]")
    expect(page.get_by_role("radio", name="Answer", exact=True)).to_have_css("border-bottom-color", chosen)
    assert (
        views.evaluate_all("all => all.filter(one => parseFloat(getComputedStyle(one).borderBottomWidth)).length") == 1
    )
    expect(reader.part(page, "asking")).to_have_css("background-color", chosen)
    tabs = page.locator(".tabs .tab")
    assert tabs.evaluate_all("all => all.map(tab => getComputedStyle(tab).borderBottomColor)") == [
        chosen if number in (0, 2) else canvas for number in range(6)
    ]
    expect(page.locator(".ticks i").first).to_have_css("background-color", text)
    assert text in page.locator(".hatch-key i").evaluate("key => getComputedStyle(key).backgroundImage")
    expect(page.locator(".tile.is-lost .back").first).to_have_css("stroke", text)
    expect(page.locator(".tile.is-recent .word").first).to_have_css("fill", text)
    assert bar_is_seen(page)
    page.get_by_role("radio").first.click()
    reader.rest(page)
    expect(page.get_by_role("radio").first).to_have_css("background-color", chosen)
    expect(page.locator(".st-key-answer label > div, .st-key-story_answer label > div").first).to_have_css(
        "background-color", chosen
    )


def test_forced_colours_tell_fates_and_attention_by_lines(emulated: OpenPage) -> None:
    page = emulated("/story?tab=Answer", viewport={"width": 1280, "height": TALL}, forced_colors="active")
    word = page.locator(".ma-text")
    lines = {
        kind: word.locator(f".ma-w.ma-{kind}").first.evaluate("word => getComputedStyle(word).borderBottomStyle")
        for kind in ("raw", "slot")
    }
    assert lines == {"raw": "solid", "slot": "double"}
    expect(word.locator(".ma-lost").first).to_have_css("text-decoration-line", "line-through")
    thick = """words => words.map(word => [
        Number(word.style.getPropertyValue('--level')), parseFloat(getComputedStyle(word).borderBottomWidth)])"""
    measured = sorted(word.locator(".ma-raw").evaluate_all(thick))
    assert measured[0][0] < measured[-1][0] and measured[0][1] < measured[-1][1]


def painted(sheet: bytes) -> str:
    """What the sheets of a PDF are drawn with: its streams, unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", sheet, re.DOTALL)
    found = []
    for stream in streams:
        try:
            found.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            continue  # a picture or a font that is packed otherwise
    return "\n".join(found)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_prints_on_a_light_sheet_whole(open_page: OpenPage, dark: bool) -> None:
    page = reader.ready(open_page("/compressive", dark=dark))
    page.emulate_media(media="print", color_scheme="dark" if dark else "light")
    width(page, A4)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator(".ma-card p").first).to_have_css("color", "rgb(30, 35, 40)")
    for gone in ("stSidebar", "stExpandSidebarButton", "stTooltipIcon"):
        expect(page.get_by_test_id(gone).first).to_be_hidden()
    expect(page.locator(".st-key-scenarios")).to_be_hidden()
    assert page.locator(".st-key-views [role=radio]:visible").all_inner_texts() == ["What happens"]
    expect(reader.part(page, "root")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator(".tile.is-recent .word").first).to_have_css("fill", "rgb(30, 35, 40)")
    expect(page.locator(".transport")).to_be_hidden()
    event = reader.part(page, "event")
    assert event.evaluate("event => event.scrollHeight <= event.clientHeight + 1")
    bars = "bars => [...bars.getContext('2d').getImageData(0, 0, bars.width, bars.height).data].some(Boolean)"
    assert reader.part(page, "bars").evaluate(bars)
    expect(reader.part(page, "bars")).to_have_css("print-color-adjust", "exact")
    assert page.evaluate(OVERHANGING) == []
    cells = page.locator(".st-key-formulas td")
    assert cells.evaluate_all("cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth + 1).length") == 0
    says = page.locator(".st-key-formulas td:last-child").all()
    assert min(box(cell)["width"] for cell in says) > A4 / 2
    expect(page.locator(".ma-answer i").first).to_have_css("print-color-adjust", "exact")


def test_a_pdf_of_a_dark_page_begins_with_dark_ink_and_no_ground(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive", dark=True))
    first = re.search(r"([\d.]+) ([\d.]+) ([\d.]+) rg", painted(page.pdf(format="A4")))
    assert first
    assert [round(255 * float(part)) for part in first.groups()] == [0x1E, 0x23, 0x28]


def test_a_question_prints_with_what_can_be_chosen(open_page: OpenPage) -> None:
    page = open_page("/check", query={"item": "block", "n": 2})
    page.emulate_media(media="print")
    width(page, A4)
    expect(page.locator(".st-key-options button:visible")).to_have_count(5)
    expect(page.locator(".st-key-sureness")).to_be_hidden()
