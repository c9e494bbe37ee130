"""Numbers over a size: several curves with the ends between which each number lies."""

import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.results import Line, Lines
from memattn.quantities import rounded

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
LEGEND_ROW = 20  # pixels


def lines(data: Lines, theme: ThemeName, height: int = 300) -> go.Figure:
    """Each curve with its intervals; dotted the heights to be marked.

    Raises:
        ValueError: there are more curves than can be told apart.
    """
    if len(data.lines) > len(SYMBOLS):
        raise ValueError(f"lines must be at most {len(SYMBOLS)} to be told apart, got {len(data.lines)}")
    palette = PALETTES[theme]
    figure = go.Figure()
    for line, symbol in zip(data.lines, SYMBOLS, strict=False):
        colour = palette.role[line.role]
        figure.add_scatter(
            x=[point.x for point in line.points],
            y=[point.y for point in line.points],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [point.high - point.y for point in line.points],
                "arrayminus": [point.y - point.low for point in line.points],
                "color": colour,
                "thickness": 1.5,
                "width": 5,
            },
            name=line.name,
            mode="lines+markers",
            line={"color": colour, "width": 1.5, "dash": line.dash},
            marker={"symbol": symbol if line.dash == "solid" else f"{symbol}-open", "size": 10, "color": colour},
            customdata=[rounded(point.y, 3) for point in line.points],
            hovertemplate="%{x:,}: %{customdata}<extra>" + line.name + "</extra>",
        )
    for name, level in data.levels.items():
        figure.add_hline(
            y=level,
            line={"color": palette.lost, "width": 1, "dash": "dot"},
            annotation={"text": name, "font": {"color": palette.muted, "size": 12}},
            annotation_position="top left",
        )
    places = sorted({point.x for line in data.lines for point in line.points})
    ticks = {"tickvals": places, "ticktext": [rounded(place, 9) for place in places]} if data.doubling else {}
    figure.update_xaxes(title=data.x, type="log" if data.doubling else "linear", **ticks)
    figure.update_yaxes(title=data.y, type="log" if data.tenfold else "linear", exponentformat="power")
    if data.top is not None:
        figure.update_yaxes(range=[-0.03 * data.top, 1.03 * data.top])
    dress(figure, theme, height + LEGEND_ROW * (len(data.lines) + 1))
    return figure.update_layout(legend={"y": 1.04, "orientation": "v"})


def lines_in_words(data: Lines) -> str:
    """Text alternative of `lines`: of each curve its first and its last number."""
    parts = [_in_words(line, data.x) for line in data.lines if line.points]
    levels = [f"{name} {rounded(level)}" for name, level in data.levels.items()]
    marked = f" Marked: {', '.join(levels)}." if levels else ""
    says = f"{data.says} " if data.says else ""
    return f"{says}{data.y[:1].upper()}{data.y[1:]} by {data.x}. {' '.join(parts) or 'Nothing is known yet.'}{marked}"


def _in_words(line: Line, x: str) -> str:
    ends = dict.fromkeys((line.points[0], line.points[-1]))
    return f"{line.name}: " + ", ".join(f"{_written(point.y)} at {rounded(point.x, 9)}" for point in ends) + "."


def _written(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else rounded(number, 3)
