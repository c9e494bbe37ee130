"""What comes next, and what comes back."""

from itertools import islice

import pytest

from memattn.lessons.items.progress import (
    AFTER_MENDED,
    AFTER_SURE,
    AFTER_UNSURE,
    MOST,
    MOST_NUMBERS,
    Told,
    due,
    following,
    read,
    standing,
    unasked,
    until_back,
    written,
)

ITEMS = tuple(f"i{number}" for number in range(23))


def walk(errs: dict[tuple[str, int], bool], steps: int) -> list[str]:
    """Items in the order in which they are asked; `errs` says at which time of asking one is wrong, and how sure."""
    log: tuple[Told, ...] = ()
    now = ""
    for _ in range(steps):
        now = following(log, ITEMS, now)
        time = 1 + sum(one.item == now for one in log)
        log = (*log, Told(now, (now, time) not in errs, errs.get((now, time), True)))
    return [one.item for one in log]


def test_without_errors_every_item_is_asked_once_in_order_and_then_the_one_longest_ago() -> None:
    assert walk({}, 25) == [*ITEMS, "i0", "i1"]


@pytest.mark.parametrize(("sure", "after"), [(True, AFTER_SURE), (False, AFTER_UNSURE)])
def test_an_error_comes_back_after_other_questions_sooner_where_one_was_sure(sure: bool, after: int) -> None:
    asked = walk({("i2", 1): sure}, 12)
    assert asked.index("i2") == 2 and asked[3:].index("i2") == after and AFTER_SURE < AFTER_UNSURE


def test_a_confident_error_that_was_mended_is_asked_a_last_time_and_one_that_was_not_sure_is_not() -> None:
    asked = walk({("i2", 1): True}, 23)
    first, second, third = (at for at, item in enumerate(asked) if item == "i2")
    assert (second - first - 1, third - second - 1) == (AFTER_SURE, AFTER_MENDED)
    assert walk({("i2", 1): False}, 23).count("i2") == 2


def test_whoever_errs_again_is_asked_again() -> None:
    asked = walk({("i0", 1): True, ("i0", 2): True, ("i0", 3): True}, 15)
    assert [at for at, item in enumerate(asked) if item == "i0"] == [0, 4, 8, 12]


@pytest.mark.parametrize("sure", [True, False])
@pytest.mark.parametrize("count", [1, 2, 4, 23])
def test_it_is_said_when_an_error_comes_back_where_few_may_be_asked_too(sure: bool, count: int) -> None:
    items = ITEMS[:count]
    for known in (0, count):  # of the others, answered before
        log = [Told(name, True, True) for name in items[1 : 1 + known]] + [Told("i0", False, sure)]
        others, now = 0, "i0"
        while (now := following(log, items, now)) != "i0":
            log.append(Told(now, True, True))
            others += 1
        assert until_back(log[: len(log) - others], items, "i0") == others
        assert others <= (AFTER_SURE if sure else AFTER_UNSURE) and (count < 23 or known or others >= AFTER_SURE)


def test_an_item_is_not_asked_twice_in_a_row_unless_it_is_the_only_one() -> None:
    log = (Told("i0", True, True),)
    assert following(log, ("i0", "i1"), "i0") == "i1" and following(log, ("i0",), "i0") == "i0"


def test_what_waits_is_asked_early_when_nothing_new_is_left() -> None:
    log = (Told("i0", True, True), Told("i1", False, False), Told("i2", True, True))
    assert following(log, ("i0", "i1", "i2"), "i2") == "i1"


def test_every_time_of_asking_has_numbers_of_its_own() -> None:
    log = (*(Told("i0", True, True, numbers) for numbers in (998, 2, 997)), Told("i1", True, True))
    first = [list(islice(unasked(log, name), 3)) for name in ("i0", "i1", "i2")]
    assert first == [[999, 1, 3], [2, 3, 4], [1, 2, 3]]
    assert list(islice(unasked(log, "i1", now=5), 2)) == [6, 7] and len(list(unasked(log, "i0"))) == MOST_NUMBERS - 3


def test_answers_come_back_from_their_text_the_newest_where_they_are_too_many() -> None:
    log = tuple(Told(ITEMS[at % 7], at % 3 == 0, at % 2 == 0) for at in range(MOST + 11))
    assert read(written(log[:5]), ITEMS) == log[:5] and written(log[:2]) == "i0-R.i1-w"
    assert read(written(log), ITEMS) == log[-MOST:] and read("", ITEMS) == () and written(()) == ""


def test_the_numbers_of_an_answer_are_written_where_they_are_no_count_of_those_to_its_item() -> None:
    log = (Told("i0", True, True), Told("i0", False, False, 2), Told("i1", True, False, 7), Told("i0", True, True, 999))
    assert written(log) == "i0-R.i0-w.i1-r7.i0-R999" and read(written(log), ITEMS) == log


@pytest.mark.parametrize(
    "text", ["i0", "i0-x", "i99-R", "i0-R.", ".", "i0-R" + ".i1-w" * MOST, "i0-R0", "i0-R1000", "i0-R٣"]
)
def test_a_text_that_is_no_record_of_answers_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read(text, ITEMS)


def test_standing_counts_the_last_answer_to_each_item_and_all_that_one_was_sure_of() -> None:
    log = (
        Told("i0", False, True),
        Told("i1", True, True),
        Told("i0", True, True),
        Told("i2", False, False),
        Told("i9", True, True),
    )
    assert standing(log, ("i0", "i1", "i2")) == (3, 2, 2, (3, 2))
    assert due(log) == {"i0": 3 + AFTER_MENDED, "i2": 4 + AFTER_UNSURE}
