"""The frontier: recall against bytes of all memories, measured here and now; a click on a point leads into the duel."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from memattn.figures.draw import draw, in_words
from memattn.lessons.comparing import frontier as exam
from memattn.lessons.lesson import Result, Settings
from memattn.lessons.memories import Choice, titled
from memattn.memory import MEMORIES
from memattn.ui import controls, frame, link
from memattn.ui.cache import cached
from memattn.ui.lesson import ahead, measuring, memory, parts

BESIDE = "window"  # whose equal in bytes a point meets in the duel
RING = "It has a ring in the figure."
STORY = ("seed", "n", "facts", "q")  # controls that stay as they are; each is called so in the link as well


def _offered(names: tuple[str, ...]) -> tuple[Choice, ...]:
    """What is measured, as long as the registry has these memories."""
    return exam.choices() if names else ()


offered = cached(_offered)


def frontier() -> None:
    """Which point is marked, the measurement, and the figure."""
    every = {exam.code(choice): choice for choice in offered(tuple(MEMORIES))}
    parts.quiet(
        f"{len(every)} memories and sizes answer the same {exam.DESIGN.total} questions. A click on a point opens it "
        "in the duel, beside a window of the same bytes."
    )
    left, right = st.columns([50, 50], gap="medium", vertical_alignment="bottom")
    with left:
        titles = {code: titled(choice) for code, choice in every.items()}
        picked = controls.choice(
            "pick", "Point", titles, next(iter(titles)), help="It has a ring in the figure.", view=True
        )
    with right:
        st.button("Open in the duel", key=link.widget("pick_open"), on_click=link.own(_open), args=(every[picked],))
    key = (exam.NAME, Settings(Choice("full"), ()), (("memories", tuple(MEMORIES)),))
    held = measuring.open_at(exam.EXPERIMENT, key)

    def show(result: Result | None) -> None:
        _figure(result, picked, every)

    measuring.follow(exam.EXPERIMENT, held, show)


def _figure(result: Result | None, picked: str, every: dict[str, Choice]) -> None:
    if result is None:
        return
    data = replace(result.data, picked=picked)
    key = link.widget(f"bytes_{link.here().wishes}")  # after a click a new one, in which nothing is selected
    words = in_words(data)
    st.plotly_chart(
        draw(data, frame.theme()),
        key=key,
        theme=None,
        alt=words,
        config=measuring.PLOT,
        on_select=link.own(partial(_clicked, key, every)),
        selection_mode="points",
    )
    st.caption(f"{words} {exam.EXPERIMENT.note}")
    if result.details:
        with st.expander("The same in numbers, and in models of real size"):
            st.markdown(result.details)


def _clicked(key: str, every: dict[str, Choice]) -> None:
    """Open the point that was clicked; a client may send anything."""
    match st.session_state[key]:
        case {"selection": {"points": [{"customdata": [str(code), *_]}, *_]}} if code in every:
            link.here().wishes += 1
            _open(every[code])


def _open(choice: Choice) -> None:
    """The duel of a memory and a window of the same bytes, or of full attention, where it is one itself."""
    stay = {name: value for name, value in link.here().values.items() if name in STORY}
    link.ask(
        {
            **stay,
            "tab": "Duel",
            **_values(choice),
            "b_memory": "full" if choice.name == BESIDE else BESIDE,
            "even": "bytes",
        }
    )
    ahead.everything()


def _values(choice: Choice) -> dict[str, Any]:
    """A memory as a link says it."""
    numbers = {memory.in_link(choice, key): choice[key] for key in memory.numbers(choice)}
    return {"memory": choice.name, **numbers}
