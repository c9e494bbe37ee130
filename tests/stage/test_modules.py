"""The stage's pure modules, in Node: what arrives is what was sent, nothing teleports, every phase has its address."""

import base64
import json
import zlib

import numpy as np
import pytest

from memattn.lessons.narration import sentences
from memattn.memory import MEMORIES
from memattn.stage.arrays import parts
from memattn.stage.packed import unpacked
from memattn.stage.payload import payload
from memattn.streams import random_stream
from memattn.trace import trace
from tests.browser.stages import PHASES, STORY, packed, run, sent
from tests.node import evaluated
from tests.stage.long_runs import long_run


@pytest.mark.parametrize(
    "values",
    [
        np.array([0, 1, -2.5, 6e-8, 1e-5, 0.333, 65504, 0.1], "<f4"),
        np.array([0, -1, 258, 32767, -32768], "<i2"),
        np.array([0, 1, 258, 65535], "<u2"),
        np.array([0, 7, 255], "u1"),
    ],
    ids=str,
)
def test_an_array_is_found_by_its_name_and_read_as_numpy_wrote_it(values: np.ndarray) -> None:
    index, planes = parts({"before": np.arange(3, dtype=np.uint16), "one": values, "none": values[:0]})
    read = evaluated(
        """async ([index, octets]) => {
            const arrays = (await from('codec')).arraysByName(index, Uint8Array.from(octets));
            return [Object.keys(arrays), [...arrays.one], [...arrays.before], arrays.none.length, arrays.other ?? null];
        }""",
        [index, list(b"".join(planes))],
    )
    assert read == [["before", "one", "none"], values.tolist(), [0, 1, 2], 0, None]


@pytest.mark.parametrize("head", [None, 1])
@pytest.mark.parametrize("name", ["full", "window", "words"])
def test_the_stage_opens_the_weights_of_a_long_run_as_they_are_in_the_trace(name: str, head: int | None) -> None:
    record = long_run(name)
    sent = payload(record, [], 7, "t", "after", head)
    read = evaluated(
        """async (packed) => {
            const { unpack } = await from('codec');
            const { openTrace } = await from('trace');
            const trace = openTrace(await unpack(packed));
            return Array.from({ length: trace.length }, (_, k) => [[...trace.read(k).weights], trace.read(k).sum]);
        }""",
        base64.b64encode(sent.packed).decode(),
    )
    for step, (drawn, total) in zip(record.steps, read, strict=True):
        true = step.weights.mean(axis=0) if head is None else step.weights[head]
        np.testing.assert_allclose(drawn, true, rtol=5.1e-3)
        assert f"{total:.3f}" == "1.000"


@pytest.mark.parametrize("deflated", [True, False])
def test_bytes_from_the_server_and_text_in_the_player_open_alike(deflated: bool) -> None:
    header = json.dumps({"id": "x", "start": 3}).encode()
    plain = unpacked(packed("compressive").packed)
    body = b"\1" + zlib.compress(plain) if deflated else b"\0" + plain
    envelope = len(header).to_bytes(4, "little") + header + body
    told = evaluated(
        """async ([octets, text]) => {
            const { openEnvelope, unpack } = await from('codec');
            const opened = openEnvelope(Uint8Array.from(octets));
            const [one, other] = [await unpack(opened.packed), await unpack(text)];
            return [opened.id, opened.start, JSON.stringify(one) === JSON.stringify(other), one.tokens.length];
        }""",
        [list(envelope), sent("compressive")["packed"]],
    )
    assert told == ["x", 3, True, len(STORY)]


@pytest.mark.parametrize("kind", ["compressive", "window", "summary"])
def test_the_stage_says_of_every_read_what_the_trace_says(kind: str) -> None:
    said = evaluated(
        """async (packed) => {
            const { unpack } = await from('codec');
            const { openTrace } = await from('trace');
            const { readingText } = await from('telling');
            const trace = openTrace(await unpack(packed));
            return Array.from({ length: trace.length }, (_, k) => readingText(trace, k));
        }""",
        sent(kind)["packed"],
    )
    record = run(kind)

    for line, step in zip(said, record.steps, strict=True):
        largest = np.sort(np.append(step.weights[0], 0.0))[-2:]
        if largest[1] - largest[0] > 1e-3:  # a tie may be broken either way
            assert line == sentences(record, step)[0]


