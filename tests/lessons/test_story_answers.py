"""Where an answer came from: the table's numbers are the trace's, and what is gone is gone from every slot."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from memattn.compression import COMPRESSIONS, MeanPool
from memattn.lessons.asking import Asked, Untrained, ask
from memattn.lessons.story.answers import Lost, Part, forgotten, sources
from memattn.memory import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.window import Window
from memattn.reader import START, FactKind, Story, parse, question_words, story
from memattn.records import Role
from memattn.streams import Stream, random_stream

TEXT = "the red key is in the kitchen . anna likes soup . it rains now . the fox sings . the blue cup is in the barn ."
TOLD = parse((START, *TEXT.split()))
KEY, ANNA, CUP = TOLD.facts
LAST = len(TOLD.asking(KEY).words) - 1


class ThreeHeads:
    """Random queries, keys and values for three heads, so that heads and their mean differ."""

    origin = "random"

    def stream(self, of: Story) -> Stream:
        drawn = random_stream(len(of.words), 5, 3, heads=3, seed=2)
        return Stream(of.words, 3 * drawn.queries, drawn.kv)

    def answers(self, of: Story, outputs: object) -> dict[str, float]:
        return {"soup": 1.0}


def asked(memory: Memory, heads: bool = False) -> Asked:
    return ask(TOLD.asking(KEY), memory, ThreeHeads() if heads else Untrained(3), "any")


def test_full_attention_looked_at_the_answer_and_every_slot_is_one_word() -> None:
    seen = sources(asked(Full()))
    best = seen.looked_at[0]
    assert (best.slot, best.name, best.role) == (KEY.answer_at, f"k{KEY.answer_at + 1}", Role.RECENT)
    assert best.weight > 0.9 and best.parts == (Part(KEY.answer_at, "kitchen", 1.0),)
    assert len(seen.looked_at) == 8 and seen.others == LAST + 1 - 8
    assert all(len(source.parts) == 1 for source in seen.looked_at)


def test_a_lone_average_has_all_the_attention_and_equal_parts() -> None:
    seen = sources(asked(CumulativeAverage()))
    (summary,) = seen.looked_at
    assert (summary.slot, summary.name, summary.role, summary.weight) == (-1, "Σ", Role.SUMMARY, 1.0)
    assert (seen.rest, seen.others) == (0.0, 0)
    assert [part.position for part in summary.parts] == list(range(LAST + 1))
    assert [part.share for part in summary.parts] == pytest.approx([1 / (LAST + 1)] * (LAST + 1))
    assert summary.parts[2].word == "red"


def test_a_mean_of_three_pairs_by_hand() -> None:
    # n_s = 2, n_m = 3, c = 3: slot c1 = {0, 1, 2}, c2 = {3, 4, 5}, ...
    seen = sources(asked(Compressive(2, 3, 11, MeanPool(3))), most=99)
    by_name = {source.name: source for source in seen.looked_at}
    assert [(part.position, part.word) for part in by_name["c2"].parts] == [(3, "key"), (4, "is"), (5, "in")]
    assert [part.share for part in by_name["c2"].parts] == pytest.approx([1 / 3] * 3)
    assert by_name["c2"].role is Role.COMPRESSED and seen.others == 0 and seen.rest == 0


MEMORIES = [
    Full(),
    Window(17),
    Compressive(3, 5, 7, COMPRESSIONS["max"](2)),
    Hybrid(Window(11), CumulativeAverage()),
    GlobalTokens(3, 7, learned=2),
]


@pytest.mark.parametrize("memory", MEMORIES, ids=lambda memory: type(memory).__name__)
@pytest.mark.parametrize("head", [None, 0, 1, 2])
def test_weights_sum_to_one_and_with_the_shares_they_are_the_attribution(memory: Memory, head: int | None) -> None:
    result = asked(memory, heads=True)
    seen = sources(result, head, most=999)
    weights = [source.weight for source in seen.looked_at]
    assert sum(weights) == pytest.approx(1, abs=1e-5) and weights == sorted(weights, reverse=True)
    attributed = np.zeros(LAST + 1)
    for source in seen.looked_at:
        assert not source.parts or sum(part.share for part in source.parts) == pytest.approx(1, abs=1e-5)
        for part in source.parts:
            attributed[part.position] += source.weight * part.share
    rows = result.trace.steps[-1].attribution
    np.testing.assert_allclose(attributed, rows.mean(axis=0) if head is None else rows[head], atol=1e-5)


@given(st.integers(1, 60), st.sampled_from([None, 0, 2]))
def test_what_is_not_listed_is_in_the_rest(most: int, head: int | None) -> None:
    result = asked(Window(23), heads=True)
    seen, everything = sources(result, head, most), sources(result, head, 99)
    assert seen.looked_at == everything.looked_at[:most]
    assert seen.others == max(0, 23 - most)
    assert sum(source.weight for source in seen.looked_at) + seen.rest == pytest.approx(1, abs=1e-5)


def test_heads_differ_and_the_mean_is_named_none() -> None:
    result = asked(Window(23), heads=True)
    assert len({sources(result, head).looked_at[0].weight for head in (None, 0, 1, 2)}) == 4
    assert (sources(result).head, sources(result, 2).head) == (None, 2)


def test_a_learned_token_stems_from_no_word() -> None:
    seen = sources(asked(GlobalTokens(0, 3, learned=2)), most=99)
    learned = [source for source in seen.looked_at if source.role is Role.GLOBAL]
    assert len(learned) == 2 and all(source.parts == () for source in learned)


def test_what_is_asked_wrongly_is_refused() -> None:
    with pytest.raises(ValueError, match="head must be 0 to 0, or None for the mean, got 1"):
        sources(asked(Full()), head=1)
    with pytest.raises(ValueError, match="most must be ≥ 1 slot, got 0"):
        sources(asked(Full()), most=0)


def test_forgotten_words_are_those_that_left_the_window() -> None:
    assert forgotten(asked(Full())) == ()
    kept = LAST + 1 - KEY.start
    assert forgotten(asked(Window(kept))) == ()
    assert forgotten(asked(Window(kept - 2))) == (Lost(KEY.start, "the"), Lost(KEY.start + 1, "red"))
    gone = forgotten(asked(Window(3)))
    assert [lost.word for lost in gone] == TEXT.split()[: KEY.end - KEY.start]


def test_a_fact_that_was_never_told_cannot_be_forgotten() -> None:
    never = ask(parse((*TOLD.words, *question_words(FactKind.LIKES, ("zoe",)))), Window(3), Untrained(), "window")
    assert forgotten(never) == () and len(sources(never).looked_at) == 3


def test_the_same_question_gives_the_same_table() -> None:
    told = story(5, 90, 7)
    tables = []
    for _ in range(2):
        torch.rand(3)
        tables.append(sources(ask(told.asking(told.facts[2]), Window(31), Untrained(1), "window")))
    assert tables[0] == tables[1] and hash(tables[0]) == hash(tables[1])
