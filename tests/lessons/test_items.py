"""Items of *Check yourself*: answers against arithmetic by hand, and choices that give nothing away."""

import math
import re
from collections import Counter
from functools import cache

import pytest

from memattn.lessons.items import ITEMS, LESSONS, items_of
from memattn.lessons.items.item import FORMS, NEAR, SENTENCES, Fault, Posed, Several, near
from memattn.lessons.prediction import Number, Order, Sentence, Slots
from memattn.ui.navigation import GROUPS
from tests import plurals
from tests.lessons.item_oracles import ORACLES

SEEDS = 200
CHANCE = 4  # standard deviations that a share may lie above what chance gives
STEMS = (  # what every learner should be able to say, in the words of the course
    "trade-off of updating per block",
    "direct cause of a border failure",
    "which update is not recurrent",
    "state after three steps",
    "does step 100 need the 99 pairs",
    "cost per step of a constant-size memory",
    "256 raw pairs versus a summary pair",
    "moving-average storage versus window storage",
    "choosing a memory for a real-time stream",
    "source of the second memory's content",
    "order of events in a two-tier memory",
    "what the compression network does to 50 pairs",
    "n_s / c",
    "how aggressively to compress",
    "which change repairs ±16",
    "is more global always better",
    "what calms a peaky softmax, by which mechanism",
    "why 50,000-token documents lose their beginning",
    "is a dynamic memory worth it",
    "architecture for a legal document",
    # misconceptions in the wild
    "sinks do not give infinite context",
    "masked is not evicted",
    "which tensor grows",
    "queries of this segment alone; the gradient stops",
    "mem_len, mlen and ext_len are three numbers",
    "detach everything and nothing is trained",
    "losing just the first token already hurts",
    "rows stop summing to 1 when dropout is on",
)
every_item = pytest.mark.parametrize("name", ITEMS)


@cache
def drawn(name: str) -> tuple[Posed, ...]:
    return tuple(ITEMS[name].ask(seed) for seed in range(1, SEEDS + 1))


def test_there_are_enough_items_in_all_forms_over_all_lessons_and_every_stem_has_one() -> None:
    assert len(ITEMS) >= 30 and set(ORACLES) == set(ITEMS)
    assert {type(ITEMS[name].ask(1).choice) for name in ITEMS} == set(FORMS)
    assert set(STEMS) <= {item.stem for item in ITEMS.values()}
    assert all(len(items_of(lesson)) >= 3 for lesson in LESSONS)
    titles = {stop.file.partition("_")[2].removesuffix(".py"): stop.title for _, stops in GROUPS for stop in stops}
    assert all(titles[lesson] == title for lesson, title in LESSONS.items())


@every_item
def test_the_answer_is_what_arithmetic_by_hand_gives(name: str) -> None:
    for posed in drawn(name):
        expected, answer = ORACLES[name](posed.numbers, posed.offered), posed.asked.answer
        match posed.choice:
            case Number():
                assert answer == pytest.approx((expected,), abs=NEAR / 2, rel=1e-6), posed.numbers
            case Slots() | Several():
                assert set(answer) == expected, posed.numbers
            case Order():
                assert list(answer) == expected, posed.numbers
            case _:
                assert answer == (expected,), posed.numbers


@every_item
def test_one_choice_is_right_and_every_other_differs_from_it_and_has_something_said_to_it(name: str) -> None:
    for posed in drawn(name):
        offered, answer = posed.offered, posed.asked.answer
        assert len(set(offered)) == len(offered) and posed.is_right(answer)
        assert not any(posed.is_right(wrong) for wrong in posed.asked.beliefs)
        if isinstance(posed.choice, Sentence | Fault):
            wrong = {(at,) for at in range(len(offered))} - {answer}
            assert len(wrong) >= 2 and set(posed.asked.beliefs) == wrong
        elif isinstance(posed.choice, Several):
            assert 0 < len(answer) < len(offered) == len(posed.asked.why) and all(posed.asked.why)
        else:
            assert posed.asked.beliefs
        for wrong_one, text in posed.asked.beliefs.items():
            said = posed.reply(wrong_one)
            assert said.startswith(text.strip())
            assert all(said.count(one) == 1 for one in SENTENCES.split(posed.truth) if len(one) > 12), said
            assert posed.read(posed.written(wrong_one)) == pytest.approx(wrong_one)
        assert posed.reply(answer) == posed.truth and posed.read(posed.written(answer)) == pytest.approx(answer)


