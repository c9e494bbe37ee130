"""The figure of a result, and its text alternative: one function each for all kinds of results."""

from typing import assert_never

import plotly.graph_objects as go

from memattn.figures.attention import attention_in_words, attention_map
from memattn.figures.bars import bars, bars_in_words
from memattn.figures.beginnings import beginnings, beginnings_in_words
from memattn.figures.compared import recall_against_bytes, recall_against_bytes_in_words
from memattn.figures.contracts import by_kind, by_kind_in_words, frontier, frontier_in_words
from memattn.figures.costs import (
    bytes_in_real_models,
    bytes_in_real_models_in_words,
    state_growth,
    state_growth_in_words,
)
from memattn.figures.difference import difference_in_words, difference_strip
from memattn.figures.growth import growth, growth_in_words, measured_here, measured_here_in_words
from memattn.figures.kinds import by_compression, by_compression_in_words
from memattn.figures.lines import lines, lines_in_words
from memattn.figures.losses import loss_in_words, loss_over_time
from memattn.figures.panels import panels, panels_in_words
from memattn.figures.recall import recall_by_age, recall_by_age_in_words
from memattn.figures.recall_curves import recall_curves, recall_curves_in_words
from memattn.figures.segments import (
    gradients,
    gradients_in_words,
    reach,
    reach_in_words,
    time_per_token,
    time_per_token_in_words,
)
from memattn.figures.theme import ThemeName
from memattn.figures.training import live_training, live_training_in_words
from memattn.lessons.comparing.difference import Difference
from memattn.lessons.comparing.record import Compared
from memattn.lessons.contract.record import ByKind, Frontier
from memattn.lessons.cost.record import Bars, Growth, MeasuredHere
from memattn.lessons.results import (
    AttentionMap,
    Beginnings,
    ByCompression,
    Gradients,
    Lines,
    LiveTraining,
    LossCurve,
    Panels,
    Reach,
    RealSizes,
    RecallByAge,
    RecallCurves,
    StateGrowth,
    TimePerToken,
)

Result = (
    LossCurve
    | AttentionMap
    | RecallByAge
    | RecallCurves
    | StateGrowth
    | RealSizes
    | LiveTraining
    | Lines
    | ByCompression
    | Panels
    | Reach
    | Gradients
    | TimePerToken
    | Beginnings
    | ByKind
    | Frontier
    | Bars
    | Growth
    | MeasuredHere
    | Difference
    | Compared
)


def draw(data: Result, theme: ThemeName) -> go.Figure:
    """The figure of a result, in the colours of a theme."""
    match data:
        case LossCurve(trace, head):
            return loss_over_time(trace, theme, head)
        case AttentionMap(trace, head):
            return attention_map(trace, theme, head)
        case RecallByAge():
            return recall_by_age(data, theme)
        case RecallCurves():
            return recall_curves(data, theme)
        case StateGrowth(trace):
            return state_growth(trace, theme)
        case RealSizes(sizes, tokens):
            return bytes_in_real_models(sizes, tokens, theme)
        case LiveTraining():
            return live_training(data, theme)
        case Reach():
            return reach(data, theme)
        case Gradients():
            return gradients(data, theme)
        case TimePerToken():
            return time_per_token(data, theme)
        case Lines():
            return lines(data, theme)
        case ByCompression():
            return by_compression(data, theme)
        case Beginnings():
            return beginnings(data, theme)
        case ByKind():
            return by_kind(data, theme)
        case Frontier():
            return frontier(data, theme)
        case Difference():
            return difference_strip(data, theme)
        case Compared():
            return recall_against_bytes(data, theme)
        case Panels():
            return panels(data, theme)
        case Bars():
            return bars(data, theme)
        case Growth():
            return growth(data, theme)
        case MeasuredHere():
            return measured_here(data, theme)
    assert_never(data)


def in_words(data: Result) -> str:
    """What the figure shows, for those who cannot see it."""
    match data:
        case LossCurve(trace, head):
            return loss_in_words(trace, head)
        case AttentionMap(trace, head):
            return attention_in_words(trace, head)
        case RecallByAge():
            return recall_by_age_in_words(data)
        case RecallCurves():
            return recall_curves_in_words(data)
        case StateGrowth(trace):
            return state_growth_in_words(trace)
        case RealSizes(sizes, tokens):
            return bytes_in_real_models_in_words(sizes, tokens)
        case LiveTraining():
            return live_training_in_words(data)
        case Reach():
            return reach_in_words(data)
        case Gradients():
            return gradients_in_words(data)
        case TimePerToken():
            return time_per_token_in_words(data)
        case Lines():
            return lines_in_words(data)
        case ByCompression():
            return by_compression_in_words(data)
        case Beginnings():
            return beginnings_in_words(data)
        case ByKind():
            return by_kind_in_words(data)
        case Frontier():
            return frontier_in_words(data)
        case Difference():
            return difference_in_words(data)
        case Compared():
            return recall_against_bytes_in_words(data)
        case Panels():
            return panels_in_words(data)
        case Bars():
            return bars_in_words(data)
        case Growth():
            return growth_in_words(data)
        case MeasuredHere():
            return measured_here_in_words(data)
    assert_never(data)
