"""The clock of the stage, in Node: phases, stops and sentences of every memory are those of its trace."""

import base64
from collections import Counter
from functools import cache
from itertools import groupby, pairwise
from typing import Any

import pytest

from memattn.compression import MeanPool, MostUsed
from memattn.lessons.narration import sentences, titles
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.global_tokens import GlobalTokens
from memattn.records import EventKind, Lane, Trace
from memattn.stage.payload import payload
from memattn.streams import random_stream
from memattn.trace import trace
from tests.node import evaluated

TOKENS = 61
N_S, N_M, N_CM, RATE = 7, 11, 5, 3
KINDS: dict[str, Memory[Any]] = {
    **{name: kind() for name, kind in MEMORIES.items()},
    "compressive": Compressive(N_S, N_M, N_CM, MeanPool(RATE)),
    "no slot for what is compressed": Compressive(N_S, N_M, 0, MeanPool(RATE)),
    "one slot, dropped pairs": Compressive(N_S, N_M, 1, MostUsed(RATE), "drop"),
    "a segment of one": Compressive(1, 2, 1, MeanPool(1)),
    "reads, then evicts": GlobalTokens(3, 7, learned=2, evict="after"),
}
every = pytest.mark.parametrize("name", KINDS)

OPEN = """
async (packed) => {
const { unpack } = await from("codec");
const { openReel } = await from("reel");
const { layOut } = await from("geometry");
const { momentOf } = await from("moment");
const { sceneAt } = await from("scene");
const { eventText } = await from("telling");
const reel = openReel(await unpack(packed));
const { trace, timeline, frames, need } = reel;
const picture = (layout, playhead) => sceneAt(trace, layout, momentOf(reel, playhead));
const tell = (playhead) => eventText(trace, timeline, playhead);
const walk = (at, next) => {
    const seen = [at];
    for (let to = next(at); to !== seen.at(-1); to = next(to)) seen.push(to);
    return seen;
};
"""


@cache
def run(name: str) -> Trace:
    return trace(KINDS[name], random_stream(TOKENS, 3, 2, 2, seed=5), name)


def lanes(name: str) -> tuple[Lane, ...]:
    return KINDS[name].lanes(TOKENS)


def asked(name: str, body: str) -> Any:
    """What a function of the stage's modules says of a run."""
    sent = payload(run(name), lanes(name), 7, "t", KINDS[name].reads)
    return evaluated(f"{OPEN}{body}}}", base64.b64encode(sent.packed).decode())


PHASES = """
    return timeline.steps.map(({ phases, ms }, k) => phases.map((phase, i) => ({
        name: phase.name, groups: phase.groups, appends: phase.appends ?? null, text: tell(k + phase.to / ms),
        counts: frames(k)[i + 1].counts, compressing: frames(k)[i + 1].compressing, lost: frames(k)[i + 1].lost,
    })));
"""


@cache
def phases(name: str) -> list[list[dict[str, Any]]]:
    """Of every step: what happens in it, what is said of it, and what is where when it has ended."""
    found: list[list[dict[str, Any]]] = asked(name, PHASES)
    return found


@every
def test_every_event_happens_in_one_phase_in_causal_order_and_what_is_made_joins_in_the_next(name: str) -> None:
    for step, own in zip(run(name).steps, phases(name), strict=True):
        kinds = [kind for kind, _ in groupby(step.events, key=lambda event: event.kind)]
        assert [group for phase in own for group in phase["groups"]] == list(range(len(kinds)))
        for before, phase in pairwise(own):
            made = before["name"] == EventKind.COMPRESS
            assert (phase["name"] == "append") == made
            assert phase["appends"] == (before["groups"][0] if made else None)
        assert all(phase["name"] == kinds[phase["groups"][0]] for phase in own if phase["groups"])
        assert own[-1]["name"] != EventKind.COMPRESS


@every
def test_a_phase_has_a_name_of_its_own_within_its_step_so_that_a_link_can_say_it(name: str) -> None:
    for own in phases(name):
        assert max(Counter(phase["name"] for phase in own).values()) == 1


