"""Every page for those who do not see it, or use no mouse: rules of axe, names of controls, the way of the Tab key."""

import itertools
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import reader

OpenPage = Callable[..., Page]

PAGES = ("/", "/segments", "/summary", "/compressive", "/global", "/loss", "/compare", "/story", "/check", "/cost")
WIDTHS = (1280, 390)
SEEN_BEFORE = ("[data-testid=stSidebar]", ".st-key-controls", ".st-key-main_stage", ".st-key-scenarios")
ONLY_WHAT_IS_WRONG = {"resultTypes": ["violations"]}
# Where the keyboard is now: its element's name or text, and whether it can be seen.
FOCUS = """() => {
    let now = document.activeElement;
    while (now?.shadowRoot?.activeElement) now = now.shadowRoot.activeElement;
    const { left, right, width } = now.getBoundingClientRect();
    const name = now.ariaLabel ?? now.textContent.trim().slice(0, 60);
    return [now.tagName, name, width > 0 && right > 0 && left < innerWidth];
}"""


def violations(page: Page, *others: str) -> list[str]:
    """What axe finds wrong, but in the `others`: the rule, and each element that breaks it."""
    context = {"exclude": [[other] for other in others]} if others else None
    found = Axe().run(page, context=context, options=ONLY_WHAT_IS_WRONG).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def tab_order(page: Page, most: int = 60) -> list[tuple[str, str, bool]]:
    """Every stop of the Tab key, from the top of the page until it leaves it."""
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        tag, name, seen = page.evaluate(FOCUS)
        if tag == "BODY":
            break
        stops.append((tag, name, seen))
    return stops


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_wrong(open_page: OpenPage, path: str, dark: bool) -> None:
    """The first view at both widths; every other, and all in the dark, at one: the other than in the light."""
    page = reader.ready(open_page(path, dark=dark))
    views = reader.views(page) or [""]
    if dark and path != "/compressive":
        del views[1:]  # in the colours of those of the one page
    for number, name in enumerate(views):
        if name:
            page.get_by_role("radio", name=name, exact=True).click()
            expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
        for width in WIDTHS if number == 0 and not dark else (WIDTHS[(number + dark) % 2],):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(300)  # until the run of the view has begun
            page.wait_for_function(reader.SETTLED)
            assert violations(page, *(SEEN_BEFORE if number else ())) == [], f"{name} at {width} px"


def test_axe_finds_nothing_wrong_while_a_question_is_open_and_few_tabs_lead_through_it(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive", query={"tab": "Predict"}))
    for title in ("Which slots leave CMem", "How many slots the pairs become", "in which order"):
        page.get_by_role("button", name=title).click()
        expect(page.get_by_role("dialog", name="Predict")).to_be_visible()
        expect(page.locator("[data-part=root]")).to_have_class(re.compile("is-asking"))
        page.wait_for_function(reader.SETTLED)
        assert violations(page) == [], title
        fields = page.locator(".target[tabindex='0'], .answers button, .answers input, .actions button:enabled")
        stops = list(itertools.takewhile(lambda stop: stop[1] != "Skip", tab_order(page, fields.count())))
        assert len(stops) < fields.count() and all(seen for _, _, seen in stops), title


def test_sliders_are_called_in_words_and_once(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive"))
    names = [
        "Segment, n_s, pairs",
        "Mem, n_m, pairs",
        "CMem, n_cm, slots",
        "Rate, c, pairs : slot",
    ]
    for name in names:
        expect(page.get_by_role("slider", name=name, exact=True)).to_have_count(1)
        expect(page.get_by_role("button", name=f"Help for {name}", exact=True)).to_have_count(1)
    expect(page.get_by_role("combobox", name="Compression, f_c", exact=True)).to_be_visible()
    assert page.locator('[aria-label*="$"]').count() == 0


def test_names_stay_when_a_slider_moves_and_when_another_memory_brings_others(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/story"))
    moved = page.get_by_role("slider", name="Mem, n_m, pairs", exact=True)
    moved.press("ArrowRight")
    reader.rest(page)
    expect(moved).to_have_value("17")
    reader.option(page, "story_memory", "Sliding window")
    reader.rest(page)
    expect(page.locator(".st-key-sizes").get_by_role("slider")).not_to_have_count(0)
    assert page.locator('[aria-label*="$"], input[type=range][aria-labelledby]').count() == 0


def test_the_tab_key_goes_through_a_lesson_in_the_order_it_is_read(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive"))
    page.get_by_role("link", name="Skip to main content").focus()  # the first of all; the stage has it after load
    stops = tab_order(page)
    assert [stop for stop in stops if not stop[2]] == [], "every stop can be seen"
    names = [name for _, name, _ in stops]
    way = ["First look", "Play", "Answer after the last word, token 101", "Segment, n_s, pairs"]
    assert [name for name in names if name in (*way, "What happens")] == [*way, "What happens"]
    assert not {"Start", "Read a story", "Presenter mode"} & set(names), "the folded navigation has no stops"


def test_headings_go_down_one_rank_at_a_time(open_page: OpenPage) -> None:
    page = reader.ready(open_page("/compressive"))
    ranks = [int(one.evaluate("heading => heading.tagName[1]")) for one in page.get_by_role("heading").all()]
    assert ranks[:3] == [1, 2, 3]
    assert all(after - before <= 1 for before, after in itertools.pairwise(ranks))
