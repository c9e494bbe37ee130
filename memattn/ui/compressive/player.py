"""From settings to the stage: the run, its payload, and the step at which the reader stands."""

from typing import Any, NamedTuple

import streamlit as st

from memattn.lessons.asking import Asked
from memattn.lessons.compressive import content
from memattn.lessons.compressive import runs as lesson
from memattn.lessons.prediction import first_compression
from memattn.memory.compressive import Compressive
from memattn.records import Role
from memattn.ui import ahead, controls
from memattn.ui import lesson as parts
from memattn.ui.cache import cached
from memattn.ui.compressive.settings import MEAN, SEEKER, Reading, memory
from memattn.ui.compressive.shared import ran
from memattn.ui.notes import note, refused
from memattn.ui.payload import Lane, Mark, Payload, payload
from memattn.ui.stage import stage

MOST_COLUMNS = 8  # tiles per row; longer segments take several rows


def view(chosen: lesson.Settings) -> Asked | None:
    """The run for these settings; None, and a message, where they do not go together."""
    if wrong := lesson.problem(chosen):
        note(wrong.text, problem=True)
        label = f"Set {content.LIMITS[wrong.key].symbol} to {wrong.value}"
        st.button(label, on_click=controls.assign, args=({wrong.key: wrong.value},), key=f"fix_{wrong.key}")
        return None
    try:
        return ran(chosen)
    except ValueError as error:
        refused(error)
        return None


def head_of(asked: Asked, shown: str) -> int | None:
    """Number of the head to show from 0, or None for the mean."""
    if asked.trace.heads == 1 or shown == MEAN:
        return None
    return lesson.seeker(asked) if shown == SEEKER else int(shown.removeprefix("head ")) - 1


def _packed(chosen: lesson.Settings, head: int | None) -> Payload:
    asked = ran(chosen)
    fact, question = asked.truth.fact, asked.truth.question
    marks = [Mark(question.start, question.end - 1, "question", "the question")]
    if fact:
        marks.insert(0, Mark(fact.start, fact.end - 1, "fact", "the fact asked for"))
    name = content.COMPRESSION_NAMES[chosen.compression].split(",")[0].lower()
    lanes = (
        Lane(
            Role.COMPRESSED,
            "CMem",
            f"n_cm = {chosen.compressed_length} slots, {chosen.rate} → 1, {name}",
            chosen.compressed_length,
        ),
        Lane(Role.RECENT, "Mem", f"n_m = {chosen.memory_length} pairs", chosen.memory_length),
        Lane(
            Role.CURRENT,
            "Segment" if chosen.segment_length < 10 else "Seg.",
            f"n_s = {chosen.segment_length} pairs",
            chosen.segment_length,
        ),
    )
    return payload(
        asked.trace,
        lanes,
        columns=min(chosen.segment_length, MOST_COLUMNS) if chosen.segment_length > 2 else MOST_COLUMNS,
        title=content.TITLE,
        reads=Compressive.reads,
        head=head,
        marks=marks,
        predictions=first_compression(asked.trace, rate=chosen.rate),
    )


packed = cached(_packed, max_entries=256)


def play(chosen: lesson.Settings, head: int | None, key: str = "stage", runs_ahead: bool = False) -> int:
    """Mount the stage and play the run; the step at which it stands.

    Args:
        chosen: the run.
        head: whose attention to show; None is the mean.
        key: names the stage.
        runs_ahead: whether it stands in a fragment that may run before the rest of the page, see `memattn.ui.ahead`.
    """
    last = len(chosen.words) - 1
    asked = parts.step_in_link(last)
    start = last if asked is None else asked  # opens on the answer: the fullest picture; play begins at the beginning
    stands = stage(
        packed(chosen, head),
        key=key,
        start=start,
        on_step_change=ahead.everything if runs_ahead else None,
        on_drawn=ahead.rest if runs_ahead else None,
    )
    step = stands.step
    return last if step is None else min(int(step), last)


class Played(NamedTuple):
    """What stands on the stage.

    Args:
        chosen: all settings.
        asked: the run.
        head: whose attention is shown, from 0; None is the mean.
        step: at which the stage stands.
    """

    chosen: lesson.Settings
    asked: Asked
    head: int | None
    step: int


@st.fragment(key=ahead.PICTURE)
def picture(run: ahead.Run, reading: Reading, place: Any) -> None:
    """The controls of the memory, and the stage as they stand now.

    Args:
        run: of the lesson; learns what is played, or None where these settings do not go together.
        reading: all that does not depend on these controls.
        place: where on the page the stage goes.
    """
    alone = run.ahead()
    chosen = memory(reading)
    stood, run.played = run.played is not None, None
    with place:
        asked = view(chosen)
        if asked:
            head = head_of(asked, reading.shown)
            run.played = Played(chosen, asked, head, play(chosen, head, runs_ahead=True))
    if alone and not (stood and asked):
        st.rerun()  # no stage will say that it has drawn another picture, so nothing would follow
