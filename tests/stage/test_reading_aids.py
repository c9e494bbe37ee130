"""What helps to read the stage, in Node: legend, inspecting by keys, close-up, announcements, keys that can be off."""

import re
from itertools import pairwise

import pytest

from memattn.lessons.narration import sentences
from tests.browser.stages import SEGMENT_END, bare, run, sent
from tests.node import evaluated

PITCH = 90  # px, of a tile in this layout
OPEN = """
    const { unpack } = await from('codec');
    const { openReel } = await from('reel');
    const { layOut, captionOf } = await from('geometry');
    const { momentOf } = await from('moment');
    const { sceneAt } = await from('scene');
    const reel = openReel(await unpack(packed));
    const { trace, timeline, need } = reel;
    const layout = layOut(trace, { ...need, entrance: trace.reads === 'after' }, 640, 420, 14);
    const sceneOf = (k, phase) => sceneAt(trace, layout, momentOf(reel, timeline.playheadOf({ k, phase })));
"""


def legend(kind: str, views: list[str]) -> dict[str, str]:
    lines = evaluated(
        f"""async (packed, views) => {{ {OPEN}
            const {{ legendOf }} = await from('legend');
            return legendOf(reel, views);
        }}""",
        sent(kind)["packed"],
        views,
    )
    return {line[0]: line[1] for line in lines}


def test_the_legend_tells_of_what_this_stage_shows_and_of_nothing_else() -> None:
    full = legend("compressive", ["map", "softmax"])
    assert full["CMem, double edge"] == "several words squeezed into one slot; on it, their positions"
    assert full["filled dot"] == "the fact asked for" and "hollow dot" not in full
    assert full["thick bracket over it"] == "where the fact asked for stands"
    assert full["one head"] == "whose attention is shown"
    assert {"dashed box", "hatched, struck out", "bold", "a cell of it"} - set(full) == {"a cell of it"}
    assert "pop: the oldest leave their lane" in full["phase"] and "merge" not in full["phase"]

    bare_one = legend("window", [])
    assert {"recent, pale blue", "hatched, struck out"} <= set(bare_one)
    assert not {"map", "bold", "one head", "dashed box", "CMem, double edge"} & set(bare_one)
    assert "compress" not in bare_one["phase"] and "merge: two slots become one" in legend("merging", [])["phase"]
    assert "a cell of it" in legend("long", ["map"])


def test_arrows_lead_to_every_tile_and_back_and_up_and_down_to_the_nearest() -> None:
    way, back, up, down, edge = evaluated(
        f"""async (packed) => {{ {OPEN}
            const {{ neighbour, rowsOfTiles }} = await from('roving');
            const sprites = [...sceneOf(24, null).sprites.values()];
            const ids = rowsOfTiles(sprites).flat().map(({{ id }}) => id);
            const walk = (from, key) => {{
                const seen = [from];
                for (;;) {{
                    const next = neighbour(sprites, seen.at(-1), key);
                    if (next === seen.at(-1)) return seen;
                    seen.push(next);
                }}
            }};
            const of = (id) => sprites.find((sprite) => sprite.id === id);
            const column = (ids) => ids.map((id) => [of(id).y, Math.round(of(id).x)]);
            return [
                [walk(ids[0], 'ArrowRight'), ids], walk(ids.at(-1), 'ArrowLeft'),
                column(walk(24, 'ArrowUp')), column(walk(ids[0], 'ArrowDown')), neighbour(sprites, 999, 'ArrowUp'),
            ];
        }}""",
        sent("compressive")["packed"],
    )
    assert way[0] == way[1] and len(way[1]) > 20
    assert back == way[1][::-1]
    for column, sign in ((up, -1), (down, 1)):
        assert len(column) > 2
        assert all(sign * (b[0] - a[0]) > 0 for a, b in pairwise(column))
        assert all(abs(a[1] - b[1]) <= PITCH for a, b in pairwise(column))
    assert edge == 999


