"""What is guessed of an experiment: the finished numbers alone decide which sentence came true."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pytest

from memattn.dials import Option
from memattn.intervals import Marks
from memattn.lessons import budget, guesses, introduction, learned_rest, pins
from memattn.lessons.cost import measured
from memattn.lessons.cost.record import MeasuredHere, Stepped
from memattn.lessons.guesses import Guess
from memattn.lessons.lesson import Experiment
from memattn.lessons.results import (
    Curve,
    LearnedPoint,
    Line,
    LinePoint,
    Lines,
    LiveTraining,
    MeasuredPoint,
    Panels,
    RecallCurves,
    Timed,
    TimePerToken,
)
from memattn.records import Role
from tests.lessons.every import LESSONS


def curve(name: str, *counts: tuple[float, int, int]) -> Curve:
    points = tuple(MeasuredPoint(x, "", right, asked, (0.0, 1.0), 0.5, 0.05) for x, right, asked in counts)
    return Curve(name, Role.RECENT, points, (), "", 1, 1)


def border(*middle: int) -> RecallCurves:
    """Right of 7 in the first bin of the block before the border; other bins are there to be left out or added."""
    return RecallCurves(
        tuple(
            curve(f"memory {at}", (-28.5, 13 - right, 13), (-12.5, right, 7), (-4.5, 1, 3), (3.5, 13 - right, 13))
            for at, right in enumerate(middle)
        ),
        "x",
    )


def fifo(one: float, many: float) -> TimePerToken:
    own = (Timed(1, one, one, one, 1.0), Timed(16, 3.0, 3.0, 3.0, 1 / 16), Timed(128, many, many, many, 1 / 128))
    return TimePerToken({"FIFO": own, "another": own[::-1]}, {}, 256)


def line(name: str, *points: tuple[Any, ...]) -> Line:
    return Line(name, Role.SUMMARY, tuple(LinePoint(*point) for point in points))


def topics(pair: str, raw: str) -> Lines:
    """What each says of the same texts."""

    def point(x: float, marks: str) -> tuple[Any, ...]:
        share = Marks.of([mark == "+" for mark in marks])
        return x, share.value, *share.interval, share.each

    return Lines(
        (
            line("one pair: gist", point(1, pair)),
            line("window: gist", point(64, "-" * len(raw)), point(128, raw), point(256, "+" * len(raw))),
            line("one pair: newest sentence", point(1, "-" * len(pair))),
        ),
        "x",
        "y",
    )


def steps(short: float, long: float) -> Lines:
    return Lines(
        (
            line("memory", (1000, short, 0, 0), (100_000, long, 0, 0)),
            line("reading all pairs", (1000, 7.0, 0, 0), (100_000, 490.0, 0, 0)),
        ),
        "x",
        "y",
    )


def marks(right: int, asked: int = 50, behind: int = 0) -> Marks:
    """The first are right, or those behind some."""
    return Marks.of([behind <= at < behind + right for at in range(asked)])


def trained(right: int, mean: int, asked: int = 50, behind: int = 0) -> LiveTraining:
    """What the mean answers begins behind some that it does not."""
    points = (LearnedPoint(0, None, marks(3, asked), 0.9), LearnedPoint(300, 0.1, marks(right, asked), 0.2))
    references = {"keep 1 of 4": (marks(asked, asked), 0.0), "mean of 4": (marks(mean, asked, behind), 0.5)}
    return LiveTraining("loss", "conv", 4, "the mean", points, references, 300)


def pinned(*heights: float) -> Lines:
    """Perplexity at the last positions, with 0, 1, 2, 4 and 8 pins."""
    return Lines(tuple(line(f"{at}", (256, 3.0, 2, 4), (512, y, y, y)) for at, y in enumerate(heights)), "x", "y")


def slots(*right: int) -> Lines:
    """Of as many facts the first are right, with 0, 8, 24, 48 and 60 pins; introductions end after 24 words."""
    shares = [(x, share.value, *share.interval, share.each) for x, share in zip(PINNED, map(marks, right), strict=True)]
    return Lines((line("first", *shares[::-1]), line("second", *shares), line("all", *shares)), "x", "y")


def joined(one: tuple[float, float], four: tuple[float, float]) -> Lines:
    """Ends of the intervals with one global token, where one fact was told and where four were."""
    told = {facts: (0.5, 0.6) for facts in introduction.FACTS} | {1: one, 4: four}
    points = [[(g, (low + high) / 2, low, high) for g in introduction.COUNTS] for low, high in told.values()]
    return Lines(tuple(line("", *own) for own in points), "x", "y")


def rested(*signs: int) -> Panels:
    """Differences beyond doubt of loss and movement."""
    return Panels((), f"Loss {signs[0]}, movement {signs[1]}.", (signs[0], 0, 0, signs[1]))


PINNED = (0, 8, 24, 48, 60)
BY_HAND: list[tuple[Guess, Any, int, str]] = [
    (
        guesses.BORDER,
        border(1, 7, 5, 4),
        1,
        "memory 0: 2 of 10 (6 to 51 %), memory 1: 8 of 10 (49 to 94 %), memory 2: 6 of 10 (31 to 83 %), memory 3: 5 ",
    ),
    (guesses.BORDER, border(1, 2, 5, 6), 3, "memory 3: 7 of 10 ("),
    (guesses.BORDER, border(6, 2, 5, 1), 0, "memory 0: 7 of 10"),
    (
        guesses.TIME,
        fifo(33.0, 3.0),
        2,
        "FIFO: 33 µs (33 to 33) per token with n_s = 1, 3 µs (3 to 3) with n_s = 128, from the quickest run to the "
        "slowest: the first is 11 times",
    ),
    (guesses.TIME, fifo(27.0, 3.0), 1, "9 times"),
    (guesses.TIME, fifo(5.0, 3.0), 0, "1.7 times"),
    (guesses.TIME, fifo(3.0, 5.0), 3, "0.6 times"),
    (
        guesses.GIST,
        topics("+" * 18 + "--", "+" * 9 + "-" * 9 + "+-"),
        0,
        "in 90 % of the texts from one pair (70 to 97 %), in 50 % from 128 raw pairs (30 to 70 %); from the one pair "
        "alone in 9 texts, from the raw pairs alone in 1.",
    ),
    (guesses.GIST, topics("+" + "-" * 19, "-" * 19 + "+"), 2, "alone in 1 text, from the raw pairs alone in 1."),
    (guesses.GIST, topics("+" * 8 + "-" * 12, "+" * 14 + "-" * 6), 1, "in 70 % from 128 raw pairs (48 to 85 %)"),
    (
        guesses.GIST,
        topics("+" * 8 + "-" * 12, "-" * 6 + "+" * 14),
        2,
        "alone in 6 texts, from the raw pairs alone in 12",
    ),
    (guesses.COST, steps(50.0, 60.0), 0, "50 µs after 1,000 tokens and 60 µs after 100,000, 1.2 times as long"),
    (guesses.COST, steps(50.0, 500.0), 1, "10 times as long; reading all pairs took 70 times as long."),
    (guesses.COST, steps(50.0, 5000.0), 2, "100 times as long"),
    (
        guesses.TRAINING,
        trained(40, 30),
        0,
        "After 300 steps it answers 40 of 50 (67 to 89 %), the mean 30 of 50 (46 to 72 %), with 95 % intervals; it "
        "alone answers 10, the mean alone 0. Before the first step it was 3.",
    ),
    (guesses.TRAINING, trained(30, 40), 1, "the mean 40"),
    (guesses.TRAINING, trained(35, 30), 2, "answers 35 of 50 (56 to 81 %), the mean 30"),
    (guesses.TRAINING, trained(25, 30), 2, "answers 25 of 50"),
    (guesses.TRAINING, trained(30, 22, behind=20), 2, "it alone answers 20, the mean alone 12."),
    (
        pins.HOW_MANY,
        pinned(14.0, 6.75, 6.7, 6.71, 6.8),
        1,
        "is 14.00 with 0, 6.75 with 1, 6.70 with 2, 6.71 with 4, 6.80 with 8 pinned: 1 is the fewest within 1 % of the "
        "least, 6.70.",
    ),
    (pins.HOW_MANY, pinned(6.7, 6.7, 6.7, 6.7, 6.7), 0, "0 is the fewest"),
    (pins.HOW_MANY, pinned(14.0, 9.0, 8.0, 7.0, 6.0), 4, "8 is the fewest within 1 % of the least, 6.00."),
    (
        budget.BEST,
        slots(10, 20, 40, 15, 5),
        1,
        "g = 24 answers most, 0.80 of all facts (0.67 to 0.89). The facts of the introduction end after 24 words at "
        "most. Every pin takes the place of a recent pair: of the introduction 0.10 are answered at g = 0 and 0.20 at "
        "g = 60, of the second half 0.20 and 0.10.",
    ),
    (budget.BEST, slots(40, 30, 20, 15, 5), 0, "g = 0 answers most"),
    (budget.BEST, slots(10, 20, 30, 40, 5), 2, "g = 48 answers most"),
    (budget.BEST, slots(10, 20, 30, 32, 40), 3, "g = 60 answers most"),
    (
        introduction.FOUR,
        joined((0.9, 1), (0.25, 0.37)),
        1,
        "0.95 (0.90 to 1.00) of single facts are answered, and 0.31 ",
    ),
    (introduction.FOUR, joined((0.9, 1), (0.85, 0.95)), 0, "and 0.90 (0.85 to 0.95) where four were told"),
    (introduction.FOUR, joined((0.9, 1), (0.01, 0.07)), 2, "a blind guess in 0.04."),
    (learned_rest.LOSS, rested(-1, -1), 0, "Loss -1, movement -1."),
    (learned_rest.LOSS, rested(0, -1), 1, "Loss 0"),
    (learned_rest.LOSS, rested(1, -1), 2, "Loss 1"),
]


@pytest.mark.parametrize(("guess", "data", "right", "says"), BY_HAND)
def test_what_came_true_is_what_was_measured(guess: Guess, data: Any, right: int, says: str) -> None:
    found, truth, _ = guess.outcome(data)
    assert (found, says in truth) == (right, True), truth
    assert re.search(r"\d", truth)
    said = [guess.judge(chosen, data) for chosen in range(len(guess.offered))]
    assert [judged for judged, _ in said] == [chosen == right for chosen in range(len(guess.offered))]
    assert said[right][1] == f"Right. {truth}" and all(text.endswith(truth) for _, text in said)
    assert len({text for _, text in said}) == len(said)  # each belief is denied by its own sentence


def test_what_may_be_luck_and_what_holds_as_well_is_right_too() -> None:
    none, about, between, possible = range(4)
    found, truth, tied = budget.BEST.outcome(slots(36, 20, 40, 37, 40))
    assert found == about and set(tied) == {none, between, possible} and "no sure difference to g = 0, 48, 60." in truth
    assert introduction.FOUR.outcome(joined((0.02, 0.08), (0.01, 0.07)))[::2] == (2, (0,)), "who guesses one, too"


def test_two_memories_that_answer_as_many_are_both_right() -> None:
    data = border(1, 7, 5, 7)
    assert [guesses.BORDER.judge(chosen, data)[0] for chosen in range(4)] == [False, True, False, True]


# What a reply claims before it says the numbers, and what these must then be: of two that are compared, the first in
# multiples of the second. Sentences that hold by how a memory is built claim nothing of the numbers.
BY_CONSTRUCTION = (
    "Blocks alone know nothing from before their border but what a pair knows of the words before its own.",
    "Smaller blocks leave one by one: what was told early in the block before may have left when it is asked for.",
    "A window moves along: what was told early in the block before may have left it when it is asked for.",
    "There are fewer updates, but as many pairs to take in.",
    "So many pairs, but of the other half of the text: what has left a window is gone.",
    "A smaller loss need not be a better answer.",
    "Operations are not time: starting them, copying the state and all that is around a read cost the same however "
    "little is read.",
)
CLAIMS: Mapping[str, Callable[[Any], bool]] = {
    "One block more did not answer most here.": lambda times: times < 1,
    "Nothing is saved here.": lambda times: times <= 1,
    "More is saved than that.": lambda times: times >= 2,
    "It is not between a half and a tenth.": lambda times: not 2 <= times < 10,
    "The pairs are as many, but each update has a cost of its own.": lambda times: times > 1,
    "It has become longer here.": lambda times: times > 1,
    "It is less: count what a step touches.": lambda times: times < 10,
    "It is more here.": lambda times: times > 10,
    "It is less here: a step need not touch every pair.": lambda times: times < 100,
    "It answers fewer.": lambda times: times < 1,
    "It answers more.": lambda times: times > 1,
    "The one pair is behind here.": lambda times: times < 1,
    guesses.UNSURE: lambda times: 0.9 < times < 1.15,
    guesses.TOLD_APART: lambda times: not 0.9 < times < 1.15,
    "It is not in between here.": lambda times: not 1 / 64 <= times < 0.9,
    "It is shorter here: full attention reads and copies all pairs with every step.": lambda times: times < 1,
    "The window alone is not enough.": lambda heights: heights[0] > 1.01 * min(heights),
    "One pin is not enough.": lambda heights: heights[1] > 1.01 * min(heights),
    "2 pins are not enough.": lambda heights: heights[2] > 1.01 * min(heights),
    "4 pins are not enough.": lambda heights: heights[3] > 1.01 * min(heights),
    "One pin is not better by more than 1 %.": lambda heights: heights[0] <= 1.01 * heights[1],
    "2 pins are not better by more than 1 %.": lambda heights: min(heights[:2]) <= 1.01 * heights[2],
    "4 pins are not better by more than 1 %.": lambda heights: min(heights[:3]) <= 1.01 * heights[3],
    "8 pins are not better by more than 1 %.": lambda heights: min(heights[:4]) <= 1.01 * heights[4],
    pins.ONE_PLACE: lambda heights: heights[0] > 1.01 * min(heights) >= heights[1],
    "Without pins fewer are answered.": lambda right: right[0] < max(right) - 5,
    "With about as many as the introduction has words fewer are answered.": lambda right: right[2] < max(right) - 5,
    "With far fewer or far more than that, but some, fewer are answered.": lambda right: (
        max(right[1], right[3]) < max(right) - 5
    ),
    "With as many as possible fewer are answered.": lambda right: right[4] < max(right) - 5,
    "One token does not hold four facts as well as one.": lambda ends: ends[1][1] < ends[0][0],
    "It is not more than by a blind guess beyond doubt.": lambda ends: ends[1][0] <= 1 / 24,
    "It is not fewer than of one fact beyond doubt.": lambda ends: ends[1][1] >= ends[0][0],
    "It is more than by a blind guess.": lambda ends: ends[1][0] > 1 / 24,
    "The loss is not lower beyond doubt: that a row moves less need not help to learn.": lambda signs: signs[0] > -1,
    "The loss differs beyond doubt.": lambda signs: signs[0] != 0,
    "The loss is not higher beyond doubt.": lambda signs: signs[0] < 1,
}


def every_setting(one: Experiment) -> Iterator[dict[str, Any]]:
    """All that may be chosen of what is chosen from a list, other dials as they begin."""
    lists = [[*dial.options] if isinstance(dial, Option) else [dial.start] for dial in one.dials.values()]
    return (dict(zip(one.dials, values, strict=True)) for values in product(*lists))


def measured_step(ratio: float) -> MeasuredHere:
    return MeasuredHere((Stepped("window", "", Role.RECENT, 1, 1, 1, 1, 1, 1, 1.0, ratio),), 4096, 128, "a chip")


def topic(times: float) -> Lines:
    """Of a hundred texts, one of the two alone answers what the other does not: six such are no luck any more."""
    right = round(50 * times)
    return topics("+" * right + "-" * (100 - right), "+" * 50 + "-" * 50)


DENY_WHAT_IS_OFFERED = ("budget", "introduction", "rest")  # in a sentence which holds just where that does not
HEIGHTS, RIGHT = (6.0, 6.06, 6.07), (5, 37, 40)  # within 1 % or just beyond; beside the most, luck or none
ENDS = ((0.01, 0.07), (0.03, 0.2), (0.25, 0.37), (0.85, 0.95), (0.9, 1.0))
EVERY_ORDERING: Mapping[str, tuple[Guess, Callable[[Any], Any], Sequence[Any]]] = {
    "border": (guesses.BORDER, lambda times: border(1, round(4 * times), 4, 2), (0.5, 0.75, 1, 1.25, 1.5)),
    "time": (guesses.TIME, lambda times: fifo(3 * times, 3), (0.1, 0.9, 1, 1.004, 1.1, 1.96, 2, 5, 9.96, 10, 200)),
    "gist": (guesses.GIST, topic, (0.2, 0.89, 0.92, 1, 1.05, 1.16, 1.8)),
    "cost": (guesses.COST, lambda times: steps(50, 50 * times), (0.1, 1, 2, 3.1, 3.3, 9, 11, 31, 33, 90, 110)),
    "training": (
        guesses.TRAINING,
        lambda times: trained(round(50 * times), 50, 100),
        (0, 0.89, 0.92, 1, 1.05, 1.16, 1.8),
    ),
    "step": (guesses.STEP, measured_step, (0.001, 1 / 128, 1 / 65, 1 / 64, 0.1, 0.89, 0.9, 0.99, 1, 1.5, 20)),
    "pins": (pins.HOW_MANY, lambda heights: pinned(*heights), [*product(HEIGHTS, repeat=5)]),
    "budget": (budget.BEST, lambda right: slots(*right), [*product(RIGHT, repeat=5)]),
    "introduction": (introduction.FOUR, lambda ends: joined(*ends), [*product(ENDS, repeat=2)]),
    "rest": (learned_rest.LOSS, lambda signs: rested(*signs), [*product((-1, 0, 1), repeat=2)]),
}


@pytest.mark.parametrize("name", EVERY_ORDERING)
def test_no_reply_claims_what_the_numbers_deny(name: str) -> None:
    guess, made, cases = EVERY_ORDERING[name]
    came_true = set()
    for case in cases:
        data, compared = made(case), guesses.shown(case) if isinstance(case, int | float) else case
        outcome = guess.outcome(data)
        came_true.add(outcome.right)
        for chosen in range(len(guess.offered)):
            true, said = guess.judge(chosen, data)
            claims = said.removesuffix(outcome.truth).strip()
            for sentence in BY_CONSTRUCTION:
                claims = claims.replace(sentence, "").strip()
            if pins.ONE_PLACE in claims:
                assert CLAIMS[pins.ONE_PLACE](compared)
                claims = claims.removesuffix(pins.ONE_PLACE).strip()
            assert true or not claims or CLAIMS[claims](compared), f"{said} of {case}"
            if name in DENY_WHAT_IS_OFFERED:
                denial = guess.refuted(data, chosen).removesuffix(outcome.truth).strip()
                assert CLAIMS[denial](compared) != true, f"{guess.offered[chosen]} of {case}"
    assert len(came_true) >= 3 or name == "border"


ASKED = [
    (one, guess)
    for one in (*(one for lesson in LESSONS for one in lesson.experiments()), measured.EXPERIMENT)
    for guess in {one.guess(values) for values in every_setting(one)}
    if guess
]


@pytest.mark.parametrize(("one", "guess"), ASKED, ids=[one.name for one, _ in ASKED])
def test_what_is_asked_waits_for_a_click_and_its_replies_are_tried_with_every_outcome(
    one: Experiment, guess: Guess
) -> None:
    assert one.long and len(set(guess.offered)) == len(guess.offered) >= 3 and guess.asks.endswith("?")
    assert guess in [tried for tried, *_ in EVERY_ORDERING.values()]


def test_every_guess_is_asked_somewhere() -> None:
    assert [guess for guess, *_ in EVERY_ORDERING.values() if guess not in [asked for _, asked in ASKED]] == []
