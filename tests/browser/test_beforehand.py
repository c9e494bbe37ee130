"""A slider that is held is told to the server before it is let go, and nothing else is."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from memattn.ui.beforehand import ADDRESS
from tests.browser.conftest import OpenPage
from tests.browser.reader import part, ready, rest, slider

KEY = "segments_segments_segments"  # m, of 0 to 32
RESTING = 400  # ms, much longer than a slider has to stand still


def heard(page: Page) -> list[Request]:
    """What the page tells the server from now on."""
    said: list[Request] = []
    page.on("request", lambda request: said.append(request) if request.url.endswith(ADDRESS) else None)
    return said


def told(said: list[Request]) -> list[tuple[str, Any]]:
    """Slider and value of each."""
    for one in said:
        answer = one.response()
        assert one.method == "POST" and answer and answer.status == 204, one.post_data
    return [tuple(json.loads(one.post_data or "")[1:]) for one in said]


def press(page: Page, place: int) -> None:
    """Press the button over a place of the slider, and hold it for a while."""
    left, width, y = track(page)
    page.mouse.move(left + place / 32 * width, y)
    page.mouse.down()
    page.wait_for_timeout(RESTING)


def track(page: Page) -> tuple[float, float, float]:
    """Left end, width and height of the slider's track."""
    box = slider(page, KEY).locator("xpath=ancestor::*[@role='group']/div").bounding_box()
    assert box
    return box["x"], box["width"], box["y"] + box["height"] / 2


def test_a_click_on_the_track_is_told_while_the_button_is_down(open_page: OpenPage) -> None:
    page = ready(open_page("/segments"))
    said = heard(page)
    press(page, 21)
    assert told(said) == [(KEY, 21)], "once, and while it is held"
    before = part(page, "root").get_attribute("data-ready")
    assert "m=" not in page.url, "nothing on the page changes by it"
    page.mouse.up()
    expect(part(page, "root")).not_to_have_attribute("data-ready", str(before))
    rest(page)
    assert "m=21" in page.url and len(said) == 1


def test_of_a_drag_only_where_it_rests_is_told(open_page: OpenPage) -> None:
    page = ready(open_page("/segments"))
    said = heard(page)
    left, width, y = track(page)
    press(page, 2)
    for place in range(3, 18):
        page.mouse.move(left + place / 32 * width, y)
        page.wait_for_timeout(10)
    page.wait_for_timeout(RESTING)
    page.mouse.up()
    rest(page)
    values = [value for _, value in told(said)]
    assert values[-1] == 17 and len(values) < 8, values  # a machine that stalls makes it rest elsewhere, too
    assert "m=17" in page.url


def test_keys_and_a_hand_that_only_passes_by_tell_nothing(open_page: OpenPage) -> None:
    page = ready(open_page("/segments"))
    said = heard(page)
    slider(page, KEY).press("ArrowRight")
    rest(page)
    left, width, y = track(page)
    for place in (5, 11, 23):
        page.mouse.move(left + place / 32 * width, y)
    page.mouse.move(left, y - 300)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(RESTING)
    assert not said and "m=3" in page.url


# What changes on the page, but for sliders, before there is another picture; into a stage one cannot see from here.
UNTIL_ANOTHER = """root => {
    globalThis.changed = [];
    const before = root.dataset.ready;
    const slides = (node) => (node.closest ? node : node.parentElement)?.closest('[data-testid=stSlider]');
    new MutationObserver((seen) => {
        if (root.dataset.ready === before)
            changed.push(...seen.filter(({ target }) => target.isConnected && !slides(target))
                .map(({ target }) => (target.outerHTML ?? target.data).slice(0, 200)));
    }).observe(document.querySelector('[data-testid=stMain]'), { subtree: true, childList: true, characterData: true });
}"""


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("/compressive", "compressive_compressive_compressed_length"),
        ("/compare?tab=Duel", "compare_window_window"),
        ("/compare?tab=Duel&even=bytes", "compare_window_window"),
        ("/compare?tab=Duel&b_memory=window", "compare_b_window_window"),
    ],
)
def test_no_word_changes_before_the_picture(open_page: OpenPage, address: str, key: str) -> None:
    """A browser would first lay out the whole page."""
    page = ready(open_page(address), 2 if "Duel" in address else 1)
    stage = part(page, "root").nth(1 if "_b_" in key else 0)
    before = stage.get_attribute("data-ready")
    stage.evaluate(UNTIL_ANOTHER)
    slider(page, key).press("ArrowLeft")
    rest(page)
    assert stage.get_attribute("data-ready") != before
    assert page.evaluate("changed") == []
