"""Recall experiments: closed forms say what the memories hold, counts are the answers, nothing is random."""

import math
from collections.abc import Iterator
from itertools import islice, pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from memattn.kv import KV
from memattn.lessons.asking import ask
from memattn.lessons.results import Curve, MeasuredPoint
from memattn.lessons.story import content, ways
from memattn.lessons.story.expected import carries, expected, guess, holds, rule
from memattn.lessons.story.experiment import PHASES, ROLES, ByDistance, ByFacts, Design, Posed, complete, measure, named
from memattn.lessons.story.ways import Choice
from memattn.memory.base import Memory
from memattn.reader import FactKind, Reader, ReaderConfig, Tokenizer, WeightsError
from memattn.reader.config import random_weights
from memattn.reader.weights import file_of

READER = Reader.load()
SMALL = (ByDistance(stories=53, tokens=128, facts=7, bins=4), ByFacts(stories=29, counts=(1, 3), gap=13))
ALL = [Choice(way) for way in content.WAYS if way != "compressive"]
ALL += [Choice("compressive", compression=compression) for compression in content.COMPRESSIONS]
EXACT = [
    Choice("full"),
    Choice("window", (("nc", 11),)),
    Choice("segments", (("ns", 7), ("m", 3))),
    Choice("segments", (("ns", 5), ("m", 0))),
    Choice("pinned", (("g", 13), ("nc", 5))),
    Choice("compressive", (("ns", 7), ("nm", 11), ("ncm", 3), ("c", 3)), "mean"),
    Choice("compressive", (("ns", 5), ("nm", 5), ("ncm", 0), ("c", 2)), "mean"),
    Choice("compressive", (("ns", 11), ("nm", 17), ("ncm", 5), ("c", 4)), "e2e"),
    Choice("compressive", (("ns", 7), ("nm", 13), ("ncm", 5), ("c", 3)), "keep"),
    Choice("cumulative"),
    Choice("moving", (("nc", 13),)),
    Choice("hybrid", (("nc", 7),)),
    Choice("merging", (("ng", 5), ("nc", 3))),
    Choice("pool", (("ng", 5), ("nc", 3))),
    Choice("sqrt", (("ng", 2), ("nc", 3))),
    Choice("log", (("ng", 2), ("nc", 3))),
]


def untrained(name: str = "reader", learned_by: str = "") -> Reader:
    """A reader with every part that a member may have, and random weights."""
    config = ReaderConfig(Tokenizer().size, cell="gated" if name == "gated" else "")
    return Reader(config, random_weights(config, 5), Tokenizer(), READER.compressors, READER.dilated, {})


@pytest.fixture(autouse=True)
def everybody_is_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results must not depend on which members have been trained: one model serves all memories."""
    monkeypatch.setattr(ways, "member", lambda name="reader", learned_by="": READER)


def made(choice: Choice) -> Memory:
    return ways.reading(choice).memory


def held_by(memory: Memory, asked: int) -> set[int]:
    """Positions that a slot carries which the word at `asked` reads, from the mechanism's own provenance."""
    blank = KV(torch.zeros(4, asked + 1, 16), torch.zeros(4, asked + 1, 16))
    before = memory.update(blank[:asked], memory.empty(blank)).state
    slots = memory.readable(blank[asked:], before, memory.update(blank[asked:], before))
    assert slots.value_shares is not None
    return set((slots.value_shares > 0).flatten(0, -2).any(dim=0).nonzero().flatten().tolist())


@pytest.mark.parametrize("choice", EXACT, ids=named)
def test_what_is_carried_in_closed_form_is_what_the_memory_carries(choice: Choice) -> None:
    memory = made(choice)
    for asked in (0, 4, 29, 61, *range(83, 83 + 23)):
        found = {position for position in range(asked + 1) if carries(choice, asked, position)}
        assert found == held_by(memory, asked), asked


@given(st.integers(1, 16), st.integers(0, 20), st.integers(0, 9), st.integers(1, 8), st.integers(1, 150))
def test_the_reach_of_a_compressive_memory_at_any_phase(n_s: int, more: int, n_cm: int, c: int, asked: int) -> None:
    dials = (("ns", n_s), ("nm", n_s + more), ("ncm", n_cm), ("c", c))
    choice = Choice("compressive", dials, "mean")
    found = {position for position in range(asked + 1) if carries(choice, asked, position)}
    assert found == held_by(made(choice), asked)


