"""Where an answer came from: the table's numbers are the trace's."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memattn.compression import COMPRESSIONS, MeanPool
from memattn.lessons.models import PlantedFacts
from memattn.lessons.sources import Part, sources
from memattn.memory import MEMORIES, Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.reader import START, parse
from memattn.records import Role, Trace
from memattn.streams import Stream, random_stream
from memattn.trace import trace

TEXT = "the red key is in the kitchen . anna likes soup . it rains now . the fox sings . the blue cup is in the barn ."
TOLD = parse((START, *TEXT.split()))
KEY = TOLD.facts[0]
WORDS = TOLD.with_question(KEY).words
LAST = len(WORDS) - 1


def planted(memory: Memory) -> Trace:  # type: ignore[type-arg]
    return trace(memory, PlantedFacts(3).stream(WORDS, ()))


@cache
def three_heads(memory: Memory) -> Trace:  # type: ignore[type-arg]
    """Random queries, keys and values for three heads, so that heads and their mean differ."""
    drawn = random_stream(len(WORDS), 5, 3, heads=3, seed=2)
    return trace(memory, Stream(WORDS, 3 * drawn.queries, drawn.kv))


def test_full_attention_looked_at_the_answer_and_every_slot_is_one_word() -> None:
    seen = sources(planted(Full()))
    best = seen.looked_at[0]
    assert (best.slot, best.name, best.role) == (KEY.answer_at, f"k{KEY.answer_at + 1}", Role.RECENT)
    assert best.weight > 0.9
    assert best.parts == (Part(KEY.answer_at, "kitchen", 1.0),)
    assert len(seen.looked_at) == 8
    assert seen.others == LAST + 1 - 8
    assert all(len(source.parts) == 1 for source in seen.looked_at)


def test_a_lone_average_has_all_the_attention_and_equal_parts() -> None:
    seen = sources(planted(CumulativeAverage()))
    (summary,) = seen.looked_at
    assert (summary.slot, summary.name, summary.role, summary.weight) == (-1, "Σ", Role.SUMMARY, 1.0)
    assert (seen.rest, seen.others) == (0.0, 0)
    assert [part.position for part in summary.parts] == list(range(LAST + 1))
    assert [part.share for part in summary.parts] == pytest.approx([1 / (LAST + 1)] * (LAST + 1))
    assert summary.parts[2].word == "red"


def test_a_mean_of_three_pairs_by_hand() -> None:
    # n_s = 2, n_m = 3, c = 3: slot c1 = {0, 1, 2}, c2 = {3, 4, 5}, ...
    seen = sources(planted(Compressive(2, 3, 11, MeanPool(3))), most=99)
    by_name = {source.name: source for source in seen.looked_at}
    assert [(part.position, part.word) for part in by_name["c2"].parts] == [(3, "key"), (4, "is"), (5, "in")]
    assert [part.share for part in by_name["c2"].parts] == pytest.approx([1 / 3] * 3)
    assert by_name["c2"].role is Role.COMPRESSED
    assert (seen.others, seen.rest) == (0, 0)


SHARED: dict[str, Memory] = {  # type: ignore[type-arg]
    **{name: kind() for name, kind in MEMORIES.items()},
    "max": Compressive(3, 5, 7, COMPRESSIONS["max"](2)),
    "hybrid with a mean": Hybrid(Window(11), CumulativeAverage()),
    "learned": GlobalTokens(3, 7, learned=2),
    "mean that the last word changes when it has read": Hybrid(Segments(5, 2), CumulativeAverage()),
}


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("head", [None, 0, 1, 2])
def test_weights_sum_to_one_and_with_the_shares_they_are_the_attribution(name: str, head: int | None) -> None:
    run = three_heads(SHARED[name])
    seen = sources(run, head, most=999)
    weights = [source.weight for source in seen.looked_at]
    assert sum(weights) == pytest.approx(1, abs=1e-5)
    assert weights == sorted(weights, reverse=True)
    attributed = np.zeros(LAST + 1)
    for source in seen.looked_at:
        assert name == "recurrent" or not source.parts or sum(p.share for p in source.parts) == pytest.approx(1)
        for part in source.parts:
            attributed[part.position] += source.weight * part.share
    rows = run.steps[-1].attribution
    np.testing.assert_allclose(attributed, rows.mean(axis=0) if head is None else rows[head], atol=1e-5)


@given(st.integers(1, 60), st.sampled_from([None, 0, 2]))
def test_what_is_not_listed_is_in_the_rest(most: int, head: int | None) -> None:
    run = three_heads(Window(23))
    seen, everything = sources(run, head, most), sources(run, head, 99)
    assert seen.looked_at == everything.looked_at[:most]
    assert seen.others == max(0, 23 - most)
    assert sum(source.weight for source in seen.looked_at) + seen.rest == pytest.approx(1, abs=1e-5)


def test_heads_differ_and_the_mean_is_named_none() -> None:
    run = three_heads(Window(23))
    assert len({sources(run, head).looked_at[0].weight for head in (None, 0, 1, 2)}) == 4
    assert (sources(run).head, sources(run, 2).head) == (None, 2)


def test_a_learned_token_stems_from_no_word() -> None:
    seen = sources(planted(GlobalTokens(0, 3, learned=2)), most=99)
    learned = [source for source in seen.looked_at if source.role is Role.GLOBAL]
    assert len(learned) == 2
    assert all(source.parts == () for source in learned)


def test_what_is_asked_wrongly_is_refused() -> None:
    with pytest.raises(ValueError, match="head must be 0 to 0, or None for the mean, got 1"):
        sources(planted(Full()), head=1)
    with pytest.raises(ValueError, match="most must be ≥ 1 slot, got 0"):
        sources(planted(Full()), most=0)
