"""Colours by role, scales and layout of every figure, for the light and the dark theme.

Hues after Okabe & Ito (2008), distinct for the common kinds of colour blindness; the dark set is the same
hues made lighter. A colour never stands alone: shape, pattern or text says the same.
"""

from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import Literal

import plotly.graph_objects as go
from plotly.basedatatypes import BasePlotlyType

from memattn.records import Role

ThemeName = Literal["light", "dark"]

FONT = "'Inter', 'Segoe UI', 'SF Pro Text', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
ATTENTION_RANGE = (0.0, 1.0)  # shares: the scale of attention is fixed unless a legend says otherwise


@dataclass(frozen=True)
class Palette:
    """All colours of one theme.

    Args:
        background: of the page.
        panel: of cards and tracks on it.
        text: for reading.
        muted: second-rank text, still readable.
        line: borders and grid; no text.
        role: fill of a slot by what it is to the query.
        lost: what left the memory for good; always hatched or struck through as well.
        diverging: negative, zero and positive end of signed values.
    """

    background: str
    panel: str
    text: str
    muted: str
    line: str
    role: dict[Role, str]
    lost: str
    diverging: tuple[str, str, str]


PALETTES: dict[ThemeName, Palette] = {
    "light": Palette(
        background="#FBFAF7",
        panel="#F1EFE9",
        text="#1E2328",
        muted="#5B6168",
        line="#DDD9CF",
        role={
            Role.CURRENT: "#0072B2",
            Role.RECENT: "#56B4E9",
            Role.COMPRESSED: "#CC79A7",
            Role.SUMMARY: "#009E73",
            Role.GLOBAL: "#E69F00",
            Role.RETRIEVED: "#D55E00",
        },
        lost="#8C9196",
        diverging=("#0072B2", "#F7F6F2", "#D55E00"),
    ),
    "dark": Palette(
        background="#14171B",
        panel="#1E2329",
        text="#E8E6E1",
        muted="#A2A8AF",
        line="#343B44",
        role={
            Role.CURRENT: "#4FA3E0",
            Role.RECENT: "#7CC7F2",
            Role.COMPRESSED: "#E39CC3",
            Role.SUMMARY: "#33C79B",
            Role.GLOBAL: "#FFC04D",
            Role.RETRIEVED: "#FF8A3D",
        },
        lost="#7D848C",
        diverging=("#4FA3E0", "#1E2329", "#FF8A3D"),
    ),
}

TITLE, NAME = 30, 36  # characters of a line, of the title below an axis and in a legend, at 320 px

INKS = ("#FFFFFF", "#111417")  # what is written on a coloured tile

# "No attention" is close to the page in both themes: Blues (Harrower & Brewer 2003), light to dark, on the light page,
# Cividis (Nuñez, Anderton & Renslow 2018), dark to light, on the dark one. Both are safe for the colour-blind.
BLUES = ("#F7FBFF", "#DEEBF7", "#C6DBEF", "#9ECAE1", "#6BAED6", "#4292C6", "#2171B5", "#08519C", "#08306B")
CIVIDIS = ("#00224E", "#123570", "#3B496C", "#575D6D", "#707173", "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838")


def sequential(theme: ThemeName) -> list[list[float | str]]:
    """Plotly colour scale for shares from 0 to 1."""
    colours = BLUES if theme == "light" else CIVIDIS
    return [[at / (len(colours) - 1), colour] for at, colour in enumerate(colours)]


def diverging(theme: ThemeName) -> list[list[float | str]]:
    """Plotly colour scale for signed values; give the axis a range symmetric about 0."""
    return [[at / 2, colour] for at, colour in enumerate(PALETTES[theme].diverging)]


def luminance(colour: str) -> float:
    """Relative luminance of "#RRGGBB", 0 (black) to 1 (white), by WCAG 2.2."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 (equal) to 21 (black on white), by WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink(fill: str) -> str:
    """The better of the two inks for text on a fill."""
    return max(INKS, key=lambda colour: contrast(colour, fill))


def on_lines(text: str, width: int) -> str:
    """A text on lines of so many characters, where a figure does not break it by itself."""
    return "<br>".join(wrap(text, width, break_long_words=False))


def on_two_lines(text: str, width: int) -> str:
    """The same for the name of a row, which has room for two: the lines get longer until that is enough."""
    while (lines := on_lines(text, width)).count("<br>") > 1:
        width += 1
    return lines


def dress(figure: go.Figure, theme: ThemeName, height: int) -> go.Figure:
    """Give a figure the look of the house, in place, and return it.

    Args:
        figure: any figure; what it sets itself stays, titles and names on lines that a phone has room for.
        theme: "light" or "dark".
        height: in pixels; fixed, so that nothing jumps when it is drawn again.
    """
    figure.update_layout(template=_template(theme), height=height)
    for axis in figure.select_xaxes():
        if axis.title.text:
            _change(axis.title, "text", on_lines(axis.title.text, TITLE))
    for trace in figure.data:
        if trace.name:
            _change(trace, "name", on_lines(trace.name, NAME))
    return figure


def _change(part: BasePlotlyType, name: str, text: str) -> None:
    if part[name] != text:  # for Plotly checks all that stands around it
        part[name] = text


@cache
def _template(theme: ThemeName) -> go.layout.Template:
    """In place of Plotly's own, which has the looks of forty kinds of figures: most of what was checked and sent."""
    palette = PALETTES[theme]
    axis = {
        "automargin": True,
        "gridcolor": palette.line,
        "linecolor": palette.line,
        "tickfont": {"color": palette.muted},
        "showline": True,
        "ticks": "",
        "title": {"font": {"color": palette.text}, "standoff": 15},
        "zeroline": True,
        "zerolinecolor": palette.line,
        "zerolinewidth": 2,
    }
    pattern = {"fillmode": "overlay", "size": 10, "solidity": 0.2}
    layout = {
        "annotationdefaults": {"arrowcolor": palette.text, "arrowhead": 0, "arrowwidth": 1},
        "autotypenumbers": "strict",  # a name of digits is a name
        "colorway": [*palette.role.values()],
        "dragmode": False,
        "font": {"family": FONT, "size": 13, "color": palette.text},
        "hoverlabel": {
            "align": "left",
            "bgcolor": palette.panel,
            "bordercolor": palette.line,
            "font": {"color": palette.text},
        },
        "hovermode": "closest",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "bgcolor": "rgba(0,0,0,0)"},
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "shapedefaults": {"line": {"color": palette.text}},
        "xaxis": axis,
        "yaxis": axis,
    }
    data = {
        "bar": [{"marker": {"line": {"color": palette.background, "width": 0.5}, "pattern": pattern}}],
        "heatmap": [{"colorbar": {"outlinewidth": 0, "ticks": ""}}],
        "scatter": [{"fillpattern": pattern}],
    }
    return go.layout.Template(layout=layout, data=data)
