"""Sentences say of any memory what its trace says: slots, words, lanes and numbers, and nothing that it lacks."""

import math
import re
import unicodedata
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from memattn.bidi import isolated
from memattn.compression import MeanPool, MostUsed
from memattn.kv import KV
from memattn.lessons.narration import (
    MOST_WORDS,
    changes,
    head_name,
    sentences,
    slot_name,
    slots_of,
    span,
    takes_place,
    titles,
    words,
)
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.dynamic_global import DynamicGlobal
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.heavy_hitters import HeavyHitters
from memattn.memory.hybrid import Hybrid
from memattn.memory.linear import Linear
from memattn.memory.merging import Merging
from memattn.memory.moving_average import MovingAverage
from memattn.memory.nearest import Nearest
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.quantities import rounded
from memattn.records import EventKind, Lane, Role, Step, Trace
from memattn.streams import Stream, random_stream
from memattn.trace import trace

TEXT = tuple(["the", "red", "key", "is", "in", "the", "old", "kitchen", "near", "it"])
N_S, N_M, N_CM, RATE = 2, 3, 1, 2
MOST = {Role.RECENT: "Mem", Role.COMPRESSED: "CMem", Role.CURRENT: "Segment", Role.GLOBAL: "Pins", Role.SUMMARY: "Sum"}
FORMS: dict[str, Memory[Any]] = {
    **{name: kind() for name, kind in MEMORIES.items()},
    "window and all in a summary": Hybrid(Window(5), CumulativeAverage(), "all"),
    "segments and all in a summary": Hybrid(Segments(5, 1), CumulativeAverage(), "all"),
    "oldest slot gives way": DynamicGlobal(5, "fixed", write="oldest"),
    "no slot for what is compressed": Compressive(7, 11, 0, MeanPool(3)),
    "heads choose for themselves": Compressive(7, 11, 2, MostUsed(3), "drop"),
    "no room for a segment": Segments(7, 0),
    "no room for a pair": Segments(1, 0),
    "a segment of one": Compressive(1, 2, 1, MeanPool(2)),
    "reads, then evicts": GlobalTokens(3, 7, learned=2, evict="after"),
}
forms = pytest.mark.parametrize("form", FORMS)
heads = pytest.mark.parametrize("head", [None, 0, 2])


@cache
def run(form: str) -> Trace:
    return trace(FORMS[form], random_stream(53, 5, 3, heads=3, seed=2), form, verify=False)


def plain(text: str) -> str:
    return re.sub("[\u2068\u2069]", "", text)


def said(record: Trace, step: int, head: int | None = None, lanes: dict[Role, str] | None = None) -> list[str]:
    return [plain(line) for line in sentences(record, record.steps[step], head, lanes)]


def even(tokens: int = len(TEXT)) -> Stream:
    """All scores 0: every slot gets the same weight."""
    zeros = torch.zeros(1, tokens, 1)
    return Stream(TEXT[:tokens], zeros, KV(zeros, zeros))


def compressive() -> Trace:
    """Pairs 1 and 2 leave Mem with token 6 and become c1; with token 8 pairs 3 and 4 become c2 and push c1 out."""
    return trace(Compressive(N_S, N_M, N_CM, MeanPool(RATE)), even())


# Names


@pytest.mark.parametrize(
    ("slot", "role", "name"),
    [
        (8, "recent", "k9"),
        (0, "current", "k1"),
        (-3, "compressed", "c3"),
        (-1, "summary", "Σ"),
        (-2, "global", "g2"),
        (-4, "retrieved", "r4"),
    ],
)
def test_slots_are_called_what_the_stage_calls_them_counted_from_one(slot: int, role: str, name: str) -> None:
    assert slot_name(slot, role) == name


@pytest.mark.parametrize(
    ("slots", "name"),
    [
        ((), "nothing"),
        ((3,), "k4"),
        ((3, 4, 5), "k4–k6"),
        ((-1, -2, -3), "c1–c3"),
        ((3, 5), "k4, k6"),
        ((-1, -3), "c1, c3"),
        ((-1, 0, 1), "c1, k1–k2"),
        ((3, 4, 5, 7, 9, 10), "k4–k6, k8, k10–k11"),
    ],
)
def test_slots_in_a_row_are_named_by_their_ends(slots: tuple[int, ...], name: str) -> None:
    assert span(slots) == name


