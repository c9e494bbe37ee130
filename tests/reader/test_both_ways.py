"""Readers that see both ways: who sees whom, how far a stack can reach, texts, and training that can be resumed."""

from pathlib import Path

import numpy as np
import pytest
import torch

from memattn.reader.both_ways import answer_logits, reach, visible, windows
from memattn.reader.config import ReaderConfig, random_weights
from memattn.reader.grammar import FactKind
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.trained.globals import BothWaysRecipe, draw_texts, marks, room, train_both_ways
from memattn.reader.training_run import TrainingRun
from memattn.reader.world import Status, parse, truth

TOKENIZER = Tokenizer()


def test_words_see_their_neighbours_and_the_global_tokens_and_these_see_all() -> None:
    mask = visible(11, 3, 2)
    for i in range(13):
        for j in range(13):
            assert mask[i, j] == (i < 2 or j < 2 or abs(i - j) <= 3)


@pytest.mark.parametrize(("layers", "window"), [(1, 3), (2, 3), (3, 2)])
def test_a_stack_learns_of_no_word_beyond_its_reach_and_of_the_last_within(layers: int, window: int) -> None:
    config = ReaderConfig(TOKENIZER.size, d_model=8, heads=2, layers=layers, taps=4)
    weights = {name: rows.double() for name, rows in random_weights(config, 3).items()}
    far = reach(config, window)
    assert far == layers * (window + 3)
    ids = torch.arange(1, far + 8).unsqueeze(0)
    for away, knows in ((far, True), (far + 1, False)):
        other = ids.clone()
        other[0, -1 - away] = 0
        changed = (
            answer_logits(weights, config, other, window, 0) - answer_logits(weights, config, ids, window, 0)
        ).abs()
        assert (float(changed.max()) > 0) == knows


def test_with_one_global_token_two_layers_know_of_every_word() -> None:
    config = ReaderConfig(TOKENIZER.size + 2, d_model=8, heads=2, layers=2)
    weights = {name: rows.double() for name, rows in random_weights(config, 3).items()}
    ids = torch.arange(1, 98).unsqueeze(0)
    other = ids.clone()
    other[0, 1] = 0
    apart = [
        float((answer_logits(weights, config, other, 3, g) - answer_logits(weights, config, ids, 3, g)).abs().max())
        for g in (0, 1, 2)
    ]
    assert apart[0] == 0 < min(apart[1:])
    with pytest.raises(ValueError, match="global_tokens must be from 0 to 2, got 3"):
        answer_logits(weights, config, ids, 3, 3)


def test_the_window_narrows_by_equal_factors_in_the_middle_of_training() -> None:
    found = windows(81, 16, 100, (0.2, 0.6))
    assert found[:21] == [81] * 21 and found[60:] == [16] * 40
    assert found[40] == 36 == round((81 * 16) ** 0.5)
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(("facts", "asked", "gap"), [(1, 1, 11), (4, 4, None), (3, 2, None)])
def test_a_text_tells_facts_of_one_kind_and_asks_for_some_at_its_end(facts: int, asked: int, gap: int | None) -> None:
    ids, answers = draw_texts(np.random.default_rng(3), 7, facts, 73, gap, asked)
    assert ids.shape == (7, 73) and answers.shape == (7, asked)
    firsts = set()
    for row, right in zip(ids.tolist(), answers.tolist(), strict=True):
        text = parse(TOKENIZER.decode(row))
        assert [fact.kind for fact in text.facts] == [FactKind.PLACE] * facts
        assert [question.end - 1 - 73 for question in text.questions] == list(marks(asked))
        for question, answer in zip(text.questions, right, strict=True):
            true = truth(text, question)
            assert true.status is Status.STATED and TOKENIZER.encode((str(true.answer),)) == (answer,)
        firsts.add(text.facts[0].start)
        assert gap is None or text.questions[0].start - text.facts[-1].end == gap
    assert (len(firsts) > 1) == (gap is None) and room(73, facts, asked) == 72 - 8 * facts - 6 * asked


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memattn.reader.training_run.SAVE_EVERY", 2)
    recipe = BothWaysRecipe(d_model=8, layers=1, counts=(1, 3), facts=(1, 2), tokens=45, steps=4, texts=2)

    class Break(Exception):  # noqa: N818
        pass

    def stop(phase: str, step: int, steps: int, loss: float) -> None:
        if step == 2:
            raise Break

    with pytest.raises(Break):
        train_both_ways(recipe, 5, {}, TrainingRun(tmp_path, "own", report=stop))
    resumed = train_both_ways(recipe, 5, {}, TrainingRun(tmp_path, "own"))
    whole = train_both_ways(recipe, 5, {}, TrainingRun())
    assert resumed.config.vocabulary == TOKENIZER.size + 3
    assert all(torch.equal(rows, whole.weights[name]) for name, rows in resumed.weights.items())
