"""Framed, lettered segments in Node: a frame holds the pairs of its segment, and a whole segment leaves in one."""

import base64
from typing import Any

import pytest

from memattn.lessons.segmented import letter, series
from memattn.memory.base import Memory
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.stage.payload import payload
from memattn.streams import random_stream
from memattn.trace import trace
from tests.node import evaluated
from tests.stage.test_clock import OPEN

TOKENS, COLUMNS = 41, 5
AT = """
const layout = layOut(trace, need, 500, 400, 14);
const told = (k, phase) => {
    const { segments, sprites } = picture(layout, timeline.playheadOf({ k, phase }));
    const inside = ({ x, y, w, h }) => [...sprites.values()]
        .filter((one) => one.x >= x && one.y >= y && one.x + one.w <= x + w && one.y + one.h <= y + h)
        .map((one) => one.id).sort((a, b) => a - b);
    return segments.map((frame) => [frame.letter, inside(frame), frame.lost]);
};
"""


def frames(memory: Memory[Any], moments: list[tuple[int, str]], columns: int = COLUMNS) -> Any:
    record = trace(memory, random_stream(TOKENS, 3, 2, 2, seed=5), "segments")
    sent = payload(record, memory.lanes(TOKENS), columns, "t", memory.reads)
    ask = OPEN + AT + f"return {[list(moment) for moment in moments]}.map(([k, phase]) => told(k, phase)); }}"
    return evaluated(ask, base64.b64encode(sent.packed).decode())


def span(number: int, length: int = 5) -> list[int]:
    return list(range(length * number, length * number + length))


def test_every_segment_has_a_frame_with_its_letter_and_the_oldest_leaves_whole() -> None:
    before, pushed, gone, later = frames(Segments(5, 3), [(19, "attend"), (19, "push"), (19, "drop"), (22, "attend")])
    held = [["A", span(0), False], ["B", span(1), False], ["C", span(2), False], ["D", span(3), False]]
    assert before == pushed == held, "three in Mem, and the running one"
    assert gone == [["A", span(0), True], *held[1:]]
    assert later == [*gone, ["E", [20, 21, 22], False]]


def test_a_segment_of_several_rows_has_a_frame_for_each_and_one_letter() -> None:
    (found,) = frames(Segments(7, 1), [(13, "attend")])
    assert found == [
        ["A", [0, 1, 2, 3, 4], False],
        ["", [5, 6], False],
        ["B", [7, 8, 9, 10, 11], False],
        ["", [12, 13], False],
    ]


def test_rows_of_a_segment_that_are_as_long_are_framed_as_one() -> None:
    (found,) = frames(Segments(10, 1), [(13, "attend")])
    assert found == [["A", [*range(10)], False], ["B", [10, 11, 12, 13], False]]


@pytest.mark.parametrize("memory", [Window(7), Segments(1, 5)], ids=["window", "segments of one"])
def test_pairs_that_go_one_by_one_are_not_framed(memory: Memory[Any]) -> None:
    assert frames(memory, [(20, "attend")]) == [[]]


def test_letters_are_those_of_the_lesson() -> None:
    numbers = [0, 3, 25, 26, 51, 52, 701, 702]
    spelled = evaluated("async (all) => all.map((await from('segments')).letterOf)", numbers)
    assert spelled == [letter(number) for number in numbers] == ["A", "D", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_curves_of_the_sender_come_first_and_whole_numbers_are_written_as_such() -> None:
    memory = Segments(7, 2)
    record = trace(memory, random_stream(TOKENS, 3, 2, 2, seed=5), "segments")
    sent = payload(record, memory.lanes(TOKENS), COLUMNS, "t", memory.reads, series=series(record))
    told = evaluated(
        OPEN
        + """const { seriesOf, topOf } = await from("curve-view");
        const told = (one) => [one.name, one.values, one.write(topOf(one)), one.meaning];
        return seriesOf(trace).slice(0, 2).map(told); }""",
        base64.b64encode(sent.packed).decode(),
    )
    (age, ages, top, says), (updates, done, *_) = told
    assert (age, updates) == ("age", "updates")
    assert ages == [at % 7 + 1 for at in range(TOKENS)] and top == "7" and "newest remembered pair" in says
    assert done == [(at + 1) // 7 for at in range(TOKENS)]
