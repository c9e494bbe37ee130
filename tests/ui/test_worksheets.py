"""A worksheet has an address that means the same at any time."""

import re

import pytest

from memattn.lessons.items import LESSONS, items_of
from memattn.lessons.items.worksheet import html, sheet
from memattn.ui.addresses import Pages
from memattn.ui.worksheets import SEED, Worksheets, address
from tests.ui.asking import PASSED, ask, rest


def get(path: str, method: str = "GET", kind: str = "http") -> tuple[int, str, str]:
    """Status, head and body of the answer."""
    status, head, body = ask(Pages(Worksheets(rest)), path, method, kind)
    return status, str(head), body.decode()


@pytest.mark.parametrize(("lesson", "seed"), [(next(iter(LESSONS)), SEED.low), ("cost", 7), ("loss", SEED.high)])
def test_an_address_brings_its_sheet_as_a_file(lesson: str, seed: int) -> None:
    status, head, body = get(f"/{address(lesson, int(seed))}")
    assert status == 200 and f'attachment; filename="memattn-{lesson}-{seed}.html"' in head and "text/html" in head
    assert body == html(sheet(LESSONS[lesson], items_of(lesson), int(seed)))


@pytest.mark.parametrize(
    "name",
    ["", "segments", "nowhere-7.html", f"segments-{SEED.high + 1}.html", "segments-0.html", "segments-07.html",
     "segments--7.html", "segments-7.5.html", "segments-٧.html", "segments-7.html\n", "a" * 9999 + "-7.html"],
)  # fmt: skip
def test_another_is_told_what_there_is(name: str) -> None:
    status, _, body = get(f"/_memattn/worksheet/{name}")
    assert status == 404
    assert all(lesson in body for lesson in LESSONS) and f"{SEED.low} to {SEED.high}" in body
    (example,) = re.findall(r"_memattn/\S+html", body)
    assert get(f"/{example}")[0] == 200


def test_everything_else_is_answered_by_the_server() -> None:
    there = f"/{address('cost', 7)}"
    assert get(there, method="POST")[0] == PASSED
    assert get(there, kind="websocket")[0] == PASSED
    assert get("/segments")[0] == PASSED
    assert get(f"/x{there[1:]}")[0] in (PASSED, 307)