def test_closed_forms_by_hand() -> None:
    told, lost = (5, 20, 40, 60, 70), 1 / 24
    window = Choice("window", (("nc", 30),))
    # the answer at 70 has its full stop at 71: the last question mark that reads it stands at 100
    assert [expected(window, asked, 70, told, lost) for asked in (99, 100, 101)] == [1, 1, lost]
    assert expected(Choice("full"), 999, 5, told, lost) == 1
    assert expected(Choice("cumulative"), 99, 5, told, lost) == pytest.approx(1 / 5 + 4 / 5 / 24)
    # of the five, those at 60 and 70 are among the newest 40
    assert expected(Choice("moving", (("nc", 40),)), 99, 70, told, lost) == pytest.approx(1 / 2 + 1 / 48)
    assert expected(Choice("moving", (("nc", 40),)), 99, 40, told, lost) == lost
    hybrid = Choice("hybrid", (("nc", 40),))
    assert [expected(hybrid, asked, 60, (60,) * 4, lost) == 1 for asked in (99, 100, 101)] == [True, True, False]
    assert expected(hybrid, 99, 20, told, lost) == pytest.approx(1 / 3 + 2 / 3 / 24)
    assert expected(Choice("merging", (("ng", 2), ("nc", 40))), 99, 20, told, lost) == pytest.approx(2 / 3 + 1 / 72)
    assert expected(Choice("pool", (("ng", 3), ("nc", 40))), 99, 20, told, lost) == 1
    # half-life 7: γ = 1 - 2^(-1/7) = 0.0943, so 2 / γ - 1 = 20.2 tokens
    fading = Choice("exponential", (("half", 7),))
    assert [carries(fading, 50, position) for position in (29, 30)] == [False, True]
    assert holds(fading, 50, 29) and not holds(fading, 50, 28)


def test_a_blind_guess_takes_one_of_the_words_that_could_answer() -> None:
    assert {kind: guess(kind) for kind in FactKind} == dict.fromkeys(FactKind, 1 / 24)


def test_every_memory_says_what_its_closed_form_is_and_which_colour_it_has() -> None:
    for choice in ALL:
        assert rule(choice).startswith(("closed form: ", "upper bound: ", "rule of thumb: "))
    assert rule(Choice("window")).startswith("closed form") and "one layer" in rule(Choice("window", layers=2))
    assert rule(Choice("compressive")).startswith("upper bound") and "F facts" in rule(Choice("gated"))
    assert set(ROLES) == set(content.WAYS)


@pytest.mark.parametrize("design", SMALL, ids=["distance", "facts"])
@pytest.mark.parametrize("choice", ALL, ids=named)
def test_every_memory_can_be_measured(choice: Choice, design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "member", untrained)
    last = None
    for curve in measure(choice, design):
        assert last is None or curve.done > last.done
        assert sum(point.asked for point in curve.points) == curve.done
        assert [point.x for point in curve.points] == sorted({point.x for point in curve.points})
        assert curve.complete == (curve.done == design.total)
        last = curve
    assert last is not None and last.complete and last.name == named(choice)
    for point in last.points:
        low, high = point.interval
        assert 0 <= low <= point.share <= high <= 1 and 0 < point.chance <= point.expected <= 1


@pytest.mark.parametrize("design", SMALL, ids=["distance", "facts"])
def test_the_marks_are_those_of_asking_every_question_by_itself(design: Design) -> None:
    choice = Choice("compressive", (("ns", 5), ("nm", 11), ("ncm", 7), ("c", 3)))
    own = ways.reading(choice)
    right: dict[int, list[bool]] = {}
    for one in questions(design):
        alone = ask(one.story.asking(one.fact), own.memory, own.teller, "any", verify=False)
        right.setdefault(one.bin, []).append(alone.right)
        assert len(alone.trace.tokens) - 1 == one.asked
    counted = complete(choice, design).points
    assert [(point.right, point.asked) for point in counted] == [
        (sum(marks), len(marks)) for _, marks in sorted(right.items())
    ]


def test_settings_decide_the_result_alone_and_it_can_be_left_at_any_time() -> None:
    choice, design = Choice("window"), SMALL[0]
    first, *_, last = measure(choice, design)
    left = measure(choice, design)
    assert next(left) == first
    del left
    torch.rand(3)
    assert complete(choice, design) == last != complete(choice, ByDistance(53, 128, 7, 4, seed=1))
    assert hash(last) == hash(complete(choice, design))
    assert not first.complete and first.line == last.line and first.done == 25 and last.done == 53


def test_wilson_ends_solve_the_equation_they_come_from() -> None:
    for point in complete(Choice("window"), SMALL[0]).points:
        for end in point.interval:
            if 0 < end < 1:
                reached = (point.share - end) ** 2
                assert reached == pytest.approx(1.959964**2 * end * (1 - end) / point.asked, abs=1e-9)


