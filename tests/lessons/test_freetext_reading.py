"""Own text: every word is found again by what it is, and looked up by content in every memory."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from memattn.lessons.answering import NextWord, Whereabouts
from memattn.lessons.freetext.reading import HEADS, MATCH, WIDTH, FreeText, codes
from memattn.lessons.freetext.words import cut, identity, passage
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.running import check, run
from memattn.records import Trace
from tests.lessons.cases import BARE, told

TEXT = passage("The cat sat on the mat. The dog lay on the rug. A bird sang in the tree, and then the cat").words
SCRIPTS = "aZé ßñ日本かナ한กำ्हिอבُ1２½.,'’-!—👩👍🏽🇩🇪\u200d\ufe0f\u0301\u200b \n\t"
FULL = Choice("full")


class Read(NamedTuple):
    trace: Trace
    answer: NextWord


def read(words: Sequence[str], choice: Choice = FULL) -> Read:
    found = run(Settings(choice, tuple(words), "free"))
    assert isinstance(found.answer, NextWord)
    return Read(found.trace, found.answer)


def window(size: int) -> Choice:
    return Choice("window", (("window", size),))


def test_codes_are_unit_vectors_of_their_own_and_the_same_everywhere() -> None:
    own = codes("a", [f"w{i}" for i in range(211)])
    torch.testing.assert_close(own.norm(dim=-1), torch.ones(211))
    overlap = (own @ own.mT)[~torch.eye(211, dtype=torch.bool)]
    assert abs(float(overlap.mean())) < 0.01
    assert float(overlap.std()) == pytest.approx(WIDTH**-0.5, rel=0.05)
    torch.testing.assert_close(codes("a", ["w5", "w7"]), own[[5, 7]], rtol=0, atol=0)
    assert not torch.equal(codes("b", ["w5"]), own[5:6])
    # by hand, from the first byte of BLAKE2b("cat", 8 bytes, person "a")
    assert [int(x > 0) for x in codes("a", ["cat"])[0, :8]] == [int(bit) for bit in f"{75:08b}"]


def test_the_last_word_finds_itself_and_what_came_after_it_last_time() -> None:
    seen = read(TEXT)
    same, after = seen.trace.steps[-1].weights
    assert TEXT[1:3] == ("cat", "sat")
    assert set(np.argsort(-same)[:2].tolist()) == {1, len(TEXT) - 1}
    assert same[1] == pytest.approx(same[-1], rel=1e-4), "both stand behind “the”"
    assert int(after.argmax()) == 2
    assert 0.5 < after[2] < 0.97, "sure, but not one-hot"
    assert seen.answer.ranked[0][0] == "sat"
    assert dict(seen.answer.ranked) == pytest.approx(dict(seen.answer.full), abs=1e-5)
    assert [(found.position, found.after) for found in seen.answer.occurrences] == [(1, "sat")]
    assert seen.answer.occurrences[0].whereabouts == Whereabouts((2,), (), ())
    assert not seen.answer.occurrences[0].lost
    assert "no trained model" in seen.trace.origin
    assert len(HEADS) == seen.trace.heads == 2


@pytest.mark.parametrize("words", [29, 101, 503])
def test_one_match_outweighs_the_rest_about_m_to_one_at_any_length(words: int) -> None:
    text = ("key", "lock", *(f"w{i}" for i in range(words)), "key")
    weight = float(read(text).trace.steps[-1].weights[1, 1])
    assert 0.5 * MATCH < weight / (1 - weight) < 2 * MATCH


def test_no_word_depends_on_what_comes_later() -> None:
    whole, begun = (FreeText().stream(TEXT[:upto], ()) for upto in (None, 11))
    torch.testing.assert_close(begun.queries, whole.queries[:, :11], rtol=0, atol=0)
    torch.testing.assert_close(begun.kv.keys, whole.kv.keys[:, :11], rtol=0, atol=0)
    torch.testing.assert_close(begun.kv.values, whole.kv.values[:, :11], rtol=0, atol=0)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Tea or milk? TEA", "or"),
        ("我喝茶，我", "喝"),
        ("Été froid, e\u0301te\u0301", "froid"),
        ("👍🏽 ok 👍🏽", "ok"),
    ],
)
def test_case_and_script_do_not_matter_for_finding(text: str, after: str) -> None:
    assert read(FreeText().tokenise(text)).answer.ranked[0][0] == after


def test_the_word_before_decides_between_two_occurrences() -> None:
    answer = read(passage("red fox runs. grey fox sleeps. a hen waits. the red fox").words).answer
    assert [found.after for found in answer.occurrences] == ["runs", "sleeps"]
    assert [word for word, _ in answer.ranked[:2]] == ["runs", "sleeps"]


def test_what_left_the_window_cannot_be_found() -> None:
    reach = len(TEXT) - 2  # pairs from “sat” on
    inside, outside = (read(TEXT, window(size)).answer for size in (reach, reach - 1))
    assert inside.ranked[0][0] == "sat"
    assert not inside.occurrences[0].lost
    assert outside.occurrences[0].lost
    assert outside.occurrences[0].whereabouts == Whereabouts((), (), (2,))
    assert dict(outside.ranked).get("sat", 0.0) < 0.2 < 0.6 < dict(inside.ranked)["sat"]
    assert outside.full[0][0] == "sat"


def test_an_average_carries_the_word_but_cannot_tell_it_from_the_others() -> None:
    answer = read(TEXT, Choice("cumulative_average")).answer
    assert answer.occurrences[0].whereabouts == Whereabouts((), (-1,), ())
    assert answer.ranked[0][0] != "sat"


def test_a_new_word_has_no_occurrence_and_a_single_word_is_a_text() -> None:
    assert read(["all", "of", "this", "is", "new"]).answer.occurrences == ()
    alone = read(["茶"]).answer
    assert alone.occurrences == ()
    assert alone.ranked == (("茶", pytest.approx(1.0)),)
    assert [found.after for found in read(["ha", "ha"]).answer.occurrences] == ["ha"]


@pytest.mark.parametrize("name", BARE)
def test_every_memory_reads_any_text_as_its_definition_says(name: str) -> None:
    own = Settings(BARE[name], TEXT, "free")
    found = run(own)
    assert check(own, found) < 1e-4
    shares = FreeText().answers(TEXT, (), found.trace.outputs)
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) <= set(TEXT)
    assert isinstance(found.answer, NextWord)
    assert list(found.answer.ranked) == sorted(shares.items(), key=lambda item: -item[1])[:5]


def test_nothing_true_can_be_asked_of_any_text() -> None:
    assert FreeText().right([], ()) == []
    with pytest.raises(ValueError, match="free text has no true answers, got 2 questions"):
        FreeText().right([(told(), told().facts[0])] * 2, ())


@settings(max_examples=30)
@given(st.text(SCRIPTS, min_size=1, max_size=60), st.integers(1, 9))
def test_any_text_is_read_and_every_occurrence_is_the_last_word(text: str, size: int) -> None:
    if not cut(text):
        return
    words = passage(text).words
    seen = read(words, window(size))
    assert seen.trace.tokens == words
    for found in seen.answer.occurrences:
        assert identity(words[found.position]) == identity(words[-1])
        assert found.lost == (found.position + 1 <= len(words) - 1 - size)
