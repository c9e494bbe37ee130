"""The stage on a page: mounted by Streamlit, played in the browser."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import streamlit as st

from memattn.lessons.views import COMMON_VIEWS, Panels
from memattn.stage.bundle import STAGE, waiting
from memattn.stage.packed import Payload
from memattn.ui import scripts


class Moment(NamedTuple):
    """Where a stage stands.

    Args:
        step: from 0.
        phase: that has just ended; "" where the step rests by itself.
        view: that was opened in place of the first of its panel; "" where none was.
        lens: what was set in the softmax lens, as `assets/stage/lens-state.js` writes it; "" where nothing was.
    """

    step: int
    phase: str = ""
    view: str = ""
    lens: str = ""


class Wish(NamedTuple):
    """Where a stage is sent.

    Args:
        moment: to stand at.
        number: of the wish: each is obeyed once.
        ask: number of the question to open there, from 0; then it stands where that is asked. None opens none.
    """

    moment: Moment
    number: int
    ask: int | None = None


class Verdict(NamedTuple):
    """What a reader answered.

    Args:
        which: number of the question among those of the payload, from 0.
        chosen: as `Prediction.answer`.
        right: as the reader was told.
    """

    which: int
    chosen: tuple[int, ...]
    right: bool


@cache
def _components() -> tuple[Callable[..., Any], Callable[..., Any]]:
    component, nothing = st.components.v2.component, "<span>\n</span>"
    return component("memattn_stage", html=nothing, js=waiting()), component(
        "memattn_stage_code", html=nothing, js=scripts.arriving(STAGE)
    )


def deliver() -> None:
    """Have the long script come: once per page and outside of fragments, so that no move of a control asks for it."""
    _, arriving = _components()
    with st.container(key="stage_code"):  # hidden by frame.css
        arriving(key="stage_script")


def stage(
    payload: Payload,
    key: str,
    *,
    start: Moment | None = None,
    seek: Wish | None = None,
    channel: str = "",
    clock: str = "",
    views: Panels = COMMON_VIEWS,
    links: bool = False,
    inert: str = "",
    presenting: bool = False,
    gloss: Mapping[str, Sequence[str]] | None = None,
    on_step_change: Callable[[], None] | None = None,
    on_drawn: Callable[[], None] | None = None,
    on_verdict: Callable[[], None] | None = None,
) -> Moment:
    """Show a trace, on a page of the frame, and say where the reader stands.

    The state under `key` holds `moment` = {"step", "phase", "view", "lens"}, one value, so that all arrive with one
    rerun, and `verdicts`, see the function of that name.

    Args:
        payload: what to play.
        key: names the stage; as long as it stays the same, playback goes on through reruns.
        start: what to open at when the stage appears or other words come; later moves are the reader's. A phase that
            the step lacks counts as "".
        seek: go there, wherever the stage stands.
        channel: sent along with the playhead, so that several stages on a page can be told apart.
        clock: stages with the same clock move together; "" is a clock of its own.
        views: what stands beside the conveyor, by panel; () is the conveyor alone.
        links: whether the address of the page follows this stage.
        presenting: whether the stage has the screen to itself.
        gloss: what bands are, in lines of few words, by role; "hopper" is where pairs are compressed.
        inert: names the settings that have no picture: then the last one stays, dimmed, and cannot be touched.
        on_step_change: called before the rerun that follows a pause or step.
        on_drawn: called once another payload than before stands on the screen, or `inert` is another.
        on_verdict: called before the rerun that follows an answer to a question.
    """
    mount, _ = _components()
    header = {
        "id": payload.id,
        "start": start.step if start else None,
        "phase": start.phase if start else "",
        "view": start.view if start else "",
        "lens": start.lens if start else "",
        "seek": None if seek is None else {**seek.moment._asdict(), "nonce": seek.number, "ask": seek.ask},
        "channel": channel,
        "clock": clock,
        "views": views,
        "links": links,
        "inert": inert,
        "presenting": presenting,
        "reports": on_drawn is not None,
        "gloss": gloss or {},
    }
    sent = json.dumps(header).encode()
    result = mount(
        key=key,
        data=len(sent).to_bytes(4, "little") + sent + payload.packed,
        default={"moment": None, "verdicts": None},
        on_moment_change=on_step_change or _nothing,
        on_verdicts_change=on_verdict or _nothing,
        **({} if on_drawn is None else {"on_drawn_change": on_drawn}),
        height="content",
    )
    return _moment(result.moment) or start or Moment(0)


def reported(key: str) -> Moment | None:
    """Where the browser says that the stage of this key stands; None where it has said nothing yet."""
    return _moment((st.session_state.get(key) or {}).get("moment"))


def _moment(told: Any) -> Moment | None:
    match told:
        case {"step": int(step), "phase": str(phase), "view": str(view), "lens": str(lens)}:
            return Moment(step, phase, view, lens)
    return None


def verdicts(key: str, payload: Payload) -> tuple[Verdict, ...]:
    """What the reader has answered on a stage since this payload came there, the last answer to every question.

    The state says {"run": identity of the payload, "told": [{"which", "chosen", "right"}]}: all of them each time, so
    that none is lost where two follow each other.
    """
    state = st.session_state.get(key) or {}
    match state.get("verdicts"):
        case {"run": run, "told": [*told]} if run == payload.id:
            return tuple(verdict for one in told if (verdict := _verdict(one)))
    return ()


def _verdict(told: Any) -> Verdict | None:
    match told:
        case {"which": int(which), "chosen": [*chosen], "right": bool(right)}:
            if all(type(one) is int for one in chosen):
                return Verdict(which, tuple(chosen), right)
    return None


def _nothing() -> None:
    """A state value needs a callback to be declared, even when nobody listens."""
