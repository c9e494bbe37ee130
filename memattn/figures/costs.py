"""What a memory costs beside full attention."""

from collections.abc import Sequence

import plotly.graph_objects as go

from memattn.figures.bars import bars
from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.cost.record import Bar, Bars
from memattn.lessons.results import RealSize
from memattn.records import Role, Trace


def state_growth(trace: Trace, theme: ThemeName, height: int = 280) -> go.Figure:
    """Numbers stored per head after every token, for this memory and for full attention."""
    palette = PALETTES[theme]
    tokens = list(range(1, len(trace.steps) + 1))
    figure = go.Figure()
    for name, stored, line in (
        ("full attention", [_every_pair(trace, count) for count in tokens], {"color": palette.muted, "dash": "dash"}),
        (
            "this memory",
            [step.state_floats for step in trace.steps],
            {"color": palette.role[Role.COMPRESSED], "width": 3},
        ),
    ):
        figure.add_scatter(
            x=tokens,
            y=stored,
            name=name,
            mode="lines",
            line=line,
            hovertemplate="after %{x} tokens: %{y:,} numbers<extra>" + name + "</extra>",
        )
    figure.update_xaxes(title="token")
    figure.update_yaxes(title="numbers stored per head", rangemode="tozero")
    return dress(figure, theme, height)


def state_growth_in_words(trace: Trace) -> str:
    """Text alternative of `state_growth`."""
    tokens = len(trace.steps)
    return (
        f"After {tokens} tokens this memory stores {trace.steps[-1].state_floats:,} numbers per head, full attention "
        f"{_every_pair(trace, tokens):,}."
    )


def _every_pair(trace: Trace, tokens: int) -> int:
    return (trace.d_k + trace.d_v) * tokens


def bytes_in_real_models(sizes: Sequence[RealSize], tokens: int, theme: ThemeName) -> go.Figure:
    """Keys and values of whole models after `tokens` tokens, on a logarithmic axis."""
    groups = {
        "full attention": tuple(Bar(size.full, size.full_words) for size in sizes),
        "this memory": tuple(Bar(size.memory, size.memory_words, Role.COMPRESSED) for size in sizes),
    }
    axis = f"bytes of keys and values after {tokens:,} tokens"
    return bars(Bars(tuple(size.model for size in sizes), groups, axis, bytes=True), theme)


def bytes_in_real_models_in_words(sizes: Sequence[RealSize], tokens: int) -> str:
    """Text alternative of `bytes_in_real_models`."""
    parts = [f"{size.model} {size.memory_words} instead of {size.full_words}" for size in sizes]
    return f"Keys and values after {tokens:,} tokens, with this memory instead of full attention: {'; '.join(parts)}."