@pytest.mark.parametrize("kind", ["compressive", "long", "window", "summary", "merging", "hybrid"])
def test_a_step_ends_where_the_next_begins_and_nothing_teleports(kind: str) -> None:
    faults = evaluated(
        """async (packed) => {
            const { unpack } = await from('codec');
            const { openReel } = await from('reel');
            const { layOut } = await from('geometry');
            const { momentOf } = await from('moment');
            const { sceneAt } = await from('scene');
            const reel = openReel(await unpack(packed));
            const { trace } = reel;
            const layout = layOut(trace, { ...reel.need, entrance: true }, 460, 340, 12);
            const faults = [];
            let before = null;
            for (let at = 0.02; at <= Math.min(60, trace.length); at += 0.02) {
                const now = sceneAt(trace, layout, momentOf(reel, at));
                for (const [id, sprite] of now.sprites) {
                    const was = before?.sprites.get(id);
                    const way = was ? Math.hypot(sprite.x - was.x, sprite.y - was.y) : 0;
                    if (way > 160) faults.push(`${at}: ${id} leaps`);
                    if (before && !was && sprite.opacity > 0.35) faults.push(`${at}: ${id} pops up`);
                }
                for (const [id, was] of before?.sprites ?? [])
                    if (!now.sprites.has(id) && was.opacity > 0.35) faults.push(`${at}: ${id} vanishes`);
                before = now;
            }
            return faults;
        }""",
        sent(kind)["packed"],
    )
    assert faults == []


def test_names_below_an_axis_stand_beside_each_other_in_their_order() -> None:
    placed = evaluated(
        """async (cases) => {
            const { besideEachOther } = await from('softmax');
            const named = (names) => names.map(([from, to, wide]) => ({ from, to, wide }));
            return cases.map(([names, width]) => besideEachOther(named(names), width, 4));
        }""",
        [
            [[[0, 40, 20], [40, 100, 30]], 100],  # each in the middle of its stretch
            [[[0, 10, 30], [10, 60, 30], [90, 100, 30]], 100],  # pushed apart, and back from the right edge
            [[[0, 10, 30], [10, 12, 30], [12, 70, 30]], 70],  # the shortest goes
            [[], 10],
        ],
    )
    assert placed == [[20, 70], [15, 49, 85], [15, None, 49], []]


@pytest.mark.parametrize("columns", [5, 8])
def test_titles_above_the_bands_stand_on_no_tile_and_leave_the_width_to_words(columns: int) -> None:
    beside, above, faults = evaluated(
        """async ([packed, columns]) => {
            const { unpack } = await from('codec');
            const { openTrace } = await from('trace');
            const { needs } = await from('state');
            const { captionOf, isNarrow, layOut, rectOf } = await from('geometry');
            const trace = { ...openTrace(await unpack(packed)), columns };
            const [beside, above] = [false, true].map((headed) => layOut(trace, needs(trace), 300, 480, 12, headed));
            const faults = [];
            above.bands.forEach((band, i) => {
                const { y } = captionOf(above, band).title;
                const over = above.bands[i - 1];
                if (y < (over ? over.y + over.height : 0) || y > band.y) faults.push(band.title);
            });
            const titled = (together) => {
                const layout = layOut({ ...trace, together }, needs(trace), 300, 480, 12, true);
                return layout.bands.map((band) => captionOf(layout, band).title.x);
            };
            if (titled(1).some((x) => x !== 0) || titled(5).some((x) => x < 12)) faults.push("a title under a letter");
            const tile = (layout) => rectOf(layout, { zone: 1, rank: 0 }).w;
            return [[tile(beside), isNarrow(trace, 300, 12)], [tile(above), isNarrow(trace, 1000, 12)], faults];
        }""",
        [sent("compressive")["packed"], columns],
    )
    assert faults == []
    assert beside[1] and not above[1]
    assert above[0] > beside[0] * 1.25


