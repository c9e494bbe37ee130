"""The answer in full: probabilities with and without this memory, the slots they came from, and what is forgotten."""

import math
from collections import Counter
from collections.abc import Container, Sequence
from html import escape
from itertools import groupby

import streamlit as st

from memattn.lessons.freetext.watching import Watched
from memattn.lessons.narration import span
from memattn.lessons.story import answers, ways, words
from memattn.lessons.story.fates import Fate, fates
from memattn.records import Trace
from memattn.ui.story.player import head_of, trace_of
from memattn.ui.story.shared import Settings, asked, watched

MOST_PARTS = 6  # words of a slot that are named
FAINT = 0.01  # of the most; attention below this is not tinted
KINDS = {"raw": "raw pair", "slot": "in a slot", "lost": "forgotten"}
Answers = Sequence[tuple[str, float]]


def answer(chosen: Settings, shown: str) -> None:
    """Everything about the answer that fits no card; then the text, as the layer on the stage has it."""
    left, right = st.columns([42, 58], gap="large")
    with left:
        st.html(_both(chosen))
    with right:
        last = chosen.answering
        st.html(_occurrences(watched(last)) if last.free else _slots(last, head_of(last, shown), _layer(last)))
    fact = () if chosen.free else tuple(p for one in asked(chosen).truth.facts for p in range(one.start, one.end))
    st.html(_text(trace_of(chosen), head_of(chosen, shown), fact, _layer(chosen)))


def _layer(chosen: Settings) -> str:
    """Which layer is on the stage; "" where there is but one."""
    if chosen.free or ways.depth(chosen.choice) < 2:
        return ""
    return next(name for name, layer in words.LAYERS_SHOWN.items() if layer == chosen.layer)


# --- probabilities --------------------------------------------------------------------------------------------------


def _both(chosen: Settings) -> str:
    if chosen.free:
        free = watched(chosen)
        return _table("What may come next", free.next_words, free.full_next_words, None)
    found = asked(chosen)
    return _table("What the model says", found.answers, found.full_answers, found.truth.answer)


def _table(title: str, own: Answers, full: Answers, true: str | None) -> str:
    """The likeliest words under this memory and under full attention; only the likeliest of each are known."""
    named = list(dict.fromkeys(word for word, _ in (*own, *full)))
    sides = dict(own), dict(full)
    least = [min(side.values()) for side in sides]
    rows = ""
    for word in named:
        mark = " ma-true" if word == true else ""
        rows += f'<div class="ma-both{mark}"><span>{escape(word)}</span>'
        for side, floor in zip(sides, least, strict=True):
            share = side.get(word)
            said = f"{share:.3f}" if share is not None else f"&lt; {max(floor, 0.001):.3f}"
            rows += f'<i style="--share:{share or 0:.4f}"></i><b>{said}</b>'
        rows += "</div>"
    head = '<div class="ma-both ma-head"><span>word</span><i></i><b>this memory</b><i></i><b>full attention</b></div>'
    return f"<section><h4>{title}</h4>{head}{rows}</section>"


# --- slots ----------------------------------------------------------------------------------------------------------


def _slots(chosen: Settings, head: int | None, layer: str) -> str:
    found = answers.sources(asked(chosen), head)
    rows = ""
    for source in found.looked_at:
        parts = sorted(sorted(source.parts, key=lambda part: -part.share)[:MOST_PARTS], key=lambda part: part.position)
        more = f" + {len(source.parts) - len(parts)} more" if len(source.parts) > len(parts) else ""
        if len(source.parts) > 1:
            text = " ".join(f"<em>{escape(part.word)}</em> <small>{part.share:.2f}</small>" for part in parts)
        else:
            text = " ".join(f"<em>{escape(part.word)}</em>" for part in parts) or "learned, from no word"
        rows += (
            f'<div class="ma-source"><b class="ma-role ma-{source.role}">{source.name}</b>'
            f'<i style="--share:{source.weight:.4f}"></i><b>{source.weight:.3f}</b><span>{text}{more}</span></div>'
        )
    if found.others:
        rows += f'<p class="ma-quiet">{found.others} other slots share the remaining {found.rest:.3f}.</p>'
    whose = ", ".join(filter(None, ["mean over all heads" if head is None else f"head {head + 1}", layer]))
    return (
        f"<section><h4>Where the question mark looked <small>{whose}</small></h4>{rows}"
        f'<p class="ma-quiet">{words.SHARES_SAY}</p></section>'
    )


def _occurrences(found: Watched) -> str:
    rows = ""
    for one in found.occurrences[-8:]:
        place = one.whereabouts
        where = "lost" if place.lost else (f"raw pair {span(place.raw)}" if place.raw else f"in {span(place.slots)}")
        rows += f'<div class="ma-place"><span>k{one.position}</span><em>{escape(one.after)}</em><b>{where}</b></div>'
    if not rows:
        rows = '<p class="ma-quiet">The last word stands here for the first time.</p>'
    last = escape(found.trace.tokens[-1])
    return f"<section><h4>Where “{last}” stood before, and what came after it</h4>{rows}</section>"


# --- the text as the memory holds it --------------------------------------------------------------------------------


def _text(run: Trace, head: int | None, fact: Container[int], layer: str) -> str:
    """The whole text; words that follow each other with the same fate and tint are drawn together."""
    told = fates(run, head)
    top = max(one.attention for one in told)
    spans = ""
    for (place, kind, role, level, asked_for), same in groupby(told, lambda one: _look(one, top, fact)):
        text = "".join(_spaced(one.word) for one in same)
        blank, text = " " * text.startswith(" "), text.lstrip()  # outside, so that slots stand apart
        looks = f"ma-w ma-{kind} ma-{role}" + (" ma-fact" if asked_for else "")
        spans += f'{blank}<span class="{looks}" style="--level:{level}" title="{place}">{text}</span>'
    counts = Counter[str](one.kind for one in told)
    legend = "".join(
        f'<span><span class="ma-w ma-{kind}">{name}</span> {counts[kind]}</span>' for kind, name in KINDS.items()
    )
    if any(one.position in fact for one in told):
        legend += '<span><span class="ma-w ma-fact">the fact asked for</span></span>'
    legend += f'<span><span class="ma-w" style="--level:10">attention</span> darkest {top:.2f}</span>'
    return (
        f'<section><h4>{words.TEXT_TITLE}{layer and f" <small>{layer}</small>"}</h4><p class="ma-legend">{legend}</p>'
        f'<p class="ma-text" tabindex="0">{spans}</p></section>'
    )


def _look(one: Fate, top: float, fact: Container[int]) -> tuple[str, str, str, int, bool]:
    """Where it is, its kind and role, the tint of the attention on it, 0 to 10, and whether it is asked for."""
    level = math.ceil(10 * math.sqrt(one.attention / top)) if one.attention > FAINT * top else 0
    place = "still a raw pair" if one.kind == "raw" else one.place
    return place, one.kind, str(one.role or "none"), level, one.position in fact


def _spaced(word: str) -> str:
    return escape(word) if word in (".", "?") else f" {escape(word)}"
