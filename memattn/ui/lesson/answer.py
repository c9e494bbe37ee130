"""What the model answers: the card beside the stage, and the answer in full below it, always of the last word."""

import math
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace
from itertools import groupby

import streamlit as st
from markupsafe import Markup, escape

from memattn.lessons import running, texts
from memattn.lessons.answering import Answer, Foretold, NextWord, Occurrence, Output, Ranked, Whereabouts
from memattn.lessons.fates import Fate, fates
from memattn.lessons.lesson import LAST, Settings
from memattn.lessons.memories import SELF_COMPARED, served_by
from memattn.lessons.narration import Titles, lane_name, slot_name, span, titles
from memattn.lessons.numbers import in_digits
from memattn.lessons.sources import Source, sources
from memattn.lessons.texts import LAYERS_SHOWN
from memattn.reader import Status, readable
from memattn.records import Role, Trace
from memattn.ui import controls
from memattn.ui.lesson.computed import answering, run
from memattn.ui.lesson.player import Played, head_of
from memattn.ui.lesson.words import bdi, whose

SHOWN = 3  # answers on the card
MOST_PARTS = 6  # words of a slot that are named
MOST_PLACES = 8  # occurrences that are listed
FAINT = 0.01  # of the most; attention below this is not tinted
KINDS = {"raw": "raw pair", "slot": "in a slot", "lost": "lost"}
REMARKS = {Status.ABSENT: texts.NEVER_SAYS, Status.CONTRADICTED: texts.CONTRADICTED_SAYS}


# --- the card -------------------------------------------------------------------------------------------------------


def card(settings: Settings, side: str = "") -> None:
    """What is answered after the last word, and why: everything from the run.

    Args:
        settings: of the run.
        side: "A" or "B" where two memories stand side by side. The page's own card has none, and the reader may hide
            it, so that it gives no prediction away.
    """
    found = answering(settings)
    last = len(found.trace.tokens)
    if not side and not controls.switch("answer", f"Answer after the last word, token {last}", True, view=True):
        return
    if isinstance(found.answer, NextWord):
        st.html(_next_word(found.trace, found.answer))
    elif isinstance(found.answer, Foretold):
        st.html(_foretold(found.trace, found.answer))
    elif isinstance(found.answer, Output):
        st.html(_output(found.trace, found.answer))
    elif found.answer:
        st.html(_answer(settings, found.trace, found.answer, side))


def _rows(ranked: Ranked, true: str | None = None) -> Markup:
    row = Markup('<div class="ma-answer{}"><span>{}</span><i style="--share:{}"></i><b>{}</b></div>')
    return Markup("").join(
        row.format(" ma-true" if word == true else "", bdi(word), f"{share:.4f}", f"{share:.2f}")
        for word, share in ranked[:SHOWN]
    )


def _answer(settings: Settings, trace: Trace, answer: Answer, side: str) -> Markup:
    verdict, kind = _verdict(answer)
    remarks = [
        {Status.ABSENT: texts.NEVER_SAYS, Status.CONTRADICTED: texts.CONTRADICTED_SAYS}.get(answer.truth.status, "")
    ]
    if settings.model == "trained" and running.model_of(settings).layers > 1:
        remarks.append(texts.TWO_LAYERS[settings.layer])
    lanes = titles(running.memory_of(settings).lanes(len(trace.tokens)))
    where = _where(trace, answer.whereabouts, lanes) if answer.whereabouts else ""
    if answer.whereabouts and answer.whereabouts.lost and answer.knowing:
        kept = answer.whereabouts.raw or answer.whereabouts.slots
        whose = texts.SOME_OF_ITS_OWN if kept else texts.ITS_OWN
        where += " " + texts.KNOWN_LATER.format(whose, span(answer.knowing))
    word, share = answer.full[0]
    own = settings.model == "planted" or served_by(settings.choice) in SELF_COMPARED
    whom = "With full attention" if own else "The base reader with full attention"
    question = readable(trace.tokens[answer.truth.question.start : answer.truth.question.end])
    return Markup(
        '<section class="ma-card" aria-label="{} answer to: {}">{}<p class="ma-verdict ma-{}">{}</p>{}'
        '<p class="ma-where">{} {}: {} ({}).</p></section>'
    ).format(
        f"With memory {side}, the model’s" if side else "The model’s",
        question,
        _rows(answer.ranked, answer.truth.answer),
        kind,
        verdict,
        Markup("").join(Markup("<p>{}</p>").format(remark) for remark in remarks if remark),
        where,
        whom,
        bdi(word),
        f"{share:.2f}",
    )


