"""Controls of the page: scenarios, story, planted facts, memory, question. Each writes itself into the link."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import streamlit as st

from memattn.lessons.freetext import watching
from memattn.lessons.freetext.words import passage
from memattn.lessons.story import content, telling, words
from memattn.lessons.story.ways import Choice, depth
from memattn.reader import FactKind, Story, parse, readable
from memattn.reader.grammar import FORMS, WORDS
from memattn.ui import controls, scenarios
from memattn.ui.notes import note
from memattn.ui.story.shared import Settings, made

PAGE = "story"  # whose scenarios
SEEKER, MEAN = "the head that looks for the fact", "mean of all heads"
HEADS = {name: name for name in (SEEKER, MEAN, *(f"head {number}" for number in range(1, 5)))}
FREE_HEADS = {name: name for name in (*reversed(watching.HEADS), MEAN)}
KIND_NAMES = {
    FactKind.PLACE: "where a thing is",
    FactKind.LIKES: "what somebody likes",
    FactKind.OWNER: "who owns a thing",
    FactKind.TRIP: "where somebody went",
}
DEFAULT_MEMORY = "compressive"
LONGEST_OWN = 100_000  # characters


class Text(NamedTuple):
    """What is read.

    Args:
        kind: who wrote it.
        story: without a question, unless the text brought one.
        problem: what is wrong with the reader's own text; "" when it is read.
        remark: what was left out and why; "" when nothing was.
    """

    kind: words.Kind
    story: Story
    problem: str = ""
    remark: str = ""


class Chosen(NamedTuple):
    """What the controls say.

    Args:
        settings: what is read, and with which memory.
        shown: which attention to show.
        answer: where on the page the answer goes.
        problem: why there is nothing to read yet; "" when there is.
    """

    settings: Settings
    shown: str
    answer: Any
    problem: str


def chips() -> None:
    """One click to each scenario; what to look for stays below the stage."""
    scenarios.chips(PAGE, words.SCENARIOS, _apply)


def look() -> str:
    """What to look for in the scenario that stands, or ""."""
    return scenarios.look(PAGE, words.SCENARIOS)


def _apply(scenario: words.Scenario) -> None:
    """Everything but the story's number goes back to its default, then the scenario's own values."""
    values = _defaults() | dict(scenario.values)
    seed = int(st.session_state.get("seed", words.LIMITS["seed"].default))
    if words.KINDS[str(values["story"])] != "free":
        placement = words.PLACEMENTS[str(values["where"])]
        told = made(seed, int(str(values["n"])), int(str(values["facts"])), placement).story
        at = {"first": 0, "middle": len(told.facts) // 2, "last": -1, "never": 0}[scenario.asks]
        fact = told.facts[at]
        if scenario.asks == "never":
            values |= {"ask": words.SOMETHING_ELSE, "asked": readable(telling.never_told(told))}
        else:
            values["ask"] = readable(fact.question)
        if scenario.contradicts:
            values["plant"] = telling.Plant(len(told.words), telling.contradiction(fact)).line
    scenarios.put(PAGE, scenario, values)


def _defaults() -> dict[str, object]:
    values: dict[str, object] = {key: words.LIMITS[key].default for key in ("n", "facts")}
    values |= {"story": next(iter(words.KINDS)), "where": next(iter(words.PLACEMENTS)), "plant": ""}
    values |= {"memory": memory_name(DEFAULT_MEMORY), "f": content.COMPRESSIONS["e2e"][0]}
    values |= {"layers": next(iter(words.LAYERS))}
    for way, about in content.WAYS.items():
        values |= {words.dial(way, key): limit.default for key, limit in about.dials.items()}
    return values


def memory_name(way: str) -> str:
    """As it stands in the select box and in the link."""
    return next(name for name, key in words.MEMORY_NAMES.items() if key == way)


def settings() -> Chosen:
    """Draw the controls beside the stage."""
    with st.container(horizontal=True, gap="small", key="story_row"):
        with st.popover("Story", key="story_box"):
            text = _text()
        free, story, problem = text.kind == "free", text.story, text.problem
        with st.popover("Plant a fact", key="plant_box", disabled=free):
            if not free:
                story, wrong = _planted(story)
                problem = problem or wrong
    st.html(f'<p class="ma-story">{_summary(text.kind, story)}</p>')
    said = st.container()
    answer = st.container()
    if not free:
        with answer:
            story, wrong = _question(story)
            problem = problem or wrong
    with said:
        if problem:
            note(problem, problem=True)
        if text.remark:
            note(text.remark)
    choice = memory(free=free)
    with st.expander("More"):
        heads = FREE_HEADS if free else HEADS
        shown = controls.choice(
            "head", "Attention shown", heads, next(iter(heads)), help="Each head looks for something else."
        )
        layer = words.LAST if free or depth(choice) < 2 else _layer()
        controls.reset([*_defaults(), "seed", "ask", "asked", "words", "free", "head", "layer"], "Reset everything")
    return Chosen(Settings(story.words, choice, free, layer), shown, answer, problem)


def _layer() -> int:
    shown = next(iter(words.LAYERS_SHOWN))
    return controls.choice("layer", "Layer shown", words.LAYERS_SHOWN, shown, help=words.LAYER_HELP)


# --- the story ------------------------------------------------------------------------------------------------------


def _text() -> Text:
    """What is told; where the reader's own text cannot be read, the story made up."""
    kind = controls.choice("story", "Which story", words.KINDS, next(iter(words.KINDS)))
    if kind == "free":
        return _free()
    own = kind == "own"
    reason = "Your own story is read; choose “Made up for you” to use this." if own else ""
    left, right = st.columns(2, gap="small")
    with left:
        seed, facts = _slider("seed", reason), _slider("facts", reason)
    with right:
        length = _slider("n", reason)
        shown = controls.choice(
            "where",
            "Facts stand",
            {name: name for name in words.PLACEMENTS},
            next(iter(words.PLACEMENTS)),
            disabled=reason,
        )
    told = made(seed, length, facts, words.PLACEMENTS[shown])
    if not own:
        return Text(kind, told.story, "", told.note)
    text = controls.text("words", "Your story", told.story.text, help=words.OWN_HELP, limit=LONGEST_OWN, height=220)
    try:
        written = telling.write(text)
    except ValueError as error:
        return Text(kind, told.story, f"{error} — until that is mended, story {seed} is read.")
    return Text(kind, written.story, "", written.note)


