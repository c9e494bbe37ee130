"""What has become of every word: each is in exactly one place, and the attention on all of them is all there is."""

import numpy as np
import pytest

from memattn.compression import MeanPool
from memattn.lessons.fates import fates
from memattn.memory import MEMORIES, CumulativeAverage, Memory, Window
from memattn.memory.compressive import Compressive
from memattn.records import Role, Trace
from memattn.streams import Stream, random_stream
from memattn.trace import trace

WORDS = tuple(f"w{number}" for number in range(41))


def run(memory: Memory, heads: int = 1) -> Trace:  # type: ignore[type-arg]
    drawn = random_stream(len(WORDS), 5, 3, heads=heads, seed=5)
    return trace(memory, Stream(WORDS, 3 * drawn.queries, drawn.kv), verify=False)


COMPRESSIVE = Compressive(5, 11, 3, MeanPool(3))


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("head", [None, 0, 2])
def test_every_word_is_told_once_with_the_attention_that_the_trace_attributes_to_it(
    name: str, head: int | None
) -> None:
    played = run(MEMORIES[name](), heads=3)
    found = fates(played, head)
    assert [one.word for one in found] == list(WORDS)
    rows = played.steps[-1].attribution
    np.testing.assert_allclose([one.attention for one in found], rows.mean(axis=0) if head is None else rows[head])
    assert all(one.attention == 0 for one in found if one.kind == "lost")


def test_a_window_keeps_the_newest_and_forgets_the_rest() -> None:
    found = fates(run(Window(11)))
    assert [one.kind for one in found] == ["lost"] * 30 + ["raw"] * 11
    assert (found[40].place, found[0].place) == ("raw pair k41", "lost")
    assert (found[40].role, found[0].role) == (Role.RECENT, None)


def test_a_compressive_memory_has_all_three() -> None:
    played = run(COMPRESSIVE)
    found = fates(played)
    slots = [one for one in found if one.kind == "slot"]
    assert {one.role for one in slots} == {Role.COMPRESSED}
    assert len(slots) == 3 * 3
    assert all(one.position in played.shares(one.slot, 40).sources for one in slots)  # type: ignore[arg-type]
    raw = [one.position for one in found if one.kind == "raw"]
    assert raw == list(range(raw[0], 41))
    assert slots[-1].position == raw[0] - 1
    assert all(one.kind == "lost" for one in found[: slots[0].position])


def test_a_summary_carries_every_word_and_its_own() -> None:
    found = fates(run(CumulativeAverage()))
    assert {(one.kind, one.role, one.place) for one in found} == {("slot", Role.SUMMARY, "in slot Σ")}


def test_of_several_slots_the_one_looked_at_most_is_named() -> None:
    played = run(MEMORIES["dynamic_global"](growth="fixed", slots_from=3, write="uniform"), heads=2)
    for head in (0, 1):
        last = played.steps[-1]
        most = last.ids[int(last.weights[head].argmax())]
        shared = [one.position for one in fates(played, head) if one.position in played.shares_read(most, 40).sources]
        assert shared
        assert {fates(played, head)[position].slot for position in shared} == {most}


def test_there_must_be_such_a_head() -> None:
    with pytest.raises(ValueError, match="head must be 0 to 0, or None for the mean, got 1"):
        fates(run(Window(3)), head=1)
