"""How well a fact is remembered: by its age, and by a setting of the memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.records import Role


@dataclass(frozen=True)
class Point:
    """One question asked.

    Args:
        x: age of the fact in tokens, or the setting.
        probability: given to the true answer.
        right: whether it was the likeliest answer.
        label: what was asked.
    """

    x: int
    probability: float
    right: bool
    label: str


STYLES: tuple[tuple[Role, str, str], ...] = (
    (Role.COMPRESSED, "circle", "solid"),
    (Role.RECENT, "square", "dot"),
    (Role.SUMMARY, "diamond", "dash"),
)


def recall(
    series: Mapping[str, Sequence[Point]],
    x_title: str,
    borders: Mapping[str, int],
    theme: ThemeName,
    chance: float | None = None,
    height: int = 320,
) -> go.Figure:
    """Probability of the true answer; a filled mark where it was the likeliest, an open one where another was.

    Args:
        series: points by name of the memory.
        x_title: what x is, with its unit.
        borders: places to mark with a vertical line, by name.
        theme: "light" or "dark".
        chance: probability of guessing, drawn as a line.
        height: in pixels.
    """
    palette = PALETTES[theme]
    figure = go.Figure()
    for (name, points), (role, symbol, dash) in zip(series.items(), STYLES, strict=False):
        ordered = sorted(points, key=lambda point: point.x)
        colour = palette.role[role]
        figure.add_scatter(
            x=[point.x for point in ordered],
            y=[point.probability for point in ordered],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 1, "dash": dash},
            marker={
                "symbol": [symbol if point.right else f"{symbol}-open" for point in ordered],
                "size": 9,
                "color": colour,
                "line": {"width": 2, "color": colour},
            },
            customdata=[point.label for point in ordered],
            hovertemplate="%{customdata}<br>%{x}: %{y:.3f}<extra>" + name + "</extra>",
        )
    for name, x in borders.items():
        figure.add_vline(
            x=x,
            line={"color": palette.muted, "width": 1, "dash": "dash"},
            annotation={
                "text": name,
                "font": {"color": palette.muted, "size": 12},
                "textangle": -90,
                "yanchor": "top",
            },
            annotation_position="top left",
        )
    if chance is not None:
        figure.add_hline(
            y=chance,
            line={"color": palette.lost, "width": 1, "dash": "dot"},
            annotation={"text": "chance", "font": {"color": palette.muted, "size": 12}},
            annotation_position="bottom right",
        )
    figure.update_xaxes(title=x_title)
    figure.update_yaxes(title="probability of the true answer", range=[-0.03, 1.03])
    dress(figure, theme, height)
    return figure.update_layout(margin={"t": 64}, legend={"y": 1.12})


def recall_in_words(series: Mapping[str, Sequence[Point]]) -> str:
    """Text alternative of `recall`."""
    parts = [
        f"{name}: {sum(point.right for point in points)} of {len(points)} answered right"
        for name, points in series.items()
    ]
    return "; ".join(parts) + "."
