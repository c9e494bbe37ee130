"""Files of Streamlit leave the server compressed, once each; everything else passes as it is."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import streamlit
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from memattn.ui import compressed
from memattn.ui.compressed import Compressed

STATIC = Path(streamlit.__file__).parent / "static"
SCRIPT = "let word = 'memory';\n" * 100


class Server:
    """Answers with the script whatever is asked for, in two pieces, and counts how often."""

    def __init__(self, status: int = 200) -> None:
        self.asked, self.status = 0, status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        headers = [(b"content-length", str(len(SCRIPT)).encode()), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": SCRIPT[:999].encode(), "more_body": True})
        await send({"type": "http.response.body", "body": SCRIPT[999:].encode()})


def get(
    app: Compressed, path: str = "/static/js/index.js", kind: str = "http", leaves: bool = False, **headers: str
) -> tuple[Any, bytes]:
    """Headers of the answer, and its body; of a reader who leaves before it has come, where one does."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect" if leaves else "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    asked = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    answering = app({"type": kind, "method": "GET", "path": path, "headers": asked}, receive, send)
    with ThreadPoolExecutor(1) as own:  # a loop of its own, wherever the tests before left theirs running
        own.submit(asyncio.run, answering).result()
    return dict(sent[0]["headers"]), b"".join(message["body"] for message in sent[1:])


def test_a_script_comes_compressed_and_is_compressed_once() -> None:
    server = Server()
    app = Compressed(server)
    for _ in range(2):
        headers, body = get(app, accept_encoding="gzip, br")
        assert gzip.decompress(body).decode() == SCRIPT and len(body) < len(SCRIPT) / 10
        assert headers[b"content-encoding"] == b"gzip" and headers[b"vary"] == b"Accept-Encoding"
        assert int(headers[b"content-length"]) == len(body) and headers[b"etag"] == b'"1"'
    assert server.asked == 1


def test_who_leaves_before_the_file_has_come_leaves_a_whole_one_for_the_next() -> None:
    """By the response that Starlette gives, which stops where it hears that nobody reads on."""

    async def server(scope: Scope, receive: Receive, send: Send) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for line in (SCRIPT * 99).encode().splitlines(keepends=True):
                yield line
                await asyncio.sleep(0)

        headers = {"content-length": str(len(SCRIPT * 99))}
        await StreamingResponse(pieces(), headers=headers)(scope, receive, send)

    app = Compressed(server)
    get(app, accept_encoding="gzip", leaves=True)
    headers, body = get(app, accept_encoding="gzip")
    assert int(headers[b"content-length"]) == len(body) and gzip.decompress(body).decode() == SCRIPT * 99


def test_what_stands_before_it_may_add_to_an_answer_but_not_to_the_next() -> None:
    app, given = Compressed(Server()), []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"].append((b"x-own", b"1"))
            given.append(len(message["headers"]))

    scope = {"type": "http", "method": "GET", "path": "/static/js/a.js", "headers": [(b"accept-encoding", b"gzip")]}
    with ThreadPoolExecutor(1) as own:
        for _ in range(2):
            own.submit(asyncio.run, app(scope, receive, send)).result()
    assert given[0] == given[1]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"accept_encoding": "br"},
        {"accept_encoding": "gzip", "range": "bytes=0-9"},
        {"accept_encoding": "gzip", "if_none_match": '"1"'},
        {"accept_encoding": "gzip", "path": "/static/media/letters.woff2"},
        {"accept_encoding": "gzip", "path": "/media/index.js"},
        {"accept_encoding": "gzip", "kind": "websocket"},
    ],
    ids=str,
)
def test_whoever_asks_otherwise_is_answered_by_the_app(asked: dict[str, str]) -> None:
    server = Server()
    app = Compressed(server)
    for _ in range(2):
        headers, body = get(app, **asked)
        assert body.decode() == SCRIPT and b"content-encoding" not in headers
    assert server.asked == 2


def test_what_went_wrong_is_not_remembered() -> None:
    server = Server(status=404)
    app = Compressed(server)
    for _ in range(2):
        assert get(app, accept_encoding="gzip")[1].decode() == SCRIPT
    assert server.asked == 2


def test_its_files_are_where_it_looks() -> None:
    page = (STATIC / "index.html").read_text("utf-8")
    assert f'src=".{compressed.FOLDERS[0]}js/' in page
