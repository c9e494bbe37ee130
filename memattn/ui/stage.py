"""The stage on a page: mounted by Streamlit, played in the browser."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import streamlit as st

from memattn.lessons.views import COMMON_VIEWS, Panels
from memattn.stage.bundle import WAITING, code
from memattn.stage.packed import Payload


class Moment(NamedTuple):
    """Where a stage stands.

    Args:
        step: from 0.
        phase: that has just ended; "" where the step rests by itself.
        view: that was opened in place of the first of its panel; "" where none was.
    """

    step: int
    phase: str = ""
    view: str = ""


@cache
def _components() -> tuple[Callable[..., Any], Callable[..., Any]]:
    component, nothing = st.components.v2.component, "<span>\n</span>"
    return component("memattn_stage", html=nothing, js=WAITING), component(
        "memattn_stage_code", html=nothing, js=code()
    )


def deliver() -> None:
    """Send the long script: once per page and outside of fragments, so that no move of a control carries it along."""
    _, arriving = _components()
    with st.container(key="stage_code"):  # hidden by frame.css
        arriving(key="stage_script")


def stage(
    payload: Payload,
    key: str,
    *,
    start: Moment | None = None,
    seek: tuple[Moment, int] | None = None,
    channel: str = "",
    clock: str = "",
    views: Panels = COMMON_VIEWS,
    links: bool = False,
    inert: str = "",
    presenting: bool = False,
    on_step_change: Callable[[], None] | None = None,
    on_drawn: Callable[[], None] | None = None,
) -> Moment:
    """Show a trace, on a page of the frame, and say where the reader stands.

    The state under `key` holds one value, `moment` = {"step", "phase", "view"}, so that all arrive with one rerun.

    Args:
        payload: what to play.
        key: names the stage; as long as it stays the same, playback goes on through reruns.
        start: what to open at when the stage appears or other words come; later moves are the reader's. A phase that
            the step lacks counts as "".
        seek: (moment, nonce): go there, wherever the stage stands; obeyed once per nonce.
        channel: sent along with the playhead, so that several stages on a page can be told apart.
        clock: stages with the same clock move together; "" is a clock of its own.
        views: what stands beside the conveyor, by panel; () is the conveyor alone.
        links: whether the address of the page follows this stage.
        presenting: whether the stage has the screen to itself.
        inert: names the settings that have no picture: then the last one stays, dimmed, and cannot be touched.
        on_step_change: called before the rerun that follows a pause or step.
        on_drawn: called once another payload than before stands on the screen, or `inert` is another.
    """
    waiting, _ = _components()
    header = {
        "id": payload.id,
        "start": start.step if start else None,
        "phase": start.phase if start else "",
        "view": start.view if start else "",
        "seek": None if seek is None else {"step": seek[0].step, "phase": seek[0].phase, "nonce": seek[1]},
        "channel": channel,
        "clock": clock,
        "views": views,
        "links": links,
        "inert": inert,
        "presenting": presenting,
        "reports": on_drawn is not None,
    }
    sent = json.dumps(header).encode()
    result = waiting(
        key=key,
        data=len(sent).to_bytes(4, "little") + sent + payload.packed,
        default={"moment": None},
        on_moment_change=on_step_change or _nothing,
        **({} if on_drawn is None else {"on_drawn_change": on_drawn}),
        height="content",
    )
    match result.moment:
        case {"step": int(step), "phase": str(phase), "view": str(view)}:
            return Moment(step, phase, view)
    return start or Moment(0)  # nothing was reported yet


def _nothing() -> None:
    """A state value needs a callback to be declared, even when nobody listens."""
