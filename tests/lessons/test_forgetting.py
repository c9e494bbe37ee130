"""What is forgotten, counted: laws, numbers by hand, and that what is said is what was measured."""

import re

import pytest

from memattn.intervals import Marks, Proportion
from memattn.lessons import beginnings, memory_limits, memory_sizes, which_statistic
from memattn.lessons.expected import guess
from memattn.lessons.forgetting import CHANCE, Case, counting, drawn, sized
from memattn.lessons.lesson import Settings
from memattn.lessons.long_texts import Telling
from memattn.lessons.memories import Choice
from memattn.lessons.memory_sizes import Costs, buys_most, by_size, costs_of, half_recall
from memattn.lessons.results import Beginnings, Lines
from memattn.reader import FactKind
from memattn.records import Role

MERGING = Settings(Choice("merging"), ())


def test_cases_of_one_line_and_place_add_up_and_tokens_are_counted() -> None:
    tellings = [Telling(97, 5, "spread", number) for number in range(2)]
    cases = [Case("all", 97, Choice("full"), telling) for telling in tellings]
    cases += [Case("one", 97, sized("window", 1), tellings[1])]
    *_, (done, total, found) = counting(cases)
    assert done == total == 3 * 97
    assert found["all"][97] == Marks.of([True] * 10)
    assert found["one"][97].total == 5 and found["one"][97].right <= 2


def test_a_text_read_once_is_asked_again_with_sharper_logits() -> None:
    telling = Telling(97, 5)
    *_, (done, total, found) = counting([Case(f"{by}", 97, Choice("full"), telling, by) for by in (1.0, 0.0)])
    assert done == total == 2 * 97
    assert found["1.0"][97].right == 5 > found["0.0"][97].right, "logits × 0 look everywhere alike"


def test_half_of_the_facts_are_lost_between_two_lengths_by_their_logarithms() -> None:
    curve = {100: Proportion(9, 10), 400: Proportion(1, 10)}
    assert half_recall(curve) == pytest.approx(200)
    assert half_recall({100: Proportion(5, 10), 200: Proportion(0, 10)}) == 100
    assert half_recall({100: Proportion(4, 10), 200: Proportion(0, 10)}) is None


def marks(*parts: tuple[int, int]) -> Marks:
    """So many right and then so many wrong answers, in turn."""
    return Marks.of([right for yes, no in parts for right in [True] * yes + [False] * no])


def test_a_blind_guess_is_marked_wherever_recall_is_drawn_over_long_texts() -> None:
    assert {guess(kind) for kind in FactKind} == set(CHANCE.values()) and len(CHANCE) == 1
    assert drawn({"one": {64: marks((1, 1))}}, {"one": (Role.SUMMARY, "solid")}).levels == CHANCE


@pytest.mark.parametrize(
    ("answered", "says"),
    [
        ((0, 0, 0, 0, 9), "the doubling to 256 buys most, +0.45"),
        ((0, 9, 9, 9, 9), "the doubling to 32 buys most, +0.45"),
        ((0, 0, 0, 8, 17), "which doubling buys most may be luck: to 128 +0.40, to 256 +0.45"),
        ((0, 0, 0, 0, 1), "which doubling buys most may be luck: to 32 0.00, to 64 0.00, to 128 0.00, to 256 +0.05"),
        ((9, 8, 8, 8, 8), "which doubling buys most may be luck: to 32 −0.05, to 64 0.00, to 128 0.00, to 256 0.00"),
    ],
)
def test_a_doubling_buys_most_where_no_other_may_buy_as_much(answered: tuple[int, ...], says: str) -> None:
    assert buys_most([marks((right, 20 - right)) for right in answered]) == says


NONE, HALF, MOST = marks((0, 20)), marks((10, 10)), marks((18, 2))


