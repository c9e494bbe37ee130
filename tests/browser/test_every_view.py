"""Every view of every page: how it fits from a phone to a wall, and what axe finds wrong, in the light and in the dark.

A page is opened once for all of this, since opening it takes longest.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from memattn.ui.lesson.tabs import TABS
from tests.browser import reader
from tests.browser.looking import FIGURES_WHOLE, WIDTHS, hanging_over, tab, violations, width
from tests.thorough import THOROUGH

OpenPage = Callable[..., Page]

PAGES = ("/", "/segments", "/summary", "/compressive", "/global", "/loss", "/compare", "/story", "/check", "/cost")
OF_EVERY_VIEW = (1280, 320)  # there and back; what stands around the views is looked at once, at all widths
ASKED = (1280, 320)  # widths at which axe is asked, of most views at one of them
EVERY = 1 if THOROUGH else 3  # as many pages take turns in asking axe of the views that they share
SHARED = frozenset(TABS)
SEEN_BEFORE = ("[data-testid=stSidebar]", ".st-key-controls", ".st-key-main_stage", ".st-key-scenarios")
IN_THE_DARK = "/compressive"  # whose every second view is looked at there: others are made of the same colours
IS_DARK = (
    "() => matchMedia('(prefers-color-scheme: dark)').matches && document.querySelector('.stApp') && "
    "getComputedStyle(document.querySelector('.stApp')).backgroundColor.match(/\\d+/)[0] < 100"
)


@pytest.mark.parametrize("path", PAGES)
def test_every_view_fits_every_screen_and_axe_finds_nothing_wrong(open_page: OpenPage, path: str) -> None:
    page = reader.ready(open_page(path))
    views = reader.views(page) or [""]
    for number, name in enumerate(views):
        _go(page, name)
        for pixels in OF_EVERY_VIEW[:: -1 if number % 2 else 1] if number else WIDTHS[::-1]:
            width(page, pixels)
            assert hanging_over(page) == [], f"{name} at {pixels}"
            if pixels < 400:
                page.wait_for_function(FIGURES_WHOLE)  # they are drawn anew, soon
            if pixels in ASKED if number == 0 else pixels == ASKED[number % 2] and _in_turn(path, number, name):
                _ask(page, number, name)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(IS_DARK)
    for number, name in enumerate(views[:: 1 if THOROUGH else 2] if path == IN_THE_DARK else views[:1]):
        _go(page, name)
        width(page, ASKED[1 - number % 2])
        _ask(page, number, f"{name}, dark,")


def _in_turn(path: str, number: int, name: str) -> bool:
    """Whether axe is asked of a view on this page: of most, each second page asks, since they are made of the same."""
    return name not in SHARED or path == IN_THE_DARK or (PAGES.index(path) + number) % EVERY == 0


def _go(page: Page, name: str) -> None:
    if name:
        tab(page, name)


def _ask(page: Page, number: int, name: str) -> None:
    """Ask axe; of what stands around the views, once."""
    page.wait_for_timeout(300)  # until a figure that has changed its size or colours is drawn
    page.wait_for_function(reader.SETTLED)
    assert violations(page, *(SEEN_BEFORE if number else ())) == [], f"{name} at {page.viewport_size}"
