"""Presenter mode by keys: a script of the frame that listens wherever the focus is (`assets/present.js`)."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from memattn import assets


@cache
def _component() -> Callable[..., Any]:
    script = (assets.folder() / "present.js").read_text("utf-8")
    return st.components.v2.component("memattn_present", html="<span>\n</span>", js=script)


def deliver(presenting: bool) -> None:
    """Listen for the keys of presenter mode; once per page and outside of fragments.

    Args:
        presenting: whether it is on.
    """
    with st.container(key="present_code"):  # hidden by frame.css
        _component()(key="present_script", data={"presenting": presenting})
