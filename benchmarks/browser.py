"""What a reader waits for, measured inside real Chromium: from the hand to the pixels."""

import base64
import math
import statistics
import time
from typing import Any

from playwright.sync_api import Browser, CDPSession, Locator, Page

from benchmarks.sliders import name_of

# How long a hand holds the button in a click: from 87 ms, people of 25 to 34 years, to 137, those of 65 and older
# (Edmonds and Azzopardi, ClickSense: Motivating Research, 2026; 291 and 227 people). A drag takes longer.
CLICK_MS = 90.0

SIZE = {"width": 1280, "height": 720}
STAGE = '[data-testid="stBidiComponentIsolated"]'

# Finds the stage's root, which stands in a shadow tree.
FIND_STAGE = """() => {
  const hosts = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')];
  const inside = (node) => node.querySelector?.('[data-part=root]')
    ?? [...node.querySelectorAll('*')].map((n) => n.shadowRoot && inside(n.shadowRoot)).find(Boolean);
  window.memattnStage = hosts.map((host) => inside(host.shadowRoot ?? host)).find(Boolean);
  return Boolean(window.memattnStage?.dataset.ready);
}"""

PICTURE = {
    "app": "() => window.memattnStage?.dataset.ready ?? ''",
    "bare": "() => document.querySelector('.gtitle')?.textContent ?? ''",
}

# From the release of the mouse to the frame after the picture is another one.
ARM_RELEASE = """(read) => {
  const picture = eval(read);
  const before = picture();
  window.memattnWait = new Promise((done) => {
    window.addEventListener('pointerup', () => {
      const since = performance.now();
      const look = () => {
        if (picture() && picture() !== before) requestAnimationFrame(() => done(performance.now() - since));
        else if (performance.now() - since > 8000) done(NaN);
        else requestAnimationFrame(look);
      };
      look();
    }, { capture: true, once: true });
  });
}"""

# From the key to the frame after the first change of what is drawn or counted.
ARM_KEYS = """() => {
  window.memattnKeys = [];
  const root = window.memattnStage;
  let since = null;
  const seen = () => {
    if (since === null) return;
    const pressed = since;
    since = null;
    requestAnimationFrame(() => window.memattnKeys.push(performance.now() - pressed));
  };
  const picture = root.querySelector('[data-part=svg]').hasAttribute('hidden')
    ? root.querySelector('[data-part=scrubber]') : root.querySelector('[data-part=svg]');
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(seen).observe(picture, all);
  window.addEventListener('keydown', (event) => { since = event.timeStamp; }, { capture: true });
}"""

# Frames a second, none if it did not play; the stage draws in each, its thumb moves in those in which one would see it.
COUNT_FRAMES = """([ms, plays]) => new Promise((done) => {
  const scrubber = window.memattnStage.querySelector('[data-part=scrubber]');
  const since = performance.now(), from = scrubber.value;
  let frames = 0;
  const look = (now) => {
    frames++;
    if (now - since < ms) requestAnimationFrame(look);
    else done((scrubber.value !== from) === plays ? frames * 1000 / (now - since) : 0);
  };
  requestAnimationFrame(look);
})"""


