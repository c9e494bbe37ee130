"""The legal document: recall by kind of question, and recall against bytes of all that was tried."""

import math

import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.contract.record import KIB, ByKind, Frontier, Tried, kib
from memattn.records import Role

# One for each family that can be chosen; those of one colour differ.
SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "diamond",
    "triangle-up",
    "triangle-down",
    "square",
    "cross",
    "circle",
    "star",
    "hexagon",
    "pentagon",
)
OWN, BETTER, FULL = "your choice", "a better choice", "full attention"
SHOWN = {OWN: (Role.CURRENT, "star"), BETTER: (Role.COMPRESSED, "diamond"), FULL: (Role.RECENT, "circle-open")}
ROW, LEGEND_ROW = 44, 10  # pixels; two memories stand in a row of the legend
EDGES, TICKS = (0.7, 3000), (1, 4, 16, 64, 256, 1024)  # of the axis of bytes, KiB


def by_kind(data: ByKind, theme: ThemeName) -> go.Figure:
    """A row for each kind of question and for each part of the contract; a mark with its interval per memory."""
    palette, figure = PALETTES[theme], go.Figure()
    rows = [*data.subjects, *data.sections]
    for number, (title, tried) in enumerate(data.shown):
        role, symbol = SHOWN[title]
        colour, shares = palette.role[role], data.rows(tried)
        known = [(at, share) for at, share in enumerate(shares) if share]
        figure.add_scatter(
            x=[share.value for _, share in known],
            y=[_height(data, at) + 0.22 * (number - (len(data.shown) - 1) / 2) for at, _ in known],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [share.interval.high - share.value for _, share in known],
                "arrayminus": [share.value - share.interval.low for _, share in known],
                "color": colour,
                "thickness": 1.5,
                "width": 4,
            },
            mode="markers",
            name=title,
            marker={"symbol": symbol, "size": 11, "color": colour, "line": {"color": colour, "width": 2}},
            customdata=[(rows[at], share.right, share.total) for at, share in known],
            hovertemplate="%{customdata[0]}: %{customdata[1]} of %{customdata[2]} right"
            f"<extra>{title}: {tried.name}</extra>",
        )
    figure.add_vline(x=data.chance, line={"color": palette.lost, "width": 1, "dash": "dot"})
    figure.update_xaxes(title="recall (dotted: blind guess)", range=[-0.03, 1.03])
    heights = [_height(data, at) for at in range(len(rows))]
    figure.update_yaxes(
        tickvals=heights, ticktext=rows, range=[heights[-1] + 0.7, heights[0] - 0.7], showgrid=False, zeroline=False
    )
    dress(figure, theme, 90 + ROW * len(rows))
    return figure


def _height(data: ByKind, at: int) -> float:
    """Of a row; the parts of the contract stand apart from the kinds."""
    return at + 0.5 * (at >= len(data.subjects))


def by_kind_in_words(data: ByKind) -> str:
    """Text alternative of `by_kind`."""
    if not data.shown:
        return "Nothing is known yet."
    rows = [*data.subjects, *(f"facts of the {section}" for section in data.sections)]
    said = []
    for title, tried in data.shown:
        shares = zip(rows, data.rows(tried), strict=True)
        numbers = ", ".join(f"{row} {share.right} of {share.total}" for row, share in shares if share)
        said.append(f"{title[:1].upper()}{title[1:]}: {numbers}.")
    return " ".join(said)


def frontier(data: Frontier, theme: ThemeName, height: int = 380) -> go.Figure:
    """Recall against bytes: a mark per memory and size, the choice ringed, the budget, and what eviction reaches."""
    palette, figure, exam = PALETTES[theme], go.Figure(), data.exam
    edge = data.budget / KIB
    figure.add_scatter(
        x=[size / KIB for size, _ in exam.bounds.line],
        y=[share for _, share in exam.bounds.line],
        mode="lines",
        name="newest pairs (exact)",
        line={"color": palette.muted, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
    )
    for (family, title), symbol in zip(data.families, SYMBOLS, strict=True):
        own = sorted((one for one in exam.tried if one.family == family), key=lambda one: one.bytes)
        if own:
            _points(figure, own, title, symbol, palette.role[own[0].role])
    rings = ((exam.own, OWN), (exam.better(data.budget), BETTER))
    for tried, title in rings:
        if tried and (share := tried.share()):
            colour = palette.text if title == OWN else palette.role[Role.RETRIEVED]
            figure.add_scatter(
                x=[tried.bytes / KIB],
                y=[share.value],
                mode="markers+text",
                text=[title],
                textposition="bottom center" if title == OWN else "top center",
                textfont={"color": colour},
                marker={"symbol": "circle-open", "size": 20, "color": colour, "line": {"width": 2.5}},
                showlegend=False,
                hoverinfo="skip",
            )
    figure.add_vline(x=edge, line={"color": palette.text, "width": 1})
    figure.add_annotation(
        x=math.log10(edge),  # an annotation, unlike a line, is placed by the logarithm
        y=1.04,
        text=f"budget {kib(data.budget)}",
        font={"color": palette.muted, "size": 12},
        showarrow=False,
        xanchor="right",
    )
    figure.add_hline(
        y=exam.bounds.chance,
        line={"color": palette.lost, "width": 1, "dash": "dot"},
        annotation={"text": "blind guess", "font": {"color": palette.muted, "size": 12}},
        annotation_position="bottom left",
    )
    figure.update_xaxes(
        title="most bytes of streaming state (KiB)",
        type="log",
        range=[math.log10(EDGES[0]), math.log10(EDGES[1])],
        tickvals=TICKS,
        ticktext=[f"{tick:,}" for tick in TICKS],
    )
    figure.update_yaxes(title="recall", range=[-0.06, 1.06])
    dress(figure, theme, height + LEGEND_ROW * len(figure.data))
    return figure.update_layout(legend={"y": -0.22, "yanchor": "top", "font": {"size": 11}}, hovermode="closest")


def _points(figure: go.Figure, tried: list[Tried], title: str, symbol: str, colour: str) -> None:
    shares = [one.share() for one in tried]
    figure.add_scatter(
        x=[one.bytes / KIB for one in tried],
        y=[share.value for share in shares if share],
        mode="markers",
        name=title,
        marker={"symbol": symbol, "size": 10, "color": colour, "line": {"width": 1}},
        customdata=[
            (one.name, kib(one.bytes), share.right, share.total, *share.interval, one.code)
            for one, share in zip(tried, shares, strict=True)
            if share
        ],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}: %{customdata[2]} of %{customdata[3]} right "
        "(%{customdata[4]:.2f} to %{customdata[5]:.2f})<extra></extra>",
    )


def frontier_in_words(data: Frontier) -> str:
    """Text alternative of `frontier`: who answers most, from the smallest memory on."""
    best, said = -1, []
    for one in sorted(data.exam.tried, key=lambda one: (one.bytes, -one.right)):
        if one.right > best:
            best = one.right
            said.append(f"{one.name} {one.right} of {len(one.asked)} with {kib(one.bytes)}")
    steps = "; ".join(said) or "nothing is known yet"
    return f"Recall against bytes of {len(data.exam.tried)} memories. Better than all that store less: {steps}."
