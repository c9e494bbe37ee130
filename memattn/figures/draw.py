"""Results → figure and words, by the kind of result."""

from typing import Any

import plotly.graph_objects as go

from memattn.figures.attention import attention_in_words, attention_map
from memattn.figures.losses import loss_in_words, loss_over_time
from memattn.figures.recall import Point, recall, recall_in_words
from memattn.figures.story import recall_curves, recall_curves_in_words
from memattn.figures.theme import ThemeName
from memattn.lessons.results import AttentionMap, LossCurve, RecallByAge, RecallCurves


def draw(data: Any, theme: ThemeName) -> go.Figure:
    match data:
        case LossCurve(trace):
            return loss_over_time(trace, theme)
        case AttentionMap(trace, head):
            return attention_map(trace, theme, head)
        case RecallByAge(series, borders, axis):
            return recall(
                {n: [Point(p.x, p.probability, p.right, p.label) for p in s] for n, s in series.items()},
                axis,
                borders,
                theme,
            )
        case RecallCurves(curves, axis, doubling):
            return recall_curves(curves, axis, theme, doubling=doubling)


def in_words(data: Any) -> str:
    match data:
        case LossCurve(trace):
            return loss_in_words(trace)
        case AttentionMap(trace, head):
            return attention_in_words(trace, head)
        case RecallByAge(series, borders, axis):
            return recall_in_words(
                {n: [Point(p.x, p.probability, p.right, p.label) for p in s] for n, s in series.items()}
            )
        case RecallCurves(curves, axis, doubling):
            return recall_curves_in_words(curves)
