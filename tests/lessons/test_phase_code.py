"""Which lines run in a phase is read from the code of each memory: from `update` to where the event is made."""

import pytest

from memattn.lessons.phase_code import marked, source
from memattn.memory import MEMORIES
from memattn.memory.compressive import Compressive
from memattn.memory.dynamic_global import DynamicGlobal
from memattn.records import EventKind
from memattn.streams import random_stream
from memattn.trace import trace

READS = random_stream(61, 5, 3, heads=1, seed=1)


def lit(kind: type, phase: str) -> dict[str, list[str]]:
    return {
        one.function.__name__: [source(one.function).splitlines()[line - 1].strip() for line in one.lines]
        for one in marked(kind, phase)
    }


@pytest.mark.parametrize("name", MEMORIES)
def test_the_path_of_every_event_begins_at_update_and_ends_where_it_is_made(name: str) -> None:
    kind = MEMORIES[name]
    made = {event.kind for step in trace(kind(), READS, name).steps for event in step.events}
    assert made
    for event in made:
        path = marked(kind, event.value)
        assert path[0].function is kind.update
        if name in ("hybrid", "segment_recurrence") and not path[0].lines:
            continue  # made by a part of it, whose update is shown as well
        assert all(one.lines for one in path)
        assert any(f"EventKind.{event.name}" in line for lines in lit(kind, event.value).values() for line in lines)


def test_phases_of_a_compressive_memory_lead_to_their_own_lines() -> None:
    pop = lit(Compressive, "pop")
    assert list(pop) == ["update", "_joined", "_cross", "_border", "_events"]
    assert pop["update"] == ["return self._joined(KV.cat([previous.held, segment]), previous)"]
    assert pop["_events"] == ["events.append(Event(EventKind.POP, token, tuple(popped), (), tuple(popped)))"]
    squeezed = lit(Compressive, "compress")
    assert "new = ahead.new if ahead else self._compress(popped, usage, tracked)" in squeezed["_border"]
    assert any("self.compression.compress(" in line for line in squeezed["_compress"])
    assert lit(Compressive, "append")["_border"] == ["cmem, sources = _append(cmem, new, own, first, drop)"]


def test_what_does_not_happen_marks_nothing_and_what_joins_comes_of_what_made_it() -> None:
    assert lit(Compressive, "merge") == {"update": []} == lit(Compressive, "attend")
    assert [one.itself for one in marked(DynamicGlobal, "merge")] == [True]
    assert marked(DynamicGlobal, "append") == marked(DynamicGlobal, EventKind.COMPRESS.value)
