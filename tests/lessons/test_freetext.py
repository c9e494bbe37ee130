"""Own text: every word is kept as typed, found again by what it is, and looked up by content in every memory."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from memattn.lessons.asking import Whereabouts
from memattn.lessons.freetext.watching import HEADS, MATCH, WIDTH, FreeText, codes, watch
from memattn.lessons.freetext.words import cut, passage
from memattn.memory import MEMORIES, Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.full import Full
from memattn.memory.window import Window
from memattn.reader import Story

TEXT = passage("The cat sat on the mat. The dog lay on the rug. A bird sang in the tree, and then the cat")
SCRIPTS = "aZé ßñ日本かナ한กำ्हिอבُ1２½.,'’-!—👩👍🏽🇩🇪\u200d\ufe0f\u0301\u200b \n\t"


def test_codes_are_unit_vectors_of_their_own_and_the_same_everywhere() -> None:
    own = codes("a", [f"w{i}" for i in range(211)])
    torch.testing.assert_close(own.norm(dim=-1), torch.ones(211))
    overlap = (own @ own.mT)[~torch.eye(211, dtype=torch.bool)]
    assert abs(float(overlap.mean())) < 0.01 and float(overlap.std()) == pytest.approx(WIDTH**-0.5, rel=0.05)
    torch.testing.assert_close(codes("a", ["w5", "w7"]), own[[5, 7]], rtol=0, atol=0)
    assert not torch.equal(codes("b", ["w5"]), own[5:6])
    # by hand, from the first byte of BLAKE2b("cat", 8 bytes, person "a")
    assert [int(x > 0) for x in codes("a", ["cat"])[0, :8]] == [int(bit) for bit in f"{75:08b}"]


def test_the_last_word_finds_itself_and_what_came_after_it_last_time() -> None:
    seen = watch(TEXT, Full(), "full")
    same, after = seen.trace.steps[-1].weights
    assert TEXT.words[1] == "cat" and TEXT.words[2] == "sat"
    assert set(np.argsort(-same)[:2].tolist()) == {1, len(TEXT.words) - 1}
    assert same[1] == pytest.approx(same[-1], rel=1e-4), "both stand behind “the”"
    assert int(after.argmax()) == 2 and 0.5 < after[2] < 0.97, "sure, but not one-hot"
    assert seen.next_words[0][0] == "sat"
    assert dict(seen.next_words) == pytest.approx(dict(seen.full_next_words), abs=1e-5)
    assert [(found.position, found.after) for found in seen.occurrences] == [(1, "sat")]
    assert seen.occurrences[0].whereabouts == Whereabouts((2,), (), ()) and not seen.occurrences[0].lost
    assert seen.trace.difference is not None and seen.trace.difference < 1e-5
    assert "no trained model" in seen.trace.origin and len(HEADS) == seen.trace.heads == 2


@pytest.mark.parametrize("words", [29, 101, 503])
def test_one_match_outweighs_the_rest_about_m_to_one_at_any_length(words: int) -> None:
    text = passage(" ".join(["key", "lock", *(f"w{i}" for i in range(words)), "key"]))
    weight = float(watch(text, Full(), "full", verify=False).trace.steps[-1].weights[1, 1])
    assert 0.5 * MATCH < weight / (1 - weight) < 2 * MATCH


def test_no_word_depends_on_what_comes_later() -> None:
    whole, begun = (FreeText().stream(Story(TEXT.words[:upto], ())) for upto in (None, 11))
    torch.testing.assert_close(begun.queries, whole.queries[:, :11], rtol=0, atol=0)
    torch.testing.assert_close(begun.kv.keys, whole.kv.keys[:, :11], rtol=0, atol=0)
    torch.testing.assert_close(begun.kv.values, whole.kv.values[:, :11], rtol=0, atol=0)


def test_case_and_script_do_not_matter_for_finding() -> None:
    for text, after in (
        ("Tea or milk? TEA", "or"),
        ("我喝茶，我", "喝"),
        ("Été froid, e\u0301te\u0301", "froid"),
        ("👍🏽 ok 👍🏽", "ok"),
    ):
        assert watch(passage(text), Full(), "full", verify=False).next_words[0][0] == after


def test_the_word_before_decides_between_two_occurrences() -> None:
    seen = watch(passage("red fox runs. grey fox sleeps. a hen waits. the red fox"), Full(), "full", verify=False)
    assert [found.after for found in seen.occurrences] == ["runs", "sleeps"]
    assert [word for word, _ in seen.next_words[:2]] == ["runs", "sleeps"]


def test_what_left_the_window_cannot_be_found() -> None:
    reach = len(TEXT.words) - 2  # pairs from “sat” on
    inside, outside = (watch(TEXT, Window(window), "window") for window in (reach, reach - 1))
    assert inside.next_words[0][0] == "sat" and not inside.occurrences[0].lost
    assert outside.occurrences[0].lost and outside.occurrences[0].whereabouts == Whereabouts((), (), (2,))
    assert dict(outside.next_words).get("sat", 0.0) < 0.2 < 0.6 < dict(inside.next_words)["sat"]
    assert outside.full_next_words[0][0] == "sat"


def test_an_average_carries_the_word_but_cannot_tell_it_from_the_others() -> None:
    seen = watch(TEXT, CumulativeAverage(), "cumulative_average")
    assert seen.occurrences[0].whereabouts == Whereabouts((), (-1,), ())
    assert seen.next_words[0][0] != "sat"


def test_a_new_word_has_no_occurrence_and_a_single_word_is_a_text() -> None:
    assert watch(passage("all of this is new"), Full(), "full").occurrences == ()
    alone = watch(passage("茶"), Full(), "full")
    assert alone.occurrences == () and alone.next_words == (("茶", pytest.approx(1.0)),)
    assert [found.after for found in watch(passage("ha ha"), Full(), "full").occurrences] == ["ha"]


@pytest.mark.parametrize("memory", [made() for made in MEMORIES.values()], ids=list(MEMORIES))
def test_every_memory_reads_any_text_as_its_definition_says(memory: Memory) -> None:
    seen = watch(TEXT, memory, "any")
    assert seen.trace.difference is not None and seen.trace.difference < 1e-4
    shares = FreeText().answers(Story(TEXT.words, ()), seen.trace.outputs)
    assert sum(shares.values()) == pytest.approx(1) and set(shares) <= set(TEXT.words)
    assert list(seen.next_words) == sorted(shares.items(), key=lambda item: -item[1])[:5]


@settings(max_examples=30)
@given(st.text(SCRIPTS, min_size=1, max_size=60), st.integers(1, 9))
def test_any_text_is_read_and_every_occurrence_is_the_last_word(text: str, window: int) -> None:
    if not cut(text):
        return
    read = passage(text)
    seen = watch(read, Window(window), "window", verify=False)
    assert seen.trace.tokens == read.words
    for found in seen.occurrences:
        assert read.names[found.position] == read.names[-1]
        assert found.lost == (found.position + 1 <= len(read.words) - 1 - window)
