"""Streams: what a memory is run over must be what was asked for, and the same on every machine."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from memattn.attention import read
from memattn.kv import KV, Slots
from memattn.streams import Planted, Stream, planted_facts, random_stream

HEADS, TOKENS, D_K, D_V = 2, 7, 5, 3


def parts(tokens: int = TOKENS) -> tuple[torch.Tensor, KV]:
    return torch.zeros(HEADS, tokens, D_K), KV(torch.zeros(HEADS, tokens, D_K), torch.zeros(HEADS, tokens, D_V))


def named(tokens: int = TOKENS) -> tuple[str, ...]:
    return tuple(f"w{i}" for i in range(tokens))


def test_a_stream_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 token, got 0"):
        Stream((), *parts(0))


def test_one_word_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="got 8 words, 7 pairs"):
        Stream(named(8), *parts())


@pytest.mark.parametrize(
    "bend",
    [lambda queries: queries[:1], lambda queries: queries[..., :4], lambda queries: queries[:, :6]],
    ids=["heads", "width", "tokens"],
)
def test_queries_of_another_shape_than_the_keys_are_refused(bend: Callable[[torch.Tensor], torch.Tensor]) -> None:
    queries, kv = parts()
    with pytest.raises(ValueError, match=r"must both be \(heads, tokens, d_k\).*\(2, 7, 5\)"):
        Stream(named(), bend(queries), kv)


def test_queries_of_another_precision_are_refused() -> None:
    queries, kv = parts()
    with pytest.raises(ValueError, match=r"float64.*float32"):
        Stream(named(), queries.double(), kv)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_queries_that_are_not_numbers_are_refused(wrong: float) -> None:
    queries, kv = parts()
    queries[1, 4, 2] = wrong
    with pytest.raises(ValueError, match="queries must be finite"):
        Stream(named(), queries, kv)


def test_a_random_stream_has_the_shapes_asked_for_and_depends_on_its_seed_alone() -> None:
    torch.manual_seed(1)
    one = random_stream(TOKENS, D_K, D_V, HEADS, seed=4)
    untouched = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(untouched, torch.rand(1)), "the shared generator was drawn from"
    torch.manual_seed(2)
    same, other = random_stream(TOKENS, D_K, D_V, HEADS, seed=4), random_stream(TOKENS, D_K, D_V, HEADS, seed=5)
    assert one.queries.shape == one.kv.keys.shape == (HEADS, TOKENS, D_K)
    assert one.kv.values.shape == (HEADS, TOKENS, D_V)
    assert len(set(one.tokens)) == TOKENS
    for drawn, again, else_ in zip(tensors(one), tensors(same), tensors(other), strict=True):
        assert torch.equal(drawn, again)
        assert not torch.equal(drawn, else_)


def tensors(stream: Stream) -> tuple[torch.Tensor, ...]:
    return stream.queries, stream.kv.keys, stream.kv.values


WORDS = tuple(
    ["the", "key", "is", "in", "the", "kitchen", "the", "cup", "is", "in", "the", "barn", "where", "is", "the", "key"]
)
FACTS = {5: ("place of key", "kitchen"), 11: ("place of cup", "barn")}


def answered(planted: Planted) -> dict[str, float]:
    """What full attention answers at the last word."""
    stream = planted.stream
    slots = Slots(stream.kv.keys, stream.kv.values, (), ())
    return planted.decode(read(stream.queries[:, -1:], slots).output[:, 0])


@given(st.integers(0, 10_000), st.sampled_from(sorted(FACTS)))
def test_full_attention_answers_every_planted_fact(seed: int, fact: int) -> None:
    name, answer = FACTS[fact]
    given_ = answered(planted_facts(WORDS, FACTS, {len(WORDS) - 1: name}, seed))
    assert sum(given_.values()) == pytest.approx(1)
    assert max(given_, key=given_.__getitem__) == answer
    assert given_[answer] > 0.9


def test_a_question_about_nothing_told_leaves_the_answers_near_even() -> None:
    shares = answered(planted_facts(WORDS, FACTS, {len(WORDS) - 1: "place of hat"}, seed=2))
    assert set(shares) == {"kitchen", "barn"}
    assert max(shares.values()) < 0.9


def test_a_fact_stands_in_its_own_pair_and_nowhere_else() -> None:
    planted = planted_facts(WORDS, FACTS, {len(WORDS) - 1: "place of key"}, seed=3, width=17)
    stream, codes = planted.stream, planted.codes
    keys, values, asks = stream.kv.keys[0], stream.kv.values[0], stream.queries[0, -1]
    assert keys.shape == values.shape == (len(WORDS), 17)
    assert planted.answers == ("barn", "kitchen")
    torch.testing.assert_close(codes.norm(dim=-1), torch.ones(2))
    torch.testing.assert_close(values[5], codes[1] * 2)
    torch.testing.assert_close(values[11], codes[0] * 2)
    torch.testing.assert_close(asks / asks.norm(), keys[5])
    assert int((keys @ asks).argmax()) == 5


def test_one_word_has_one_key_wherever_it_stands() -> None:
    keys = planted_facts(WORDS, FACTS, {}, seed=3).stream.kv.keys[0]
    assert torch.equal(keys[0], keys[4]) and torch.equal(keys[0], keys[6])  # the … the … the
    assert not torch.equal(keys[0], keys[1])


def test_without_facts_there_is_nothing_to_answer() -> None:
    planted = planted_facts(WORDS, {}, {}, seed=1)
    assert planted.answers == ("nothing",)
    assert answered(planted) == {"nothing": 1.0}


@pytest.mark.parametrize(("facts", "asked"), [({16: ("a", "b")}, {}), ({}, {-1: "a"})])
def test_positions_outside_the_text_are_refused(facts: dict[int, tuple[str, str]], asked: dict[int, str]) -> None:
    with pytest.raises(ValueError, match=rf"must lie in 0\.\.{len(WORDS) - 1}, got (16|-1)"):
        planted_facts(WORDS, facts, asked)
