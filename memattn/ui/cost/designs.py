"""Today's designs: each on the stage, built from our parts, beside what it is in the model and what is left out."""

import streamlit as st

from memattn.cost import MODELS, bytes_of
from memattn.lessons.cost.designs import DESIGNS, Design, settings
from memattn.lessons.cost.growth import LENGTHS
from memattn.lessons.lesson import Lesson
from memattn.quantities import bytes_in_words
from memattn.ui import controls, link
from memattn.ui.lesson import ahead, answer, parts, player
from memattn.ui.lesson.computed import checked, packed
from memattn.ui.stage import Moment

KEY, BEGINS = "design", "v4-sparse"
AT = LENGTHS[17]  # tokens, for the bytes
LESSON = Lesson("cost", "Cost", "What a memory costs on paper, on this machine and in real models.", ())


def view() -> None:
    """The stage on the left, what it stands for on the right."""
    left, right = st.columns([73, 27], gap="medium")
    with right, st.container(key="controls"):
        titles = {key: design.title for key, design in DESIGNS.items()}
        design = DESIGNS[controls.choice(KEY, "Design", titles, BEGINS, on_change=_opened)]
    chosen = settings(design)
    if not player.possible(chosen):
        return
    with left, st.container(key="stages"), st.container(key="main_stage"):
        played = player.play(LESSON, chosen, player.head_of(chosen, player.SEEKER))
        parts.badge(played.run.trace, checked(chosen))
    with right:
        answer.card(chosen)
        for there in design.links:
            query = {name: str(value) for name, value in there.query.items()}
            st.page_link(there.page, label=f"{there.title} →", query_params=query)
    _said(design)


def _opened() -> None:
    """Another design was chosen: the stage shows the view that has its point."""
    design = DESIGNS.get(st.session_state[link.widget(KEY)])
    if design and design.view and player.possible(settings(design)):
        chosen = settings(design)
        payload = packed(LESSON, chosen, player.head_of(chosen, player.SEEKER))
        link.send(Moment(len(chosen.words) - 1, "", design.view, design.lens), payload.id)
    ahead.everything()


def _said(design: Design) -> None:
    """What it is in the model, what of it plays here, and what does not."""
    model = MODELS[design.model]
    own, full = (bytes_in_words(bytes_of(count, 16)) for count in (model.own_numbers(AT), model.token_numbers * AT))
    kept = f"After {AT:,} tokens in fp16 it keeps {own}; with every pair in every layer it would be {full}"
    told = {
        "In the model": f"{model.name}: {model.design}. {kept}.",
        "Here": design.ours,
        "Left out": design.left_out,
    }
    for place, (title, words) in zip(st.columns(3, gap="medium"), told.items(), strict=True):
        place.markdown(f"**{title}.** {words}")
    parts.quiet(f"{design.source}.")
