"""From settings to the stage: the run, its payload, and the step at which the reader stands."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import streamlit as st

from memattn.lessons import running
from memattn.lessons.answering import Run
from memattn.lessons.freetext import reading
from memattn.lessons.lesson import Head, Lesson, Settings
from memattn.lessons.memories import RATE, Choice, refusal, settings_of, start_of
from memattn.lessons.moments import Coming, just_before
from memattn.lessons.prediction import Prediction
from memattn.lessons.views import names
from memattn.stage.packed import phases
from memattn.ui import controls, link
from memattn.ui.lesson import computed, memory
from memattn.ui.notes import note, refused
from memattn.ui.stage import Moment, Verdict, stage, verdicts

SEEKER, MEAN = "seeker", "mean"
HEADS = {SEEKER: "the head that looks for the fact", MEAN: "mean of all heads"} | {
    str(number): f"head {number}" for number in range(1, 5)
}
FREE_HEADS = {str(number + 1): name for number, name in reversed(list(enumerate(reading.HEADS)))} | {MEAN: HEADS[MEAN]}


class Played(NamedTuple):
    """What stands on the stage.

    Args:
        settings: all that the picture depends on.
        head: whose attention is shown, from 0; None is the mean.
    """

    settings: Settings
    head: Head

    @property
    def run(self) -> Run:
        """What came of the settings: looked up each time, so that no session holds on to a run by itself."""
        return computed.run(self.settings)

    @property
    def step(self) -> int:
        """At which the stage stands now, from 0."""
        stands, last = link.here().moment, len(self.settings.words) - 1
        return min(stands.step, last) if stands else last


def last() -> Played | None:
    """What was played on the main stage of the page before, where something was."""
    played: Played | None = link.here().played
    return played


def possible(settings: Settings, side: str = "") -> bool:
    """Whether these settings go together and their model is there; says what is wrong, and how to mend it."""
    if problem := running.unread(settings):
        other = "texts" if settings.model == "echo" else "memories"
        with st.container(key=f"{side}refused"):
            note(f"{problem} Other {other} work meanwhile.", problem=True)
        return False
    if error := _refusal(settings):
        with st.container(key=f"{side}refused"):
            refused(refusal(settings.choice, error))
            _mend(settings.choice, side)
    return error is None


def _refusal(settings: Settings) -> ValueError | None:
    try:
        running.memories_of(settings)
    except ValueError as error:
        return error
    return None


class Repair(NamedTuple):
    """A change of one setting after which a memory can be made, or less is wrong with it."""

    key: str
    value: int
    title: str


def _repair(choice: Choice) -> Repair | None:
    """What puts a compressive memory right: the one thing that can be wrong with a choice."""
    known = settings_of(choice.name, dict(choice.settings))
    if not choice.compresses or "memory_length" not in known:
        return None
    if int(choice["memory_length"]) < (value := int(choice["segment_length"])):
        return Repair("memory_length", value, f"Set n_m to {value}")
    value = int(start_of(known[RATE]))
    return Repair(RATE, value, f"Set c to {value}")


def _mend(choice: Choice, side: str) -> None:
    """Offer it."""
    if repair := _repair(choice):
        controls.repair(f"{side}{choice.name}_{repair.key}", repair.value, repair.title)


def nearest(settings: Settings, shown: str) -> Played | None:
    """What would be played once all repairs were made; None where that does not help.

    Args:
        settings: that are refused.
        shown: whose attention, a key of `HEADS`.
    """
    for _ in settings_of(settings.choice.name):  # each can be wrong once
        if not (repair := _repair(settings.choice)):
            return None
        settings = replace(settings, choice=settings.choice.with_settings(**{repair.key: repair.value}))
        if not _refusal(settings):
            return Played(settings, head_of(settings, shown))
    return None


def head_of(settings: Settings, shown: str) -> Head:
    """Number of the head to show from 0, or None for the mean; which one looks for the fact, each layer says itself."""
    run = computed.run(settings)
    if run.trace.heads == 1 or shown == MEAN:
        return None
    if shown == SEEKER:
        return computed.looking_head(settings)
    return min(int(shown), run.trace.heads) - 1


def foreseen(lesson: Lesson, settings: Settings, shown: str, side: str = "") -> dict[str, Callable[[float], None]]:
    """What to compute for another place of each slider of the memory, by its key in the session: all that `play` needs.

    Args:
        lesson: the page.
        settings: that stand now.
        shown: the attention shown, a key of `HEADS`.
        side: "" or `memory.SECOND`.
    """

    def compute(key: str, number: float) -> None:
        there = replace(settings, choice=memory.moved(settings.choice, key, number))
        if not running.unread(there):
            computed.packed(lesson, there, head_of(there, shown))

    keys = memory.numbers(settings.choice)
    return {link.widget(memory.key_of(side, settings.choice, key)): partial(compute, key) for key in keys}


def play(lesson: Lesson, settings: Settings, head: Head, *, inert: str = "") -> Played:
    """Play the run on the main stage of the page, by which the address goes; dimmed, where it is only the last one."""
    from memattn.ui.lesson import ahead

    payload = computed.packed(lesson, settings, head)
    last = len(settings.words) - 1
    views = computed.views(lesson, settings)
    start = link.start(last, payload.id, names(views), partial(phases, payload))
    start = start or Moment(last)  # on the answer: the fullest picture
    if moment := _announced(lesson, settings):
        link.send(start := moment, payload.id)
    stands = stage(
        payload,
        link.widget("stage"),
        start=start,
        seek=link.here().seek,
        clock=lesson.name,
        views=views,
        presenting=link.presented(),
        links=True,
        inert=inert,
        on_step_change=link.own(partial(ahead.stepped, link.widget("stage"), last, payload.id)),
        on_drawn=link.own(ahead.rest),
        on_verdict=link.own(ahead.everything),
    )
    link.answered(_told(computed.asked_of(lesson, settings, head), verdicts(link.widget("stage"), payload)))
    link.stands(stands._replace(step=min(stands.step, last)), payload.id)
    played = link.here().played = Played(settings, head)
    return played


def _told(questions: Sequence[Prediction], told: Sequence[Verdict]) -> dict[Prediction, bool]:
    """Which questions were answered, and whether that was right; a client may send anything, which then counts not."""
    heard = [(questions[one.which], one) for one in told if 0 <= one.which < len(questions)]
    return {question: one.right for question, one in heard if question.is_right(one.chosen) == one.right}


def ask(lesson: Lesson, played: Played, which: int) -> None:
    """Send the stage to a question of the run and open it there; only from a callback."""
    from memattn.ui.lesson import ahead

    at = computed.asked_of(lesson, played.settings, played.head)[which].at
    coming = Coming(at.step, read=at.phase == "attend")
    payload = computed.packed(lesson, played.settings, played.head)
    link.send(Moment(*just_before(played.run.trace, coming)), payload.id, which)
    ahead.everything()


def _announced(lesson: Lesson, settings: Settings) -> Moment | None:
    """Where the scenario that was clicked begins: just before what its sentence announces, or at the end."""
    name = link.opening()
    scenario = next((one for one in lesson.scenarios if one.name == name), None)
    if scenario is None:
        return None
    run = computed.answering(settings)
    coming = scenario.shows(run) if scenario.shows else None
    at = just_before(run.trace, coming) if coming else (len(settings.words) - 1, "")
    return Moment(*at, scenario.view, scenario.lens)


def play_beside(
    lesson: Lesson, settings: Settings, head: Head, name: str, *, leads: bool = False, inert: str = ""
) -> None:
    """Play another run by the clock of the page, with the same views.

    Args:
        lesson: the page.
        settings: all that the picture depends on.
        head: whose attention is shown.
        name: key of the stage on the page.
        leads: whether the rest of the page follows when this picture is drawn.
        inert: as for a stage.
    """
    from memattn.ui.lesson import ahead

    last = Moment(len(settings.words) - 1)
    packed = computed.packed(lesson, settings, head)
    stage(
        packed,
        link.widget(name),
        start=last,
        clock=lesson.name,
        views=computed.views(lesson, settings),
        presenting=link.presented(),
        inert=inert,
        on_drawn=link.own(ahead.rest) if leads else None,
    )
