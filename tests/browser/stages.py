"""Short runs on the stage in a real browser, played from the stand-alone player."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from memattn.compression import MeanPool
from memattn.lessons.prediction import predictions
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.hybrid import Hybrid
from memattn.memory.merging import Merging
from memattn.memory.window import Window
from memattn.records import Lane, Role, Trace
from memattn.stage import bundle
from memattn.stage.packed import Payload, unpacked
from memattn.stage.payload import Mark, payload
from memattn.stage.player import player
from memattn.stage.weights import ROOT_LEVELS
from memattn.streams import planted_facts
from memattn.trace import trace

TEXT = """
the red key is in the kitchen . anna likes soup . the old clock stands on the shelf .
bob went to the garden . it was a cold morning . the blue cup is in the cellar .
carla plays the violin . where is the red key ?
"""
STORY = TEXT.split()
N_S, N_M, N_CM, RATE = 6, 12, 4, 3  # pops 6 pairs from token 17 on, drops from token 35 on
SEGMENT_END = 17  # first step whose update pops and compresses

PHASES = {"arrive", "attend", "push", "pin", "pop", "compress", "append", "merge", "drop"}

OpenStage = Callable[..., Page]


@cache
def run(kind: str) -> Trace:
    words = STORY if kind != "long" else [STORY[i % len(STORY)] for i in range(320)]
    facts = planted_facts(words, {6: ("key", "kitchen")}, {len(words) - 1: "key"}, seed=3)
    memory = {
        "compressive": Compressive(N_S, N_M, N_CM, MeanPool(rate=RATE)),
        "long": Compressive(8, 64, 48, MeanPool(rate=4)),
        "window": Window(5),
        "summary": CumulativeAverage(),
        "merging": Merging(5),
        "hybrid": Hybrid(Window(5), Merging(5)),
    }[kind]
    return trace(memory, facts.stream, kind)


@cache
def bands(kind: str) -> tuple[Lane, ...]:
    sizes = {"compressive": (N_CM, N_M, N_S), "long": (48, 64, 8)}
    if kind in sizes:
        roles = (Role.COMPRESSED, Role.RECENT, Role.CURRENT)
        named = zip(roles, ("CMem", "Mem", "Segment"), sizes[kind], strict=True)
        return tuple(Lane(role, title, "", size) for role, title, size in named)
    own = {
        "window": (Role.RECENT,),
        "summary": (Role.SUMMARY,),
        "merging": (Role.GLOBAL,),
        "hybrid": (Role.GLOBAL, Role.RECENT),
    }
    return tuple(Lane(role, str(role), "", 1 if role is Role.SUMMARY else 5) for role in own[kind])


@cache
def packed(kind: str, asks: tuple[str, ...] = ()) -> Payload:
    """What the stage plays; `asks` names the sorts of its questions, () is all of them."""
    columns, reads = {"compressive": (N_S, "before"), "long": (8, "before")}.get(kind, (5, "after"))
    questions = predictions(run(kind), rate=RATE) if kind == "compressive" else ()
    questions = tuple(one for one in questions if not asks or one.name in asks)
    marks = [Mark(0, 6, "fact", "the fact asked for")]
    return payload(run(kind), bands(kind), columns, kind, reads, marks=marks, predictions=questions)


@pytest.fixture(scope="session")
def stage_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address and folder of a server on this machine for players and the stage's modules."""
    folder = tmp_path_factory.mktemp("stage")

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            name = path.split("?")[0].lstrip("/")
            return str(bundle.FOLDER / name[6:] if name.startswith("stage/") else folder / name)

        def log_message(self, *_: object) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()
        thread.join()


@pytest.fixture
def open_stage(browser: Browser, stage_files: tuple[str, Path]) -> Iterator[OpenStage]:
    """`open_stage("compressive", at=17, phase="pop", dark=True)` gives a page with the stage drawn, faults noted."""
    address, folder = stage_files
    contexts, faults = [], []

    def open_(
        kind: str = "compressive",
        *,
        at: int | None = None,
        phase: str = "",
        dark: bool = False,
        calm: bool = False,
        played: Payload | None = None,
    ) -> Page:
        name = f"{kind}.html"
        (folder / name).write_text(player(played or packed(kind)), "utf-8")
        context = browser.new_context(
            viewport={"width": 872, "height": 600},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: request.url.startswith(address) or faults.append(request.url))
        query = {} if at is None else {"step": at + 1} | ({"phase": phase} if phase else {})
        page.goto(f"{address}/{name}?{urlencode(query)}")
        page.wait_for_selector("[data-ready]")
        page.locator("[data-part=root]").focus()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [fault for fault in faults if not fault.startswith("data:")] == []


def scrub(page: Page, to: float, end: bool = False) -> None:
    page.evaluate(
        """([to, end]) => {
            const range = document.querySelector('[data-part=scrubber]');
            range.value = to;
            range.dispatchEvent(new Event('input'));
            if (end) range.dispatchEvent(new Event('change'));
        }""",
        [to, end],
    )


def part(page: Page, name: str) -> str:
    return page.locator(f"[data-part={name}]").inner_text()


def bare(text: str | None) -> str:
    """A text without the marks that keep a reader's words apart from it."""
    return (text or "").replace("\u2068", "").replace("\u2069", "")


def token(page: Page) -> int:
    found = re.match(r"token (\d+)/", part(page, "counter"))
    assert found
    return int(found[1]) - 1


def rest(page: Page) -> None:
    """Wait until nothing moves any more."""
    page.wait_for_selector("[data-part=root]:not([data-moving])")


def picture(page: Page) -> str:
    return page.locator("[data-part=svg]").evaluate("svg => svg.outerHTML")


def sent_weights(kind: str) -> list[np.ndarray]:
    plain = unpacked(packed(kind).packed)
    counts = [len(step.ids) for step in run(kind).steps]
    end = 4 + int.from_bytes(plain[:4], "little")
    first, count, _ = json.loads(plain[4:end])["arrays"]["weights"]
    octets = np.frombuffer(plain[end + first :][: 2 * count], np.uint8).reshape(2, -1)
    levels = np.ascontiguousarray(octets.T).view("<u2").reshape(-1)
    return np.split(((levels / ROOT_LEVELS) ** 4).astype(np.float32), np.cumsum(counts)[:-1])


def sent(kind: str) -> dict[str, str]:
    """A payload as the offline player holds it."""
    return {"id": packed(kind).id, "packed": base64.b64encode(packed(kind).packed).decode()}
