"""Bands of the stage: every slot that a memory ever holds finds one, and none is longer than said."""

from collections import Counter

import pytest

from memattn.memory import MEMORIES, Hybrid, Merging, Window
from memattn.memory.base import Memory
from memattn.records import Role
from memattn.streams import planted_facts
from memattn.trace import trace
from memattn.ui.lanes import columns, lanes

TOKENS = 61
WORDS = tuple(f"w{number}" for number in range(TOKENS))
ALL: dict[str, Memory] = {name: kind() for name, kind in MEMORIES.items()}  # type: ignore[type-arg]
ALL |= {
    "merging behind a window": Hybrid(Window(3), Merging(7)),
    "merging, growing": Merging(2, growth="sqrt"),
}


@pytest.mark.parametrize("name", ALL)
def test_every_slot_has_its_band_and_no_band_overflows(name: str) -> None:
    memory = ALL[name]
    bands = {lane.role: lane.capacity for lane in lanes(memory, TOKENS)}
    run = trace(memory, planted_facts(WORDS, {}, {}, seed=2).stream, verify=False)
    waiting = getattr(memory, "compression", None)  # popped pairs of an unfinished group wait in Mem
    for step in run.steps:
        for roles in (step.roles[:-1] if memory.reads == "before" else step.roles, step.held_roles):
            for role, count in Counter(roles).items():
                room = bands[role] + (waiting.rate - 1 if waiting and role is Role.RECENT else 0)
                assert count <= room, (step.index, role)


def test_bands_stand_from_the_oldest_to_the_newest() -> None:
    assert [lane.role for lane in lanes(Hybrid(Window(3), Merging(5)), 9)] == [Role.GLOBAL, Role.RECENT]
    assert [lane.title for lane in lanes(MEMORIES["compressive"](), 9)] == ["CMem", "Mem", "Segment"]


def test_a_row_is_a_segment_where_that_is_a_good_length() -> None:
    assert columns(MEMORIES["segments"](segment_length=5)) == 5
    assert columns(MEMORIES["segments"](segment_length=2)) == columns(MEMORIES["segments"](segment_length=31)) == 8
    assert columns(Window(3)) == 8
