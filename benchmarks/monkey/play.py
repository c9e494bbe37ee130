"""One run of actions on one page, and a shorter one that fails as well."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from benchmarks.monkey.actions import Action, Did, perform
from benchmarks.monkey.watch import STANDS, Watch
from benchmarks.server import ROOT

SIZE = {"width": 1280, "height": 720}
TRAVELS = ("away", "back", "forward", "reload")
ARRIVES_MS = 300  # until a step through the tab's history, which nothing waits for, has arrived


class Place(NamedTuple):
    """Where a run takes place.

    Args:
        url: of the server.
        page: address of the page, from its slash on.
        dark: whether the browser prefers the dark theme.
        patience: seconds that a run of the script may take.
    """

    url: str
    page: str
    dark: bool = False
    patience: float = 60.0


class Outcome(NamedTuple):
    """What came of it.

    Args:
        did: what each action did, as far as it came.
        faults: none, if all went well.
    """

    did: list[Did]
    faults: list[str]


def pages() -> list[str]:
    """Addresses of all pages: of the landing page and of every file in `pages/`."""
    names = [re.sub(r"^[0-9]*[_ -]*", "", file.stem) for file in sorted((ROOT / "pages").glob("*.py"))]
    return ["/", *(f"/{name}" for name in names)]


@contextmanager
def opened(browser: Browser, place: Place) -> Iterator[tuple[Page, Watch]]:
    """The page in a browser of its own, watched, until the block ends."""
    context = browser.new_context(viewport=SIZE, color_scheme="dark" if place.dark else "light")  # type: ignore[arg-type]
    page = context.new_page()
    context.on("page", lambda other: other.close())
    page.set_default_navigation_timeout(1e3 * place.patience)
    watch = Watch(page, place.patience)
    page.evaluate("address => location.replace(address)", place.url + place.page)  # no Back to an empty tab
    page.wait_for_url(f"{place.url}/**")
    watch.settle(opening=True)
    yield page, watch
    context.close()


def play(browser: Browser, place: Place, actions: Sequence[Action], enough: int | None = None) -> Outcome:
    """Do the actions on a fresh page, until something is wrong.

    Args:
        browser: to open the page in.
        place: the page.
        actions: what to do, in this order.
        enough: stop when so many could be done; pages differ in how many of the actions they have something for.
    """
    did: list[Did] = []
    with opened(browser, place) as (page, watch):
        watch.look(stage=False)
        stage = not watch.faults and bool(page.evaluate(STANDS))
        for action in actions:
            if watch.faults:
                break
            if _path(page) != _path(page, place.page) and action.kind not in TRAVELS:
                _enter(page, place)
                watch.settle()
            did.append(perform(page, action))
            last = action is actions[-1] or sum(each.done for each in did) == enough
            if action.quick and not last:
                continue
            if watch.settle():
                watch.look(stage and _path(page) == _path(page, place.page))
            if last:
                break
    return Outcome(did, watch.faults)


def _enter(page: Page, place: Place) -> None:
    """Open the page by its address. A step back or forward that is still under way takes precedence once."""
    try:
        page.goto(place.url + place.page)
    except PlaywrightError as error:
        if "interrupted by another navigation" not in error.message:
            raise
        page.wait_for_timeout(ARRIVES_MS)
        page.goto(place.url + place.page)


def _path(page: Page, address: str = "") -> str:
    return urlsplit(address or page.url).path.strip("/")


def shrink(
    actions: Sequence[Action], fails: Callable[[Sequence[Action]], bool], seconds: float, most: int = 60
) -> list[Action]:
    """A short part of the actions that fails as well: leave ever smaller pieces out, as long as it does (ddmin).

    Args:
        actions: a sequence that fails.
        fails: whether a part of it does.
        seconds: stop after these.
        most: parts to try.
    """
    until, tried, pieces = time.monotonic() + seconds, 0, 2
    short = list(actions)
    while len(short) > 1 and tried < most and time.monotonic() < until:
        size = -(-len(short) // pieces)
        for at in range(0, len(short), size):
            tried += 1
            rest = short[:at] + short[at + size :]
            if rest and fails(rest):
                short, pieces = rest, max(2, pieces - 1)
                break
            if tried >= most or time.monotonic() >= until:
                break
        else:
            if size == 1:
                break
            pieces = min(len(short), 2 * pieces)
    return short