@pytest.mark.parametrize("kind", ["merging", "hybrid"])
def test_merged_slots_stay_in_the_order_of_the_text_and_in_their_lane(kind: str) -> None:
    faults = evaluated(
        """async (packed) => {
            const { unpack } = await from('codec');
            const { openTrace } = await from('trace');
            const { makeTimeline } = await from('timeline');
            const { makeFrames } = await from('state');
            const trace = openTrace(await unpack(packed));
            const frames = makeFrames(trace, makeTimeline(trace));
            const faults = [];
            for (let k = 0; k < trace.length; k++)
                frames(k).forEach((frame, f) => {
                    const lane = [...frame.places].filter(([, { zone }]) => zone === trace.laneOf('global'));
                    lane.sort(([, one], [, other]) => one.rank - other.rank);
                    const starts = lane.map(([id]) => trace.shares(id, k).first);
                    if (starts.some((start, i) => i && start <= starts[i - 1])) faults.push(`${k} ${f} order`);
                    const recent = [...frame.places].filter(([, { zone }]) => zone === trace.laneOf('recent'));
                    if (recent.some(([id]) => id < k - 5)) faults.push(`${k} ${f} lane`);
                });
            return faults;
        }""",
        sent(kind)["packed"],
    )
    assert faults == []


@pytest.mark.parametrize("name", MEMORIES)
def test_every_phase_of_every_memory_has_a_word_that_leads_back_to_it(name: str) -> None:
    record = trace(MEMORIES[name](), random_stream(53, 3, 2, 2, seed=7), name)
    sent = payload(record, [], 7, "t", MEMORIES[name]().reads)
    found = evaluated(
        """async (packed) => {
            const { unpack } = await from('codec');
            const { openTrace } = await from('trace');
            const { makeTimeline } = await from('timeline');
            const trace = openTrace(await unpack(packed));
            const { steps, momentAt, playheadOf, phaseEnd, rest } = makeTimeline(trace);
            const words = new Set();
            const faults = [];
            steps.forEach(({ phases, ms }, k) => {
                phases.forEach(({ name, from, to }) => {
                    words.add(name);
                    const end = k + to / ms;
                    const moment = momentAt(end);
                    if (playheadOf(moment) !== end) faults.push([k, name, moment]);
                    if (phaseEnd(k + (from + to) / 2 / ms) !== end) faults.push([k, name, 'end']);
                    if (end === rest(k) ? moment.phase !== null : moment.phase !== name) faults.push([k, name, moment]);
                });
                if (playheadOf({ k, phase: 'no such phase' }) !== rest(k)) faults.push([k, 'rest']);
            });
            return { words: [...words], faults };
        }""",
        base64.b64encode(sent.packed).decode(),
    )
    assert found["faults"] == []
    assert set(found["words"]) <= PHASES and "attend" in found["words"]


@pytest.mark.parametrize("name", MEMORIES)
def test_a_slot_is_said_to_be_made_of_what_it_held_when_it_was_read(name: str) -> None:
    """Where a query reads before the update by its token, not yet of what that update brings."""
    record = trace(MEMORIES[name](), random_stream(47, 5, 3, heads=2, seed=4), name)
    memory = MEMORIES[name]()
    read = evaluated(
        """async (packed) => {
            const { unpack } = await from('codec');
            const { openReel } = await from('reel');
            const { influence } = await from('influence-view');
            const { trace } = openReel(await unpack(packed));
            const told = (id, k) => {
                const made = trace.sharesRead(id, k);
                const sources = influence(trace, id, k)?.sources.map(([at]) => at);
                return made ? [made.first, made.last, made.total, sources] : null;
            };
            return Array.from({ length: trace.length }, (_, k) =>
                trace.read(k).ids.filter((id) => id < 0).map((id) => [id, told(id, k)]));
        }""",
        base64.b64encode(payload(record, [], 7, "t", memory.reads, 1).packed).decode(),
    )
    for step, slots in zip(record.steps, read, strict=True):
        assert [slot for slot, _ in slots] == [slot for slot in step.ids if slot < 0]
        for slot, told in slots:
            if slot not in record.made:
                assert told is None
                continue
            shares = record.shares_read(slot, step.index)
            own = [source for source, share in zip(shares.sources, shares.values[1], strict=True) if share > 0]
            own = own or list(shares.sources)
            assert told[:3] == [own[0], own[-1], len(own)] and set(told[3]) <= set(own)


