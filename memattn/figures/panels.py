"""Several numbers over one size, each in a panel of its own: curves as in `lines`, one legend for all."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from memattn.figures.lines import SYMBOLS, lines_in_words
from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.results import Panels


def panels(data: Panels, theme: ThemeName, height: int = 170) -> go.Figure:
    """Each curve in a band from its low to its high ends; `height` is that of one panel."""
    palette = PALETTES[theme]
    figure = make_subplots(rows=len(data.panels), shared_xaxes=True, vertical_spacing=0.06)
    for row, panel in enumerate(data.panels, 1):
        for line, symbol in zip(panel.lines, SYMBOLS, strict=False):
            colour, places = palette.role[line.role], [point.x for point in line.points]
            figure.add_scatter(
                x=places + places[::-1],
                y=[point.high for point in line.points] + [point.low for point in line.points][::-1],
                fill="toself",
                fillcolor=colour,
                opacity=0.25,
                line={"width": 0},
                mode="lines",
                hoverinfo="skip",
                legendgroup=line.name,
                showlegend=False,
                row=row,
                col=1,
            )
            figure.add_scatter(
                x=places,
                y=[point.y for point in line.points],
                name=line.name,
                legendgroup=line.name,
                showlegend=row == 1,
                mode="lines+markers",
                line={"color": colour, "width": 2, "dash": line.dash},
                marker={"symbol": symbol if line.dash == "solid" else f"{symbol}-open", "size": 7, "color": colour},
                customdata=[panel.written(point.y) for point in line.points],
                hovertemplate="%{x:,}: %{customdata}<extra>" + line.name + "</extra>",
                row=row,
                col=1,
            )
        figure.update_yaxes(
            title=panel.y, type="log" if panel.tenfold else "linear", exponentformat="power", row=row, col=1
        )
    figure.update_xaxes(title=data.panels[-1].x, row=len(data.panels), col=1)
    return dress(figure, theme, height * len(data.panels))


def panels_in_words(data: Panels) -> str:
    """Text alternative of `panels`: what comes out, and of each curve its first and its last number."""
    return " ".join([data.says, *map(lines_in_words, data.panels)])
