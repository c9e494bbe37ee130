"""Back, Forward, reload and copied links: what was seen is seen again, in real Chromium."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reader import COPY, HEADINGS, Standing, go, keys, part, ready, rest, slider, standing, token
from tests.thorough import THOROUGH

OpenPage = Callable[..., Page]
HERE = {"c": 8, "ns": 6, "nm": 12, "n": 60}


WIDE = (1900, 1000)  # a stage that shows as much with the navigation open beside it


def opened(open_page: OpenPage, path: str = "/compressive", **query: object) -> Page:
    return ready(open_page(path, query=query, size=WIDE))


def back(page: Page) -> Standing:
    page.go_back()
    return standing(ready(page))


def forward(page: Page) -> Standing:
    page.go_forward()
    return standing(ready(page))


def query(page: Page) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def copied(page: Page) -> str:
    found: str = page.evaluate(COPY)
    return found


def test_back_gives_settings_step_and_picture_as_they_were_left(open_page: OpenPage) -> None:
    page = opened(open_page, **HERE)
    keys(page, "Home", *["ArrowRight"] * 6)
    left = standing(page)
    assert query(page).items() >= {"c": "8", "ns": "6", "nm": "12", "n": "60", "step": str(token(page))}.items()
    go(page, "Read a story")
    story = standing(page)
    assert set(query(page)) == {"step"}
    assert back(page) == left
    assert forward(page) == story
    assert back(page) == left


def test_back_twice_and_forward_twice(open_page: OpenPage) -> None:
    page = opened(open_page, **HERE)
    seen = [standing(page)]
    for title in ("Read a story", "Start"):
        seen.append(standing(go(page, title)))
    assert back(page) == seen[1]
    assert back(page) == seen[0]
    assert forward(page) == seen[1]
    assert forward(page) == seen[2]


def test_back_to_a_link_is_that_link_and_not_what_was_made_of_the_page_later(open_page: OpenPage) -> None:
    page = opened(open_page, **HERE)
    first = standing(page)
    go(page, "Read a story")
    go(page, "Compressive memory")
    slider(page, "compressive_compressive_rate").press("ArrowLeft")
    ready(page)
    later = standing(page)
    assert query(page)["c"] == "7"
    page.go_back()
    ready(page)
    assert back(page) == first
    forward(page)
    assert forward(page) == later


def test_after_moves_back_gives_the_moved_settings(open_page: OpenPage) -> None:
    page = opened(open_page)
    for _ in range(2):
        slider(page, "compressive_compressive_rate").press("ArrowLeft")
        rest(page)
    slider(page, "compressive_compressive_compressed_length").press("ArrowRight")
    keys(page, "ArrowLeft")
    left = standing(page)
    assert query(page).items() >= {"c": "2", "ncm": "9"}.items()
    go(page, "Read a story")
    assert back(page) == left


def test_after_a_scenario_back_gives_its_settings_and_question(open_page: OpenPage) -> None:
    page = opened(open_page, "/story")
    page.get_by_role("radio", name="Told twice, differently").click()
    expect(page.locator(".ma-verdict").first).to_contain_text("in contradiction", timeout=30_000)
    left = standing(page)
    assert set(query(page)) >= {"plant", "q", "step"}
    go(page, "Compressive memory")
    assert back(page) == left


@pytest.mark.parametrize("path", ["/compressive", "/story", "/"] if THOROUGH else ["/compressive"])
def test_a_reload_in_the_middle_shows_the_same(open_page: OpenPage, path: str) -> None:
    page = opened(open_page, path)
    keys(page, "Home", *["ArrowRight"] * 11)
    left = standing(page)
    assert query(page)["step"] == str(token(page)) and token(page) > 5
    page.reload()
    assert standing(ready(page)) == left


def test_a_reload_in_the_middle_of_a_compression_keeps_the_phase(open_page: OpenPage) -> None:
    page = opened(open_page, n=60, step=24, phase="pop")
    left = standing(page)
    assert query(page)["phase"] == "pop" and "phase: pop" in left.counter
    page.reload()
    assert standing(ready(page)) == left


def test_a_reload_while_playing_goes_on_near_where_it_was(open_page: OpenPage) -> None:
    page = opened(open_page, n=60)
    keys(page, "Home")
    part(page, "root").focus()
    page.keyboard.press("Space")
    expect(part(page, "counter")).to_contain_text(re.compile(r"token [3-9]/"), timeout=30_000)
    page.reload()
    ready(page)
    assert 2 <= int(query(page)["step"]) <= 10


def test_a_link_opens_the_same_in_another_browser(open_page: OpenPage) -> None:
    page = opened(open_page, **HERE, head="mean", tab="Cost")
    keys(page, "Home", *["Shift+ArrowRight"] * 3)
    left = standing(page)
    other = ready(open_page(f"/compressive{left.query}", size=WIDE))
    assert standing(other) == left


@pytest.mark.parametrize("path", ["/compressive", "/story", "/"] if THOROUGH else ["/story", "/"])
def test_the_address_is_always_what_copy_link_gives(open_page: OpenPage, path: str) -> None:
    page = opened(open_page, path)
    assert copied(page) == page.url
    keys(page, "Home", "ArrowRight", "ArrowRight")
    assert copied(page) == page.url and query(page)["step"] == "3"
    if path == "/compressive":
        slider(page, "compressive_compressive_rate").press("ArrowRight")
        rest(page)
        assert copied(page) == page.url and query(page)["c"] == "5"
        page.get_by_role("radio", name="c from 1 to 8").click()
        rest(page)
        assert copied(page) == page.url and query(page)["exp"] == "c from 1 to 8"
        page.get_by_role("radio", name="Cost").click()
        rest(page)
        assert copied(page) == page.url and query(page)["tab"] == "Cost"
    go(page, "Start" if path == "/story" else "Read a story")
    assert copied(page) == page.url


def test_the_button_copies_the_address_while_it_plays_as_of_that_moment(open_page: OpenPage) -> None:
    page = opened(open_page, n=60)
    keys(page, "Home")
    part(page, "root").focus()
    page.keyboard.press("Space")
    expect(part(page, "counter")).to_contain_text(re.compile(r"token [3-9]/"), timeout=30_000)
    part(page, "copy").click()
    expect(part(page, "copy")).to_have_text("Copied")
    text = page.evaluate("navigator.clipboard.readText()")
    assert abs(int(parse_qs(urlsplit(text).query)["step"][0]) - token(page)) <= 1


def test_a_page_that_one_is_on_stays_as_it_is_when_it_is_chosen_again(open_page: OpenPage) -> None:
    page = opened(open_page, **HERE)
    keys(page, "Home", "ArrowRight")
    left = standing(page)
    go(page, "Compressive memory")
    assert standing(page) == left and copied(page) == page.url


def test_presenter_mode_goes_along_and_comes_back(open_page: OpenPage) -> None:
    page = opened(open_page, present=1, **HERE)
    left = standing(page)
    assert query(page)["present"] == "true" and page.locator('[data-testid="stSidebar"]').is_hidden()
    page.evaluate("document.querySelector('[data-testid=stSidebar] a[href$=story]').click()")
    expect(page.locator("h1.ma-title")).to_contain_text("Read a story")
    ready(page)
    assert query(page)["present"] == "true" and set(query(page)) == {"present", "step"}
    assert back(page) == left
    page.get_by_role("button", name="Leave presenter mode").click()
    rest(page)
    assert "present" not in query(page) and query(page)["c"] == "8"


def test_nothing_of_one_page_turns_up_on_another(open_page: OpenPage) -> None:
    page = opened(open_page)
    keys(page, "ArrowLeft")  # the stage reports, and the page runs
    page.get_by_role("radio", name="Cost").click()
    rest(page)
    story = go(page, "Read a story")
    assert set(query(story)) == {"step"} and query(story)["step"] == "166"
    expect(story.locator(".ma-story")).to_contain_text("Story 7, 160 tokens")
    go(page, "Start")
    assert set(query(page)) == {"step"}
    assert page.locator("h1.ma-title").inner_text() == HEADINGS["Start"]
    go(page, "Compressive memory")
    assert query(page) == {"tab": "Cost", "step": "100"}
