"""Pages in process: `open_page("pages/3_compressive.py", n_s="6")` runs it like a reader's session."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from memattn.stage.payload import unpacked

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60  # a first run imports torch

STAGE = "memattn_stage"

OpenPage = Callable[..., AppTest]


def what_is_played(page: AppTest) -> dict[str, Any] | None:
    """The JSON that the stage on a page got, and the step at which it starts; None where there is no stage.

    The only place here that knows how a payload travels: both the envelope and what is packed are the length of a
    JSON text as 4 bytes, the text, and octets behind it.
    """
    mounted = [e.proto for e in page.main.get("bidi_component") if e.proto.component_name.endswith(STAGE)]
    if not mounted:
        return None
    header, packed = split(mounted[0].bytes)
    content, _ = split(unpacked(packed))
    return {**content, "start": header["start"]}


def split(octets: bytes) -> tuple[dict[str, Any], bytes]:
    end = 4 + int.from_bytes(octets[:4], "little")
    return json.loads(octets[4:end]), octets[end:]


@pytest.fixture
def played() -> Callable[[AppTest], dict[str, Any] | None]:
    """`played(page)["tokens"]`: what stands on the stage."""
    return what_is_played


@pytest.fixture
def open_page() -> OpenPage:
    """Open a page by its file; keyword arguments become the query of the link. A page that raises fails."""

    def open_(file: str = "app.py", /, **query: str) -> AppTest:
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
        if file != "app.py":
            page.switch_page(file)
        for key, value in query.items():
            page.query_params[key] = value
        page.run()
        assert not page.exception, page.exception
        return page

    return open_