def test_the_trained_reader_does_what_the_closed_forms_say() -> None:
    for choice in (Choice("window"), Choice("segments"), Choice("compressive")):
        for design in (ByDistance(stories=96), ByFacts(stories=40)):
            points = complete(choice, design).points
            missed = [p for p in points if not p.interval[0] - 0.08 <= p.expected <= p.interval[1] + 0.08]
            assert not missed, (choice, missed)
    near, _, *far = complete(Choice("window"), ByDistance(stories=96)).points
    assert near.label == "0 to 31 tokens" and near.share == 1
    assert sum(point.right for point in far) < 0.15 * sum(point.asked for point in far)


def test_facts_are_asked_at_every_phase_of_a_segment_and_lie_where_their_bin_says() -> None:
    design = ByDistance(stories=256)
    posed = list(questions(design))
    assert {len(one.story.words) for one in posed} == set(range(256 - PHASES + 1, 257))
    assert {one.asked % 32 for one in posed} == set(range(32))
    for one in posed:
        words = one.story.asking(one.fact).words
        assert (words[one.asked], words[one.asked - one.distance]) == ("?", one.fact.answer)
        assert 32 * one.bin <= one.distance and (one.distance < 32 * one.bin + 32 or one.bin == 7)
        assert len(one.told) == 16 and one.fact.answer_at in one.told
    assert len({one.story for one in posed}) == 256


def test_facts_come_first_are_of_one_kind_and_then_comes_the_gap() -> None:
    design = ByFacts(stories=11, counts=(1, 3, 7), gap=19)
    posed = list(questions(design))
    assert len(posed) == design.total == 33
    for one in posed:
        facts = one.story.facts
        assert len(facts) == (1, 3, 7)[one.bin] and len({fact.kind for fact in facts}) == 1
        assert facts[0].start == 1 and all(a.end == b.start for a, b in pairwise(facts))
        assert len(one.story.words) - facts[-1].end == 19
    assert {one.fact.kind for one in posed} == set(FactKind)


def test_the_lines_by_hand() -> None:
    segments = dict(ByDistance().line(Choice("segments", (("ns", 8), ("m", 4)))))
    # r tokens of the running segment stand before the question mark: the full stop is held while d - 1 ≤ 32 + r
    for distance, phases in ((33, 8), (35, 6), (40, 1), (41, 0)):
        held = phases / 8
        assert segments[distance] == pytest.approx(held + (1 - held) / 24)
    window = dict(ByDistance().line(Choice("window")))
    assert (window[32], window[33]) == (1, pytest.approx(1 / 24))
    facts = dict(ByFacts(counts=(1, 4, 16)).line(Choice("cumulative")))
    assert facts == pytest.approx({1: 1, 4: 1 / 4 + 3 / 4 / 24, 16: 1 / 16 + 15 / 16 / 24})
    # 15 pinned words behind the start word hold so many answers of facts of 8, 4, 7 and 6 words: 2, 4, 2 and 2 of 4
    pinned = dict(ByFacts(counts=(2, 4), gap=64).line(Choice("pinned")))
    assert pinned == pytest.approx({2: 1, 4: 10 / 16 + 6 / 16 / 24})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ByDistance(stories=0), "stories must be ≥ 1, got 0"),
        (lambda: ByDistance(tokens=195), "tokens must be ≥ 196 for 16 facts, got 195"),
        (lambda: ByDistance(bins=0), "bins must be ≥ 1, got 0"),
        (lambda: ByDistance(seed=-1), "seed must be ≥ 0, got -1"),
        (lambda: ByDistance(bins=257), "at most one per token, 256, got 257"),
        (lambda: ByFacts(counts=(2, 1)), "ascending order"),
        (lambda: ByFacts(counts=(1, 25)), r"1\.\.24"),
        (lambda: ByFacts(gap=3), "0 or ≥ 4 tokens, the shortest sentence, got 3"),
    ],
)
def test_what_cannot_be_told_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


def test_the_longest_and_the_densest_story_that_are_allowed_can_be_told() -> None:
    assert sum(1 for _ in questions(ByDistance(stories=PHASES, tokens=196))) == PHASES
    assert sum(1 for _ in questions(ByFacts(stories=4, counts=(24,), gap=0))) == 4


def test_missing_weights_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str = "reader", learned_by: str = "") -> Reader:
        raise WeightsError(file_of(name), "are missing")

    monkeypatch.setattr(ways, "member", missing)
    with pytest.raises(WeightsError, match=r"averages\.safetensors are missing"):
        measure(Choice("moving"), SMALL[0])


def test_a_share_is_right_among_asked() -> None:
    point = MeasuredPoint(3, "three", 5, 8, (0.3, 0.86), 0.7, 0.04)
    assert point.share == 0.625
    curve = Curve("any", ROLES["window"], (point,), (), "", 8, 13)
    assert not curve.complete and math.isclose(curve.points[0].share, 5 / 8)


def questions(design: Design) -> Iterator[Posed]:
    return (one for step in islice(design.steps(), 100) for one in step)
