"""Wilson's interval against its own equation, solved here by bisection, and against published numbers."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memattn.intervals import Marks, Paired, Proportion

Z = 1.959963984540054  # the 97.5 % quantile of the normal distribution, from its tables


def ends_by_bisection(right: int, total: int) -> tuple[float, float]:
    """The p at which |p̂ - p| is exactly z √(p (1 - p) / n), on either side of p̂; no closed form is used."""
    share = right / total

    def surprise(p: float) -> float:
        return (share - p) ** 2 - Z * Z * p * (1 - p) / total

    def boundary(inside: float, outside: float) -> float:
        for _ in range(200):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if surprise(middle) < 0 else (inside, middle)
        return outside

    nudge = 1e-9 * (1 if right == 0 else -1 if right == total else 0)  # p̂ itself is an end where none or all are right
    low = 0.0 if right == 0 else boundary(share + nudge, 0.0)
    high = 1.0 if right == total else boundary(share + nudge, 1.0)
    return low, high


@given(total=st.integers(1, 997), part=st.floats(0, 1))
def test_the_ends_are_those_found_by_bisection(total: int, part: float) -> None:
    right = round(part * total)
    assert Proportion(right, total).interval == pytest.approx(ends_by_bisection(right, total), abs=1e-12)


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17, 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_ends_are_the_published_ones(right: int, total: int, low: float, high: float) -> None:
    assert Proportion(right, total).interval == pytest.approx((low, high), abs=5e-5)


def test_none_and_all_have_one_end_of_their_own_and_a_width() -> None:
    none, every = Proportion(0, 7).interval, Proportion(7, 7).interval
    edge = Z**2 / (7 + Z**2)
    assert none == pytest.approx((0, edge)) and every == pytest.approx((1 - edge, 1))
    assert none.low == 0.0 and every.high <= 1.0


def test_four_times_the_questions_halve_the_width() -> None:
    narrow, wide = (Proportion(right, total).interval for right, total in ((5200, 13000), (1300, 3250)))
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(2, rel=1e-3)
    assert math.isclose(Proportion(5200, 13000).value, 0.4)


@pytest.mark.parametrize(("right", "total"), [(0, 0), (3, 2), (-1, 2)])
def test_impossible_counts_are_refused(right: int, total: int) -> None:
    with pytest.raises(ValueError, match=f"got right={right}, total={total}"):
        Proportion(right, total)


@pytest.mark.parametrize("won", range(8))
def test_luck_is_counted_over_all_tosses_of_a_coin(won: int) -> None:
    tosses = [abs(2 * sum(toss) - 7) >= abs(2 * won - 7) for toss in product((0, 1), repeat=7)]
    assert Paired(won, 7 - won).luck == pytest.approx(sum(tosses) / len(tosses))


def test_where_nobody_wins_anything_all_is_luck() -> None:
    assert Paired(0, 0).luck == 1 and Paired(0, 0).shows == 0
    assert Paired(5, 0).shows == 0 == Paired(0, 5).shows, "2 of 32 tosses are as uneven"
    assert Paired(6, 0).shows == 1 and Paired(0, 6).shows == -1, "2 of 64 are"


def test_on_the_same_questions_a_difference_may_be_sure_though_the_intervals_overlap() -> None:
    ours, theirs = (Marks.of(each) for each in ([True] * 19 + [False] * 101, [False] * 17 + [True] * 6 + [False] * 97))
    assert ours.interval.low < theirs.interval.high
    assert ours.against(theirs) == (17, 4) == theirs.against(ours)[::-1]
    assert ours.against(theirs).shows == 1 and theirs.against(ours).shows == -1


def test_marks_are_counted_and_compared_with_as_many_only() -> None:
    marks = Marks.of([True, False, True])
    assert (marks.right, marks.total, marks.value, marks.interval) == (2, 3, 2 / 3, Proportion(2, 3).interval)
    assert Paired.of([1, 0, -1, 2], [0, 0, 1, -1]) == (2, 1), "by how much does not count"
    with pytest.raises(ValueError, match="zip"):
        marks.against(Marks.of([True]))