def _verdict(answer: Answer) -> tuple[Markup, str]:
    true = answer.truth
    if true.status is Status.ABSENT:
        return Markup("The story does not say, so any answer is a guess."), "open"
    right = answer.right
    said = Markup("Right: {}." if right else "Wrong. The story says: {}.").format(bdi(str(true.answer)))
    if true.status is Status.CONTRADICTED:
        said += " The story says it more than once, in contradiction; the last one counts."
    return said, "right" if right else "wrong"


def _where(trace: Trace, place: Whereabouts, lanes: Titles) -> str:
    """Where the fact's words are when the last word reads, in a sentence."""
    count = len(set(place.raw) | set(place.lost)) if not place.slots else None
    if place.lost and not place.raw and not place.slots:
        return "The fact has left the memory."
    parts = []
    if place.raw:
        parts.append(f"as raw pairs {span(place.raw)}")
    if place.slots:
        roles = dict(zip(trace.steps[-1].ids, trace.steps[-1].roles, strict=True))
        role = roles[place.slots[0]]
        names = span(place.slots, role)
        parts.append(f"in the summary {names}" if role is Role.SUMMARY else f"in {names} of {lane_name(lanes, role)}")
    said = " and ".join(parts)
    if place.lost:
        left = f"{len(place.lost)} of its {count} words are" if count else "part of it is"
        return f"The fact stands {said}; {left} lost."
    return f"The fact stands {said}."


def _next_word(trace: Trace, answer: NextWord) -> Markup:
    last, seen = bdi(trace.tokens[-1]), answer.occurrences
    word, share = answer.full[0]
    return Markup(
        '<section class="ma-card"><h4>After “{}” <span class="ma-tag">{}</span></h4>{}'
        '<p class="ma-where">{} With full attention: {} ({}).</p></section>'
    ).format(last, texts.FREE_LABEL, _rows(answer.ranked), _found_before(last, seen), bdi(word), f"{share:.2f}")


def _foretold(trace: Trace, answer: Foretold) -> Markup:
    word, share = answer.full[0]
    return Markup(
        '<section class="ma-card"><h4>After “{}” <span class="ma-tag">{}</span></h4>{}'
        '<p class="ma-where">With full attention: {} ({}).</p></section>'
    ).format(bdi(trace.tokens[-1]), texts.ECHO_LABEL, _rows(answer.ranked), bdi(word), f"{share:.2f}")


def _output(trace: Trace, answer: Output) -> Markup:
    lone = len(trace.steps[-1].ids) == 1
    return Markup(
        '<section class="ma-card"><h4>The query of “{}” reads</h4><p class="ma-verdict">{}</p>'
        '<p class="ma-where">{}With full attention: {}.</p></section>'
    ).format(
        bdi(trace.tokens[-1]),
        in_digits(answer.own),
        "One slot gets all the weight, whatever the query is. " if lone else "",
        in_digits(answer.full),
    )


