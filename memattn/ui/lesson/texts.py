"""Controls of what is read: a story made up or written, any text, planted facts, and the question at the end."""

from typing import NamedTuple

import streamlit as st
from markupsafe import Markup, escape

from memattn.lessons import echo, peaks, stories, texts
from memattn.lessons.freetext.words import passage
from memattn.lessons.lesson import TURN, UNTOLD, Lesson
from memattn.lessons.memories import Value
from memattn.lessons.numbers import pairs
from memattn.reader import FactKind, Story, parse, readable
from memattn.reader.grammar import FORMS, WORDS
from memattn.records import counted
from memattn.ui import controls, link
from memattn.ui.controls import TEXT_LIMIT
from memattn.ui.lesson.computed import make_up
from memattn.ui.notes import note

KIND_NAMES = {
    FactKind.PLACE: "where a thing is",
    FactKind.LIKES: "what somebody likes",
    FactKind.OWNER: "who owns a thing",
    FactKind.TRIP: "where somebody went",
}


class Text(NamedTuple):
    """What is read.

    Args:
        kind: who wrote it, a key of `texts.KINDS`.
        story: without a question, unless the text brought one.
        seed: of the story that is made up.
        problem: what is wrong with the reader's own text; "" when it is read.
        remark: what was left out and why; "" when nothing was.
        planted: facts of the story that the reader planted.
        extras: values of further controls of the text, by key.
    """

    kind: str
    story: Story
    seed: int
    problem: str = ""
    remark: str = ""
    planted: int = 0
    extras: tuple[tuple[str, Value], ...] = ()

    @property
    def free(self) -> bool:
        """Whether it tells no facts, so that no reader of stories is asked."""
        return self.kind in UNTOLD


def text(lesson: Lesson) -> Text:
    """Draw the controls of the story, and say in a line what is read."""
    with st.container(horizontal=True, gap="small", key="story_row"):
        with st.popover("Story", key="story_box"):
            found = _text(lesson)
        with st.popover("Plant a fact", key="plant_box", disabled=found.free):
            if not found.free:
                found = _planted(found)
    st.html(f'<p class="ma-story">{_summary(found)}</p>')
    return found


def _text(lesson: Lesson) -> Text:
    """What is told; where the reader's own text cannot be read, the story made up."""
    kind = controls.choice("story", "Which story", texts.KINDS, "made")
    if kind == "free":
        return _free()
    if kind == "pairs":
        return _pairs()
    if kind == "echo":
        return _echo()
    if kind == "peaks":
        return Text(kind, Story(peaks.words(controls.dial(peaks.PLACES, peaks.DIALS[peaks.PLACES])), ()), 0)
    reason = "Your own story is read; choose “Made up for you” to use this." if kind == "own" else ""
    left, right = st.columns(2, gap="small")
    with left:
        seed, facts = (_size(lesson, key, reason) for key in ("seed", "facts"))
    with right:
        length = _size(lesson, "n", reason)
        where = controls.choice("where", "Facts stand", texts.PLACEMENTS, "spread", disabled=reason)
    made = make_up(seed, length, facts, where)
    if kind == "made":
        return Text(kind, made.story, seed, "", made.note)
    own = controls.text("words", "Your story", made.story.text, help=texts.OWN_HELP, limit=texts.LONGEST, height=220)
    try:
        written = stories.write(own)
    except ValueError as error:
        return Text(kind, made.story, seed, f"{error} — until that is mended, story {seed} is read.")
    return Text(kind, written.story, seed, "", written.note)


def _size(lesson: Lesson, key: str, disabled: str) -> int:
    size: int = controls.dial(key, texts.SIZES[key], lesson.starts.get(key), disabled=disabled)  # type: ignore[arg-type]
    return size


def _free() -> Text:
    own = controls.text("free", "Your text", texts.FREE_EXAMPLE, limit=texts.LONGEST, height=220)
    st.caption(texts.FREE_SAYS)
    try:
        part = passage(own)
    except ValueError as error:
        example = passage(texts.FREE_EXAMPLE)
        return Text("free", Story(example.words, ()), 0, f"{error} — until then an example is read.")
    if part.note:
        begin = controls.dial("begin", texts.begin(part.total))
        part = passage(own, begin - 1)
    return Text("free", Story(part.words, ()), 0, "", part.note)


def _pairs() -> Text:
    own = controls.text("pairs", "Your pairs", texts.PAIRS_EXAMPLE, help=texts.PAIRS_HELP, limit=TEXT_LIMIT)
    st.caption(texts.PAIRS_SAYS)
    try:
        return Text("pairs", Story(pairs(own), ()), 0)
    except ValueError as error:
        problem = f"{error} — until that is mended, an example is read."
        return Text("pairs", Story(pairs(texts.PAIRS_EXAMPLE), ()), 0, problem)


def _echo() -> Text:
    length, seed = (int(controls.dial(key, size)) for key, size in texts.ECHO_SIZES.items())
    st.caption(texts.ECHO_SAYS)
    return Text("echo", Story(echo.text(seed, length), ()), seed)


