"""A model's layers on the stage: what the first one does, finished by hand, is what the second one reads."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from memattn.lessons.story import telling, ways
from memattn.lessons.story.ways import Choice
from memattn.lessons.story.words import FIRST, LAST
from memattn.reader import Reader, Story
from memattn.trace import difference

DEEP = [  # models of two layers: attention alone, means, a gated cell of its own in each layer, a window and a mean
    Choice("window", (("nc", 7),), layers=2),
    Choice("compressive", (("ns", 3), ("nm", 5), ("ncm", 11), ("c", 2)), "most_used", layers=2),
    Choice("exponential", (("half", 13),)),
    Choice("gated"),
    Choice("hybrid", (("nc", 5),)),
]


def asking() -> Story:
    told = telling.make_up(11, 61, 3).story
    return told.with_question(told.facts[1])


def by_hand(reader: Reader, story: Story, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """From the first layer's attention outputs (heads, tokens, d_head) to the second one's queries, keys, values."""
    w = reader.weights

    def norm(x: Tensor, gain: Tensor) -> Tensor:
        return gain * x / (x.square().mean(dim=-1, keepdim=True) + 1e-6).sqrt()

    heads = torch.cat(list(outputs), dim=-1)
    x = w["embedding"][reader.tokenizer.encode(story.words),] + heads @ w["0.out"].T
    inner = norm(x, w["0.norm_mlp"]) @ w["0.mlp_in"].T
    x = x + (inner * (1 + torch.erf(inner / 2**0.5)) / 2) @ w["0.mlp_out"].T
    rows, kernel = norm(x, w["1.norm_attention"]) @ w["1.qkv"].T, w["1.convolution"]
    mixed = F.conv1d(F.pad(rows.T, (kernel.shape[1] - 1, 0)), kernel[:, None], groups=len(kernel)).T
    return tuple(torch.stack(part.chunk(len(outputs), dim=-1)) for part in mixed.chunk(3, dim=-1))  # type: ignore[return-value]


@pytest.mark.parametrize("choice", DEEP, ids=lambda choice: choice.way)
def test_the_first_layer_finished_by_hand_is_what_the_second_reads(choice: Choice) -> None:
    story, own = asking(), ways.reading(choice)
    first = ways.watch(story.words, choice, FIRST)
    below = by_hand(own.teller.reader, story, torch.tensor(first.outputs))
    above = own.stream(story.words)
    for made, read in zip(below, (above.queries, above.kv.keys, above.kv.values), strict=True):
        torch.testing.assert_close(made, read, rtol=0, atol=1e-9 if read.dtype == torch.float64 else 1e-4)


@pytest.mark.parametrize("choice", DEEP, ids=lambda choice: choice.way)
def test_the_last_layer_is_the_one_that_answers_and_each_run_is_true(choice: Choice) -> None:
    story, own = asking(), ways.reading(choice)
    first, last = (ways.watch(story.words, choice, layer) for layer in (FIRST, LAST))
    assert (last.outputs == ways.read(story, choice).trace.outputs).all()
    assert first.tokens == last.tokens == story.words and first.outputs.shape == last.outputs.shape
    assert abs(first.outputs - last.outputs).max() > 0.1
    for run, layer in ((first, FIRST), (last, LAST)):
        worst = difference(own.memories[layer], own.stream(story.words, layer), run.outputs)
        assert worst < (1e-12 if last.device.endswith("float64") else 1e-4)


def test_what_the_first_layer_reads_depends_on_the_words_alone() -> None:
    story = asking()
    one, other = (ways.reading(choice) for choice in (DEEP[0], Choice("full", layers=2)))
    below, above = ([own.stream(story.words, layer).kv.values for own in (one, other)] for layer in (FIRST, LAST))
    assert torch.equal(*below) and not torch.equal(*above)
    cut = one.stream(story.words[:23], FIRST).kv.values
    torch.testing.assert_close(cut, below[0][:, :23], rtol=0, atol=1e-12 if cut.dtype == torch.float64 else 1e-5)


def test_where_there_is_one_layer_it_is_the_first_and_the_last() -> None:
    story, choice = asking(), Choice("window", (("nc", 7),))
    assert (ways.watch(story.words, choice, FIRST).outputs == ways.watch(story.words, choice, LAST).outputs).all()


def test_depth_is_that_of_the_model_that_reads() -> None:
    assert [ways.depth(choice) for choice in DEEP] == [2] * len(DEEP)
    assert [ways.depth(Choice(way)) for way in ("window", "compressive", "pool")] == [1, 1, 1]


@pytest.mark.parametrize(("choice", "layer"), [(DEEP[0], 2), (DEEP[0], -3), (Choice("full"), 1)])
def test_a_layer_that_is_not_there_is_refused(choice: Choice, layer: int) -> None:
    with pytest.raises(ValueError, match=rf"layer must be one of {choice.layers}, .* got {layer}"):
        ways.watch(asking().words, choice, layer)