@pytest.mark.parametrize("name", MEMORIES)
def test_a_tile_is_told_as_it_stands_by_the_read_that_is_shown(name: str) -> None:
    """At every phase: what it is made of by then, and the weight that the softmax beside it shows."""
    record = trace(MEMORIES[name](), random_stream(29, 5, 3, heads=2, seed=4), name)
    memory = MEMORIES[name]()
    told = evaluated(
        """async (packed) => {
            const { unpack } = await from('codec');
            const { openReel } = await from('reel');
            const { momentOf } = await from('moment');
            const { describeSlot, spotOn } = await from('inspect');
            const { metersOf } = await from('telling');
            const reel = openReel(await unpack(packed));
            const { trace, timeline } = reel;
            return timeline.steps.map(({ phases }, k) => phases.map(({ name }) => {
                const moment = momentOf(reel, timeline.playheadOf({ k, phase: name }));
                const ids = new Set([...trace.read(k).ids, ...trace.held(k).ids]);
                const told = (id) => describeSlot(trace, spotOn(trace, moment, { id, role: 'recent' }));
                return [name, metersOf(trace, moment.asks).reads[0], [...ids].map((id) => [id, told(id)])];
            }));
        }""",
        base64.b64encode(payload(record, [], 7, "t", memory.reads, 1).packed).decode(),
    )
    moments = changed = 0
    for step, phases in zip(record.steps, told, strict=True):
        names = [phase for phase, *_ in phases]
        for phase, reads, slots in phases:
            has_read = names.index(phase) >= names.index("attend")
            query = record.steps[step.index if has_read else max(0, step.index - 1)]
            assert reads.startswith(f"reads {query.read_floats:,} of")
            taken = step.index - 1 if phase in ("arrive", "push", "pin", "pop") else step.index
            for slot, tip in slots:
                moments += 1
                assert tip["asked"].startswith(f"for the query k{query.index + 1} ")
                made = slot in record.made
                try:
                    now = record.shares_read(slot, step.index) if phase == "attend" else record.shares(slot, taken)
                except KeyError:  # stems from no source, or is yet to be made, and no tile
                    if made:
                        continue
                own = dict(zip(query.ids, query.weights[1], strict=True))
                if made and slot in own and now.step != record.shares_read(slot, query.index).step:
                    changed += 1
                    del own[slot]  # as it stands now no query has read it
                weight = dict(tip["numbers"]).get("weight")
                assert (weight is not None) == (slot in own)
                if own.get(slot, 0) > 1e-3:
                    assert weight is not None and float(weight) == pytest.approx(own[slot], abs=6e-4)
                if not made:
                    assert not tip["sources"]
                    continue
                parts = [source for source, share in zip(now.sources, now.values[1], strict=True) if share > 0]
                named = [int(one[1:]) - 1 for one, *_ in tip["sources"]]
                assert set(named) <= set(parts or now.sources)
                assert tip["more"] + len(named) == len(parts or now.sources)
    assert moments >= 2 * len(record.steps)
    assert changed > 20 or name not in ("recurrent", "cumulative_average", "exponential_average", "linear")


@pytest.mark.parametrize(
    ("role", "ids", "named"),
    [
        ("recent", range(8, 16), ["k9–16"]),
        ("compressed", range(-1, -12, -1), ["c1–8", "c9–11"]),
        ("global", range(-11, 0), ["g1–8", "g9–11"]),
        ("retrieved", [-3], ["r3"]),
    ],
)
def test_a_run_of_slots_in_a_dense_lane_is_named_as_each_of_them(role: str, ids: list[int], named: list[str]) -> None:
    found = evaluated(
        """async (role, ids) => {
            const { groupsOf } = await from('groups');
            const at = { zone: 'lane', y: 0, w: 1, h: 1, moving: false };
            const sprites = new Map(ids.map((id, x) => [id, { id, role, x, ...at }]));
            const layout = { columns: 8, byKey: new Map([['lane', { dense: 2, fixed: false }]]) };
            return groupsOf({ sprites }, layout).map(({ name }) => name);
        }""",
        role,
        list(ids),
    )
    assert sorted(found) == sorted(named)
