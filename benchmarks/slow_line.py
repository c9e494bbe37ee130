"""A first visit over a slow line: 1.6 Mbit/s, 150 ms there and back. Run `python -m benchmarks.slow_line`.

The app as it is served by `make app`, beside the same app under plain `streamlit run`, which sends its files as they
are. The browser slows the line down itself (`Network.emulateNetworkConditions`), with nothing in its cache. The two
take turns; a first visit to each, so that the servers have imported everything, does not count.
"""

import statistics
import time
from typing import Any, NamedTuple

from playwright.sync_api import Browser, sync_playwright

import run
from benchmarks import browser as measure
from benchmarks.app import machine
from benchmarks.server import APP, CHROMIUM, served

PLAIN = ("-m", "streamlit", "run", "app.py")
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
VISITS = 3
SHARE = 0.6  # of the time that the uncompressed app takes until its title is painted


class Visit(NamedTuple):
    """What a first visit takes: seconds to the painted title and to the stage, KiB of files, KiB on the websocket."""

    title: float
    stage: float
    files: float
    messages: float


def visit(chromium: Browser, url: str) -> Visit:
    """Open a page in a browser that knows nothing of it, over the slow line."""
    page = chromium.new_context(viewport=measure.SIZE).new_page()
    traffic = measure.Traffic(page)
    files = 0.0

    def count(event: dict[str, Any]) -> None:
        nonlocal files
        files += event["encodedDataLength"]

    traffic.cdp.on("Network.loadingFinished", count)
    traffic.cdp.send("Network.emulateNetworkConditions", LINE)
    since = time.perf_counter()
    page.goto(url, wait_until="commit", timeout=120_000)
    page.wait_for_selector(".ma-title", timeout=120_000)
    title = time.perf_counter() - since
    page.wait_for_function(measure.FIND_STAGE, timeout=120_000)
    stage = time.perf_counter() - since
    page.context.close()
    return Visit(title, stage, files / 1024, traffic.received / 1024)


def main() -> int:
    """Print the table; 1 when the bar is missed."""
    visits: dict[str, list[Visit]] = {"app": [], "plain": []}
    with sync_playwright() as play, served(APP) as (app, *_), served(PLAIN) as (plain, *_):
        chromium = play.chromium.launch(executable_path=run.find_chromium(), args=CHROMIUM)
        print(f"{machine()}, headless Chromium {chromium.version}; 1.6 Mbit/s, 150 ms\n")
        for turn in range(VISITS + 1):
            for name, address in (("app", app), ("plain", plain)):
                seen = visit(chromium, address)
                if turn:
                    visits[name].append(seen)
        chromium.close()
    ours, theirs = (Visit(*map(statistics.median, zip(*visits[name], strict=True))) for name in ("app", "plain"))
    print(
        "| first visit to the landing page | `make app` | `streamlit run` | ratio | bar | |\n|---|---|---|---|---|---|"
    )
    verdict = "PASS" if ours.title <= SHARE * theirs.title else "FAIL"
    for what, unit, mine, other, limit in (
        ("to the painted title", "s", ours.title, theirs.title, SHARE),
        ("to the stage", "s", ours.stage, theirs.stage, None),
        ("files received", "KiB", ours.files, theirs.files, None),
        ("received on the websocket", "KiB", ours.messages, theirs.messages, None),
    ):
        bar = f"≤ {limit:g} × | {verdict}" if limit else " | "
        digits = 2 if unit == "s" else 0
        print(f"| {what} | {mine:.{digits}f} {unit} | {other:.{digits}f} {unit} | {mine / other:.2f} | {bar} |")
    return int(verdict == "FAIL")


if __name__ == "__main__":
    raise SystemExit(main())
