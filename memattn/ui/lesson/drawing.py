"""Draw the curve: what one expects of a memory, drawn first, then measured and drawn over it, curve by curve."""

import streamlit as st

from memattn.figures.theme import PALETTES
from memattn.lessons.foreseen import CANDIDATES, Drawing, experiment, judged, read, written
from memattn.lessons.forgetting import AXIS, LENGTHS
from memattn.lessons.lesson import Settings
from memattn.lessons.results import Line
from memattn.ui import controls, frame, link
from memattn.ui.curve import Known, curve
from memattn.ui.lesson import measuring
from memattn.ui.notes import note

KEY, TITLE = "drawn", "drawn curves"
EXAMPLE = "m64:90-60-20-5-0-0-0, recall in % at " + ", ".join(f"{tokens:,}" for tokens in LENGTHS) + " tokens"


def tab() -> None:
    """Which memory, its curve, and what the measurement says to it."""
    link.before(KEY, KEY, TITLE, "", lambda text: written(read(text)), EXAMPLE)
    drawings = read(str(link.held(KEY)))
    left, right = st.columns([36, 64], gap="large", vertical_alignment="bottom")
    with left:
        names = {key: one.name for key, one in CANDIDATES.items()}
        key = controls.choice("curve", "Memory", names, next(iter(names)), view=True)
    with right:
        st.markdown(
            "Sixteen facts stand anywhere in a text, and all are asked at its end. **How many will this memory answer, "
            "by the length of the text?** Draw your curve, then measure it."
        )
    _plot_and_measure(key, drawings)
    link.after(KEY, KEY, str(link.held(KEY)), "")


def _plot_and_measure(key: str, drawings: dict[str, Drawing]) -> None:
    drawing = drawings.get(key, Drawing())
    own = experiment(key)
    measured = measuring.open_at(own, kept_as(key))
    if not drawing.shut:
        measured.stopped = True
        _plot(key, drawings, ())
        st.button(
            "Measure",
            key=link.widget("curve_measure"),
            type="primary",
            on_click=link.own(_shut),
            args=(key, drawings, measured),
            help="What you drew is then kept as it is.",
        )
        return
    verdict = st.container()
    measuring.follow(own, measured, lambda found: _plot(key, drawings, found.data.lines if found else ()))
    if measured.complete and measured.result:
        right, said = judged(key, drawing.values, measured.result.data.lines[0])
        with verdict:
            note(said, problem=not right)
    with st.expander("The same in numbers"):
        st.markdown(measured.result.details if measured.result else "Nothing is measured yet.")
    st.button("Draw this one anew", key=link.widget("curve_anew"), on_click=link.own(_anew), args=(key, drawings))


def kept_as(key: str) -> measuring.Key:
    """Under which the measurement of a curve is remembered for all readers."""
    return experiment(key).name, Settings(CANDIDATES[key].choice, ()), ()


def _plot(key: str, drawings: dict[str, Drawing], own: tuple[Line, ...]) -> None:
    """The curve that is drawn, what is known of it, and all others that were drawn and measured."""
    palette = PALETTES[frame.theme()]
    known = [Known(line, palette.role[line.role], True) for line in own]
    for other, one in drawings.items():
        found = measuring.kept().get(kept_as(other)) if one.shut and other != key else None
        known += [Known(line, palette.role[line.role], False) for line in found.data.lines] if found else []
    drawing = drawings.get(key, Drawing())

    def drawn(values: tuple[float, ...]) -> None:
        link.put(KEY, written({**drawings, key: Drawing(values)}))

    curve(
        KEY,
        drawing.values,
        name=CANDIDATES[key].name,
        colour=palette.role[CANDIDATES[key].role],
        places=LENGTHS,
        axis=f"{AXIS}, by its logarithm; upward: recall",
        known=known,
        locked=drawing.shut,
        on_drawn=link.own(drawn),
    )


def _shut(key: str, drawings: dict[str, Drawing], measured: measuring.Measuring) -> None:
    link.put(KEY, written({**drawings, key: Drawing(drawings.get(key, Drawing()).values, shut=True)}))
    measured.stopped = False


def _anew(key: str, drawings: dict[str, Drawing]) -> None:
    link.put(KEY, written({other: one for other, one in drawings.items() if other != key}))
