"""A compression network that learns while one watches: deterministic, measured on what it claims, and it does learn."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest
import torch

from memattn.compression import KeepOne, MeanPool
from memattn.kv import KV
from memattn.lessons import training
from memattn.lessons.models import load
from memattn.lessons.results import LiveTraining
from memattn.lessons.training import LOSSES, LiveCourse, Quality, _questions, _reference, learn, measure
from memattn.memory.compressive import Compressive
from memattn.reader.model import forward, stream
from memattn.records import Role

ASKED = 30


@pytest.fixture(autouse=True)
def few_questions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(training, "QUESTIONS", ASKED)
    for known in (_questions, _reference):
        known.cache_clear()
    yield
    for known in (_questions, _reference):
        known.cache_clear()


def course(parts: int, steps: int = 300, **chosen: object) -> list[LiveTraining]:
    """Before the first step, and so many parts of a course."""
    return list(islice(learn(LiveCourse(**chosen), steps), parts + 1))  # type: ignore[arg-type]


def test_it_is_the_same_every_time_another_with_another_seed_and_leaves_the_global_generator_alone() -> None:
    state = torch.random.get_rng_state()
    one, again, other = (course(1, seed=seed)[-1].points for seed in (3, 3, 4))
    assert one == again != other
    assert torch.equal(state, torch.random.get_rng_state())


def test_it_goes_part_by_part_knows_its_past_and_ends() -> None:
    parts = course(99, 40, loss="ae")
    assert [part.points[-1].step for part in parts] == [0, 20, 40]
    assert [part.points for part in parts] == [parts[-1].points[: at + 1] for at in range(3)]
    assert [point.loss is None for point in parts[-1].points] == [True, False, False]


def test_attention_reconstruction_from_random_numbers_lowers_its_loss_and_its_error() -> None:
    last = course(4, start="random", rate=2)[-1]
    losses = [point.loss for point in last.points if point.loss is not None]
    assert losses[-1] < 0.8 * losses[0]
    assert last.points[-1].error < last.points[0].error / 2


def test_gates_that_learn_from_answers_alone_beat_keeping_one_of_four() -> None:
    """Within 100 steps; the error of what is read hardly moves, so it is no measure of recall."""
    last = course(5, loss="answers", kind="gated", rate=4)[-1]
    kept, _ = last.references["keep 1 of 4"]
    first, end = last.points[0], last.points[-1]
    assert first.recall.value < kept.value < end.recall.value
    assert abs(end.error - first.error) < 0.1


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_trains_and_none_moves_the_reader(loss: str) -> None:
    reader = load("base-1")
    before = {name: tensor.clone() for name, tensor in reader.weights.items()}
    last = course(1, loss=loss, rate=8)[-1]
    assert last.loss == LOSSES[loss] and last.points[-1].loss is not None
    assert all(torch.equal(before[name], tensor) for name, tensor in reader.weights.items())


@pytest.mark.parametrize("rate", [2, 8])
def test_what_is_asked_stands_in_cmem(rate: int) -> None:
    reader, asked = load("base-1"), _questions(rate)
    memory = Compressive(8, 32, 32, MeanPool(rate))
    for at in (0, 7, 20, ASKED - 1):
        words = asked.ids[at, : asked.at[at] + 1]
        _, keys, values = stream(reader.weights, reader.config, words.to(reader.weights["norm"].device))
        slots = memory.slots(memory.update(KV(keys, values), memory.empty(KV(keys, values))).state)
        answer = int(asked.at[at] - asked.distance[at])
        assert slots.value_shares is not None
        (holding,) = slots.value_shares[0, :, answer].nonzero().flatten().tolist()
        assert slots.role[holding] is Role.COMPRESSED


def test_recall_and_references_are_answers_of_the_model_itself() -> None:
    reader, asked = load("base-1"), _questions(4)
    last = course(0, rate=4)[0]
    for name, compression in (("keep 1 of 4", KeepOne(4)), ("mean of 4", MeanPool(4))):
        memory, right = Compressive(8, 32, 32, compression), 0
        for at in range(ASKED):
            words = asked.ids[at, : asked.at[at] + 1].to(reader.weights["norm"].device)
            logits = forward(reader.weights, reader.config, words, memory).logits[-1]
            right += int(logits.argmax()) == int(asked.answers[at])
        assert last.references[name] == measure(reader, compression)
        assert (last.references[name][0].right, last.references[name][0].total) == (right, ASKED)
    assert isinstance(measure(reader, MeanPool(4)), Quality)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"loss": "lm"}, "loss must be one of ar-cache, ar-block, ae, answers, got 'lm'"),
        ({"kind": "lstm"}, "kind must be one of conv, gated, got 'lstm'"),
        ({"start": "zero"}, "start must be one of mean, random, got 'zero'"),
        ({"rate": 3}, "rate c must divide blocks of 32 pairs and be ≥ 2, got 3"),
    ],
)
def test_what_cannot_be_learned_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(LiveCourse(), **wrong)  # type: ignore[arg-type]
