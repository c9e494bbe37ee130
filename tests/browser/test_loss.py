"""Information loss in a real browser: a curve that is drawn in one stroke, pressed point by point, and then shut."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, settle

SHORT = {"tab": "Draw the curve", "n": 40, "facts": 2}


def test_a_stroke_draws_the_curve_keys_move_a_point_and_measuring_shuts_it(open_page: OpenPage) -> None:
    page = open_page("/loss", query=SHORT)
    page.wait_for_selector("[data-ready]")
    points = page.locator(".curve [role=slider]")
    expect(points).to_have_count(7)
    settle(page)
    assert points.nth(6).get_attribute("aria-label") == "Recall at 50,000 tokens"
    plot = page.locator(".curve svg")
    plot.scroll_into_view_if_needed()
    ends = [points.nth(at).locator(".dot").bounding_box() for at in (0, 6)]
    box = plot.bounding_box()
    assert box and ends[0] and ends[1]
    left, right = (end["x"] + end["width"] / 2 for end in ends)  # type: ignore[index]
    top, height = box["y"] + 14, 300 - 14 - 44
    page.mouse.move(left, top + 0.1 * height)
    page.mouse.down()
    page.mouse.move(right, top + 0.8 * height, steps=60)
    drawn = [float(value) for value in points.evaluate_all("all => all.map((one) => one.ariaValueNow)")]
    assert 0.8 <= drawn[0] <= 0.9 and drawn[-1] == 0.2 and drawn == sorted(drawn, reverse=True)
    first = round(100 * drawn[0])  # the pen has gone a little on before the next point was nearer
    assert "drawn=" not in page.url, "nothing is told before the pen is lifted"
    page.mouse.up()
    page.wait_for_url(re.compile(rf"drawn=w64%3A{first}-.*-20($|&)"))
    assert points.nth(0).evaluate("point => point.matches(':focus')")
    page.keyboard.press("ArrowDown")
    page.wait_for_url(re.compile(rf"drawn=w64%3A{first - 5}-"))
    page.get_by_role("button", name="Measure", exact=True).click()
    page.wait_for_url(re.compile(rf"drawn=w64%3A{first - 5}-.*(!|%21)"))
    expect(points.nth(0)).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".curve .strong rect").first).to_be_visible()  # measured, over what was drawn
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("Cancelled after")).to_be_visible()
