"""The wall: every memory as a small stage, all by one clock."""

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import streamlit as st

from memattn.dials import Dial
from memattn.lessons.comparing import wall as runs
from memattn.lessons.comparing.sizing import FULLEST, MEASURES
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.memory import MEMORIES
from memattn.reader import Fact
from memattn.stage.bundle import WALL, waiting
from memattn.stage.packed import Payload
from memattn.stage.wall import wall as pack
from memattn.ui import controls, link, scripts
from memattn.ui.cache import cached
from memattn.ui.compare.duel import OTHER as SECOND
from memattn.ui.compare.story import Told
from memattn.ui.lesson import ahead, memory
from memattn.ui.lesson.computed import run
from memattn.ui.stage import Moment

AS_IT_IS = "begins"
ALIKE = {AS_IT_IS: "as each begins"} | {measure: f"equal {words}" for measure, words in MEASURES.items()}
PAIRS = Dial(16, 4, 64, "", "pairs", "Slots, or the bytes that so many pairs of a window take.", "Size", 16, 1)
AGAINST = ("window", "full")
DUEL = "Duel"  # the tab into which a click leads


@cache
def _components() -> tuple[Callable[..., Any], Callable[..., Any]]:
    component, nothing = st.components.v2.component, "<span>\n</span>"
    return component("memattn_wall", html=nothing, js=waiting(WALL)), component(
        "memattn_wall_code", html=nothing, js=scripts.arriving(WALL)
    )


def deliver() -> None:
    """Have the long script come: once per page and outside of fragments."""
    with st.container(key="wall_code"):  # hidden by frame.css
        _components()[1](key="wall_script")


def _sized(measure: str, pairs: int, tokens: int) -> Mapping[str, Choice]:
    """Every memory, sized as the controls say."""
    return runs.choices(None if measure == AS_IT_IS else measure, pairs, tokens)  # type: ignore[arg-type]


def _pack(words: tuple[str, ...], fact: Fact, measure: str, pairs: int) -> Payload:
    memories = _sized(measure, pairs, len(words)).values()
    return pack(words, (fact.start, fact.end - 1), [runs.shown(Settings(one, words), fact, run) for one in memories])


packed = cached(_pack)


def wall(told: Told, one: Any, other: Any) -> None:
    """The wall, and in two places of their own what decides how large the memories are."""
    with one:
        measure = controls.choice(
            "alike", "Memories", ALIKE, AS_IT_IS, help=f"Those that have a size to be set. {FULLEST}"
        )
    pairs = int(PAIRS.start)
    if measure != AS_IT_IS:
        with other:
            pairs = int(controls.dial("pairs", PAIRS))
    payload = packed(told.words, told.fact, measure, pairs)
    last = len(told.words) - 1
    start = link.start(last, payload.id) or Moment(last)
    _mount(payload, min(start.step, last), partial(_chosen, measure, pairs, len(told.words)))


def _mount(payload: Payload, start: int, on_chosen: Callable[[], None]) -> None:
    key = link.widget("wall")
    sent = json.dumps({"id": payload.id, "start": start, "presenting": link.presented()}).encode()
    result = _components()[0](
        key=key,
        data=len(sent).to_bytes(4, "little") + sent + payload.packed,
        default={"step": None},
        on_step_change=_nothing,
        on_chosen_change=link.own(on_chosen),
        height="content",
    )
    step = result.step if isinstance(result.step, int) and result.step >= 0 else start
    link.stands(Moment(step), payload.id)


def _nothing() -> None:
    """A state value needs a callback to be declared, even when nobody listens."""


def _chosen(measure: str, pairs: int, tokens: int) -> None:
    """Open a memory in the duel, in the size and at the token at which it stands on the wall."""
    match st.session_state[link.widget("wall")].get("chosen"):
        case {"name": str(name), "step": int(step)} if name in MEMORIES:
            link.put("memory", name)
            for key, value in _sized(measure, pairs, tokens)[name].settings:
                link.put(memory.key_of("", Choice(name), key), value)
            if link.here().values.get("b_memory", SECOND) == name:  # beside itself it would say nothing
                link.put("b_memory", next(other for other in AGAINST if other != name))
            link.put("tab", DUEL)
            link.open_at(Moment(max(0, step)))
    ahead.everything()
