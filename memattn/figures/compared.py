"""Recall against bytes of every memory: a mark per size, eviction in closed form, the counting bound, and chance."""

import math

import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.comparing.record import Compared, Point
from memattn.records import counted

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "star", "pentagon", "hexagon")
LEAST = 400  # bytes, where the axis begins: the counting bound is far to the left of all memories
KIB = 1024
TICKS = tuple(KIB * 4**power for power in range(5))
LEGEND_ROW = 11  # pixels for each of its entries


def recall_against_bytes(data: Compared, theme: ThemeName, height: int = 420) -> go.Figure:
    """A mark per memory and size; those of one colour have different shapes."""
    palette, figure = PALETTES[theme], go.Figure()
    for line, name, dash, colour in (
        (data.eviction, "newest pairs (exact)", "dash", palette.muted),
        (data.counting, "no memory reaches more (counting)", "solid", palette.lost),
    ):
        figure.add_scatter(
            x=[size for size, _ in line],
            y=[share for _, share in line],
            mode="lines",
            name=name,
            line={"color": colour, "width": 1.5, "dash": dash},
            hoverinfo="skip",
        )
    families: dict[str, list[Point]] = {}
    for one in data.points:
        families.setdefault(one.family, []).append(one)
    used: dict[str, int] = {}
    for family, points in families.items():
        role = points[0].role
        used[role] = used.get(role, -1) + 1
        _points(figure, family, points, SYMBOLS[used[role] % len(SYMBOLS)], palette.role[role])
    for one in data.points:
        if one.code == data.picked:
            ring = {"symbol": "circle-open", "size": 20, "color": palette.text, "line": {"width": 2.5}}
            figure.add_scatter(
                x=[one.bytes], y=[one.share.value], mode="markers", marker=ring, showlegend=False, hoverinfo="skip"
            )
    figure.add_hline(
        y=data.chance,
        line={"color": palette.lost, "width": 1, "dash": "dot"},
        annotation={"text": "blind guess", "font": {"color": palette.muted, "size": 12}},
        annotation_position="bottom right",
    )
    figure.add_annotation(
        x=0,
        xref="paper",
        y=1,
        yshift=10,
        text=f"◂ counting bound: 1 from {data.sufficient:.0f} bytes on",
        font={"color": palette.muted, "size": 12},
        showarrow=False,
        xanchor="left",
    )
    most = max((one.bytes for one in data.points), default=TICKS[-1])
    figure.update_xaxes(
        title="bytes of streaming state at most",
        type="log",
        range=[math.log10(LEAST), math.log10(2 * most)],
        tickvals=TICKS,
        ticktext=[f"{tick // KIB} KiB" for tick in TICKS],
    )
    figure.update_yaxes(title="recall", range=[-0.06, 1.06])
    dress(figure, theme, height + LEGEND_ROW * len(families))
    return figure.update_layout(legend={"y": -0.2, "yanchor": "top", "font": {"size": 11}}, hovermode="closest")


def _points(figure: go.Figure, family: str, points: list[Point], symbol: str, colour: str) -> None:
    figure.add_scatter(
        x=[one.bytes for one in points],
        y=[one.share.value for one in points],
        mode="markers",
        name=family,
        marker={"symbol": symbol, "size": 10, "color": colour, "line": {"width": 1}},
        customdata=[
            (
                one.code,
                one.title,
                one.stored,
                one.slots,
                one.share.right,
                one.share.total,
                *one.share.interval,
            )
            for one in points
        ],
        hovertemplate="%{customdata[1]}<br>%{customdata[2]}, slots at most: %{customdata[3]}<br>%{customdata[4]} of "
        "%{customdata[5]} right (%{customdata[6]:.2f} to %{customdata[7]:.2f})<extra></extra>",
    )


def recall_against_bytes_in_words(data: Compared) -> str:
    """Text alternative of `recall_against_bytes`: who answers most, from the smallest memory on."""
    if not data.points:
        return "Nothing is known yet."
    steps = "; ".join(
        f"{one.title}: {one.share.right} of {one.share.total} with {one.stored}" for one in data.frontier()
    )
    return (
        f"Recall against bytes: {counted(len(data.points), 'mark')}, each a memory in one size. Better than all that "
        f"store no more: {steps}. "
        f"Counting forbids nothing from {data.sufficient:.0f} bytes on: so many hold the answers to all {data.facts} "
        "facts, for who knows what will be asked."
    )