class Traffic:
    """Bytes and frames on the page's websocket, as the browser counts them (before compression)."""

    def __init__(self, page: Page) -> None:
        """Begin to listen; do this before the page is opened."""
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("Network.enable")
        self.received = self.sent = 0
        self.cdp.on("Network.webSocketFrameReceived", self._count)
        self.cdp.on("Network.webSocketFrameSent", self._send)

    def _count(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        binary = frame["opcode"] == 2
        self.received += len(base64.b64decode(frame["payloadData"]) if binary else frame["payloadData"].encode())

    def _send(self, event: dict[str, Any]) -> None:
        self.sent += 1

    def throttle(self, rate: float) -> None:
        """Slow the page's processor down."""
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": rate})


def settled(page: Page) -> None:
    """Wait until the script has ended and the page has been quiet for a moment."""
    page.wait_for_function(
        "() => document.querySelector('[data-testid=\"stApp\"]')?.dataset.testScriptState === 'notRunning'",
        timeout=60_000,
    )
    page.wait_for_timeout(400)


def opened(browser: Browser, url: str, app: bool) -> tuple[Page, Traffic]:
    """A page that is drawn."""
    page = browser.new_context(viewport=SIZE).new_page()
    traffic = Traffic(page)
    page.goto(url)
    page.wait_for_function(FIND_STAGE if app else "() => document.querySelector('.gtitle')", timeout=60_000)
    settled(page)
    return page, traffic


def slider(page: Page, name: str) -> Locator:
    """The track of a slider.

    Args:
        page: on which it stands.
        name: see `benchmarks.sliders.name_of`.

    Raises:
        ValueError: there is none of that name.
    """
    found = {}
    for one in page.locator('[data-testid="stSlider"]').all():
        label = one.locator("[aria-label]").first.get_attribute("aria-label") or ""
        found[name_of(label)] = one
    if name not in found:
        raise ValueError(f"no slider {name} on {page.url}; there are {', '.join(found)}")
    return found[name].locator("[role=group] > div > div").first


def move(page: Page, name: str, share: float, kind: str, held: float = CLICK_MS) -> float:
    """Click a slider's track; milliseconds from release to the new picture, or NaN.

    Args:
        page: on which it stands.
        name: see `benchmarks.sliders.name_of`.
        share: of the slider's length.
        kind: of page, a key of `PICTURE`.
        held: milliseconds from press to release.
    """
    rail = slider(page, name)
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    assert box
    page.evaluate(ARM_RELEASE, PICTURE[kind])
    page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    if held:
        page.wait_for_timeout(held)
    page.mouse.up()
    waited = float(page.evaluate("() => window.memattnWait"))
    settled(page)
    return waited


def moves(page: Page, name: str, shares: list[float], kind: str, held: float = CLICK_MS) -> list[float]:
    """Milliseconds of several moves, one after the other; those that changed no picture are left out."""
    waited = (move(page, name, share, kind, held) for share in shares)
    return [took for took in waited if not math.isnan(took)]


def key_to_pixels(page: Page, traffic: Traffic, presses: int = 40) -> tuple[float, int]:
    """Median milliseconds from a step key to its pixels, and what was sent to the server meanwhile."""
    ask_nothing(page)
    page.keyboard.press("Home")
    page.wait_for_timeout(1500)  # the report of the new place has gone
    page.evaluate(ARM_KEYS)
    sent = traffic.sent
    for _ in range(presses):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)  # shorter than the pause after which a step is reported
    counted = traffic.sent - sent
    return statistics.median(page.evaluate("() => window.memattnKeys")), counted


def ask_nothing(page: Page) -> None:
    """Switch the stage's questions off, at which it would wait for an answer, and have it hear keys."""
    asking = page.locator(f"{STAGE} [data-part=asking]")
    if asking.get_attribute("aria-pressed") == "true":
        asking.click()
    page.evaluate("() => window.memattnStage.focus()")


def playback(page: Page, traffic: Traffic, rate: float, seconds: float = 6.0) -> dict[str, float]:
    """Frames per second of a picture that moves, and of one at rest, at a slowed processor."""
    ask_nothing(page)
    page.keyboard.press("Home")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowRight")  # to where both memories are at work
        page.wait_for_timeout(120)
    traffic.throttle(rate)
    page.wait_for_timeout(1500)
    resting = page.evaluate(COUNT_FRAMES, [1500, False])
    page.keyboard.press("Space")
    page.wait_for_timeout(500)
    counted = {"moving": page.evaluate(COUNT_FRAMES, [seconds * 1000, True]), "resting": resting}
    page.keyboard.press("Space")
    traffic.throttle(1)
    page.wait_for_timeout(800)
    return counted


def painted(browser: Browser, url: str, selector: str, since: float) -> tuple[float, Page]:
    """Seconds since `since` until something is drawn on a fresh page."""
    page = browser.new_context(viewport=SIZE).new_page()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(selector, timeout=60_000)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return time.perf_counter() - since, page
