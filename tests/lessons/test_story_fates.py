"""What has become of every word: each is in exactly one place, and the attention on all of them is all there is."""

import pytest

from memattn.compression import MeanPool
from memattn.lessons.story.fates import fates
from memattn.memory import CumulativeAverage, Merging, Window
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.records import Role, Trace
from memattn.streams import planted_facts
from memattn.trace import trace

WORDS = tuple(f"w{number}" for number in range(41))


def run(memory: Memory) -> Trace:  # type: ignore[type-arg]
    return trace(memory, planted_facts(WORDS, {7: ("fact", "w7")}, {40: "fact"}, seed=5).stream)


MEMORIES = {
    "window": Window(11),
    "compressive": Compressive(5, 11, 3, MeanPool(3)),
    "average": CumulativeAverage(),
    "merging": Merging(7),
}


@pytest.mark.parametrize("name", MEMORIES)
def test_every_word_is_told_once_and_attention_is_shared_among_all(name: str) -> None:
    told = fates(run(MEMORIES[name]))
    assert [one.word for one in told] == list(WORDS)
    assert sum(one.attention for one in told) == pytest.approx(1)
    assert all(one.attention == 0 for one in told if one.kind == "lost")


def test_a_window_keeps_the_newest_and_forgets_the_rest() -> None:
    told = fates(run(MEMORIES["window"]))
    assert [one.kind for one in told] == ["lost"] * 30 + ["raw"] * 11
    assert told[40].place == "raw pair k41" and told[0].place == "forgotten"


def test_a_compressive_memory_has_all_three() -> None:
    run_ = run(MEMORIES["compressive"])
    told = fates(run_)
    slots = [one for one in told if one.kind == "slot"]
    assert {one.role for one in slots} == {Role.COMPRESSED} and len(slots) == 3 * 3
    assert all(one.position in run_.shares(one.slot, 40).sources for one in slots)
    raw = [one.position for one in told if one.kind == "raw"]
    assert raw == list(range(raw[0], 41)) and slots[-1].position == raw[0] - 1
    assert all(one.kind == "lost" for one in told[: slots[0].position])


def test_a_summary_carries_every_word_and_its_own() -> None:
    assert {(one.kind, one.role, one.place) for one in fates(run(MEMORIES["average"]))} == {
        ("slot", Role.SUMMARY, "in slot Σ")
    }


def test_there_must_be_such_a_head() -> None:
    with pytest.raises(ValueError, match="head must be 0 to 0"):
        fates(run(MEMORIES["window"]), head=1)
