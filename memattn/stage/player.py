"""The stage with a trace as one HTML page that needs no server and no network."""

import base64
import json
import re
from html import escape

from memattn.lessons.views import COMMON_VIEWS
from memattn.stage.bundle import FOLDER, markup, script, style
from memattn.stage.packed import Payload


def player(payload: Payload, title: str = "MemAttn") -> str:
    """The stage with this trace as one HTML page.

    Args:
        payload: what to play.
        title: of the page.
    """
    packed = base64.b64encode(payload.packed).decode()
    values = {
        "title": escape(title),
        "style": style(),
        "markup": markup(),
        "script": script(),
        "data": json.dumps({"id": payload.id, "packed": packed, "views": COMMON_VIEWS, "links": True}),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], (FOLDER / "player.html").read_text("utf-8"))