def _summary(kind: words.Kind, story: Story) -> str:
    """What is read, in a line."""
    length = f"{len(story.words):,} tokens"
    if kind == "free":
        return f"Your text, {length}, <b>{words.FREE_LABEL}</b>"
    whose = "Your story" if kind == "own" else f"Story {st.session_state['seed']}"
    facts = "1 fact" if len(story.facts) == 1 else f"{len(story.facts)} facts"
    planted = sum(bool(line.strip()) for line in str(st.session_state.get("plant", "")).splitlines())
    return f"{whose}, {length}, {facts}" + (f", {planted} of them planted" if planted else "")


def _free() -> Text:
    text = controls.text("free", "Your text", words.FREE_EXAMPLE, limit=LONGEST_OWN, height=220)
    st.caption(words.FREE_SAYS)
    try:
        part = passage(text)
    except ValueError as error:
        return Text("free", Story(passage(words.FREE_EXAMPLE).words, ()), f"{error} — until then an example is read.")
    if part.note:
        begin = controls.integer(
            "begin", "Begin at word", 1, part.total - 1, 1, help="Which part of the long text is read."
        )
        part = passage(text, begin - 1)
    return Text("free", Story(part.words, ()), "", part.note)


def _slider(key: str, disabled: str = "") -> int:
    return draw(key, words.LIMITS[key], disabled)


def draw(key: str, limit: Any, disabled: str = "") -> int:
    """A slider over the range of a setting."""
    symbol = {"n_cm": "n_{cm}"}.get(limit.symbol, limit.symbol)
    return controls.integer(
        key,
        limit.name,
        limit.low,
        limit.high,
        limit.default,
        symbol=symbol,
        unit=limit.unit,
        help=limit.help,
        disabled=disabled,
    )


# --- planted facts --------------------------------------------------------------------------------------------------


