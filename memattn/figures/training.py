"""A compression network as it learns: its loss falling, and what that does to recall and to what is read."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from memattn.figures.quantities import RECALL
from memattn.figures.theme import PALETTES, ThemeName, dress
from memattn.lessons.results import LearnedPoint, LiveTraining
from memattn.quantities import rounded
from memattn.records import Role

ERROR = "error of what is read"
DASHES = ("dash", "dot")


def live_training(data: LiveTraining, theme: ThemeName, height: int = 460) -> go.Figure:
    """Loss above, recall with 95 % intervals in the middle, the error of what is read below, over the training steps.

    The scales of recall and steps are the same however far training has come.
    """
    palette, steps = PALETTES[theme], [point.step for point in data.points]
    figure = make_subplots(rows=3, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.3, 0.4, 0.3])
    learned = [point for point in data.points if point.loss is not None]
    figure.add_scatter(
        x=[point.step for point in learned],
        y=[point.loss for point in learned],
        name="loss",
        mode="lines+markers",
        line={"color": palette.role[Role.CURRENT], "width": 2},
        marker={"symbol": "diamond", "size": 6},
        hovertemplate="step %{x}: %{y:.3~r}<extra>loss</extra>",
        row=1,
        col=1,
    )
    ends = [point.recall.interval for point in data.points]
    figure.add_scatter(
        x=steps,
        y=[point.recall.value for point in data.points],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [end.high - point.recall.value for end, point in zip(ends, data.points, strict=True)],
            "arrayminus": [point.recall.value - end.low for end, point in zip(ends, data.points, strict=True)],
            "color": palette.role[Role.COMPRESSED],
            "thickness": 1.5,
            "width": 3,
        },
        name=f"{RECALL}, 95 % interval",
        mode="lines+markers",
        line={"color": palette.role[Role.COMPRESSED], "width": 2},
        marker={"symbol": "circle", "size": 7},
        customdata=[f"{point.recall.right} of {point.recall.total} right" for point in data.points],
        hovertemplate="step %{x}: %{y:.2f}, %{customdata}<extra>" + RECALL + "</extra>",
        row=2,
        col=1,
    )
    figure.add_scatter(
        x=steps,
        y=[point.error for point in data.points],
        name=ERROR,
        mode="lines+markers",
        line={"color": palette.role[Role.SUMMARY], "width": 2},
        marker={"symbol": "square", "size": 6},
        hovertemplate="step %{x}: %{y:.3f}<extra>" + ERROR + "</extra>",
        row=3,
        col=1,
    )
    for (name, (recall, error)), dash in zip(data.references.items(), DASHES, strict=False):
        for row, level, digits in ((2, recall.value, 2), (3, error, 3)):
            figure.add_scatter(
                x=[0, data.steps],
                y=[level, level],
                name=f"{name}, learns nothing",
                legendgroup=name,
                showlegend=row == 2,
                mode="lines",
                line={"color": palette.muted, "width": 1.5, "dash": dash},
                hovertemplate=f"{name}: %{{y:.{digits}f}}<extra></extra>",
                row=row,
                col=1,
            )
    margin = data.steps / 50
    figure.update_xaxes(range=[-margin, data.steps + margin])
    figure.update_xaxes(title="training steps", row=3, col=1)
    figure.update_yaxes(title="loss", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title=RECALL, range=[-0.03, 1.03], row=2, col=1)
    figure.update_yaxes(title="error", rangemode="tozero", row=3, col=1)
    dress(figure, theme, height)
    return figure.update_layout(margin={"t": 84}, legend={"y": 1.02})


def live_training_in_words(data: LiveTraining) -> str:
    """Text alternative of `live_training`."""
    first, last = data.points[0], data.points[-1]
    losses = [point.loss for point in data.points if point.loss is not None]
    fell = f" The loss went from {rounded(losses[0], 3)} to {rounded(losses[-1], 3)}." if losses else ""
    beside = "; ".join(
        f"{name}: {recall.right} of {recall.total}, error {error:.3f}"
        for name, (recall, error) in data.references.items()
    )
    now = "" if last is first else f", after {last.step} steps {_good(last)}"
    return (
        f"{data.network.capitalize()} at c = {data.rate}, begun with {data.start}, learns by {data.loss}.{fell} "
        f"Before training {_good(first)}{now}. Without learning, {beside}."
    )


def _good(point: LearnedPoint) -> str:
    return f"{point.recall.right} of {point.recall.total} questions are answered, error {point.error:.3f}"
