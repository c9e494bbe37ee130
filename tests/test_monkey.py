"""The monkey's own arithmetic: the same seed does the same, and a long failure becomes a short one."""

from collections.abc import Sequence

import pytest

from benchmarks.monkey.actions import KINDS, Action, sequence
from benchmarks.monkey.play import pages, shrink


def numbers(actions: Sequence[Action]) -> list[int]:
    return [action.number for action in actions]


def test_a_seed_gives_the_same_actions_and_another_seed_others() -> None:
    assert sequence(7, 50) == sequence(7, 50)
    assert [action.kind for action in sequence(7, 50)] != [action.kind for action in sequence(11, 50)]


def test_in_a_long_sequence_nothing_is_left_out() -> None:
    assert {action.kind for action in sequence(3, 2000)} == set(KINDS)


@pytest.mark.parametrize("needed", [{17}, {3, 41}, {5, 6, 59}], ids=str)
def test_only_what_is_needed_for_the_failure_is_left(needed: set[int]) -> None:
    tried: list[list[int]] = []

    def fails(part: Sequence[Action]) -> bool:
        tried.append(numbers(part))
        return needed <= set(numbers(part))

    assert set(numbers(shrink(sequence(5, 61), fails, seconds=60, most=200))) == needed
    assert all(part == sorted(part) for part in tried)  # the order stays


def test_shrinking_ends_after_so_many_attempts() -> None:
    tried: list[int] = []

    def fails(part: Sequence[Action]) -> bool:
        tried.append(len(part))
        return {2, 57} <= set(numbers(part))

    short = shrink(sequence(5, 61), fails, seconds=60, most=5)
    assert len(tried) == 5
    assert {2, 57} <= set(numbers(short))


def test_every_page_is_found_by_its_address() -> None:
    assert pages()[0] == "/"
    assert {"/compressive", "/story"} <= set(pages())
