"""Memories beside each other: sized alike, and one fact followed through each."""

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np
import pytest

from memattn.figures.draw import draw, in_words
from memattn.lessons import memories, stories
from memattn.lessons.answering import Run
from memattn.lessons.compare import LESSON
from memattn.lessons.comparing import frontier
from memattn.lessons.comparing.difference import Difference, difference
from memattn.lessons.comparing.difference import readable as of_run
from memattn.lessons.comparing.record import Compared
from memattn.lessons.comparing.sizing import Measure, fitted, layers_in_words, size, stored
from memattn.lessons.comparing.tracking import follow
from memattn.lessons.comparing.wall import choices
from memattn.lessons.expected import answers_at
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice, make, settings_of
from memattn.lessons.recall import ByDistance, complete
from memattn.lessons.running import run
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.exponential_average import ExponentialAverage
from memattn.memory.full import Full
from memattn.memory.window import Window
from memattn.quantities import bytes_in_words
from memattn.reader import FactKind, parse, readable
from memattn.records import EventKind, ShareBlock, Trace
from memattn.streams import random_stream
from memattn.trace import trace
from memattn.ui.lesson.scenarios import choice_of, opened
from tests.lessons.cases import asking, told

TOKENS = 23
FACT = range(3, 8)
STREAM = random_stream(TOKENS, 3, 2, 2, seed=5)
SMALL: dict[str, tuple[tuple[str, int], ...]] = {  # so that much is made, changed and dropped within the stream
    "compressive": (("segment_length", 3), ("memory_length", 5), ("compressed_length", 2), ("rate", 2)),
    "merging": (("slots_from", 5),),
    "rebinned": (("slots_from", 5),),
}
PAIR = 512  # bytes of a pair in the base reader: 4 heads, twice 16 numbers of 4 bytes


# --- the fact -------------------------------------------------------------------------------------------------------


def test_in_a_window_the_words_of_a_fact_are_raw_and_then_lost_one_by_one() -> None:
    standings = follow(trace(Window(7), STREAM, verify=False), FACT)
    for step, standing in enumerate(standings):
        told = [word for word in FACT if word <= step]
        raw = [word for word in told if word > step - 7]
        assert standing == (len(raw), 0, len(told) - len(raw), ())
    assert [standings[step][:3] for step in (2, 7, 11, 14)] == [(0, 0, 0), (5, 0, 0), (3, 0, 2), (0, 0, 5)]


def test_in_a_mean_of_all_the_fact_is_never_lost_and_its_share_is_that_of_its_words() -> None:
    standings = follow(trace(CumulativeAverage(), STREAM, verify=False), FACT)
    for step, standing in enumerate(standings[3:], 3):
        told = min(step + 1, FACT.stop) - FACT.start
        assert standing[:3] == (0, told, 0)
        ((_, share),) = standing.carriers
        assert share == pytest.approx(told / (step + 1))


# --- what can be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEMORIES)
def test_what_can_be_read_is_what_every_slot_is_made_of_when_it_is_read(name: str) -> None:
    """Slot by slot and step by step, where `of_run` takes all slots that changed together at once."""
    memory = memories.make(Choice(name, SMALL.get(name, ()), compression="mean"))
    written = trace(memory, STREAM, verify=False)
    raw, slots = np.zeros((2, TOKENS, TOKENS), bool)
    shares = np.zeros((TOKENS, TOKENS))
    for step in written.steps:
        for slot in step.ids:
            if slot >= 0:
                raw[step.index, slot] = True
            elif slot in written.made:
                found = written.shares_read(slot, step.index)
                slots[step.index, list(found.sources)] |= (found.values > 0).any(axis=0)
                shares[step.index, list(found.sources)] += found.values.mean(axis=0)
    assert raw.any() or slots.any()
    found_at_once = of_run(written)
    assert np.array_equal(found_at_once.raw, raw) and np.array_equal(found_at_once.slots, slots)
    np.testing.assert_allclose(found_at_once.shares, shares, rtol=0, atol=1e-6)  # shares are stored in float32


