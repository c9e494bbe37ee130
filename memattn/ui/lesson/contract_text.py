"""The contract on the page: its clauses, coloured by what a memory still holds, and its questions."""

from collections import Counter
from itertools import groupby

import streamlit as st
from markupsafe import Markup

from memattn.lessons.contract import exam
from memattn.lessons.contract.families import Pick
from memattn.lessons.contract.holding import Holding, holdings
from memattn.lessons.contract.record import Exam
from memattn.lessons.memories import titled
from memattn.reader.contracts import SECTIONS, TITLES, Clause, Inquiry
from memattn.reader.lexicon import in_law, written
from memattn.reader.world import Fact, readable
from memattn.ui import controls, link
from memattn.ui.lesson import parts

KINDS = {"raw": "raw pair", "slot": "in a slot", "lost": "lost"}
PLAIN = (
    "The reader learned stories, not law. Each word of the contract stands for one word of its stories, one to one, so "
    "to the reader this is a text of the kind that it was trained on. Headings, numbers and references in brackets are "
    "for the eye: it does not read them."
)


def text(pick: Pick, known: Exam | None) -> None:
    """Two folds, each drawn when it is opened.

    Args:
        pick: the memory whose facts are coloured.
        known: what it answered, if it has been measured.
    """
    with st.expander(
        "Read the contract as this memory holds it", key=link.widget("law_read"), on_change="rerun"
    ) as one:
        if one.open:
            _contract(pick)
    with st.expander("The questions and their answers", key=link.widget("law_ask"), on_change="rerun") as other:
        if other.open:
            _questions(pick, known)


def _contract(pick: Pick) -> None:
    parts.quiet(PLAIN)
    learned = controls.switch("law_learned", "In the words that the reader learned", view=True)
    held = dict(zip(exam.shown().story.facts, holdings(pick, exam.SEEDS[0]), strict=True))
    counts = Counter[str](one.kind for one in held.values())
    legend = Markup("").join(
        Markup('<span><span class="ma-w ma-{}">{}</span> {}</span>').format(kind, name, counts[kind])
        for kind, name in KINDS.items()
    )
    body = Markup("")
    for section, clauses in groupby(exam.shown().clauses, lambda clause: clause.section):
        body += Markup("<h4>{}</h4>").format(SECTIONS[section].title)
        body += Markup("").join(_clause(clause, held, learned) for clause in clauses)
    st.html(
        Markup(
            '<p class="ma-legend"><span>Facts with {}:</span>{}</p><div class="ma-contract" tabindex="0">{}</div>'
        ).format(titled(pick.choice), legend, body)
    )


def _clause(clause: Clause, held: dict[Fact, Holding], learned: bool) -> Markup:
    """Number and heading, then its sentences, the facts marked."""
    words, at, body = exam.shown().story.words, clause.start, Markup("")
    for number, fact in enumerate(clause.facts):
        reference = clause.refers[number] if clause.refers else 0
        body += Markup("{} {} ").format(
            _sentence(words[at : fact.start], learned), _fact(fact, held, reference, learned)
        )
        at = fact.end
    body += _sentence(words[at : clause.end], learned)
    return Markup("<p><b>{}. {}.</b> {}</p>").format(clause.number, TITLES[clause.subject], body)


def _sentence(words: tuple[str, ...], learned: bool) -> str:
    """Sentences as they are written, a blank behind each full stop."""
    return (readable(words) if learned else written(words)).replace(".", ". ").strip()


def _fact(fact: Fact, held: dict[Fact, Holding], reference: int, learned: bool) -> Markup:
    said = _sentence(fact.words, learned)
    if reference:
        party, rest = said.split(" ", 1)
        said = Markup("{} <small>(as in clause {})</small> {}").format(party, reference, rest)
    one = held[fact]
    return Markup('<span class="ma-w ma-{}" title="{}">{}</span>').format(one.kind, one.said, said)


def _questions(pick: Pick, known: Exam | None) -> None:
    parts.quiet("Open a question to see its answer" + (", and what this memory said." if known else "."))
    body = Markup("")
    said = exam.asked(pick, exam.SEEDS[0]) if known else ((),) * len(exam.shown().inquiries)
    asked = zip(exam.shown().inquiries, said, strict=True)
    for subject, some in groupby(asked, lambda pair: pair[0].subject):
        body += Markup("<h4>{}</h4>").format(subject.value.capitalize())
        body += Markup("").join(_question(inquiry, answers) for inquiry, answers in some)
    st.html(Markup('<div class="ma-contract" tabindex="0">{}</div>').format(body))


def _question(inquiry: Inquiry, answers: exam.Answers) -> Markup:
    clauses = " and ".join(f"clause {number}" for number in inquiry.clauses)
    told = Markup("<b>{}</b> ({}).").format(_word(inquiry.answer), clauses)
    if answers:
        steps = ", then ".join(f"“{_word(one)}”" for one in answers)
        verdict = "right" if exam.right(inquiry, answers) else "wrong"
        told += Markup(" This memory said {}: {}.").format(steps, verdict)
    return Markup("<details><summary>{}</summary>{}</details>").format(inquiry.text, told)


def _word(word: str) -> str:
    """An answer, in the contract's words."""
    return readable(in_law((word,)))
