"""What is left of long texts: recall by fifths, and a strip per text of how every fact is held."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from memattn.figures.quantities import RECALL
from memattn.figures.theme import PALETTES, Palette, ThemeName, dress, ink
from memattn.lessons.results import Beginnings, Followed, Strip
from memattn.records import Role

RAW, LOST, UNKNOWN = "raw", "lost", "not followed"
MEANS = tuple((most, f"in a mean of {least} to {most}") for least, most in ((2, 4), (5, 16), (17, 64), (65, 256)))
MORE = "in a mean of more than 256"
KINDS = (RAW, *(name for _, name in MEANS), MORE, LOST, UNKNOWN)
STRENGTH = (1.0, 1.0, 0.72, 0.48, 0.28, 0.14)  # of the colour, by kind as far as something is held
PERCENT = 100
ASIDE = 1.2  # % by which the marks of a second text stand beside those of the first


def kind(fact: Followed) -> str:
    """How a fact's pair is held, in the words of the legend."""
    if fact.share is None:
        return UNKNOWN
    if fact.raw:
        return RAW
    if fact.lost:
        return LOST
    many = round(1 / fact.share)
    return next((name for most, name in MEANS if many <= most), MORE)


def beginnings(data: Beginnings, theme: ThemeName, height: int = 190, strip: int = 64) -> go.Figure:
    """Recall by fifths above, below it a strip for each text; all from the beginning to the end of a text.

    Args:
        data: texts as far as they have been read.
        theme: "light" or "dark".
        height: of the upper part in pixels.
        strip: of each strip in pixels.
    """
    palette, rows = PALETTES[theme], len(data.strips)
    total = height + rows * strip
    figure = make_subplots(
        rows=1 + rows,
        cols=1,
        shared_xaxes=True,
        row_heights=[height / total] + [strip / total] * rows,
        vertical_spacing=0.05,
        subplot_titles=["", *(_title(one) for one in data.strips)],
    )
    for number, (one, role) in enumerate(zip(data.strips, (Role.CURRENT, Role.RETRIEVED), strict=False)):
        _fifths(figure, one, palette.role[role], ("circle", "square")[number], number * ASIDE)
    shown: set[str] = set()
    for row, one in enumerate(data.strips, 2):
        _strip(figure, one, palette, row, shown)
    figure.update_layout(barmode="overlay", bargap=0)
    figure.update_yaxes(title=RECALL, range=[-0.03, 1.03], row=1, col=1)
    for row in range(2, 2 + rows):
        figure.update_yaxes(visible=False, range=[0, 1], row=row, col=1)
    figure.update_xaxes(range=[0, PERCENT], showgrid=False)
    figure.update_xaxes(title="place in the text, %", row=1 + rows, col=1)
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": palette.text})
    return dress(figure, theme, total + 130)


def _title(strip: Strip) -> str:
    read = "" if strip.seen == strip.tokens else f", {strip.seen:,} read"
    return f"{strip.tokens:,} tokens{read}"


def _fifths(figure: go.Figure, strip: Strip, colour: str, symbol: str, aside: float) -> None:
    width = PERCENT / len(strip.fifths)
    known = [(number, fifth) for number, fifth in enumerate(strip.fifths) if fifth]
    figure.add_scatter(
        x=[(number + 0.5) * width + aside for number, _ in known],
        y=[fifth.right / fifth.asked for _, fifth in known],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [fifth.interval[1] - fifth.right / fifth.asked for _, fifth in known],
            "arrayminus": [fifth.right / fifth.asked - fifth.interval[0] for _, fifth in known],
            "color": colour,
            "thickness": 1.5,
            "width": 5,
        },
        name=f"{strip.tokens:,} tokens",
        mode="lines+markers",
        line={"color": colour, "width": 1.5},
        marker={"symbol": symbol, "size": 10, "color": colour},
        hovertemplate="%{y:.2f}<extra>" + f"{strip.tokens:,} tokens</extra>",
        row=1,
        col=1,
    )


def _strip(figure: go.Figure, strip: Strip, palette: Palette, row: int, shown: set[str]) -> None:
    cell = PERCENT / max(1, strip.parts)
    for name in KINDS:
        own = [(number, fact) for number, fact in enumerate(strip.facts) if kind(fact) == name]
        if not own:
            continue
        figure.add_bar(
            x=[(number + 0.5) * cell for number, _ in own],
            y=[1] * len(own),
            width=cell,
            name=name,
            legendgroup=name,
            showlegend=name not in shown,
            legendrank=2000 + KINDS.index(name),
            marker={
                "color": fill(name, palette),
                "line": {"color": palette.background, "width": 1},
                "pattern": {"shape": "/" if name == LOST else "", "fgcolor": palette.lost, "size": 5},
            },
            customdata=[_hover(fact) for _, fact in own],
            hovertemplate="%{customdata}<extra></extra>",
            row=row,
            col=1,
        )
        shown.add(name)
    for right, symbol in ((True, "circle"), (False, "x-thin")):
        own = [(number, fact) for number, fact in enumerate(strip.facts) if fact.right is right]
        name = "answered" if right else "not answered"
        inks = [ink(fill(kind(fact), palette)) for _, fact in own]
        figure.add_scatter(
            x=[(number + 0.5) * cell for number, _ in own],
            y=[0.5] * len(own),
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=bool(own) and name not in shown,
            legendrank=3000 - right,
            marker={"symbol": symbol, "size": 7, "color": inks, "line": {"color": inks, "width": 1.5}},
            hoverinfo="skip",
            row=row,
            col=1,
        )
        if own:
            shown.add(name)


def fill(name: str, palette: Palette) -> str:
    """Colour of a kind: the fainter, the more pairs share the slot."""
    if name in (LOST, UNKNOWN):
        return palette.panel
    role = Role.RECENT if name == RAW else Role.GLOBAL
    return mixed(palette.panel, palette.role[role], STRENGTH[KINDS.index(name)])


def mixed(one: str, other: str, part: float) -> str:
    """A colour between two, "#RRGGBB"."""
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(low + (high - low) * part):02X}" for low, high in pairs)


def _hover(fact: Followed) -> str:
    held = kind(fact)
    if fact.share and held not in (RAW, LOST):
        held = f"in a mean of about {1 / fact.share:.0f}"
    answered = {True: ", answered", False: ", not answered", None: ""}[fact.right]
    return f"token {fact.at + 1:,}: {held}{answered}"


def beginnings_in_words(data: Beginnings) -> str:
    """Text alternative of `beginnings`."""
    parts = [data.says] if data.says else []
    parts += [_in_words(strip) for strip in data.strips]
    return f"{data.name}. {' '.join(parts)}"


def _in_words(strip: Strip) -> str:
    counted = {name: sum(kind(fact) == name for fact in strip.facts) for name in KINDS}
    held = ", ".join(f"{many} {name}" for name, many in counted.items() if many)
    shares = _by_fifth(strip)
    return f"{_title(strip)}: {held or 'no fact yet'}{shares}."


def _by_fifth(strip: Strip) -> str:
    known: Sequence[str] = [f"{fifth.right} of {fifth.asked}" for fifth in strip.fifths if fifth]
    return f"; answered by fifths, the oldest first: {', '.join(known)}" if known else ""