def test_of_two_slots_made_together_one_may_change_alone() -> None:
    """By hand: -1 and -2 are made of k1 at token 1, and -1 is made anew of k2 at token 2; both are read throughout."""
    ones = np.ones((1, 2, 1), np.float32)
    anew = np.array([[[0, 1]]], np.float32)
    keys = np.zeros((1, 2, 1), np.float32)
    blocks = (ShareBlock(0, (-1, -2), ones, ones, keys), ShareBlock(1, (-1,), anew, anew, keys[:, :1]))
    steps = tuple(SimpleNamespace(index=index, ids=(-1, -2)) for index in range(3))
    found = of_run(cast(Trace, SimpleNamespace(steps=steps, made=(-1, -2), blocks=blocks, reads_after=True)))
    assert found.shares.tolist() == [[2, 0, 0], [1, 1, 0], [1, 1, 0]]
    assert found.slots.tolist() == [[True, False, False], [True, True, False], [True, True, False]]


# --- sizes ----------------------------------------------------------------------------------------------------------


def test_a_memory_is_as_large_as_its_slots_and_its_true_state() -> None:
    window = Choice("window", (("window", 13),))
    assert (size(window, "slots", 61), size(window, "bytes", 61)) == (13, 13 * PAIR)
    assert size(Choice("full"), "slots", 61) == 61
    mean = Choice("moving_average", (("window", 13),))
    assert size(mean, "slots", 61) == 1
    assert size(mean, "bytes", 61) == 2 * 14 * PAIR, "two layers, each of which stores its window and the sum"


@pytest.mark.parametrize(
    "choice",
    [
        *(Choice(name, compression="mean") for name in MEMORIES),
        Choice("segments", (("segment_length", 83), ("segments", 0))),
        Choice("segment_recurrence", (("segment_length", 83),)),
        Choice("compressive", (("segment_length", 83), ("memory_length", 83), ("compressed_length", 16)), "mean"),
    ],
    ids=str,
)
def test_bytes_are_those_of_the_fullest_moment_of_a_text(choice: Choice) -> None:
    """166 tokens are two segments of 83: what lets go of whole ones is at its emptiest behind them."""
    memory = make(choice)
    floats = [memory.state_floats(tokens, 32, 32) for tokens in range(167)]
    assert size(choice, "bytes", 166, "planted") == 4 * max(floats)
    assert max(floats) > floats[-1] or "83" not in str(choice)


def test_how_large_it_is_in_words_says_the_layers_where_there_are_several() -> None:
    """61 pairs are 30.5 KiB; a window of 13 pairs and their sum 14 pairs, in each of two layers."""
    mean = Choice("moving_average", (("window", 13),))
    assert (stored(Choice("full"), 61), stored(mean, 61)) == ("30.5 KiB", "2 × 7 KiB")
    assert stored(mean, 61, "planted") == "3.5 KiB", "one head of 32 channels, in one layer"
    assert layers_in_words(Choice("full"), mean, "trained").endswith("1 of A’s, 2 of B’s.")
    assert layers_in_words(mean, mean, "trained") == layers_in_words(Choice("full"), mean, "planted") == ""


def test_sizes_are_turned_in_proportion_and_no_memory_exceeds_what_it_can_keep() -> None:
    assert fitted(Choice("window"), "slots", 17, 97) == Choice("window", (("window", 17),))
    pinned = fitted(Choice("global_tokens"), "slots", 21, 97)
    assert dict(pinned.settings) == {"pinned": 7, "window": 14}, "one to two, as it begins"
    mean = fitted(Choice("moving_average"), "bytes", 17 * PAIR, 97)
    assert dict(mean.settings) == {"window": 7}, "16 of 17 pairs; the next size would need 18"
    two_tiers = fitted(Choice("compressive"), "bytes", 16 * PAIR, 166)  # of which Mem holds a segment at least
    assert size(two_tiers, "bytes", 166) == 16 * PAIR and two_tiers["memory_length"] >= two_tiers["segment_length"]
    assert fitted(Choice("full"), "slots", 17, 97) == Choice("full")
    assert fitted(Choice("recurrent"), "bytes", 17 * PAIR, 97) == Choice("recurrent")


def test_every_memory_of_the_registry_is_there_and_none_that_can_be_smaller_is_too_large() -> None:
    found = choices("bytes", 19, 97)
    assert list(found) == list(MEMORIES)
    for name, choice in found.items():
        assert choice == Choice(name) or size(choice, "bytes", 97) <= 19 * PAIR, choice
    assert choices(None, 19, 97) == {name: Choice(name) for name in MEMORIES}


# --- two of them ----------------------------------------------------------------------------------------------------


def runs(*memories: Memory[Any]) -> list[Trace]:
    return [trace(memory, STREAM, verify=False) for memory in memories]


