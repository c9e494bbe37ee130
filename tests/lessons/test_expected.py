"""What recall to expect: the pair that answers is measured, what is held is the memory's own provenance, h by hand."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from memattn.lessons.expected import ANSWERS_FROM, Held, answers_at, expected, guess, held, parts, rule
from memattn.lessons.memories import Choice, make, titled
from memattn.lessons.models import load
from memattn.memory.compressive import REMAINDERS
from memattn.reader import Fact, FactKind, Story, parse, story
from memattn.reader.accuracy import HELD_OUT_SEED
from memattn.records import Trace
from memattn.streams import random_stream
from memattn.trace import trace
from tests.lessons.cases import COMPRESSED, SMALL

STORIES, TOKENS, FACTS = 30, 160, 8
LOST = 1 / 24  # a blind guess
every_kind = pytest.mark.parametrize("kind", FactKind)


# --- which pair answers, measured -----------------------------------------------------------------------------------


@cache
def stories() -> tuple[Story, ...]:
    return tuple(story(4 * HELD_OUT_SEED + number, TOKENS, FACTS) for number in range(STORIES))


def recall(kind: FactKind, visible: int) -> float:
    """Share of right answers by the base reader where all that is left of a fact is one pair.

    Hidden from the question mark are the other pairs of the fact and the five behind it, whose convolution reaches it.

    Args:
        kind: of the facts asked for.
        visible: tokens behind the answer's word.
    """
    asked = [(one, fact) for one in stories() for fact in one.facts if fact.kind is kind]
    assert len({id(one) for one, _ in asked}) >= 30
    return float(np.mean([answered(one, fact, visible) for one, fact in asked]))


def answered(told: Story, fact: Fact, visible: int) -> bool:
    reader, words = load("base-1"), told.with_question(fact).words
    hidden = torch.zeros(len(words), dtype=torch.bool)
    hidden[fact.start : fact.end + 5] = True
    hidden[fact.answer_at + visible] = False
    return reader.answer(last_row(words, hidden), words).word == fact.answer


def last_row(words: Sequence[str], hidden: Tensor) -> Tensor:
    """Attention outputs in which the last row is that of a query that some pairs are hidden from; no other counts."""
    stream = load("base-1").stream(words)
    scores = (stream.kv.keys @ stream.queries[:, -1].unsqueeze(-1)).squeeze(-1) / stream.kv.keys.shape[-1] ** 0.5
    weights = scores.masked_fill(hidden.to(scores.device), -torch.inf).softmax(dim=-1)
    outputs = torch.zeros_like(stream.kv.values)
    outputs[:, -1] = (weights.unsqueeze(-2) @ stream.kv.values).squeeze(-2)
    return outputs


def test_with_nothing_hidden_the_row_by_hand_is_the_readers_own() -> None:
    told = stories()[0]
    words = told.with_question(told.facts[3]).words
    row = last_row(words, torch.zeros(len(words), dtype=torch.bool))
    whole = trace(make(Choice("full")), load("base-1").stream(words), verify=False).outputs
    np.testing.assert_allclose(row[:, -1].cpu().numpy(), whole[:, -1], atol=1e-4)


@every_kind
def test_the_pair_that_is_said_to_answer_answers_alone(kind: FactKind) -> None:
    assert recall(kind, ANSWERS_FROM[kind]) >= 0.97


@every_kind
def test_no_other_pair_of_a_fact_answers_alone(kind: FactKind) -> None:
    for visible in {0, 1, 3} - {ANSWERS_FROM[kind]}:
        assert recall(kind, visible) < 0.15, visible


def test_a_place_answers_from_its_word_an_owner_and_a_trip_from_the_full_stop() -> None:
    assert {kind for kind, behind in ANSWERS_FROM.items() if behind == 0} == {FactKind.PLACE}
    assert {kind for kind, behind in ANSWERS_FROM.items() if behind == 1} == {FactKind.OWNER, FactKind.TRIP}
    fact = parse(("<start>", *["anna", "likes", "soup", ".", "it", "rains", "now", "."])).facts[0]
    assert answers_at(fact) == 3 + ANSWERS_FROM[FactKind.LIKES] == 6


# --- what is held ---------------------------------------------------------------------------------------------------

COMPRESSIVE = {"segment_length": 7, "memory_length": 11, "compressed_length": 3, "rate": 3}
EXACT = [
    SMALL["full"],
    Choice("window", (("window", 11),)),
    Choice("segments", (("segment_length", 7), ("segments", 3))),
    Choice("segments", (("segment_length", 5), ("segments", 0))),
    Choice("global_tokens", (("pinned", 13), ("window", 5))),
    *(Choice("compressive", tuple((COMPRESSIVE | {"remainder": rule}).items()), "mean") for rule in REMAINDERS),
    *(Choice("compressive", tuple((COMPRESSIVE | {"remainder": rule}).items()), "keep") for rule in REMAINDERS),
    Choice("compressive", (("segment_length", 5), ("memory_length", 5), ("compressed_length", 0), ("rate", 2)), "mean"),
    Choice("moving_average", (("window", 13),)),
    Choice("weighted_average", (("betas", 13),)),
    Choice("cumulative_average"),
    Choice("exponential_average", (("gamma", 0.13),)),
    Choice("hybrid", (("first.window", 7),)),
    Choice("hybrid", (("first.window", 7), ("second", "merging"), ("second.slots_from", 5))),
    *(Choice("merging", (("slots_from", 5), ("growth", growth))) for growth in ("fixed", "sqrt", "log")),
    Choice("rebinned", (("slots_from", 5),)),
]


def by_trace(run: Trace, asked: int) -> Held:
    """What the token at `asked` read, from the records of a run over pairs that mean nothing."""
    made = [slot for slot in run.steps[asked].ids if slot < 0]
    shares = np.zeros((len(made), asked + 1))
    for row, slot in enumerate(made):
        found = run.shares_read(slot, asked)
        shares[row, list(found.sources)] = found.values[0]
    return Held(frozenset(slot for slot in run.steps[asked].ids if slot >= 0), shares.astype(np.float32))


@pytest.mark.parametrize("choice", EXACT, ids=titled)
def test_what_is_held_is_what_a_run_of_the_memory_reads(choice: Choice) -> None:
    run = trace(make(choice), random_stream(107, 3, 2), verify=False)
    for asked in (0, 4, 29, 61, *range(83, 107)):
        found, read = held(choice, asked), by_trace(run, asked)
        assert found.raw == read.raw, asked
        np.testing.assert_allclose(found.shares, read.shares, atol=1e-6)


@given(st.integers(1, 16), st.integers(0, 20), st.integers(0, 9), st.integers(1, 8), st.integers(1, 150))
def test_the_reach_of_a_compressive_memory_at_any_phase(n_s: int, more: int, n_cm: int, c: int, asked: int) -> None:
    sizes = {"segment_length": n_s, "memory_length": n_s + more, "compressed_length": n_cm, "rate": c}
    found = held(Choice("compressive", tuple(sizes.items()), "mean"), asked)
    made = max(0, asked // n_s * n_s - n_s - more) // c  # groups of c that have left Mem, under "carry"
    carried = set(found.raw) | set(np.flatnonzero((found.shares > 0).any(axis=0)).tolist())
    assert carried == set(range(max(0, made - n_cm) * c, asked + 1))
    assert found.raw == set(range(made * c, asked + 1))


def test_what_depends_on_the_pairs_themselves_is_taken_as_a_mean() -> None:
    for key in ("e2e", "max", "most_used", "conv"):
        own, mean = (held(Choice("compressive", COMPRESSED["mean"].settings, f), 61) for f in (key, "mean"))
        assert own.raw == mean.raw
        np.testing.assert_array_equal(own.shares, mean.shares)
    np.testing.assert_allclose(held(Choice("recurrent"), 61).shares, held(Choice("cumulative_average"), 61).shares)


# --- h by hand ------------------------------------------------------------------------------------------------------


def test_closed_forms_by_hand() -> None:
    others = (5, 20, 40, 60, 70)

    def hope(choice: Choice, asked: int, position: int) -> float:
        return expected(choice, asked, position, others, LOST)

    window = Choice("window", (("window", 30),))
    # of 30 pairs the own one is the newest: a pair at 70 is last read at 99
    assert [hope(window, asked, 70) for asked in (98, 99, 100)] == pytest.approx([1, 1, LOST])
    assert hope(Choice("full"), 999, 5) == 1
    assert hope(Choice("cumulative_average"), 99, 5) == pytest.approx(1 / 5 + 4 / 5 / 24)
    moving = Choice("moving_average", (("window", 40),))
    # of the five, those at 60 and 70 are among the newest 40
    assert hope(moving, 99, 70) == pytest.approx(1 / 2 + 1 / 48)
    assert hope(moving, 99, 40) == pytest.approx(LOST)
    hybrid = Choice("hybrid", (("first.window", 40),))
    assert [hope(hybrid, asked, 60) == 1 for asked in (98, 99, 100)] == [True, True, False]
    assert hope(hybrid, 99, 20) == pytest.approx(1 / 3 + 2 / 3 / 24)
    # weights 1 to 40, the newest at 99: 70 weighs 11, 60 weighs 1
    weighted = Choice("weighted_average", (("betas", 40),))
    assert hope(weighted, 99, 70) == pytest.approx(11 / 12 + 1 / 12 / 24)
    # each ten tokens older weigh (1 - γ)^10 as much
    fading = Choice("exponential_average", (("gamma", 0.2),))
    weights = [0.8 ** (99 - at) for at in others]
    assert hope(fading, 99, 70) == pytest.approx(weights[4] / sum(weights) * (1 - LOST) + LOST, abs=1e-4)


def test_a_fact_among_the_others_is_not_counted_twice() -> None:
    average = Choice("cumulative_average")
    with_it, without = (parts(average, 99, others)[40] for others in ((20, 40, 60), (20, 60)))
    assert with_it == without == pytest.approx(1 / 3)


@every_kind
def test_a_fact_is_expected_as_long_as_the_pair_that_answers_is_held_and_no_longer(kind: FactKind) -> None:
    """Neither the answer's word nor the full stop alone will do, where the model answers from another pair."""
    told = next(one for one in stories() if any(fact.kind is kind for fact in one.facts[:-1]))
    fact = next(fact for fact in told.facts if fact.kind is kind)
    others = [answers_at(one) for one in told.facts]
    for distance in range(8, 41):  # from the answer's word to the question mark
        hope = expected(Choice("window"), fact.answer_at + distance, answers_at(fact), others, LOST)
        assert hope == pytest.approx(1 if distance < 32 + ANSWERS_FROM[kind] else LOST), distance


