"""Two memories held against each other: a bar per token for what only one of them can read, and how far outputs are."""

import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.comparing.difference import Difference
from memattn.records import Role


def difference_strip(data: Difference, theme: ThemeName, height: int = 250) -> go.Figure:
    """Upwards what only A can read, downwards what only B can, in grey what both can in another form."""
    palette, figure = PALETTES[theme], go.Figure()
    tokens = list(range(1, len(data.tokens) + 1))
    ours, theirs = data.alone.tolist()
    rows = (
        ("only A can read", ours, ours, palette.role[Role.RECENT], ""),
        ("only B can read", [-count for count in theirs], theirs, palette.role[Role.COMPRESSED], "/"),
        ("both, in another form", data.form.tolist(), data.form.tolist(), palette.lost, "."),
    )
    for name, heights, counts, colour, pattern in rows:
        figure.add_bar(
            x=tokens,
            y=heights,
            name=name,
            marker={"color": colour, "pattern": {"shape": pattern}, "line": {"width": 0}},
            customdata=list(zip(data.tokens, counts, strict=True)),
            hovertemplate="token %{x} “%{customdata[0]}”: %{customdata[1]} pairs<extra>" + name + "</extra>",
        )
    if data.outputs is not None:
        figure.add_scatter(
            x=tokens,
            y=data.outputs.tolist(),
            name="outputs: |A − B| / |full|",
            mode="lines",
            yaxis="y2",
            line={"color": palette.text, "width": 1.5},
            hovertemplate="token %{x}: %{y:.2f}<extra>outputs</extra>",
        )
    if data.first is not None:
        figure.add_vline(x=data.first + 1, line={"color": palette.role[Role.CURRENT], "width": 2, "dash": "dot"})
    figure.update_xaxes(title="token", range=[0, len(tokens) + 1])
    dress(figure, theme, height)
    none = not (data.alone.any() or data.form.any())
    bands = ([0.0, 1.0], [0.0, 0.0]) if data.outputs is None else ([0.42, 1.0], [0.0, 0.3])
    return figure.update_layout(
        barmode="relative",
        bargap=0.1,
        xaxis={"anchor": "free", "position": 0},
        yaxis={"domain": bands[0], "title": "pairs", "nticks": 4, **({"range": [0, 1]} if none else {})},
        yaxis2={
            "domain": bands[1],
            "rangemode": "tozero",
            "nticks": 3,
            "title": "outputs",
            "visible": bool(bands[1][1]),
        },
    )


def difference_in_words(data: Difference) -> str:
    """Text alternative of `difference_strip`: the first difference, and how it stands at the end."""
    ours, theirs = data.alone[:, -1].tolist()
    last = f"The last token can read {ours} positions through A alone, {theirs} through B alone"
    apart = "" if data.outputs is None else f"; the outputs are {data.outputs[-1]:.2f} of full attention's apart"
    return f"{data.said} {last}, {int(data.form[-1])} through both in another form{apart}."
