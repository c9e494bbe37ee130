"""The duel: two memories locked together, sized alike where one wants, and where they differ."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from memattn.figures.draw import draw, in_words
from memattn.lessons import running, texts
from memattn.lessons.comparing.difference import Difference, difference
from memattn.lessons.comparing.sizing import MEASURES, Measure, fitted, size
from memattn.lessons.lesson import Lesson, Model, Settings
from memattn.lessons.memories import Choice, titled
from memattn.ui import beforehand, controls, frame, link
from memattn.ui.cache import cached
from memattn.ui.compare.story import Told
from memattn.ui.lesson import ahead, memory, parts, player, scenarios
from memattn.ui.lesson.computed import checked, packed, run
from memattn.ui.lesson.duel import together
from memattn.ui.lesson.measuring import PLOT
from memattn.ui.stage import Moment

OTHER = "compressive"  # the second memory at the beginning
SIDES = {"A": "", "B": memory.SECOND}
FREE = "free"
ALIKE = {FREE: "B as it is set"} | {measure: f"B with A’s {words}" for measure, words in MEASURES.items()}
ALIKE_HELP = "Turns the sizes of B, in proportion, until it comes nearest to A; where it can, without exceeding it."


def _difference(one: Settings, other: Settings) -> Difference:
    return difference(run(one).trace, run(other).trace)


differs = cached(_difference)


def duel(lesson: Lesson, told: Told, one: Any, other: Any) -> None:
    """Everything below the story; in two places beside it what both have in common."""
    with one:
        model: Model = controls.choice("src", "Who reads", texts.MODELS, "trained", help=texts.MODEL_HELP)
    with other:
        alike = controls.choice("even", "Sizes", ALIKE, FREE, help=ALIKE_HELP)
    scenarios.chips(lesson)
    if look := scenarios.look(lesson):
        st.html(Markup('<p class="ma-look"><b>Look:</b> {}</p>').format(look))
    with st.container(key="compare_memories"):
        left, right = st.columns(2, gap="large")
        with left:
            ours = Settings(_sized(lesson, _kind(lesson, model, "A"), "A"), told.words, model)
        with right:
            theirs = _kind(lesson, model, "B")
            if alike == FREE:
                theirs = _sized(lesson, theirs, "B")
            else:
                theirs = _like(theirs, ours, alike)  # type: ignore[arg-type]  # slots or bytes
                parts.quiet(f"As large as A: {titled(theirs)}.")
    other = replace(ours, choice=theirs)
    beforehand.offer(_foreseen(lesson, ours, other, alike))
    if player.possible(ours) and player.possible(other, memory.SECOND):
        _fight(lesson, ours, other)


def _foreseen(lesson: Lesson, ours: Settings, theirs: Settings, alike: str) -> dict[str, Callable[[float], None]]:
    """What to compute for another place of each slider: both pictures, and where they differ."""

    def compute(name: str, key: str, number: float) -> None:
        sides = {"A": ours, "B": theirs}
        sides[name] = replace(sides[name], choice=memory.moved(sides[name].choice, key, number))
        one, other = sides.values()
        if alike != FREE:
            other = replace(other, choice=_like(other.choice, one, alike))  # type: ignore[arg-type]  # as in `duel`
        if not running.unread(one) and not running.unread(other):
            for settings in (one, other):
                packed(lesson, settings, player.head_of(settings, player.SEEKER))
                checked(settings)
            differs(one, other)

    return {
        link.widget(memory.key_of(SIDES[name], settings.choice, key)): partial(compute, name, key)
        for name, settings in (("A", ours), ("B", theirs))
        for key in memory.numbers(settings.choice)
    }


def _kind(lesson: Lesson, model: Model, name: str) -> Choice:
    """The controls of a memory that decide which numbers it has: which it is, its compression and parts."""
    side = SIDES[name]
    select, more = st.columns([72, 28], gap="small", vertical_alignment="bottom")
    with select:
        choice = memory.which(lesson, side, OTHER if side else "", f"Memory {name}")
    with more, st.popover("More", key=f"more_{name}", width="stretch"):
        parts.quiet(f"What else can be set on memory {name}; it may be nothing.")
        return memory.kinds(lesson, memory.compression(choice, model, side), model, side)


def _sized(lesson: Lesson, choice: Choice, name: str) -> Choice:
    """Its sliders, in a grid by frame.css."""
    with st.container(key=f"compare_sizes_{name}"):
        return memory.sizes(lesson, choice, SIDES[name])


def _like(theirs: Choice, ours: Settings, measure: Measure) -> Choice:
    """B as large as A."""
    tokens = len(ours.words)
    return fitted(theirs, measure, size(ours.choice, measure, tokens, ours.model), tokens, ours.model)


def _fight(lesson: Lesson, ours: Settings, theirs: Settings) -> None:
    """Both stages, the difference, both answers."""
    with st.container(key="stages"):
        with st.container(key="main_stage"):
            above, stage = st.container(), st.container()
        beside = st.container(key="beside")
    with stage:
        played = player.play(lesson, ours, player.head_of(ours, player.SEEKER))
    found = differs(ours, theirs)
    with st.container(key="below"):
        parts.badge(played.run.trace, max(checked(ours), checked(theirs)))
    _first(lesson, played, found)
    st.plotly_chart(draw(found, frame.theme()), key=link.widget("strip"), theme=None, alt=in_words(found), config=PLOT)
    together(lesson, ours, theirs, player.SEEKER, above, beside)


def _first(lesson: Lesson, played: player.Played, found: Difference) -> None:
    """Where they first differ, and a way there."""
    with st.container(horizontal=True, vertical_alignment="center", key="first_difference"):
        if found.first is not None:
            st.button(
                f"Go to token {found.first + 1}",
                key=link.widget("first"),
                on_click=link.own(_go),
                args=(found.first, packed(lesson, played.settings, played.head).id),
            )
        parts.quiet(found.said)


def _go(step: int, played: str) -> None:
    link.send(Moment(step), played)
    ahead.everything()
