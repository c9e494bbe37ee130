"""What is guessed of an experiment: the finished numbers alone decide which sentence came true."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from memattn.intervals import Marks, Proportion
from memattn.lessons import compressive, guesses, segments, summary
from memattn.lessons.cost.record import MeasuredHere, Stepped
from memattn.lessons.guesses import Guess
from memattn.lessons.results import (
    Curve,
    LearnedPoint,
    Line,
    LinePoint,
    Lines,
    LiveTraining,
    MeasuredPoint,
    RecallCurves,
    Timed,
    TimePerToken,
)
from memattn.records import Role


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


def trained(right: int, mean: int) -> LiveTraining:
    points = (LearnedPoint(0, None, Proportion(3, 50), 0.9), LearnedPoint(300, 0.1, Proportion(right, 50), 0.2))
    references = {"keep 1 of 4": (Proportion(50, 50), 0.0), "mean of 4": (Proportion(mean, 50), 0.5)}
    return LiveTraining("loss", "conv", 4, "the mean", points, references, 300)


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
        "After 300 steps it answers 40 of 50 (67 to 89 %), the mean 30 of 50 (46 to 72 %), with 95 % intervals; before "
        "the first it was 3.",
    ),
    (guesses.TRAINING, trained(30, 40), 1, "the mean 40"),
    (guesses.TRAINING, trained(35, 30), 2, "answers 35 of 50 (56 to 81 %), the mean 30"),
    (guesses.TRAINING, trained(25, 30), 2, "answers 25 of 50"),
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
CLAIMS: Mapping[str, Callable[[float], bool]] = {
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
    guesses.NO_MORE: lambda times: abs(30 * times - 30) <= 5,
    "The difference is more than 5.": lambda times: abs(30 * times - 30) > 5,
    "The one pair is behind here.": lambda times: times < 1,
    guesses.UNSURE: lambda times: 0.9 < times < 1.15,
    "On the same texts they can be told apart.": lambda times: not 0.9 < times < 1.15,
    "It is not in between here.": lambda times: not 1 / 64 <= times < 0.9,
    "It is shorter here: full attention reads and copies all pairs with every step.": lambda times: times < 1,
}


def measured_step(ratio: float) -> MeasuredHere:
    return MeasuredHere((Stepped("window", "", Role.RECENT, 1, 1, 1, 1, 1, 1, 1.0, ratio),), 4096, 128, "a chip")


def topic(times: float) -> Lines:
    """Of a hundred texts, one of the two alone answers what the other does not: six such are no luck any more."""
    right = round(50 * times)
    return topics("+" * right + "-" * (100 - right), "+" * 50 + "-" * 50)


EVERY_ORDERING: Mapping[str, tuple[Guess, Callable[[float], Any], tuple[float, ...]]] = {
    "border": (guesses.BORDER, lambda times: border(1, round(4 * times), 4, 2), (0.5, 0.75, 1, 1.25, 1.5)),
    "time": (guesses.TIME, lambda times: fifo(3 * times, 3), (0.1, 0.9, 1, 1.004, 1.1, 1.96, 2, 5, 9.96, 10, 200)),
    "gist": (guesses.GIST, topic, (0.2, 0.89, 0.92, 1, 1.05, 1.16, 1.8)),
    "cost": (guesses.COST, lambda times: steps(50, 50 * times), (0.1, 1, 2, 3.1, 3.3, 9, 11, 31, 33, 90, 110)),
    "training": (guesses.TRAINING, lambda times: trained(round(30 * times), 30), (0, 0.8, 0.9, 1, 1.1, 1.2, 1.6)),
    "step": (guesses.STEP, measured_step, (0.001, 1 / 128, 1 / 65, 1 / 64, 0.1, 0.89, 0.9, 0.99, 1, 1.5, 20)),
}


@pytest.mark.parametrize("name", EVERY_ORDERING)
def test_no_reply_claims_what_the_numbers_deny(name: str) -> None:
    guess, made, ratios = EVERY_ORDERING[name]
    came_true = set()
    for ratio in ratios:
        data = made(ratio)
        came_true.add(guess.outcome(data).right)
        for chosen in range(len(guess.offered)):
            true, said = guess.judge(chosen, data)
            claims = said.removesuffix(guess.outcome(data).truth).strip()
            for sentence in BY_CONSTRUCTION:
                claims = claims.replace(sentence, "").strip()
            assert true or not claims or CLAIMS[claims](guesses.shown(ratio)), f"{said} of {ratio}"
    assert len(came_true) >= 3 or name == "border"


@pytest.mark.parametrize("lesson", [segments.LESSON, summary.LESSON, compressive.LESSON], ids=lambda one: one.name)
def test_every_lesson_asks_of_an_experiment_that_waits_for_a_click(
    lesson: Any,
) -> None:
    every = [(one, one.guess({key: dial.start for key, dial in one.dials.items()})) for one in lesson.experiments()]
    asked = [(one, guess) for one, guess in every if guess]
    assert asked and all(one.long for one, _ in asked)
    for _, guess in asked:
        assert len(set(guess.offered)) == len(guess.offered) >= 3 and guess.asks.endswith("?")
        assert {right for own, _, right, _ in BY_HAND if own is guess} >= set(range(3)) - {2} or guess is guesses.BORDER
