"""Smaller parts of every lesson: the badge of truth, formulas, a step in words, code and sources."""

import inspect
from collections.abc import Sequence
from typing import Any

import streamlit as st
from markupsafe import Markup, escape

from memattn.lessons.lesson import Formula, Head
from memattn.lessons.narration import sentences, titles
from memattn.lessons.phase_code import Marked, source
from memattn.quantities import rounded
from memattn.records import Lane, Trace
from memattn.ui import link
from memattn.ui.lesson.words import bdi, whose


def badge(trace: Trace, difference: float, look: str = "") -> None:
    """How true the picture is: the largest difference against the naive computation; and what to look for in it."""
    seek = Markup('<span class="ma-look"><b>Look:</b> {}</span>').format(look) if look else ""
    st.html(
        Markup(
            '<div class="ma-badge" title="Every output of this run was computed a second time, naively, in NumPy with '
            'float64, straight from the definition. This is the largest difference.">'
            "<b>checked</b> max |difference| {} · {} · {} ms</div>{}"
        ).format(rounded(difference), trace.device, f"{trace.seconds * 1e3:.0f}", seek)
    )


def reserve(*places: Any) -> None:
    """Keep places around a fragment for it, in a run in which it has nothing for them.

    Streamlit lets a fragment that runs alone write into a container outside of it only where the run that drew both
    wrote there as well.
    """
    for place in places:
        place.empty()


def spoken_of(trace: Trace, step: int) -> Markup:
    """Which token the numbers are about: the one at which the stage rested last."""
    return Markup("token {} “{}”").format(step + 1, bdi(trace.tokens[step]))


def formulas(lines: Sequence[Formula], trace: Trace, step: int, head: Head) -> None:
    """Each formula, the same with the numbers of this step, and what it says; one table, since every element costs."""
    rows = [f"| ${line.latex}$ | ${line.numbers}$ | {line.says} |" for line in lines]
    words = "As {} reads, → what its events change; {}. Numbers follow when the stage rests."
    st.html(Markup(f'<p class="ma-quiet ma-step">{words}</p>').format(spoken_of(trace, step), whose(trace, head)))
    with st.container(key="formulas"):
        st.markdown("\n".join([f"| formula | as token {step + 1} reads | what it says |", "|:--|:--|:--|", *rows]))


def in_words(trace: Trace, lanes: Sequence[Lane], step: int, head: Head) -> None:
    """What the stage shows at this step, as sentences: for those who listen rather than look."""
    place = st.expander("This token in words", key=link.widget("in_words"), on_change="rerun")
    if not place.open:
        return
    said = Markup("").join(
        Markup("<li>{}</li>").format(one) for one in sentences(trace, trace.steps[step], head, titles(lanes))
    )
    place.html(Markup("<p>Of {} tokens, {}</p><ul>{}</ul>").format(len(trace.steps), spoken_of(trace, step), said))


def code(shown: Sequence[Marked], phase: str) -> None:
    """The source of what just ran, opened at the first function and where the phase happens, its lines marked."""
    if any(one.lines for one in shown):
        quiet(f"Marked: where “{phase}” happens, at which the stage stands, and the calls that lead there.")
    for number, one in enumerate(shown):
        module = inspect.getmodule(one.function)
        title = f"`{one.function.__qualname__}` in `{module.__name__ if module else ''}`"
        with st.expander(title, expanded=not number or one.itself), st.container(key=f"code_{number}"):
            if one.lines:
                st.html(f"<style>{_lit(f'.st-key-code_{number} code', one.lines)}</style>")
            st.code(source(one.function), language="python", line_numbers=True)


def _lit(code: str, lines: Sequence[int]) -> str:
    """Style of some lines of a code block: a ground, and a bold number for those who see none."""
    grounds = (f"linear-gradient(var(--lit), var(--lit)) 0 calc({at - 1} * 1lh) / 100% 1lh no-repeat" for at in lines)
    numbers = ", ".join(f"{code} > :nth-child({at} of .linenumber)" for at in lines)
    return (
        f"{code} {{ background: {', '.join(grounds)}; }} {numbers} {{ font-weight: 800; text-decoration: underline; }}"
    )


def read_on(entries: Sequence[tuple[str, str]]) -> None:
    """Sources, each with what to look for."""
    for title, why in entries:
        st.markdown(f"**{title}**  \n{why}")


def quiet(text: str) -> None:
    """A remark in small type."""
    st.html(Markup('<p class="ma-quiet">{}</p>').format(escape(text)))
