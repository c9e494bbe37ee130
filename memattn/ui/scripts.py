"""Long scripts by their addresses: `_memattn/script/stage-0f3a….js` is that of the stage.

Streamlit 1.67 sends the script of a component through the websocket, as it is, each time that a page is opened: 294 KB
for the stage, and the browser compiles it anew. An address is asked for once, answered compressed (`memattn.ui.
compressed`), and kept by the browser, code and all: the address names what it holds.
"""

import hashlib
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from memattn.stage import bundle
from memattn.ui import front

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER = "_memattn/script"  # below the path that the server stands at
DIGITS = 16  # of the hash, hexadecimal
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


@cache
def _name(part: bundle.Part) -> str:
    return f"{part.name}-{hashlib.sha256(bundle.code(part).encode()).hexdigest()[:DIGITS]}.js"


def address(part: bundle.Part) -> str:
    """Of the long script, relative to any page."""
    return f"{FOLDER}/{_name(part)}"


def arriving(part: bundle.Part) -> str:
    """What a component mounts so that the long script arrives: the address of it, or where nobody answers, itself."""
    return bundle.loading(part, address(part)) if front.stands(Scripts) else bundle.code(part)


class Scripts:
    """Middleware of the server: answers for scripts."""

    def __init__(self, app: "ASGIApp") -> None:
        """Stand in front of the rest of the server.

        Args:
            app: answers all other requests.
        """
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request: 404 where there is no such script, as after the server has been started anew."""
        name = front.asked(scope, FOLDER)
        answer = self.app if name is None else _script(name)
        await answer(scope, receive, send)


def _script(name: str) -> Response:
    for part in bundle.PARTS:
        if name == _name(part):
            return Response(bundle.code(part), headers=FOR_GOOD, media_type="text/javascript")
    return PlainTextResponse("There is no such script. Reload the page that asks for it.", HTTPStatus.NOT_FOUND)
