"""The real app in a real browser: one server and one Chromium per worker, a fresh page per test.

A test fails when its page logs an error or asks any other host for anything.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, ViewportSize, sync_playwright

import run
from benchmarks.server import served
from tests.browser import reader
from tests.browser.stages import open_stage, stage_files

__all__ = ["open_stage", "stage_files"]

ROOT = Path(__file__).resolve().parents[2]
SIZE: ViewportSize = {"width": 1280, "height": 720}  # what a lesson must fit
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",  # letters as wide as on a screen of today
    "--process-per-site",  # see `window`
]
LOCAL_SCHEMES = ("data", "blob", "about")
# On a deep link like /compressive Streamlit's client asks below the page first, gets 404, asks at the root.
PROBES = ("/_stcore/health", "/_stcore/host-config")

STAYS = "/_stcore/health"  # what stands on the page that stays

FAILED_RUN = "Uncaught app execution"
# A fragment's run that a run of the whole page overtakes: Streamlit forgets what the first may write to before that has
# ended, and drops what it says. Where it stood on a page, there would be an error box.
OVERTAKEN = "StreamlitInvalidLayoutContextError"

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser; a machine that stalls may spoil a test once, and the report says so."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app, served by a process of its own on a free port of this machine."""
    log = tmp_path_factory.mktemp("app") / "server.log"
    try:
        with log.open("w") as out, served(log=out) as server:
            yield server.address
    except RuntimeError as error:
        error.add_note(log.read_text())
        raise
    runs = log.read_text().split(FAILED_RUN)
    assert not [run for run in runs if "Traceback" in run and OVERTAKEN not in run], log.read_text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the one on this machine, else Playwright's own."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=run.find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(browser: Browser, app_url: str) -> Iterator[BrowserContext]:
    """Where the first page of every test is opened, beside one that stays: so Chromium compiles the app but once.

    Measured: opening a page takes 2.3 s of a processor, and 3.0 s in a context of its own.
    """
    context = _context(browser)
    context.new_page().goto(f"{app_url}{STAYS}")
    yield context
    context.close()


def _context(browser: Browser) -> BrowserContext:
    return browser.new_context(permissions=["clipboard-read", "clipboard-write"])


def _leave(window: BrowserContext, app_url: str) -> None:
    """Close every page but the one that stays, and forget what the app has kept."""
    stays, *pages = window.pages
    for page in pages:
        page.close()
    try:
        stays.evaluate("localStorage.clear()")
    except Error:  # a page that crashed has taken it along
        stays.close()
        stays = window.new_page()
        stays.goto(f"{app_url}{STAYS}")
        stays.evaluate("localStorage.clear()")


@pytest.fixture
def open_page(browser: Browser, window: BrowserContext, app_url: str) -> Iterator[OpenPage]:
    """`open_page("/compressive", query={"n_s": 6}, dark=True, reduced_motion=True)` gives a drawn page.

    A second one is another reader's: it shares nothing with the first.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_(
        path: str = "/",
        *,
        query: dict[str, object] | None = None,
        dark: bool = False,
        reduced_motion: bool = False,
        size: tuple[int, int] | None = None,
    ) -> Page:
        context = _context(browser) if contexts else window
        contexts.append(context)
        page = context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]} if size else SIZE)
        page.emulate_media(
            color_scheme="dark" if dark else "light", reduced_motion="reduce" if reduced_motion else "no-preference"
        )
        _watch(page, faults)
        page.goto(f"{app_url}{path}" + (f"?{urlencode(query)}" if query else ""))
        page.locator(".ma-brand").wait_for(state="attached", timeout=30_000)
        settle(page)
        return page

    yield open_
    for context in contexts[1:]:
        context.close()
    _leave(window, app_url)
    assert faults == []


def settle(page: Page) -> None:
    """Wait until the running script has ended, its page is drawn, and the page listens to keys."""
    page.wait_for_function(reader.SETTLED, timeout=60_000, polling=50)  # ms


@pytest.fixture(name="settle")
def settle_fixture() -> Callable[[Page], None]:
    """`settle(page)` after each change of a control."""
    return settle


def _watch(page: Page, faults: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not urlsplit(message.location["url"]).path.endswith(PROBES):
            faults.append(f"console: {message.text} ({message.location['url']})")

    def on_request(url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in LOCAL_SCHEMES and address.hostname != run.HOST:
            faults.append(f"request to another host: {url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
    page.on("request", lambda request: on_request(request.url))
    page.on("websocket", lambda socket: on_request(socket.url))


@pytest.fixture
def shot(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Page, str], Path]:
    """`shot(page, "name")` saves a screenshot, into the folder MEMATTN_SHOTS where that is set."""

    def save(page: Page, name: str) -> Path:
        folder = Path(os.environ.get("MEMATTN_SHOTS", tmp_path))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        page.screenshot(path=path)
        return path

    return save