def _planted(story: Story) -> tuple[Story, str]:
    kind = st.selectbox("Tell", list(KIND_NAMES), format_func=KIND_NAMES.__getitem__, key="plant_kind")
    form = FORMS[kind]
    slots = (*form.key, form.answer)
    picked = [
        column.selectbox(slot, WORDS[slot], key=f"plant_{kind}_{slot}", index=len(WORDS[slot]) // 2)
        for column, slot in zip(st.columns(len(slots), gap="small"), slots, strict=True)
    ]
    sentence = telling.sentence(kind, picked[:-1], picked[-1])
    at = st.slider("Where (token of the story)", 1, max(2, len(story.words)), 1, key="plant_at")
    st.html(f'<p class="ma-look">{readable(sentence)}</p>')
    asked = story.facts[0] if story.facts else None
    with st.container(horizontal=True, gap="small"):
        st.button("Plant it", key="plant_it", type="primary", on_click=_plant, args=(telling.Plant(at, sentence),))
        if asked:
            st.button("Contradict the fact asked for", key="contradict", on_click=_contradict, args=(story,))
    text = controls.text("plant", "Planted so far", "", help=words.PLANT_HELP, height=90)
    try:
        return telling.plant(story, telling.plants(text)), ""
    except ValueError as error:
        return story, f"{error} — until that is mended, nothing is planted."


def _plant(seed: telling.Plant) -> None:
    """Add a line, and ask for what it tells."""
    before = str(st.session_state.get("plant", "")).rstrip()
    asked = parse(seed.words).facts[0].question
    controls.assign({"plant": f"{before}\n{seed.line}".lstrip("\n"), "ask": readable(asked)})


def _contradict(story: Story) -> None:
    asked = st.session_state.get("ask", "")
    fact = next((fact for fact in story.facts if readable(fact.question) == asked), story.facts[0])
    _plant(telling.Plant(len(story.words), telling.contradiction(fact)))


# --- the question ---------------------------------------------------------------------------------------------------


def _question(story: Story) -> tuple[Story, str]:
    """Let the reader choose what to ask; a story that ends in a question of its own asks that."""
    if story.questions and story.questions[-1].end == len(story.words):
        asked = story.questions[-1]
        st.html(f'<p class="ma-look">Your story asks: <b>{readable(story.words[asked.start : asked.end])}</b></p>')
        return story, ""
    questions = {readable(fact.question): fact.question for fact in story.facts}
    if not questions:
        note("This story tells no fact that could be asked for, so any answer is a guess.")
    options = {name: name for name in (*questions, words.SOMETHING_ELSE)}
    default = list(options)[len(questions) // 2]
    asked_for = controls.choice(
        "ask", "Ask at the end of the story", options, default, help="The model answers after the question mark."
    )
    if asked_for in questions:
        return telling.asking(story, questions[asked_for]), ""
    text = controls.line("asked", "Your question", words.ASK_EXAMPLE, help=f"Like one of these: {telling.ASKING}")
    try:
        return telling.asking(story, telling.question(text)), ""
    except ValueError as error:
        instead = next(iter(questions.values()), telling.never_told(story))
        return telling.asking(story, instead), f"{error} — until that is mended, “{readable(instead)}” is asked."


# --- the memory -----------------------------------------------------------------------------------------------------


def memory(side: str = "", default: str = DEFAULT_MEMORY, free: bool = False, row: bool = False) -> Choice:
    """Select box and sliders of one memory.

    Args:
        side: "" or `words.SECOND`.
        default: key of the memory at the start.
        free: whether any text is read, so that nothing trained can be used.
        row: one row across the page, instead of a column beside the stage.
    """
    if row:
        select, *places, more = st.columns([28, 13, 13, 13, 13, 20], gap="small")
    else:
        select = st.container()
        places = list(st.columns(2, gap="small"))
        more = st.container()
    with select:
        way = controls.choice(f"{side}memory", words.MEMORY_LABELS[side], words.MEMORY_NAMES, memory_name(default))
    dials: list[tuple[str, int]] = []
    for number, (key, limit) in enumerate(content.WAYS[way].dials.items()):
        with places[number % len(places)]:
            dials.append((key, draw(words.dial(way, key, side), limit)))
    compression, layers = "mean" if free else "e2e", 1
    with more:
        if way == "compressive":
            compression = _compression(side, free)
        choice = Choice(way, tuple(dials), compression)
        if not free and choice.member.startswith("base") and not choice.learned_by:
            layers = controls.choice(
                f"{side}layers", "Model", words.LAYERS, next(iter(words.LAYERS)), help=words.EACH_LAYER
            )
    return Choice(way, tuple(dials), compression, layers)


def _compression(side: str, free: bool) -> str:
    names: Mapping[str, str] = words.COMPRESSION_NAMES
    if free:
        names = {name: key for name, key in names.items() if key in content.UNTRAINED}
    return controls.choice(
        f"{side}f", "Compression", names, next(iter(names)), symbol="f_c", help="How c pairs become one slot."
    )
