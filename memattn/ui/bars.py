"""A row of numbers as bars to be dragged, by pointer or keys; each is a slider to those who listen.

The script and its style stand in `assets/bars.js` and `assets/bars.css`. It reports when a bar is let go.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import streamlit as st

from memattn import assets
from memattn.ui import link
from memattn.ui.linked_values import real

MOST = 10  # bars that can be told apart and touched beside a stage
STEP = 0.05


@cache
def _component() -> Callable[..., Any]:
    script, style = ((assets.folder() / f"bars.{kind}").read_text("utf-8") for kind in ("js", "css"))
    return st.components.v2.component("memattn_bars", html="<div>\n</div>", css=style, js=script)


def bars(key: str, symbol: str, begins: Sequence[float], *, name: str) -> str:
    """Draw the bars, oldest first; what they say, "0.1,0.3,0.6", or "" where they stand as they begin.

    Args:
        key: on the page.
        symbol: what each is called.
        begins: where they stand at the beginning, at any scale.
        name: in the link.
    """

    def parse(text: str) -> str:
        numbers = [real(one, 0, 1) for one in text.split(",")]
        if len(numbers) != len(begins) or numbers[-1] <= 0:
            raise ValueError(text)
        return _written(numbers)

    allowed = f"{len(begins)} numbers from 0 to 1, the last above 0, such as {_written(_scaled(begins))}"
    link.before(key, name, f"weights {symbol}", "", parse, allowed)
    text = str(link.held(key))
    if text and text.count(",") + 1 != len(begins):  # another slider has made it more or fewer
        link.put(key, "")
        text = ""
    shown = [float(one) for one in text.split(",")] if text else _scaled(begins)
    mounted = link.widget(f"{key}_bars")

    def moved() -> None:
        values = st.session_state[mounted].get("values")
        try:
            link.put(key, parse(",".join(map(str, values))))
        except (TypeError, ValueError):  # a client may send anything
            link.put(key, "")

    _component()(
        key=mounted,
        data={"symbol": symbol, "values": tuple(shown), "step": STEP},
        default={"values": None},
        on_values_change=link.own(moved),
        height="content",
    )
    link.after(key, name, text, "")
    return text


def _scaled(numbers: Sequence[float]) -> list[float]:
    """So that the largest is 1, and with two decimals."""
    return [round(number / max(numbers), 2) for number in numbers]


def _written(numbers: Sequence[float]) -> str:
    return ",".join(f"{number:g}" for number in numbers)