def test_long_quotes_keep_their_two_ends() -> None:
    record = trace(Window(3), random_stream(23, 3, 2))
    assert words(record, (4, 5, 6)) == "“\u2068t4 t5 t6\u2069”"
    assert plain(words(record, range(MOST_WORDS))) == "“t0 t1 t2 t3 t4 t5 t6 t7”"
    assert plain(words(record, range(MOST_WORDS + 1))) == "“t0 t1 t2 t3 … t5 t6 t7 t8”"


def test_whose_attention_it_is() -> None:
    assert [head_name(1, None), head_name(1, 0)] == ["one head", "one head"]
    assert [head_name(4, None), head_name(4, 2)] == ["mean of 4 heads", "head 3 of 4"]


def test_a_lane_is_called_by_its_title() -> None:
    lanes = [Lane(Role.GLOBAL, "Pinned", "g = 3 pairs", 3), Lane(Role.RECENT, "Window", "n_c = 7 pairs", 7)]
    assert titles(lanes) == {Role.GLOBAL: "Pinned", Role.RECENT: "Window"}


@given(st.text(st.sampled_from("אaبz1 .\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f")))
def test_no_word_reaches_beyond_its_isolation(text: str) -> None:
    shown = isolated(text)
    assert (shown[0], shown[-1]) == ("\u2068", "\u2069")
    explicit = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not any(unicodedata.bidirectional(char) in explicit for char in shown[1:-1])
    assert [char for char in text if unicodedata.bidirectional(char) not in explicit] == list(shown[1:-1])


@forms
def test_what_enters_is_there_afterwards(form: str) -> None:
    """No pair is said to enter a lane in which nobody sees it stand."""
    record, entered = run(form), 0
    for step in record.steps:
        pushed = {slot for event in step.events if event.kind is EventKind.PUSH for slot in event.slots}
        told = [line for line in changes(record, step, MOST) if re.search(r"\benters?\b", line)]
        entered += len(told)
        assert not told or pushed & set(step.held_ids), (step.index, told)
    assert (entered == 0) is (form.startswith("no room") or not any(slots_of(s, EventKind.PUSH) for s in record.steps))


def test_a_memory_without_room_says_so() -> None:
    border = trace(Segments(3, 0), even()).steps[5]
    record = trace(Segments(3, 0), even())
    assert [plain(line) for line in changes(record, border, {Role.CURRENT: "Segment"})] == [
        "The segment is full, and there is no room for its 3 pairs k4–k6.",
        "k4–k6 “is in the” leave the segment lane and are lost for good.",
    ]


@forms
def test_a_place_is_taken_only_where_nothing_of_what_stood_there_is_left(form: str) -> None:
    """A slot that keeps half of what it had and takes the new pair whole has two pairs in it."""
    record = run(form)
    for step in record.steps:
        for event in step.events:
            if event.kind is EventKind.MERGE and len(event.slots) == 1:
                alone = all(
                    np.count_nonzero(record.shares(slot, step.index).values, axis=-1).max() == 1 for slot in event.into
                )
                assert alone or not takes_place(record, step, event.slots[0], event.into), step.index
    assert form in FORMS


def test_every_word_of_a_sentence_is_isolated() -> None:
    stream = Stream(("שלום", "b\u202ec\u2069", "9"), even(3).queries, even(3).kv)
    record = trace(Window(2), stream)
    lines = [line for step in record.steps for line in sentences(record, step)]
    quotes = [quote for line in lines for quote in re.findall("“(.*?)”", line)]
    assert len(quotes) == 6
    assert all(re.fullmatch("\u2068[^\u202e\u2068\u2069]+\u2069", quote) for quote in quotes)
    assert not any(re.search("[א-ת\u202e]", re.sub("\u2068.*?\u2069", "", line)) for line in lines)


# The reading


