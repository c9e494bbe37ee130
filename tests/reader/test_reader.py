"""The shipped reader: how well it answers, with every memory, inside and outside its reach."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
import pytest
import torch

from memattn.compression import Conv1d, MeanPool
from memattn.intervals import Proportion
from memattn.lessons.models import CONVOLUTION
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.window import Window
from memattn.reader import FactKind, Reader, Story, UnknownWords, story
from memattn.reader.accuracy import answered_right
from memattn.reader.batches import draw_questions, encode_questions
from memattn.reader.grammar import words_of
from memattn.reader.weights import file_of
from memattn.trace import trace

SEED = 77_000_000  # stories that neither training nor the card has seen


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


def share(reader: Reader, tokens: int, facts: int, stories: int, about: Literal["any", "first"] = "any") -> Proportion:
    questions = draw_questions(reader.tokenizer, SEED, stories, tokens, facts, about)
    right = answered_right(reader.weights, reader.config, questions)
    return Proportion(int(right.sum()), len(right))


@pytest.mark.parametrize(("tokens", "facts"), [(64, 6), (256, 4), (256, 16)])
def test_it_answers_at_its_training_length(reader: Reader, tokens: int, facts: int) -> None:
    assert share(reader, tokens, facts, 200).value >= 0.98


def test_it_answers_at_four_times_its_training_length(reader: Reader) -> None:
    assert share(reader, 1024, 60, 120).value >= 0.95
    assert share(reader, 1024, 12, 60, about="first").value >= 0.95


@pytest.mark.parametrize("kind", FactKind)
def test_it_knows_every_kind_of_fact(reader: Reader, kind: FactKind) -> None:
    stories = [story(SEED + i, 256, 12, kinds=[kind]) for i in range(100)]
    questions = encode_questions(reader.tokenizer, stories, [text.facts[i % 12] for i, text in enumerate(stories)])
    assert answered_right(reader.weights, reader.config, questions).float().mean() >= 0.97


def recall(reader: Reader, memory: Memory, distances: Iterable[int], stories: int = 20) -> float:  # type: ignore[type-arg]
    """Share of right answers when the answer word stands that far before the question mark."""
    texts: list[Story] = []
    for distance in distances:
        for i in range(stories):
            base = story(SEED + i, 400, 1, [404 - distance - 2], [FactKind.LIKES])
            texts.append(base)
    questions = encode_questions(reader.tokenizer, texts, [text.facts[0] for text in texts])
    assert set(questions.distance.tolist()) == set(distances)
    return float(answered_right(reader.weights, reader.config, questions, memory).float().mean())


def test_a_window_forgets_beyond_its_width(reader: Reader) -> None:
    assert recall(reader, Window(64), (15, 40, 60)) >= 0.95
    assert recall(reader, Window(64), (75, 120, 300)) <= 0.2


@pytest.mark.parametrize("rate", [2, 3, 4, 6, 8])
def test_compression_reaches_rate_times_as_far_and_no_further(reader: Reader, rate: int) -> None:
    memory = Compressive(8, 32, 32, reader.compression("conv", rate))
    least, most = memory.reach
    assert least == 32 + 32 * rate
    assert recall(reader, memory, (20, 30)) >= 0.95  # in Mem
    assert recall(reader, memory, (50, 32 + 16 * rate, least - rate)) >= 0.8  # in CMem
    assert recall(reader, memory, (most + 8 + rate, most + 60)) <= 0.2  # forgotten


def test_an_average_of_two_still_answers(reader: Reader) -> None:
    assert recall(reader, Compressive(8, 32, 32, MeanPool(2)), (50, 70, 90)) >= 0.9


@pytest.mark.parametrize("name", MEMORIES)
def test_it_reads_with_every_memory_and_a_trace_agrees(reader: Reader, name: str) -> None:
    text = story(SEED, 61, 3)
    with_question, memory = text.with_question(text.facts[0]), MEMORIES[name]()
    run = trace(memory, reader.stream(with_question.words), name)
    from_trace = reader.readout(run.outputs, with_question.words)
    torch.testing.assert_close(
        from_trace, reader.forward(with_question.words, memory, segment_length=7).logits, rtol=0, atol=2e-3
    )


def test_trace_and_model_are_one_in_double_precision(reader: Reader) -> None:
    double = reader.to(dtype=torch.float64)
    text = story(SEED, 97, 5)
    memory = Compressive(4, 8, 6, double.compression("conv", 4))
    outputs = memory.attend(*_stream(double, text), memory.empty(_stream(double, text)[1])).output
    one, other = double.readout(outputs, text.words), double.forward(text.words, memory).logits
    torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


def _stream(reader: Reader, text: Story):  # type: ignore[no-untyped-def]
    made = reader.stream(text.words)
    return made.queries, made.kv


def test_queries_and_keys_are_sums_of_what_the_latest_words_bring(reader: Reader) -> None:
    """And where two texts share a word, it brings the same."""
    wide = reader.to("cpu", torch.float64)
    stream = wide.stream(story(SEED, 53, 2).words)
    assert stream.parts is not None
    words, rows, taps = stream.parts.words, stream.parts.rows, stream.parts.taps
    assert len(words) == 53 > rows.shape[2] and (rows.shape[0], taps.shape[2]) == (2, CONVOLUTION)
    for side, own in enumerate((stream.queries, stream.kv.keys)):
        for at in (0, 3, 52):
            backs = range(min(CONVOLUTION, at + 1))
            total = sum(taps[side, :, back] * rows[side, :, words[at - back]] for back in backs)
            np.testing.assert_allclose(total, own[:, at], rtol=0, atol=1e-12)
    deep = Reader.load(file_of("base-2"))
    assert deep.stream(stream.tokens, MEMORIES["full"](), layer=1).parts is None


def test_an_answer_is_a_distribution(reader: Reader) -> None:
    text = story(SEED + 1, 128, 6)
    with_question = text.with_question(text.facts[3])
    run = trace(MEMORIES["full"](), reader.stream(with_question.words), "full")
    answer = reader.answer(run.outputs, with_question.words)
    assert answer.word == text.facts[3].answer and len(answer.candidates) == 5
    assert answer.probabilities.sum() == pytest.approx(1) and answer.probabilities.shape == (reader.tokenizer.size,)
    assert [c.probability for c in answer.candidates] == sorted(answer.probabilities, reverse=True)[:5]
    assert answer.probability(answer.word) == answer.candidates[0].probability > 0.9
    assert answer.probability("wug") == 0
    with pytest.raises(ValueError, match=f"position must lie in -{len(with_question.words)}"):
        reader.answer(run.outputs, with_question.words, len(with_question.words))


def test_it_is_unsure_about_what_it_was_never_told(reader: Reader) -> None:
    sure = []
    for seed in range(20):
        text = story(SEED + seed, 128, 4, kinds=[FactKind.PLACE])
        run = reader.forward((*text.words, *words_of("what does anna like ?")), MEMORIES["full"]())
        sure.append(reader.predict(run.logits[-1]).candidates[0].probability)
    assert np.mean(sure) < 0.5


def test_unknown_words_are_refused(reader: Reader) -> None:
    with pytest.raises(UnknownWords, match="wug"):
        reader.stream(("<start>", "the", "wug", "."))


def test_compressions_bear_the_trained_kernels(reader: Reader) -> None:
    conv = reader.compression("conv", 4)
    assert isinstance(conv, Conv1d) and conv.weights == reader.compressors[4]
    assert reader.compression("mean", 5) == MeanPool(5)
    single = reader.compression("conv", 1)
    pairs = reader.stream(story(SEED, 31, 2).words).kv
    torch.testing.assert_close(single.compress(pairs).keys, pairs.keys)  # c = 1 changes nothing
    with pytest.raises(ValueError, match="compression must be one of"):
        reader.compression("zip", 4)
    with pytest.raises(ValueError, match=r"one of \[1, 2, .*got 99"):
        reader.compression("conv", 99)


@pytest.mark.parametrize("memory", [Window(23), MEMORIES["cumulative_average"](), MEMORIES["hybrid"]()], ids=str)
def test_two_layers_are_shown_by_the_last(memory: Memory) -> None:  # type: ignore[type-arg]
    deep = Reader.load(file_of("base-2")).to(dtype=torch.float64)
    text = story(SEED, 61, 3).words
    run = trace(memory, deep.stream(text, memory, layer=1), "deep")
    whole = deep.forward(text, memory, segment_length=7).logits
    torch.testing.assert_close(deep.readout(run.outputs, text, memory), whole, rtol=0, atol=1e-4)


def test_compressions_learned_apart_are_those_of_their_loss() -> None:
    cache, block = (Reader.load(file_of("base-1"), file_of("compressors"), loss) for loss in ("ar-cache", "ar-block"))
    assert cache.compression("conv", 4) != block.compression("conv", 4)
    assert set(cache.compressors) == {2, 4, 8} and set(cache.dilated) == {4}
    with pytest.raises(ValueError, match="no recurrent memory of its own in layer 0"):
        cache.cell(0)