def test_two_windows_differ_from_the_token_on_that_makes_the_smaller_one_forget() -> None:
    found = difference(*runs(Window(5), Window(7)))
    assert found.first == 5
    assert found.said == "First difference at token 6 “t5”: only B can read k1."
    assert found.alone.tolist() == [[0] * TOKENS, [min(2, max(0, step - 4)) for step in range(TOKENS)]]
    assert not found.form.any()
    assert found.outputs is not None and not found.outputs[:5].any() and (found.outputs[5:] > 0).all()


def test_what_one_holds_raw_and_the_other_in_a_slot_is_in_another_form() -> None:
    found = difference(*runs(Window(5), CumulativeAverage()))
    assert found.said == "First difference at token 2 “t1”: k1–k2 can be read raw in A alone.", "of one pair it is that"
    assert found.form.tolist() == [0, *(min(step + 1, 5) for step in range(1, TOKENS))]
    assert found.alone[1].tolist() == [max(0, step - 4) for step in range(TOKENS)]


def test_means_of_the_same_pairs_in_other_shares_differ_in_what_comes_out() -> None:
    found = difference(*runs(CumulativeAverage(), ExponentialAverage(0.25)))
    assert found.first == 1 and found.said.endswith("they read the same pairs, in other shares.")
    assert not found.alone.any() and not found.form.any()


def test_where_values_are_not_the_same_shares_tell_means_apart() -> None:
    other = random_stream(TOKENS, 3, 2, 2, seed=6)
    one, two, like = (
        trace(memory, stream, verify=False)
        for memory, stream in (
            (CumulativeAverage(), STREAM),
            (ExponentialAverage(0.25), other),
            (CumulativeAverage(), other),
        )
    )
    found = difference(one, two)
    assert found.outputs is None and found.first == 1 and found.said.endswith("the same pairs, in other shares.")
    assert difference(one, like).first is None


def test_a_window_that_holds_everything_is_full_attention() -> None:
    found = difference(*runs(Window(TOKENS), Full()))
    assert found.first is None and found.said.startswith("Whatever one of them can read")


def test_runs_over_other_words_are_refused() -> None:
    (one,) = runs(Full())
    other = trace(Full(), random_stream(TOKENS - 1, 3, 2, 2, seed=5), verify=False)
    with pytest.raises(ValueError, match="over the same words"):
        difference(one, other)


# --- curated duels --------------------------------------------------------------------------------------------------


class Fought(NamedTuple):
    choices: tuple[Choice, Choice]
    runs: tuple[Run, Run]
    found: Difference
    look: str

    def sizes(self, measure: Measure) -> list[int]:
        return [size(choice, measure, len(self.runs[0].trace.tokens)) for choice in self.choices]

    def answers(self) -> list[tuple[str, float, bool]]:
        return [(*run.answer.ranked[0], run.answer.right) for run in self.runs]  # type: ignore[union-attr]


