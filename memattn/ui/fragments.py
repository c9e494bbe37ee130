"""Run a part of the page alone, or all of it where that part does not stand on it."""

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

UNKNOWN = "rerun-unknown-fragment-key"  # Streamlit's name for the error
PAGE = "memattn:script"  # session state: the script that drew the page


def begin() -> None:
    """Note which page is drawn; called where a run of a whole page begins."""
    st.session_state[PAGE] = _script()


def rerun(*targets: str) -> None:
    """Run the fragments with these keys alone; only from a callback.

    A fragment that was not drawn in the last run cannot be run, such as where settings were refused. Then the whole
    page runs, which draws all that it should hold. So it does where the reader has left for another page: what a
    control of the last one still had to say comes with that, and its fragments are still known, but the page is gone.

    Args:
        targets: keys of the fragments, at least one.
    """
    if st.session_state.get(PAGE, _script()) != _script():
        return
    try:
        st.rerun(list(targets))
    except StreamlitAPIException as error:
        if error.error_id != UNKNOWN:
            raise
        st.rerun()


def _script() -> str:
    """Of the page that runs now."""
    context = get_script_run_ctx()
    return context.page_script_hash if context else ""
