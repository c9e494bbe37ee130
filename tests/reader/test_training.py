"""Training: the texts it learns from, and learning itself, from nothing to past the transition."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from memattn.reader import drills
from memattn.reader.exam import accuracy
from memattn.reader.grammar import START
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.train import Recipe, Trained, TrainingError, main, train
from memattn.reader.weights import load
from memattn.reader.world import Status, parse, truth

TOKENIZER = Tokenizer()


@given(st.integers(0, 10**6), st.sampled_from([drills.conversation, drills.examination]))
def test_every_question_in_a_drill_is_answered_truly_and_once(seed: int, drill) -> None:  # type: ignore[no-untyped-def]
    words = drill(np.random.default_rng(seed), 256)
    text = parse(words)
    assert len(words) >= 256 and words[0] == START and text.questions
    for question in text.questions:
        true = truth(text, question)
        assert true.status is Status.TOLD and len(true.facts) == 1
        if question.end < len(words):
            assert words[question.end] == true.answer
    assert len({(question.kind, question.key) for question in text.questions}) == len(text.questions)


def test_an_examination_asks_only_at_its_end() -> None:
    for seed in range(30):
        text = parse(drills.examination(np.random.default_rng(seed), 300))
        assert text.facts[-1].end <= text.questions[0].start


def test_a_batch_marks_the_question_marks_whose_answers_follow() -> None:
    batch = drills.batch(np.random.default_rng(0), TOKENIZER, 13, 101)
    assert batch.ids.shape == batch.asked.shape == (13, 101)
    for row, at in batch.asked.nonzero().tolist():
        words = TOKENIZER.decode(batch.ids[row].tolist())
        assert words[at] == "?"
        asked = truth(parse(words[: at + 1]), parse(words[: at + 1]).questions[-1])
        assert words[at + 1] == asked.answer
    assert batch.asked.any(dim=1).all()


def test_a_paper_knows_its_distances() -> None:
    paper = drills.paper(TOKENIZER, 5, 23, 97, 6)
    for ids, at, answer, distance in zip(paper.ids, paper.at, paper.answers, paper.distance, strict=True):
        words = TOKENIZER.decode(ids[: at + 1].tolist())
        assert len(words) > 97 and words[-1] == "?"
        assert ids[at - distance] == answer


def test_training_passes_the_transition_in_every_kind_of_fact() -> None:
    trained = train(Recipe(seed=2, reading_steps=1000, memory_steps=0))
    kinds = accuracy(trained.weights, trained.config, 256, 16)
    assert min(kinds.values()) >= 0.9 and np.mean(list(kinds.values())) >= 0.97, kinds


def quick(**changes: float) -> Recipe:
    return Recipe(**{"reading_steps": 6, "memory_steps": 6, "check_at": 99, **changes})  # type: ignore[arg-type]


def test_training_is_the_same_every_time_and_another_with_another_seed() -> None:
    def prints(trained: Trained) -> list[float]:
        kernels = [kernel.keys.double().sum().item() for kernel in trained.kernels.values()]
        return [*(tensor.double().sum().item() for tensor in trained.weights.values()), *kernels]

    once, again, other = train(quick()), train(quick()), train(quick(seed=3))
    assert prints(once) == prints(again) != prints(other)


def test_learning_through_memories_changes_model_and_kernels() -> None:
    before, after = train(quick(memory_steps=0)), train(quick(memory_steps=40))
    assert not torch.equal(before.weights["0.qkv"], after.weights["0.qkv"])
    changed = [key for key in before.kernels if before.kernels[key] != after.kernels[key]]
    assert {name for name, _ in changed} == {"conv", "dilated"}
    assert all(not tensor.requires_grad for tensor in after.weights.values())


def test_a_seed_that_gets_stuck_is_left_and_in_the_end_said() -> None:
    steps: list[int] = []
    with pytest.raises(TrainingError, match=r"seeds 0 to 2 left a kind of fact below 0\.8 at step 3"):
        train(quick(check_at=3, tries=3), report=lambda step, loss: steps.append(step))
    assert steps == [0, 1, 2] * 3


def test_recipes_that_train_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="reading_steps and tries must be ≥ 1"):
        Recipe(reading_steps=0)


def test_the_command_writes_weights_that_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("memattn.reader.train.measure", lambda *parts: {"measured": len(parts)})
    out = tmp_path / "new" / "reader.safetensors"
    main(["--steps", "3", "--memory-steps", "2", "--seed", "5", "--out", str(out)])
    saved = load(out)
    assert saved.card["recipe"]["seed"] == 5 and saved.card["accuracy"] == {"measured": 3}
    assert ("conv", 8) in saved.compressors and ("dilated", 2) in saved.compressors
    said = capsys.readouterr()
    assert "step 5 of 5" in said.err and "wrote" in said.out
