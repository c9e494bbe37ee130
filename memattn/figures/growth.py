"""What every mechanism costs as the text grows, and what a step of each took here beside the paper."""

import math

import plotly.graph_objects as go

from memattn.figures.bars import NAME, TITLE, TWO_LINES, ticks
from memattn.figures.theme import PALETTES, ThemeName, dress, on_lines, on_two_lines
from memattn.lessons.cost.record import Growth, MeasuredHere, times
from memattn.quantities import bytes_in_words
from memattn.records import counted

FULL = "full attention"
AROUND = 140  # pixels around all rows


def growth(data: Growth, theme: ThemeName, height: int = 430) -> go.Figure:
    """Every mechanism thin, the chosen one strong, full attention dashed; a line at the marked length."""
    palette, figure = PALETTES[theme], go.Figure()
    now = data.lengths.index(data.at)
    full, chosen = data.chosen[0], data.chosen[-1]
    order = sorted(data.curves, key=lambda name: (name in data.chosen, name == chosen))  # what stands out is on top
    for name in order:
        curve = data.curves[name]
        strong, colour = name in data.chosen, palette.muted if name == full else palette.role[curve.role]
        figure.add_scatter(
            x=data.lengths,
            y=[value or None for value in curve.values],  # a logarithmic axis has no 0
            name=FULL if name == full else curve.title,
            mode="lines",
            line={"color": colour, "width": 3.5 if strong else 1, "dash": "dash" if name == full else "solid"},
            opacity=1 if strong else 0.55,
            showlegend=strong,
            customdata=[bytes_in_words(value) if data.bytes else f"{value:,} operations" for value in curve.values],
            hovertemplate="after %{x:,} tokens: %{customdata}<extra>" + curve.title + "</extra>",
        )
    marked = [name for name in data.chosen if data.curves[name].values[now]]
    figure.add_scatter(
        x=[data.at] * len(marked),
        y=[data.curves[name].values[now] for name in marked],
        text=[data.words[name] for name in marked],
        mode="markers+text",
        textposition="top left" if now > len(data.lengths) // 2 else "top right",
        marker={"size": 10, "color": palette.text},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_vline(x=data.at, line={"color": palette.text, "width": 1})
    figure.update_xaxes(title="tokens of the text", type="log", **ticks(False))
    figure.update_yaxes(title=data.quantity, type="log", **ticks(data.bytes))
    return dress(figure, theme, height)


def growth_in_words(data: Growth) -> str:
    """Text alternative of `growth`: the marked length of those that stand out, and by how much each grows."""
    first, last = data.lengths[0], data.lengths[-1]
    parts = []
    for name in data.chosen:
        title, _, values = data.curves[name]
        grown = f"growing to {times(values[-1] / values[0])} that" if values[0] else "growing from nothing"
        grows = "staying as it is" if values[-1] == values[0] else grown
        now = f"{title} {data.words[name]} after {counted(data.at, 'token')}"
        parts.append(f"{now}, {grows} between {first:,} and {last:,} tokens")
    return f"{data.quantity[:1].upper()}{data.quantity[1:]} of {len(data.curves)} memories. {'; '.join(parts)}."


def measured_here(data: MeasuredHere, theme: ThemeName) -> go.Figure:
    """Of each mechanism two marks: operations on paper, and time measured; both beside full attention's."""
    palette, figure = PALETTES[theme], go.Figure()
    names = [on_two_lines(step.title, NAME) for step in data.steps]
    papers = [step.flops_paper / data.full_flops for step in data.steps]
    ratios = [step.ratio for step in data.steps]
    for name, paper, ratio in zip(names, papers, ratios, strict=True):
        figure.add_scatter(
            x=[paper, ratio],
            y=[name, name],
            mode="lines",
            line={"color": palette.line, "width": 3},
            showlegend=False,
            hoverinfo="skip",
        )
    for title, values, symbol, colour in (
        (
            "operations, on paper and counted" if all(s.agrees for s in data.steps) else "operations, on paper",
            papers,
            "circle-open",
            palette.text,
        ),
        ("time, measured here", ratios, "diamond", [palette.role[step.role] for step in data.steps]),
    ):
        figure.add_scatter(
            x=values,
            y=names,
            mode="markers",
            name=title,
            marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2}},
            text=[times(value) for value in values],
            hovertemplate="%{y}: %{text} full attention’s<extra>" + title + "</extra>",
        )
    figure.add_vline(x=1, line={"color": palette.text, "width": 1, "dash": "dot"})
    low = math.floor(math.log10(min([*papers, *ratios, 0.5])))
    high = math.log10(max([*ratios, 1.0])) + 0.3
    figure.update_xaxes(type="log", range=[low, high], **ticks(False))
    figure.update_yaxes(autorange="reversed", categoryorder="array", categoryarray=names)
    dress(figure, theme, AROUND + TWO_LINES * len(names))
    title = f"of full attention’s after {data.tokens:,} tokens"
    return figure.update_xaxes(title_text=on_lines(title, TITLE))


def measured_here_in_words(data: MeasuredHere) -> str:
    """Text alternative of `measured_here`: both marks of every mechanism."""
    rows = [
        f"{step.title}: operations {times(step.flops_paper / data.full_flops)}, time {times(step.ratio)}"
        for step in data.steps
    ]
    return f"{data.says} Beside full attention’s after {data.tokens:,} tokens. {'; '.join(rows)}."