@every
def test_after_its_phases_a_step_holds_what_the_trace_holds(name: str) -> None:
    lost = 0
    for step, own in zip(run(name).steps, phases(name), strict=True):
        held = Counter(step.held_roles)
        assert own[-1]["counts"] == [held[lane.role] for lane in lanes(name)]
        assert own[-1]["compressing"] == 0
        lost += sum(len(event.slots) for event in step.events if event.kind is EventKind.DROP)
        assert own[-1]["lost"] == lost


@every
def test_the_sentences_of_the_phases_are_those_of_the_events_in_their_order(name: str) -> None:
    record = run(name)
    for step, own in zip(record.steps, phases(name), strict=True):
        reads, *happens = sentences(record, step, None, titles(lanes(name)))
        assert all(phase["text"].endswith(".") for phase in own)
        update = [phase["text"] for phase in own if phase["name"] not in ("arrive", "attend")]
        assert " ".join(update) == " ".join(happens)
        (read,) = (phase["text"] for phase in own if phase["name"] == "attend")
        assert read.split(";")[0] == reads.split(";")[0]  # which of two like weights is named may differ
        words = {phase["text"] for phase in own if phase["name"] == "arrive"} - {read}
        assert words <= {f"k{step.index + 1} “\u2068{step.token}\u2069” arrives."}


def test_append_and_drop_are_two_phases_and_the_counter_shows_what_is_too_many() -> None:
    """By hand: with k42, the sixth segment, 42 - 11 = 31 pairs are beyond n_m; 30 of them have made 10 slots.

    24 pairs had left before, in 8 slots of which 5 stood: 6 pairs leave and make 2, 7 stand where 5 have room, 2 go.
    """
    own = phases("compressive")[6 * N_S - 1]
    assert [phase["name"] for phase in own] == ["arrive", "attend", "push", "pop", "compress", "append", "drop"]
    assert [phase["counts"][0] for phase in own] == [5, 5, 5, 5, 5, 7, 5]
    assert [phase["compressing"] for phase in own] == [0, 0, 0, 6, 2, 0, 0]
    assert [phase["counts"][1] for phase in own] == [11, 11, 18, 12, 12, 12, 12]  # one more waits for a third
    assert [phase["text"] for phase in own[4:]] == [
        "6 pairs become 2 slots: k25–k27 make c9; k28–k30 make c10.",
        "c9–c10 join CMem, which now holds 7 slots, 2 too many.",
        "To make room, the 2 oldest slots c4–c5 leave CMem: “\u2068t9 t10 t11 t12 t13 t14\u2069” are lost for good.",
    ]


WALKS = {
    "phases": "timeline.stops(0)[0], timeline.nextStop, timeline.previousStop",
    "tokens": "1, timeline.nextToken, timeline.previousToken",
}


@every
@pytest.mark.parametrize("way", WALKS)
def test_back_is_the_exact_reverse_of_forward(name: str, way: str) -> None:
    there, back, alike, ends = asked(
        name,
        f"""
        const [begin, next, previous] = [{WALKS[way]}];
        const layout = layOut(trace, {{ ...need, entrance: true }}, 460, 340, 12);
        const plain = (_, value) => value instanceof Map ? [...value] : value;
        const seen = (at) => JSON.stringify(picture(layout, at), plain);
        const there = walk(begin, next);
        const pictures = there.map(seen);
        const back = walk(there.at(-1), previous);
        return [there, back, back.every((at, i) => seen(at) === pictures.at(-1 - i)), new Set(pictures).size];
        """,
    )
    assert there == back[::-1]
    assert alike
    assert ends == len(there)  # every step shows something else
    assert there[-1] == TOKENS
    if way == "tokens":
        assert there == list(range(1, TOKENS + 1))
    else:
        assert set(range(1, TOKENS + 1)) < set(there)


@every
def test_events_are_gone_to_and_back_by_the_same_stops(name: str) -> None:
    events, there, back = asked(
        name,
        """
        const next = (at) => { const k = timeline.nextEvent(at); return k === null ? at : k + 1; };
        const there = walk(timeline.rest(0), next);
        return [timeline.events, there, walk(there.at(-1), timeline.previousEvent)];
        """,
    )
    assert there == back[::-1]
    assert set(there[1:]) | {1} == {k + 1 for k in events} | {1}