def test_the_reading_names_the_slot_with_most_weight_and_its_share() -> None:
    # scores 0, ln 3, 0: shares 1/5, 3/5, 1/5
    keys = torch.tensor([0.0, math.log(3), 0.0]).reshape(1, 3, 1)
    record = trace(Window(3), Stream(TEXT[:3], torch.ones(1, 3, 1), KV(keys, torch.zeros(1, 3, 1))))
    assert said(record, 2)[0] == "k3 “key” reads 3 slots; most weight, 0.6, falls on k2 “red”."
    assert said(record, 0)[0] == "k1 “the” reads 1 slot; most weight, 1, falls on itself."
    assert said(record, 1)[0].endswith("0.75, falls on itself.")  # 1/4, 3/4


def test_each_head_is_told_apart_and_named() -> None:
    keys = torch.tensor([[3.0, 0.0], [0.0, 3.0]]).unsqueeze(-1)  # head 1 looks at k1, head 2 at k2
    record = trace(Window(2), Stream(TEXT[:2], torch.ones(2, 2, 1), KV(keys, torch.zeros(2, 2, 1))))
    share = f"{math.exp(3) / (math.exp(3) + 1):.2g}"
    assert said(record, 1, 0)[0].endswith(f"most weight in head 1 of 2, {share}, falls on k1 “the”.")
    assert said(record, 1, 1)[0].endswith(f"most weight in head 2 of 2, {share}, falls on itself.")
    assert "most weight in the mean of 2 heads, 0.5," in said(record, 1, None)[0]


def test_a_compressed_slot_that_is_read_most_is_named_with_its_words() -> None:
    keys = torch.zeros(1, 7, 1)
    keys[:, :2] = 2.0  # of k1 and k2, whose mean is c1's key from token 6 on
    stream = Stream(TEXT[:7], torch.ones(1, 7, 1), KV(keys, torch.zeros(1, 7, 1)))
    record = trace(Compressive(N_S, N_M, N_CM, MeanPool(RATE)), stream)
    assert record.steps[6].ids == (-1, 2, 3, 4, 5, 6)
    assert said(record, 6)[0].endswith(f"{math.exp(2) / (math.exp(2) + 5):.2g}, falls on c1, made of “the red”.")


def test_a_summary_that_is_read_before_its_update_is_made_of_what_came_before() -> None:
    keys = torch.zeros(1, 5, 1)
    memory = Hybrid(Segments(2, 1), CumulativeAverage(), "all")
    record = trace(memory, Stream(TEXT[:5], torch.zeros(1, 5, 1), KV(keys, keys)))
    assert not record.reads_after
    assert record.steps[4].ids[0] == -1 and record.steps[4].held_ids[0] == -1
    assert said(record, 4)[0].endswith("falls on Σ, made of “the red key is”.")  # “in” comes with its update


@forms
@heads
def test_numbers_and_names_of_every_reading_are_the_traces(form: str, head: int | None) -> None:
    record = run(form)
    pattern = (
        r"k(\d+) “t(\d+)” reads (?:(\d+) of )?(\d+) slots?; "
        r"most weight in (.+), ([\d.]+(?:·10\S+)?), falls on (\S+?)( “t\d+”)?(, .*)?\."
    )
    for step in record.steps:
        line = said(record, step.index, head)[0]
        number, word, met, count, whose, weight, name, _, _ = re.fullmatch(pattern, line).groups()
        assert (int(number), int(word), int(count)) == (step.index + 1, step.index, len(step.ids))
        assert f"{count} slot{'s' * (count != '1')};" in line
        for weights in step.weights:
            assert np.count_nonzero(weights) == int(met or count)
        weights = step.weights.mean(axis=0) if head is None else step.weights[head]
        at = int(weights.argmax())
        assert weight == rounded(weights[at])
        assert whose == ("the mean of 3 heads" if head is None else f"head {head + 1} of 3")
        own = step.ids[at] == step.index
        assert name == ("itself" if own else slot_name(step.ids[at], step.roles[at]))


# The update