def _summary(found: Text) -> Markup:
    if found.kind == "peaks":
        return Markup("{}, <b>chosen logits</b>").format(f"{len(found.story.words)} words")
    if found.kind == "pairs":
        return Markup("{}, <b>as they stand</b>").format(f"{counted(len(found.story.words), 'pair')} of numbers")
    length = f"{len(found.story.words):,} tokens"
    if found.kind == "echo":
        return Markup("Echo text {}, {}, <b>{}</b>").format(found.seed, length, texts.ECHO_LABEL)
    if found.free:
        return Markup("Your text, {}, <b>{}</b>").format(length, texts.FREE_LABEL)
    whose = "Your story" if found.kind == "own" else f"Story {found.seed}"
    facts = "1 fact" if len(found.story.facts) == 1 else f"{len(found.story.facts)} facts"
    return escape(f"{whose}, {length}, {facts}" + (f", {found.planted} of them planted" if found.planted else ""))


# --- planted facts --------------------------------------------------------------------------------------------------


def _planted(found: Text) -> Text:
    story = found.story
    kind = st.selectbox("Tell", list(KIND_NAMES), format_func=KIND_NAMES.__getitem__, key=link.widget("plant_kind"))
    form = FORMS[kind]
    slots = (*form.key, form.answer)
    picked = [
        column.selectbox(slot, WORDS[slot], key=link.widget(f"plant_{kind}_{slot}"), index=len(WORDS[slot]) // 2)
        for column, slot in zip(st.columns(len(slots), gap="small"), slots, strict=True)
    ]
    sentence = stories.statement(kind, picked[:-1], picked[-1])
    at = st.slider("Before token", 2, max(3, len(story.words) + 1), 2, key=link.widget("plant_at"))
    st.html(f'<p class="ma-look">{escape(readable(sentence))}</p>')
    with st.container(horizontal=True, gap="small"):
        seed = stories.Plant(at - 1, sentence)
        st.button("Plant it", key=link.widget("plant_it"), type="primary", on_click=link.own(_plant), args=(seed,))
        if story.facts:
            st.button(
                "Contradict the fact asked for",
                key=link.widget("contradict"),
                on_click=link.own(_contradict),
                args=(story,),
            )
    lines = controls.text("plant", "Planted so far", "", help=texts.PLANT_HELP, height=90)
    try:
        plants = stories.parse_plants(lines)
        return found._replace(story=stories.plant(story, plants), planted=len(plants))
    except ValueError as error:
        problem = found.problem or f"{error} — until that is mended, nothing is planted."
        return found._replace(problem=problem)


def _plant(seed: stories.Plant) -> None:
    """Add a line, and ask for what it tells."""
    before = str(link.here().values.get("plant", "")).rstrip()
    link.put("plant", f"{before}\n{seed.line}".lstrip("\n"))
    link.put("q", readable(parse(seed.words).facts[0].question))


def _contradict(story: Story) -> None:
    asked = link.here().values.get("q", "")
    fact = next((fact for fact in story.facts if readable(fact.question) == asked), story.facts[0])
    _plant(stories.Plant(len(story.words), stories.contradiction(fact)))


def _logit(key: str) -> float:
    return float(controls.dial(key, peaks.DIALS[key]))


# --- the question ---------------------------------------------------------------------------------------------------


def question(found: Text) -> Text:
    """Let the reader choose what to ask; a story that ends in a question of its own asks that, any text nothing."""
    if found.kind == "pairs":
        turn = int(controls.dial(TURN, texts.TURN))
        return found._replace(extras=((TURN, turn),) if turn else ())
    if found.kind == "peaks":
        return found._replace(extras=tuple((key, _logit(key)) for key in (peaks.PEAK, peaks.SINK)))
    story = found.story
    if found.free:
        return found
    if story.questions and story.questions[-1].end == len(story.words):
        own = story.questions[-1]
        words = escape(readable(story.words[own.start : own.end]))
        st.html(f'<p class="ma-look">Your story asks: <b><bdi>{words}</bdi></b></p>')
        return found
    questions = {readable(fact.question): fact.question for fact in story.facts}
    if not questions:
        note("This story tells no fact that could be asked for, so any answer is a guess.")
    options = {**{asked: asked for asked in questions}, texts.ELSE: texts.SOMETHING_ELSE}
    begins = list(options)[len(questions) // 2]
    help = "The model answers after the question mark."
    asked = controls.choice("q", "Ask at the end of the story", options, begins, help=help)
    if asked in questions:
        return found._replace(story=stories.with_question(story, questions[asked]))
    written = controls.line("asked", "Your question", texts.QUESTION_EXAMPLE, help=f"Like one of: {stories.QUESTIONS}")
    try:
        return found._replace(story=stories.with_question(story, stories.parse_question(written)))
    except ValueError as error:
        instead = next(iter(questions.values()), stories.unanswerable(story))
        problem = f"{error} — until that is mended, “{readable(instead)}” is asked."
        return found._replace(story=stories.with_question(story, instead), problem=found.problem or problem)
