"""How smoothly the wall of all memories plays, and what it weighs. Run `python -m benchmarks.wall`.

Frames while it plays stand beside frames of the same page at rest, from the same run: so many the browser offers. Bars:
at least 50 frames a second, or nine of ten that are offered where that is less; at most 250 KiB for 160 tokens.
"""

import sys

from playwright.sync_api import Page, sync_playwright

import run
from benchmarks.server import CHROMIUM, served
from memattn.lessons.stories import make_up
from memattn.memory import MEMORIES
from memattn.ui.compare.wall import AS_IT_IS, packed

TOKENS, FACTS, SEED = 160, 8, 7
SECONDS, FRAMES, OFFERED, KIB = 5, 50, 0.9, 250
COUNT = """seconds => new Promise((done) => {
    let frames = 0;
    const until = performance.now() + 1000 * seconds;
    const count = (now) => (now < until ? (frames++, requestAnimationFrame(count)) : done(frames / seconds));
    requestAnimationFrame(count);
})"""


def frames(page: Page) -> tuple[float, float]:
    """Frames a second at rest and while the wall plays."""
    page.locator(".wall .mini").nth(len(MEMORIES) - 1).wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(3000)
    rest = page.evaluate(COUNT, SECONDS)
    page.locator(".wall").focus()
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    return rest, page.evaluate(COUNT, SECONDS)


def main() -> int:
    """Print the table; 1 when a bar is missed."""
    story = make_up(SEED, TOKENS, FACTS).story
    fact = story.facts[len(story.facts) // 2]
    sent = len(packed(story.with_question(fact).words, fact, AS_IT_IS, 0).packed) / 1024
    with served() as (address, *_), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=run.find_chromium(), args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{address}/compare?step=1")
        rest, playing = frames(page)
        browser.close()
    smooth, light = playing >= min(FRAMES, OFFERED * rest), sent <= KIB
    print(f"| {len(MEMORIES)} memories, {TOKENS} tokens | | bar | |")
    print("|---|---|---|---|")
    for what, value, bar, met in (
        ("frames a second while it plays", f"{playing:.1f}", f"≥ {FRAMES}, of {rest:.1f} at rest", smooth),
        ("sent", f"{sent:.1f} KiB", f"≤ {KIB} KiB", light),
    ):
        print(f"| {what} | {value} | {bar} | {'met' if met else 'MISSED'} |")
    return 0 if smooth and light else 1


if __name__ == "__main__":
    sys.exit(main())
