"""Scripts and styles leave the server compressed, each compressed once.

Streamlit 1.67 compresses what it says in JSON, and leaves its files as they are: compressing 3 MB for every reader
would cost more than it saves. They never change while a server runs, though, and neither do ours, so here each is
compressed for the first reader who asks, and kept: about 1 MB for all that our pages need.
"""

import asyncio
import gzip
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memattn.ui import scripts

FOLDERS = ("/static/", f"/{scripts.FOLDER}/")  # of Streamlit's files and ours, below the path of the server
KINDS = (".js", ".css", ".json", ".svg")  # fonts and pictures are compressed as they are
LEAST = 1024  # bytes; less fits into the first packet anyway
LEVEL = 6
ASKED_OTHERWISE = ("range", "if-none-match", "if-modified-since")  # the answer is not the whole file

Answer = tuple[Message, bytes]  # its head, its body


class Compressed:
    """Middleware that answers for files which it has compressed before."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of an app."""
        self._app = app
        self._kept: dict[str, Answer] = {}  # by path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the app answer."""
        if not _wanted(scope):
            await self._app(scope, receive, send)
            return
        head, body = self._kept.get(scope["path"]) or await self._compress(scope)
        if head["status"] == 200:
            self._kept[scope["path"]] = head, body
        await send({**head, "headers": list(head["headers"])})  # whoever stands before this may add to them
        await send({"type": "http.response.body", "body": body})

    async def _compress(self, scope: Scope) -> Answer:
        head: dict[str, Any] = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            parts.append(message.get("body", b""))

        # Not the reader's own `receive`: who leaves before the file has come would leave half of it for all others.
        await self._app(scope, _stays(), collect)
        body = b"".join(parts)
        length = Headers(raw=head["headers"]).get("content-length", str(len(body)))
        if head["status"] == 200 and length != str(len(body)):
            raise RuntimeError(f"{scope['path']} has {length} bytes, of which {len(body)} came")
        if head["status"] == 200 and len(body) >= LEAST:
            body = await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)
            headers = MutableHeaders(raw=head["headers"])
            headers["Content-Encoding"] = "gzip"
            headers["Content-Length"] = str(len(body))
            headers.add_vary_header("Accept-Encoding")
        return head, body


def _stays() -> Receive:
    """What a reader says who has asked, and waits for as long as it takes."""
    said: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if not said:
            await asyncio.Event().wait()
        return said.pop()

    return receive


def _wanted(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    return (
        any(folder in scope["path"] for folder in FOLDERS)
        and scope["path"].endswith(KINDS)
        and "gzip" in headers.get("accept-encoding", "")
        and not any(name in headers for name in ASKED_OTHERWISE)
    )
