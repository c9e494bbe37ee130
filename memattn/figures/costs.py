"""What a memory costs beside full attention."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.records import Role, Trace


def state_growth(trace: Trace, theme: ThemeName, height: int = 280) -> go.Figure:
    """Numbers stored per head after every token, for this memory and for full attention."""
    palette = PALETTES[theme]
    steps = list(range(len(trace.steps)))
    width = trace.d_k + trace.d_v
    figure = go.Figure()
    figure.add_scatter(
        x=steps,
        y=[width * (step + 1) for step in steps],
        name="full attention: every pair",
        mode="lines",
        line={"color": palette.muted, "width": 2, "dash": "dash"},
    )
    figure.add_scatter(
        x=steps,
        y=[step.state_floats for step in trace.steps],
        name="this memory",
        mode="lines",
        line={"color": palette.role[Role.COMPRESSED], "width": 3},
    )
    figure.update_xaxes(title="token")
    figure.update_yaxes(title="numbers stored per head", rangemode="tozero")
    return dress(figure, theme, height)


@dataclass(frozen=True)
class RealSize:
    """Cache of one real model in bytes: with this memory and with full attention, each also in words."""

    model: str
    memory: int
    memory_words: str
    full: int
    full_words: str


def bytes_in_real_models(sizes: Sequence[RealSize], tokens: int, theme: ThemeName, height: int = 280) -> go.Figure:
    """Keys and values of whole models after `tokens` tokens, on a logarithmic axis."""
    palette = PALETTES[theme]
    figure = go.Figure()
    names = [size.model for size in sizes]
    bars = (
        ("full attention", [(size.full, size.full_words) for size in sizes], palette.muted, "/"),
        ("this memory", [(size.memory, size.memory_words) for size in sizes], palette.role[Role.COMPRESSED], ""),
    )
    for label, values, colour, pattern in bars:
        figure.add_bar(
            y=names,
            x=[count for count, _ in values],
            name=label,
            orientation="h",
            marker={"color": colour, "pattern": {"shape": pattern}},
            text=[words for _, words in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra>" + label + "</extra>",
        )
    figure.update_xaxes(title=f"bytes of keys and values after {tokens:,} tokens", type="log")
    dress(figure, theme, height)
    return figure.update_layout(barmode="group", margin={"r": 64})
