"""The forms of a question: what is clicked or typed, and how sure one is.

Every choice is a button with its number: `assets/present.js` has digits click them, and letters say how sure.
"""

from collections.abc import Callable

import streamlit as st

from memattn.lessons.items.item import Chosen, Posed, Several
from memattn.lessons.prediction import Number, Order
from memattn.ui import controls, link
from memattn.ui.check import state
from memattn.ui.check.state import Now

HINTS = {
    "Several": "All that are true.",
    "Order": "Click what comes first, then what comes next.",
    "Fault": "One is wrong.",
}


def draw(stands: Now) -> None:
    """What may be chosen, as it stands now."""
    posed = stands.posed
    if isinstance(posed.choice, Number):
        _number(stands)
    elif posed.offered:
        if not stands.judged and (hint := HINTS.get(type(posed.choice).__name__)):
            st.html(f'<p class="ma-quiet">{hint}</p>')
        placed = stands.judged and isinstance(posed.choice, Order)  # its place then stands in front of each
        with st.container(key="options", gap="small"):
            for at, sentence in enumerate(posed.offered):
                said = f"**{sentence}**" if stands.judged and at in posed.asked.answer else sentence
                st.button(
                    f"{_sign(stands, at)} {said}" if placed else f"{_sign(stands, at)} **{at + 1}** {said}",
                    key=link.widget(f"option_{at}"),
                    type="primary" if at in stands.chosen else "secondary",
                    width="stretch",
                    disabled=stands.judged,
                    on_click=link.own(state.choose),
                    args=(posed, _with(posed, stands.chosen, at)),
                )


def _with(posed: Posed, chosen: Chosen, at: int) -> Chosen:
    """What is chosen once this was clicked."""
    if isinstance(posed.choice, Several | Order):
        return tuple(one for one in chosen if one != at) if at in chosen else (*chosen, at)
    return (at,)


def _sign(stands: Now, at: int) -> str:
    """In front of a choice: whether it is chosen, as which in an order, and in the end whether that is right."""
    posed, chosen = stands.posed, stands.chosen
    if stands.judged:
        right = (
            chosen.index(at) == posed.asked.answer.index(at)
            if isinstance(posed.choice, Order)
            else at in posed.asked.answer
        )
        mark = "✓" if right else "✗" if at in chosen else "·"
        if isinstance(posed.choice, Order):
            return f"{mark} {posed.asked.answer.index(at) + 1}." + ("" if right else f" (not {chosen.index(at) + 1}.)")
        return f"{'☑' if at in chosen else '☐'} {mark}" if isinstance(posed.choice, Several) else mark
    if isinstance(posed.choice, Order):
        return f"({chosen.index(at) + 1})" if at in chosen else "( )"
    if isinstance(posed.choice, Several):
        return "☑" if at in chosen else "☐"
    return "●" if at in chosen else "○"


def _number(stands: Now) -> None:
    unit = stands.posed.choice.unit  # type: ignore[union-attr]
    if stands.judged:
        st.html(f'<p class="ma-typed">{stands.posed.written(stands.chosen).replace("-", "−")} {unit}</p>')
        return
    text = controls.line(
        "typed",
        f"Your answer{f', in {unit}' if unit else ''}",
        "",
        help="Two digits behind the point, or three in all, are enough. A whole number is meant exactly.",
        view=True,
    )
    if text.strip():
        try:
            stands.posed.read(text)
        except ValueError:
            st.html(
                '<p class="ma-quiet" role="status">That is no number that can be an answer. Write it as 7 or 4.25.</p>'
            )


def typed(posed: Posed) -> Chosen:
    """What stands in the field of a number; () where that is none."""
    try:
        return posed.read(str(link.here().values.get("typed", "")))
    except ValueError:
        return ()


def confidence(
    act: Callable[[Now, str], None], stands: Now, says: str = "How sure are you?", ready: bool = True
) -> None:
    """Ask how sure the reader is; saying so gives the answer, or opens the question on the stage.

    Args:
        act: what follows from it, with "yes" or "no".
        stands: where the reader stands.
        says: the question.
        ready: whether there is anything to be sure of.
    """
    with st.container(horizontal=True, gap="small", key="sureness", vertical_alignment="center"):
        st.html(f'<p class="ma-quiet">{says}</p>')
        for sure, title in (("yes", "I am sure"), ("no", "Not sure")):
            st.button(
                title, key=link.widget(f"say_{sure}"), disabled=not ready, on_click=link.own(act), args=(stands, sure)
            )
