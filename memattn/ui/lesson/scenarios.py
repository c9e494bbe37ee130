"""Scenarios: one click opens the page as a link would; the one whose settings stand is marked, and says what to see."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from memattn.lessons import stories, texts
from memattn.lessons.expected import Held, answers_at, held
from memattn.lessons.lesson import UNTOLD, Lesson, Scenario
from memattn.lessons.memories import Choice, settings_of, start_of
from memattn.lessons.models import CONVOLUTION
from memattn.reader import Fact, Story, readable
from memattn.ui import link
from memattn.ui.lesson import ahead, memory
from memattn.ui.lesson.computed import make_up

KEY = "preset"
ASKED = ("q", "asked", "plant")  # what a scenario asks, by name in the link, depends on the story


def chips(lesson: Lesson) -> str:
    """Draw a row of scenarios, one click to each; gives what to look for in the one that stands, or "".

    One element: a browser needs as long for seven buttons as for seven sliders, with every move of a control.
    """
    names, stands = [scenario.name for scenario in lesson.scenarios], standing(lesson)
    link.stand(KEY, stands or None)
    with st.container(key="scenarios"):
        st.pills(
            "Scenarios",
            names,
            required=True,  # a second click, before the page has followed the first, takes nothing back
            key=link.widget(KEY),
            label_visibility="collapsed",
            on_change=link.own(_clicked),
            args=(lesson,),
        )
    return _look(lesson, stands)


def linked(lesson: Lesson) -> None:
    """Open the scenario that a link names, as a click would; what the link says beside it counts more."""
    place = link.here()
    name = link.linked_scenario([scenario.name for scenario in lesson.scenarios])
    if name:
        beside, told = dict(place.asked), dict(place.notices)
        _open(lesson, name)
        place.asked.update(beside)
        if beside.keys() & set(link.MOMENT):
            link.opening()  # the link says where to stand
        place.notices.update(told)


def _look(lesson: Lesson, name: str) -> str:
    """What to look for in a scenario, or ""; on a tour its own line does that, which may ask first."""
    if link.touring():
        return ""
    return next((scenario.look for scenario in lesson.scenarios if scenario.name == name), "")


def standing(lesson: Lesson) -> str:
    """The scenario whose settings stand: the one that was clicked, else the first that a click would set so; or "".

    So a link that somebody was sent opens with its scenario marked, and so does a page that is loaded again.
    """
    name = link.scenario()
    if any(scenario.name == name for scenario in lesson.scenarios):
        return name
    place = link.here()
    seed = int(place.values.get("seed", _begins(lesson)["seed"]))
    view = place.start.view if place.start else ""  # of two with the same settings, which the link looks at
    found = [one for one in lesson.scenarios if _agrees(lesson, one, seed)]
    return min(found, key=lambda one: one.view != view).name if found else ""


def _agrees(lesson: Lesson, scenario: Scenario, seed: int) -> bool:
    """What it asks is found in its story, which takes longest: that is last."""
    told = {"seed": seed, **scenario.values, **dict.fromkeys(ASKED, "")}
    return link.agrees(told, anywhere=("seed",), yet=("seed", *ASKED)) and link.agrees(
        opened(lesson, scenario, seed), anywhere=("seed",)
    )


def _clicked(lesson: Lesson) -> None:
    _open(lesson, st.session_state[link.widget(KEY)])
    ahead.everything()


def _open(lesson: Lesson, name: str) -> None:
    scenario = next((one for one in lesson.scenarios if one.name == name), None)
    if scenario:  # a client may send anything
        seed = int(link.here().values.get("seed", _begins(lesson)["seed"]))
        link.ask(opened(lesson, scenario, seed))
        link.clicked(name, below=scenario.below)


def opened(lesson: Lesson, scenario: Scenario, seed: int) -> dict[str, Any]:
    """The link of a scenario: its values, and the question that suits the story of this number, or of its own."""
    values: dict[str, Any] = {"seed": seed, **scenario.values}
    if values.get("story") in UNTOLD:
        return values
    for number in (values["seed"], _begins(lesson)["seed"]):
        values["seed"] = number
        story = _story(lesson, values)
        fact = _fact(scenario, story, lesson, values)
        if fact or scenario.asks in ("", "never"):
            break
    if scenario.asks == "never":
        values |= {"q": texts.ELSE, "asked": readable(stories.unanswerable(story))}
    elif fact:
        values["q"] = readable(fact.question)
        if scenario.contradicts:
            values["plant"] = stories.Plant(len(story.words), stories.contradiction(fact)).line
    return values


def _story(lesson: Lesson, values: Mapping[str, Any]) -> Story:
    sizes = {key: int(values.get(key, start)) for key, start in _begins(lesson).items()}
    return make_up(sizes["seed"], sizes["n"], sizes["facts"], values.get("where", "spread")).story


def _begins(lesson: Lesson) -> dict[str, int]:
    """Sizes of the story that the page begins with."""
    return {key: int(lesson.starts.get(key, size.start)) for key, size in texts.SIZES.items()}


def _fact(scenario: Scenario, story: Story, lesson: Lesson, values: Mapping[str, Any]) -> Fact | None:
    """The fact to ask for; None where the page's own question will do, or the story has no such fact."""
    match scenario.asks:
        case "first":
            return story.facts[0]
        case "middle":
            return story.facts[len(story.facts) // 2]
        case "last":
            return story.facts[-1]
        case "inside" | "outside" | "blurred":
            return nearest(scenario.asks, story, choice_of(lesson, values))
    return None


def choice_of(lesson: Lesson, values: Mapping[str, Any]) -> Choice:
    """The memory that a link with these values chooses."""
    choice = Choice(str(values.get("memory", lesson.starts.get("memory", (*lesson.memories, "")[0]))))
    known = settings_of(choice.name)
    found = {
        key: values.get(memory.in_link(choice, key), lesson.starts.get(key, start_of(setting)))
        for key, setting in memory.numbers(choice).items()
        if key in known
    }
    for key, setting in memory.numbers(choice).items():
        if setting.row_symbol and values.get(memory.ROW):
            found[key] = str(values[memory.ROW])
    return replace(choice.with_settings(**found), compression=str(values.get("f", choice.compression)))


def nearest(place: str, story: Story, choice: Choice) -> Fact | None:
    """The oldest fact still carried whole when asked for ("inside"), the youngest that no pair knows of ("outside").

    Or the youngest whose answering pair is lost while others of its sentence are kept ("blurred"). None where the story
    has no such fact.
    """
    found = [fact for fact in story.facts if _stands(place, fact, held(choice, asked_at(story, fact)))]
    if not found:
        return None
    return found[0] if place == "inside" else found[-1]


def asked_at(story: Story, fact: Fact) -> int:
    """Position of the question mark of a question about a fact at the end of a story."""
    return len(story.words) + len(fact.question) - 1


def _stands(place: str, fact: Fact, now: Held) -> bool:
    knowing = range(fact.start, fact.answer_at + CONVOLUTION)  # the last of these still knows the answer's word
    carried = {at for at in knowing if at in now.raw or (now.shares[:, at] > 0).any()}
    sentence = set(range(fact.start, fact.end))
    match place:
        case "inside":
            return sentence <= carried and not sentence <= now.raw
        case "outside":
            return not carried
    return answers_at(fact) not in carried and bool(carried & sentence)
