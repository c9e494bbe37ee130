"""The landing page's parts: one example at work, and the map of the lessons. No NumPy and no torch."""

from functools import partial

import streamlit as st
from markupsafe import Markup, escape

from memattn.lessons.views import COMMON_VIEWS, names
from memattn.stage.packed import phases
from memattn.ui import link
from memattn.ui.example import RATE, shipped
from memattn.ui.navigation import GROUPS, Stop
from memattn.ui.stage import Moment, stage

# Each word of the course where it stands for the first time; the sizes are those of the example.
GLOSS = {
    "current": ("words that", "come in now"),
    "recent": ("short memory:", "words as they are"),
    "hopper": (f"c = {RATE}: {RATE} words", "become 1 slot"),
    "compressed": ("older words,", f"{RATE} to a slot"),
}


def _terms() -> Markup:
    """The same for narrow screens, where nothing can stand beside a band."""
    named = {"current": "Segment", "recent": "Mem", "hopper": "Compress", "compressed": "CMem"}
    items = (Markup("<dt>{}</dt><dd>{}</dd>").format(title, " ".join(GLOSS[key])) for key, title in named.items())
    return Markup('<dl class="ma-terms">{}</dl>').format(Markup("").join(items))


@st.fragment  # what its stage reports must not run the page, least of all when the reader has left it
def example() -> None:
    """The whole idea in one picture."""
    shown = shipped()
    fullest = Moment(shown.last)  # the answer
    there = partial(phases, shown.payload)
    start = link.start(shown.last, shown.payload.id, names(COMMON_VIEWS), there) or fullest
    stands = stage(
        shown.payload,
        link.widget("stage"),
        start=start,
        clock="start",
        links=True,
        presenting=link.presented(),
        gloss=GLOSS,
    )
    link.stands(stands._replace(step=min(stands.step, shown.last)), shown.payload.id)
    st.html(
        Markup(
            '<p class="ma-look"><b>{}</b> After the last word the model answers <b>{}</b> ({}). The story says: {} '
            "<i>This run came with the app; on every other page the run is yours.</i></p>"
        ).format(shown.question, shown.word, f"{shown.probability:.2f}", shown.told)
    )
    st.html(_terms())
    link.notices()


def lesson_map() -> None:
    """Every lesson as a card, those to come among them."""
    for group, stops in GROUPS:
        st.html(f'<h2 class="ma-group-title">{escape(group)}</h2>')
        for row in range(0, len(stops), 3):
            for column, stop in zip(st.columns(3, gap="small"), stops[row : row + 3], strict=False):
                with column:
                    _card(stop)
    st.html(
        '<p class="ma-kept"><button type="button" class="ma-forget" hidden>Forget what was done</button> '
        "What you have done is kept by this browser alone.</p>"
    )


def _card(stop: Stop) -> None:
    with st.container(border=True, height="stretch", key=f"{'open' if stop.ready else 'coming'}_{stop.title}"):
        if stop.ready:
            st.page_link(stop.file, label=f"**{stop.title}** →")
        else:
            st.html(f'<div class="ma-card-title">{escape(stop.title)} <i>coming</i></div>')
        done = f'<p class="ma-done" data-page="{stop.name}"></p>'
        st.html(f'<p class="ma-card-claim">{escape(stop.claim)}</p>{done}')
