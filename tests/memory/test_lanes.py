"""Bands of the stage: every slot that a memory ever shows finds one, and none is longer than said."""

import re
from collections import Counter
from typing import Any

import pytest

from memattn.compression import MeanPool
from memattn.memory import MEMORIES, Memory
from memattn.memory.compressive import REMAINDERS, Compressive
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.merging import Merging
from memattn.memory.recurrent import Recurrent
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.records import Lane, Role
from tests.memory.cases import ALL, TOKENS, feed, stream

CARRIED: dict[str, Memory[Any]] = {
    f"{rule} {n_s} {n_m} {rate}": Compressive(n_s, n_m, 3, MeanPool(rate), rule)
    for rule in REMAINDERS
    for n_s, n_m, rate in [(7, 17, 3), (2, 3, 4), (6, 7, 4), (5, 5, 1)]
}


class Bare(Window):
    """A mechanism that says nothing about bands."""

    lanes = Memory.lanes


class BareSegments(Segments):
    """The same, with two roles and read before the update."""

    lanes = Memory.lanes
    roles = (Role.RECENT, Role.CURRENT)


class BareGlobals(GlobalTokens):
    """The same, where only the running pair is a current one."""

    lanes = Memory.lanes
    roles = (Role.GLOBAL, Role.RECENT)


BARE = {
    "bare": Bare(5),
    "bare segments": BareSegments(3, 2),
    "bare lone segment": BareSegments(5, 0),
    "bare globals": BareGlobals(2, 3, evict="after"),
}
CASES = {**ALL, **CARRIED, **BARE}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("tokens", [1, 7, TOKENS])
def test_every_slot_has_its_band_and_no_band_overflows(name: str, tokens: int) -> None:
    memory, (_, kv) = CASES[name], stream(tokens=tokens)
    bands = memory.lanes(tokens)
    room = {lane.role: lane.capacity for lane in bands}
    assert len(room) == len(bands), "a role has two bands"
    state = memory.empty(kv)
    for token in range(tokens):
        readable = memory.slots(state).role + ((Role.CURRENT,) if memory.reads == "before" else ())
        state = feed(memory, kv[token : token + 1], [1], state=state)[0]
        for roles in (readable, memory.slots(state).role):
            for role, count in Counter(roles).items():
                assert count <= room[role], (token, role)


@pytest.mark.parametrize("rule", REMAINDERS)
@pytest.mark.parametrize(("n_s", "n_m", "rate"), [(7, 17, 3), (2, 3, 4), (6, 7, 4), (8, 16, 4), (5, 5, 1)])
def test_mem_is_as_long_as_it_ever_gets(rule: Any, n_s: int, n_m: int, rate: int) -> None:
    memory = Compressive(n_s, n_m, 2, MeanPool(rate), rule)
    longest = max(n_s * done - memory.schedule(done).popped for done in range(97))
    assert {lane.role: lane.capacity for lane in memory.lanes(1)}[Role.RECENT] == max(longest, n_m)


def test_bands_stand_from_the_oldest_to_the_newest() -> None:
    assert [lane.role for lane in Hybrid(Window(3), Merging(5)).lanes(9)] == [Role.GLOBAL, Role.RECENT]
    assert [lane.title for lane in MEMORIES["compressive"]().lanes(9)] == ["CMem", "Mem", "Segment"]
    assert [lane.title for lane in GlobalTokens(2, 3, evict="after").lanes(9)] == ["Pinned", "Window", "Token"]


def test_a_band_says_its_size_in_the_words_of_its_formula() -> None:
    assert Window(3).lanes(9) == (Lane(Role.RECENT, "Window", "n_c = 3 pairs", 3),)
    assert Segments(12, 2).lanes(9) == (
        Lane(Role.RECENT, "Mem", "2 segments of 12 pairs", 24, together=12),
        Lane(Role.CURRENT, "Seg.", "n_s = 12 pairs", 12, together=12),
    )
    assert [lane.note for lane in Compressive(7, 17, 10, MeanPool(3)).lanes(9)] == [
        "n_cm = 10 slots, 3 → 1, mean pooling",
        "n_m = 17 pairs, 2 may wait",
        "n_s = 7 pairs",
    ]
    assert Merging(2, growth="sqrt").lanes(50) == (Lane(Role.GLOBAL, "Global", "n_g = 8 slots", 8),)
    assert Recurrent().lanes(9) == (Lane(Role.SUMMARY, "Summary", "1 pair", 1),)
    assert MEMORIES["full"]().lanes(9) == (Lane(Role.RECENT, "Pairs", "every pair", 9),)


def test_two_memories_whose_slots_have_one_role_share_a_band() -> None:
    assert Hybrid(Window(3), Window(5)).lanes(11) == (Lane(Role.RECENT, "Window", "n_c = 5 pairs + n_c = 3 pairs", 8),)
    shared = Hybrid(Window(2), Segments(3, 2)).lanes(11)
    assert [(lane.title, lane.capacity) for lane in shared] == [("Mem + Window", 8), ("Segment", 3)]


@pytest.mark.parametrize("memory", [Window(1), Segments(1, 1), GlobalTokens(1, 1), Compressive(1, 1, 1)], ids=str)
def test_one_of_a_thing_is_said_in_the_singular(memory: Memory[Any]) -> None:
    notes = [lane.note for lane in memory.lanes(7)]
    assert any(re.search(r"\b1 (pair|segment|slot)\b", note) for note in notes)
    assert not any(re.search(r"\b1 (pairs|segments|slots)\b", note) for note in notes)
