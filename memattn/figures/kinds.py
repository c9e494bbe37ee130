"""Several ways to do the same thing, one below the other: right answers with their intervals, and an error beside."""

import plotly.graph_objects as go

from memattn.figures.quantities import RECALL
from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.results import ByCompression, Kind
from memattn.records import Role

ROW, AROUND = 26, 90  # pixels


def by_compression(data: ByCompression, theme: ThemeName) -> go.Figure:
    """A row each, the first on top."""
    palette = PALETTES[theme]
    rows, colour = data.rows[::-1], palette.role[Role.COMPRESSED]
    figure = go.Figure()
    figure.add_scatter(
        x=[row.recall.value for row in rows],
        y=[row.name for row in rows],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [row.recall.interval[1] - row.recall.value for row in rows],
            "arrayminus": [row.recall.value - row.recall.interval[0] for row in rows],
            "color": colour,
            "thickness": 1.5,
            "width": 5,
        },
        mode="markers",
        marker={"symbol": "circle", "size": 10, "color": colour},
        showlegend=False,
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
    )
    figure.add_scatter(
        x=[1.04] * len(rows),
        y=[row.name for row in rows],
        mode="text",
        text=[f"error {row.error:.2f}" for row in rows],
        textposition="middle right",
        textfont={"color": palette.muted, "size": 13},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.update_xaxes(
        title=f"{RECALL} (share of right answers)", range=[-0.03, 1.2], tickvals=[0, 0.25, 0.5, 0.75, 1]
    )
    figure.update_yaxes(automargin=True)
    dress(figure, theme, AROUND + ROW * max(1, len(rows)))
    return figure


def by_compression_in_words(data: ByCompression) -> str:
    """Text alternative of `by_compression`."""
    return f"{RECALL.capitalize()} (right answers): {'; '.join(map(_in_words, data.rows)) or 'nothing is known yet'}."


def _in_words(row: Kind) -> str:
    return f"{row.name} {row.recall.right} of {row.recall.total}, error {row.error:.2f}"
