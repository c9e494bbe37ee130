"""What a memory loses, token by token, against full attention on the same stream."""

import numpy as np
import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.records import EventKind, Role, Trace


def loss_over_time(trace: Trace, theme: ThemeName, height: int = 300) -> go.Figure:
    """Output error and retained attention of every query, mean over heads, with a tick at every loss of a slot."""
    palette = PALETTES[theme]
    steps = np.arange(len(trace.steps))
    error = np.array([step.output_error.mean() for step in trace.steps])
    retained = np.array([step.retained.mean() for step in trace.steps])
    words = list(trace.tokens)
    figure = go.Figure()
    figure.add_scatter(
        x=steps,
        y=retained,
        name="full attention's mass on what is still carried",
        mode="lines",
        line={"color": palette.role[Role.RECENT], "width": 2},
        customdata=words,
        hovertemplate="k%{x} “%{customdata}”: %{y:.3f}<extra>retained mass</extra>",
    )
    figure.add_scatter(
        x=steps,
        y=error,
        name="error of the output, |o − o_full| / |o_full|",
        mode="lines",
        line={"color": palette.role[Role.COMPRESSED], "width": 2, "dash": "dot"},
        customdata=words,
        hovertemplate="k%{x} “%{customdata}”: %{y:.3f}<extra>output error</extra>",
    )
    lost = sorted({event.token for event in trace.events(EventKind.DROP)})
    if lost:
        figure.add_scatter(
            x=lost,
            y=[0.0] * len(lost),
            name="something is lost for good",
            mode="markers",
            marker={"symbol": "x-thin", "size": 8, "line": {"color": palette.lost, "width": 2}},
            hovertemplate="k%{x}<extra>lost for good</extra>",
        )
    figure.update_xaxes(title="token", range=[-0.5, len(steps) - 0.5])
    figure.update_yaxes(title="share", rangemode="tozero")
    return dress(figure, theme, height)


def loss_in_words(trace: Trace) -> str:
    """Text alternative of `loss_over_time`."""
    last = trace.steps[-1]
    error = np.mean([step.output_error.mean() for step in trace.steps])
    lost = sum(len(event.sources) for event in trace.events(EventKind.DROP))
    return (
        f"Over {len(trace.steps)} tokens the mean error of the output (all heads) is {error:.3f}. At the last token "
        f"the memory carries {last.retained.mean():.3f} of full attention's mass; {lost} tokens are lost by then."
    )
