"""The app for those who do not see it, or use no mouse: names of controls, the way of the Tab key, open questions."""

import itertools
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import reader
from tests.browser.looking import violations

OpenPage = Callable[..., Page]

# Where the keyboard is now: its element's name or text, and whether it can be seen.
FOCUS = """() => {
    let now = document.activeElement;
    while (now?.shadowRoot?.activeElement) now = now.shadowRoot.activeElement;
    const { left, right, width } = now.getBoundingClientRect();
    const name = now.ariaLabel ?? now.textContent.trim().slice(0, 60);
    return [now.tagName, name, width > 0 && right > 0 && left < innerWidth];
}"""


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
