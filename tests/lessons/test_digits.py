"""One number is written in one way wherever an experiment says it: 0.19 in a sentence is not 0.195 in the table."""

import re
from collections.abc import Sequence
from itertools import permutations

import pytest

from memattn.figures.draw import draw, in_words
from memattn.intervals import Marks, Proportion
from memattn.lessons import borders, experiments, guesses, introduction, learned_rest, pins, which_statistic
from memattn.lessons.learned_rest import Progress, Seen
from memattn.lessons.results import (
    LearnedPoint,
    Line,
    LinePoint,
    Lines,
    LiveTraining,
    Panels,
    Timed,
    TimePerToken,
)
from memattn.records import Role

NUMBER = re.compile(r"(?<![\d.,])\d+(?:,\d{3})*(?:\.\d+)?")


def numbers(text: str) -> list[str]:
    """All but small whole ones, which count."""
    return [found for found in NUMBER.findall(text) if "." in found or len(found) > 1]


def written_otherwise(one: str, other: str) -> list[tuple[str, str]]:
    """Numbers of the one that the other has with more or fewer digits alone."""
    theirs = numbers(other)
    return [
        (own, near)
        for own in numbers(one)
        if own not in theirs
        for near in theirs
        if digits(own) != digits(near)
        and abs(value(own) - value(near)) <= 0.5001 / 10 ** min(digits(own), digits(near))
    ]


def value(number: str) -> float:
    return float(number.replace(",", ""))


def digits(number: str) -> int:
    return len(number.partition(".")[2])


def test_what_is_written_otherwise_is_found() -> None:
    assert written_otherwise("weights of 0.19 and 0.50", "| 0.195 | 0.50 |") == [("0.19", "0.195")]
    assert written_otherwise("33 µs", "| 32.5 |") == [("33", "32.5")]
    assert written_otherwise("0.61 of 20, 0.8", "| 0.62 | 20 | 0.95 |") == []


def hovered(data: Lines | Panels) -> str:
    return " ".join(str(one) for trace in draw(data, "light").data for one in trace.customdata or ())


def drawn(*lines: Sequence[float], decimals: int | None = None) -> Lines:
    own = [[LinePoint(10.0 ** (3 + 2 * at), y, y, y) for at, y in enumerate(line)] for line in lines]
    return Lines(
        tuple(Line("abcde"[at], Role.RECENT, tuple(points)) for at, points in enumerate(own)),
        "x",
        "y",
        decimals=decimals,
    )


def of_which_statistic() -> list[str]:
    told = {
        "window of 256": [which_statistic.Told(at < 3, 0.1948, 0.5148) for at in range(20)],
        "256 means": [which_statistic.Told(at < 11, 0.2049, 0.5249) for at in range(20)],
    }
    means = {name: which_statistic.mean(which_statistic.MEMORIES[name][0], own) for name, own in told.items()}
    return [which_statistic.said(told, means), which_statistic.in_numbers(means)]


def of_learned_rest() -> list[str]:
    base = [[Seen(2.5148 + seed, 0.03449, 0.1948)] * 20 for seed in range(3)]
    other = [[Seen(2.1049 + seed, 0.07748, 0.0449)] * 20 for seed in range(3)]
    progress = Progress(20, {"none": base, "sink": other})
    data = learned_rest.panels(progress)
    return [learned_rest.verdict(progress), learned_rest.table(progress), in_words(data), hovered(data)]


def of_pins() -> list[str]:
    data = drawn(*([y, y] for y in (13.948, 6.7449, 6.7548, 6.8049, 6.9048)), decimals=2)
    return [pins.HOW_MANY.outcome(data).truth, in_words(data), hovered(data)]


def of_introduction() -> list[str]:
    shares = {
        (facts, count): Proportion({1: 199, 2: 107, 4: 61, 8: 37}[facts], 200)
        for facts in introduction.FACTS
        for count in introduction.COUNTS
    }
    data = introduction._counted(shares)
    return [introduction.FOUR.outcome(data).truth, data.says, in_words(data), hovered(data)]


def of_time() -> list[str]:
    own = tuple(
        Timed(size, micros, micros - 1.26, micros + 1.26, 1 / size) for size, micros in ((1, 32.46), (128, 13.748))
    )
    data = TimePerToken({"FIFO": own}, {"FIFO": Role.RECENT}, 256)
    return [guesses.TIME.outcome(data).truth, borders._in_numbers(data.times), in_words(data)]


def of_cost() -> list[str]:
    data = drawn((32.46, 84.52), (22.47, 3467.2))
    return [guesses.COST.outcome(data).truth, in_words(data), hovered(data)]


def of_training() -> list[str]:
    few, many = (Marks.of([at < right for at in range(40)]) for right in (3, 29))
    points = (LearnedPoint(0, None, few, 0.6149), LearnedPoint(300, 2.5, many, 0.4349))
    data = LiveTraining("loss", "conv", 4, "the mean", points, {"mean of 4": (few, 0.3249)}, 300)
    return [guesses.TRAINING.outcome(data).truth, in_words(data), experiments._before_and_after(data)]


SAID = (of_which_statistic, of_learned_rest, of_pins, of_introduction, of_time, of_cost, of_training)


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.__name__)
def test_sentence_table_and_figure_write_a_number_alike(said: object) -> None:
    texts = said()  # type: ignore[operator]
    assert all(map(numbers, texts))
    assert [found for both in permutations(texts, 2) for found in written_otherwise(*both)] == []


def test_a_share_in_percent_is_the_one_that_the_table_has() -> None:
    shares = [right / 40 for right in range(41)]
    assert [guesses._percent(share) for share in shares] == [round(100 * float(f"{share:.2f}")) for share in shares]
