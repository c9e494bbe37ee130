"""Attention of a whole run as one map, for inspection: rows are queries, columns are positions, oldest left.

A cell is the share of the query's attention that falls on a position: what a slot gets is spread over the positions
that it was made of, by its value shares, so that a row sums to 1. Slots that stem from no position, such as learned
global tokens, stand left of the first.
"""

from collections import deque
from collections.abc import Iterator
from itertools import groupby

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from memattn.figures.quantities import SHARE, of_head, whose
from memattn.figures.theme import ATTENTION_RANGE, PALETTES, ThemeName, dress, sequential
from memattn.lessons.narration import slot_name, span, words
from memattn.records import Floats, Role, Trace

MOST_NAMED = 128  # tokens; a longer map does not carry two words per cell, which would be most of its bytes
LOST = "lost: no slot carries the position"

Cells = NDArray[np.bool_]
Rectangle = tuple[int, int, int, int]  # first and last row, first and last column


def shares(trace: Trace, head: int | None = None) -> Floats:
    """Attention mapped onto positions, (tokens, strays + tokens); NaN where a query cannot look: the future."""
    tokens, columns = len(trace.tokens), strays(trace)
    grid = np.full((tokens, len(columns) + tokens), np.nan, dtype=np.float32)
    for step in trace.steps:
        weights = dict(zip(step.ids, of_head(step.weights, head), strict=True))
        grid[step.index, : len(columns)] = [weights.get(slot, 0.0) for slot in columns]
        grid[step.index, len(columns) : len(columns) + step.index + 1] = of_head(step.attribution, head)
    return grid


def strays(trace: Trace) -> tuple[int, ...]:
    """Slots that stem from no position, in the order of their columns."""
    found = {slot for step in trace.steps for slot in step.ids if slot < 0} - set(trace.made)
    return tuple(sorted(found, reverse=True))


def carried(trace: Trace, head: int | None = None) -> Cells:
    """Which positions (columns) some slot that a query (row) reads carries a part of, (tokens, tokens).

    Args:
        trace: the run.
        head: for which head; None is for any.
    """
    tokens = len(trace.tokens)
    cells = np.zeros((tokens, tokens), dtype=np.bool_)
    coming, parts = deque(trace.blocks), dict[int, tuple[slice, Cells]]()
    for step in trace.steps:
        known = step.index if trace.reads_after else step.index - 1
        while coming and coming[0].step <= known:
            block = coming.popleft()
            values = block.values > 0
            own: Cells = np.logical_or.reduce(values) if head is None else values[head]
            parts |= {slot: (block.sources, row) for slot, row in zip(block.ids, own, strict=True)}
        for slot in step.ids:
            if slot >= 0:
                cells[step.index, slot] = True
            elif slot in parts:
                sources, own = parts[slot]
                cells[step.index, sources] |= own
    return cells


def attention_map(trace: Trace, theme: ThemeName, head: int | None = None, height: int = 460) -> go.Figure:
    """Share of attention of every query on every position; lost positions are hatched, those to come are blank."""
    grid, missing = shares(trace, head), np.tril(~carried(trace, head))
    left = strays(trace)
    grid[:, len(left) :][missing] = np.nan
    low, high = ATTENTION_RANGE
    figure = go.Figure(
        go.Heatmap(
            z=grid,
            x0=1 - len(left),
            y0=1,
            dx=1,
            dy=1,
            zmin=low,
            zmax=high,
            colorscale=sequential(theme),
            colorbar={
                "title": {"text": f"{SHARE}<br>{whose(trace, head)}<br>a row sums to 1"},
                "thickness": 10,
                "outlinewidth": 0,
            },
            hoverongaps=False,
            **_names(trace, left, grid.shape),
        )
    )
    if missing.any():
        figure.add_trace(_hatching(missing, theme))
    last = len(grid) + 0.5
    figure.update_xaxes(title="position read", range=[0.5 - len(left), last])
    figure.update_yaxes(title="query", range=[last, 0.5], scaleanchor="x")
    figure.update_xaxes(showgrid=False, constrain="domain").update_yaxes(showgrid=False, constrain="domain")
    if left:
        ticks = _ticks(len(grid))
        names = [span(left, Role.GLOBAL), *map(str, ticks)]
        figure.update_xaxes(tickvals=[(1 - len(left)) / 2, *ticks], ticktext=names)
    dress(figure, theme, height)
    return figure.update_layout(plot_bgcolor=PALETTES[theme].panel, dragmode="zoom")


