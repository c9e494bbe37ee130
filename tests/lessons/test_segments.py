"""Segments & FIFO: staleness, updates and reach in closed form are those of runs."""

import itertools

import numpy as np
import pytest
import torch

from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.models import CONVOLUTION
from memattn.lessons.running import model_of, run
from memattn.lessons.segmented import ages, reach, updates
from memattn.lessons.segments import formulas
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.streams import random_stream
from memattn.trace import trace
from tests.lessons.cases import asking, settings, told

TOKENS = 47


@pytest.mark.parametrize(("n_s", "m"), [(7, 2), (5, 3), (11, 1), (1, 5)])
def test_the_age_is_a_saw_tooth_and_its_mean_half_a_segment(n_s: int, m: int) -> None:
    found = trace(Segments(n_s, m), random_stream(n_s * 6, 2, 2, 1, seed=3), "segments")
    assert ages(found) == tuple(i % n_s + 1 for i in range(n_s * 6))
    assert np.mean(ages(found)) == (n_s + 1) / 2
    assert updates(found) == tuple((i + 1) // n_s for i in range(n_s * 6))


@pytest.mark.parametrize("memory", [Window(7), CumulativeAverage()])
def test_what_is_updated_with_every_token_is_never_older_than_one(memory: Window | CumulativeAverage) -> None:
    found = trace(memory, random_stream(TOKENS, 2, 2, 1, seed=3), "any")
    assert ages(found) == (1,) * TOKENS
    assert updates(found) == tuple(range(1, TOKENS + 1))


def test_blocks_that_keep_nothing_never_remember() -> None:
    found = trace(Segments(7, 0), random_stream(TOKENS, 2, 2, 1, seed=3), "segments")
    assert ages(found) == tuple(range(1, TOKENS + 1))


def seen(n_s: int, memory_length: int) -> np.ndarray:
    """[i, j]: whether query i reads pair j, when the newest `memory_length` pairs before its segment are kept."""
    queries, pairs = np.arange(TOKENS)[:, None], np.arange(TOKENS)[None]
    return (pairs <= queries) & (pairs >= queries // n_s * n_s - memory_length)


@pytest.mark.parametrize(("n_s", "memory_length", "layers"), [*itertools.product((3, 5, 7), (3, 5, 8, 11), (1, 2, 3))])
def test_the_reach_is_that_of_masks_put_behind_one_another(n_s: int, memory_length: int, layers: int) -> None:
    through = np.linalg.matrix_power(seen(n_s, memory_length).astype(int), layers) > 0
    for i in range(TOKENS):
        oldest = int(through[i].argmax())
        assert i - oldest == min(i, reach(i % n_s, layers, n_s, memory_length))


@pytest.mark.parametrize("at", [66, 60, 56], ids=["last of F", "within F", "first of F"])
@pytest.mark.parametrize("layers", [1, 2])
def test_the_trained_reader_hears_of_a_word_as_far_back_as_its_memory_and_its_convolutions_reach(
    layers: int, at: int
) -> None:
    """By changing one word: what the word `at`, counted from 1, gets out of the last layer differs, or is the same.

    A convolution under every layer crosses borders: a second layer hears one segment further back than masks alone say.
    """
    own = Choice("segments", (("segment_length", 11), ("segments", 1)), layers=layers)
    words = asking(told(tokens=70)).words

    def outputs(read: tuple[str, ...]) -> torch.Tensor:
        """Of the last layer, at that word."""
        model = model_of(Settings(own, read))
        memories = model.memories(own)
        stream = model.stream(read, memories)
        with torch.inference_mode():
            attended = memories[-1].attend(stream.queries, stream.kv, memories[-1].empty(stream.kv, tracked=False))
        return attended.output[..., at - 1, :]

    offset = (at - 1) % 11
    further = 0 if layers == 1 else 11
    oldest = at - 1 - reach(offset, layers, 11, 11) - further - (CONVOLUTION - 1)
    before = outputs(words)
    for position, heard in ((oldest - 1, False), (oldest, True)):
        changed = (*words[:position], "owl" if words[position] != "owl" else "cat", *words[position + 1 :])
        assert torch.equal(outputs(changed), before) != heard, position


@pytest.mark.parametrize(("n_s", "m"), [(7, 2), (5, 3), (11, 1), (13, 0)])
def test_the_masks_are_what_the_memory_lets_its_queries_read(n_s: int, m: int) -> None:
    found = trace(Segments(n_s, m), random_stream(TOKENS, 2, 2, 1, seed=3), "segments")
    mask = seen(n_s, m * n_s)
    assert all(step.ids == tuple(np.flatnonzero(mask[step.index])) for step in found.steps)


def test_formulas_carry_the_numbers_of_the_step() -> None:
    own = settings(Choice("segments", (("segment_length", 7), ("segments", 2))))
    found = run(own)
    fifo, attention, age, reached = formulas(own, found, 30, 0)
    assert r"= 14\ \ (m \cdot n_s = 2 \cdot 7 = 14)" in fifo.numbers and "= 3" in fifo.numbers
    assert "Token 31 is number 3 of segment E and reads C, D and E." in attention.says
    assert r"over}\ 17\ \text{slots}" in attention.numbers
    assert age.numbers.startswith("4\\ ") and age.numbers.endswith("= 3") and "= 4 on average" in age.says
    assert r"L = 1:\ 2 + 14 = 16, \quad L = 2:\ 2 + 14 + 14 = 30" in reached.numbers
    assert fifo.says.startswith("A full segment enters Mem whole")
    border = formulas(own, found, 34, 0)[0].numbers
    assert r"\lvert S_{kv}\rvert = 7 \to 0" in border
    none = settings(Choice("segments", (("segment_length", 7), ("segments", 0))))
    assert formulas(none, run(none), 34, 0)[0].says == "With m = 0 Mem holds nothing: a full segment is let go whole."


def test_another_memory_has_its_own_formulas() -> None:
    own = Settings(Choice("recurrent"), asking(told()).words)
    assert r"f\big(" in formulas(own, run(own), 5, None)[0].latex
