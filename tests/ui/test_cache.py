"""Equal settings are computed once; different ones are never taken for one another."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from memattn.ui import cache
from memattn.ui.cache import MIB, cached


@dataclass(frozen=True)
class Shelf:
    width: int = 7


@dataclass(frozen=True)
class Bucket:
    width: int = 7


@dataclass(frozen=True)
class Pair:
    first: Shelf | Bucket
    second: Shelf | Bucket


@dataclass(frozen=True)
class Loose:
    parts: list[int]


def test_equal_settings_are_computed_once_and_shared() -> None:
    calls: list[tuple[object, int]] = []

    def build(config: object, seed: int) -> list[int]:
        calls.append((config, seed))
        return [seed]

    remembered = cached(build)
    first = remembered(Shelf(5), seed=11)
    assert remembered(Shelf(5), seed=11) is first
    assert remembered(Shelf(5), seed=13) == [13]
    assert calls == [(Shelf(5), 11), (Shelf(5), 13)]


def test_two_types_with_equal_fields_are_told_apart_however_deep() -> None:
    remembered = cached(repr)
    assert remembered(Shelf(5)) == repr(Shelf(5))
    assert remembered(Bucket(5)) == repr(Bucket(5))
    assert remembered(Pair(Shelf(3), Bucket(5))) != remembered(Pair(Bucket(3), Bucket(5)))


def test_two_functions_do_not_share() -> None:
    def three(config: Shelf) -> int:
        return 3 * config.width

    def five(config: Shelf) -> int:
        return 5 * config.width

    assert (cached(three)(Shelf(7)), cached(five)(Shelf(7))) == (21, 35)


def test_an_error_is_not_remembered() -> None:
    answers = iter([ValueError("rate must be ≥ 1, got 0"), 17])

    def moody(config: Shelf) -> object:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    remembered = cached(moody)
    with pytest.raises(ValueError, match="got 0"):
        remembered(Shelf(3))
    assert remembered(Shelf(3)) == 17


def test_what_was_not_asked_for_longest_makes_room_whoever_computed_it() -> None:
    calls: list[tuple[str, int]] = []
    third = cache.budget() // 3  # with its key each takes a little more, so two fit

    def note(name: str) -> Callable[[Shelf], int]:
        return lambda config: calls.append((name, config.width)) or config.width

    first, second = (cached(note(name), size=lambda _: third) for name in ("first", "second"))
    first(Shelf(2)), second(Shelf(3))
    first(Shelf(2))  # asked for again: now the other is the oldest
    second(Shelf(5)), first(Shelf(2)), second(Shelf(3))
    assert calls == [("first", 2), ("second", 3), ("second", 5), ("second", 3)]
    assert cache.held() <= cache.budget()


def test_many_small_results_take_less_than_one_large_one() -> None:
    cache.forget()
    small = cached(lambda config: bytes(1000 * config.width))
    for width in range(1, 101):
        small(Shelf(width))
    assert 1000 * 5050 < cache.held() < 1000 * 5050 + 100 * 2 * cache.KEY_BYTES


def test_what_exceeds_the_budget_alone_is_given_but_not_kept() -> None:
    calls: list[int] = []

    def huge(config: Shelf) -> int:
        calls.append(config.width)
        return 3

    remembered = cached(huge, size=lambda _: cache.budget())
    before = cache.held()
    assert (remembered(Shelf(7)), remembered(Shelf(7))) == (3, 3)
    assert (calls, cache.held()) == ([7, 7], before)


def test_what_is_held_shrinks_to_what_may_stay_and_the_latest_stays() -> None:
    cache.forget()
    calls: list[int] = []

    def note(config: Shelf) -> int:
        calls.append(config.width)
        return config.width

    remembered = cached(note, size=lambda _: 5 * MIB)
    for width in (2, 3, 5):
        remembered(Shelf(width))
    cache.forget(leave=11 * MIB)
    assert 10 * MIB <= cache.held() <= 11 * MIB
    for width in (5, 3, 2):
        remembered(Shelf(width))
    assert calls == [2, 3, 5, 2]


@pytest.mark.parametrize("wrong", ["", "15", "-64", "1e3", "64 MiB", "²56", "9" * 5000])
def test_a_budget_that_is_none_is_refused_in_words(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.BUDGET, wrong)
    with pytest.raises(ValueError, match="MEMATTN_CACHE_MIB must be a whole number of MiB, at least 16, got"):
        cache.budget()


def test_the_budget_is_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.BUDGET, "17")
    assert cache.budget() == 17 * 1024 * 1024


def test_numbers_of_different_types_are_told_apart() -> None:
    remembered = cached(repr)
    assert [remembered(1), remembered(1.0), remembered(True)] == ["1", "1.0", "True"]


@pytest.mark.parametrize("vague", [[1], {"a": 1}, Loose([3])], ids=["list", "dict", "inside"])
def test_what_can_change_is_refused(vague: object) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        cached(repr)(vague)


def test_sessions_that_ask_for_the_same_at_the_same_time_compute_it_once() -> None:
    calls, begun, go_on = [], threading.Event(), threading.Event()

    def slow(config: Shelf) -> int:
        calls.append(config)
        begun.set()
        go_on.wait(10)
        return 3 * config.width

    remembered = cached(slow)
    with ThreadPoolExecutor(3) as sessions:
        asked = [sessions.submit(remembered, Shelf(11)) for _ in range(3)]
        assert begun.wait(10)
        go_on.set()
        assert [one.result(10) for one in asked] == [33, 33, 33]
    assert calls == [Shelf(11)]
