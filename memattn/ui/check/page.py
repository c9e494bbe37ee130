"""The page: a question, its form, what is said to the answer, and how far one has come."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from markupsafe import Markup

from memattn import assets
from memattn.lessons.items import ITEMS, LESSONS, items_of, progress
from memattn.lessons.items.item import FORMS, Chosen, Played
from memattn.lessons.items.worksheet import lowered
from memattn.lessons.prediction import Number, Slots
from memattn.lessons.views import Panels
from memattn.records import counted
from memattn.stage.packed import Payload, phases
from memattn.stage.payload import payload
from memattn.ui import controls, link
from memattn.ui.cache import cached
from memattn.ui.check import forms, sheets, state, ways
from memattn.ui.check.state import Now
from memattn.ui.lesson import ahead
from memattn.ui.stage import Moment, stage, verdicts

COLUMNS = 8  # tiles per row of a lane
BESIDE: Panels = (("softmax",),)  # where the stage asks; nothing that tells what is to come


def show() -> None:
    """Draw the page."""
    st.html(assets.folder() / "check.css")
    left, right = st.columns([68, 32], gap="large")
    with right, st.container(key="controls", gap="small"):
        stands = state.now()
        progressed(stands)
        sheets.offer()
    with left, st.container(key="question", gap="small"):
        link.notices()
        question(stands)
    link.write()


def question(stands: Now) -> None:
    """The question that is asked now, and what is said to its answer."""
    item, posed = ITEMS[stands.item], stands.posed
    head = Markup('<h2 class="ma-item">{}</h2><p class="ma-kind">{} · {}</p><p class="ma-ask">{}</p>')
    lines = Markup("").join(Markup('<p class="ma-given">{}</p>').format(lowered(line)) for line in posed.lines)
    st.html(head.format(item.title, LESSONS[item.lesson], FORMS[type(posed.choice)], lowered(posed.prompt)) + lines)
    on_stage = isinstance(posed.choice, Slots)
    if on_stage and not stands.judged:
        _before_the_stage(stands)
    forms.draw(stands)
    if not stands.judged and not on_stage:
        chosen = forms.typed(posed) if isinstance(posed.choice, Number) else stands.chosen
        forms.confidence(state.judge, stands._replace(chosen=chosen), ready=bool(chosen) and posed.complete(chosen))
    if stands.judged:
        _reply(stands)
    if posed.played:
        _stage(stands, posed.played)


def _before_the_stage(stands: Now) -> None:
    """How sure one is is said first where the stage judges: it tells the answer with the click."""
    if stands.sure:
        said = f"You are {state.SURE[stands.sure]}. Choose the tiles on the stage, then Reveal."
        with st.container(horizontal=True, gap="small", key="sureness", vertical_alignment="center"):
            st.html(f'<p class="ma-quiet">{said}</p>')
            st.button(
                "Open the question", key=link.widget("open"), on_click=link.own(_open), args=(stands, stands.sure)
            )
    else:
        forms.confidence(_open, stands, "Decide which. How sure are you?")


def _open(stands: Now, sure: str) -> None:
    """Have the stage ask; only from a callback."""
    assert stands.posed.played is not None
    link.put("sure", sure)
    link.send(Moment(*stands.posed.played.start), _packed(stands.item, stands.numbers).id, 0)


def _reply(stands: Now) -> None:
    """Right or not, and why; then on."""
    posed = stands.posed
    right = posed.is_right(stands.chosen)
    sign, verdict = ("✓", "Right.") if right else ("✗", "Not so.")
    more = ""
    told = progress.Told(stands.item, False, stands.sure == "yes", stands.numbers)
    if stands.log[-1:] == (told,):  # else a link shows it alone
        others = progress.until_back(stands.log, stands.offered, stands.item)
        when = f"after {counted(others, 'other question')}" if others else "next"
        more = f"You were {state.SURE[stands.sure]}: it comes back {when}, with fresh numbers."
    card = Markup('<div class="ma-reply ma-{}" role="status"><p><b>{} {}</b> {}</p>{}</div>')
    small = Markup('<p class="ma-quiet">{}</p>').format(more) if more else ""
    with st.container(key="below"):
        st.html(card.format("right" if right else "wrong", sign, verdict, lowered(posed.reply(stands.chosen)), small))
    stop = ways.stop_of(posed.opens.page)
    with st.container(horizontal=True, gap="small", key="onward", vertical_alignment="center"):
        st.button(
            "Next question", key=link.widget("next"), type="primary", on_click=link.own(state.onward), args=(stands,)
        )
        st.button("Other numbers", key=link.widget("again"), on_click=link.own(state.again), args=(stands,))
        seen = "See it" if posed.opens.settings else "More"  # of what has the numbers of the question, or its own
        st.page_link(stop.file, label=f"{seen} in *{stop.title}* →", query_params=ways.query(posed.opens))


# --- the stage --------------------------------------------------------------------------------------------------------


def _pack(item: str, numbers: int) -> Payload:
    played = state.asked(item, numbers).played
    assert played is not None
    asks = (played.question,) if played.question else ()
    return payload(played.trace, played.lanes, COLUMNS, played.title, played.reads, predictions=asks)


_packed = cached(_pack)


def _stage(stands: Now, played: Played) -> None:
    """The run that the question is about."""
    packed = _packed(stands.item, stands.numbers)
    last = len(played.trace.tokens) - 1
    start = link.start(last, packed.id, phases=partial(phases, packed)) or Moment(*played.start)
    moment = stage(
        packed,
        link.widget("stage"),
        start=start,
        seek=link.here().seek,
        clock="check",
        views=BESIDE if played.question else (),
        links=True,
        presenting=link.presented(),
        on_step_change=link.own(partial(ahead.stepped, link.widget("stage"), last, packed.id)),
        on_verdict=link.own(lambda: _heard(stands, packed)),
    )
    link.stands(moment._replace(step=min(moment.step, last)), packed.id)
    ahead.moment()


def _heard(stands: Now, packed: Payload) -> None:
    """Take what was answered on the stage; a client may send anything, which then counts not."""
    told = verdicts(link.widget("stage"), packed)
    if not told or stands.judged:
        return
    chosen: Chosen = told[-1].chosen
    try:
        stands.posed.read(stands.posed.written(chosen))
    except ValueError:
        return
    state.judge(stands, stands.sure or "no", chosen)
    link.bring("nearest")  # the stage, from which one looks, stands below it


# --- progress ---------------------------------------------------------------------------------------------------------


def progressed(stands: Now) -> None:
    """How far one has come, lesson by lesson."""
    rows = [_row(title, stands.log, [item.name for item in items_of(lesson)]) for lesson, title in LESSONS.items()]
    whole = progress.standing(stands.log, ITEMS)
    said = f"{whole.right} of {len(ITEMS)} right the last time they were asked"
    if whole.sure[0]:
        said += f"; of {counted(whole.sure[0], 'answer')} that you were sure of, {whole.sure[1]} right"
    if whole.back:
        said += f"; {whole.back} will come back"
    st.html(Markup('<table class="ma-progress"><caption>{}.</caption>{}</table>').format(said, Markup("").join(rows)))
    if stands.log:
        controls.reset("Begin again")


def _row(title: str, log: progress.Log, names: Sequence[str]) -> Markup:
    own = progress.standing(log, names)
    text = f"{own.right} of {len(names)}" + (f", {own.back} back" if own.back else "")
    bar = Markup('<meter min="0" max="{}" value="{}" aria-label="{}"></meter>').format(
        len(names), own.right, f"{title}: {text}"
    )
    return Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>').format(title, bar, text)
