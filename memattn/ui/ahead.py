"""The picture first: a move of a size draws the stage alone, and what stands around it follows when that is painted.

A page asks for this with two fragments, one inside the other: `@st.fragment(key=LESSON)` around all that depends on
the settings, and `@st.fragment(key=PICTURE)` around the stage. Measured: a browser needs 80 ms for the forty elements
of a lesson, and as long as it draws them it draws no stage.
"""

import streamlit as st

LESSON, PICTURE = "lesson", "picture"  # keys of the fragments
FOLLOWS = "memattn:follows"  # session state: whether the stage ran ahead of the rest


def picture() -> None:
    """Run the stage alone; call it last in the `on_change` of a control that other controls do not depend on."""
    st.session_state[FOLLOWS] = True
    st.rerun(PICTURE)


def rest() -> None:
    """Let the rest follow where it has not yet; `on_drawn` of the stage."""
    if st.session_state.pop(FOLLOWS, False):
        st.rerun(LESSON)


def everything() -> None:
    """Run the whole lesson, although the stage stands in a fragment of its own; `on_step_change` of the stage."""
    st.rerun(LESSON)


def together() -> None:
    """Say that nothing has to follow; call it where the lesson begins."""
    st.session_state.pop(FOLLOWS, None)
