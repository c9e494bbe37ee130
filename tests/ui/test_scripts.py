"""The long scripts have addresses that name what they hold, and a page asks for them where somebody answers."""

import gzip
import re
from urllib.parse import quote

import pytest

from memattn.stage import bundle
from memattn.ui import front, scripts
from memattn.ui.addresses import Pages
from memattn.ui.compressed import Compressed
from memattn.ui.scripts import Scripts
from tests.node import run_in_node
from tests.ui.asking import PASSED, Answer, ask, rest

PARTS = pytest.mark.parametrize("part", bundle.PARTS, ids=lambda part: part.name)


def get(path: str, method: str = "GET", kind: str = "http", **headers: str) -> Answer:
    return ask(Pages(Compressed(Scripts(rest))), path, method, kind, accept="*/*", **headers)


@pytest.mark.parametrize("root", ["", "/x", "/deep/down"])
@PARTS
def test_an_address_brings_the_script_for_good_and_compressed_to_whoever_can_read_that(
    part: bundle.Part, root: str
) -> None:
    there = f"{root}/{scripts.address(part)}"
    plain, packed = get(there), get(there, **{"accept-encoding": "gzip"})
    assert plain.status == packed.status == 200
    assert plain.body == gzip.decompress(packed.body) == bundle.code(part).encode()
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 3
    for answer in (plain, packed):
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].startswith("text/javascript")
        assert int(answer.headers["content-length"]) == len(answer.body)


def test_an_address_names_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    before = scripts.address(bundle.STAGE)
    assert before != scripts.address(bundle.WALL)
    own = bundle.code
    monkeypatch.setattr(bundle, "code", lambda part: own(part) + " ")
    scripts._name.cache_clear()
    try:
        assert scripts.address(bundle.STAGE) != before
        assert get(f"/{before}").status == 404, "an old one would bring what is new"
    finally:
        scripts._name.cache_clear()


@pytest.mark.parametrize("name", ["", "stage.js", "stage-0000000000000000.js", "../stage.js", "stage-.js\n"])
def test_no_other_is_there(name: str) -> None:
    status, headers, body = get(f"/{scripts.FOLDER}/{name}")
    assert status == (404 if "/" not in name else PASSED)
    assert "immutable" not in str(headers) and (status == PASSED or b"no such script" in body)


def test_everything_else_is_answered_by_the_server() -> None:
    there = f"/{scripts.address(bundle.STAGE)}"
    assert get(there, method="POST").status == get(there, kind="websocket").status == PASSED
    assert get("/segments").status == get("/static/js/index.js").status == PASSED


@PARTS
def test_a_page_sends_the_address_where_somebody_answers_and_else_the_script(
    part: bundle.Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "_standing", [])
    assert scripts.arriving(part) == bundle.code(part)
    front._standing.append(Scripts)
    sent = scripts.arriving(part)
    assert len(sent) < 1200 and f'"{scripts.address(part)}"' in sent
    assert f'Symbol.for("memattn.{part.name}")' in sent and not re.search("[A-Z]{4,}", sent), (
        "nothing is left to fill in"
    )


FAILS = """
globalThis.location = {{ href: "file:///nowhere/page" }};
console.warn = () => {{}};
const asked = (part) => globalThis[Symbol.for(`memattn.${{part}}`)];
await import("data:text/javascript,{waiting}");
await import("data:text/javascript,{loading}");
const missed = await asked("stage").ready.then(() => "came", (text) => text);
await new Promise((end) => setTimeout(end, 9));
console.log(missed, Object.keys(asked("stage")).includes("ready"), Object.keys(asked("stage")).includes("loads"));
"""


def test_a_script_that_does_not_come_is_told_to_whoever_waits_and_asked_for_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundle, "WAITS_MS", (0, 7, 13))
    loading = quote(bundle.loading(bundle.STAGE, "stage.js"))
    told = run_in_node(FAILS.format(waiting=quote(bundle.waiting()), loading=loading))
    assert told == f"{bundle.MISSED} false false"
