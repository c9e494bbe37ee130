"""Controls of the lesson: scenarios, sizes, story, question. Each writes itself into the link."""

from typing import Any, NamedTuple, get_args

import streamlit as st

from memattn.lessons.compressive import content
from memattn.lessons.compressive import runs as lesson
from memattn.lessons.tellers import missing_weights
from memattn.memory.compressive_naive import Remainder
from memattn.reader import Story, Tokenizer, parse, readable
from memattn.ui import ahead, controls, scenarios
from memattn.ui.compressive.shared import told
from memattn.ui.notes import note

SOURCES = {"Trained reader": True, "Planted facts, untrained": False}
KEYS = ("ns", "nm", "ncm", "c", "f", "rest", "n", "seed", "own", "text", "q", "src", "head")
PAGE = "compressive"  # whose scenarios
SEEKER, MEAN = "the head that looks for the fact", "mean of all heads"
HEADS = {name: name for name in (SEEKER, MEAN, *(f"head {number}" for number in range(1, 5)))}
COMPRESSIONS = {shown: name for name, shown in content.COMPRESSION_NAMES.items()}
REMAINDERS: dict[str, Remainder] = {content.REMAINDER_NAMES[name]: name for name in get_args(Remainder)}


def chips() -> None:
    """One click to each scenario; what to look for stays below the stage."""
    scenarios.chips(PAGE, content.PRESETS, _apply)


def look() -> str:
    """What to look for in the scenario that stands, or ""."""
    return scenarios.look(PAGE, content.PRESETS)


def _apply(preset: content.Preset) -> None:
    values: dict[str, object] = {key: limit.default for key, limit in content.LIMITS.items() if key != "seed"}
    values |= {"f": content.COMPRESSION_NAMES["conv"], "rest": content.REMAINDER_NAMES["carry"], "own": False}
    values |= preset.values
    seed = int(st.session_state.get("seed", content.LIMITS["seed"].default))
    if preset.side:
        values |= _beside_reach(values, preset.side, seed)
    scenarios.put(PAGE, preset, values)
    ahead.everything()


def _beside_reach(values: dict[str, object], side: str, seed: int) -> dict[str, object]:
    """The question about the fact nearest to the reach; another story is told where this one has no such fact."""
    ns, nm, ncm, rate, length = (int(str(values[name])) for name in ("ns", "nm", "ncm", "c", "n"))
    for number in (seed, content.LIMITS["seed"].default):
        story = told(number, length)
        settings = lesson.Settings(ns, nm, ncm, rate, "mean", "carry", story.words, False, number)
        try:
            return {"seed": number, "q": readable(lesson.nearest_to_reach(story, settings, side).question)}
        except ValueError:
            continue
    return {}


class Reading(NamedTuple):
    """Everything but the memory.

    Args:
        story: ends in a question.
        trained: whether the trained reader reads it.
        rest: what becomes of pairs that do not fill a group.
        seed: of planted facts.
        shown: which attention to show, as the control names it.
        answer: where on the page the answer goes.
        sizes: where the controls of the memory go.
    """

    story: Story
    trained: bool
    rest: Remainder
    seed: int
    shown: str
    answer: Any
    sizes: Any


def settings() -> Reading:
    """Draw the controls of story and reader, and keep a place for those of the memory."""
    top = st.container()
    sizes = st.container(key="sizes")  # a grid by frame.css: columns would be three elements more with every move
    with st.expander("Story, reader and more", expanded=bool(st.session_state.get("own"))):
        story, problem = _story()
        trained = _trained()
        rest = controls.choice(
            "rest",
            "Remainder",
            REMAINDERS,
            content.REMAINDER_NAMES["carry"],
            help="What becomes of popped pairs that do not fill a group of c.",
        )
        shown = controls.choice("head", "Attention shown", HEADS, SEEKER, help="Each head looks for something else.")
        controls.reset(KEYS, "Reset everything")
    with top:
        if problem:
            note(problem, problem=True)
        story = _question(story)
    return Reading(story, trained, rest, int(st.session_state["seed"]), shown, top, sizes)


def memory(reading: Reading) -> lesson.Settings:
    """Draw the controls of the memory; all settings."""
    with reading.sizes:
        ns, nm, ncm, rate = (_slider(key) for key in ("ns", "nm", "ncm", "c"))
        compression = controls.choice(
            "f",
            "Compression",
            COMPRESSIONS,
            content.COMPRESSION_NAMES["conv"],
            symbol="f_c",
            help="How c pairs become one slot.",
        )
        if not reading.trained and "conv" in compression:
            st.caption("Planted facts come without trained kernels: this convolution is random. Try mean pooling.")
    words, trained = reading.story.words, reading.trained
    return lesson.Settings(ns, nm, ncm, rate, compression, reading.rest, words, trained, reading.seed)


def _slider(key: str, disabled: str = "") -> int:
    limit = content.LIMITS[key]
    symbol = {"n_cm": "n_{cm}", "seed": ""}.get(limit.symbol, limit.symbol)
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


def _trained() -> bool:
    problem = missing_weights()
    trained = controls.choice(
        "src",
        "Who reads",
        SOURCES,
        next(iter(SOURCES)),
        help="The trained reader has learned to look facts up; planted facts show the memory bare.",
        disabled="The trained weights cannot be read; facts are planted instead." if problem else "",
    )
    if problem:
        note(f"{problem} Until then this page works on planted facts.", problem=True)
    return trained and not problem


def _story() -> tuple[Story, str]:
    """The generated story, or the reader's own if it can be read; and what is wrong with that."""
    own = controls.switch("own", "Edit the story", help="Write your own with the words of the story world.")
    reason = "Your own text is shown; switch “Edit the story” off to use this." if own else ""
    length, seed = _slider("n", reason), _slider("seed", reason)
    generated = told(seed, length)
    if not own:
        return generated, ""
    text = controls.text(
        "text", "Your story", generated.text, help="Facts such as: The red key is in the kitchen. Anna likes soup."
    )
    try:
        words = Tokenizer().split(text)
        Tokenizer().encode(words)
    except ValueError as error:
        return generated, f"{error} — until that is mended, story {seed} is shown."
    return parse(words), ""


def _question(story: Story) -> Story:
    """Let the reader choose what to ask; a story that ends in a question of its own asks that."""
    if story.questions and story.questions[-1].end == len(story.words):
        return story
    questions = {readable(fact.question): fact for fact in story.facts}
    if not questions:
        note("This text tells no fact that could be asked for. Try: The red key is in the kitchen.")
        return lesson.asking_anything(story)
    default = list(questions)[len(questions) // 2]
    fact = controls.choice(
        "q", "Ask at the end of the story", questions, default, help="The model answers after the question mark."
    )
    return story.with_question(fact)
