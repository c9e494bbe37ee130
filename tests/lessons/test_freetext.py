"""Own text: every word is kept as typed, found again by what it is, and looked up by content in every memory."""

import unicodedata

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memattn.lessons.asking import Whereabouts
from memattn.lessons.freetext.watching import HEADS, MATCH, WIDTH, FreeText, codes, watch
from memattn.lessons.freetext.words import MOST_WORDS, Passage, cut, identity, passage
from memattn.memory import MEMORIES, Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.full import Full
from memattn.memory.window import Window
from memattn.reader import Story

TEXT = passage("The cat sat on the mat. The dog lay on the rug. A bird sang in the tree, and then the cat")
VISIBLE = {
    a + b for a, many in {"L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "S": "mcko"}.items() for b in many
}
SCRIPTS = "aZé ßñ日本かナ한กำ्हिอبُ1２½.,'’-!—👩👍🏽🇩🇪\u200d\ufe0f\u0301\u200b \n\t"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't panic: it’s 3.14, or 1,000!", ["Don't", "panic", ":", "it’s", "3.14", ",", "or", "1,000", "!"]),
        ("well-known x_1 C++", ["well", "-", "known", "x", "_", "1", "C", "+", "+"]),
        ("我喜欢喝茶。", ["我", "喜", "欢", "喝", "茶", "。"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("ดีวัน", ["ดี", "วั", "น"]),
        ("ខ្មែរ", ["ខ្", "មែ", "រ"]),
        ("हिन्दी में नमस्ते।", ["हिन्दी", "में", "नमस्ते", "।"]),
        ("كتابٌ می\u200cخواهم", ["كتابٌ", "می\u200cخواهم"]),
        ("한국어 텍스트", ["한국어", "텍스트"]),
        ("👩\u200d👩\u200d👧👍🏽❤️🇩🇪🇫🇷1️⃣", ["👩\u200d👩\u200d👧", "👍🏽", "❤️", "🇩🇪", "🇫🇷", "1️⃣"]),
        ("e\u0301tude na\u00efve", ["e\u0301tude", "na\u00efve"]),
        ("'tis dogs' 5.", ["'", "tis", "dogs", "'", "5", "."]),
        ("a\x00b\u200bc \ud800", ["a", "b", "c", "\ufffd"]),
    ],
)
def test_words_are_cut_as_people_see_them(text: str, words: list[str]) -> None:
    assert cut(text) == words


@example("\ufe0f \u0301 \u200d👩\ufe0f\u200d a\u200d")
@given(st.one_of(st.text(), st.text(SCRIPTS)))
def test_every_visible_character_is_kept_once_and_in_order(text: str) -> None:
    def visible(of: str) -> str:
        return "".join(char for char in of if unicodedata.category(char) in VISIBLE and char != "\ufe0f")

    words = cut(text)
    plain = "".join("\ufffd" if unicodedata.category(char) == "Cs" else char for char in text)
    assert visible("".join(words)) == visible(plain)
    assert all(word and not any(char.isspace() for char in word) for word in words)


@given(st.one_of(st.text(), st.text(SCRIPTS)), st.one_of(st.text(), st.text(SCRIPTS)))
def test_a_blank_parts_words_and_changes_nothing_else(one: str, other: str) -> None:
    assert cut(f"{one} {other}") == cut(one) + cut(other)


@given(st.one_of(st.text(min_size=1), st.text(SCRIPTS, min_size=1)))
def test_what_a_word_is_does_not_depend_on_case_or_composition(text: str) -> None:
    for word in cut(text):
        assert identity(identity(word)) == identity(word) != ""
        assert identity(unicodedata.normalize("NFD", word)) == identity(unicodedata.normalize("NFC", word))
        assert identity(word.casefold()) == identity(word)


def test_the_same_word_in_other_guises() -> None:
    pairs = [
        ("Straße", "STRASSE"),
        ("e\u0301tude", "ÉTUDE"),
        ("ﬁne", "fine"),
        ("Ｔｅａ", "tea"),
        ("it’s", "It's"),
        ("❤️", "❤"),
    ]
    assert all(identity(one) == identity(other) for one, other in pairs)
    assert len({identity(word) for word in ("resume", "résumé", "1", "2", "茶", "喝")}) == 6


@pytest.mark.parametrize(("text", "got"), [("", "an empty one"), (" \n\t\u200b", "only blanks")])
def test_a_text_without_words_is_refused_with_a_way_out(text: str, got: str) -> None:
    with pytest.raises(ValueError, match=f"at least one word, got {got}; try "):
        passage(text)


def test_a_start_outside_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 2, got 3"):
        passage("a b c", start=3)
    with pytest.raises(ValueError, match="most must be ≥ 1 word, got 0"):
        passage("a b c", most=0)


def test_of_a_long_text_the_beginning_is_read_and_the_rest_is_accounted_for() -> None:
    text = " ".join(f"w{i}" for i in range(10_007))
    first = passage(text)
    assert (first.words[0], first.words[-1], len(first.words), first.total) == ("w0", "w1023", MOST_WORDS, 10_007)
    for said in ("10,007", "the first 1,024", "“w1023”", "Nothing is lost"):
        assert said in first.note
    later = passage(text, start=MOST_WORDS)
    assert later.words[0] == "w1024" and "1,024, from number 1,025 to 2,048" in later.note
    assert passage(text, start=10_000).words == tuple(f"w{i}" for i in range(10_000, 10_007))
    assert passage("a b c", most=3).note == ""


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


def test_a_passage_is_its_words() -> None:
    assert passage("Tea, TEA") == Passage(("Tea", ",", "TEA"), 0, 3, MOST_WORDS)
    assert passage("Tea, TEA").names == ("tea", ",", "tea")
