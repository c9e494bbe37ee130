"""Calm messages on the page: what was off, and what was done about it. Never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st


def note(text: str, problem: bool = False) -> None:
    """Write a message; screen readers say it, politely.

    Args:
        text: plain text.
        problem: whether the reader has to do something.
    """
    kind = " ma-problem" if problem else ""
    st.html(f'<div class="ma-note{kind}" role="status">{escape(text)}</div>')


@contextmanager
def explained() -> Iterator[None]:
    """Turn a setting that the core refuses into a message, and end the page there.

    The core's `ValueError` names the setting, quotes what it got and says what is allowed: it is shown as it
    is.
    """
    try:
        yield
    except ValueError as error:
        note(f"These settings do not go together: {error}.".replace("..", "."), problem=True)
        st.stop()
