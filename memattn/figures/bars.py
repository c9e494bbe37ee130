"""Numbers that lie far apart, as bars on a logarithmic axis, each with its words."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress, on_lines, on_two_lines
from memattn.lessons.cost.record import Bar, Bars

PATTERNS = ("/", "", ".")  # of the groups, so that they are told apart without colour
ROW, BAR, AROUND = 17, 11, 130  # pixels of a row beside its bars, of a bar, and around all
TWO_LINES = 34  # pixels that a row needs at least where its name and its neighbour's may stand on two lines
NAME, TITLE = 20, 18  # letters of a line of a row's name, and of the axis' title
LONG = 5  # powers of ten on an axis
BEYOND = 4  # times the longest bar: how far one of infinite length is drawn
ROOM = 0.75  # of the axis, behind the longest bar, for its words


def bars(data: Bars, theme: ThemeName) -> go.Figure:
    """A row each, the first on top; in it a bar per group. One group alone has no legend, and its colours tell."""
    palette, figure = PALETTES[theme], go.Figure()
    alone = len(data.groups) == 1
    low, high = _ends([bar.value for group in data.groups.values() for bar in group if bar])
    names = {
        row: f"<b>{on_two_lines(row, NAME)}</b>" if row == data.strong else on_two_lines(row, NAME) for row in data.rows
    }
    for (name, group), pattern in zip(data.groups.items(), PATTERNS, strict=False):
        shown = [(row, bar) for row, bar in zip(data.rows, group, strict=True) if bar]
        figure.add_bar(
            y=[names[row] for row, _ in shown],
            x=[min(bar.value, 10**high) for _, bar in shown],
            name=name,
            orientation="h",
            marker={
                "color": [palette.role[bar.role] if bar.role else palette.muted for _, bar in shown],
                "pattern": {
                    "shape": ["/" if bar.role is None else "" for _, bar in shown] if alone else pattern,
                    "fillmode": "overlay",
                },
            },
            text=[bar.words for _, bar in shown],
            textposition="outside",
            textangle=0,
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra>" + name + "</extra>",
            showlegend=not alone,
        )
    figure.update_xaxes(
        type="log",
        range=[low, high + ROOM * (high - low)],
        **ticks(data.bytes, high - low),
    )
    figure.update_yaxes(autorange="reversed", categoryorder="array", categoryarray=list(names.values()))
    dress(figure, theme, AROUND + len(data.rows) * max(ROW + BAR * len(data.groups), TWO_LINES))
    figure.update_xaxes(title_text=on_lines(data.axis, TITLE))  # after that, or its lines are broken once more
    return figure.update_layout(barmode="group", legend={"traceorder": "normal"})


def ticks(in_bytes: bool, decades: float = 0.0) -> dict[str, Any]:
    """Of a logarithmic axis: powers of ten; of bytes, every fifth power of two, and every tenth of a long axis."""
    if not in_bytes:
        return {"exponentformat": "power", "dtick": 1}
    units = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
    powers = range(0, 10 * len(units), 10 if decades > LONG else 5)
    words = [f"{2 ** (power % 10)} {units[power // 10]}" for power in powers]
    return {"tickangle": 0, "tickvals": [2**power for power in powers], "ticktext": words}


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Of a logarithmic axis: the whole power of ten below the smallest that is not 0, and the end of the longest."""
    found = sorted(value for value in values if 0 < value < math.inf) or [1.0]
    beyond = BEYOND if math.inf in values else 1
    low = math.floor(math.log10(found[0]) - 0.3)
    return low, max(math.log10(found[-1] * beyond), low + 1)


def bars_in_words(data: Bars) -> str:
    """Text alternative of `bars`: every number."""
    alone = len(data.groups) == 1
    rows = []
    for number, row in enumerate(data.rows):
        shown: list[tuple[str, Bar]] = [(name, bar) for name, group in data.groups.items() if (bar := group[number])]
        rows.append(f"{row}: " + ", ".join(bar.words if alone else f"{name} {bar.words}" for name, bar in shown))
    said = f"{data.says} " if data.says else ""
    return f"{said}{data.axis[:1].upper()}{data.axis[1:]}. {'; '.join(rows)}."
