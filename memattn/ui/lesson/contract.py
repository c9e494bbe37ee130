"""The legal document: a memory under a budget of bytes, what it answers of a contract, and what all others do."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import streamlit as st

from memattn.dials import Dial
from memattn.figures.draw import draw, in_words
from memattn.lessons.contract import exam
from memattn.lessons.contract.families import FAMILIES, Pick
from memattn.lessons.contract.record import KIB, ByKind, Exam, Frontier, kib, verdict
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.memories import served_by, titled
from memattn.lessons.models import missing_weights
from memattn.ui import controls, frame, link
from memattn.ui.lesson import ahead, contract_text, measuring, parts
from memattn.ui.notes import note

NAME = "The legal document"
BUDGET = Dial(
    256, 16, 1024, "", "KiB", "Bytes that the memory may store at any token of the contract.", "Budget", 256, 16
)
FAMILY, BEGINS = "law", "window"  # key of the control
TOGETHER_SECONDS = 0.3  # of questions, between two pictures
EXAM = "memattn:contract"  # session state: the last exam that this reader has seen to its end


def tab() -> None:
    """The choice on the left, what comes of it on the right, the contract below."""
    contract = exam.shown()
    parts.quiet(
        f"A contract of {contract.length:,} words in {len(contract.clauses)} clauses tells {len(contract.story.facts)} "
        f"facts, and {exam.questions() // len(exam.SEEDS)} questions are asked behind it; a second contract is asked "
        "as many. Choose a memory that keeps the budget, measure it, and see what another would have reached."
    )
    left, right = st.columns([28, 72], gap="large")
    with left:
        budget = int(controls.dial("budget", BUDGET, view=True)) * KIB
        pick = _pick()
        if problem := missing_weights(served_by(pick.choice)):
            note(problem, problem=True)
            return
        fits = _fits(pick, budget)
    with right:
        if fits:
            _measured(pick, budget)
        else:
            parts.quiet("Nothing is measured that does not keep the budget.")
    contract_text.text(pick, _last_of(pick))


def _pick() -> Pick:
    """Draw the controls of the memory."""
    titles = {key: family.title for key, family in FAMILIES.items()}
    family = controls.choice(FAMILY, "Memory", titles, BEGINS, view=True)
    dials = FAMILIES[family].dials
    return Pick(family, tuple(int(controls.dial(_key(family, key), dial, view=True)) for key, dial in dials.items()))


def _key(family: str, dial: str) -> str:
    return f"{FAMILY}_{family}_{dial}"


def _put(pick: Pick) -> None:
    """Set the controls; only from a callback."""
    link.put(FAMILY, pick.family)
    for key, value in zip(FAMILIES[pick.family].dials, pick.values, strict=True):
        link.put(_key(pick.family, key), value)


def _fits(pick: Pick, budget: int) -> bool:
    """Say what the choice stores; where that is too much, what would fit."""
    stored = pick.stored(exam.tokens())
    if stored <= budget:
        parts.quiet(
            f"Stores at most {kib(stored)} of {kib(budget)} on the way through {exam.tokens():,} tokens, "
            f"full attention {_full()}."
        )
        return True
    inside = pick.within(budget, exam.tokens())
    said = f"It stores up to {kib(stored)}, {kib(stored - budget)} over the budget of {kib(budget)}."
    if inside is None:
        inside = Pick("window", (16,)).within(budget, exam.tokens())
        said += " No size of it fits."
    assert inside is not None  # the smallest budget holds a window
    note(f"{said} This would fit: {titled(inside.choice)}, {kib(inside.stored(exam.tokens()))}.", problem=True)
    st.button("Take what fits", key=link.widget("law_fit"), on_click=link.own(_put), args=(inside,))
    return False


def _full() -> str:
    return kib(Pick("full").stored(exam.tokens()))


def _measured(pick: Pick, budget: int) -> None:
    """Measure, or show what is known."""

    def run(settings: Settings, values: object) -> Iterator[Result]:
        return exam.examine(pick)

    def show(result: Result | None) -> None:
        if result:
            _figures(result.data, budget)

    known = _last_of(pick)
    if known:
        _verdict(known, budget)
        _figures(known, budget)
        return
    above = st.container()
    chosen = Experiment(NAME, "", run, long=True, verbs=("Measure my choice", "Measured"), together=TOGETHER_SECONDS)
    held = measuring.open_at(chosen, (NAME, Settings(pick.choice, ()), ()))
    if held.complete and held.stopped:  # by another reader: this one still has to decide first
        st.button(
            chosen.verbs[0], key=link.widget("measure_start"), type="primary", on_click=link.own(_reveal), args=(held,)
        )
        return
    measuring.follow(chosen, held, show)
    if held.complete and held.result:
        st.session_state[EXAM] = held.result.data
        with above:
            _verdict(held.result.data, budget)


def _reveal(held: measuring.Measuring) -> None:
    held.stopped = False


def _last_of(pick: Pick) -> Exam | None:
    """What this reader's last exam says of a memory, as if it had been the choice; None where it was not in there."""
    last: Exam | None = st.session_state.get(EXAM)
    for one in last.tried if last else ():
        if (one.family, one.values) == (pick.family, pick.values):
            return replace(last, own=one)  # type: ignore[type-var]  # one was found in it
    return None


def _verdict(found: Exam, budget: int) -> None:
    """What a better choice would have reached, and a way to take it."""
    note(verdict(found, budget, exam.PLACES))
    if better := found.better(budget):
        taken = Pick(better.family, better.values)
        st.button("Take the better choice", key=link.widget("law_better"), on_click=link.own(_put), args=(taken,))


def _figures(found: Exam, budget: int) -> None:
    """By kind of question; and once the choice is known, against bytes."""
    better, full = found.better(budget), found.full()
    shown = [("your choice", found.own)] if found.own.asked else []
    shown += [("a better choice", better)] if better else []
    shown += [("full attention", full)] if full and full.family != found.own.family else []
    data = ByKind(tuple(shown), exam.SUBJECTS, exam.PLACES, exam.CHANCE)
    left, right = st.columns([42, 58], gap="medium")
    with left:
        st.plotly_chart(
            draw(data, frame.theme()),
            key=link.widget("law_kinds"),
            theme=None,
            alt=in_words(data),
            config=measuring.PLOT,
        )
        st.caption("A cross-reference needs two facts: who is meant, and what that party owes or where it reports.")
    with right:
        if not found.tried:
            return
        all_of_them = Frontier(found, budget, exam.titles())
        key = link.widget(f"law_bytes_{link.here().wishes}")  # after a click a new one, in which nothing is selected
        st.plotly_chart(
            draw(all_of_them, frame.theme()),
            key=key,
            theme=None,
            alt=in_words(all_of_them),
            config=measuring.PLOT,
            on_select=link.own(partial(_clicked, key, found)),
            selection_mode="points",
        )
        said = (
            f"Full attention answers {full.right} of {len(full.asked)}: what it misses, no memory is to blame for. "
            if full
            else ""
        )
        st.caption(
            f"A click on a point takes that memory as your choice. {said}Counting sets no such price: whoever knows "
            f"what will be asked can write down the answers of all {found.bounds.facts} facts in "
            f"{found.bounds.counting} bytes."
        )


def _clicked(key: str, found: Exam) -> None:
    """Choose the memory whose point was clicked; a client may send anything."""
    offered = {one.code: one for one in found.tried}
    match st.session_state[key]:
        case {"selection": {"points": [{"customdata": [*_, str(code)]}, *_]}} if code in offered:
            link.here().wishes += 1
            _put(Pick(offered[code].family, offered[code].values))
            ahead.everything()