@pytest.mark.parametrize(
    ("plain", "sharpest", "alone", "says"),
    [
        (
            HALF,
            MOST,
            MOST,
            "More memory hurts here. With logits × 1.4 all pairs answer 0.90: what they answer more was ",
        ),
        (
            HALF,
            MOST,
            HALF,
            "The difference may be luck. With logits × 1.4 all pairs answer 0.90: what they answer more",
        ),
        (HALF, HALF, MOST, "More memory hurts here. With logits × 1.4 all pairs answer 0.50, a difference that may be"),
        (MOST, NONE, HALF, "More memory helps here. With logits × 1.4 all pairs answer 0.00, which is surely less."),
        (MOST, MOST, NONE, "More memory helps here. With logits × 1.4 all pairs answer 0.90, a difference that may be"),
        (HALF, HALF, marks((8, 12)), "0.40. The difference may be luck. With logits × 1.4"),
    ],
)
def test_every_difference_of_diluted_texts_is_said_as_it_is(
    monkeypatch: pytest.MonkeyPatch, plain: Marks, sharpest: Marks, alone: Marks, says: str
) -> None:
    monkeypatch.setattr(memory_limits, "results", lambda cases, looks, says, *rest: (looks, says))
    (first, _, sharp, window), told = memory_limits.diluted(MERGING, {}, (5000,))  # type: ignore[misc]
    assert says in told({first: {5000: plain}, sharp: {5000: sharpest}, window: {5000: alone}})  # type: ignore[operator]


def test_a_growing_memory_is_surely_better_where_it_wins_on_the_same_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_sizes, "results", lambda cases, looks, says, *rest: (looks, says))
    looks, told = memory_sizes.grown(MERGING, {}, (128, 256, 512))  # type: ignore[misc]
    few, more = marks((4, 16)), marks((11, 9))
    assert few.interval.high > more.interval.low
    found = {name: {128: few, 256: few, 512: few} for name in looks}
    found["√T slots"] = {128: more, 256: few, 512: more}
    found["log T slots"] = {128: marks((0, 20)), 256: few, 512: marks((1, 1), (4, 14))}
    said = told(found)  # type: ignore[operator]
    assert "Of 3 lengths the growing one is surely better at 2, the fixed one at 0. log T" in said
    assert said.count("surely better at 0, the fixed one at 0.") == 1


def test_costs_are_those_of_all_layers_and_heads() -> None:
    d, heads = 16, 4
    window = costs_of(sized("window", 64), 300)
    assert window == Costs(64, 4 * heads * 2 * d * 64, heads * 4 * d * 64, 0)
    assert costs_of(sized("merging", 64), 300).bytes == window.bytes
    average = costs_of(Choice("moving_average", (("window", 64),)), 300)
    assert average.slots == 1 and average.bytes == 2 * 4 * heads * 2 * d * 65, "two layers, the window and its mean"


def test_more_slots_answer_longer_texts_and_the_sentence_says_by_how_much() -> None:
    *_, last = by_size(MERGING, {}, (128, 512), 3)
    assert isinstance(last.data, Lines)
    small, middle, large = (line.points for line in last.data.lines)
    assert [point.x for point in large] == [128, 512]
    assert small[0].high < middle[0].low and small[1].y <= middle[1].y and middle[1].high < large[1].low
    for line in last.data.lines:
        half = half_recall({point.x: Proportion(round(point.y * 48), 48) for point in line.points})
        says = f"answer half of the facts up to {half:,.0f} tokens" if half else "do not cross one half here"
        assert f"{line.name} {says}" in last.data.says


