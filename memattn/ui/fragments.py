"""Run a part of the page alone, or all of it where that part does not stand on it; no part of a page that was left."""

from functools import cache, wraps
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx

UNKNOWN = "rerun-unknown-fragment-key"  # Streamlit's name for the error


def rerun(*targets: str) -> None:
    """Run the fragments with these keys alone; only from a callback.

    A fragment that was not drawn in the last run cannot be run, such as where settings were refused. Then the whole
    page runs, which draws all that it should hold.

    Where the whole page is about to run anyway, that will do: what a fragment asked for and a click on another page may
    arrive as one request, and Streamlit would then run the old page's fragment in the place of the new page.

    A whole run that was cut short may have drawn a fragment at another place: then there are two with its key, which
    Streamlit would run one after the other. Again the whole page runs, and leaves but one.

    Args:
        targets: keys of the fragments, at least one.
    """
    context = get_script_run_ctx()
    if context and not context.fragment_ids_this_run:
        return
    try:
        if context and len(context.fragment_storage.resolve_target(targets)) > len(targets):
            st.rerun()
        st.rerun(list(targets))
    except StreamlitAPIException as error:
        if error.error_id != UNKNOWN:
            raise
        st.rerun()


@cache
def answer_the_page_that_stands() -> None:
    """From now on, drop what fragments of a page ask for once their reader has asked for another page.

    Until the first message of the next page is there, the browser still shows the last one, and a control or a stage
    in a fragment of it may ask for its rerun. Streamlit 1.67 grants that behind the run of the next page, whose
    fragments have the same ids. The browser takes it for a change of page, clears the one that stands, and fails at the
    first element, which has no place any more: the page stays white. What the control said is of no use by then.
    """
    request = AppSession.request_rerun
    asked: WeakKeyDictionary[AppSession, str] = WeakKeyDictionary()  # the last page; "" while only its name is known

    @wraps(request)
    def heard(session: AppSession, state: ClientState | None) -> None:
        if state and state.fragment_id:
            if asked.get(session, "") not in ("", state.page_script_hash):
                return
        elif state:
            asked[session] = state.page_script_hash
        request(session, state)

    AppSession.request_rerun = heard  # type: ignore[method-assign,assignment]