def test_which_heads_give_a_place_and_who_had_received_least_are_the_runs() -> None:
    """Three heads with sharp queries keep different pairs: each sentence against the weights themselves."""
    own = random_stream(53, 5, 3, heads=3, seed=2)
    record = trace(HeavyHitters(5, 7), Stream(own.tokens, own.queries * 5, own.kv), verify=False)
    received = np.cumsum([np.pad(step.attribution, ((0, 0), (0, 52 - step.index))) for step in record.steps], axis=0)
    taken = lost = 0
    for step in record.steps:
        lines = "\n".join(said(record, step.index, lanes={Role.RECENT: "Recent", Role.GLOBAL: "Heavy"})[1:])
        places = {slot: record.shares(slot, step.index) for slot in step.held_ids if slot < 0}
        for slot, own_heads in re.findall(r"\bg(\d) in heads? ([\d, and]+)", lines):
            shares = places[-int(slot)]
            column = shares.values[:, shares.sources.index(step.index - 7)]
            assert [int(head) for head in re.findall(r"\d", own_heads)] == (np.flatnonzero(column) + 1).tolist()
            taken += 1
        for who, heads in re.findall(
            r"(?:k(\d+) )?“t\d+” is lost for good\. It had received least .*?in heads? ([\d, and]+),", lines
        ):
            for head in [int(head) - 1 for head in re.findall(r"\d", heads)]:
                stays = [shares.sources[int(shares.values[head].argmax())] for shares in places.values()]
                assert received[step.index, head, int(who) - 1] <= received[step.index, head, stays].min()
                lost += 1
    assert taken > 3 and lost > 1


def test_push_pop_compress_and_drop_name_what_moved_in_causal_order() -> None:
    record = compressive()
    assert len(said(record, 0)) == 1  # nothing happens inside a segment
    assert said(record, 5, lanes=MOST)[1:] == [
        "The segment is full: its 2 pairs k5–k6 enter Mem.",
        "To make room, the 2 oldest pairs k1–k2 leave Mem.",
        "2 pairs become 1 slot: k1–k2 make c1.",
        "c1 joins CMem, which now holds 1 slot.",
    ]
    assert said(record, 7, lanes=MOST)[1:] == [
        "The segment is full: its 2 pairs k7–k8 enter Mem.",
        "To make room, the 2 oldest pairs k3–k4 leave Mem.",
        "2 pairs become 1 slot: k3–k4 make c2.",
        "c2 joins CMem, which now holds 2 slots, 1 too many.",
        "To make room, the oldest slot c1 leaves CMem: “the red” are lost for good.",
    ]


def test_a_lane_without_a_title_is_the_memory() -> None:
    record = compressive()
    assert said(record, 5)[1].endswith("k5–k6 enter the memory.")
    assert said(record, 7)[4] == "c2 joins the memory, which now holds 2 slots, 1 too many."
    assert said(record, 7)[5].endswith("the oldest slot c1 leaves the memory: “the red” are lost for good.")