@every
def test_a_stop_is_a_phase_that_has_ended_and_its_link_leads_back_to_it(name: str) -> None:
    """A word that arrives to read at once is one stop with its read; all else stops by itself."""
    stops, moments = asked(
        name,
        """
        const all = trace.tokens.flatMap((_, k) => timeline.stops(k));
        return [all.length, all.map((at) => timeline.playheadOf(timeline.momentAt(at)) === at)];
        """,
    )
    assert all(moments)
    names = [[phase["name"] for phase in own] for own in phases(name)]
    together = sum(list(pair) == ["arrive", "attend"] for own in names for pair in pairwise(own))
    assert stops == sum(map(len, names)) - together


@every
def test_a_step_ends_in_the_places_in_which_the_next_begins(name: str) -> None:
    faults = asked(
        name,
        """
        const faults = [];
        for (let k = 0; k + 1 < trace.length; k++) {
            const [end, start] = [frames(k).at(-1), frames(k + 1)[0]].map(({ places, counts }) =>
                JSON.stringify([counts, [...places].filter(([, { zone }]) => typeof zone === "number")
                    .sort(([one], [other]) => one - other)]));
            if (end !== start) faults.push([k, end, start]);
        }
        return faults;
        """,
    )
    assert faults == []


def test_arcs_come_with_the_read_go_with_the_next_phase_and_do_not_come_back() -> None:
    strength = asked(
        "compressive",
        f"const k = {6 * N_S - 1};"
        """
        const layout = layOut(trace, { ...need, entrance: true }, 460, 340, 12);
        const { phases, ms } = timeline.steps[k];
        return phases.map(({ name, from, to }) => [name, ...[0.02, 0.5, 1].map((part) => {
            const at = k + (from + part * (to - from)) / ms;
            return Math.max(0, ...picture(layout, at).arcs.map(({ opacity }) => opacity));
        })]);
        """,
    )
    by_phase = {name: values for name, *values in strength}
    assert by_phase["attend"][2] > 0.2
    assert 0.9 * by_phase["attend"][2] < by_phase["push"][0] < by_phase["attend"][2]
    for name in ("arrive", "pop", "compress", "append", "drop"):
        assert max(by_phase[name]) == 0


# --- where a question stops -----------------------------------------------------------------------------------------


@every
def test_a_phase_is_found_by_its_name_or_by_what_happens_in_it(name: str) -> None:
    faults = asked(
        name,
        """
        const faults = [];
        for (let k = 0; k < trace.length; k++) {
            const { phases } = timeline.steps[k];
            const kinds = trace.groups(k).map(({ kind }) => kind);
            for (const kind of new Set([...kinds, ...phases.map((phase) => phase.name)])) {
                const [start, end] = [timeline.startOf(k, kind), timeline.endOf(k, kind)];
                const { phase } = timeline.phaseAt((start + end) / 2);
                const inIt = phase.groups.some((g) => kinds[g] === kind);
                const happens = kinds.includes(kind) ? inIt : phase.name === kind;
                if (!(k <= start && start < end && end <= k + 1 && happens)) faults.push([k, kind, start, end]);
            }
        }
        return faults;
        """,
    )
    assert faults == []


def test_what_a_step_lacks_is_its_update() -> None:
    update, whole = asked(
        "compressive",
        f"const k = {2 * N_S - 1};"
        "return [timeline.startOf(k, 'merge') - timeline.startOf(k, 'push'), timeline.endOf(k, '') - k];",
    )
    assert (update, whole) == (0, 1)


def test_while_it_is_asked_what_a_word_reads_the_line_says_that_it_arrives() -> None:
    open_, closed = asked(
        "compressive",
        """
        const playhead = timeline.startOf(9, "attend");
        return [true, false].map((asking) => eventText(trace, timeline, playhead, asking));
        """,
    )
    assert open_ == "k10 “\u2068t9\u2069” arrives." and "most weight" in closed
