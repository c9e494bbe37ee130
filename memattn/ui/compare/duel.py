"""The duel: two memories locked together, sized alike where one wants, and where they differ."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple, cast

import streamlit as st
from markupsafe import Markup

from memattn.figures.draw import draw, in_words
from memattn.lessons import running, texts
from memattn.lessons.comparing.difference import Difference, difference
from memattn.lessons.comparing.sizing import FULLEST, MEASURES, Measure, fitted, layers_in_words, size
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
ALIKE_HELP = (
    f"Turns the sizes of B, in proportion, until it comes nearest to A; where it can, without exceeding it. {FULLEST}"
)


def _difference(one: Settings, other: Settings) -> Difference:
    return difference(run(one).trace, run(other).trace)


differs = cached(_difference)


@dataclass
class Pair:
    """What is played; changes as its pictures are drawn.

    Args:
        ours: A; None where it cannot be.
        theirs: B.
        fitted: B as large as A, where that is wanted, whether it can be played or not.
    """

    ours: player.Played | None = None
    theirs: Settings | None = None
    fitted: Choice | None = None


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
    above: tuple[Any, Any]
    stage: Any
    beside: Any
    badge: Any


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
        with st.container(key="beside"):
            above_other, beside = st.container(), st.container()
    badge = st.container(key="below")
    places = Places(chips, (sizes[0], sizes[1]), (above, above_other), stage, beside, badge)
    run.played = Pair()
    ours, theirs = (Settings(kind, told.words, model) for kind in kinds)
    _picture(lesson, run, ours, theirs, alike, places)
    if alike == FREE:
        _second(lesson, run, theirs, places)
    _rest(lesson, run, alike, places, around.messages)


@st.fragment(key=ahead.PICTURE)
def _picture(lesson: Lesson, run: ahead.Run, ours: Settings, theirs: Settings, alike: str, places: Places) -> None:
    """The sliders of A and its stage; and B, where it is as large as A.

    Args:
        lesson: the page.
        run: of the page; learns what is played, a `Pair`.
        ours: A, as far as it does not depend on its sliders.
        theirs: B, likewise.
        alike: in what both are equal, a key of `ALIKE`.
        places: on the page.
    """
    pair: Pair = run.played
    alone, stood = run.ahead(), pair.ours
    with link.part(ahead.PICTURE), places.sizes[0]:
        ours = replace(ours, choice=_sized(lesson, ours.choice, "A"))
    beforehand.offer(_foreseen(lesson, ours, theirs, alike))
    pair.ours = pair.fitted = None
    with places.stage:
        if found := _playable(ours, ""):
            head = player.head_of(found.settings, player.SEEKER)
            pair.ours = player.play(lesson, found.settings, head, inert=found.inert)
    if alike != FREE and found:
        with link.part(ahead.SECOND):  # no controls of its own
            theirs = _like(theirs, found.settings, alike)
        pair.fitted = theirs.choice
        _stand_beside(lesson, pair, theirs, places)
    elif alike != FREE:
        parts.reserve(places.beside)
        pair.theirs = None
    if alone and not (stood and pair.ours):
        st.rerun()  # no stage will say that it has drawn another picture, so nothing would follow


@st.fragment(key=ahead.SECOND)
def _second(lesson: Lesson, run: ahead.Run, theirs: Settings, places: Places) -> None:
    """The sliders of B and its stage; arguments as for `_picture`."""
    pair: Pair = run.played
    alone, stood = run.ahead(ahead.SECOND), pair.theirs
    with link.part(ahead.SECOND), places.sizes[1]:
        theirs = replace(theirs, choice=_sized(lesson, theirs.choice, "B"))
    beforehand.offer(player.foreseen(lesson, theirs, player.SEEKER, memory.SECOND))
    _stand_beside(lesson, pair, theirs, places)
    if alone and not (stood and pair.theirs):
        st.rerun()


def _stand_beside(lesson: Lesson, pair: Pair, theirs: Settings, places: Places) -> None:
    """Play B, if that can be."""
    pair.theirs = None
    with places.beside:
        if found := _playable(theirs, memory.SECOND):
            head = player.head_of(found.settings, player.SEEKER)
            player.play_beside(lesson, found.settings, head, "duel_B", leads=True, inert=found.inert)
            pair.theirs = found.settings


class Playable(NamedTuple):
    """What can be played of a side, and the settings that cannot: then it is dimmed."""

    settings: Settings
    inert: str = ""


def _playable(settings: Settings, side: str) -> Playable | None:
    """These settings; where they do not go together, that is said, and the picture is of what the repairs lead to."""
    if player.possible(settings, side):
        return Playable(settings)
    near = player.nearest(settings, player.SEEKER)
    return Playable(near.settings, str(settings.choice)) if near else None


@st.fragment(key=ahead.REST)
def _rest(lesson: Lesson, run: ahead.Run, alike: str, places: Places, messages: Any) -> None:
    """Headings, the difference, both answers, and the address.

    No word changes with the pictures: a browser would lay out all of the page before it draws them, for 20 ms.
    """
    run.rests()
    with link.part("rest"):
        pair: Pair = run.played
        played, theirs = pair.ours, pair.theirs
        for name, settings, above in zip(SIDES, (played and played.settings, theirs), places.above, strict=True):
            if settings:
                with above:
                    heading(name, settings)
            else:
                parts.reserve(above)
        if pair.fitted:
            with places.sizes[1]:
                parts.quiet(f"As large as A: {titled(pair.fitted)}. {_layers(pair) if alike == 'bytes' else ''}")
        elif alike != FREE:
            parts.reserve(places.sizes[1])
        if played and theirs:
            ours = played.settings
            found = differs(ours, theirs)
            with places.badge:
                parts.badge(played.run.trace, max(checked(ours), checked(theirs)))
            _first(lesson, played, found)
            alt = in_words(found)
            st.plotly_chart(draw(found, frame.theme()), key=link.widget("strip"), theme=None, alt=alt, config=PLOT)
            answers(lesson, ours, theirs)
        else:
            parts.reserve(places.badge)
        ahead.moment()
        with places.chips:
            if look := scenarios.chips(lesson):
                st.html(Markup('<p class="ma-look"><b>Look:</b> {}</p>').format(look))
        with messages:
            link.notices()
        link.write()


def _layers(pair: Pair) -> str:
    """What equal bytes mean where the two are read by models of unequal depth."""
    if not (pair.ours and pair.fitted):
        return ""
    ours = pair.ours.settings
    return layers_in_words(ours.choice, pair.fitted, ours.model)


def _foreseen(lesson: Lesson, ours: Settings, theirs: Settings, alike: str) -> dict[str, Callable[[float], None]]:
    """What to compute for another place of A's sliders: its picture, and that of B where it is as large as A."""
    of_ours = player.foreseen(lesson, ours, player.SEEKER)
    if alike == FREE:
        return of_ours

    def compute(key: str, number: float) -> None:
        there = replace(ours, choice=memory.moved(ours.choice, key, number))
        as_large = _like(theirs, there, alike)
        if not running.unread(there) and not running.unread(as_large):
            for settings in (there, as_large):
                packed(lesson, settings, player.head_of(settings, player.SEEKER))

    return dict(zip(of_ours, (partial(compute, key) for key in memory.numbers(ours.choice)), strict=True))


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


def _like(theirs: Settings, ours: Settings, measure: str) -> Settings:
    """B as large as A, by slots or bytes."""
    tokens, by = len(ours.words), cast(Measure, measure)
    return replace(
        theirs, choice=fitted(theirs.choice, by, size(ours.choice, by, tokens, ours.model), tokens, ours.model)
    )


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
