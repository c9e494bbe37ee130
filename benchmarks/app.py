"""How fast the app feels, beside a bare Streamlit page with one slider and one chart. Run `python -m benchmarks.app`.

Both pages are served and measured in the same run on the same machine; the table is Markdown. Bars:

- on every page of a lesson: slider release → new picture at most 1.25 times the bare page's, for settings that nobody
  had computed before; the slider is clicked as a hand clicks, which holds it for `CLICK_MS`, on both pages. What it
  takes where the button is let go in the same moment stands beside it, without a bar;
- slider release → new picture of 1,024 tokens at most 200 ms;
- step key → pixels at most 40 ms (median) without a word to the server;
- playback of 256 tokens at 58 frames a second or more, and 45 with the processor slowed to a quarter;
- at most 80 KiB received per change of a setting at 1,024 tokens;
- 30 sessions at one move per second each: 95 of 100 runs end within 100 ms, no errors;
- from an empty machine to the first painted page, and to the landing page's stage, at most 0.5 s more than to the bare
  page.

The sessions are websocket clients that speak Streamlit's protocol (no browsers: two cores could not carry 30); a move's
time runs from sending it to the end of the script run that carries the picture, or of the run that brings the rest, so
it includes the queue, the runs and the way back.
"""

import os
import platform
import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

import streamlit
from playwright.sync_api import Browser, Page, sync_playwright

import run
from benchmarks import browser as measure
from benchmarks.crowd import as_it_opens, crowd, own_moves, own_story, shared_moves
from benchmarks.lessons import lessons, places, slider
from benchmarks.server import APP, CHROMIUM, served

BARE = ("-m", "streamlit", "run", "benchmarks/bare_page.py")
SHARES = [0.1, 0.9, 0.25, 0.7, 0.4, 0.55, 0.8, 0.15, 0.62]  # of a slider's length
PLACES = [(1 + turn * 14 % 37) / 38 for turn in range(36)]  # the same, each once, far from the one before
KNOWN = "ncm"  # whose settings are also measured once more
BLOCK, REHEARSALS = 9, 2  # moves of one page before it is the other's turn; the first of them do not count
LENGTH = 96  # words of the stories that pages begin with, at least
TABS = {"/compare": "&tab=Duel"}  # where the sliders stand
READERS, MOVES, OWN_READERS = 30, 20, 10
COLD_STARTS = 3

SLIDER, LONG_MS, KEY_MS, FPS, FPS_SLOW, KIB, P95_MS, COLD_S = 1.25, 200.0, 40.0, 58.0, 45.0, 80.0, 100.0, 0.5


class Row(NamedTuple):
    """One line of the table; `passed` is None where there is no bar."""

    what: str
    app: str
    bare: str
    ratio: str
    bar: str
    passed: bool | None

    def line(self) -> str:
        """As Markdown."""
        verdict = {True: "PASS", False: "FAIL", None: ""}[self.passed]
        return f"| {self.what} | {self.app} | {self.bare} | {self.ratio} | {self.bar} | {verdict} |"


def bar(
    what: str, value: float, limit: float, unit: str, digits: int = 0, least: bool = False, also: bool = True
) -> Row:
    """A line with an absolute bar; `also` is a further condition."""
    right = value >= limit if least else value <= limit
    sign = "≥" if least else "≤"
    return Row(what, f"{value:.{digits}f} {unit}", "", "", f"{sign} {limit:g} {unit}", right and also)


def slider_rows(chromium: Browser, app: str, bare: str) -> Iterator[Row]:
    """Release of a slider on every page of a lesson until the new picture; on one also for settings seen before.

    The pages take turns with the bare one, so that a slow moment of the machine slows both.
    """
    for address, lesson in lessons().items():
        memory, name, dial, start = slider(lesson)
        page, _ = measure.opened(chromium, f"{app}{address}?memory={memory}{TABS.get(address, '')}", True)
        plain, _ = measure.opened(chromium, bare, False)
        reach = min(1.0, LENGTH / dial.high)  # a window that is longer than the text shows the same picture
        shares = places(dial, start, [share * reach for share in PLACES])
        what = f"slider release → picture, {address}, {name}"
        half = len(shares) // 2
        yield turns(page, plain, name, shares[:half], f"{what}, new setting", SLIDER)
        yield turns(page, plain, name, shares[half:], f"{what}, new setting, let go at once", None, held=0)
        if name == KNOWN:
            yield turns(page, plain, name, shares, f"{what}, the same settings again, let go at once", None, held=0)
        page.context.close()
        plain.context.close()


def turns(
    page: Page,
    plain: Page,
    name: str,
    shares: list[float],
    what: str,
    limit: float | None,
    held: float = measure.CLICK_MS,
) -> Row:
    """Moves of one slider, in turns with as many of the bare page's."""
    ours: list[float] = []
    bares: list[float] = []
    for at in range(0, len(shares), BLOCK):
        bares += measure.moves(plain, "turns", PLACES[at : at + BLOCK], "bare", held)[REHEARSALS:]
        ours += measure.moves(page, name, shares[at : at + BLOCK], "app", held)[REHEARSALS:]
    took, yardstick = statistics.median(ours), statistics.median(bares)
    ratio = took / yardstick
    return Row(
        what,
        f"{took:.0f} ms",
        f"{yardstick:.0f} ms",
        f"{ratio:.2f}",
        f"≤ {SLIDER:g} ×" if limit else "",
        ratio <= limit if limit else None,
    )