@pytest.mark.parametrize(("name", "held"), [("window", "pairs stand raw"), ("merging", "in means of")])
def test_where_the_beginning_goes_is_followed_in_both_texts(name: str, held: str) -> None:
    settings = Settings(Choice(name), ())
    parts = list(beginnings.where_it_goes(settings, {"lslots": 64}, (1_300, 2_600)))
    last = parts[-1].data
    assert isinstance(last, Beginnings) and parts[-1].done == parts[-1].total == 1_300 + 2_600 + 100
    assert [one.done for one in parts] == sorted(one.done for one in parts)
    for strip, slots in zip(last.strips, (64, 64), strict=True):
        shares = [fact.share or 0.0 for fact in strip.facts]
        assert len(shares) == 50 and [fact.at * 50 // strip.tokens for fact in strip.facts] == list(range(50))
        if name == "window":
            raw = [fact.at >= strip.tokens - slots for fact in strip.facts]
            assert [share == 1 for share in shares] == raw and all(share in (0, 1) for share in shares)
        else:
            assert all(0 < share < 1 for share in shares[:-5])
            assert 1 / shares[0] < 2 * strip.tokens / slots
        asked = [fifth for fifth in strip.fifths if fifth]
        assert [one.asked for one in asked] == [10] * 5
        right = sum(bool(fact.right) for fact in strip.facts)
        assert sum(one.right for one in asked) == right
        assert f"{right} of 50 facts are answered" in last.says
    assert held in last.says
    assert parts[-1].details.count("\n") == 1 + 2 * 5


def test_the_weight_tells_answered_from_unanswered_and_coverage_cannot() -> None:
    *_, last = which_statistic.which_statistic(MERGING, {}, 2)
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in last.details.splitlines()[2:]]
    recall = {row[0]: int(row[1].split(" of ")[0]) for row in rows}
    coverage = {row[0]: float(row[3]) for row in rows}
    assert all(row[1].endswith(" of 32") for row in rows) and len(rows) == 4
    assert [coverage[name] for name in recall if name.startswith("Merging")] == [1.0, 1.0]
    assert coverage["Sliding window, n_c = 64"] == pytest.approx(64 / 1025, abs=0.005)
    found = re.search(r"on its fact in (\S+) of all cases, and the lower output error in (\S+); by", last.data.says)
    assert found and min(map(float, found.groups())) > 0.8
    assert last.data.levels == CHANCE
    assert f"64 means cover 1.00 of the text and answer {recall['Merging memory, n_g = 64'] / 32:.2f}" in last.data.says


def test_how_often_a_number_tells_answered_from_unanswered_is_counted_within_one_memory() -> None:
    told = {
        "window of 64": [which_statistic.Told(True, 0.5, 0.2), which_statistic.Told(False, 0.1, 0.1)],
        "64 means": [which_statistic.Told(True, 0.3, 0.9), *[which_statistic.Told(False, 0.4, 0.9)] * 2],
    }
    means = {name: which_statistic.mean(which_statistic.MEMORIES[name][0], own) for name, own in told.items()}
    said = which_statistic.said(told, means)
    assert "in 0.33 of all cases, and the lower output error in 0.33; by chance it would be 0.50." in said
    assert "64 means cover 1.00 of the text and answer 0.33 (0.06 to 0.79)" in said
    assert "Nor do means" not in said, "who answers more may be luck"


@pytest.mark.parametrize(
    ("error", "weight", "right", "told_of"),
    [(0.52, 0.1, 11, True), (0.6, 0.1, 11, False), (0.52, 0.3, 11, False), (0.52, 0.1, 8, False)],
)
def test_means_are_said_not_to_tell_where_they_are_alike_and_one_memory_surely_answers_more(
    error: float, weight: float, right: int, told_of: bool
) -> None:
    told = {
        "window of 256": [which_statistic.Told(at < 4, 0.1, 0.5) for at in range(20)],
        "256 means": [which_statistic.Told(at < right, weight, error) for at in range(20)],
    }
    means = {name: which_statistic.mean(which_statistic.MEMORIES[name][0], own) for name, own in told.items()}
    says = "window of 256 and 256 means have output errors of 0.50 and 0.52 and weights of 0.100 and 0.100"
    assert (says in which_statistic.said(told, means)) is told_of
