"""What a middleware of the server answers, asked in process."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PASSED = 299  # what the rest of the server answers with


class Answer(NamedTuple):
    """What came."""

    status: int
    headers: dict[str, str]
    body: bytes


async def rest(scope: Scope, receive: Receive, send: Send) -> None:
    """The rest of the server."""
    await send({"type": "http.response.start", "status": PASSED, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def ask(app: ASGIApp, path: str, method: str = "GET", kind: str = "http", **headers: str) -> Answer:
    """The answer to a browser that follows a link."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asked = [(name.encode(), value.encode()) for name, value in ({"accept": "text/html"} | headers).items()]
    scope = {"type": kind, "method": method, "path": path, "query_string": b"", "headers": asked}
    with ThreadPoolExecutor(1) as own:  # a loop of its own, wherever the tests before left theirs running
        own.submit(asyncio.run, app(scope, receive, send)).result()
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], named, b"".join(message["body"] for message in sent[1:]))