def _names(trace: Trace, left: tuple[int, ...], shape: tuple[int, ...]) -> dict[str, object]:
    """What a cell says when it is pointed at: with both words, where there are not too many."""
    if shape[0] > MOST_NAMED:
        return {"hovertemplate": "k%{y} reads k%{x}: %{z:.3~r}<extra></extra>"}
    queries = np.array([_named(trace, at) for at in range(shape[0])], dtype=object)
    read = np.array([*(slot_name(slot, Role.GLOBAL) for slot in left), *queries], dtype=object)
    return {
        "text": np.broadcast_to(queries[:, None], shape),
        "customdata": np.broadcast_to(read, shape),
        "hovertemplate": "%{text} reads %{customdata}: %{z:.3~r}<extra></extra>",
    }


def _named(trace: Trace, position: int) -> str:
    return f"{slot_name(position)} {words(trace, (position,))}"


def _ticks(tokens: int) -> list[int]:
    """About six round positions."""
    apart = max(10, tokens // 60 * 10)
    return list(range(apart, tokens + 1, apart))


def _hatching(missing: Cells, theme: ThemeName) -> go.Scatter:
    """One hatched area over some cells."""
    x, y = list[float | None](), list[float | None]()
    for top, bottom, left, right in rectangles(missing):
        x += [left + 0.5, right + 1.5, right + 1.5, left + 0.5, None]
        y += [top + 0.5, top + 0.5, bottom + 1.5, bottom + 1.5, None]
    hatch = {"shape": "/", "fgcolor": PALETTES[theme].lost, "bgcolor": "rgba(0,0,0,0)", "size": 5, "solidity": 0.25}
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillpattern=hatch,
        hoveron="fills",
        hoverinfo="name",
        hoverlabel={"namelength": -1},
        name=LOST,
        showlegend=True,
    )


def rectangles(cells: Cells) -> Iterator[Rectangle]:
    """Rectangles that cover some cells and no other, each cell once: runs of columns alike."""
    stretches = [tuple(_runs(column)) for column in cells.T]
    for spans, columns in groupby(range(len(stretches)), key=stretches.__getitem__):
        first, *others = columns
        for top, bottom in spans:
            yield top, bottom, first, [first, *others][-1]


def _runs(column: Cells) -> Iterator[tuple[int, int]]:
    """First and last place of every run of cells."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], column.view(np.int8), [0]])))
    yield from ((int(start), int(stop) - 1) for start, stop in edges.reshape(-1, 2))


def attention_in_words(trace: Trace, head: int | None = None) -> str:
    """Text alternative of `attention_map`."""
    grid, left, tokens = np.nan_to_num(shares(trace, head)), strays(trace), len(trace.tokens)
    first = min(1, tokens - 1)  # the first query can read only itself, which says nothing
    query, column = divmod(int(grid[first:].argmax()), grid.shape[1])
    query += first
    read = slot_name(left[column], Role.GLOBAL) if column < len(left) else _named(trace, column - len(left))
    lost, cells = int(np.tril(~carried(trace, head)).sum()), tokens * (tokens + 1) // 2
    return (
        f"{SHARE.capitalize()} {whose(trace, head)} of {tokens} queries on {tokens} positions; a row sums to 1. After "
        f"the first token, which has only itself to read, the largest share, {grid[query, column]:.2f}, goes from "
        f"{_named(trace, query)} to {read}. {lost:,} of {cells:,} cells are {LOST}."
    )
