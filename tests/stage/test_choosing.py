"""Choosing an answer by clicks and keys, and what is said to it: the pure parts of a question, in Node."""

import re
from pathlib import Path
from typing import Any

import pytest

from memattn.lessons import prediction
from tests.node import evaluated

HELD = [-3, -4, 10, 11, 12, 13, 14, 20]  # as they stand; two were made, a raw pair was left out


def tapped(*clicks: Any, single: bool = False) -> list[int]:
    """What is chosen after some clicks; (id, True) is one with Shift."""
    return evaluated(
        """async (offered, single, clicks) => {
            const { tapped, NOTHING } = await from('choosing');
            const step = (choice, [id, onward]) => tapped({ offered, single }, choice, id, onward);
            return clicks.reduce(step, NOTHING).chosen;
        }""",
        HELD,
        single,
        [list(click) if isinstance(click, tuple) else [click, False] for click in clicks],
    )


def test_the_first_and_the_last_tile_make_a_range_in_two_clicks() -> None:
    assert tapped(10) == [10]
    assert tapped(10, 14) == [10, 11, 12, 13, 14]
    assert tapped(14, 10) == [10, 11, 12, 13, 14]
    assert tapped(-4, 11) == [-4, 10, 11]  # in the order in which they stand, across lanes


def test_each_further_click_adds_or_removes_one() -> None:
    assert tapped(10, 12, 20) == [10, 11, 12, 20]
    assert tapped(10, 12, 20, 11) == [10, 12, 20]
    assert tapped(10, 12, 11, 12, 14) == [10, 14], "what is left of a range is no beginning of another"
    assert tapped(10, 10) == []
    assert tapped(10, 10, 12, 14) == [12, 13, 14], "after nothing is chosen a range begins anew"
    assert tapped(10, 11, 10, 11, 12, 14) == [12, 13, 14]


def test_shift_takes_all_from_the_last_click_on_at_any_time() -> None:
    assert tapped(10, (12, True), 20, (14, True)) == [10, 11, 12, 14, 20]
    assert tapped((11, True)) == [11], "there is nothing to reach from"
    assert tapped(12, (12, True)) == []


def test_where_it_can_be_but_one_it_is_the_last_that_was_clicked() -> None:
    assert tapped(10, 14, single=True) == [14]
    assert tapped(10, (14, True), single=True) == [14]
    assert tapped(10, 10, single=True) == []


def test_an_order_is_chosen_one_by_one_and_a_sentence_alone() -> None:
    picked = """async (kind, options) => {
        const { picked, isReady, NOTHING } = await from('choosing');
        const question = { kind, offered: ['a', 'b', 'c'] };
        const seen = [];
        options.reduce((choice, option) => {
            const next = picked(question, choice, option);
            seen.push([next.chosen, isReady(question, next)]);
            return next;
        }, NOTHING);
        return seen;
    }"""
    assert evaluated(picked, "order", [2, 0, 1, 2, 2]) == [
        [[2], False],
        [[2, 0], False],
        [[2, 0, 1], True],
        [[0, 1], False],
        [[0, 1, 2], True],
    ]
    assert evaluated(picked, "sentence", [2, 0]) == [[[2], True], [[0], True]]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("", []),
        ("7", [7]),
        ("12", [12]),
        ("0", [0]),
        (" 4.0 ", [4]),
        ("4,", [4]),
        ("99999", [99999]),
        *((text, []) for text in ("-3", "−3", "3,5", "3.5", "1e1", "3 x", "123456", "4.0.0", "x")),
    ],
)
def test_a_number_is_what_was_typed_or_none(text: str, chosen: list[int]) -> None:
    typed = "async (text) => { const { typed, NOTHING } = await from('choosing'); return typed(NOTHING, text).chosen; }"
    assert evaluated(typed, text) == chosen


