"""Attention of a whole run as one map, for inspection: rows are queries, columns are positions, oldest left."""

import numpy as np
import plotly.graph_objects as go

from memattn.figures.theme import ATTENTION_RANGE, PALETTES, ThemeName, dress, sequential
from memattn.records import Floats, Trace

MOST_NAMED = 128  # tokens; a longer map does not carry two words per cell, which would be most of its bytes


def attributed(trace: Trace, head: int | None = None) -> Floats:
    """Attention mapped onto stream positions, (tokens, tokens); NaN where a query cannot look: the future."""
    tokens = len(trace.tokens)
    grid = np.full((tokens, tokens), np.nan, dtype=np.float32)
    for step in trace.steps:
        row = step.attribution.mean(axis=0) if head is None else step.attribution[head]
        grid[step.index, : step.index + 1] = row
    return grid


def attention_map(trace: Trace, theme: ThemeName, head: int | None = None, height: int = 460) -> go.Figure:
    """Attributed attention of every query; a compressed slot's weight is spread over its sources by their shares."""
    grid = attributed(trace, head)
    words = [f"k{i} {word}" for i, word in enumerate(trace.tokens)]
    low, high = ATTENTION_RANGE
    named = len(words) <= MOST_NAMED
    pair = "%{text} reads %{customdata}" if named else "k%{y} reads k%{x}"
    figure = go.Figure(
        go.Heatmap(
            z=grid,
            zmin=low,
            zmax=high,
            colorscale=sequential(theme),
            colorbar={"title": {"text": "attention weight"}, "thickness": 10, "outlinewidth": 0},
            customdata=np.broadcast_to(np.array(words, dtype=object), grid.shape) if named else None,
            text=np.broadcast_to(np.array(words, dtype=object)[:, None], grid.shape) if named else None,
            hovertemplate=pair + ": %{z:.3g}<extra></extra>",
            hoverongaps=False,
        )
    )
    figure.update_xaxes(title="position read", showgrid=False, constrain="domain")
    figure.update_yaxes(title="query", autorange="reversed", showgrid=False, scaleanchor="x")
    dress(figure, theme, height)
    figure.update_layout(plot_bgcolor=PALETTES[theme].panel, dragmode="zoom")
    return figure


def attention_in_words(trace: Trace, head: int | None = None) -> str:
    """Text alternative of `attention_map`."""
    grid = np.nan_to_num(attributed(trace, head))
    tokens = len(trace.tokens)
    first = min(1, tokens - 1)  # k0 can read only itself, which says nothing
    query, position = np.unravel_index(int(grid[first:].argmax()), grid[first:].shape)
    query += first
    reading, read = (f"k{at} “{trace.tokens[at]}”" for at in (query, position))
    return (
        f"Attention of {tokens} queries over {tokens} positions, between 0 and 1. After the first token, which has "
        f"only itself to read, the largest weight, {grid[query, position]:.2f}, goes from {reading} to {read}."
    )
