"""The story world: every law of its grammar, and parsing as the inverse of making."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memattn.reader.grammar import FILLER, FORMS, START, WORDS, FactKind, fill, match, vocabulary, words_of
from memattn.reader.stories import story
from memattn.reader.world import Fact, Status, parse, question_words, readable, truth

KINDS = st.lists(st.sampled_from(list(FactKind)), min_size=1, max_size=4, unique=True)


def test_the_vocabulary_is_rich_and_unambiguous() -> None:
    words = vocabulary()
    listed = [word for group in WORDS.values() for word in group]
    assert len(words) >= 200
    assert words[0] == START and list(words[1:]) == sorted(set(words[1:]))
    assert len(listed) == len(set(listed))  # no word means two things


def test_the_four_kinds_have_the_sentences_they_should() -> None:
    def both(kind: FactKind, key: tuple[str, ...], answer: str) -> str:
        fact = Fact(kind, key, answer, 0, 0)
        return " ".join((*fact.words, *fact.question))

    assert both(FactKind.PLACE, ("red", "key"), "kitchen") == ("the red key is in the kitchen . where is the red key ?")
    assert both(FactKind.LIKES, ("anna",), "soup") == "anna likes soup . what does anna like ?"
    assert both(FactKind.OWNER, ("red", "cup"), "anna") == "the red cup belongs to anna . who owns the red cup ?"
    assert both(FactKind.TRIP, ("ben",), "market") == "ben went to the market . where did ben go ?"


@pytest.mark.parametrize("kind", FactKind)
def test_key_and_answer_are_within_six_words(kind: FactKind) -> None:
    form = FORMS[kind]
    for pattern, at in ((form.statement, len(form.statement) - 2), (form.question, len(form.question) - 1)):
        keys = [
            place for place, word in enumerate(pattern) if word.strip("{}") in form.key and word != word.strip("{}")
        ]
        assert keys and at - min(keys) <= 5


@pytest.mark.parametrize("length", FILLER)
def test_filler_has_its_length_and_tells_no_fact(length: int) -> None:
    assert FILLER[length]
    for pattern in FILLER[length]:
        sentence = fill(pattern, {name: words[0] for name, words in WORDS.items()})
        assert len(sentence) == length and sentence[-1] == "."
        assert all(match(form.statement, sentence) is None for form in FORMS.values())


@given(
    st.integers(0, 10**6),
    st.integers(120, 700),
    st.integers(0, 13),
    st.sampled_from(["spread", "first", "last"]),
    KINDS,
)
def test_a_story_is_what_was_ordered(seed: int, tokens: int, facts: int, placement: str, kinds: list[FactKind]) -> None:
    text = story(seed, tokens, facts, placement, kinds)  # type: ignore[arg-type]
    assert len(text.words) == tokens and text.words[0] == START
    assert len(text.facts) == facts and {fact.kind for fact in text.facts} <= set(kinds)
    assert len({(fact.kind, fact.key) for fact in text.facts}) == facts  # each about another thing
    assert set(text.words) <= set(vocabulary())
    for fact in text.facts:
        assert text.words[fact.start : fact.end] == fact.words
        assert text.words[fact.answer_at] == fact.answer
    assert parse(text.words) == text  # parsing finds exactly the facts that are in it
    assert story(seed, tokens, facts, placement, kinds) == text  # type: ignore[arg-type]


def test_facts_stand_where_they_should() -> None:
    first, last = story(3, 211, 5, "first"), story(3, 211, 5, "last")
    assert first.facts[0].start == 1 and all(
        a.end == b.start for a, b in zip(first.facts, first.facts[1:], strict=False)
    )
    assert last.facts[-1].end == 211
    assert [fact.start for fact in story(3, 211, 3, [1, 40, 111]).facts] == [1, 40, 111]


@given(st.integers(0, 10**6), st.integers(0, 12))
def test_kinds_come_in_turn(seed: int, facts: int) -> None:
    kinds = [fact.kind for fact in story(seed, 200, facts).facts]
    counts = [kinds.count(kind) for kind in FactKind]
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"tokens": 20, "facts": 8}, "tokens must hold the start word"),
        ({"tokens": 7, "facts": 1, "kinds": [FactKind.LIKES]}, r"5 or ≥ 9 would do"),
        ({"tokens": 99, "facts": 2, "placement": [9, 5]}, "2 start positions in ascending order"),
        ({"tokens": 99, "facts": 1, "placement": [3]}, "gaps of 1 to 3 tokens"),
        ({"tokens": 99, "facts": -1}, "facts must be ≥ 0"),
        ({"tokens": 9999, "facts": 25, "kinds": [FactKind.LIKES]}, "at most 24"),
        ({"tokens": 99, "facts": 1, "placement": "middle"}, "placement must be"),
    ],
)
def test_impossible_orders_say_what_is_possible(order: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        story(0, **order)  # type: ignore[arg-type]


def test_a_typed_text_is_understood() -> None:
    words = (
        START,
        *words_of("anna likes soup . the dog sleeps . anna likes cake . what does anna like ? leo went to the zoo ."),
    )
    text = parse(words)
    assert [(fact.answer, fact.start, fact.answer_at) for fact in text.facts] == [
        ("soup", 1, 3),
        ("cake", 9, 11),
        ("zoo", 18, 22),
    ]
    true = truth(text, text.questions[0])
    assert true.status is Status.CONTRADICTED and true.answer == "cake"
    assert true.fact == text.facts[1] and len(true.facts) == 2


def test_the_truth_counts_only_what_was_told_before() -> None:
    words = (START, *words_of("where did ben go ? ben went to the lake . where did ben go ?"))
    text = parse(words)
    before, after = (truth(text, question) for question in text.questions)
    assert before.status is Status.ABSENT and before.answer is None and before.fact is None
    assert after.status is Status.STATED and after.answer == "lake"


def test_the_same_fact_twice_is_no_contradiction() -> None:
    text = parse((START, *words_of("leo likes tea . leo likes tea . what does leo like ?")))
    assert truth(text, text.questions[0]).status is Status.STATED


def test_a_question_is_appended() -> None:
    text = story(5, 83, 4)
    longer = text.with_question(text.facts[2])
    assert longer.words[:83] == text.words
    assert longer.words[83:] == text.facts[2].question == question_words(text.facts[2].kind, text.facts[2].key)
    assert parse(longer.words) == longer
    assert truth(longer, longer.questions[-1]).fact == text.facts[2]


def test_text_reads_like_text() -> None:
    words = (START, *words_of("the red cup belongs to anna . who owns the red cup ?"))
    assert readable(words) == "The red cup belongs to Anna. Who owns the red cup?"
