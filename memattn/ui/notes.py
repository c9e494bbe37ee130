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


def refused(why: str) -> None:
    """Write what is said of settings that do not go together: it names the setting and says what is allowed."""
    note(f"These settings do not go together: {why}.".replace("..", "."), problem=True)


@contextmanager
def explained() -> Iterator[None]:
    """Turn a setting that the core refuses into a message, and end the page there."""
    try:
        yield
    except ValueError as error:
        refused(str(error))
        st.stop()
