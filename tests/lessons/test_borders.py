"""Experiments of segments: closed forms beside what is measured, masks beside formulas, timings of what runs."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from memattn.figures.draw import draw, in_words
from memattn.lessons import borders
from memattn.lessons.borders import (
    BACK,
    GRADIENT,
    OVER_THE_BORDER,
    TIME,
    WHICH,
    ByBorder,
    compared,
    positions_read,
    seconds,
    timed,
)
from memattn.lessons.expected import answers_at, guess
from memattn.lessons.memories import Choice
from memattn.lessons.recall import complete
from memattn.lessons.results import Reach, TimePerToken
from memattn.lessons.running import run
from memattn.memory.window import Window
from memattn.reader import FactKind
from memattn.streams import random_stream
from tests.lessons.cases import asking, settings, told

BLOCK = 12
DESIGN = ByBorder(BLOCK, stories=50)


def blocks(length: int, kept: int) -> Choice:
    return Choice("segments", (("segment_length", length), ("segments", kept)))


def test_every_question_is_about_a_fact_of_the_last_blocks_and_stands_in_the_bin_of_its_distance() -> None:
    posed = [one for step in DESIGN.steps() for one in step]
    assert len(posed) == DESIGN.total == 50
    for one in posed:
        x = answers_at(one.fact) - one.asked // BLOCK * BLOCK
        middle, _ = DESIGN.place(one.bin)
        assert abs(x - middle) <= (BLOCK // 4 - 1) / 2 and -BACK * BLOCK <= x < BLOCK
    assert len({one.asked % BLOCK for one in posed}) == BLOCK, "question marks on every place of a block"
    assert DESIGN.place(0) == (-23, "−24 to −22") and DESIGN.place(8) == (1, "0 to +2")


def test_bins_are_whole_parts_of_a_block() -> None:
    with pytest.raises(ValueError, match="block must be a multiple of 4 tokens, got 13"):
        ByBorder(13)


def test_the_closed_form_of_blocks_alone_is_a_step_at_the_border_and_of_two_segments_one_block_before() -> None:
    blind = np.mean([guess(kind) for kind in FactKind])
    for kept in (0, 1, 2):
        for x, right in DESIGN.line(blocks(BLOCK, kept)):
            assert right == (1 if x >= -kept * BLOCK else pytest.approx(blind, abs=0.02)), (kept, x)


def test_smaller_blocks_of_as_many_pairs_lose_the_old_ones_gradually() -> None:
    line = [right for x, right in DESIGN.line(blocks(BLOCK // 4, 4)) if x < 0]
    assert all(one <= other + 0.1 for one, other in pairwise(line))
    assert line[0] < 0.1 and line[-1] == 1 and 0.3 < line[len(line) * 3 // 4] < 1


@pytest.mark.parametrize("kept", [0, 1])
def test_what_is_measured_on_the_trained_reader_goes_with_the_closed_form(kept: int) -> None:
    points = complete(blocks(BLOCK, kept), DESIGN).points
    inside = [point for point in points if point.x >= -kept * BLOCK]
    beyond = [point for point in points if point.x < -kept * BLOCK - 5]  # nearer, a pair may know of the fact
    assert all(point.share == point.expected == 1 for point in inside)
    assert sum(point.right for point in beyond) / sum(point.asked for point in beyond) < 0.25


def test_over_the_border_four_memories_get_the_same_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borders, "ByBorder", lambda block: ByBorder(block, stories=25))
    *_, last = OVER_THE_BORDER.run(settings(blocks(5, 2)), {"block": 8})
    names = [curve.name for curve in last.data.curves]
    assert names == [
        "Segment FIFO, n_s = 8, m = 0",
        "Segment FIFO, n_s = 8, m = 1",
        "Segment FIFO, n_s = 2, m = 4",
        "Sliding window, n_c = 8",
    ]
    assert {tuple((p.label, p.asked) for p in curve.points) for curve in last.data.curves} == {
        tuple((p.label, p.asked) for p in last.data.curves[0].points)
    }
    assert (last.done, last.total) == (100, 100)


@pytest.mark.parametrize(("n_s", "m"), [(7, 2), (5, 1), (11, 1), (3, 0)])
def test_the_measured_reach_is_the_exact_one_and_the_folk_formula_falls_short(n_s: int, m: int) -> None:
    (result,) = WHICH.run(settings(blocks(n_s, m), story=asking(told(tokens=80))), {})
    data = result.data
    assert isinstance(data, Reach)
    assert data.measured == data.exact == (n_s - 1 + m * n_s, n_s - 1 + 2 * m * n_s)
    assert data.folk == (m * n_s, 2 * m * n_s)
    for query, row in enumerate(data.layers):
        for pair, value in enumerate(row):
            behind = query - pair
            assert value == (0 if behind < 0 or behind > 2 * m else 1 if behind <= m else 2)


def test_a_slot_is_read_as_all_that_it_is_made_of() -> None:
    found = run(settings(Choice("cumulative_average"), story=asking(told())))
    assert (positions_read(found.trace) == np.tri(len(found.trace.steps), dtype=bool)).all()


def test_which_segments_are_put_into_words() -> None:
    (result,) = WHICH.run(settings(blocks(7, 1), story=asking(told(tokens=80))), {})
    assert in_words(result.data) == (
        "Segment F reads E and F in one layer, and D with a second one. Its last word reaches 13 tokens back in one "
        "layer and 20 in two; r + (L − 1) · n_s · ⌈M/n_s⌉ + M says 13 and 20, L · M says 7 and 14."
    )
    (heat,) = draw(result.data, "light").data
    assert tuple(map(tuple, heat.z)) == result.data.layers


@pytest.mark.parametrize(("n_s", "m"), [(7, 2), (11, 1), (5, 0)])
def test_the_gradient_is_the_weight_in_the_running_segment_and_exactly_nothing_in_mem(n_s: int, m: int) -> None:
    own = settings(blocks(n_s, m))
    (result,) = GRADIENT.run(own, {})
    data, tokens = result.data, len(own.words)
    border = (tokens - 1) // n_s * n_s
    assert data.running == tuple(range(border, tokens))
    assert data.remembered == tuple(range(max(0, border - m * n_s), border))
    assert all(data.gradients[at] == 0 for at in range(border))
    np.testing.assert_allclose(data.gradients[border:], data.weights[border:], atol=1e-6)
    assert sum(data.weights) == pytest.approx(1)
    said = in_words(data)
    assert f"{len(data.remembered)} pairs in Mem, and a gradient of 0 comes back to them" in said
    alpha, gradient = draw(data, "light").data
    assert list(alpha.x) == list(gradient.x) == [at + 1 for at in (*data.remembered, *data.running)]


def test_timings_are_those_of_every_memory_and_length_with_their_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = iter(range(1, 1000))
    monkeypatch.setattr(borders, "seconds", lambda memory, length, tokens: 1e-3 * next(taken))
    monkeypatch.setattr(borders, "REPEATS", 3)
    *_, last = TIME.run(settings(blocks(5, 2)), {"ttokens": 1000})
    data = last.data
    assert isinstance(data, TimePerToken) and last.done == last.total == 3 * 8 * 4
    first = data.times["Segment FIFO of 128 pairs"][0]
    assert (first.length, first.updates) == (1, 1)
    assert (first.least, first.micros, first.most) == pytest.approx((1, 33, 65)), "the 1st, 33rd and 65th of all"
    assert [one.length for one in data.times["Cumulative average"]] == [1, 2, 4, 8, 16, 32, 64, 128]
    assert "33 µs per token at n_s = 1" in in_words(data)
    assert [list(own.x) for own in draw(data, "dark").data] == 4 * [[1, 2, 4, 8, 16, 32, 64, 128]]


def test_fewer_updates_take_less_time() -> None:
    memory, _ = timed(128)["Sliding window of 128 pairs"]
    assert memory == Window(128)
    pairs = random_stream(512, 16, 16, 1, seed=0).kv
    assert min(seconds(memory, 128, pairs) for _ in range(3)) < min(seconds(memory, 1, pairs) for _ in range(3)) / 3


def test_side_by_side_says_updates_time_age_and_slots_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []
    monkeypatch.setattr(borders, "seconds", lambda memory, length, pairs: lengths.append(length) or 5e-5)
    by_segments, by_tokens = (
        dict(compared(own, run(own))) for own in (settings(blocks(7, 2)), settings(Choice("window", (("window", 14),))))
    )
    tokens = len(settings(blocks(7, 2)).words)
    assert by_segments.keys() == by_tokens.keys() and set(lengths) == {7, 1}
    first, second = ([*one.values()] for one in (by_segments, by_tokens))
    micros = f"{50 / tokens:.2g}"
    assert first == [f"{tokens // 7}", micros, f"{np.mean([at % 7 + 1 for at in range(tokens)]):.1f}", "14"]
    assert second == [f"{tokens}", micros, "1.0", "14"]


def test_an_experiment_of_blocks_depends_on_none_of_the_page_s_settings() -> None:
    one, other = settings(blocks(5, 2)), replace(settings(blocks(7, 1), story=asking(told(3))), seed=5)
    for experiment in (OVER_THE_BORDER, TIME):
        assert experiment.about(one) == experiment.about(other)
