"""Sentences about small runs made by hand: they name the right slots, words and numbers."""

import math
import re

import pytest
import torch

from memattn.compression import MeanPool, MostUsed
from memattn.kv import KV
from memattn.lessons.narration import MOST_WORDS, sentences, slot_name, span, words
from memattn.memory import MEMORIES
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.merging import Merging
from memattn.memory.window import Window
from memattn.records import EventKind, Trace
from memattn.streams import Stream, random_stream
from memattn.trace import trace

TEXT = tuple(["the", "red", "key", "is", "in", "the", "old", "kitchen", "near", "it"])
N_S, N_M, N_CM, RATE = 2, 3, 1, 2


def even(tokens: int = len(TEXT)) -> Stream:
    """All scores 0: every slot gets the same weight."""
    zeros = torch.zeros(1, tokens, 1)
    return Stream(TEXT[:tokens], zeros, KV(zeros, zeros))


def compressive() -> Trace:
    """Pairs 0 and 1 leave Mem at token 5 and become c1; at token 7 pairs 2 and 3 become c2 and push c1 out."""
    return trace(Compressive(N_S, N_M, N_CM, MeanPool(RATE)), even())


@pytest.mark.parametrize(
    ("slot", "role", "name"),
    [
        (17, "recent", "k17"),
        (0, "current", "k0"),
        (-3, "compressed", "c3"),
        (-1, "summary", "Σ"),
        (-2, "global", "g2"),
        (-4, "retrieved", "r4"),
    ],
)
def test_slots_are_called_what_the_stage_calls_them(slot: int, role: str, name: str) -> None:
    assert slot_name(slot, role) == name


@pytest.mark.parametrize(
    ("slots", "name"),
    [
        ((), "nothing"),
        ((3,), "k3"),
        ((3, 4, 5), "k3–k5"),
        ((-1, -2, -3), "c1–c3"),
        ((3, 5), "k3, k5"),
        ((-1, -3), "c1, c3"),
    ],
)
def test_slots_in_a_row_are_named_by_their_ends(slots: tuple[int, ...], name: str) -> None:
    assert span(slots) == name


def test_long_quotes_keep_their_two_ends() -> None:
    record = trace(Window(3), random_stream(23, 3, 2))
    assert words(record, (4, 5, 6)) == "“t4 t5 t6”"
    assert words(record, range(MOST_WORDS)) == "“t0 t1 t2 t3 t4 t5 t6 t7”"
    assert words(record, range(MOST_WORDS + 1)) == "“t0 t1 t2 t3 … t5 t6 t7 t8”"


def test_the_reading_names_the_slot_with_most_weight_and_its_share() -> None:
    # scores 0, ln 3, 0: shares 1/5, 3/5, 1/5
    keys = torch.tensor([0.0, math.log(3), 0.0]).reshape(1, 3, 1)
    record = trace(Window(3), Stream(TEXT[:3], torch.ones(1, 3, 1), KV(keys, torch.zeros(1, 3, 1))))
    said = sentences(record, record.steps[2])[0]
    assert said.startswith("k2 “key” reads 3 slots")
    assert "0.6," in said and "k1 “red”" in said
    assert "reads 1 slot;" in sentences(record, record.steps[0])[0]
    assert sentences(record, record.steps[1])[0].endswith("0.75, falls on itself.")  # 1/4, 3/4


def test_each_head_is_told_apart() -> None:
    keys = torch.tensor([[3.0, 0.0], [0.0, 3.0]]).unsqueeze(-1)  # head 0 looks at k0, head 1 at k1
    record = trace(Window(2), Stream(TEXT[:2], torch.ones(2, 2, 1), KV(keys, torch.zeros(2, 2, 1))))
    share = math.exp(3) / (math.exp(3) + 1)
    assert f"{share:.2g}, falls on k0 “the”" in sentences(record, record.steps[1], 0)[0]
    assert f"{share:.2g}, falls on itself" in sentences(record, record.steps[1], 1)[0]
    assert "most weight, 0.5," in sentences(record, record.steps[1], None)[0]


def test_a_compressed_slot_that_is_read_most_is_named_with_its_words() -> None:
    keys = torch.zeros(1, 7, 1)
    keys[:, :2] = 2.0  # k0 and k1, whose mean is c1's key from token 5 on
    record = trace(
        Compressive(N_S, N_M, N_CM, MeanPool(RATE)),
        Stream(TEXT[:7], torch.ones(1, 7, 1), KV(keys, torch.zeros(1, 7, 1))),
    )
    said = sentences(record, record.steps[6])[0]
    assert record.steps[6].ids == (-1, 2, 3, 4, 5, 6)
    assert "c1" in said and "“the red”" in said
    assert f"{math.exp(2) / (math.exp(2) + 5):.2g}," in said


def test_push_pop_compress_and_drop_name_what_moved_in_causal_order() -> None:
    record = compressive()
    assert len(sentences(record, record.steps[0])) == 1  # nothing happens inside a segment
    _, push, pop, compress = sentences(record, record.steps[5])
    assert "2 pairs k4–k5" in push
    assert "2 oldest pairs k0–k1 are popped" in pop
    assert "2 pairs become 1 slot: k0–k1 → c1" in compress
    _, push, pop, compress, drop = sentences(record, record.steps[7])
    assert "k6–k7" in push and "k2–k3" in pop and "k2–k3 → c2" in compress
    assert "c1" in drop and "“the red”" in drop and "lost for good" in drop


def test_a_window_says_which_word_is_lost() -> None:
    record = trace(Window(2), even(4))
    said = sentences(record, record.steps[3])
    assert any("k1 “red” is lost for good" in line for line in said)


def test_a_summary_says_what_is_merged_into_it() -> None:
    record = trace(CumulativeAverage(), even(4))
    assert any("k3 is merged into Σ" in line for line in sentences(record, record.steps[3]))


def test_a_global_memory_says_which_slots_are_merged() -> None:
    record = trace(Merging(2), even(6))  # k0 and k1 merge; k3, k4 .. join k2
    said = [sentences(record, step)[1:] for step in record.steps]
    assert said[1] == ["The pair k1 enters the memory."]
    assert said[2] == ["k0–k1 are merged into g1.", "The pair k2 enters the memory."]
    assert said[3] == ["k2–k3 are merged into g2."]
    assert said[4] == ["k4 is merged into g2."]


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
            (line,) = [line for line in sentences(record, step) if " → " in line]
            assert re.match(r"(\d+) pairs? becomes? (\d+) slots?:", line).groups() == (
                str(len(pairs)),
                str(len(made)),
            )
    assert told >= 5


@pytest.mark.parametrize("name", MEMORIES)
def test_every_group_of_events_of_every_mechanism_has_a_sentence(name: str) -> None:
    record = trace(MEMORIES[name](), random_stream(53, 5, 3, heads=2, seed=2), name)
    for step in record.steps:
        said = sentences(record, step)
        kinds = [event.kind for event in step.events]
        changes = sum(kind != before for before, kind in zip([None, *kinds], kinds, strict=False))
        assert len(said) == 1 + changes
        assert said[0].startswith(f"k{step.index} “t{step.index}” reads ")
        assert all(line.endswith(".") and "nothing" not in line and "None" not in line for line in said)
