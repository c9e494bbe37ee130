"""Run a part of the page alone, or all of it where that part does not stand on it."""

from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException

UNKNOWN = "rerun-unknown-fragment-key"  # Streamlit's name for the error


def rerun(*targets: str) -> NoReturn:
    """Run the fragments with these keys alone; only from a callback.

    A fragment that was not drawn in the last run cannot be run: settings were refused, or the page is another one. Then
    the whole page runs, which draws all that it should hold.

    Args:
        targets: keys of the fragments, at least one.
    """
    try:
        st.rerun(list(targets))
    except StreamlitAPIException as error:
        if error.error_id != UNKNOWN:
            raise
        st.rerun()
