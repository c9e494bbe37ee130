"""What the memory costs: here, beside full attention, and in models of real size."""

import streamlit as st

from memattn.cost import MODELS, most
from memattn.figures.draw import draw, in_words
from memattn.lessons import running
from memattn.lessons.results import RealSize, RealSizes, StateGrowth
from memattn.quantities import bytes_in_words
from memattn.ui import frame, link
from memattn.ui.lesson.player import Played

REAL_TOKENS = 131_072  # the context length that today's long-context models promise
REAL_MODELS = ("gpt2", "mistral-7b", "llama-3-8b", "llama-2-7b", "llama-3-70b")
PLOT = {"displaylogo": False, "displayModeBar": False}


def costs(played: Played) -> None:
    """Four figures of the last word's read, and two pictures."""
    for column, (name, value, beside) in zip(st.columns(4), figures(played), strict=True):
        column.metric(name, value, beside, delta_color="off", delta_arrow="off")
    memory = running.memory_of(played.settings)
    sizes = RealSizes(tuple(real_size(memory, name) for name in REAL_MODELS), REAL_TOKENS)
    pictures: tuple[StateGrowth | RealSizes, ...] = (StateGrowth(played.run.trace), sizes)
    for column, data in zip(st.columns(2, gap="medium"), pictures, strict=True):
        column.plotly_chart(
            draw(data, frame.theme()),
            key=link.widget(f"figure_{type(data).__name__}"),
            theme=None,
            config=PLOT,
            alt=in_words(data),
        )
    st.caption(
        "The same settings in models of real size, computed from their published shapes; the state counts all that "
        "must be stored to go on, at its fullest moment. Nobody would run them with so few slots: the figure shows the "
        "order of magnitude."
    )


def figures(played: Played) -> tuple[tuple[str, str, str], ...]:
    """(what, this memory, full attention), all of the last word and per head."""
    trace = played.run.trace
    last, tokens, width = trace.steps[-1], len(trace.steps), trace.d_k + trace.d_v
    return (
        ("Slots the last word reads", f"{len(last.ids):,}", f"{tokens:,} with full attention"),
        ("Numbers stored per head", f"{last.state_floats:,}", f"{width * tokens:,} with full attention"),
        ("Operations per read and head", f"{last.read_flops:,}", f"{2 * width * tokens:,} with full attention"),
        ("Operations per update and head", f"{last.update_flops:,}", "0 with full attention"),
    )


def real_size(memory: object, name: str) -> RealSize:
    """The memory in a model of real size on the way to `REAL_TOKENS`, where it is fullest."""
    priced = most(memory, REAL_TOKENS, MODELS[name])  # type: ignore[arg-type]
    return RealSize(
        MODELS[name].name,
        priced.state_bytes,
        bytes_in_words(priced.state_bytes),
        priced.full_state_bytes,
        bytes_in_words(priced.full_state_bytes),
    )
