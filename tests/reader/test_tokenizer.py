"""Words to ids and back, and messages a person can act on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memattn.reader.grammar import START, words_of
from memattn.reader.stories import story
from memattn.reader.tokenizer import LONGEST_TEXT, Tokenizer, Unknown, UnknownWords
from memattn.reader.world import readable

TOKENIZER = Tokenizer()


@given(st.integers(0, 10**6), st.integers(60, 300))
def test_a_story_survives_being_written_down_and_read_again(seed: int, tokens: int) -> None:
    text = story(seed, tokens, 3)
    words = TOKENIZER.split(readable(text.words))
    assert words == text.words
    assert TOKENIZER.decode(TOKENIZER.encode(words)) == words


def test_marks_and_capitals() -> None:
    split = TOKENIZER.split("  Anna likes SOUP!\n“The dog, sleeps.” Where is it")
    assert split == (START, *words_of("anna likes soup . the dog sleeps . where is it ?"))
    assert TOKENIZER.split("anna likes soup")[-1] == "."
    assert TOKENIZER.split(f"{START} anna sings today .")[:2] == (START, "anna")


def test_all_unknown_words_are_named_with_their_places() -> None:
    words = TOKENIZER.split("The red kay is in the kitchn. Xqzw likes soup.")
    with pytest.raises(UnknownWords) as caught:
        TOKENIZER.encode(words)
    kay, kitchn, name = caught.value.unknown
    assert (kay.word, kay.position, kitchn.position) == ("kay", 3, 7) and "key" in kay.suggestions
    assert kitchn.suggestions[0] == "kitchen"
    assert name == Unknown("xqzw", 9, ())
    assert "3 words are not in the story world" in str(caught.value)
    assert '"kitchn" (did you mean kitchen' in str(caught.value) and '"xqzw"' in str(caught.value)


def test_an_unknown_word_that_occurs_twice_is_said_once() -> None:
    with pytest.raises(UnknownWords) as caught:
        TOKENIZER.encode(("wug", "wug"))
    assert [item.position for item in caught.value.unknown] == [0, 1]
    assert str(caught.value).count("wug") == 1 and str(caught.value).startswith("1 word is")


@pytest.mark.parametrize("text", ["", "   \n", "...", "?!", '"'])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at least one word"):
        TOKENIZER.split(text)
    with pytest.raises(ValueError, match="at least one word"):
        TOKENIZER.encode(())


def test_a_text_may_be_as_long_as_the_limit_and_no_longer() -> None:
    sentence = "it rains today . "
    fits = TOKENIZER.split(sentence * ((LONGEST_TEXT - 1) // 4))
    assert len(fits) == 4 * ((LONGEST_TEXT - 1) // 4) + 1
    with pytest.raises(ValueError, match=f"at most {LONGEST_TEXT} tokens, got {LONGEST_TEXT + 1}"):
        TOKENIZER.split(sentence * (LONGEST_TEXT // 4))


def test_ids_outside_the_vocabulary_are_refused() -> None:
    with pytest.raises(ValueError, match=rf"from 0 to {TOKENIZER.size - 1}, got \[{TOKENIZER.size}, -1\]"):
        TOKENIZER.decode((0, TOKENIZER.size, -1))


def test_a_vocabulary_has_each_word_once() -> None:
    with pytest.raises(ValueError, match="different words"):
        Tokenizer((START, "cat", "cat"))
