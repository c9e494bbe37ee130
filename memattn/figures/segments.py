"""Segments: which of them can be read, and what an update by segments saves."""

import plotly.graph_objects as go

from memattn.figures.theme import PALETTES, ThemeName, dress, ink
from memattn.lessons.results import Gradients, Reach, TimePerToken
from memattn.quantities import rounded
from memattn.records import Role, counted

IN_WORDS = ("out of reach", "read in one layer", "read with a second layer")
SYMBOLS = ("circle", "square", "diamond", "triangle-up")


def reach(data: Reach, theme: ThemeName, height: int = 340) -> go.Figure:
    """Segments by segments: 1 where a segment is read in one layer, 2 where only two layers reach it."""
    palette = PALETTES[theme]
    fills = (palette.panel, palette.role[Role.RECENT], palette.role[Role.COMPRESSED])
    count = len(data.names)
    figure = go.Figure()
    figure.add_heatmap(
        z=data.layers,
        zmin=0,
        zmax=2,
        xgap=2,
        ygap=2,
        showscale=False,
        colorscale=[[(value + end) / 3, fill] for value, fill in enumerate(fills) for end in (0, 1)],
        customdata=[[IN_WORDS[value] for value in row] for row in data.layers],
        hovertemplate="words of segment %{y}, segment %{x}: %{customdata}<extra></extra>",
        x=list(range(count)),
        y=list(range(count)),
    )
    figure.update_layout(  # all at once: Plotly checks those that stand there again with each that is added
        annotations=[
            {"x": column, "y": row, "text": str(value), "showarrow": False}
            | {"font": {"color": ink(fills[value]), "size": 13}}
            for row, values in enumerate(data.layers)
            for column, value in enumerate(values)
            if value
        ]
    )
    ticks = {"tickvals": list(range(count)), "ticktext": list(data.names), "showgrid": False, "zeroline": False}
    figure.update_xaxes(title="segment that is read: 1 in one layer, 2 with a second one", **ticks)
    figure.update_yaxes(title="words of segment", autorange="reversed", **ticks)
    return dress(figure, theme, height)


def reach_in_words(data: Reach) -> str:
    """Text alternative of `reach`."""
    own = data.names[data.row]
    named = [[data.names[at] for at, value in enumerate(data.layers[data.row]) if value == layer] for layer in (1, 2)]
    beyond = f", and {_listed(named[1])} with a second one" if named[1] else ", and no others with a second one"
    (one, two), (first, second), (folk, folk_two) = data.measured, data.exact, data.folk
    return (
        f"Segment {own} reads {_listed(named[0])} in one layer{beyond}. Its last word reaches {one} tokens back in one "
        f"layer and {two} in two; r + (L − 1) · n_s · ⌈M/n_s⌉ + M says {first} and {second}, L · M says {folk} and "
        f"{folk_two}."
    )


def gradients(data: Gradients, theme: ThemeName, height: int = 300) -> go.Figure:
    """Bars by position, from the oldest pair that is read: attention, and gradient by the value of the pair."""
    palette, figure = PALETTES[theme], go.Figure()
    places = [*data.remembered, *data.running]
    for name, values, colour, shape in (
        ("attention α", data.weights, palette.role[Role.RECENT], ""),
        ("gradient ∂o/∂v", data.gradients, palette.role[Role.RETRIEVED], "/"),
    ):
        figure.add_bar(
            x=[at + 1 for at in places],
            y=[values[at] for at in places],
            name=name,
            marker={"color": colour, "pattern": {"shape": shape}},
            hovertemplate="k%{x}: %{y:.3f}<extra>" + name + "</extra>",
        )
    figure.add_vline(
        x=data.running[0] + 0.5,
        line={"color": palette.muted, "width": 1, "dash": "dash"},
        annotation={"text": "← Mem, the running segment →", "font": {"color": palette.muted, "size": 12}},
        annotation_position="top",
    )
    figure.update_xaxes(title="pair that the last word reads")
    figure.update_yaxes(title="mean over heads", rangemode="tozero")
    return dress(figure, theme, height)


def gradients_in_words(data: Gradients) -> str:
    """Text alternative of `gradients`."""
    (read, taught), (read_too, taught_too) = (
        (sum(data.weights[at] for at in places), sum(abs(data.gradients[at]) for at in places))
        for places in (data.remembered, data.running)
    )
    return (
        f"The last word gives {read:.2f} of its attention to the {counted(len(data.remembered), 'pair')} in Mem, and a "
        f"gradient of {rounded(taught)} comes back to them; to the {counted(len(data.running), 'pair')} of its own "
        f"segment {read_too:.2f} and {taught_too:.2f}."
    )


def time_per_token(data: TimePerToken, theme: ThemeName, height: int = 320) -> go.Figure:
    """Microseconds per token by the pairs of an update, both doubling; bars from the quickest run to the slowest."""
    palette, figure = PALETTES[theme], go.Figure()
    for (name, own), symbol in zip(data.times.items(), SYMBOLS, strict=False):
        colour = palette.role[data.roles[name]]
        figure.add_scatter(
            x=[one.length for one in own],
            y=[one.micros for one in own],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [one.most - one.micros for one in own],
                "arrayminus": [one.micros - one.least for one in own],
                "color": colour,
                "thickness": 1.5,
                "width": 4,
            },
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"symbol": symbol, "size": 9, "color": colour},
            customdata=[one.updates for one in own],
            hovertemplate="n_s = %{x}: %{y:,.3~r} µs, %{customdata:.3~r} updates per token<extra>" + name + "</extra>",
        )
    lengths = sorted({one.length for own in data.times.values() for one in own})
    figure.update_xaxes(title="n_s, pairs that enter with one update", type="log", tickvals=lengths)
    figure.update_xaxes(ticktext=[str(length) for length in lengths])
    figure.update_yaxes(title="µs per token", type="log", dtick=1)
    return dress(figure, theme, height)


def time_per_token_in_words(data: TimePerToken) -> str:
    """Text alternative of `time_per_token`."""
    parts = []
    for name, own in data.times.items():
        first, last = own[0], own[-1]
        parts.append(
            f"{name}: {rounded(first.micros, 3)} µs per token at n_s = {first.length}, "
            f"{rounded(last.micros, 3)} at {last.length}"
        )
    return f"Over {data.tokens:,} tokens. {'; '.join(parts)}."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
