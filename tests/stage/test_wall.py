"""The wall in Node: who stands where after every token is what the traces hold, for every memory of the registry."""

import base64
from typing import Any

import pytest

from memattn.lessons.comparing.tracking import Refused, Shown, follow
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.records import Lane, Role
from memattn.stage.wall import wall
from memattn.streams import random_stream
from memattn.trace import trace
from tests.node import evaluated

TOKENS, FACT = 41, (11, 15)
STREAM = random_stream(TOKENS, 3, 2, 2, seed=5)
OPEN = """async (sent) => {
    const { headOf, unpack } = await from("codec");
    const { cellsAt, fateInWords, fateOf, historyOf, layOut, openWall, tally, tilesAt } = await from("wall-moment");
    const wall = openWall(await unpack(sent, (plain) => headOf(plain)[0]));
    const layout = layOut(wall, 211, 61);
"""


def shown(name: str, memory: Memory[Any], lanes: tuple[Lane, ...] | None = None) -> Shown:
    run = trace(memory, STREAM, name, verify=False)
    bands = memory.lanes(TOKENS) if lanes is None else lanes
    return Shown(name, type(memory).title, "3 KiB", run, bands, follow(run, range(FACT[0], FACT[1] + 1)), "soup", True)


def asked(memories: list[Shown | Refused], script: str) -> Any:
    sent = wall(STREAM.tokens, FACT, memories)
    return evaluated(OPEN + script + "}", base64.b64encode(sent.packed).decode())


ALL = [shown(name, kind()) for name, kind in MEMORIES.items()]


