"""Worksheets by their addresses: `_memattn/worksheet/segments-7.html` is that of *Segments* with the numbers of seed 7.

Streamlit's own button for a file that is written only when asked for names it anew in each run, and forgets what it
named before: whoever chooses another number and presses at once, or has a slow line, is told that it failed. An address
means the same at any time.
"""

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from memattn.dials import Dial
from memattn.ui import front
from memattn.ui.cache import cached, in_turn

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

SEED = Dial(1, 1, 99, "", "", "Another number gives the same questions with other numbers.", "Worksheet", 1, 1)
FOLDER = "_memattn/worksheet"  # below the path that the server stands at
NAMED = re.compile(r"([a-z_]{1,40})-([1-9][0-9]{0,3})\.html")


def address(lesson: str, seed: int) -> str:
    """Of a worksheet, relative to any page."""
    return f"{FOLDER}/{lesson}-{seed}.html"


class Worksheets:
    """Middleware of the server: answers for worksheets."""

    def __init__(self, app: "ASGIApp") -> None:
        """Stand in front of the rest of the server.

        Args:
            app: answers all other requests.
        """
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request: 404 and what there is, where no such worksheet is."""
        name = front.asked(scope, FOLDER)
        answer = self.app if name is None else await asyncio.to_thread(_worksheet, name)
        await answer(scope, receive, send)


def _worksheet(name: str) -> Response:
    from memattn.lessons.items import LESSONS  # brings torch, which the server must not wait for

    named = NAMED.fullmatch(name)
    if not named or named[1] not in LESSONS or not SEED.low <= int(named[2]) <= SEED.high:
        there = f"{', '.join(LESSONS)}, each with the numbers of seeds {SEED.low} to {SEED.high}"
        said = f"There is no such worksheet. There are: {there}; for example {address(next(iter(LESSONS)), 7)}."
        return PlainTextResponse(said, HTTPStatus.NOT_FOUND)
    brings = {"Content-Disposition": f'attachment; filename="memattn-{name}"'}
    return Response(written(named[1], int(named[2])), headers=brings, media_type="text/html")


def _written(lesson: str, seed: int) -> str:
    from memattn.lessons.items import LESSONS, items_of
    from memattn.lessons.items.worksheet import html, sheet

    return html(sheet(LESSONS[lesson], items_of(lesson), seed))


written = cached(in_turn(_written))
