"""While a slider is held, what it would show is computed, and stands ready when the hand lets go.

Streamlit's browser part says nothing of a slider before it is let go, but a hand holds it for 90 ms and longer even in
a click, and a run of a hundred words takes half of that. So a script of the frame (`assets/beforehand.js`) tells the
server where a held slider stands, and the server computes what the page has offered to compute for it, into the cache
that all readers share. Nothing on the page changes by it, and nothing is lost where it does not come.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from memattn import assets
from memattn.ui import front

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

ADDRESS = "_memattn/beforehand"  # below the path that the server stands at
LONGEST = 400  # bytes of what a browser says
READER = "memattn:beforehand"  # session state: what this reader's sliders would show

Compute = Callable[[float], object]


class Reader:
    """One reader's session, as the browser names it.

    Args:
        name: that nobody can guess.
        sliders: what to compute for a value of each slider on the page, by its name.
        wish: the newest that is asked for and not begun; None where there is none.
    """

    def __init__(self) -> None:
        """Nothing is offered yet."""
        self.name = secrets.token_urlsafe(12)
        self.sliders: dict[str, Compute] = {}
        self.wish: tuple[Compute, float] | None = None


_readers: WeakValueDictionary[str, Reader] = WeakValueDictionary()  # a session that ends takes its reader along
_worker = ThreadPoolExecutor(1, "memattn-beforehand")
_wishing = Lock()


# --- on the page ----------------------------------------------------------------------------------------------------


def _reader() -> Reader:
    reader: Reader | None = st.session_state.get(READER)
    if reader is None:
        reader = st.session_state[READER] = Reader()
        _readers[reader.name] = reader
    return reader


def offer(sliders: Mapping[str, Compute]) -> None:
    """Offer to compute what sliders would show; a picture that is about to be drawn calls this.

    Args:
        sliders: what to compute for a value, by the slider's key in the session; called in another thread, and may
            raise: then that is told by the run that comes when the slider is let go.
    """
    reader = _reader()
    with _wishing:
        reader.wish = None  # what was asked for before this run is either its own, or stale
    reader.sliders.update(sliders)


@cache
def _component() -> Callable[..., Any]:
    script = (assets.folder() / "beforehand.js").read_text("utf-8")
    return st.components.v2.component("memattn_beforehand", html="<span>\n</span>", js=script)


def deliver() -> None:
    """Have the browser tell of sliders that are held: once per page, outside of fragments, before any is offered."""
    reader = _reader()
    reader.sliders.clear()
    if not front.stands(Listener):
        return
    with st.container(key="beforehand_code"):  # hidden by frame.css
        _component()(key="beforehand_script", data={"reader": reader.name, "address": ADDRESS})


# --- on the server --------------------------------------------------------------------------------------------------


def ask(name: str, slider: str, value: float) -> None:
    """Have something computed, if it is on offer; of several wishes of a reader the newest counts.

    Args:
        name: of the reader.
        slider: its key in the session.
        value: where it stands.
    """
    reader = _readers.get(name)
    compute = reader.sliders.get(slider) if reader else None
    if reader and compute:
        with _wishing:
            reader.wish = compute, value
        _worker.submit(_grant, reader)


def _grant(reader: Reader) -> None:
    with _wishing:
        wish, reader.wish = reader.wish, None
    if wish:
        compute, value = wish
        compute(value)


class Listener:
    """Middleware of the server: hears what the browser says of sliders that are held."""

    def __init__(self, app: "ASGIApp") -> None:
        """Stand in front of the rest of the server.

        Args:
            app: answers all other requests.
        """
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request: 400 where it means nothing, else 204, as there is nothing to say."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].endswith(f"/{ADDRESS}"):
            await self.app(scope, receive, send)
            return
        await Response(status_code=await _hear(Request(scope, receive)))(scope, receive, send)


async def _hear(request: Request) -> int:
    said = b""
    async for piece in request.stream():
        said += piece
        if len(said) > LONGEST:
            return 400
    try:
        match json.loads(said):
            case [str(name), str(slider), int() | float() as value] if abs(value) < float("inf"):
                ask(name, slider, value)
                return 204
    except ValueError:
        pass
    return 400
