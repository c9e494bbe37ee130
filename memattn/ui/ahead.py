"""The picture first: a move of a size draws the stage alone, and what stands around it follows when that is painted.

A page asks for this with two fragments, one inside the other: `@st.fragment(key=LESSON)` around all that depends on the
settings, and `@st.fragment(key=PICTURE)` around the stage and the controls that change nothing but the stage's run.
Measured: a browser needs 80 ms for the forty elements of a lesson, and as long as it draws them it draws no stage.
"""

import streamlit as st

LESSON, PICTURE = "lesson", "picture"  # keys of the fragments
FOLLOWS = "memattn:follows"  # session state: whether the stage ran ahead of the rest


class Run:
    """One run of a lesson; its stage gets it as an argument, and again each time when it runs alone."""

    def __init__(self) -> None:
        """Begin the run: nothing has to follow."""
        self._first = True
        st.session_state.pop(FOLLOWS, None)

    def ahead(self) -> bool:
        """Whether the stage runs ahead of the rest: each time but the first; call it once, where the stage begins."""
        ahead, self._first = not self._first, False
        if ahead:
            st.session_state[FOLLOWS] = True
        return ahead


def rest() -> None:
    """Let the rest follow where it has not yet; `on_drawn` of the stage."""
    if st.session_state.pop(FOLLOWS, False):
        st.rerun(LESSON)


def everything() -> None:
    """Run the whole lesson, although the stage stands in a fragment of its own; `on_step_change` of the stage."""
    st.rerun(LESSON)
