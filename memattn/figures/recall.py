"""How well facts of one story are recalled: by their age, or by a setting of the memory."""

import plotly.graph_objects as go

from memattn.bidi import isolated
from memattn.figures.quantities import PROBABILITY, RECALL
from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.results import RecallByAge
from memattn.records import Role

STYLES: tuple[tuple[Role, str, str], ...] = (
    (Role.COMPRESSED, "circle", "solid"),
    (Role.RECENT, "square", "dot"),
    (Role.SUMMARY, "diamond", "dash"),
)


def recall_by_age(data: RecallByAge, theme: ThemeName, height: int = 320) -> go.Figure:
    """Probability of the true answer; a filled mark where it was the likeliest, an open one where another was.

    Raises:
        ValueError: there are more memories than can be told apart.
    """
    if len(data.series) > len(STYLES):
        raise ValueError(f"series must be at most {len(STYLES)} to be told apart, got {len(data.series)}")
    palette = PALETTES[theme]
    figure = go.Figure()
    for (name, points), (role, symbol, dash) in zip(data.series.items(), STYLES, strict=False):
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
            customdata=[[isolated(point.label), "right" if point.right else "wrong"] for point in ordered],
            hovertemplate="%{customdata[0]}<br>%{x}: %{y:.3f}, %{customdata[1]}<extra>" + name + "</extra>",
        )
    for name, x in data.borders.items():
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
    if data.chance is not None:
        figure.add_hline(
            y=data.chance,
            line={"color": palette.lost, "width": 1, "dash": "dot"},
            annotation={"text": "chance", "font": {"color": palette.muted, "size": 12}},
            annotation_position="bottom right",
        )
    figure.update_xaxes(title=data.axis)
    figure.update_yaxes(title=PROBABILITY, range=[-0.03, 1.03])
    dress(figure, theme, height)
    return figure.update_layout(margin={"t": 64}, legend={"y": 1.12})


def recall_by_age_in_words(data: RecallByAge) -> str:
    """Text alternative of `recall_by_age`."""
    parts = [f"{name} {sum(p.right for p in points)} of {len(points)}" for name, points in data.series.items()]
    borders = [f"{name} = {x}" for name, x in data.borders.items()]
    marked = f" Marked: {', '.join(borders)}." if borders else ""
    chance = "" if data.chance is None else f" A blind guess has probability {data.chance:.2f}."
    return f"{RECALL.capitalize()} (right answers): {'; '.join(parts)}.{marked}{chance}"
