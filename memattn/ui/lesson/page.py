"""The one page that every lesson shares: `show(lesson)`. The picture comes first, once for all.

LESSON   all that depends on the settings: scenarios, controls, stage, and what is said of the run
PICTURE  the sliders of the memory, and the stage
REST     what is said of the run: answer, badge, formulas, tabs; and the address
"""

from dataclasses import replace
from typing import Any, NamedTuple

import streamlit as st

from memattn.dials import Dial, Option
from memattn.lessons import texts
from memattn.lessons.lesson import LAST, Lesson, Model, Settings
from memattn.lessons.running import layers_of, missing
from memattn.ui import beforehand, controls, link
from memattn.ui.lesson import ahead, answer, memory, parts, player, scenarios, tabs
from memattn.ui.lesson.computed import checked
from memattn.ui.lesson.texts import question, text
from memattn.ui.notes import note


class Reading(NamedTuple):
    """Everything but the numbers of the memory.

    Args:
        settings: what is read, by whom, and the memory as far as that is decided.
        shown: which attention to show, a key of `player.HEADS`.
        answer: where on the page the answer goes.
        sizes: where the sliders of the memory go.
    """

    settings: Settings
    shown: str
    answer: Any
    sizes: Any


class Around(NamedTuple):
    """Places around the stage for what is said of the run.

    Args:
        chips: over all of it, for scenarios and messages.
        above: for its heading.
        beside: for a second stage.
        badge: below.
    """

    chips: Any
    above: Any
    beside: Any
    badge: Any


def show(lesson: Lesson) -> None:
    """Draw the page of a lesson."""
    _lesson(lesson)


@st.fragment(key=ahead.LESSON)  # a move of a control runs this alone, not the frame around it
def _lesson(lesson: Lesson) -> None:
    run = ahead.Run()
    scenarios.linked(lesson)
    with link.part("lesson"):
        chips = st.container()
        left, right = st.columns([73, 27], gap="medium")
        with right, st.container(key="controls"):
            reading = _reading(lesson)
        with left:
            with st.container(key="stages"):  # two columns by frame.css where there is a second stage
                with st.container(key="main_stage"):
                    above, stage = st.container(), st.container()
                beside = st.container(key="beside")
            badge = st.container(key="below")  # what `link.js` brings onto the screen begins here
        _picture(lesson, run, reading, stage)
        _rest(lesson, run, reading, Around(chips, above, beside, badge))


def _reading(lesson: Lesson) -> Reading:
    """Draw the controls beside the stage."""
    answer = st.container()
    found = text(lesson)
    messages = st.container()
    found = question(found)
    choice = memory.which(lesson)
    sizes = st.container(key="sizes")  # a grid by frame.css: columns would be three elements more with every move
    below = st.container()
    with st.expander("More", key=link.widget("more")):
        model: Model = found.kind if found.free else _model()  # type: ignore[assignment]  # see `UNTOLD`
        with below:
            choice = memory.compression(choice, model)
        choice = memory.kinds(lesson, choice, model)
        problem = missing(choice) if model == "trained" else ""
        if problem:
            model, choice = "planted", memory.untrained(choice)
        settings = Settings(choice, found.story.words, model, found.seed, extras=found.extras)
        settings, shown = _looks(lesson, settings)
        controls.reset()
    with messages:
        for wrong in (found.problem, problem and f"{problem} {texts.UNTIL_THEN}"):
            if wrong:
                note(wrong, problem=True)
        if found.remark:
            note(found.remark)
    return Reading(settings, shown, answer, sizes)


def _model() -> Model:
    return controls.choice("src", "Who reads", texts.MODELS, "trained", help=texts.MODEL_HELP)


def _looks(lesson: Lesson, settings: Settings) -> tuple[Settings, str]:
    """Draw the lesson's own controls, and those of what the stage shows: a layer and a head."""
    extras = tuple((key, _extra(lesson, key, setting)) for key, setting in lesson.extras.items())
    layer = LAST
    if settings.model == "trained" and layers_of(settings) > 1:
        layer = controls.choice("layer", "Layer shown", texts.LAYERS_SHOWN, LAST, help=texts.LAYER_HELP, view=True)
    heads = player.FREE_HEADS if settings.model == "free" else player.HEADS
    shown = controls.choice("head", "Attention shown", heads, next(iter(heads)), help=texts.HEADS_HELP, view=True)
    return replace(settings, layer=layer, extras=settings.extras + extras), shown


def _extra(lesson: Lesson, key: str, setting: Dial | Option) -> Any:
    draw = controls.dial if isinstance(setting, Dial) else controls.option
    return draw(key, setting, lesson.starts.get(key))  # type: ignore[arg-type]


@st.fragment(key=ahead.PICTURE)
def _picture(lesson: Lesson, run: ahead.Run, reading: Reading, place: Any) -> None:
    """The sliders of the memory, and the stage as they stand now.

    Args:
        lesson: the page.
        run: of the page; learns what stands on the stage: where these settings do not go together, what did before.
        reading: all that does not depend on these sliders.
        place: where on the page the stage goes.
    """
    alone = run.ahead()
    with link.part(ahead.PICTURE), reading.sizes:
        choice = memory.sizes(lesson, reading.settings.choice)
    settings = replace(reading.settings, choice=choice)
    beforehand.offer(player.foreseen(lesson, settings, reading.shown))
    stood, run.played = run.played is not None, None
    with place:
        if player.possible(settings):
            run.played = player.play(lesson, settings, player.head_of(settings, reading.shown))
        elif last := player.last() or player.nearest(settings, reading.shown):  # so that one sees from where to go on
            run.played = player.play(lesson, last.settings, last.head, inert=str(settings.choice))
    if alone and not (stood and run.played):
        st.rerun()  # no stage will say that it has drawn another picture, so nothing would follow


@st.fragment(key=ahead.REST)
def _rest(lesson: Lesson, run: ahead.Run, reading: Reading, around: Around) -> None:
    """What depends on the run that is played; the check comes last, since nothing waits for it."""
    run.rests()
    played: player.Played | None = run.played
    with link.part("rest"):
        if played:
            with reading.answer:
                answer.card(played.settings)
            # The attention as drawn: a reset has cleared the session's before this is run.
            tabs.tabs(lesson, played, reading.shown, around.above, around.beside)
        else:
            parts.reserve(reading.answer, around.above, around.beside, around.badge)
        with around.chips:
            look = scenarios.chips(lesson)
            link.notices()  # above the stage, where they are seen
        if played:
            with around.badge:
                parts.badge(played.run.trace, checked(played.settings), look)
        link.write(len(lesson.scenarios))
