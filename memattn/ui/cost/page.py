"""What a memory costs: on paper, in real models, measured here, and in today's designs. One view at a time."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from memattn.cost import MODELS
from memattn.dials import Dial
from memattn.figures.draw import Result, draw, in_words
from memattn.lessons.cost import growth, measured, real
from memattn.lessons.lesson import Result as Measured
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.memory import MEMORIES
from memattn.ui import controls, frame, link
from memattn.ui.cache import cached
from memattn.ui.cost import designs
from memattn.ui.lesson import ahead, measuring, parts

LENGTH = Dial(
    17,
    0,
    growth.MOST,
    "2^k",
    "tokens",
    "Both figures stand at this length; k = 17 is 131,072 tokens.",
    "Text",
    17,
    1,
)
BUDGET = Dial(
    24, 1, 200, "N", "GiB", "For keys and values alone: the weights of the model come on top.", "Budget", 24, 1
)
MEMORY, MODEL = "window", "llama-3-8b"

priced, stored, fitting = cached(growth.priced), cached(real.stored), cached(real.fitting)


def show() -> None:
    """Draw the page."""
    _page()


@st.fragment(key=ahead.LESSON)
def _page() -> None:
    with link.part("lesson"):
        messages = st.container()
        opened = controls.views(tuple(VIEWS), next(iter(VIEWS)))
        VIEWS[opened]()
        controls.reset()
        with messages:
            link.notices()
        link.write()


# --- controls that several views have ---------------------------------------------------------------------------------


def _memory() -> str:
    titles = {name: kind.title for name, kind in MEMORIES.items()}
    return controls.choice("memory", "Memory", titles, MEMORY)


def _sizes() -> int:
    help = "What it holds, beside where its sliders begin on the stage: a window of 32 pairs, or of 4,096."
    return controls.choice("times", "Its sizes", growth.SIZES, growth.LARGE, help=help)


def _bits() -> int:
    help = "What scales of groups of numbers take comes on top and is not counted."
    return controls.choice("bits", "Numbers", growth.BITS, 16, help=help)


def _model() -> str:
    return controls.choice("model", "Model", {key: one.name for key, one in MODELS.items()}, MODEL)


def _length() -> int:
    return int(growth.LENGTHS[controls.dial("k", LENGTH)])


def _row(*controls_of: Callable[[], Any]) -> tuple[Any, ...]:
    """Controls beside each other."""
    values = []
    for place, draw_it in zip(st.columns(len(controls_of), gap="medium"), controls_of, strict=True):
        with place:
            values.append(draw_it())
    return tuple(values)


def _figure(data: Result, key: str) -> None:
    st.plotly_chart(
        draw(data, frame.theme()), key=link.widget(key), theme=None, alt=in_words(data), config=measuring.PLOT
    )


# --- views ------------------------------------------------------------------------------------------------------------


def _growth() -> None:
    quantities = {key: one.axis[:1].upper() + one.axis[1:] for key, one in growth.QUANTITIES.items()}
    memory, sizes, model, bits, quantity = _row(
        _memory, _sizes, _model, _bits, lambda: controls.choice("what", "Counted", quantities, "state")
    )
    at = _length()
    found = priced(model, bits, sizes, quantity, memory, at)
    st.markdown(f"**{found.ranks.says}**")
    left, right = st.columns([54, 46], gap="medium")
    with left:
        _figure(found.growth, "growth")
        st.caption(
            "Counted on paper from the model’s shape: every layer holds the memory once per KV head, and every query "
            "head reads it. A number that is read is multiplied and added once; query heads that share a KV head share "
            "what is read, but where each finds its own pairs, all that they may find is counted. A memory that lets a "
            "whole segment go at once is counted where it is fullest. Softmax, projections and weights are not "
            f"counted. {growth.unscaled(memory, sizes)}"
        )
    with right:
        _figure(found.ranks, "ranks")


def _real() -> None:
    memory, sizes, model, bits = _row(_memory, _sizes, _model, _bits)
    at = _length()
    st.markdown(real.card(model, bits))
    _figure(stored(memory, sizes, at, bits), "real")
    st.caption(
        "Grey: every pair in every layer. Beside it what the model really keeps, where that is another design, and "
        "what the chosen memory would keep in its place, at its fullest moment; nobody has trained these models with "
        f"it, nor all of them for so long a text. {growth.unscaled(memory, sizes)}"
    )
    with st.expander("Shape and source of every model"):
        st.markdown(real.cards(bits))


def _fits() -> None:
    memory, sizes, model, bits = _row(_memory, _sizes, _model, _bits)
    gib = int(controls.dial("gib", BUDGET))
    found = fitting(memory, sizes, gib, bits)
    st.markdown(f"{real.solved(model, gib, bits)}  \n{found.says}")
    _figure(found, "fits")
    st.caption(
        "Full attention is solved by the formula above, the others by a search for the last length that fits. “No "
        "limit”: what is stored stops growing below the budget. What fits is not what is answered: a text may be "
        f"longer than a model was trained for, and what a memory has dropped is gone. {growth.unscaled(memory, sizes)}"
    )


def _measured() -> None:
    parts.quiet(
        f"One token more after a text of {measured.TOKENS:,} random pairs of width {measured.WIDTH}, for every "
        f"memory at the sizes of the stage. Computed in float32 on {measured.device().name}."
    )
    key = measured.EXPERIMENT.name, Settings(Choice(growth.FULL), ()), ()
    held = measuring.open_at(measured.EXPERIMENT, key)
    measuring.follow(measured.EXPERIMENT, held, _measured_figure)


def _measured_figure(found: Measured | None) -> None:
    if found is None:
        return
    _figure(found.data, "measured")
    st.caption(f"{found.data.says} {measured.EXPERIMENT.note}")
    with st.expander("The same in numbers"):
        st.markdown(found.details)


VIEWS: Mapping[str, Callable[[], None]] = {
    "As the text grows": _growth,
    "Real models": _real,
    "What fits": _fits,
    "Measured here": _measured,
    "Designs of today": designs.view,
}