@pytest.mark.parametrize("rate", [2, 3, 5])
def test_of_pairs_of_which_one_in_c_is_kept_one_in_c_is_expected(rate: int) -> None:
    choice = Choice("compressive", (("rate", rate), ("compressed_length", 50)), "keep")
    part = parts(choice, 119, [])
    assert set(part.tolist()) == {0.0, 1.0}
    popped = 120 // 8 * 8 - 16 - 8  # what the full segments before the question mark pushed out of Mem
    popped -= popped % rate  # the rest is carried
    assert part[:popped].sum() == popped / rate
    assert part[popped:].all()


def test_a_blind_guess_takes_one_of_the_words_that_could_answer() -> None:
    assert {kind: guess(kind) for kind in FactKind} == dict.fromkeys(FactKind, LOST)


@pytest.mark.parametrize(
    ("choice", "kind", "deep"),
    [
        (Choice("full"), "closed form", False),
        (Choice("full", layers=2), "closed form", False),
        (Choice("window"), "closed form", False),
        (Choice("window", layers=2), "closed form", True),
        (Choice("compressive", (("compressed_length", 0),), "mean"), "closed form", False),
        (Choice("compressive"), "upper bound", False),
        (Choice("compressive", compression="keep"), "closed form", False),
        (Choice("compressive", (("rate", 1),)), "closed form", False),
        (Choice("compressive", compression="mean", layers=2), "upper bound", True),
        (Choice("recurrent"), "upper bound", False),
        (Choice("merging"), "upper bound", False),
    ],
    ids=lambda one: titled(one) if isinstance(one, Choice) else None,
)
def test_a_line_says_what_kind_of_expectation_it_is(choice: Choice, kind: str, deep: bool) -> None:
    assert rule(choice).startswith(f"{kind}: ")
    assert rule(choice).endswith("(in one layer)") == deep


@pytest.mark.parametrize("name", SMALL)
def test_every_memory_has_an_expectation(name: str) -> None:
    part = parts(SMALL[name], 61, [13, 37, 53])
    assert part.shape == (62,)
    assert part.min() >= 0
    assert part.max() <= 1 + 1e-6
    assert rule(SMALL[name]).partition(": ")[2]
