"""Numbers over a size: several curves with the ends between which each number lies."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product

import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.results import Line, Lines
from memattn.quantities import rounded

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
LEGEND_ROW = 20  # pixels
CLOSEST = 0.05  # parts of the axis: of two ticks that are nearer, turned or not, only the first is written
LETTER, LINE = 0.015, 0.08  # width and height of what is written into the plot, parts of a narrow one
CORNERS = ("top left", "top right", "bottom left", "bottom right")


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
            customdata=[data.written(point.y) for point in line.points],
            hovertemplate="%{x:,}: %{customdata}<extra>" + line.name + "</extra>",
        )
    for name, level in data.levels.items():
        figure.add_hline(
            y=level,
            line={"color": palette.lost, "width": 1, "dash": "dot"},
            annotation={"text": name, "font": {"color": palette.muted, "size": 12}},
            annotation_position=corner(data, name),
        )
    ticks = {}
    if data.doubling:
        places = apart(sorted({point.x for line in data.lines for point in line.points}))
        ticks = {"tickvals": places, "ticktext": [rounded(place, 9) for place in places]}
    figure.update_xaxes(title=data.x, type="log" if data.doubling else "linear", **ticks)
    figure.update_yaxes(title=data.y, type="log" if data.tenfold else "linear", exponentformat="power")
    if data.top is not None:
        figure.update_yaxes(range=[-0.03 * data.top, 1.03 * data.top])
    dress(figure, theme, height + LEGEND_ROW * (len(data.lines) + 1))
    return figure.update_layout(legend={"y": 1.04, "orientation": "v"})


def apart(places: Sequence[float]) -> list[float]:
    """Of ascending places on a logarithmic axis those whose numbers do not stand in each other."""
    kept: list[float] = []
    for place in places:
        if not kept or math.log(place / kept[-1]) >= CLOSEST * math.log(places[-1] / places[0]):
            kept.append(place)
    return kept


def corner(data: Lines, level: str) -> str:
    """Where at its level a name crosses the fewest curves, bars and other levels."""
    drawn, height = list(_drawn(data, level)), _heights(data)(data.levels[level])

    def crossed(place: str) -> int:
        x = 0 if place.endswith("left") else 1 - LETTER * len(level)
        y = height if place.startswith("top") else height - LINE
        return sum(x <= across <= x + LETTER * len(level) and y <= up <= y + LINE for across, up in drawn)

    return min(CORNERS, key=crossed)


def _drawn(data: Lines, besides: str) -> Iterator[tuple[float, float]]:
    """Points close by each other on all that is drawn besides one level, in parts of the plot."""
    places, height = [_along(data, point.x) for line in data.lines for point in line.points], _heights(data)
    first, last = min(places, default=0.0), max(places, default=0.0)
    parts = [part / 20 for part in range(21)]
    for line in data.lines:
        ends = [
            (0.05 + 0.9 * (_along(data, at.x) - first) / ((last - first) or 1), *map(height, (at.low, at.y, at.high)))
            for at in line.points
        ]
        for (x, low, _, high), part in product(ends, parts):
            yield x, low + part * (high - low)
        for ((one, _, before, _), (two, _, after, _)), part in product(pairwise(ends), parts):
            yield one + part * (two - one), before + part * (after - before)
    for (name, level), part in product(data.levels.items(), parts):
        if name != besides:
            yield part, height(level)


def _along(data: Lines, x: float) -> float:
    return math.log(x) if data.doubling else x


def _heights(data: Lines) -> Callable[[float], float]:
    """From a number to its height in parts of the plot, whose axis goes a little beyond its ends."""
    numbers = [number for line in data.lines for point in line.points for number in (point.low, point.high)]
    ends = [*numbers, *data.levels.values()] if data.top is None else [0.0, data.top]
    low, high = min(ends), max(ends)
    return lambda number: 0.03 + 0.94 * (number - low) / ((high - low) or 1)


def lines_in_words(data: Lines) -> str:
    """Text alternative of `lines`: of each curve its first and its last number."""
    parts = [_in_words(line, data) for line in data.lines if line.points]
    levels = [f"{name} {data.written(level)}" for name, level in data.levels.items()]
    marked = f" Marked: {', '.join(levels)}." if levels else ""
    says = f"{data.says} " if data.says else ""
    return f"{says}{data.y[:1].upper()}{data.y[1:]} by {data.x}. {' '.join(parts) or 'Nothing is known yet.'}{marked}"


def _in_words(line: Line, data: Lines) -> str:
    ends = dict.fromkeys((line.points[0], line.points[-1]))
    return f"{line.name}: " + ", ".join(f"{data.written(point.y)} at {rounded(point.x, 9)}" for point in ends) + "."
