"""Serve the app with torch on its way before the first reader comes: `python -m memattn.ui.serve app.py`.

The same as `streamlit run`, with the same options; that works too, but each move of a control then takes longer, the
first page starts the imports, and what a browser loads is three times as much.
"""

import socket
import sys

from streamlit.web import cli
from streamlit.web.server.starlette import starlette_server

from memattn.ui import front, warmup
from memattn.ui.addresses import Pages
from memattn.ui.beforehand import Listener
from memattn.ui.compressed import Compressed
from memattn.ui.scripts import Scripts
from memattn.ui.worksheets import Worksheets

HEAD_START_SECONDS = 3.0  # a reader who is there sooner gets a page before the imports begin


def send_at_once() -> None:
    """Switch Nagle's algorithm off, or the messages of a script run wait for the browser to acknowledge the first.

    That takes up to 40 ms. asyncio switches it off for the sockets that it makes, but Streamlit 1.67 binds its own.
    Connections inherit what is set on the socket that they come in by.
    """
    bind = starlette_server._bind_socket

    def bound(address: str, port: int, backlog: int) -> socket.socket:
        listening = bind(address, port, backlog)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening

    starlette_server._bind_socket = bound


if __name__ == "__main__":
    send_at_once()
    front.stand(Pages, outermost=True)
    for middleware in (Compressed, Listener, Worksheets, Scripts):
        front.stand(middleware)
    warmup.start_in(HEAD_START_SECONDS)
    cli.main(["run", *sys.argv[1:]], prog_name="memattn.ui.serve")