def fought(name: str) -> Fought:
    """A scenario, computed from its values."""
    scenario = next(one for one in LESSON.scenarios if one.name == name)
    values: dict[str, Any] = opened(LESSON, scenario, 7)
    assert values["tab"] == "Duel" and values["even"] in ("slots", "bytes")
    story = stories.make_up(values["seed"], values.get("n", 160), values.get("facts", 8)).story
    facts = {readable(fact.question): fact for fact in story.facts}
    fact = facts[values["q"]] if "q" in values else story.facts[len(story.facts) // 2]
    words = story.with_question(fact).words
    ours = choice_of(LESSON, values)
    theirs = Choice(values.get("b_memory", "compressive"))
    theirs = replace(
        theirs, settings=tuple((key, values[f"b_{key}"]) for key in settings_of(theirs.name) if f"b_{key}" in values)
    )
    theirs = fitted(theirs, values["even"], size(ours, values["even"], len(words)), len(words))
    one, other = (run(Settings(choice, words)) for choice in (ours, theirs))
    return Fought((ours, theirs), (one, other), difference(one.trace, other.trace), scenario.look)


def test_seven_duels_are_curated() -> None:
    assert len(LESSON.scenarios) == 7


def test_drop_or_squeeze() -> None:
    duel = fought("Drop or squeeze")
    assert duel.sizes("slots") == [32, 32] and duel.look.startswith("32 slots each.")
    assert [right for *_, right in duel.answers()] == [False, True]
    whereabouts = [one.answer.whereabouts for one in duel.runs]  # type: ignore[union-attr]
    assert not (whereabouts[0].raw or whereabouts[0].slots) and whereabouts[1].slots  # type: ignore[union-attr]
    assert duel.choices[1]["rate"] == 4 and "four pairs into a slot" in duel.look


def test_by_pair_or_by_segment() -> None:
    duel = fought("By pair or by segment")
    assert duel.sizes("slots") == [30, 30] and duel.look.startswith("30 slots each at the end.")
    drops = [event for event in duel.runs[0].trace.events(EventKind.DROP)]
    assert {len(event.slots) for event in drops} == {8} and "A drops eight pairs at once" in duel.look
    assert {len(event.slots) for event in duel.runs[1].trace.events(EventKind.DROP)} == {1}
    assert duel.found.alone.sum(axis=0).max() == 5 and "never more than 5 pairs apart" in duel.look


def test_the_beginning_or_the_end() -> None:
    duel = fought("The beginning or the end")
    assert duel.sizes("slots") == [48, 48] and duel.look.startswith("48 slots each.")
    assert duel.choices[1]["pinned"] == 16 and "the first 16" in duel.look
    fact = duel.runs[1].answer.truth.fact  # type: ignore[union-attr]
    assert fact and fact.end <= 16
    assert [right for *_, right in duel.answers()] == [False, True]


def test_one_pair_one_fact() -> None:
    duel = fought("One pair, one fact")
    assert duel.sizes("bytes") == [1024, 1024] and duel.look.startswith("1 KiB each.")
    (_, _, guessed), (_, sure, known) = duel.answers()
    assert not guessed and known and f"answers with {sure:.2f}" in duel.look


def test_read_one_store_a_window() -> None:
    duel = fought("Read one, store a window")
    assert duel.sizes("bytes") == [8192, 8192] and duel.look.startswith("8 KiB each.")
    assert duel.sizes("slots") == [16, 1] and "B reads one slot" in duel.look
    assert duel.choices[1]["window"] == 7 and "its window is 7 long, that of A 16" in duel.look


def test_as_it_came_or_all_anew() -> None:
    duel = fought("As it came, or all anew")
    assert duel.sizes("slots") == [16, 16] and duel.look.startswith("16 means each.")
    assert [bytes_in_words(one) for one in duel.sizes("bytes")] == ["8 KiB", "83 KiB"]
    assert "from 8 KiB of its own" in duel.look and "stores 83 KiB" in duel.look
    assert "token 17 " in duel.found.said and duel.found.said.endswith(
        "k16–k17 can be read raw in A alone, k1–k2 can be read raw in B alone."
    ), "15 of the 16 bins of B hold one pair each"
    assert duel.found.form[16] == 4


def test_add_or_overwrite() -> None:
    duel = fought("Add or overwrite")
    assert duel.sizes("slots") == [16, 16] and duel.look.startswith("16 rows each.")
    assert [choice["rule"] for choice in duel.choices] == ["add", "delta"]
    (said, *_, wrong), (true, sure, right) = duel.answers()
    assert not wrong and right and f"“{true}”, with {sure:.2f}" in duel.look
    story = parse(duel.runs[0].trace.tokens)
    assert duel.found.outputs is None and duel.found.said.endswith("they read the same pairs, in other shares.")
    went = {fact.key[0]: fact.answer for fact in story.facts if fact.kind is FactKind.TRIP}
    assert went == {"jack": said, "kate": true} and f"answers “{said}”, where Jack went" in duel.look


# --- against bytes --------------------------------------------------------------------------------------------------

EXAM = ByDistance(stories=27, tokens=160, facts=8)
ASKED = (Choice("full"), Choice("window", (("window", 64),)))


def test_every_memory_is_asked_the_same_questions_and_bounds_need_no_asking() -> None:
    results = list(frontier.measure(Settings(Choice("full"), ()), {}, EXAM, ASKED))
    assert [one.done for one in results] == [25, 27, 52, 54] and {one.total for one in results} == {54}
    data: Compared = results[-1].data
    for one, choice in zip(data.points, ASKED, strict=True):
        curve = complete(choice, EXAM)
        assert (one.share.right, one.share.total) == (sum(point.right for point in curve.points), 27)
        assert (one.memory, one.bytes, one.slots) == (
            choice.name,
            size(choice, "bytes", 166),
            size(choice, "slots", 166),
        )
    emptied = Choice("segments", (("segment_length", 83), ("segments", 0)))
    *_, last = frontier.measure(Settings(Choice("full"), ()), {}, replace(EXAM, stories=1), (emptied,))
    (point,) = last.data.points
    assert (point.slots, point.bytes) == (82, 82 * PAIR), "before the border, not behind it"
    assert "slots at most" in last.details and "bytes here at most" in last.details
    assert data.chance == pytest.approx(1 / 24)
    shares = dict(data.eviction)
    posed = [one for part in EXAM.steps() for one in part]
    held = [one.asked - answers_at(one.fact) < 64 for one in posed]
    assert shares[64 * PAIR] == pytest.approx(np.mean([1 if one else 1 / 24 for one in held]))
    assert shares[166 * PAIR] == 1 and list(shares.values()) == sorted(shares.values())
    assert data.points[1].share.right == pytest.approx(sum(held), abs=3), "the reader answers from what it holds"


def test_counting_forbids_nothing_once_all_answers_can_be_written_down() -> None:
    *_, last = frontier.measure(Settings(Choice("full"), ()), {}, EXAM, ASKED[:1])
    bits = 8 * math.log2(24)  # eight facts, each one of 24 words
    assert last.data.counting[-1] == (math.ceil(bits / 8), 1.0)
    assert last.data.counting[0] == (1.0, pytest.approx(8 / bits + (1 - 8 / bits) / 24))


def test_the_table_has_every_point_and_its_bytes_in_models_of_real_size() -> None:
    *_, last = frontier.measure(Settings(Choice("full"), ()), {}, EXAM, ASKED)
    _, _, window, full = last.details.splitlines()
    assert window.startswith("| Sliding window, n_c = 64 |") and "| 32 KiB |" in window
    assert window.endswith("| 4.5 MiB | 8 MiB | 20 MiB |"), (
        "64 pairs: of 36,864, 131,072 and 327,680 bytes each... twice"
    )
    assert full.startswith("| Full cache | 27 of 27 |") and full.endswith("| 9 GiB | 16 GiB | 40 GiB |")


def test_the_figure_says_on_hover_what_was_set_and_rings_what_was_picked() -> None:
    *_, last = frontier.measure(Settings(Choice("full"), ()), {}, EXAM, ASKED)
    data = replace(last.data, picked="window-window64")
    figure = draw(data, "light")
    traces = {trace.name: trace for trace in figure.data if trace.name}
    assert list(traces) == ["newest pairs (exact)", "no memory reaches more (counting)", "Full cache", "Sliding window"]
    (told,) = traces["Sliding window"].customdata
    assert tuple(told[:4]) == ("window-window64", "Sliding window, n_c = 64", "32 KiB", 64)
    (ring,) = (trace for trace in figure.data if trace.name is None)
    assert [*ring.x, *ring.y] == [*traces["Sliding window"].x, *traces["Sliding window"].y]
    words = in_words(data)
    assert "Sliding window, n_c = 64" in words and "Full cache: 27 of 27 with 83 KiB" in words
    assert "from 5 bytes on: so many hold the answers to all 8 facts" in words


def test_what_is_measured_is_the_registry_in_all_its_sizes_and_nothing_twice(monkeypatch: Any) -> None:
    monkeypatch.setattr(frontier, "PAIRS", (32, 8))
    every = frontier.choices()
    assert {choice.name for choice in every} == set(MEMORIES) and every[0] == Choice("full")
    codes = [frontier.code(choice) for choice in every]
    assert len(set(codes)) == len(codes) >= 24
    assert {size(choice, "slots", 166) for choice in every if choice.name == "window"} == set(frontier.PAIRS)


@pytest.mark.parametrize("name", MEMORIES)
def test_every_word_of_the_fact_is_raw_or_in_a_slot_or_lost_and_a_share_is_the_mean_of_all_heads(name: str) -> None:
    story = told()
    fact = story.facts[0]
    record = run(Settings(Choice(name), asking(story).words)).trace
    positions = range(fact.start, fact.end)
    apart = 0.0
    for step, standing in enumerate(follow(record, positions)):
        so_far = sum(position <= step for position in positions)
        assert standing.raw + standing.slots + standing.lost == so_far
        for slot, share in standing.carriers:
            found = record.shares(slot, step)
            heads = [
                sum(float(head[at]) for at, source in enumerate(found.sources) if source in positions)
                for head in found.values
            ]
            assert share == pytest.approx(sum(heads) / len(heads), abs=1e-6)
            apart = max(apart, max(heads) - min(heads))
    assert name != "heavy_hitters" or apart > 1e-3, "no share shows whether it is the mean of the heads"
