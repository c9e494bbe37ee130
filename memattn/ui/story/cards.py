"""What was answered, beside the stage: for a story, and for any text."""

from html import escape

import streamlit as st

from memattn.lessons.freetext.watching import Watched
from memattn.lessons.story import ways, words
from memattn.reader import Status
from memattn.ui import lesson as parts
from memattn.ui.story.shared import Settings, asked, watched

SHOWN_WORDS = 3
REMARKS = {Status.ABSENT: words.NEVER_SAYS, Status.CONTRADICTED: words.CONTRADICTED_SAYS}


def card(chosen: Settings) -> None:
    """The answer to the question, or what any text lets expect next."""
    if chosen.free:
        _next_words(watched(chosen))
        return
    found = asked(chosen)
    own = chosen.choice.member in ways.SELF_COMPARED
    full = "With full attention" if own else "The base reader with full attention"
    parts.answer_card(found, REMARKS.get(found.truth.status, ""), full)
    if ways.depth(chosen.choice) > 1:
        st.html(f'<p class="ma-quiet">{words.TWO_LAYERS[chosen.layer]}</p>')


def _next_words(found: Watched) -> None:
    rows = "".join(
        f'<div class="ma-answer"><span>{escape(word)}</span><i style="--share:{share:.4f}"></i><b>{share:.2f}</b></div>'
        for word, share in found.next_words[:SHOWN_WORDS]
    )
    last = escape(found.trace.tokens[-1])
    seen = found.occurrences
    if not seen:
        said = f"“{last}” stands here for the first time, so there is nothing to be found."
    else:
        lost = sum(one.lost for one in seen)
        times = "once" if len(seen) == 1 else f"{len(seen)} times"
        after = ", ".join(f"“{escape(one.after)}”" + (" (lost)" if one.lost else "") for one in seen[-4:])
        said = f"“{last}” stood here {times} before, and behind it: {after}."
        if lost:
            said += f" The memory has lost {lost} of them."
    full_word, full_share = found.full_next_words[0]
    st.html(
        f'<section class="ma-card" aria-label="What a look-up finds after {last}">'
        f'<h4>After “{last}” <span class="ma-tag">{words.FREE_LABEL}</span></h4>{rows}'
        f'<p class="ma-where">{said} With full attention: {escape(full_word)} ({full_share:.2f}).</p></section>'
    )
