"""From settings to the stage: the run, its payload, and the step at which the reader stands."""

from dataclasses import replace

import streamlit as st

from memattn.lessons.asking import Asked
from memattn.lessons.compressive.runs import seeker
from memattn.lessons.freetext import watching
from memattn.lessons.story import content, ways, words
from memattn.records import Trace
from memattn.ui import controls, lanes
from memattn.ui import lesson as parts
from memattn.ui.cache import cached
from memattn.ui.notes import explained, note
from memattn.ui.payload import Mark, Payload, payload
from memattn.ui.stage import stage
from memattn.ui.story.settings import MEAN, SEEKER
from memattn.ui.story.shared import Settings, asked, run_of

CLOCK = "story"  # all stages of this page move together


def possible(chosen: Settings, side: str = "") -> bool:
    """Whether these settings go together and their model is there; says what is wrong, and how to mend it."""
    choice = chosen.choice
    if choice.way == "compressive" and choice["nm"] < choice["ns"]:
        note(f"Mem must hold a whole segment: n_m ≥ n_s, got n_m = {choice['nm']} and n_s = {choice['ns']}.", True)
        _mend(side, "nm", choice["ns"], f"Set n_m to {choice['ns']}")
        return False
    if not chosen.free and (problem := ways.missing(choice)):
        note(f"{problem} Other memories work meanwhile.", problem=True)
        return False
    try:
        chosen.memory  # noqa: B018 - making it is the test
    except ValueError as error:
        note(f"These settings do not go together: {error}.", problem=True)
        if choice.way == "compressive":
            _mend(side, "c", content.WAYS["compressive"].dials["c"].default, "Set c to 4")
        return False
    return True


def _mend(side: str, dial: str, value: int, label: str) -> None:
    key = f"{side}compressive_{dial}"
    st.button(label, on_click=controls.assign, args=({key: value},), key=f"fix_{key}")


def trace_of(chosen: Settings) -> Trace:
    """The run on the stage."""
    with explained():
        return run_of(chosen)


def head_of(chosen: Settings, shown: str) -> int | None:
    """Number of the head to show from 0, or None for the mean; which one looks for the fact, each layer says itself."""
    if chosen.free:
        return watching.HEADS.index(shown) if shown in watching.HEADS else None
    run = trace_of(chosen)
    if run.heads == 1 or shown == MEAN:
        return None
    return seeker(replace(asked(chosen), trace=run)) if shown == SEEKER else int(shown.removeprefix("head ")) - 1


def _marks(found: Asked) -> list[Mark]:
    question = found.truth.question
    facts = [Mark(fact.start, fact.end - 1, "fact", "the fact asked for") for fact in found.truth.facts]
    return [*facts, Mark(question.start, question.end - 1, "question", "the question")]


def _packed(chosen: Settings, head: int | None) -> Payload:
    run = trace_of(chosen)
    memory = chosen.memory
    return payload(
        run,
        lanes.lanes(memory, len(run.tokens)),
        lanes.columns(memory),
        content.WAYS[chosen.choice.way].title + (", first layer" if chosen.layer == words.FIRST else ""),
        memory.reads,
        head,
        [] if chosen.free else _marks(asked(chosen)),
    )


packed = cached(_packed)


def play(chosen: Settings, head: int | None, key: str = "stage", plain: bool = False) -> int:
    """Mount the stage and play the run; the step at which it stands."""
    last = len(chosen.words) - 1
    found = parts.step_in_link(last)
    start = last if found is None else found  # opens on the answer: the fullest picture; play begins at the beginning
    step = stage(packed(chosen, head), key=key, start=start, clock=CLOCK, plain=plain).step
    return last if step is None else min(int(step), last)
