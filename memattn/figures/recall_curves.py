"""Recall of whole memories, measured on many stories: shares with their intervals, and what is to be expected."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from memattn.figures.quantities import RECALL
from memattn.figures.theme import NAME, PALETTES, ThemeName, dress, on_lines
from memattn.lessons.results import Curve, MeasuredPoint, RecallCurves
from memattn.records import Role

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
EXPECTED = "dotted: what to expect"
CHANCE = "blind guess"
SAME_CHANCE = 0.005  # what differs by less is drawn as one
LEGEND_ROW = 20  # pixels


def recall_curves(data: RecallCurves, theme: ThemeName, height: int = 300) -> go.Figure:
    """Share of right answers with 95 % intervals; dotted the closed form of each memory, and a blind guess.

    Both scales are the same however far the measurement has come.

    Args:
        data: at most six curves.
        theme: "light" or "dark".
        height: of the plot in pixels; a row for each name comes on top.

    Raises:
        ValueError: there are more curves than can be told apart.
    """
    curves = data.curves
    if len(curves) > len(SYMBOLS):
        raise ValueError(f"curves must be at most {len(SYMBOLS)} to be told apart, got {len(curves)}")
    palette = PALETTES[theme]
    figure = go.Figure()
    for curve, symbol, role in zip(curves, SYMBOLS, _roles(curves), strict=False):
        colour = palette.role[role]
        _add_line(figure, curve, colour)
        _add_points(figure, curve, colour, symbol)
    if any(curve.line for curve in curves):
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="lines",
            name=EXPECTED,
            line={"color": palette.muted, "width": 2, "dash": "dot"},
        )
    _add_chance(figure, _chances(curves), theme)
    figure.update_xaxes(title=data.axis, **_x_scale(curves, data.doubling))
    figure.update_yaxes(title=f"{RECALL} (share of right answers)", range=[-0.03, 1.03])
    rows = _mixed(_chances(curves)) + sum(on_lines(curve.name, NAME).count("<br>") + 1 for curve in curves)
    dress(figure, theme, height + LEGEND_ROW * (rows + 1))
    return figure.update_layout(legend={"y": 1.04, "orientation": "v"})


def recall_curves_in_words(data: RecallCurves) -> str:
    """Text alternative of `recall_curves`."""
    parts = []
    for curve in data.curves:
        right, asked = sum(point.right for point in curve.points), sum(point.asked for point in curve.points)
        so_far = "" if curve.complete else f" so far, of {curve.total} questions"
        bins = ", ".join(f"{point.label} {point.right} of {point.asked}" for point in curve.points)
        counted = f"{right} of {asked} right{so_far}" + (f" ({bins})" if bins else "")
        parts.append(
            f"{curve.name}: {RECALL} {right / asked:.2f}, {counted}." if asked else f"{curve.name}: {counted}."
        )
        parts += [_sentence(curve.rule)] if curve.rule else []
    chances = _chances(data.curves).values()
    rates = dict.fromkeys(f"{rate:.2f}" for rate in (min(chances), max(chances))) if chances else ()
    return " ".join(parts) + (f" A blind guess is right in {' to '.join(rates)} of all." if rates else "")


def _add_chance(figure: go.Figure, chances: Mapping[float, float], theme: ThemeName) -> None:
    """A level through the whole plot where guessing is as good everywhere, else a line from place to place."""
    palette, rates = PALETTES[theme], list(chances.values())
    line = {"color": palette.lost, "width": 1, "dash": "dash"}
    if _mixed(chances):
        hover = f"%{{y:.2f}}<extra>{CHANCE}</extra>"
        figure.add_scatter(x=list(chances), y=rates, mode="lines", name=CHANCE, line=line, hovertemplate=hover)
    elif rates:
        figure.add_hline(
            y=sum(rates) / len(rates),
            line=line,
            annotation={"text": CHANCE, "font": {"color": palette.muted, "size": 12}},
            annotation_position="top left",
        )


def _add_points(figure: go.Figure, curve: Curve, colour: str, symbol: str) -> None:
    points = curve.points
    figure.add_scatter(
        x=[point.x for point in points],
        y=[point.share for point in points],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [point.interval[1] - point.share for point in points],
            "arrayminus": [point.share - point.interval[0] for point in points],
            "color": colour,
            "thickness": 1.5,
            "width": 5,
        },
        name=curve.name,
        mode="lines+markers+text" if any(point.mark for point in points) else "lines+markers",
        text=[point.mark for point in points],
        textposition="top right",
        line={"color": colour, "width": 1},
        marker={"symbol": symbol, "size": 10, "color": colour},
        customdata=[_hover(point) for point in points],
        hovertemplate="%{customdata}<extra>" + curve.name + "</extra>",
    )


def _add_line(figure: go.Figure, curve: Curve, colour: str) -> None:
    figure.add_scatter(
        x=[x for x, _ in curve.line],
        y=[y for _, y in curve.line],
        name=f"{curve.name}: expected",
        mode="lines",
        line={"color": colour, "width": 2, "dash": "dot"},
        showlegend=False,
        hovertemplate="%{x:,.4~r}: %{y:.2f}<br>" + curve.rule + "<extra>" + curve.name + "</extra>",
    )


def _hover(point: MeasuredPoint) -> str:
    low, high = point.interval
    return (
        f"{point.label}: {RECALL} {point.share:.2f} ({low:.2f} to {high:.2f}), {point.right} of {point.asked} right"
        f"<br>expected {point.expected:.2f}, blind guess {point.chance:.2f}"
    )


def _roles(curves: Sequence[Curve]) -> Iterator[Role]:
    """A curve's own role where no earlier one has taken its colour, else one that none asks for."""
    wanted = {curve.role for curve in curves}
    free = iter([role for role in Role if role not in wanted] + list(Role))
    taken: set[Role] = set()
    for curve in curves:
        role = curve.role
        while role in taken:
            role = next(free)
        taken.add(role)
        yield role


def _x_scale(curves: Sequence[Curve], doubling: bool) -> dict[str, object]:
    places = sorted({x for curve in curves for x, _ in curve.line} | {p.x for curve in curves for p in curve.points})
    if not places:
        return {}
    if not doubling:
        return {"range": [min(0, places[0] - 1), places[-1] + 1]}
    low, high = np.log10([places[0] / 1.2, places[-1] * 1.2]).tolist()
    return {"type": "log", "range": [low, high], "tickvals": places, "ticktext": [f"{place:g}" for place in places]}


def _chances(curves: Sequence[Curve]) -> dict[float, float]:
    """Probability of a blind guess by x, over all that was asked there: which kinds of facts these are differs."""
    points = sorted((point for curve in curves for point in curve.points), key=lambda point: point.x)
    asked: dict[float, int] = {}
    guessed: dict[float, float] = {}
    for point in points:
        asked[point.x] = asked.get(point.x, 0) + point.asked
        guessed[point.x] = guessed.get(point.x, 0.0) + point.chance * point.asked
    return {x: guessed[x] / count for x, count in asked.items() if count}


def _mixed(chances: Mapping[float, float]) -> bool:
    return bool(chances) and max(chances.values()) - min(chances.values()) >= SAME_CHANCE


def _sentence(rule: str) -> str:
    return f"{rule[:1].upper()}{rule[1:]}."
