"""From settings to the stage: the run, its payload, and the step at which the reader stands."""

import streamlit as st

from memattn.lessons.asking import Asked
from memattn.lessons.compressive import content
from memattn.lessons.compressive import runs as lesson
from memattn.lessons.prediction import first_compression
from memattn.memory.compressive import Compressive
from memattn.records import Role
from memattn.ui import controls
from memattn.ui import lesson as parts
from memattn.ui.cache import cached
from memattn.ui.compressive.settings import MEAN, SEEKER
from memattn.ui.compressive.shared import ran
from memattn.ui.notes import explained, note
from memattn.ui.payload import Lane, Mark, Payload, payload
from memattn.ui.stage import stage

MOST_COLUMNS = 8  # tiles per row; longer segments take several rows


def view(chosen: lesson.Settings) -> Asked:
    """The run for these settings, or a message where they do not go together."""
    if chosen.memory_length < chosen.segment_length:
        note(
            f"Mem must hold a whole segment: n_m ≥ n_s, got n_m = {chosen.memory_length} "
            f"and n_s = {chosen.segment_length}.",
            problem=True,
        )
        st.button(
            f"Set n_m to {chosen.segment_length}",
            on_click=controls.assign,
            args=({"nm": chosen.segment_length},),
            key="fix_nm",
        )
        st.stop()
    if not lesson.possible(chosen, chosen.rate):
        note(f"The dilated convolution was not trained for c = {chosen.rate}, only for 2, 3, 4, 6 and 8.", problem=True)
        st.button("Set c to 6", on_click=controls.assign, args=({"c": 6},), key="fix_c")
        st.stop()
    with explained():
        return ran(chosen)


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
        predictions=first_compression(asked.trace, chosen.rate, chosen.segment_length),
    )


packed = cached(_packed, max_entries=256)


def play(chosen: lesson.Settings, key: str = "stage", head: int | None = None) -> int:
    """Mount the stage and play the run with one head's attention, or the mean's; the step at which it stands."""
    last = len(chosen.words) - 1
    asked = parts.step_in_link(last)
    start = last if asked is None else asked  # opens on the answer: the fullest picture; play begins at the beginning
    step = stage(packed(chosen, head), key=key, start=start).step
    return last if step is None else min(int(step), last)
