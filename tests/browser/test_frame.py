"""The frame as a reader meets it: fonts, themes, links, presenter mode, no other host."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from memattn.figures.theme import PALETTES, contrast

OpenPage = Callable[..., Page]


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_wears_our_theme(open_page: OpenPage, dark: bool) -> None:
    palette = PALETTES["dark" if dark else "light"]
    app = open_page("/", dark=dark).locator('[data-testid="stApp"]')
    expect(app).to_have_css("background-color", rgb(palette.background))
    expect(app).to_have_css("color", rgb(palette.text))
    assert contrast(palette.text, palette.background) > 7


def test_the_device_is_named(open_page: OpenPage) -> None:
    page = open_page("/")
    expect(page.locator(".ma-device b")).to_contain_text("Computed on", timeout=30_000)


def test_what_is_coming_cannot_be_followed(open_page: OpenPage) -> None:
    page = open_page("/")
    coming = page.locator(".ma-coming").all()
    assert all(entry.locator("a").count() == 0 for entry in coming)
    assert all(entry.get_attribute("aria-disabled") == "true" for entry in coming)


def test_presenter_mode_hides_the_chrome_and_comes_back(open_page: OpenPage) -> None:
    page = open_page("/", query={"present": 1})
    sidebar = page.locator('[data-testid="stSidebar"]')
    expect(sidebar).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "18px"
    page.get_by_role("button", name="Leave presenter mode").click()
    expect(sidebar).to_be_visible()
    expect(page).not_to_have_url(re.compile("present"))
    page.get_by_role("button", name="Presenter mode", exact=True).click()
    expect(sidebar).to_be_hidden()
    expect(page).to_have_url(re.compile("present=true"))


def test_nothing_stands_beside_the_page_at_the_size_of_a_projector(open_page: OpenPage) -> None:
    page = open_page("/", size=(1280, 720))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_figures_follow_the_theme_of_the_reader(open_page: OpenPage) -> None:
    page = open_page("/cost")
    tick = page.locator(".ytick text").first
    expect(tick).to_be_visible(timeout=30_000)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(tick).to_have_css("fill", rgb(PALETTES[scheme].muted), timeout=30_000)  # type: ignore[index]
