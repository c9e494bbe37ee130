"""Sliders that are held are heard of by the server, one wish of each reader at a time."""

import asyncio
import gc
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from memattn.ui import beforehand
from memattn.ui.beforehand import ADDRESS, LONGEST, Listener, Reader


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    beforehand._readers[made.name] = made
    yield made


def granted() -> None:
    """Wait until everything that was asked for is computed."""
    beforehand._worker.submit(int).result()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The rest of the server."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def post(body: bytes, path: str = f"/{ADDRESS}", method: str = "POST", kind: str = "http") -> int:
    """Status of the answer."""
    pieces = [body[:7], body[7:]]
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    answering = Listener(app)({"type": kind, "method": method, "path": path, "headers": []}, receive, send)
    with ThreadPoolExecutor(1) as own:  # a loop of its own, wherever the tests before left theirs running
        own.submit(asyncio.run, answering).result()
    status: int = sent[0]["status"]
    return status


def said(*what: Any) -> bytes:
    return json.dumps(what).encode()


def test_what_is_said_of_a_slider_is_computed(reader: Reader) -> None:
    came: list[float] = []
    reader.sliders["page_n"] = came.append
    for value in (7, 0.25, -3):
        assert post(said(reader.name, "page_n", value)) == 204
        granted()
    assert post(said(reader.name, "page_n", 11), f"/deep/down/{ADDRESS}") == 204
    granted()
    assert came == [7, 0.25, -3, 11]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * (LONGEST - 1),
        b"7",
        said("a", "b"),
        said("a", 1, 2),
        said("a", "b", "2"),
        said("a", "b", None),
        b'["a", "b", NaN]',
        b'["a", "b", -Infinity]',
        b'["a", "b", 1e999]',
        said("a", "b" * LONGEST, 2),
    ],
)
def test_what_means_nothing_is_refused(body: bytes) -> None:
    assert post(body) == 400


def test_a_reader_or_slider_that_is_not_there_is_nobodys_fault(reader: Reader) -> None:
    """The session has ended, or the page has changed, while the hand was on the slider."""
    assert post(said("nobody", "page_n", 7)) == 204
    assert post(said(reader.name, "page_n", 7)) == 204


def test_everything_else_is_answered_by_the_server(reader: Reader) -> None:
    body = said(reader.name, "page_n", 7)
    assert post(body, method="GET") == 299
    assert post(body, "/segments") == 299
    assert post(body, f"/x{ADDRESS}") == 299


def test_while_one_is_computed_the_newest_waits_and_no_other(reader: Reader) -> None:
    began, go_on = threading.Event(), threading.Event()
    came: list[float] = []

    def compute(value: float) -> None:
        came.append(value)
        began.set()
        assert go_on.wait(60)

    reader.sliders["page_n"] = compute
    beforehand.ask(reader.name, "page_n", 1)
    assert began.wait(60)
    for value in (2, 3, 4):
        beforehand.ask(reader.name, "page_n", value)
    go_on.set()
    granted()
    assert came == [1, 4]


def test_a_run_of_the_page_takes_back_what_was_not_begun(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beforehand, "_reader", lambda: reader)
    go_on = threading.Event()
    beforehand._worker.submit(go_on.wait, 60)
    came: list[float] = []
    beforehand.offer({"page_n": came.append})
    beforehand.ask(reader.name, "page_n", 1)
    beforehand.offer({"page_m": came.append})
    go_on.set()
    granted()
    assert not came and set(reader.sliders) == {"page_n", "page_m"}


def test_what_cannot_be_computed_does_not_keep_others_waiting(reader: Reader) -> None:
    def refused(value: float) -> None:
        raise ValueError(f"not {value}")

    came: list[float] = []
    reader.sliders |= {"page_n": refused, "page_m": came.append}
    beforehand.ask(reader.name, "page_n", 1)
    beforehand.ask(reader.name, "page_m", 2)
    granted()
    beforehand.ask(reader.name, "page_n", 3)
    granted()
    beforehand.ask(reader.name, "page_m", 4)
    granted()
    assert came[-1] == 4


def test_names_cannot_be_guessed_and_go_with_the_session() -> None:
    names = {Reader().name for _ in range(101)}
    assert len(names) == 101 and min(map(len, names)) >= 16
    made = Reader()
    beforehand._readers[made.name] = made
    name = made.name
    del made
    gc.collect()
    assert name not in beforehand._readers
