"""Which addresses are led elsewhere, and where to; wherever the server stands."""

from posixpath import normpath
from urllib.parse import urljoin

import pytest
from streamlit import config
from streamlit.web.server.starlette import starlette_routes as routes

from memattn.ui.addresses import _page_meant
from memattn.ui.worksheets import FOLDER

ROOTS = ("", "x", "/x/", "deep/down")


@pytest.fixture(params=ROOTS)
def root(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the server stands, as an address."""
    own = config.get_option
    monkeypatch.setattr(config, "get_option", lambda key: request.param if key == "server.baseUrlPath" else own(key))
    return normpath(f"/{request.param.strip('/')}").rstrip("/")


def led(path: str, query: str = "", accept: bytes = b"text/html,*/*") -> str:
    """Where somebody lands who asks for an address."""
    place = _page_meant({"path": path, "query_string": query.encode(), "headers": [(b"accept", accept)]})
    return urljoin(path, place) if place else ""


def test_a_page_is_where_it_is(root: str) -> None:
    assert not any(led(f"{root}/{page}") for page in ("", "segments", "segments/", "a%20b"))


@pytest.mark.parametrize(
    ("below", "page"), [("a/segments", "segments"), ("a/b/a/", "a"), ("segments/segments", "segments")]
)
def test_an_address_below_a_page_is_led_to_the_page_of_its_last_part(root: str, below: str, page: str) -> None:
    assert led(f"{root}/{below}") == f"{root}/{page}"
    assert led(f"{root}/{below}", "n=4&seed=7") == f"{root}/{page}?n=4&seed=7"


def test_what_is_no_page_is_left_alone(root: str) -> None:
    for beginning in (routes.BASE_ROUTE_CORE, routes.BASE_ROUTE_STATIC, routes.BASE_ROUTE_MEDIA, FOLDER):
        assert not led(f"{root}/{beginning}/some/thing")
    assert not led(f"{root}/a/segments", accept=b"*/*")


def test_what_lies_elsewhere_on_the_machine_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "get_option", lambda _: "x")
    assert not led("/") and not led("/y/segments") and not led("/xy/z/segments")
