"""Recall on many stories: counts are the answers, lines are what to expect, and the trained readers do as expected."""

from collections.abc import Callable, Iterator
from itertools import islice, pairwise

import pytest
import torch

from memattn.intervals import Proportion
from memattn.lessons import models
from memattn.lessons.expected import ANSWERS_FROM, answers_at, guess
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice, main_role, make, served_by, titled
from memattn.lessons.models import load, trained
from memattn.lessons.recall import PHASES, ByDistance, ByFacts, Design, Posed, complete, measure
from memattn.lessons.results import Curve, MeasuredPoint
from memattn.lessons.running import run
from memattn.reader import FactKind, Reader, WeightsError
from memattn.reader.weights import file_of
from memattn.records import Role
from tests.lessons.cases import COMPRESSED, DEEP, SMALL

SHORT = (ByDistance(stories=29, tokens=128, facts=7, bins=4), ByFacts(stories=13, counts=(1, 3), gap=13))
SAMPLE = [*SMALL.values(), *(COMPRESSED[key] for key in ("ar-block", "keep", "most_used")), DEEP["window"]]
every_design = pytest.mark.parametrize("design", SHORT, ids=["distance", "facts"])


def questions(design: Design) -> Iterator[Posed]:
    return (one for step in islice(design.steps(), 100) for one in step)


@every_design
@pytest.mark.parametrize("choice", SAMPLE, ids=titled)
def test_every_memory_can_be_measured(choice: Choice, design: Design) -> None:
    last = None
    for curve in measure(choice, design):
        assert last is None or curve.done > last.done
        assert sum(point.asked for point in curve.points) == curve.done
        assert [point.x for point in curve.points] == sorted({point.x for point in curve.points})
        assert curve.complete == (curve.done == design.total)
        last = curve
    assert last is not None
    assert last.complete
    assert last.name == titled(choice)
    assert last.role == main_role(make(choice, load(served_by(choice), "ar-block" if "block" in last.name else "")))
    for point in last.points:
        low, high = point.interval
        assert 0 <= low <= point.share + 1e-12
        assert point.share - 1e-12 <= high <= 1
        assert 0 < point.chance <= point.expected <= 1 + 1e-6


@every_design
@pytest.mark.parametrize("name", ["compressive", "hybrid"])
def test_the_marks_are_those_of_asking_every_question_by_itself(name: str, design: Design) -> None:
    right: dict[int, list[bool]] = {}
    for one in questions(design):
        alone = run(Settings(SMALL[name], one.story.with_question(one.fact).words))
        right.setdefault(one.bin, []).append(alone.answer.right)  # type: ignore[union-attr]
        assert len(alone.trace.tokens) - 1 == one.asked
    counted = complete(SMALL[name], design).points
    assert [(point.right, point.asked) for point in counted] == [
        (sum(marks), len(marks)) for _, marks in sorted(right.items())
    ]


def test_settings_decide_the_result_alone_and_it_can_be_left_at_any_time() -> None:
    choice, design = Choice("window"), SHORT[0]
    first, *_, last = measure(choice, design)
    left = measure(choice, design)
    assert next(left) == first
    del left
    torch.rand(3)
    assert complete(choice, design) == last != complete(choice, ByDistance(29, 128, 7, 4, seed=1))
    assert hash(last) == hash(complete(choice, design))
    assert not first.complete
    assert first.line == last.line
    assert (first.done, last.done) == (25, 29)


def test_intervals_are_wilsons_of_what_was_counted() -> None:
    for point in complete(Choice("window"), SHORT[0]).points:
        low, high = Proportion(point.right, point.asked).interval
        assert point.interval == (max(0, low), min(1, high))


def test_what_to_expect_is_the_mean_over_the_questions_asked() -> None:
    window = 40
    points = complete(Choice("window", (("window", window),)), SHORT[0]).points
    for at, point in zip(sorted({one.bin for one in questions(SHORT[0])}), points, strict=True):
        own = [one for one in questions(SHORT[0]) if one.bin == at]
        hopes = [1 if one.asked - answers_at(one.fact) < window else guess(one.fact.kind) for one in own]
        assert point.expected == pytest.approx(sum(hopes) / len(own))
        assert point.chance == pytest.approx(1 / 24)


# --- the trained readers do as expected -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "choice",
    [
        Choice("window"),
        Choice("window", (("window", 31),)),
        Choice("segments", (("segment_length", 7),)),
        Choice("global_tokens", (("pinned", 13), ("window", 29))),
        Choice("compressive", (("compressed_length", 0), ("memory_length", 37)), "mean"),
    ],
    ids=titled,
)
def test_the_base_reader_answers_every_fact_whose_pair_is_held_and_guesses_the_others(choice: Choice) -> None:
    model, held, lost = trained(choice), [], []
    posed = [*questions(ByDistance(stories=75)), *questions(ByFacts(stories=20, gap=19))]
    for one, right in zip(posed, model.right([(p.story, p.fact) for p in posed], model.memories(choice)), strict=True):
        (held if answers_at(one.fact) in kept(choice, one) else lost).append(right)
    assert len(held) > 30
    assert len(lost) > 30
    assert all(held)
    low, high = Proportion(sum(lost), len(lost)).interval
    assert low - 0.04 < 1 / 24 < high + 0.04


