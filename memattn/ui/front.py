"""What stands in front of Streamlit's server and answers before it does: middlewares, put there before it starts.

Under plain `streamlit run` nothing stands there; so whoever relies on one asks, and does without.
"""

from collections.abc import Callable

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Scope
from streamlit.web.server.starlette import starlette_app

Front = Callable[[ASGIApp], ASGIApp]  # takes the app behind it

_standing: list[Front] = []


def stand(middleware: Front, *, outermost: bool = False) -> None:
    """From now on, every server that Streamlit starts stands behind a middleware.

    Args:
        middleware: to stand there.
        outermost: hears of a request before all others, else after them.
    """
    own = starlette_app.create_streamlit_middleware
    layer = Middleware(middleware)
    starlette_app.create_streamlit_middleware = lambda: [layer, *own()] if outermost else [*own(), layer]
    _standing.append(middleware)


def stands(middleware: Front) -> bool:
    """Whether this server stands behind it."""
    return middleware in _standing


def asked(scope: Scope, folder: str) -> str | None:
    """The name that is asked for right below a folder; None where something else is asked for.

    Args:
        scope: of the request.
        folder: below the path that the server stands at, wherever that is.
    """
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    above, _, name = scope["path"].rpartition("/")
    return name if above.endswith(f"/{folder}") else None
