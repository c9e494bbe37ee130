"""Parts that every lesson page is made of: the answer card, the badge of truth, and the tabs under the stage."""

import inspect
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import streamlit as st

from memattn.lessons.asking import Asked, Whereabouts
from memattn.lessons.compressive.content import Formula
from memattn.lessons.narration import sentences, span
from memattn.reader import Status, readable
from memattn.records import Role, Trace
from memattn.ui.notes import note

SHOWN_ANSWERS = 3
LINKED_STEP = "memattn:linked_step"  # session state: what the link said when it was opened
NOTED_STEP = "memattn:noted_step"  # session state: said once
HOMES = {Role.COMPRESSED: "{} of CMem", Role.GLOBAL: "{} of the global memory", Role.SUMMARY: "the summary {}"}


def badge(trace: Trace, difference: float, look: str = "") -> None:
    """How true the picture is: the largest difference against the naive computation; and what to look for in it."""
    seek = f'<span class="ma-look"><b>Look:</b> {escape(look)}</span>' if look else ""
    st.html(
        '<div class="ma-badge" title="Every output of this run was computed a second time, naively, in NumPy with '
        'float64, straight from the definition. This is the largest difference.">'
        f"<b>checked</b> max |difference| {difference:.1e} · {escape(trace.device)} · "
        f"{trace.seconds * 1e3:.0f} ms</div>{seek}"
    )


def step_in_link(last: int) -> int | None:
    """The step a link asks for, as far as the story goes; the stage itself keeps it in the link from then on."""
    asked = st.session_state.setdefault(LINKED_STEP, st.query_params.get("step", ""))
    if not asked:
        return None
    if asked.isdecimal() and int(asked) <= last:
        return int(asked)
    if NOTED_STEP not in st.session_state:
        st.session_state[NOTED_STEP] = True
        note(f"The link asked for step “{asked[:20]}”. Allowed: whole numbers from 0 to {last}. Used instead: {last}.")
    return None


def answer_card(asked: Asked, remark: str = "", full: str = "With full attention") -> None:
    """What was asked, what is answered and why: everything from the run.

    Args:
        asked: the run.
        remark: what is to be said beside the verdict, plain text.
        full: who gave the answer under full attention.
    """
    true = asked.truth
    told = true.answer
    rows = "".join(
        f'<div class="ma-answer{" ma-true" if word == told else ""}"><span>{escape(word)}</span>'
        f'<i style="--share:{probability:.4f}"></i><b>{probability:.2f}</b></div>'
        for word, probability in asked.answers[:SHOWN_ANSWERS]
    )
    if true.status is Status.ABSENT:
        verdict, kind = "The story never tells this, so any answer is a guess.", "open"
    elif asked.right:
        verdict, kind = f"Right: {escape(str(told))}.", "right"
    else:
        verdict, kind = f"Wrong. The story says: {escape(str(told))}.", "wrong"
    if true.status is Status.CONTRADICTED:
        verdict += " The story tells it more than once, in contradiction; the latest telling counts."
    full_word, full_probability = asked.full_answers[0]
    where = _where(asked.trace, asked.whereabouts) if asked.whereabouts else ""
    question = readable(asked.trace.tokens[true.question.start : true.question.end])
    st.html(
        f'<section class="ma-card" aria-label="The model’s answer to: {escape(question)}">{rows}'
        f'<p class="ma-verdict ma-{kind}">{verdict}</p>'
        + (f"<p>{escape(remark)}</p>" if remark else "")
        + f'<p class="ma-where">{where} {escape(full)}: {escape(full_word)} ({full_probability:.2f}).</p></section>'
    )


def _where(trace: Trace, place: Whereabouts) -> str:
    """Where the fact's words are now, in a sentence."""
    total = len(set(place.raw) | set(place.lost)) if not place.slots else None
    if place.lost and not place.raw and not place.slots:
        return "The fact has left the memory."
    parts = []
    if place.raw:
        parts.append(f"as raw pairs {span(place.raw)}")
    if place.slots:
        roles = dict(zip(trace.steps[-1].ids, trace.steps[-1].roles, strict=True))
        role = roles[place.slots[0]]
        parts.append("in " + HOMES.get(role, "{}").format(span(place.slots, role)))
    said = " and ".join(parts)
    if place.lost:
        left = f"{len(place.lost)} of its {total} words are" if total else "part of it is"
        return f"The fact stands {said}; {left} lost."
    return f"The fact stands {said}."


def formulas(lines: Sequence[Formula]) -> None:
    """Each formula, the same with the numbers of this step, and what it says; one table, since every element costs."""
    rows = [f"| ${line.latex}$ | ${line.numbers}$ | {line.says} |" for line in lines]
    with st.container(key="formulas"):
        st.markdown("\n".join(["| formula | as this token reads | what it says |", "|:--|:--|:--|", *rows]))


def in_words(trace: Trace, step: int, head: int | None) -> None:
    """What the stage shows at this step, as sentences: for those who listen rather than look."""
    place = st.expander("This token in words", key="in_words", on_change="rerun")
    if not place.open:
        return
    now = trace.steps[step]
    said = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences(trace, now, head))
    place.html(f"<p>Token {step + 1} of {len(trace.steps)}, “{escape(now.token)}”</p><ul>{said}</ul>")


def code(functions: Sequence[Callable[..., Any]]) -> None:
    """The source of what just ran."""
    for function in functions:
        module = inspect.getmodule(function)
        with st.expander(
            f"`{function.__qualname__}` in `{module.__name__ if module else ''}`", expanded=function is functions[0]
        ):
            st.code(inspect.cleandoc("\n" + inspect.getsource(function)), language="python", line_numbers=True)


def read_on(entries: Sequence[tuple[str, str]]) -> None:
    """Sources, each with what to look for."""
    for title, why in entries:
        st.markdown(f"**{title}**  \n{why}")
