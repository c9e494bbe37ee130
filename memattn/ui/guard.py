"""What a page says when something fails, in our words, and what else Streamlit leaves open, mended in the browser.

Streamlit's own texts speak of Streamlit: "Are you connected to the internet?", "This app has encountered an error". A
script that watches the page from the frame puts what happened, what to do and a link back to the same settings in their
place. An error of a page is still logged on the server, with its traceback.

A message of more than `server.maxMessageSize` breaks the connection, and what a text field holds is sent with every
rerun. So the browser itself cuts what is typed or pasted, and the script says so.

Streamlit names a control by its label as it was written, LaTeX and all; the script says it in words.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import streamlit as st

from memattn import assets

MOST_CHARACTERS = 100_000  # in a text field for which nothing else is said


@cache
def _component() -> Callable[..., Any]:
    style = (assets.folder() / "guard.css").read_text("utf-8")
    script = (assets.folder() / "guard.js").read_text("utf-8")
    js = f"const STYLE = {json.dumps(style)};\n{script}"
    return st.components.v2.component("memattn_guard", html="<span>\n</span>", js=js)


def deliver(limits: Mapping[str, int] | None = None, most: int = MOST_CHARACTERS) -> None:
    """Guard the page; once per page and outside of fragments, before anything that may fail.

    Args:
        limits: characters that a text field takes, by the key of its widget; the same as its `max_chars`.
        most: characters of every other text field.
    """
    # Streamlit asks pandas whether a mapping or a list is a table, and importing that takes a third of a second.
    with st.container(key="guard"):  # hidden by the guard's own style
        _component()(key="guard_script", data={"limits": tuple((limits or {}).items()), "most": most})
