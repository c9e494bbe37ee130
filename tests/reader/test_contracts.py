"""Contracts: every reference points back, every question has one answer, and renamed words change nothing."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memattn.reader.contracts import (
    FACTS_EACH,
    OF_EACH_KIND,
    SECTIONS,
    TITLES,
    TOLD_AS,
    Subject,
    contract,
)
from memattn.reader.grammar import FORMS, WORDS, FactKind, vocabulary
from memattn.reader.lexicon import LAW, LEGAL, ROLES, THINGS, in_law, written
from memattn.reader.tokenizer import LONGEST_TEXT, Tokenizer
from memattn.reader.world import parse, question_words

SEEDS = st.integers(0, 2**31)
few = settings(max_examples=6, deadline=None)


# --- the language of law ----------------------------------------------------------------------------------------------


def test_every_word_has_a_name_of_its_own_in_law() -> None:
    assert set(LEGAL) == set(vocabulary()) and len(set(LEGAL.values())) == len(LEGAL)
    assert {kind: len(words) for kind, words in LAW.items()} == {kind: len(words) for kind, words in WORDS.items()}
    assert set(ROLES) | set(THINGS) == set(WORDS["object"]) and not set(ROLES) & set(THINGS)


def test_a_tokenizer_of_the_renamed_words_gives_the_same_numbers() -> None:
    words = contract(5).story.words
    assert Tokenizer(in_law(vocabulary())).encode(in_law(words)) == Tokenizer().encode(words)


def test_the_four_kinds_read_as_they_should() -> None:
    def first(pattern: tuple[str, ...]) -> str:
        return written([WORDS[word[1:-1]][0] if word.startswith("{") else word for word in pattern])

    assert {kind: (first(form.statement), first(form.question)) for kind, form in FORMS.items()} == {
        FactKind.PLACE: ("The first tenant is in the registry.", "Where is the first tenant?"),
        FactKind.LIKES: ("Anna owes rent.", "What does Anna owe?"),
        FactKind.OWNER: ("The first tenant refers to Anna.", "Who becomes the first tenant?"),
        FactKind.TRIP: ("Anna reports to the court.", "Where must Anna report?"),
    }


# --- contracts --------------------------------------------------------------------------------------------------------


@few
@given(SEEDS)
def test_a_contract_is_long_and_tells_what_its_words_say(seed: int) -> None:
    made = contract(seed)
    assert made.length >= 3_000 and len(made.story.words) <= LONGEST_TEXT
    assert parse(made.story.words).facts == made.story.facts, "facts and positions are those of the sentences"
    assert len({(fact.kind, fact.key) for fact in made.story.facts}) == len(made.story.facts), "nothing is told twice"


@few
@given(SEEDS)
def test_clauses_follow_each_other_and_tell_of_their_subject(seed: int) -> None:
    made, at = contract(seed), 1
    for number, clause in enumerate(made.clauses, 1):
        assert (clause.number, clause.start) == (number, at)
        assert len(clause.facts) == FACTS_EACH and {fact.kind for fact in clause.facts} == {TOLD_AS[clause.subject]}
        assert all(clause.start <= fact.start and fact.end < clause.end for fact in clause.facts)
        at = clause.end
    assert at == len(made.story.words)
    for section, plan in enumerate(SECTIONS):
        own = Counter(clause.subject for clause in made.clauses if clause.section == section)
        assert own == plan.clauses
    assert sorted(made.clauses, key=lambda clause: clause.section) == list(made.clauses)


@few
@given(SEEDS)
def test_every_reference_points_to_the_earlier_clause_that_defines_the_party(seed: int) -> None:
    made, seen = contract(seed), 0
    for clause in made.clauses:
        assert len(clause.refers) == (FACTS_EACH if clause.subject in (Subject.PAYMENT, Subject.REPORT) else 0)
        for fact, number in zip(clause.facts, clause.refers, strict=False):
            meant = made.clauses[number - 1]
            assert 1 <= number < clause.number and meant.subject is Subject.DEFINITION
            assert fact.key[0] in [told.answer for told in meant.facts]
            seen += 1
    assert seen == FACTS_EACH * sum(clause.refers != () for clause in made.clauses) == 48


@few
@given(SEEDS)
def test_every_question_has_exactly_one_answer_in_the_text(seed: int) -> None:
    made = contract(seed)
    told = parse(made.story.words).facts
    assert Counter(one.subject for one in made.inquiries) == dict.fromkeys(Subject, OF_EACH_KIND)
    assert len({one.text for one in made.inquiries}) == len(made.inquiries)
    for inquiry in made.inquiries:
        said: tuple[str, ...] = ()
        while words := inquiry.steps(said):
            (asked,) = parse(words).questions
            (found,) = (fact for fact in told if (fact.kind, fact.key) == (asked.kind, asked.key))
            assert found == inquiry.facts[len(said)]
            said += (found.answer,)
        assert said[-1] == inquiry.answer and len(said) == (2 if inquiry.subject is Subject.REFERENCE else 1)
        first = made.clauses[inquiry.clauses[0] - 1]
        assert first.section == inquiry.section and inquiry.facts[0] in first.facts
    for subject in Subject:
        assert Counter(one.section for one in made.inquiries if one.subject is subject) == {0: 4, 1: 4, 2: 4}


def test_the_same_seed_gives_the_same_contract_and_another_another() -> None:
    again = contract.__wrapped__(7)
    assert again == contract(7) and again.story.words != contract(8).story.words
    with pytest.raises(ValueError, match="seed must be ≥ 0, got -1"):
        contract(-1)


def test_a_cross_reference_names_the_role_and_asks_on_with_whoever_was_answered() -> None:
    inquiry = next(one for one in contract(0).inquiries if one.subject is Subject.REFERENCE)
    meant, told = inquiry.facts
    colour, role = in_law(meant.key)
    assert f"the {colour} {role}" in inquiry.text and meant.answer.capitalize() not in inquiry.text
    assert inquiry.steps(()) == question_words(FactKind.OWNER, meant.key)
    other = next(name for name in WORDS["name"] if name != meant.answer)
    assert inquiry.steps((other,)) == question_words(told.kind, (other,)), "a wrong party is asked about all the same"
    assert inquiry.steps(("soup",)) == () == inquiry.steps((meant.answer, told.answer)), "no party is called rent"


def test_every_kind_of_clause_has_its_heading() -> None:
    assert set(TITLES) == set(TOLD_AS) == set(Subject) - {Subject.REFERENCE}
