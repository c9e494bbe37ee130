"""The echo model on the stage: what is drawn is what the model computes, and what leaves multiplies all others."""

import numpy as np
import pytest
import torch

from memattn.lessons import echo, eviction, texts
from memattn.lessons.answering import Foretold, Run
from memattn.lessons.eviction import freed
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.prediction import Sentence
from memattn.lessons.running import check, run
from memattn.memory.full import Full
from memattn.memory.window import Window
from memattn.quantities import rounded
from memattn.reader.echo import encode, forward, trace
from memattn.reader.echo.measure import LEARNED
from memattn.reader.echo.model import logits_of

TOKENS, WINDOW = 41, 13


def read(memory: str = "window", seed: int = 7, **settings: int) -> tuple[Settings, Run]:
    chosen = Choice(memory, tuple((settings or {"window": WINDOW}).items()))
    own = Settings(chosen, echo.text(seed, TOKENS), "echo", seed)
    return own, run(own)


def test_a_text_is_no_longer_than_what_was_learned_and_grows_at_its_end() -> None:
    assert texts.ECHO_SIZES["en"].high == LEARNED
    assert echo.text(3, 29) == echo.text(3, LEARNED)[:29] != echo.text(4, 29)
    assert echo.text(3, 29)[0] == "<start>"
    assert echo.EchoReader().tokenise(" ".join(echo.text(3, 29))) == echo.text(3, 29)


def test_the_weights_of_a_window_are_those_of_the_model_with_positions_within_the_memory() -> None:
    settings, found = read()
    saved = echo.model()
    own = trace(saved.weights, saved.config, settings.words, Window(WINDOW))
    for step, ids, weights in zip(found.trace.steps, own.ids, own.weights, strict=True):
        assert step.ids == ids
        np.testing.assert_allclose(step.weights[0], weights, rtol=1e-3, atol=1e-6)
    assert check(settings, found) < 1e-4


@pytest.mark.parametrize("full", [False, True])
def test_what_is_foretold_is_what_the_model_foretells(full: bool) -> None:
    settings, found = read()
    saved, answer = echo.model(), found.answer
    ids = torch.tensor(encode(settings.words))
    logits = forward(saved.weights, saved.config, ids, Full() if full else Window(WINDOW))
    if full:
        torch.testing.assert_close(logits, logits_of(saved.weights, saved.config, ids), rtol=1e-3, atol=1e-3)
    chances = logits[-1].softmax(dim=-1)
    assert isinstance(answer, Foretold)
    word, share = (answer.full if full else answer.ranked)[0]
    assert encode((word,))[0] == int(chances.argmax()) and share == pytest.approx(float(chances.max()), abs=1e-4)


def test_nothing_is_asked_of_it() -> None:
    assert echo.EchoReader().right([], ()) == []
    with pytest.raises(ValueError, match="tells no facts, got 1 questions"):
        echo.EchoReader().right([(None, None)], ())  # type: ignore[list-item]


@pytest.mark.parametrize("seed", [2, 7, 11])
def test_without_what_left_every_weight_is_multiplied_by_one_over_one_minus_a0(seed: int) -> None:
    found = read(seed=seed)[1].trace
    for step in range(WINDOW, TOKENS):
        own = freed(found, step, None)
        assert own is not None and own.lost == tuple(range(step - WINDOW + 1))
        full = found.full_weights(step)[0]
        assert own.left == pytest.approx(full[step - WINDOW + 1 :].sum(), rel=1e-12)
        np.testing.assert_allclose(own.after, full[step - WINDOW + 1 :] / own.left, rtol=1e-4, atol=1e-9)
        formula = eviction.formula(found, step, None)
        assert formula is not None and rounded(own.factor, 3, latex=True) in formula.numbers


def test_where_nothing_is_lost_or_no_pair_is_raw_there_is_no_factor() -> None:
    whole = read(window=64)[1].trace
    assert freed(whole, 40, None).lost == () and eviction.formula(whole, 40, None) is None  # type: ignore[union-attr]
    assert freed(read("moving_average", window=5)[1].trace, 9, None) is None


def test_the_question_is_asked_where_the_first_word_leaves_and_the_others_grow_in_proportion() -> None:
    settings, found = read()
    (asked,) = eviction.asked(settings, found)
    assert (asked.at.step, asked.answer) == (WINDOW, (1,))
    own = freed(found.trace, WINDOW, None)
    assert own is not None and isinstance(asked.choice, Sentence)
    assert rounded(own.factor, 3) in asked.choice.offered[1] and rounded(own.factor, 3) in asked.truth
    assert [belief.chosen for belief in asked.beliefs] == [(0,), (2,)]
    best = int(own.after.argmax())
    assert all(f"to {own.after[best]:.3f}" in belief.text for belief in asked.beliefs)
    pinned = read("global_tokens", pinned=1, window=WINDOW - 1)
    assert eviction.asked(*pinned) == ()  # the first word stays
