"""Who reads: every model follows one protocol; what its layers read, finished by hand, is what it computed."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.lessons import models
from memattn.lessons.memories import Choice
from memattn.lessons.models import FIRST, LAST, PlantedFacts, StoryModel, TrainedReader, load, missing_weights, trained
from memattn.reader import Reader, UnknownWords, WeightsError
from memattn.reader.weights import file_of
from memattn.trace import trace
from tests.lessons.cases import BARE, DEEP, SMALL, asking, told

STORY = asking(told())
every_deep_choice = pytest.mark.parametrize("choice", DEEP.values(), ids=DEEP)


def answered(model: StoryModel, choice: Choice) -> dict[str, float]:
    """What a model says after the question, by its protocol alone."""
    memories = model.memories(choice)
    outputs = trace(memories[-1], model.stream(STORY.words, memories), verify=False).outputs
    return model.answers(STORY.words, memories, outputs)


def by_hand(reader: Reader, words: tuple[str, ...], outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """From the first layer's attention outputs (heads, tokens, d_head) to the second one's queries, keys, values."""
    w = reader.weights

    def norm(x: Tensor, gain: Tensor) -> Tensor:
        return gain * x / (x.square().mean(dim=-1, keepdim=True) + 1e-6).sqrt()

    heads = torch.cat(list(outputs), dim=-1)
    x = w["embedding"][reader.tokenizer.encode(words),] + heads @ w["0.out"].T
    inner = norm(x, w["0.norm_mlp"]) @ w["0.mlp_in"].T
    x = x + (inner * (1 + torch.erf(inner / 2**0.5)) / 2) @ w["0.mlp_out"].T
    rows, kernel = norm(x, w["1.norm_attention"]) @ w["1.qkv"].T, w["1.convolution"]
    mixed = F.conv1d(F.pad(rows.T, (kernel.shape[1] - 1, 0)), kernel[:, None], groups=len(kernel)).T
    return tuple(torch.stack(part.chunk(len(outputs), dim=-1)) for part in mixed.chunk(3, dim=-1))  # type: ignore[return-value]


@every_deep_choice
def test_the_first_layer_finished_by_hand_is_what_the_second_reads(choice: Choice) -> None:
    model = trained(choice)
    memories = model.memories(choice)
    first = trace(memories[0], model.stream(STORY.words, memories, FIRST), verify=False)
    below = by_hand(
        model.reader, STORY.words, torch.tensor(first.outputs, device=model.reader.weights["embedding"].device)
    )
    above = model.stream(STORY.words, memories, LAST)
    for made, read in zip(below, (above.queries, above.kv.keys, above.kv.values), strict=True):
        torch.testing.assert_close(made, read, rtol=0, atol=1e-9 if read.dtype == torch.float64 else 1e-4)


def test_every_layer_reads_with_what_was_trained_for_it() -> None:
    reader = load("gated")
    own = trained(Choice("recurrent")).memories(Choice("recurrent"))
    assert [memory.weights for memory in own] == [reader.cell(0), reader.cell(1)]  # type: ignore[attr-defined]
    assert own[0] != own[1]


def test_what_the_first_layer_reads_depends_on_the_words_alone() -> None:
    reads = [(trained(choice), choice) for choice in (DEEP["window"], Choice("full", layers=2))]
    below, above = (
        [model.stream(STORY.words, model.memories(choice), layer).kv.values for model, choice in reads]
        for layer in (FIRST, LAST)
    )
    assert torch.equal(*below)
    assert not torch.equal(*above)
    cut = reads[0][0].stream(STORY.words[:23], (), FIRST).kv.values
    torch.testing.assert_close(cut, below[0][:, :23], rtol=0, atol=1e-12 if cut.dtype == torch.float64 else 1e-5)


def test_a_pair_knows_of_as_many_words_as_the_convolution_is_wide() -> None:
    model = trained(Choice("window"))
    assert model.context == model.reader.config.taps == 6
    words = list(STORY.words)
    before = model.stream(tuple(words), ()).kv.values
    words[20] = "soup" if words[20] != "soup" else "tea"
    changed = (model.stream(tuple(words), ()).kv.values != before).any(dim=-1).any(dim=0).nonzero().flatten().tolist()
    assert changed == list(range(20, 20 + model.context))


@pytest.mark.parametrize("name", SMALL)
def test_a_trained_model_says_what_the_whole_forward_pass_says(name: str) -> None:
    model = trained(SMALL[name])
    said = answered(model, SMALL[name])
    whole = model.reader.predict(model.reader.forward(STORY.words, model.memories(SMALL[name])).logits[-1])
    assert sum(said.values()) == pytest.approx(1)
    assert max(said, key=said.__getitem__) == whole.word
    np.testing.assert_allclose([said[word] for word in whole.vocabulary], whole.probabilities, atol=1e-4)


@pytest.mark.parametrize("name", ["window", "compressive", "recurrent"])
def test_many_questions_together_are_answered_as_each_alone(name: str) -> None:
    model = trained(SMALL[name])
    check(model, SMALL[name])


@pytest.mark.parametrize("name", BARE)
def test_planted_facts_are_found_by_every_memory_as_by_its_outputs(name: str) -> None:
    check(PlantedFacts(3), BARE[name])


def check(model: StoryModel, choice: Choice) -> None:
    asked = [(story, fact) for story in (told(), told(5, 73, 4)) for fact in story.facts]
    memories, alone = model.memories(choice), []
    for story, fact in asked:
        words = story.with_question(fact).words
        outputs = trace(memories[-1], model.stream(words, memories), verify=False).outputs
        answers = model.answers(words, memories, outputs)
        alone.append(max(answers, key=answers.__getitem__) == fact.answer)
    assert model.right(asked, memories) == alone


def test_planted_facts_in_full_view_are_all_found() -> None:
    story = told(2, 97, 6)
    model = PlantedFacts(1)
    assert model.right([(story, fact) for fact in story.facts], model.memories(Choice("full"))) == [True] * 6


def test_planted_facts_do_not_depend_on_the_shared_random_numbers() -> None:
    streams = []
    for seed in (4, 4, 5):
        torch.rand(3)
        streams.append(PlantedFacts(seed).stream(STORY.words, ()))
    np.testing.assert_array_equal(streams[0].kv.keys, streams[1].kv.keys)
    assert not np.array_equal(streams[0].kv.keys, streams[2].kv.keys)


@pytest.mark.parametrize("model", [PlantedFacts(), trained(Choice("full"))], ids=["planted", "trained"])
def test_a_text_is_cut_into_words_of_the_story_world(model: StoryModel) -> None:
    assert model.tokenise("The red key is in the kitchen.")[1:] == tuple(
        ["the", "red", "key", "is", "in", "the", "kitchen", "."]
    )
    with pytest.raises(UnknownWords, match="kichen"):
        model.tokenise("The red key is in the kichen.")
    assert str(model.layers) and model.origin.strip()


def test_models_say_what_they_are() -> None:
    assert trained(Choice("window", layers=2)).layers == 2
    reader = trained(Choice("full")).reader
    assert (
        trained(Choice("full")).origin == f"trained reader, {sum(w.numel() for w in reader.weights.values()):,} weights"
    )
    assert "no trained model" in PlantedFacts().origin
    assert (PlantedFacts().layers, PlantedFacts().context) == (1, 1)


def test_a_model_is_read_once() -> None:
    assert load("base-1") is load("base-1")
    assert trained(Choice("window")).reader is trained(Choice("segments")).reader


def test_missing_weights_are_told_with_the_file_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_weights("base-1") == missing_weights("base-1", "ae") == ""

    def gone(name: str = "reader", learned_by: str = "") -> Reader:
        raise WeightsError(file_of(name), "are missing")

    monkeypatch.setattr(models, "load", gone)
    said = missing_weights("averages")
    assert "averages.safetensors are missing" in said
    assert said.endswith(".")
    assert not said.endswith("..")
    with pytest.raises(WeightsError, match="base-2"):
        trained(Choice("window", layers=2))


def test_a_trained_reader_is_compared_by_itself() -> None:
    assert TrainedReader(load("base-1")) != TrainedReader(load("base-1")), "its weights have no equality"
