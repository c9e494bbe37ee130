"""The duel: two memories locked together, sized alike where one wants, and where they differ."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

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
from memattn.ui.lesson.duel import answers, heading
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


class Around(NamedTuple):
    """Places of the page that are drawn before.

    Args:
        one: beside the story, for a control.
        other: for another.
        messages: above all.
    """

    one: Any
    other: Any
    messages: Any


class Places(NamedTuple):
    """Where the parts of a duel go, from above.

    Args:
        chips: scenarios, and what to look for.
        sizes: sliders of either memory.
        above: heading of A.
        stage: of A.
        beside: heading and stage of B.
        badge: what is said of both begins here.
    """

    chips: Any
    sizes: tuple[Any, Any]
    above: Any
    stage: Any
    beside: Any
    badge: Any


class Played(NamedTuple):
    """Both runs, and what is on the stage of A."""

    first: player.Played
    other: Settings


def duel(lesson: Lesson, told: Told, run: ahead.Run, around: Around) -> None:
    """Everything below the story; the picture comes first, as in a lesson."""
    with around.one:
        model: Model = controls.choice("src", "Who reads", texts.MODELS, "trained", help=texts.MODEL_HELP)
    with around.other:
        alike = controls.choice("even", "Sizes", ALIKE, FREE, help=ALIKE_HELP)
    chips = st.container()
    with st.container(key="compare_memories"):
        kinds, sizes = [], []
        for name, side in zip(SIDES, st.columns(2, gap="large"), strict=True):
            with side:
                kinds.append(_kind(lesson, model, name))
                sizes.append(st.container())
    with st.container(key="stages"):
        with st.container(key="main_stage"):
            above, stage = st.container(), st.container()
        beside = st.container(key="beside")
    places = Places(chips, (sizes[0], sizes[1]), above, stage, beside, st.container(key="below"))
    ours, theirs = (Settings(kind, told.words, model) for kind in kinds)
    _picture(lesson, run, ours, theirs, alike, places)
    _rest(lesson, run, places, around.messages)


@st.fragment(key=ahead.PICTURE)
def _picture(lesson: Lesson, run: ahead.Run, ours: Settings, theirs: Settings, alike: str, places: Places) -> None:
    """The sliders of both memories, and both stages.

    Args:
        lesson: the page.
        run: of the page; learns what is played.
        ours: A, as far as it does not depend on its sliders.
        theirs: B, likewise.
        alike: in what both are equal, a key of `ALIKE`.
        places: on the page.
    """
    alone = run.ahead()
    with link.part(ahead.PICTURE):
        with places.sizes[0]:
            ours = replace(ours, choice=_sized(lesson, ours.choice, "A"))
        with places.sizes[1]:
            if alike == FREE:
                theirs = replace(theirs, choice=_sized(lesson, theirs.choice, "B"))
            else:
                theirs = replace(theirs, choice=_like(theirs.choice, ours, alike))  # type: ignore[arg-type]  # a measure
                parts.quiet(f"As large as A: {titled(theirs.choice)}.")
    beforehand.offer(_foreseen(lesson, ours, theirs, alike))
    stood, run.played = run.played is not None, None
    with places.stage:
        if player.possible(ours) and player.possible(theirs, memory.SECOND):
            run.played = Played(player.play(lesson, ours, player.head_of(ours, player.SEEKER)), theirs)
    if run.played:
        with places.above:
            heading("A", ours)
        with places.beside:
            heading("B", theirs)
            head = player.head_of(theirs, player.SEEKER)
            player.play_beside(lesson, theirs, head, "duel_B", leads=True)
    else:
        parts.reserve(places.above, places.beside)
    if alone and not (stood and run.played):
        st.rerun()  # no stage will say that it has drawn another picture, so nothing would follow


@st.fragment(key=ahead.REST)
def _rest(lesson: Lesson, run: ahead.Run, places: Places, messages: Any) -> None:
    """The difference, both answers, and the address."""
    run.rests()
    played: Played | None = run.played
    with link.part("rest"):
        if played:
            ours, theirs = played.first.settings, played.other
            found = differs(ours, theirs)
            with places.badge:
                parts.badge(played.first.run.trace, max(checked(ours), checked(theirs)))
            _first(lesson, played.first, found)
            alt = in_words(found)
            st.plotly_chart(draw(found, frame.theme()), key=link.widget("strip"), theme=None, alt=alt, config=PLOT)
            answers(lesson, ours, theirs)
        else:
            parts.reserve(places.badge)
        with places.chips:
            scenarios.chips(lesson)
            if look := scenarios.look(lesson):
                st.html(Markup('<p class="ma-look"><b>Look:</b> {}</p>').format(look))
        with messages:
            link.notices()
        link.write()


def _foreseen(lesson: Lesson, ours: Settings, theirs: Settings, alike: str) -> dict[str, Callable[[float], None]]:
    """What to compute for another place of each slider: both pictures; with equal sizes B follows A."""

    def compute(name: str, key: str, number: float) -> None:
        sides = {"A": ours, "B": theirs}
        sides[name] = replace(sides[name], choice=memory.moved(sides[name].choice, key, number))
        one, other = sides.values()
        if alike != FREE:
            other = replace(other, choice=_like(other.choice, one, alike))  # type: ignore[arg-type]  # as in `duel`
        if not running.unread(one) and not running.unread(other):
            for settings in (one, other):
                packed(lesson, settings, player.head_of(settings, player.SEEKER))

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