def _found_before(last: Markup, seen: Sequence[Occurrence]) -> Markup:
    """What stood behind the last word before; of many occurrences the newest are named, and how many they are."""
    if not seen:
        return Markup("“{}” stands here for the first time, so there is nothing to be found.").format(last)
    shown = seen[-MOST_PLACES // 2 :]
    after = Markup(", ").join(Markup("“{}”{}").format(bdi(one.after), " (lost)" if one.lost else "") for one in shown)
    times = "once" if len(seen) == 1 else f"{len(seen)} times"
    which = "behind it" if len(shown) == len(seen) else f"behind the last {len(shown)} of them"
    lost = sum(one.lost for one in seen)
    gone = f" The memory has lost {lost} of them." if lost else ""
    return Markup("“{}” stood here {} before, and {}: {}.{}").format(last, times, which, after, gone)


# --- the tab --------------------------------------------------------------------------------------------------------


def tab(played: Played, shown: str) -> None:
    """Everything about the answer that fits no card; then the text, as the layer on the stage has it."""
    settings = played.settings
    found, left_right = answering(settings), st.columns([42, 58], gap="large")
    st.caption(f"All of this is when the last word, token {len(found.trace.tokens)}, reads; wherever the stage stands.")
    with left_right[0]:
        st.html(_both(found.answer))
    with left_right[1]:
        if isinstance(found.answer, NextWord):
            st.html(_places(found.trace, found.answer))
        else:
            head = head_of(_last_layer(settings), shown)
            st.html(_slots(found.trace, head, _layer_name(_last_layer(settings)), running.model_of(settings).context))
    fact: tuple[int, ...] = ()
    if isinstance(found.answer, Answer):
        fact = tuple(p for one in found.answer.truth.facts for p in range(one.start, one.end))
    st.html(_text(run(settings).trace, played.head, fact, _layer_name(settings)))


def _last_layer(settings: Settings) -> Settings:
    return replace(settings, layer=LAST)


def _layer_name(settings: Settings) -> str:
    """Which layer it is; "" where there is but one."""
    return LAYERS_SHOWN[settings.layer] if running.layers_of(settings) > 1 else ""


def _both(answer: Answer | NextWord | Output | Foretold | None) -> Markup:
    if isinstance(answer, Answer):
        return _table("What the model says", answer.ranked, answer.full, answer.truth.answer)
    if isinstance(answer, Output):
        row = Markup("<tr><td>{}</td><td>{}</td></tr>")
        rows = row.format("this memory", in_digits(answer.own)) + row.format("full attention", in_digits(answer.full))
        return Markup("<section><h4>What the last pair reads</h4><table>{}</table></section>").format(rows)
    assert answer is not None  # the layer that answers
    return _table("What may come next", answer.ranked, answer.full, None)


def _table(title: str, own: Ranked, full: Ranked, true: str | None) -> Markup:
    """The likeliest words under this memory and under full attention; only the likeliest of each are known."""
    named = list(dict.fromkeys(word for word, _ in (*own, *full)))
    sides = dict(own), dict(full)
    rows = Markup("")
    for word in named:
        rows += Markup('<div class="ma-both{}"><span>{}</span>').format(" ma-true" if word == true else "", bdi(word))
        for side in sides:
            share, least = side.get(word), min(side.values())
            said = f"{share:.3f}" if share is not None else f"< {max(least, 0.001):.3f}"
            rows += Markup('<i style="--share:{}"></i><b>{}</b>').format(f"{share or 0:.4f}", said)
        rows += Markup("</div>")
    head = Markup(
        '<div class="ma-both ma-head"><span>word</span><i></i><b>this memory</b><i></i><b>full attention</b></div>'
    )
    return Markup("<section><h4>{}</h4>{}{}</section>").format(title, head, rows)


def _slots(trace: Trace, head: int | None, layer: str, context: int) -> Markup:
    found = sources(trace, head)
    rows = Markup("").join(map(_source, found.looked_at))
    quiet = Markup('<p class="ma-quiet">{}</p>')
    if found.others:
        rows += quiet.format(f"{found.others} other slots share the remaining {found.rest:.3f}.")
    if context > 1:
        rows += quiet.format(texts.CONTEXT_SAYS.format(context - 1, context))
    heads = ", ".join(filter(None, [whose(trace, head), layer]))
    title = Markup("Where the last word, “{}”, looked <small>{}</small>").format(bdi(trace.tokens[-1]), heads)
    return Markup("<section><h4>{}</h4>{}{}</section>").format(title, rows, quiet.format(texts.SHARES_SAY))


def _source(source: Source) -> Markup:
    """A slot that was looked at, with the words that it is made of."""
    named = sorted(sorted(source.parts, key=lambda part: -part.share)[:MOST_PARTS], key=lambda part: part.position)
    share = Markup(" <small>{:.2f}</small>") if len(source.parts) > 1 else Markup("")
    words = Markup(" ").join(Markup("<em>{}</em>").format(bdi(one.word)) + share.format(one.share) for one in named)
    more = f" + {len(source.parts) - len(named)} more" if len(source.parts) > len(named) else ""
    row = Markup(
        '<div class="ma-source"><b class="ma-role ma-{}">{}</b><i style="--share:{:.4f}"></i><b>{:.3f}</b>'
        "<span>{}{}</span></div>"
    )
    return row.format(source.role, source.name, source.weight, source.weight, words or "learned, from no word", more)


def _places(trace: Trace, answer: NextWord) -> Markup:
    rows = Markup("")
    for one in answer.occurrences[-MOST_PLACES:]:
        place = one.whereabouts
        where = "lost" if place.lost else (f"raw pair {span(place.raw)}" if place.raw else f"in {span(place.slots)}")
        row = Markup('<div class="ma-place"><span>{}</span><em>{}</em><b>{}</b></div>')
        rows += row.format(slot_name(one.position), bdi(one.after), where)
    if not rows:
        rows = Markup('<p class="ma-quiet">The last word stands here for the first time.</p>')
    elif len(answer.occurrences) > MOST_PLACES:
        rows += Markup('<p class="ma-quiet">The last {} of {}.</p>').format(MOST_PLACES, len(answer.occurrences))
    title = Markup("Where “{}” stood before, and what came after it").format(bdi(trace.tokens[-1]))
    return Markup("<section><h4>{}</h4>{}</section>").format(title, rows)


# --- the text as the memory holds it ----------------------------------------------------------------------------------


def _text(trace: Trace, head: int | None, fact: Container[int], layer: str) -> Markup:
    """The whole text; words that follow each other with the same fate and tint are drawn together."""
    found = fates(trace, head)
    top = max(one.attention for one in found)
    spans = Markup("")
    for (place, kind, role, level, asked_for), same in groupby(found, lambda one: _look(one, top, fact)):
        words = Markup("").join(_spaced(one.word) for one in same)
        blank, words = " " * words.startswith(" "), words.lstrip()  # outside, so that slots stand apart
        looks = f"ma-w ma-{kind} ma-{role}" + (" ma-fact" if asked_for else "")
        spans += Markup('{}<span class="{}" style="--level:{}" title="{}">{}</span>').format(
            blank, looks, level, place, words
        )
    counts = Counter[str](one.kind for one in found)
    legend = Markup("").join(
        Markup('<span><span class="ma-w ma-{}">{}</span> {}</span>').format(kind, name, counts[kind])
        for kind, name in KINDS.items()
    )
    if any(one.position in fact for one in found):
        legend += Markup('<span><span class="ma-w ma-fact">the fact asked for</span></span>')
    darkest = Markup('<span><span class="ma-w" style="--level:10">attention</span> darkest {:.2f} ({})</span>')
    legend += darkest.format(top, whose(trace, head))
    small = Markup(" <small>{}</small>").format(layer) if layer else ""
    return Markup(
        '<section><h4>{}{}</h4><p class="ma-legend">{}</p><p class="ma-text" tabindex="0" dir="auto">{}</p></section>'
    ).format(texts.TEXT_TITLE, small, legend, spans)


def _look(one: Fate, top: float, fact: Container[int]) -> tuple[str, str, str, int, bool]:
    """Where it is, its kind and role, the tint of the attention on it, 0 to 10, and whether it is asked for."""
    level = math.ceil(10 * math.sqrt(one.attention / top)) if one.attention > FAINT * top else 0
    place = "still a raw pair" if one.kind == "raw" else one.place
    return place, one.kind, str(one.role or "none"), level, one.position in fact


def _spaced(word: str) -> Markup:
    return escape(word) if word in (".", "?") else Markup(" ") + escape(word)