def stage_rows(chromium: Browser, app: str) -> Iterator[Row]:
    """What happens in the browser alone, and what one change of a setting sends."""
    page, traffic = measure.opened(chromium, f"{app}/compressive?n=251", True)
    took, sent = measure.key_to_pixels(page, traffic)
    yield bar(f"step key → pixels, 256 tokens ({sent} messages to the server)", took, KEY_MS, "ms", also=sent == 0)
    for rate, limit in ((1, FPS), (4, FPS_SLOW)):
        counted = measure.playback(page, traffic, rate)
        slowed = "" if rate == 1 else f", processor slowed {rate} ×"
        resting = f" (while nothing moves: {counted['resting']:.0f})"
        yield bar(f"playback at 256 tokens{slowed}{resting}", counted["moving"], limit, "frames/s", 1, least=True)
    page.context.close()
    page, traffic = measure.opened(chromium, f"{app}/compressive?n=1024", True)
    for key, limit, shares in (("c", KIB, SHARES[:4]), ("ncm", None, SHARES[1:5])):  # n_cm stands at the first share
        took, sizes = [], []
        for share in shares:
            before = traffic.received
            took.append(measure.move(page, key, share, "app"))
            sizes.append((traffic.received - before) / 1024)
        middle = statistics.median(sizes)
        if limit:
            yield bar("received per setting change (c), 1,024 tokens", middle, limit, "KiB", 1)
        else:
            yield Row("the same with up to 86 compressed slots", f"{middle:.1f} KiB", "", "", "", None)
        yield bar(f"release of {key} → picture, 1,024 tokens", statistics.median(took), LONG_MS, "ms")
    page.context.close()


def crowd_rows(app: str) -> Iterator[Row]:
    """Many sessions at once."""
    url = f"{app.replace('http', 'ws')}/_stcore/stream"
    for readers, moves, link, what, has_bar in (
        (READERS, shared_moves, as_it_opens, "on one story, the server knows nothing yet", False),
        (READERS, shared_moves, as_it_opens, "on one story, its 32 settings known", True),
        (OWN_READERS, own_moves, own_story, "each on a story of his own, no setting known", False),
    ):
        came = crowd(url, "compressive", readers, MOVES, moves, link)
        for when, times in (("picture", came.picture), ("all that follows", came.all)):
            yield Row(
                f"{readers} sessions, {came.moves} moves, {what}: {when}",
                f"p50 {times.p50:.0f}, p95 {times.p95:.0f}, most {times.most:.0f} ms; {came.errors} errors",
                "",
                "",
                f"p95 ≤ {P95_MS:g} ms, 0 errors" if has_bar else "",
                (times.p95 <= P95_MS and not came.errors) if has_bar else None,
            )


def cold_rows(chromium: Browser) -> Iterator[Row]:
    """From starting the server's process to a painted page, in turns."""
    times: dict[str, list[float]] = {"app": [], "stage": [], "bare": []}
    for _ in range(COLD_STARTS):
        for name, command, selector in (("bare", BARE, "h1"), ("app", APP, ".ma-title")):
            with served(command) as (address, since, _):
                took, page = measure.painted(chromium, address, selector, since)
                times[name].append(took)
                if name == "app":
                    page.wait_for_function(measure.FIND_STAGE, timeout=60_000)
                    times["stage"].append(time.perf_counter() - since)
                page.context.close()
    bare = statistics.median(times["bare"])
    for name, what in (("app", "first painted page"), ("stage", "the stage stands")):
        took = statistics.median(times[name])
        more, right = f"{took - bare:+.2f} s", took - bare <= COLD_S
        yield Row(f"cold start → {what}", f"{took:.2f} s", f"{bare:.2f} s", more, f"≤ +{COLD_S:g} s", right)


def machine() -> str:
    """What it was measured on."""
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}; Python {platform.python_version()}, "
        f"Streamlit {streamlit.__version__}"
    )


def main() -> int:
    """Print the table; 1 when a bar is missed."""
    failed = False
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=run.find_chromium(), args=CHROMIUM)
        print(f"{machine()}, headless Chromium {chromium.version}\n")
        print("| measured | app | bare page | ratio | bar | |\n|---|---|---|---|---|---|", flush=True)
        with served(APP) as (app, *_), served(BARE) as (bare, *_):
            for rows in (slider_rows(chromium, app, bare), stage_rows(chromium, app)):
                for row in rows:
                    print(row.line(), flush=True)
                    failed |= row.passed is False
        for row in cold_rows(chromium):
            print(row.line(), flush=True)
            failed |= row.passed is False
        chromium.close()
    with served(APP) as (app, *_):  # a server of its own: nothing of the class is in its cache yet
        for row in crowd_rows(app):
            print(row.line(), flush=True)
            failed |= row.passed is False
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
