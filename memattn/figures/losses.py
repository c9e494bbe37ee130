"""What a memory loses, token by token, against full attention on the same stream."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from memattn.figures.quantities import OUTPUT_ERROR, RETAINED, output_errors, retained_percent, whose
from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.narration import slot_name, words
from memattn.records import EventKind, Role, Trace

LOST = "something is dropped"


def loss_over_time(trace: Trace, theme: ThemeName, head: int | None = None, height: int = 420) -> go.Figure:
    """Retained mass above, output error below, of every query; with a mark at every token that drops a slot."""
    role = PALETTES[theme].role
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.08)
    curves = (
        (RETAINED, "", retained_percent(trace, head), "%{y:.1f} %", role[Role.RECENT], "solid"),
        (OUTPUT_ERROR, ", 0 = the same", output_errors(trace, head), "%{y:.3f}", role[Role.COMPRESSED], "dot"),
    )
    steps = np.arange(1, len(trace.steps) + 1)
    named = [f"{slot_name(at)} {words(trace, (at,))}" for at in range(len(trace.steps))]
    for row, (name, scale, values, written, colour, dash) in enumerate(curves, start=1):
        figure.add_scatter(
            x=steps,
            y=values,
            name=f"{name} {whose(trace, head)}{scale}",
            mode="lines",
            line={"color": colour, "width": 2, "dash": dash},
            customdata=named,
            hovertemplate=f"%{{customdata}}: {written}<extra>{name} {whose(trace, head)}</extra>",
            row=row,
            col=1,
        )
    lost = sorted({event.token for event in trace.events(EventKind.DROP)})
    if lost:
        figure.add_scatter(
            x=[token + 1 for token in lost],
            y=[0.0] * len(lost),
            name=LOST,
            mode="markers",
            cliponaxis=False,
            marker={"symbol": "x-thin", "size": 8, "line": {"color": PALETTES[theme].lost, "width": 2}},
            hovertemplate="k%{x}<extra>" + LOST + "</extra>",
            row=2,
            col=1,
        )
    figure.update_xaxes(range=[0.5, len(steps) + 0.5])
    figure.update_xaxes(title="token", row=2)
    figure.update_yaxes(title=f"{RETAINED} (%)", range=[-3, 103], row=1)
    figure.update_yaxes(title=OUTPUT_ERROR, rangemode="tozero", row=2)
    return dress(figure, theme, height)


def loss_in_words(trace: Trace, head: int | None = None) -> str:
    """Text alternative of `loss_over_time`."""
    errors, retained = output_errors(trace, head), retained_percent(trace, head)
    drops = len({event.token for event in trace.events(EventKind.DROP)})
    return (
        f"Over {len(trace.steps)} tokens the {OUTPUT_ERROR} {whose(trace, head)}, relative to full attention's output, "
        f"is {errors.mean():.3f} on average and {errors.max():.3f} at most; 0 is the same. At the last token the "
        f"{RETAINED} {whose(trace, head)} is {retained[-1]:.0f} %: so much of full attention falls on positions that "
        f"some slot still carries. {drops} of {len(trace.steps)} tokens make the memory drop something."
    )
