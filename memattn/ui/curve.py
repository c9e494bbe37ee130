"""A curve to be drawn before it is measured, by pointer, touch or keys; each of its points is a slider.

The script and its style stand in `assets/curve.js` and `assets/curve.css`. It reports when the curve is let go.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import streamlit as st

from memattn import assets
from memattn.lessons.results import Line
from memattn.ui import link

STEP = 0.05
DIGITS = 2  # of a value


class Known(NamedTuple):
    """A curve that stands behind the one that is drawn.

    Args:
        line: its points, with intervals.
        colour: "#RRGGBB".
        strong: whether it is the answer to the one that is drawn.
    """

    line: Line
    colour: str
    strong: bool


@cache
def _component() -> Callable[..., Any]:
    script, style = ((assets.folder() / f"curve.{kind}").read_text("utf-8") for kind in ("js", "css"))
    return st.components.v2.component("memattn_curve", html="<div>\n</div>", css=style, js=script)


def curve(
    key: str,
    values: Sequence[float],
    *,
    name: str,
    colour: str,
    places: Sequence[int],
    axis: str,
    known: Sequence[Known],
    locked: bool,
    on_drawn: Callable[[tuple[float, ...]], None],
) -> None:
    """Draw it.

    Args:
        key: on the page.
        values: of its points, 0 to 1.
        name: whose curve it is.
        colour: "#RRGGBB".
        places: of its points, ascending.
        axis: what they are.
        known: curves behind it.
        locked: whether it can no longer be changed.
        on_drawn: called with the points when the curve is let go.
    """
    mounted = link.widget(f"{key}_plot")

    def drawn() -> None:
        new = checked(st.session_state[mounted].get("values"), len(places))
        if new and not locked:
            on_drawn(new)

    _component()(
        key=mounted,
        data={
            "name": name,
            "colour": colour,
            "places": tuple(places),
            "axis": axis,
            "values": tuple(values),
            "step": STEP,
            "locked": locked,
            "curves": tuple(_packed(one) for one in known),
        },
        default={"values": None},
        on_values_change=link.own(drawn),
        height="content",
    )


def checked(values: Any, points: int) -> tuple[float, ...]:
    """What a client sent, where it is as many numbers from 0 to 1; else ()."""
    if not isinstance(values, list) or len(values) != points:
        return ()
    if not all(isinstance(one, int | float) and 0 <= one <= 1 for one in values):
        return ()
    return tuple(round(float(one), DIGITS) for one in values)


def _packed(known: Known) -> Mapping[str, Any]:
    line = known.line
    points = [{"x": point.x, "y": point.y, "low": point.low, "high": point.high} for point in line.points]
    return {"name": line.name, "colour": known.colour, "dash": line.dash, "strong": known.strong, "points": points}
