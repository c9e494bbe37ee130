"""Compare in a browser: the wall plays, listens to keys, fits every screen, and leads into the duel."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from memattn.memory import MEMORIES
from tests.browser import reader
from tests.browser.looking import hanging_over, width

OpenPage = Callable[..., Page]


# What hangs out of its card on the wall.
OUTSIDE = """root => [...root.querySelectorAll('.mini')].flatMap(card => {
    const { right, bottom } = card.getBoundingClientRect();
    return [...card.querySelectorAll('*')].filter(part => {
        const own = part.getBoundingClientRect();
        return own.right > right + 1 || own.bottom > bottom + 1;
    }).map(part => part.outerHTML.slice(0, 80));
})"""


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768)])
def test_the_wall_stands_before_an_audience_with_every_word_in_its_card(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    page = open_page("/compare", query={"present": "true"}, size=size)
    expect(page.locator(".mini .answer").first).to_have_text("says ben ✓")
    assert page.locator(".wall").evaluate(OUTSIDE) == []
    small = page.locator(".mini b, .mini .where, .mini .answer").evaluate_all(
        "parts => Math.min(...parts.map(part => parseFloat(getComputedStyle(part).fontSize)))"
    )
    assert small >= 16
    last = page.locator(".mini").last.bounding_box()
    bar = page.locator(".wall .bottom").bounding_box()
    assert last and bar and last["y"] + last["height"] <= bar["y"] + 1, "all memories are seen at once"


def test_both_stages_of_a_duel_say_whole_sentences_to_an_audience(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compare", query={"present": "true", "tab": "Duel"}), stages=2)
    roots = page.locator("[data-part=root]")
    for key in ("End", "ArrowLeft", "ArrowLeft", "ArrowLeft"):  # reads, and what the last update did
        page.keyboard.press(key)
        for which in (0, 1):
            told = reader.part(roots.nth(which), "event")
            assert told.evaluate("node => node.scrollHeight <= node.clientHeight + 1"), told.inner_text()
    page.keyboard.press("End")
    named = {slot for text in reader.part(page, "event").all_inner_texts() for slot in re.findall(r"\bc\d+", text)}
    assert named and named <= set(roots.last.locator("svg text").all_text_contents()), "its tile bears that name"


def test_the_wall_plays_fits_every_screen_and_opens_a_memory_in_the_duel(open_page: OpenPage) -> None:
    page = open_page("/compare", query={"step": 90})
    wall = page.locator(".wall")
    expect(wall.locator(".mini")).to_have_count(len(MEMORIES))
    told = wall.locator("[data-part=sum]")
    expect(told).to_have_text(re.compile(r"^Token 90 of 166\. The fact: raw in \d+, in slots in \d+, lost in 0 of"))
    wall.focus()
    page.keyboard.press("ArrowRight")
    expect(told).to_have_text(re.compile("^Token 91 of"))
    page.keyboard.press("Shift+ArrowRight")
    expect(told).not_to_have_text(re.compile("^Token 91 of"))
    page.keyboard.press("Home")
    expect(told).to_have_text("Token 0 of 166. The fact has not been told yet.")
    page.keyboard.press(" ")
    expect(wall.get_by_role("button", name="Pause")).to_be_visible()
    expect(told).to_have_text(re.compile(r"^Token [3-9] of"), timeout=30_000)
    page.keyboard.press(" ")
    page.keyboard.press("End")
    expect(told).to_have_text(re.compile("^Token 166 of"))
    expect(
        wall.get_by_role("button", name=re.compile("^Full cache: raw; it answers ben, which is right"))
    ).to_be_visible()
    wall.get_by_role("button", name=re.compile("^Compressive memory: ")).click()
    expect(page.get_by_role("combobox", name="Memory A")).to_have_value("Compressive memory", timeout=60_000)
    expect(page.get_by_role("combobox", name="Memory B")).to_have_value("Sliding window")
    page.wait_for_function(reader.SETTLED)
    expect(page).to_have_url(re.compile("step=166"))
    play, height = page.get_by_role("button", name="Play").first, page.viewport_size["height"]  # type: ignore[index]
    for tiles in page.locator("[data-part=conveyor]").all():  # below the controls of two memories, higher than the rest
        below = tiles.bounding_box()
        assert below and below["y"] + below["height"] > height
    box = play.bounding_box()
    assert box and box["y"] + box["height"] <= height, "Play is at hand while the stage goes on below the window"
    width(page, 820)
    reader.rest(page)
    assert hanging_over(page) == [], "the many tabs of one panel and what stands right of them"


def test_a_duel_goes_into_the_address_side_by_side_and_leaves_it_with_its_view(open_page: OpenPage) -> None:
    """Each side is drawn by itself, so each could leave what it said in the link."""
    page = reader.ready(open_page("/compare", query={"tab": "Duel", "memory": "compressive", "n": 60}), stages=2)

    def pressed(key: str, name: str) -> dict[str, list[str]]:
        reader.slider(page, f"compare_{key}").press(name)
        reader.rest(page)
        return parse_qs(urlsplit(page.url).query)

    first = page.locator(".st-key-first_difference").inner_text()
    assert first == "Whatever one of them can read, the other can read in the same form."
    told = pressed("b_compressive_compressed_length", "ArrowLeft")
    assert told["b_ncm"] == ["15"] and "ncm" not in told
    told = pressed("compressive_memory_length", "ArrowRight")
    assert told["b_ncm"] == ["15"] and told["nm"] == ["17"]
    expect(page.locator(".st-key-first_difference")).to_contain_text("First difference at token")
    page.get_by_role("radio", name="Wall", exact=True).click()
    expect(page.locator(".wall")).to_be_visible()
    reader.rest(page)
    assert set(parse_qs(urlsplit(page.url).query)) == {"n", "step"}


def test_a_side_that_cannot_be_is_dimmed_and_mended_and_the_other_plays_on(open_page: OpenPage) -> None:
    query = {"tab": "Duel", "memory": "compressive", "nm": 8, "even": "slots", "n": 60}
    page = reader.ready(open_page("/compare", query=query), stages=2)
    root = reader.part(page, "root")
    before = root.nth(1).get_attribute("data-ready")
    reader.slider(page, "compare_compressive_segment_length").press("ArrowRight")
    expect(page.locator(".st-key-refused")).to_contain_text("n_m must be ≥ n_s=9")
    reader.rest(page)
    page.get_by_role("button", name="Set n_m to 9").click()
    expect(page.locator(".st-key-refused")).to_have_count(0)
    reader.rest(page)
    assert "nm=9" in page.url and root.nth(1).get_attribute("data-ready") != before


CUT = """all => all.filter(one => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 3)
    .map(one => one.textContent)"""


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768), (1920, 1080)])
def test_no_number_on_the_wall_is_cut(open_page: OpenPage, size: tuple[int, int]) -> None:
    page = reader.ready(open_page("/compare", size=size))
    notes = page.locator(".wall .head span")
    expect(notes).to_have_count(len(MEMORIES))
    assert notes.evaluate_all(CUT) == []


@pytest.mark.parametrize(
    ("size", "present"), [((1280, 720), True), ((1024, 768), True), ((390, 844), False), ((320, 640), False)]
)
def test_before_an_audience_and_on_a_phone_no_word_on_the_wall_is_cut(
    open_page: OpenPage, size: tuple[int, int], present: bool
) -> None:
    page = reader.ready(open_page("/compare", query={"present": "true"} if present else {}, size=size))
    expect(page.locator(".mini .answer").first).to_have_text("says ben ✓")
    for part in (".head b", ".head span", ".where", ".answer"):
        texts = page.locator(f".wall .mini {part}")
        expect(texts).to_have_count(len(MEMORIES))
        assert texts.evaluate_all("all => all.every(one => one.checkVisibility() && one.textContent)"), part
        assert texts.evaluate_all(CUT) == [], part