def test_letters_answer_where_there_are_sentences_and_digits_where_a_number_is_asked_for() -> None:
    means = """async (kind, keys) => {
        const { keyChooses } = await from('choosing');
        return keys.map((key) => keyChooses({ kind, offered: ['one', 'two', 'three'] }, key));
    }"""
    keys = ["a", "C", "d", "3", "Backspace", "Enter", "ArrowLeft"]
    erase = {"erase": True}
    assert evaluated(means, "sentence", keys) == [{"option": 0}, {"option": 2}, None, None, erase, None, None]
    assert evaluated(means, "order", keys) == [{"option": 0}, {"option": 2}, None, None, erase, None, None]
    assert evaluated(means, "number", keys) == [None, None, None, {"digit": "3"}, erase, None, None]
    assert evaluated(means, "slots", keys) == [None, None, None, None, erase, None, None]


def test_arrows_lead_from_tile_to_tile_and_stop_at_the_edges() -> None:
    boxes = [{"x": 10 * x, "y": 30 * y, "w": 9, "h": 20} for y, row in enumerate([3, 2, 3]) for x in range(row)]
    led = evaluated(
        """async (boxes, keys) => {
            const { neighbour } = await from('choosing');
            return keys.map(([at, key]) => neighbour(boxes, at, key));
        }""",
        boxes,
        [
            *([at, "ArrowRight"] for at in (0, 2, 7)),
            *([at, "ArrowLeft"] for at in (0, 3)),
            *([at, "ArrowDown"] for at in (0, 2, 3, 7)),
            *([at, "ArrowUp"] for at in (1, 4, 7)),
            *([4, key] for key in ("Home", "End", "Enter")),
        ],
    )
    assert led == [1, 3, 7, 0, 2, 3, 4, 5, 7, 1, 1, 4, 0, 7, None]


def test_what_is_chosen_is_named_by_its_ends() -> None:
    named = """async (ids) => {
        const { named } = await from('choosing');
        return named(ids, (id) => (id < 0 ? `c${-id}` : `k${id + 1}`));
    }"""
    assert evaluated(named, [0, 1, 2, 5, -3, -4, 8]) == "k1–k3, k6, c3–c4, k9"
    assert evaluated(named, [0, -1]) == "k1, c1"
    assert evaluated(named, []) == ""


@pytest.mark.parametrize(
    ("kind", "answer", "chosen", "verdict"),
    [
        ("slots", [3, 4], [4, 3], [True, "so it is"]),
        ("slots", [3, 4], [5, 6], [False, "newest"]),
        ("slots", [3, 4], [3], [False, "so it is"]),
        ("slots", [3, 4], [3, 4, 5], [False, "so it is"]),
        ("slots", [], [], [True, "so it is"]),
        ("slots", [3], [], [False, "none"]),
        ("number", [2], [2], [True, "so it is"]),
        ("number", [2], [22], [False, "so it is"]),
        ("order", [1, 0, 2], [1, 0, 2], [True, "so it is"]),
        ("order", [1, 0, 2], [0, 1, 2], [False, "so it is"]),
    ],
)
def test_judging_an_answer(kind: str, answer: list[int], chosen: list[int], verdict: list[Any]) -> None:
    beliefs = [{"chosen": [6, 5], "text": "newest"}, {"chosen": [], "text": "none"}]
    question = {"kind": kind, "answer": answer, "truth": "so it is", "beliefs": beliefs}
    judged = """async (question, chosen) => {
        const { judge } = await from('choosing');
        const { right, text } = judge(question, chosen);
        return [right, text];
    }"""
    assert evaluated(judged, question, chosen) == verdict


def test_the_stage_knows_how_telling_every_sort_of_question_is() -> None:
    modules = [file.read_text("utf-8") for file in Path(prediction.__path__[0]).glob("*.py")]
    named = {
        name
        for text in modules
        for found in re.findall(r"^ +name=(.+),$", text, re.MULTILINE)
        for name in re.findall(r'"(\w+)"', found)
    }
    telling = evaluated("async () => (await from('questions')).TELLING")
    assert len(telling) == len(set(telling)) and set(telling) == named
