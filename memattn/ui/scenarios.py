"""Scenarios: one click sets the controls; the one whose settings stand is marked, and what to look for is said."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import streamlit as st

from memattn.ui import controls

CLICKED = "memattn:scenario:"  # session state, with the page: the scenario clicked last, and what it set
KEY = "preset"


class Scenario(Protocol):
    """What every scenario has, whatever else it says."""

    @property
    def name(self) -> str:
        """On its chip."""

    @property
    def look(self) -> str:
        """What to watch for."""


S = TypeVar("S", bound=Scenario)


def chips(page: str, scenarios: Sequence[S], apply: Callable[[S], None]) -> None:
    """Draw a row of scenarios, one click to each; a click on the one that stands sets it anew.

    One element: a browser needs as long for seven buttons as for seven sliders, with every move of a control.

    Args:
        page: tells the rows of two pages apart.
        scenarios: in order.
        apply: sets the controls, see `put`.
    """
    by_name = {scenario.name: scenario for scenario in scenarios}
    stands = _standing(page)
    st.session_state[KEY] = stands or None
    st.pills(
        "Scenarios",
        list(by_name),
        key=KEY,
        label_visibility="collapsed",
        on_change=lambda: apply(by_name[st.session_state[KEY] or stands]),
    )


def look(page: str, scenarios: Sequence[Scenario]) -> str:
    """What to look for in the scenario that was clicked last, as long as its settings stand; else ""."""
    stands = _standing(page)
    return next((scenario.look for scenario in scenarios if scenario.name == stands), "")


def put(page: str, scenario: Scenario, values: Mapping[str, object]) -> None:
    """Set the controls of a scenario by key; only from `apply`."""
    controls.assign(values)
    st.session_state[CLICKED + page] = (scenario.name, values)


def _standing(page: str) -> str:
    name, values = st.session_state.get(CLICKED + page, ("", {}))
    stands = all(st.session_state.get(key, value) == value for key, value in values.items())
    return str(name) if stands else ""