def test_every_slot_stands_in_a_cell_of_its_lane_after_every_token() -> None:
    found = asked(
        ALL,  # type: ignore[arg-type]
        """return wall.minis.map((mini) => mini.steps.map((_, k) =>
            [...cellsAt(mini, layout.minis.get(mini.name), k).values()].map(({ id, role, row, column }) =>
                [id, role, row, column])));""",
    )
    for one, steps in zip(ALL, found, strict=True):
        for step, cells in zip(one.trace.steps, steps, strict=True):
            assert [tuple(cell[:2]) for cell in cells] == list(zip(step.held_ids, step.held_roles, strict=True))
            assert len({tuple(cell[2:]) for cell in cells}) == len(cells), "no two in one cell"
            assert all(0 <= column < 211 // 4 for *_, column in cells)


def test_between_two_tokens_tiles_glide_and_at_a_token_they_rest() -> None:
    at = asked(
        [shown("window", Window(7))],
        """const [mini] = wall.minis;
        const places = (playhead) => tilesAt(mini, layout.minis.get("window"), playhead,
            { fact: wall.fact, columns: 19 }).map(({ id, x, y, alpha, lost }) => [id, x, y, alpha, Boolean(lost)]);
        return [20, 20.5, 21].map(places);""",
    )
    before, between, after = ({tile[0]: tile[1:] for tile in tiles} for tiles in at)
    assert before == {13 + i: [i, 0, 1, False] for i in range(7)}
    assert after == {14 + i: [i, 0, 1, False] for i in range(7)}
    assert {slot: between[slot] for slot in range(14, 20)} == {14 + i: [i + 0.5, 0, 1, False] for i in range(6)}
    assert between[20] == [12, -0.5, 1, False], "half the way from the right edge to its cell, number 6"
    assert between[13] == [0, 0.6, 0.5, True], "lost: it sinks and fades"


def test_a_pair_that_is_taken_in_flies_to_the_slot_that_takes_it() -> None:
    (tiles,) = asked(
        [shown("mean", CumulativeAverage())],
        """return [tilesAt(wall.minis[0], layout.minis.get("mean"), 20.5, { fact: wall.fact, columns: 19 })
            .map(({ id, x, y, lost }) => [id, x, y, Boolean(lost)])];""",
    )
    assert tiles == [[-1, 0, 0, False], [20, 9, -0.5, False]]


def test_what_is_said_and_drawn_of_the_fact_is_what_the_run_says() -> None:
    memories = [shown("window", Window(7)), shown("mean", CumulativeAverage()), shown("segments", Segments(5, 3))]
    words, counts, history = asked(
        memories,  # type: ignore[arg-type]
        """return [
            [3, 12, 18, 19, 21, 25].map((k) => wall.minis.map((mini) => fateInWords(fateOf(mini, k)))),
            [3, 12, 25, 38].map((k) => tally(wall, k)),
            historyOf(wall.minis[0], wall, 30)
                .map(({ from, to, raw, inSlots, lost }) => [from, to, raw, inSlots, lost]),
        ];""",
    )
    assert words[0] == ["not told yet"] * 3
    assert words[1] == ["raw", "15 % of a slot", "raw"]  # 2 of 13 words
    assert words[2] == ["4 raw, 1 lost", "26 % of a slot", "raw"]
    assert [row[0] for row in words[3:]] == ["3 raw, 2 lost", "1 raw, 4 lost", "lost"]
    assert counts[0] == {"raw": 0, "slot": 0, "lost": 0, "untold": 3}
    assert counts[1:] == [
        {"raw": 2, "slot": 1, "lost": 0, "untold": 0},
        {"raw": 1, "slot": 1, "lost": 1, "untold": 0},
        {"raw": 0, "slot": 1, "lost": 2, "untold": 0},
    ]
    assert history[:2] == [[11, 11, 0.2, 0, 0], [12, 12, 0.4, 0, 0]]
    assert history[4:6] == [[15, 17, 1, 0, 0], [18, 18, 0.8, 0, 0.2]]
    assert history[-1] == [22, 30, 0, 0, 1]


def test_the_next_event_is_where_the_fact_moves_in_any_memory() -> None:
    memories = [shown("window", Window(7)), shown("segments", Segments(5, 3))]
    changes, stops = asked(
        memories,  # type: ignore[arg-type]
        """const { tokenByToken } = await from("wall");
        const { nextEvent, previousEvent, nextToken, previousToken } = tokenByToken(wall.length, wall.changes);
        return [wall.changes, [nextEvent(0), nextEvent(12), nextEvent(41), previousEvent(41), nextToken(6.4),
            previousToken(6.4), nextToken(41), previousToken(0)]];""",
    )
    lost = [next(k for k, one in enumerate(memory.standings) if one.lost == 5) for memory in memories]
    assert changes == [11, *sorted(lost)] == [11, 22, 34]
    assert stops == [12, 23, 41, 35, 7, 6, 41, 0]


def test_a_memory_whose_lanes_do_not_say_where_its_slots_stand_and_one_without_a_run_are_shown_all_the_same() -> None:
    odd = shown("odd", Window(7), (Lane(Role.SUMMARY, "State", "", 1),))
    none = shown("none", Window(7), ())
    found, lanes = asked(
        [odd, none, Refused("other", "Other", "weights are missing.")],
        """return [
            wall.minis.slice(0, 2).map((mini) => [...cellsAt(mini, layout.minis.get(mini.name), 30).keys()]),
            wall.minis.map(({ lanes, problem }) => problem ?? lanes.map(({ role, capacity }) => [role, capacity])),
        ];""",
    )
    assert found == [list(range(24, 31))] * 2
    assert lanes == [[["recent", 7]], [["recent", 7]], "weights are missing."]


@pytest.mark.parametrize("width", [97, 211, 307])
def test_cells_are_the_largest_with_which_the_largest_memory_has_room(width: int) -> None:
    cell, rows, columns = asked(
        ALL,  # type: ignore[arg-type]
        f"""const own = layOut(wall, {width}, 61);
        return [own.cell, Math.max(...[...own.minis.values()].map((one) => one.rows)), own.columns];""",
    )
    assert columns == width // cell
    assert rows * cell <= 61 or cell == 4
    assert cell == 12 or -(-TOKENS // (width // (cell + 1))) * (cell + 1) > 61 - cell or rows * (cell + 1) > 61 - cell