@pytest.mark.parametrize(
    ("memory", "step", "lines"),
    [
        (Window(2), 3, ["The pair k4 enters the window lane.",
                        "To make room, the oldest pair k2 “red” leaves the window lane and is lost for good."]),
        (CumulativeAverage(), 3, ["The pair k4 is merged into Σ."]),
        (MovingAverage(2), 3, ["The pair k4 is merged into Σ.", "k2 “red” is lost for good."]),
        (Segments(2, 1), 3, ["The segment is full: its 2 pairs k3–k4 enter the window lane.",
                             "To make room, the 2 oldest pairs k1–k2 “the red” leave the window lane and are lost for "
                             "good."]),
        (Compressive(1, 2, 1, MeanPool(2)), 0, ["The pair k1 enters the window lane."]),
        (Compressive(2, 2, 0, MeanPool(1)), 3, ["The segment is full: its 2 pairs k3–k4 enter the window lane.",
                                                "To make room, the 2 oldest pairs k1–k2 leave the window lane.",
                                                "Nothing is made of k1–k2 “the red”, which are lost for good."]),
        (GlobalTokens(2, 2), 1, ["The pair k2 is pinned as a global token and stays to the end."]),
        (Hybrid(Window(2), CumulativeAverage()), 2, ["The pair k3 enters the window lane.",
                                                     "To make room, the oldest pair k1 leaves the window lane.",
                                                     "The pair k1 is merged into Σ."]),
        (Hybrid(Window(2), CumulativeAverage(), "all"), 2, ["The pair k3 enters the window lane.",
                                                            "To make room, the oldest pair k1 “the” leaves the window "
                                                            "lane; Σ keeps a share of it.",
                                                            "The pair k3 is merged into Σ."]),
        (DynamicGlobal(2, "fixed", write="oldest"), 1, ["The pair k2 becomes g2."]),
        (DynamicGlobal(2, "fixed", write="oldest"), 2, [
            "To make room, the oldest slot g1 leaves the global lane: “the” is lost for good.",
            "The pair k3 becomes g3.",
        ]),
        (DynamicGlobal(2, "fixed"), 2, ["The pair k3 is merged into g1–g2."]),
        (Merging(2), 1, ["The pair k2 enters the global lane."]),
        (Merging(2), 2, ["The 2 pairs k1–k2 are merged into g1.", "The pair k3 enters the global lane."]),
        (Merging(2), 3, ["The 2 pairs k3–k4 are merged into g2."]),
        (Merging(2), 4, ["The pair k5 is merged into g2."]),
        (Nearest(1, 2), 2, ["The pair k1 enters the store lane. The pair k3 enters the window lane."]),
        (HeavyHitters(1, 2), 2, ["The pair k1 becomes g1.", "The pair k3 enters the window lane."]),
        (HeavyHitters(1, 2), 3, [  # 1/2 of the 2nd word, 1/3 of the 3rd, 1/4 of the 4th
            "To make room, the oldest pair k2 “red” leaves the window lane and is lost for good. "
            "It had received least attention: 1.1.",
            "The pair k4 enters the window lane.",
        ]),
        (Linear(3), 2, ["The pair k3 is merged into c1–c3."]),
    ],
)  # fmt: skip
def test_what_every_memory_does_by_hand(memory: Memory[Any], step: int, lines: list[str]) -> None:
    lanes = {Role.RECENT: "Window", Role.GLOBAL: "Global", Role.RETRIEVED: "Store"}
    assert said(trace(memory, even(6)), step, lanes=lanes)[1:] == lines


@pytest.mark.parametrize("remainder", ["carry", "drop", "pad", "partial"])
@pytest.mark.parametrize("kind", [MeanPool, MostUsed])
def test_counts_of_compression_are_those_of_the_events(remainder: str, kind: type) -> None:
    record = trace(Compressive(7, 11, 5, kind(3), remainder), random_stream(61, 5, 3, heads=3, seed=1))
    told = 0
    for step in record.steps:
        made = [event for event in step.events if event.kind is EventKind.COMPRESS]
        if made:
            told += 1
            pairs = {slot for event in made for slot in event.slots}
            (line,) = [line for line in said(record, step.index) if "become" in line]
            counts = re.match(r"(\d+) pairs? becomes? (\d+) slots?:", line).groups()
            assert counts == (str(len(pairs)), str(len(made)))
            shown = line.split(": ")[1].removesuffix(".").split("; ")
            joined = [f"{span(e.slots)} make{'s' * (len(e.slots) == 1)} {span(e.into)}" for e in made]
            assert shown == (joined if len(made) <= 4 else [*joined[:2], "…", joined[-1]])
    assert told >= 5


def carried(record: Trace, step: Step) -> set[int]:
    """Positions of which some slot has a part after an update, the long way."""
    kept = set(step.held_ids)
    for slot in set(step.held_ids) & set(record.made):
        shares = record.shares(slot, step.index)
        kept |= {source for at, source in enumerate(shares.sources) if np.any(shares.values[:, at] > 0)}
    return kept


