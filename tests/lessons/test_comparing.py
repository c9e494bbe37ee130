"""Memories beside each other: sized alike, and one fact followed through each."""

import pytest

from memattn.lessons.comparing.sizing import fitted, size
from memattn.lessons.comparing.tracking import follow
from memattn.lessons.comparing.wall import choices
from memattn.lessons.memories import Choice
from memattn.memory import MEMORIES
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.window import Window
from memattn.streams import random_stream
from memattn.trace import trace

TOKENS = 23
FACT = range(3, 8)
STREAM = random_stream(TOKENS, 3, 2, 2, seed=5)
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


# --- sizes ----------------------------------------------------------------------------------------------------------


def test_a_memory_is_as_large_as_its_slots_and_its_true_state() -> None:
    window = Choice("window", (("window", 13),))
    assert (size(window, "slots", 61), size(window, "bytes", 61)) == (13, 13 * PAIR)
    assert size(Choice("full"), "slots", 61) == 61
    mean = Choice("moving_average", (("window", 13),))
    assert size(mean, "slots", 61) == 1
    assert size(mean, "bytes", 61) == 2 * 14 * PAIR, "two layers, each of which stores its window and the sum"


def test_sizes_are_turned_in_proportion_and_no_memory_exceeds_what_it_can_keep() -> None:
    assert fitted(Choice("window"), "slots", 17, 97) == Choice("window", (("window", 17),))
    pinned = fitted(Choice("global_tokens"), "slots", 21, 97)
    assert dict(pinned.settings) == {"pinned": 7, "window": 14}, "one to two, as it begins"
    mean = fitted(Choice("moving_average"), "bytes", 17 * PAIR, 97)
    assert dict(mean.settings) == {"window": 7}, "16 of 17 pairs; the next size would need 18"
    assert fitted(Choice("full"), "slots", 17, 97) == Choice("full")
    assert fitted(Choice("recurrent"), "bytes", 17 * PAIR, 97) == Choice("recurrent")


@pytest.mark.parametrize("measure", ["slots", "bytes"])
def test_every_memory_of_the_registry_is_there_and_none_that_can_be_smaller_is_too_large(measure) -> None:  # type: ignore[no-untyped-def]
    found = choices(measure, 19, 97)
    assert list(found) == list(MEMORIES)
    target = 19 if measure == "slots" else 19 * PAIR
    for name, choice in found.items():
        if choice != Choice(name):
            assert size(choice, measure, 97) <= target, choice
    assert choices(None, 19, 97) == {name: Choice(name) for name in MEMORIES}
