"""What global tokens take of a row, its entropy and its movement; and the text whose logits are chosen."""

import re
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from memattn.lessons import resting
from memattn.lessons.damping import movement, pinned, series, split, way
from memattn.lessons.global_questions import predictions
from memattn.lessons.global_tokens import formulas
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.peaks import PEAK, SINK, Peaks, logits, words
from memattn.lessons.resting import by_entropy, by_movement
from memattn.lessons.running import memory_of, run, stream_of
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.window import Window
from memattn.records import Trace
from memattn.streams import random_stream
from memattn.trace import difference, trace


def settings(
    name: str = "global_tokens", places: int = 1, peak: float = 4.6, sink: float = 4.6, **sizes: int
) -> Settings:
    choice = Choice(name, tuple(sizes.items()))
    return Settings(choice, words(places), "peaks", extras=((PEAK, peak), (SINK, sink)))


def several_heads() -> Trace:
    return trace(GlobalTokens(3, 11), random_stream(29, 5, 3, 2, seed=7))


# --- the text ---------------------------------------------------------------------------------------------------------


def test_the_stream_gives_the_chosen_logits_and_the_real_memory_reads_it() -> None:
    own = settings(places=2, peak=3, sink=1.5, pinned=2, window=5)
    found = run(own)
    chosen = np.array(logits(own.words, 3, 1.5))
    assert chosen[9].tolist() == [1.5, 1.5, 0, 0, 0, 0, 0, 0, 3, *[0] * 19]
    for step in found.trace.steps:
        assert step.scores[0] == pytest.approx(chosen[step.index, list(step.ids)], abs=1e-12)
    assert difference(memory_of(own), stream_of(own), found.trace.outputs) < 1e-14
    assert set(found.trace.outputs[0, 0]) == {0.0}, "a ★ adds nothing"
    assert found.answer is not None


def test_nobody_asks_a_text_of_logits_for_facts() -> None:
    assert Peaks().right((), ()) == []
    with pytest.raises(ValueError, match="tell no facts, got 1"):
        Peaks().right([(None, None)], ())  # type: ignore[list-item]
    assert Peaks().tokenise("★ a b") == ("★", "a", "b")


# --- numbers of a row -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [None, 0, 1])
def test_the_entropy_splits_into_its_parts(head: int | None) -> None:
    for step in several_heads().steps:
        one, row = split(step, head), step.weights.mean(axis=0) if head is None else step.weights[head]
        assert one.taken == pytest.approx(row[: min(3, step.index + 1)].sum())
        assert one.entropy == pytest.approx(-(row * np.log(row)).sum(), abs=1e-6)
        whole = one.between + one.taken * one.pins + (1 - one.taken) * one.rest
        assert one.entropy == pytest.approx(whole, abs=1e-5)
        assert way(one) == (
            "rises" if one.entropy > one.rest + 5e-4 else "falls" if one.entropy < one.rest - 5e-4 else "stays"
        )


def test_without_the_pins_a_row_moves_as_in_a_window_alone() -> None:
    stream = random_stream(29, 5, 3, 2, seed=7)
    pins, bare = trace(GlobalTokens(3, 11), stream), trace(Window(11), stream)
    for at in range(15, 29):  # before that, what is pinned here stands in the window there
        for head in range(2):
            assert movement(pins, at, head, without=True) == pytest.approx(movement(bare, at, head))
            before, now = (
                {**dict(zip(one.ids, one.weights[head], strict=True))} for one in pins.steps[at - 1 : at + 1]
            )
            expected = sum(abs(now.get(slot, 0) - before.get(slot, 0)) for slot in {*before, *now}) / 2
            assert movement(pins, at, head) == pytest.approx(expected)
    assert movement(pins, 0) == movement(pins, 1, without=True) == 0


def test_learned_pairs_have_places_of_their_own_in_a_row() -> None:
    found = trace(GlobalTokens(1, 5, learned=2), random_stream(13, 5, 3, 2, seed=7))
    assert found.steps[7].ids[:3] == (-1, -2, 0)
    assert pinned(found.steps[7]).tolist() == [True] * 3 + [False] * 5
    assert 0 < movement(found, 7, 0) < 1


def test_the_curves_are_means_over_heads_of_the_same_numbers() -> None:
    found = several_heads()
    curves = {one.name: one for one in series(found)}
    for at, step in enumerate(found.steps):
        moved = [movement(found, at, head) for head in range(2)]
        assert curves["movement"].values[at] == pytest.approx(np.mean(moved), abs=1e-4)
        for name in ("taken", "entropy"):
            own = [getattr(split(step, head), name) for head in range(2)]
            assert curves[name].values[at] == pytest.approx(np.mean(own), abs=1e-4)
    assert "mean of 2 heads" in curves["movement"].meaning


# --- formulas and questions -------------------------------------------------------------------------------------------


