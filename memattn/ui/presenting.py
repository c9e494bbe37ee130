"""Presenter mode by keys: a script of the frame that listens wherever the focus is (`assets/present.js`)."""

import re
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from memattn import assets

SWITCHED = "present_switched"
IMPORT = re.compile(r"^import .*\n", re.MULTILINE)


def script() -> str:
    """The script with the one module that it imports: Streamlit takes one text."""
    spoken, keys = ((assets.folder() / name).read_text("utf-8") for name in ("speaker.js", "present.js"))
    return re.sub(r"^export ", "", spoken, flags=re.MULTILINE) + IMPORT.sub("", keys)


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("memattn_present", html="<span>\n</span>", js=script())


def deliver(presenting: bool) -> None:
    """Listen for the keys of presenter mode; once per page and outside of fragments.

    Args:
        presenting: whether it is on.
    """
    with st.container(key="present_code"):  # hidden by frame.css
        _component()(key="present_script", data={"presenting": presenting, "since": _since(presenting)})


def _since(presenting: bool) -> float:
    """When the mode was switched so, in seconds of this server's clock: what is older is not to be obeyed any more."""
    known, since = st.session_state.get(SWITCHED, (None, 0.0))
    if known is not presenting:
        since = time.time()
        st.session_state[SWITCHED] = presenting, since
    return float(since)
