"""Addresses deeper than a page, such as `/a/a`: led to the page that their last part names.

Every page lies right below the root, which is where `server.baseUrlPath` says. Streamlit answers any other address with
its page all the same, and names the scripts relative to it: those of `/a/a` are asked for below `/a/`, answered with
the page again, and the screen stays blank. Its browser part takes the last part of an address for the name of the page.
So whoever asks for a document deeper down is sent there, and is told where no such page is, with a way home
(`memattn.ui.guard`).
"""

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from streamlit import config
from streamlit.web.server.starlette import starlette_routes as routes

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

NO_PAGES = (  # what their addresses begin with
    "_memattn",
    routes.BASE_ROUTE_CORE,
    routes.BASE_ROUTE_STATIC,
    routes.BASE_ROUTE_MEDIA,
    routes.BASE_ROUTE_COMPONENT,
)


class Pages:
    """Middleware of the server: leads to the page that an address means."""

    def __init__(self, app: "ASGIApp") -> None:
        """Stand in front of the rest of the server.

        Args:
            app: answers all other requests.
        """
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        place = _page_meant(scope) if scope["type"] == "http" else ""
        answer = RedirectResponse(place, headers={"Cache-Control": "no-cache"}) if place else self.app
        await answer(scope, receive, send)


def _page_meant(scope: "Scope") -> str:
    """The page's address, relative to the one asked for; "" where that is right as it is."""
    base: str = config.get_option("server.baseUrlPath").strip("/")
    root = f"/{base}/" if base else "/"
    path: str = scope["path"]
    accepted = dict(scope["headers"]).get(b"accept", b"")
    if not path.startswith(root) or b"text/html" not in accepted:
        return ""
    *above, last = path.removeprefix(root).strip("/").split("/")
    if not above or above[0] in NO_PAGES:
        return ""
    below = len(above) + path.endswith("/")
    query: str = scope["query_string"].decode("latin-1")
    return "../" * below + last + (f"?{query}" if query else "")
