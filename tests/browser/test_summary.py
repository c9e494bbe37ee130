"""Summary vectors in a real browser: weights that are dragged and pressed, and points that light up their tiles."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, settle

THREE = {"story": "pairs", "pairs": "2 4; 1 3; 5 0", "memory": "weighted_average", "nc": 3, "beta": "0.1,0.3,0.6"}


def opened(open_page: OpenPage) -> Page:
    page = open_page("/summary", query=THREE)
    page.wait_for_selector("[data-ready]")
    settle(page)
    return page


def test_weights_follow_the_pointer_and_the_keys_and_keep_the_focus(open_page: OpenPage) -> None:
    page = opened(open_page)
    sigma = page.locator("[data-part=svg]", has_text="3.5,1.3")
    expect(sigma).to_be_visible()
    bars = page.locator("[role=slider].bar")
    assert bars.evaluate_all("bars => bars.map((bar) => [bar.ariaLabel, bar.ariaValueNow, bar.ariaValueMin])") == [
        ["β 1, oldest", "0.1", "0"],
        ["β 2", "0.3", "0"],
        ["β 3, newest", "0.6", "0.05"],
    ]
    box = bars.nth(0).locator(".track").bounding_box()
    assert box
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 0.9 * box["height"])
    page.mouse.down()
    page.mouse.move(x, box["y"] + 0.4 * box["height"])
    assert bars.nth(0).get_attribute("aria-valuenow") == "0.6"
    assert "beta=0.1%2C" in page.url, "nothing is computed before the bar is let go"
    page.mouse.up()
    page.wait_for_url(re.compile(r"beta=0\.6%2C0\.3%2C0\.6"))
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.wait_for_url(re.compile(r"beta=0\.45%2C0\.3%2C0\.6"))
    settle(page)
    assert bars.nth(0).evaluate("bar => bar.matches(':focus')")
    expect(page.locator("[data-part=svg]")).to_contain_text("3.111,2")  # (.45 [2, 4] + .3 [1, 3] + .6 [5, 0]) / 1.35
    bars.nth(2).focus()
    page.keyboard.press("Home")
    assert bars.nth(2).get_attribute("aria-valuenow") == "0.05", "the newest must weigh something"


def test_a_point_and_its_tile_are_one_thing(open_page: OpenPage) -> None:
    page = opened(open_page)
    plane = page.locator("[data-part=plane]")
    told = plane.get_attribute("aria-label")
    assert told == "Keys of 3 pairs: 0 held, 3 in a slot, 0 lost. Σ at (3.5, 1.3), before this token at (1.33, 3.33)."
    box = plane.bounding_box()
    assert box
    em = float(page.locator("[data-part=root]").evaluate("root => parseFloat(getComputedStyle(root).fontSize)"))
    unit = min(box["width"] - 3.4 * em, box["height"] - 3.4 * em) / 4  # keys lie in 1..5 and 0..4, equally scaled
    plane.hover(position={"x": box["width"] / 2 + 2 * unit, "y": box["height"] / 2 + 2 * unit})
    tip = page.locator("[data-part=tip]").inner_text()
    assert "k3" in tip and "5,0" in tip and "in a slot, with others" in tip