def kept(choice: Choice, one: Posed) -> set[int]:
    """Positions that the question mark reads, by hand."""
    at = one.asked
    match choice.name:
        case "window":
            return set(range(at - int(choice["window"]) + 1, at + 1))
        case "segments":
            return set(range((at // 7 - 4) * 7, at + 1))
        case "global_tokens":
            return {*range(13), *range(at - 28, at + 1)}
    return set(range(at // 8 * 8 - 37, at + 1))


def test_where_one_pair_in_c_is_kept_one_fact_in_c_is_answered() -> None:
    choice = Choice("compressive", (("compressed_length", 70), ("rate", 4)), "keep")
    far = [point for point in complete(choice, ByDistance(stories=300)).points if point.x > 64]
    asked, right = sum(point.asked for point in far), sum(point.right for point in far)
    hope = sum(point.expected * point.asked for point in far) / asked
    low, high = Proportion(right, asked).interval
    assert asked > 150
    assert hope == pytest.approx(1 / 4 + 3 / 4 / 24, abs=0.06)
    assert low <= hope <= high


def test_what_the_trained_convolution_may_carry_is_an_upper_bound() -> None:
    for point in complete(Choice("compressive"), ByDistance(stories=96)).points:
        assert point.interval[0] <= point.expected + 0.04, point


# --- what is asked --------------------------------------------------------------------------------------------------


def test_facts_are_asked_at_every_phase_of_a_segment_and_lie_where_their_bin_says() -> None:
    design = ByDistance(stories=256)
    posed = list(questions(design))
    assert {len(one.story.words) for one in posed} == set(range(256 - PHASES + 1, 257))
    assert {one.asked % 32 for one in posed} == set(range(32))
    for one in posed:
        words = one.story.with_question(one.fact).words
        assert (words[one.asked], words[one.asked - one.distance]) == ("?", one.fact.answer)
        assert 32 * one.bin <= one.distance
        assert one.distance < 32 * one.bin + 32 or one.bin == 7
        assert len(one.answering) == 16
        assert one.fact.answer_at + ANSWERS_FROM[one.fact.kind] in one.answering
    assert len({one.story for one in posed}) == 256


def test_facts_come_first_are_of_one_kind_and_then_comes_the_gap() -> None:
    design = ByFacts(stories=11, counts=(1, 3, 7), gap=19)
    posed = list(questions(design))
    assert len(posed) == design.total == 33
    for one in posed:
        facts = one.story.facts
        assert len(facts) == (1, 3, 7)[one.bin]
        assert len({fact.kind for fact in facts}) == 1
        assert facts[0].start == 1
        assert all(a.end == b.start for a, b in pairwise(facts))
        assert len(one.story.words) - facts[-1].end == 19
    assert {one.fact.kind for one in posed} == set(FactKind)


def test_bins_in_words_and_on_the_axis() -> None:
    assert [ByDistance(tokens=200, bins=3, facts=11).place(bin) for bin in range(3)] == [
        (33.0, "0 to 66 tokens"),
        (100.0, "67 to 133 tokens"),
        (166.5, "134 to 199 tokens"),
    ]
    assert [ByFacts(counts=(1, 5)).place(bin) for bin in range(2)] == [(1, "1 fact"), (5, "5 facts")]


# --- lines by hand --------------------------------------------------------------------------------------------------


def over_kinds(right: Callable[[int], float]) -> float:
    """Mean over the kinds of fact, by how many tokens behind its word each is answered from."""
    found = [right(ANSWERS_FROM[kind]) for kind in FactKind]
    return sum(share + (1 - share) / 24 for share in found) / len(found)


def test_the_line_of_a_window_falls_where_the_pair_that_answers_leaves_it() -> None:
    line = dict(ByDistance().line(Choice("window")))
    for distance in (20, 31, 32, 33, 34, 35, 60):
        assert line[distance] == pytest.approx(over_kinds(lambda behind, at=distance: at - behind < 32)), distance
    assert line[31] == 1
    assert line[35] == pytest.approx(1 / 24)


def test_the_line_of_segments_falls_over_the_phases_of_a_segment() -> None:
    line = dict(ByDistance().line(Choice("segments", (("segment_length", 8), ("segments", 4)))))
    # r tokens of the running segment stand before the question mark: a pair at distance d is held while d ≤ 32 + r
    for distance in (32, 33, 35, 40, 41, 50):

        def share(behind: int, at: int = distance) -> float:
            return sum(at - behind <= 32 + r for r in range(8)) / 8

        assert line[distance] == pytest.approx(over_kinds(share)), distance


def test_the_line_of_an_average_is_one_of_the_facts() -> None:
    facts = dict(ByFacts(counts=(1, 4, 16)).line(Choice("cumulative_average")))
    assert facts == pytest.approx({1: 1, 4: 1 / 4 + 3 / 4 / 24, 16: 1 / 16 + 15 / 16 / 24})


def test_a_line_begins_where_the_longest_question_follows_a_fact_at_once() -> None:
    # from the answer's word over its full stop and five words of a question to its mark
    at = [distance for distance, _ in ByDistance().line(Choice("window"))]
    assert at == list(range(7, 256))


def test_the_line_over_facts_counts_those_whose_pairs_are_in_the_window() -> None:
    words = dict(zip(FactKind, ((8, 6), (4, 5), (7, 6), (6, 5)), strict=True))  # of the statement, of the question
    shares = []
    for kind, (statement, question) in words.items():
        asked = 4 * statement + 13 + question  # the start word stands before them
        pairs = [statement * (fact + 1) - 1 + ANSWERS_FROM[kind] for fact in range(4)]
        shares += [1 if asked - pair < 31 else 1 / 24 for pair in pairs]
    line = ByFacts(counts=(4,), gap=13).line(Choice("window", (("window", 31),)))
    assert line == ((4, pytest.approx(sum(shares) / 16)),)
    assert 1 / 24 < sum(shares) / 16 < 1


def test_the_line_of_pins_counts_the_answers_that_are_pinned() -> None:
    # behind the start word 15 are pinned; places and owners are told in 8 and 7 words, trips in 6, likes in 4
    held = {
        kind: sum(length * at + length - 1 + ANSWERS_FROM[kind] <= 15 for at in range(4))
        for kind, length in zip(FactKind, (8, 4, 7, 6), strict=True)
    }
    assert held == {FactKind.PLACE: 2, FactKind.LIKES: 3, FactKind.OWNER: 2, FactKind.TRIP: 2}
    pinned = dict(ByFacts(counts=(4,), gap=64).line(Choice("global_tokens")))
    assert pinned == pytest.approx({4: 9 / 16 + 7 / 16 / 24})


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make_design", "message"),
    [
        (lambda: ByDistance(stories=0), "stories must be ≥ 1, got 0"),
        (lambda: ByDistance(facts=0), "facts must be ≥ 1, got 0"),
        (lambda: ByDistance(tokens=195), "tokens must be ≥ 196 for 16 facts, got 195"),
        (lambda: ByDistance(bins=0), "bins must be ≥ 1, got 0"),
        (lambda: ByDistance(seed=-1), "seed must be ≥ 0, got -1"),
        (lambda: ByDistance(bins=257), "at most one per token, 256, got 257"),
        (lambda: ByFacts(counts=()), "some different numbers in ascending order"),
        (lambda: ByFacts(counts=(2, 1)), "ascending order"),
        (lambda: ByFacts(counts=(1, 25)), r"1\.\.24"),
        (lambda: ByFacts(gap=3), "0 or ≥ 4 tokens, the shortest sentence, got 3"),
        (lambda: ByFacts(stories=0), "stories must be ≥ 1, got 0"),
    ],
)
def test_what_cannot_be_told_is_refused(make_design: Callable[[], Design], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_design()


def test_the_longest_and_the_densest_story_that_are_allowed_can_be_told() -> None:
    assert sum(1 for _ in questions(ByDistance(stories=PHASES, tokens=196))) == PHASES
    assert sum(1 for _ in questions(ByFacts(stories=4, counts=(24,), gap=0))) == 4


def test_settings_that_do_not_go_together_are_refused() -> None:
    wrong = Choice("compressive", (("segment_length", 17), ("memory_length", 16)))
    with pytest.raises(ValueError, match="n_m must be ≥ n_s=17 pairs, got 16"):
        next(measure(wrong, SHORT[0]))


def test_missing_weights_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str = "reader", learned_by: str = "") -> Reader:
        raise WeightsError(file_of(name), "are missing")

    monkeypatch.setattr(models, "load", missing)
    with pytest.raises(WeightsError, match=r"averages\.safetensors are missing"):
        measure(Choice("moving_average"), SHORT[0])


def test_a_share_is_right_among_asked() -> None:
    point = MeasuredPoint(3, "three", 5, 8, (0.3, 0.86), 0.7, 0.04)
    assert point.share == 0.625
    assert not Curve("any", Role.RECENT, (point,), (), "", 8, 13).complete
    assert Curve("any", Role.RECENT, (point,), (), "", 13, 13).complete
