"""The picture first: a move of a size draws the stage alone, and what depends on it follows when that is painted.

A page asks for this with three fragments: `@st.fragment(key=LESSON)` around all that depends on the settings, inside it
`@st.fragment(key=PICTURE)` around the stage and the controls that change nothing but the stage's run, and beside that
`@st.fragment(key=REST)` around what is said of the run. Measured: a browser needs 80 ms for the forty elements of a
lesson, and as long as it draws them it draws no stage.

When the stage comes to rest, one more fragment runs alone: `moment`, with what is said of where it stands.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from memattn.ui import fragments, link
from memattn.ui.stage import reported

LESSON, PICTURE, REST, MOMENT = "lesson", "picture", "rest", "moment"  # keys of the fragments
SECOND = "second"  # a picture beside the first, with controls of its own
FOLLOWS = "memattn:follows"  # session state: whether the stage ran ahead of the rest
STANDS = "memattn:stands"  # session state: whether the rest stands on the page


class Run:
    """One run of a lesson; its fragments get it as an argument, and again each time when they run alone.

    Args:
        played: what the stage plays, once it does.
    """

    played: Any = None

    def __init__(self) -> None:
        """Begin the run: nothing has to follow."""
        self._drawn: set[str] = set()
        st.session_state.pop(FOLLOWS, None)
        st.session_state.pop(STANDS, None)
        link.forget(PICTURE, SECOND, REST)

    def ahead(self, picture: str = PICTURE) -> bool:
        """Whether a picture runs ahead of the rest: each time but the first; call it once, where the picture begins."""
        ahead = picture in self._drawn
        self._drawn.add(picture)
        if ahead:
            st.session_state[FOLLOWS] = True
        return ahead

    def rests(self) -> None:
        """Say that the rest is there, and may run alone; call it where it begins."""
        st.session_state[STANDS] = True


def rest() -> None:
    """Let the rest follow where it has not yet; `on_drawn` of the stage.

    What the stage says and a move of a slider right behind it may arrive as one request: then the picture is drawn too.
    """
    if not st.session_state.pop(FOLLOWS, False):
        return
    if not st.session_state.get(STANDS):
        fragments.rerun(LESSON)
    else:
        fragments.rerun(*filter(link.moved, (PICTURE, SECOND)), REST)


@st.fragment(key=MOMENT)
def moment(draw: Callable[[], None] | None = None) -> None:
    """Draw what depends on where the stage stands; once on every page that uses `stepped`, also where nothing does."""
    if draw:
        draw()


def stepped(stage: str, last: int, run: str) -> None:
    """Note where a stage has come to rest, and draw what depends on that; its `on_step_change`.

    What else has changed, or has yet to follow the picture, is drawn as well: it may have come in the same request.

    Args:
        stage: its key in the session.
        last: step that it has.
        run: identity of what it plays.
    """
    told = False
    if stands := reported(stage):
        told = link.stands(stands._replace(step=min(stands.step, last)), run)
    if told or st.session_state.get(FOLLOWS) or any(map(link.moved, link.here().drawn)):
        everything()
    else:
        fragments.rerun(MOMENT)


def everything() -> None:
    """Run the whole lesson, although this control stands in a fragment of its own; only from a callback."""
    fragments.rerun(LESSON)