def test_the_formulas_carry_the_numbers_of_the_run() -> None:
    own = settings(pinned=1, window=3)
    seen, damped, entropy, moved = formulas(own, run(own), 8, None)
    assert r"\text{read by token } 9 = 4\ \text{of}\ 9" in seen.numbers
    assert r"(1 - 0.495) \cdot 0.980 = 0.495" in damped.numbers and r"\text{k8}" in damped.numbers
    assert entropy.numbers.endswith("= 0.749") and "entropy rises" in entropy.says
    between, taken, pins, kept, rest, whole = map(float, re.findall(r"\d\.\d+", entropy.numbers))
    assert between + taken * pins + kept * rest == pytest.approx(whole, abs=2e-3) and taken + kept == pytest.approx(1)
    assert r"\mathrm{TV}_{9} = 0.495, \quad \text{without pins: } 0.980" in moved.numbers


def test_at_the_first_step_and_without_pins_the_formulas_say_so() -> None:
    own, bare = settings(pinned=1, window=3), settings("window", window=3)
    assert "No other slot is read yet." in formulas(own, run(own), 0, None)[1].says
    assert any("Nothing is pinned" in one.says for one in formulas(bare, run(bare), 8, None))


@pytest.mark.parametrize(
    ("own", "left", "ways"),
    [
        (settings(pinned=1, window=3), 50, 0),
        (settings(pinned=1, window=3, sink=2), 91, 0),
        (settings(pinned=1, window=16, peak=0, sink=4), 2, 1),
    ],
)
def test_the_questions_are_answered_by_the_run_and_beliefs_refuted_with_its_numbers(
    own: Settings, left: int, ways: int
) -> None:
    found = run(own)
    damped, entropy = predictions(own, found)
    step = found.trace.steps[damped.at.step]
    assert damped.answer == (left,) == (round(100 * float(step.weights[0, 1:].max())),)
    bare = float(step.weights[0, 1:].max() / step.weights[0, 1:].sum())
    chosen = {belief.chosen: belief.text for belief in damped.beliefs}
    assert f"does not keep its {bare:.2f}" in chosen[(round(100 * bare),)]
    assert entropy.answer == (ways,)
    refuted = {belief.chosen: belief.text for belief in entropy.beliefs}
    assert set(refuted) == {(0,), (1,), (2,)} - {(ways,)}
    one = split(found.trace.steps[entropy.at.step], 0)
    assert all(
        f"= {one.entropy:.2f}, and {one.rest:.2f} without pins: it {way(one)}." in text for text in refuted.values()
    )


@pytest.mark.parametrize("sink", [1.0, 3.5, 4.5, 5.0])
@pytest.mark.parametrize("peak", [2.5, 4.5, 5.5])
def test_what_is_left_follows_from_the_numbers_that_are_given(peak: float, sink: float) -> None:
    for pins in (1, 3):
        own = settings(pinned=pins, window=5, peak=peak, sink=sink)
        damped, _ = predictions(own, run(own))
        bare, taken = (Decimal(number) for number in re.findall(r"\d\.\d+", damped.prompt))
        left = (100 * (1 - taken) * bare).quantize(Decimal(1), ROUND_HALF_UP)
        assert damped.answer == (int(left),), damped.prompt
        assert f"(1 − {taken}) · {bare} = " in damped.truth


def test_of_several_heads_and_without_pins_neither_is_asked() -> None:
    bare = settings("window", window=3)
    assert predictions(bare, run(bare)) == ()
    assert predictions(bare, run(bare)._replace(trace=several_heads())) == ()


# --- experiments ------------------------------------------------------------------------------------------------------


def test_movement_falls_with_what_the_pins_take() -> None:
    *_, last = by_movement(settings(), {})
    bare, one, four = last.data.lines
    assert {round(point.y, 3) for point in bare.points} == {0.978}
    for point, more in zip(one.points, four.points, strict=True):
        sharp, pin = np.exp(4.5), np.exp(point.x)
        for found, pins in ((point, 1), (more, 4)):
            taken = pins * pin / (pins * pin + sharp + 2)
            assert (found.low, found.high) == pytest.approx((found.y, found.y))
            assert found.y == pytest.approx((1 - taken) * bare.points[0].y)
    assert last.done == last.total == 3


def test_entropy_rises_beside_a_peak_until_the_pin_has_about_half_and_falls_beside_words_alike() -> None:
    *_, last = by_entropy(settings(), {})
    peak, pinned_peak, even, pinned_even = ([point.y for point in line.points] for line in last.data.lines)
    assert set(np.round(even, 9)) == {round(np.log(16), 9)}
    half = resting.LOGITS.index(4.0)  # the last below the peak's own
    assert pinned_peak[: half + 1] == sorted(pinned_peak[: half + 1]) and min(pinned_peak) > peak[0]
    assert pinned_peak[half:] == sorted(pinned_peak[half:], reverse=True)
    assert pinned_even[1] > pinned_even[2] > pinned_even[-1] and pinned_even[2] < even[0] < pinned_even[0]
