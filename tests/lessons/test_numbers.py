"""Pairs of numbers: read as they stand, refused where they are none, and written as one writes them."""

import numpy as np
import pytest

from memattn.lessons.answering import Output
from memattn.lessons.lesson import TURN, Settings
from memattn.lessons.memories import Choice
from memattn.lessons.numbers import NumberPairs, halves_of, in_digits, pairs, written
from memattn.lessons.running import check, run, stream_of


def test_lines_and_semicolons_part_pairs_and_a_key_alone_is_its_own_value() -> None:
    assert pairs("1 2 : 10 11\n\n 3, -4:.5 6 ") == ("1,2→10,11", "3,-4→0.5,6")
    assert pairs("2 4; 1 3; 5 0") == ("2,4", "1,3", "5,0")
    assert halves_of("3,-4→0.5,6") == ([3, -4], [0.5, 6])
    assert halves_of("2,4") == ([2, 4], [2, 4])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1 to 64 pairs, one per line, got 0"),
        ("1\n" * 65, "got 65"),
        ("1 two : 3", "such as 3 or −0.5, got 'two'"),
        ("nan", "got 'nan'"),
        ("1e9", "got '1e9'"),
        ("1001", "−1000..1000"),
        ("1 2 3 4 5 : 1", "1 to 4 numbers, got '1 2 3 4 5'"),
        ("1 :", "1 to 4 numbers, got ''"),
        ("1 2 : 3; 1 2 : 3 4", "as many numbers as the first"),
        ("9" * 3001, "999'… (3001 characters)"),
    ],
)
def test_what_is_no_pair_is_refused_and_quoted(text: str, says: str) -> None:
    with pytest.raises(ValueError) as refused:
        pairs(text)
    assert says in str(refused.value)


def test_the_stream_is_what_the_words_say_and_every_query_is_turned_alike() -> None:
    words = pairs("1 2 : 10 11; 3 4 : 12 13")
    stream = NumberPairs(90).stream(words, ())
    assert stream.kv.keys.tolist() == [[[1, 2], [3, 4]]]
    assert stream.kv.values.tolist() == [[[10, 11], [12, 13]]]
    assert stream.queries.tolist() == [[[0, 1], [0, 1]]]
    assert NumberPairs(60).stream(words, ()).queries[0, 0].numpy() == pytest.approx([0.5, np.sqrt(0.75)])
    assert NumberPairs(60).stream(pairs("1; 2"), ()).queries.shape == (1, 2, 1)


def test_full_attention_over_pairs_is_what_one_gets_by_hand() -> None:
    own = Settings(Choice("window", (("window", 2),)), pairs("1 0 : 4; 0 1 : 8"), "pairs", extras=((TURN, 90),))
    found = run(own)
    scores = np.exp(np.array([0, 1]) / np.sqrt(2))
    assert isinstance(found.answer, Output)
    assert found.answer.own == pytest.approx([scores @ [4, 8] / scores.sum()], abs=1e-12)
    assert check(own, found) < 1e-12
    assert stream_of(own).tokens == ("1,0→4", "0,1→8")


def test_slots_are_written_in_digits_where_they_are_means_of_pairs() -> None:
    words = pairs("1 2 : 10; 2 2 : 11; 3 5 : 13")
    found = run(Settings(Choice("cumulative_average"), words, "pairs")).trace
    assert written(found) == {-1: ((0, "1,2→10"), (1, "1.5,2→10.5"), (2, "2,3→11.333"))}
    learned = run(Settings(Choice("recurrent", (("cell", "gru"),)), words, "pairs")).trace
    assert written(learned) == {}
    assert written(run(Settings(Choice("full"), words, "pairs")).trace) == {}


def test_numbers_are_written_without_needless_digits() -> None:
    assert in_digits([3.5, 1.3, -0.0, 2, 1 / 3]) == "[3.5, 1.3, 0, 2, 0.333]"


def test_nothing_is_asked_of_numbers() -> None:
    assert NumberPairs().right([], ()) == []
    with pytest.raises(ValueError, match="tell no facts, got 1"):
        NumberPairs().right([None], ())  # type: ignore[list-item]
