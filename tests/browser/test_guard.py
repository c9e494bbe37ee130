"""When something fails, a page says so in our words, and leads back to the same settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.server import ROOT, free_port, served

STREAMLIT = ("-m", "streamlit", "run", "served.py")
OURS = ".ma-guard"
SETTLED = """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'"""

# Broken at n = 5; two text fields, one with a limit of its own.
APP = """
import streamlit as st
from memattn.ui import guard

guard.deliver({"short": 50})
n = st.slider("n", 1, 9, 3, key="n", bind="query-params")
if n == 5:
    raise RuntimeError("planted where n is 5")
short = st.text_input("Short", max_chars=50, key="short")
long = st.text_area("Long", key="long")
st.write(f"n {n}, short {len(short)}, long {len(long)}")

@st.fragment
def part():
    word = st.radio("Word", ["ant", "bee", "cat", "dog"], key="word", horizontal=True)
    st.write(f"{word}: " + "the same long text " * 30)

part()
"""

SERVED = """
import streamlit as st
from starlette.middleware import Middleware
from memattn.ui.addresses import Pages

app = st.App("app.py", middleware=[Middleware(Pages)])
"""

# Sockets that a test can reach, whose messages take a while as on a slow network.
SLOW_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...args) { super(...args); window.sockets.push(this); }
  addEventListener(type, then, ...more) {
    super.addEventListener(type, type === 'message' ? (event) => setTimeout(() => then(event), 150) : then, ...more);
  }
};
"""


class App(NamedTuple):
    """A small app, and what its server said."""

    address: str
    log: Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "app.py").write_text(APP)
    (folder / "served.py").write_text(SERVED)
    (folder / ".streamlit").symlink_to(ROOT / ".streamlit")
    (folder / "pages").mkdir()
    (folder / "pages" / "1_another.py").write_text("import streamlit as st\n\nst.write('another page')\n")
    return folder


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[App]:
    log = folder / "server.log"
    with log.open("w") as out, served(STREAMLIT, folder, out) as (address, *_):
        yield App(address, log)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def press(page: Page, key: str, times: int) -> None:
    page.get_by_role("slider").focus()
    for _ in range(times):
        page.keyboard.press(key)


def test_a_page_that_raises_shows_our_box_and_its_traceback_is_in_the_log(tab: Page, app: App) -> None:
    tab.goto(f"{app.address}/?n=5")
    box = tab.locator(f'[data-testid="stException"] {OURS}')
    expect(box).to_contain_text("Something went wrong here")
    expect(tab.get_by_text("encountered an error")).to_be_hidden()
    expect(tab.get_by_role("link", name="same settings")).to_have_attribute("href", f"{app.address}/?n=5")
    assert "Traceback" in app.log.read_text() and "RuntimeError: planted where n is 5" in app.log.read_text()
    press(tab, "ArrowLeft", 1)
    expect(tab.get_by_text("n 4, short 0")).to_be_visible()
    expect(tab.locator(OURS)).to_have_count(0)


def test_the_box_leads_to_the_page_as_it_starts(tab: Page, app: App) -> None:
    tab.goto(f"{app.address}/?n=5")
    tab.get_by_role("link", name="as it starts").click()
    expect(tab.get_by_text("n 3, short 0")).to_be_visible()


def test_an_address_without_a_page_says_so(tab: Page, app: App) -> None:
    tab.goto(f"{app.address}/nowhere")
    expect(tab.get_by_role("dialog", name="There is no such page")).to_be_visible()
    expect(tab.get_by_text("does not seem to exist")).to_be_hidden()
    tab.get_by_label("Close").click()
    expect(tab.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("deep", ["/a/nowhere", "/a/b/nowhere?n=4", "/another/nowhere/"])
def test_an_address_below_a_page_says_so_and_leads_home(tab: Page, app: App, deep: str) -> None:
    tab.goto(f"{app.address}{deep}")
    message = tab.get_by_role("dialog", name="There is no such page")
    message.get_by_role("link", name="start page").click()
    expect(tab.get_by_text("n 3, short 0")).to_be_visible()
    expect(tab).to_have_url(f"{app.address}/")


def test_an_address_below_another_page_opens_the_page_it_names(tab: Page, app: App) -> None:
    tab.goto(f"{app.address}/a/b/another")
    expect(tab.get_by_text("another page")).to_be_visible()
    expect(tab).to_have_url(f"{app.address}/another")


@pytest.mark.parametrize(
    ("field", "pasted", "kept"), [("Short", 61, 50), ("Long", 26_000_000, 100_000), ("Short", 50, 50)]
)
def test_a_text_is_cut_before_it_is_sent(tab: Page, app: App, field: str, pasted: int, kept: int) -> None:
    tab.goto(app.address)
    tab.evaluate("count => navigator.clipboard.writeText('x'.repeat(count))", pasted)
    tab.get_by_label(field, exact=True).click()
    tab.keyboard.press("Control+V")
    note = tab.get_by_role("status").filter(has_text="The text was cut")
    if pasted > kept:
        expect(note).to_have_text(f"The text was cut at {kept:,} characters: {pasted - kept:,} more did not fit.")
    else:
        expect(note).to_have_count(0)
    tab.keyboard.press("Control+Enter")
    expect(tab.get_by_text(f"{field.lower()} {kept}")).to_be_visible()


def test_a_socket_that_breaks_is_mended_with_the_same_settings(tab: Page, app: App) -> None:
    tab.add_init_script(SLOW_SOCKETS)
    tab.goto(f"{app.address}/?n=7")
    tab.get_by_label("Long", exact=True).fill("seven letters")
    tab.keyboard.press("Control+Enter")
    expect(tab.get_by_text("n 7, short 0, long 13")).to_be_visible()
    tab.evaluate("() => sockets.at(-1).close()")
    tab.wait_for_function("() => sockets.length === 2 && sockets[1].readyState === WebSocket.OPEN")
    press(tab, "ArrowRight", 1)
    expect(tab.get_by_text("n 8, short 0, long 13")).to_be_visible()
    expect(tab.get_by_role("dialog")).to_have_count(0)


def test_what_the_client_cannot_mend_starts_anew_once_and_is_told_after_that(tab: Page, app: App) -> None:
    tab.add_init_script(SLOW_SOCKETS)
    tab.goto(f"{app.address}/?n=7")
    expect(tab.get_by_text("n 7, short 0")).to_be_visible()
    breaks = "() => sockets.at(-1).dispatchEvent(new MessageEvent('message', { data: 'no message' }))"
    with tab.expect_navigation():
        tab.evaluate(breaks)
    expect(tab.get_by_text("n 7, short 0")).to_be_visible()
    tab.evaluate(breaks)
    box = tab.get_by_role("dialog", name="The connection broke off")
    expect(box.get_by_role("link", name="same settings")).to_have_attribute("href", f"{app.address}/?n=7")
    with tab.expect_navigation():
        box.get_by_role("button", name="Reload").click()
    expect(tab.get_by_text("n 7, short 0")).to_be_visible()


def test_a_server_that_is_gone_is_told_and_the_page_comes_back_with_it(tab: Page, folder: Path) -> None:
    port = free_port()
    with served(STREAMLIT, folder, port=port) as (address, *_):
        tab.goto(f"{address}/?n=7")
        press(tab, "ArrowRight", 1)
        expect(tab.get_by_text("n 8, short 0")).to_be_visible()
    box = tab.get_by_role("dialog", name="The server does not answer")
    expect(box).to_be_visible(timeout=30_000)
    expect(tab.get_by_text("Are you connected to the internet")).to_be_hidden()
    with served(STREAMLIT, folder, port=port):
        expect(tab.get_by_role("dialog")).to_have_count(0, timeout=30_000)
        expect(tab.get_by_text("n 8, short 0")).to_be_visible()
        assert tab.url == f"{address}/?n=8"


def test_moves_faster_than_the_network_refer_to_nothing_that_the_browser_forgot(tab: Page, app: App) -> None:
    tab.add_init_script(SLOW_SOCKETS)
    tab.goto(app.address)
    words = tab.get_by_role("radiogroup").locator("label")
    for at, word in ((1, "bee"), (2, "cat")):
        words.nth(at).click()
        expect(tab.get_by_text(f"{word}: the same")).to_be_visible()
        tab.wait_for_timeout(400)
    # Back to "bee" before the answer to "dog" is here: once that is, the browser has forgotten what "bee" looked like.
    tab.evaluate(
        """() => {
          const words = [...document.querySelectorAll('[role=radiogroup] label')];
          words[3].click();
          setTimeout(() => words[1].click(), 80);
        }"""
    )
    tab.wait_for_timeout(1200)
    expect(tab.get_by_text("bee: the same")).to_be_visible()
    expect(tab.get_by_role("dialog")).to_have_count(0)