@forms
def test_every_group_of_events_has_a_sentence_whose_numbers_are_the_events(form: str) -> None:
    record = run(form)
    for step in record.steps:
        lines = said(record, step.index, lanes=MOST)
        groups = [(kind, list(group)) for kind, group in groupby(step.events, key=lambda event: event.kind)]
        assert len(lines) == 1 + len(groups) + sum(kind is EventKind.COMPRESS for kind, _ in groups)
        happens = [line for line in lines[1:] if not re.search(" joins? ", line)]
        for line, (kind, events) in zip(happens, groups, strict=True):
            assert re.fullmatch(r"\S.*[^ ,;]\.", line) and "nothing" not in line and "None" not in line, line
            slots = list(dict.fromkeys(slot for event in events for slot in event.slots))
            moved = line.split("; ")[0] if kind is EventKind.DROP else line
            named = {int(number) - 1 for number in re.findall(r"k(\d+)", moved)}
            assert named <= {slot for event in events for slot in (*event.slots, *event.into)}, line
            assert min((slot for slot in slots if slot >= 0), default=None) in {None, *named}
            assert max((slot for slot in slots if slot >= 0), default=None) in {None, *named}
            if counted := re.search(r"(\d+) (?:oldest )?(?:pair|slot)", line):
                popped = {slot for e in step.events if e.kind is EventKind.POP for slot in e.slots}
                assert int(counted[1]) == len(set(slots) - popped if kind is EventKind.DROP else slots), line
            if kind is EventKind.DROP:
                sources = {source for event in events for source in event.sources}
                assert ("lost for good" in line) == bool(sources - carried(record, step)), line
                assert ("share of" in line) == bool(sources & carried(record, step)), line


@forms
def test_what_joins_a_lane_is_what_was_made_and_the_lane_holds_so_many(form: str) -> None:
    record = run(form)
    for before, step in zip((None, *record.steps), record.steps, strict=False):
        made = [slot for event in step.events if event.kind is EventKind.COMPRESS for slot in event.into]
        lines = [line for line in said(record, step.index, lanes=MOST) if re.search(" joins? ", line)]
        assert len(lines) == bool(made)
        for line in lines:
            stood = before.held_roles.count(Role.COMPRESSED) if before else 0
            stays = step.held_roles.count(Role.COMPRESSED)
            beyond = f", {stood + len(made) - stays} too many" if stood + len(made) > stays else ""
            many = f"{stood + len(made)} slot{'s' * (stood + len(made) != 1)}"
            verb = "joins" if len(made) == 1 else "join"
            assert line == f"{span(made)} {verb} CMem, which now holds {many}{beyond}."


def test_a_pair_that_is_left_over_and_a_slot_that_leaves_are_told_apart() -> None:
    """By hand, n_s = 3, n_m = 3, n_cm = 1, c = 2, the rest dropped: k1–k2 make c1, k4–k5 make c2, k3 and k6 nothing."""
    record = trace(Compressive(3, 3, 1, MeanPool(2), "drop"), even(9))
    assert said(record, 5, lanes=MOST)[5] == "Nothing is made of k3 “key”, which is lost for good."
    assert said(record, 8, lanes=MOST)[4:] == [
        "c2 joins CMem, which now holds 2 slots, 1 too many.",
        "Nothing is made of k6 “the”, which is lost for good. To make room, the oldest slot c1 leaves CMem: “the red” "
        "are lost for good.",
    ]


@forms
def test_no_lane_is_named_that_the_memory_lacks_and_none_is_made_up(form: str) -> None:
    record = run(form)
    own = {role for step in record.steps for role in (*step.roles, *step.held_roles)}
    names = {Role.RECENT: "Mem", Role.COMPRESSED: "CMem", Role.GLOBAL: "Pins", Role.SUMMARY: "Sum"}
    lines = [line for step in record.steps for line in said(record, step.index, lanes=MOST)[1:]]
    for role, name in names.items():
        pattern = name if role in (Role.RECENT, Role.COMPRESSED) else f"the {name.lower()} lane"
        assert role in own or not any(re.search(rf"\b{pattern}\b", line) for line in lines), role
    assert Role.CURRENT in own or not any("segment" in line for line in lines)
    assert not any(
        re.search(r"\bMem\b|\bCMem\b|lane", line) for step in record.steps for line in said(record, step.index)
    )


@forms
def test_a_segment_is_full_exactly_when_its_pairs_have_waited_together(form: str) -> None:
    record = run(form)
    length = getattr(FORMS[form], "segment_length", getattr(getattr(FORMS[form], "first", None), "segment_length", 0))
    full = [
        step.index + 1 for step in record.steps if any("The segment is full" in x for x in said(record, step.index))
    ]
    assert full == ([at for at in range(1, 54) if at % length == 0] if length > 1 else [])


def test_what_is_pinned_for_a_while_is_not_said_to_stay() -> None:
    record = trace(DynamicGlobal(3, "fixed"), even())
    assert not any("stay" in line for step in record.steps for line in said(record, step.index))