@every_item
def test_numbers_are_the_same_for_the_same_seed_and_fresh_for_others(name: str) -> None:
    again, first = ITEMS[name].ask(7), drawn(name)[6]
    assert (again.prompt, again.lines, again.choice, again.asked.answer) == (
        first.prompt,
        first.lines,
        first.choice,
        first.asked.answer,
    )
    kinds = {(posed.prompt, posed.lines, posed.offered, posed.asked.answer) for posed in drawn(name)}
    assert len(kinds) >= 8, "who is asked again does not meet the same question"


@pytest.mark.parametrize("name", [name for name, item in ITEMS.items() if isinstance(item.ask(1).choice, Number)])
def test_what_the_reply_says_is_right_and_no_number_is_two_things(name: str) -> None:
    """Whoever types the number that stands in the reply has answered; a belief's number has its own reply."""
    for posed in drawn(name):
        shown = [float(one.replace(",", "")) for one in re.findall(r"\d[\d,]*(?:\.\d+)?", posed.truth.replace("−", ""))]
        answer = abs(posed.asked.answer[0])
        nearest = min(shown, key=lambda one: abs(one - answer))
        assert posed.is_right((math.copysign(nearest, posed.asked.answer[0]),)), (posed.prompt, posed.truth)
        for (wrong,), text in posed.asked.beliefs.items():
            assert not posed.is_right((wrong,)) and not posed.is_right((float(f"{wrong:.3g}"),))
            assert text.strip() in posed.reply((wrong,))


def test_a_number_is_said_to_two_digits_or_three_in_all_and_a_whole_one_exactly() -> None:
    assert near(10.2, 10.24) and near(10.24, 10.24) and near(31.6, 31.59) and near(0.17, 0.165)
    assert not near(10.3, 10.24) and not near(10, 10.24) and not near(2300, 2304) and not near(2304.4, 2304)
    assert near(2304, 2304) and not near(0.18, 0.165)


@every_item
def test_one_thing_is_not_spoken_of_as_of_many(name: str) -> None:
    for posed in drawn(name):
        said = (*posed.offered, *posed.asked.beliefs.values(), *posed.asked.why, *posed.lines)
        assert [plurals.wrong(text) for text in (posed.prompt, posed.truth, *said) if plurals.wrong(text)] == []


def test_the_right_sentence_is_neither_the_longest_nor_the_shortest_more_often_than_chance_allows() -> None:
    """Of all choices between sentences: ties count in part. No item may be told by length in two draws of three."""
    for extreme in (max, min):
        found, expected, variance = 0.0, 0.0, 0.0
        for name in ITEMS:
            choices = [posed for posed in drawn(name) if isinstance(posed.choice, Sentence)]
            own = 0.0
            for posed in choices:
                lengths = [len(sentence) for sentence in posed.offered]
                ends = [at for at, length in enumerate(lengths) if length == extreme(lengths)]
                own += (posed.asked.answer[0] in ends) / len(ends)
                chance = 1 / len(lengths)
                expected, variance = expected + chance, variance + chance * (1 - chance)
            assert own <= 2 / 3 * len(choices), (name, extreme, own / max(1, len(choices)))
            found += own
        assert found <= expected + CHANCE * math.sqrt(variance), (extreme, found, expected)


def test_the_right_sentence_stands_anywhere() -> None:
    for name in ITEMS:
        choices = [posed for posed in drawn(name) if isinstance(posed.choice, Sentence)]
        for many, some in Counter(len(posed.offered) for posed in choices).items():
            places = Counter(int(posed.asked.answer[0]) for posed in choices if len(posed.offered) == many)
            most = some / many + CHANCE * math.sqrt(some / many)
            assert max(places.values()) <= most, (name, many, places)


@pytest.mark.parametrize("text", ["", "0", "9", "1,1", "x", "1" * 13, "1,2"])
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        ITEMS["block"].ask(1).read(text)


def test_a_typed_number_may_be_written_as_people_do() -> None:
    posed = ITEMS["work"].ask(1)
    (answer,) = posed.asked.answer
    assert posed.is_right(posed.read(f" {answer:.2f} ".replace("-", "−")))
    assert posed.is_right(posed.read(f"{answer:.2f}".replace(".", ",")))
    assert not posed.is_right(posed.read(f"{answer + 0.02:.2f}"))
    for text in ("nan", "inf", "1e99", "seven"):
        with pytest.raises(ValueError):
            posed.read(text)