def test_a_dense_lane_has_a_row_of_words_around_what_is_pointed_at_or_read_most() -> None:
    rows, tiles, faults = evaluated(
        f"""async (packed) => {{ {OPEN}
            const {{ closeUp }} = await from('closeup');
            const scene = sceneOf(300, null);
            const dense = [...scene.sprites.values()].filter(({{ zone }}) => layout.byKey.get(zone).dense > 1);
            const most = dense.reduce((a, b) => (a.meter >= b.meter ? a : b));
            const near = layout.byKey.get('near');
            const rows = [null, {{ id: 240 }}, {{ id: dense[0].id }}].map((focus) => closeUp(scene, layout, focus));
            const faults = rows.flatMap(({{ tiles }}) => tiles)
                .filter((tile) => tile.x < near.x || tile.x + tile.w > near.x + near.width || tile.w < 4 * layout.em);
            const few = layOut(trace, need, 2000, 2000, 14);
            return [
                rows.map((row) => [row.centre, row.tiles.map(({{ id }}) => id)]),
                [most.id, dense[0].id, near.perRow, closeUp(scene, few, null)],
                faults,
            ];
        }}""",
        sent("long")["packed"],
    )
    most, first, many, roomy = tiles
    (centre, around), (pointed, near), (start, beginning) = rows
    assert centre == most and most in around
    assert pointed == 240 and near == list(range(240 - many // 2, 240 - many // 2 + many))
    assert start == first == beginning[0]
    assert all(len(row) == many for row in (around, near, beginning))
    assert faults == [] and roomy is None


def test_a_leap_is_told_whole_the_last_token_in_sentences_what_was_before_in_counts() -> None:
    k = SEGMENT_END
    token, event, one = evaluated(
        f"""async (packed, k) => {{ {OPEN}
            const {{ passedText, phaseText }} = await from('telling');
            const stops = timeline.stops(k);
            return [
                passedText(trace, timeline, timeline.playheadOf({{ k, phase: 'attend' }}), k + 1),
                passedText(trace, timeline, timeline.playheadOf({{ k: k - 3, phase: 'attend' }}), k + 1),
                [passedText(trace, timeline, stops[0], stops[1]), phaseText(trace, k, timeline.steps[k].phases, 2)],
            ];
        }}""",
        sent("compressive")["packed"],
        k,
    )
    said = sentences(run("compressive"), run("compressive").steps[k])
    told = bare(token)
    assert told.startswith(
        "The segment is full: its 6 pairs k13–k18 enter Mem. To make room, the 6 oldest pairs k1–k6 "
    )
    assert told.endswith("k1–k3 make c1; k4–k6 make c2. c1–c2 join CMem, which now holds 2 slots.")
    assert bare(event) == f"Before: read 2×. {bare(said[0])} {told}"
    assert one[0] == one[1] != ""


@pytest.mark.parametrize(
    ("key", "on", "off"),
    [
        ("p", "predict", None),
        ("[", "slower", None),
        ("?", "help", None),
        (" ", "toggle", "toggle"),
        ("Enter", "inspect", "inspect"),
        ("ArrowLeft", "back", "back"),
    ],
)
def test_keys_that_are_characters_can_be_switched_off_and_stay_so(key: str, on: str, off: str | None) -> None:
    found = evaluated(
        """async (key) => {
            const kept = new Map();
            globalThis.localStorage = {
                getItem: (name) => kept.get(name) ?? null,
                setItem: (name, text) => kept.set(name, text),
            };
            const { keyAction } = await from('transport');
            const { setLetters } = await from('letters');
            const press = () => keyAction({ key, composedPath: () => [{ tagName: 'DIV' }] });
            const found = [press()];
            for (const on of [false, true]) {
                setLetters(on);
                found.push(press());
            }
            delete globalThis.localStorage;
            setLetters(false); // a browser that remembers nothing does so as long as the page is open
            return [...found, press(), Object.fromEntries(kept)];
        }""",
        key,
    )
    assert found == [on, off, on, off, {"memattn:letters": "on"}]


def test_no_word_of_the_stage_is_one_that_only_its_makers_know() -> None:
    shown = "\n".join(legend("compressive", ["map", "softmax"]).values())
    assert not re.search(r"nonlinear|pixel|settle", shown)
