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


def refused(error: ValueError) -> None:
    """Write what the core says of settings that it refuses: it names the setting and says what is allowed."""
    note(f"These settings do not go together: {error}.".replace("..", "."), problem=True)


@contextmanager
def explained() -> Iterator[None]:
    """Turn a setting that the core refuses into a message, and end the page there."""
    try:
        yield
    except ValueError as error:
        refused(error)
        st.stop()
