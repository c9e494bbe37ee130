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
from memattn.records import Trace

SHOWN_ANSWERS = 3


def badge(trace: Trace, difference: float, look: str = "") -> None:
    """How true the picture is: the largest difference against the naive computation; and what to look for in it."""
    seek = f'<span class="ma-look"><b>Look:</b> {escape(look)}</span>' if look else ""
    st.html(
        '<div class="ma-badge" title="Every output of this run was computed a second time, naively, in NumPy with '
        'float64, straight from the definition. This is the largest difference.">'
        f"<b>checked</b> max |difference| {difference:.1e} · {escape(trace.device)} · "
        f"{trace.seconds * 1e3:.0f} ms</div>{seek}"
    )


def answer_card(asked: Asked) -> None:
    """What was asked, what is answered and why: everything from the run."""
    true = asked.truth
    told = true.answer
    rows = "".join(
        f'<div class="ma-answer{" ma-true" if word == told else ""}"><span>{escape(word)}</span>'
        f'<i style="--share:{probability:.4f}"></i><b>{probability:.2f}</b></div>'
        for word, probability in asked.answers[:SHOWN_ANSWERS]
    )
    if true.status is Status.NEVER:
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
        f'<p class="ma-where">{where} With full attention: {escape(full_word)} ({full_probability:.2f}).</p></section>'
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
        parts.append(f"in {span(place.slots)} of CMem")
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
    now = trace.steps[step]
    with st.expander(f"Token {step + 1} of {len(trace.steps)}, “{now.token}”, in words"):
        st.markdown("\n".join(f"- {sentence}" for sentence in sentences(trace, now, head)))


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
