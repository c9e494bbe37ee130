"""Texts with few facts, and the first steps of the readers that keep averages."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from memattn.kv import KV
from memattn.memory.recurrent import Recurrent
from memattn.memory.weights import Weights
from memattn.reader import batches
from memattn.reader.config import ReaderConfig
from memattn.reader.grammar import START, FactKind
from memattn.reader.parallel import CELL, gated_attention
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.trained.averages import AveragesRecipe, GatedRecipe, exponential_cells, some_average
from memattn.reader.trained.hybrid import HybridRecipe
from memattn.reader.trained.linear import LinearRecipe
from memattn.reader.world import Status, parse, truth

TOKENIZER = Tokenizer()


@given(st.integers(0, 10**6), st.integers(16, 320))
def test_a_text_with_few_facts_asks_for_each_of_them_once_and_last(seed: int, tokens: int) -> None:
    words = batches.few_facts(np.random.default_rng(seed), tokens)
    text = parse(words)
    assert len(words) >= tokens and words[0] == START
    assert 1 <= len(text.facts) <= 5
    assert text.facts[-1].end <= text.questions[0].start
    about = [(question.kind, question.key) for question in text.questions]
    assert sorted(about) == sorted((fact.kind, fact.key) for fact in text.facts)
    for question in text.questions:
        true = truth(text, question)
        assert true.status is Status.STATED and words[question.end] == true.answer


@given(st.integers(0, 10**6), st.integers(60, 320))
def test_what_is_cut_off_a_text_with_few_facts_is_no_answer(seed: int, tokens: int) -> None:
    words = batches.few_facts(np.random.default_rng(seed), tokens)
    text = parse(words)
    assert all(question.end < tokens for question in text.questions)
    assert len(batches.draw_few_facts_batch(np.random.default_rng(seed), TOKENIZER, 3, tokens).ids[0]) == tokens


def test_texts_with_few_facts_leave_gaps_of_all_lengths_and_mix_kinds() -> None:
    rng = np.random.default_rng(0)
    texts = [parse(batches.few_facts(rng, 200)) for _ in range(300)]
    first = [text for text in texts if text.facts[0].start == 1 and text.facts[-1].end < 60]
    gaps = [text.questions[0].start - text.facts[-1].end for text in texts]
    one_kind = [len({fact.kind for fact in text.facts}) == 1 for text in texts if len(text.facts) > 1]
    assert len(first) > 100 and min(gaps) < 20 and max(gaps) > 150
    assert 0.5 < np.mean(one_kind) < 0.7  # six in ten


@pytest.mark.parametrize("gap", [0, 4, 32, 113])
@pytest.mark.parametrize("one_kind", [False, True])
def test_questions_after_a_gap_leave_exactly_that_gap(gap: int, one_kind: bool) -> None:
    questions = batches.questions_after_gap(TOKENIZER, 11, 29, 3, gap, one_kind)
    for ids, at, answer, distance in zip(*questions[:4], strict=True):
        text = parse(TOKENIZER.decode(ids[: at + 1].tolist()))
        assert len(text.facts) == 3 and text.questions[0].start - text.facts[-1].end == gap
        assert len({fact.kind for fact in text.facts}) == (1 if one_kind else 3)
        assert ids[at - distance] == answer
    assert set(questions.kinds) == set(FactKind)


def test_a_gap_that_no_sentence_fills_is_refused() -> None:
    with pytest.raises(ValueError, match="a gap must be 0 or ≥ 4 tokens"):
        batches.questions_after_gap(TOKENIZER, 0, 1, 1, 3)


def test_the_gated_recurrence_begins_as_an_exponential_average() -> None:
    """From zeros: m_t = Σ_j gamma (1 - gamma)^(t - j) x_j, summed here term by term."""
    config, gamma = ReaderConfig(5, d_model=6, heads=2, layers=2, cell="gated"), 0.3
    cells = exponential_cells(config, gamma)
    assert {name: tuple(tensor.shape) for name, tensor in cells.items()} == {
        name: shape for name, shape in config.shapes().items() if ".cell." in name
    }
    draw = torch.Generator().manual_seed(2)
    queries, keys, values = (torch.randn(1, 2, 13, 3, generator=draw, dtype=torch.float64) for _ in range(3))
    for layer in range(config.layers):
        own = {name: cells[f"{layer}.cell.{name}"].double() for name in CELL}
        terms = [sum(gamma * (1 - gamma) ** (t - j) * values[..., j, :] for j in range(t + 1)) for t in range(13)]
        want = torch.stack(terms, dim=-2)  # type: ignore[arg-type]
        torch.testing.assert_close(gated_attention(own)(queries, keys, values), want, rtol=0, atol=1e-7)
        pairs, memory = KV(keys, values), Recurrent("gated", weights=Weights(own))
        output = memory.attend(queries, pairs, memory.empty(pairs)).output
        torch.testing.assert_close(output, want, rtol=0, atol=1e-7)


def test_averages_are_drawn_of_every_kind_and_never_wider_than_the_recipe_says() -> None:
    rng, recipe = np.random.default_rng(0), AveragesRecipe(windows=(17, 101))
    drawn = [some_average(rng, recipe) for _ in range(200)]
    widths = [memory.window for memory, _ in drawn if hasattr(memory, "window")]
    assert {type(memory).__name__ for memory, _ in drawn} == {
        "CumulativeAverage",
        "MovingAverage",
        "WeightedAverage",
        "ExponentialAverage",
    }
    assert 17 <= min(widths) < 25 and 80 < max(widths) <= 101
    assert min(reach for _, reach in drawn) > 16  # a text to draw is always left


def test_recipes_that_train_nothing_are_refused() -> None:
    for wrong in (dict(steps=0), dict(grown=0.0), dict(windows=(11, 64)), dict(windows=(64, 63))):
        with pytest.raises(ValueError, match="steps must be ≥ 1, grown"):
            AveragesRecipe(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="first must be > 16 tokens"):
        AveragesRecipe(first=16)
    for wrong in (dict(steps=0), dict(gamma=1.0)):
        with pytest.raises(ValueError, match="steps must be ≥ 1, gamma"):
            GatedRecipe(**wrong)  # type: ignore[arg-type]
    for wrong in (dict(windows=(0, 8)), dict(tokens=(24, 24))):
        with pytest.raises(ValueError, match="steps must be ≥ 1, windows"):
            HybridRecipe(**wrong)  # type: ignore[arg-type]
    for wrong in (dict(steps=0), dict(grown=1.5), dict(rows=(0, 8)), dict(rows=(8, 7))):
        with pytest.raises(ValueError, match="steps must be ≥ 1, grown > 0 and ≤ 1, rows"):
            LinearRecipe(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="first must be > 16 tokens"):
        LinearRecipe(first=16)
