"""What a reader guesses of an experiment before its figure is shown, and what the finished figure says to it. No torch.

As with the questions of the stage, nobody writes the answer down: it is read from what was measured here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from memattn.intervals import Paired
from memattn.lessons.cost.record import MeasuredHere, as_much, times
from memattn.lessons.results import Lines, LiveTraining, RecallCurves, TimePerToken
from memattn.quantities import rounded
from memattn.records import counted


class Outcome(NamedTuple):
    """What came out.

    Args:
        right: number of the sentence that came true, from 0.
        truth: the same in words, with the numbers of this measurement.
    """

    right: int
    truth: str


@dataclass(frozen=True)
class Guess:
    """A question about an experiment.

    Args:
        asks: the question.
        offered: sentences to choose among.
        outcome: of the finished data.
        refuted: what to say of the finished data to who chose that sentence, where another came true.
    """

    asks: str
    offered: tuple[str, ...]
    outcome: Callable[[Any], Outcome]
    refuted: Callable[[Any, int], str]

    def judge(self, chosen: int, data: Any) -> tuple[bool, str]:
        """Whether that came true, and what to say to it."""
        right, truth = self.outcome(data)
        return chosen == right, f"Right. {truth}" if chosen == right else self.refuted(data, chosen)


def _guess(asks: str, offered: tuple[str, ...], denied: tuple[str, ...], outcome: Callable[[Any], Outcome]) -> Guess:
    """One that denies a wrong sentence in the same words whatever came out, and then says what did."""
    return Guess(asks, offered, outcome, lambda data, chosen: f"{denied[chosen]} {outcome(data).truth}")


# --- Segments & FIFO --------------------------------------------------------------------------------------------------


def _over_the_border(data: RecallCurves) -> Outcome:
    """Facts of the last block before the border: two blocks are drawn before it, with negative positions."""
    counts = []
    for curve in data.curves:
        earliest = min(point.x for point in curve.points)
        before = [point for point in curve.points if earliest / 2 <= point.x < 0]
        counts.append((sum(point.right for point in before), sum(point.asked for point in before)))
    shares = [right / asked if asked else 0.0 for right, asked in counts]
    told = ", ".join(
        f"{curve.name}: {right} of {asked}" for curve, (right, asked) in zip(data.curves, counts, strict=True)
    )
    return Outcome(shares.index(max(shares)), f"Of the facts in the block before the border were answered: {told}.")


BORDER = _guess(
    "Facts told in the block before the last border are asked for. Which memory answers most of them?",
    (
        "Blocks that see only themselves",
        "One block more: two-segment memory",
        "As many pairs, in smaller blocks",
        "A window of one block, which moves along",
    ),
    (
        "Blocks alone know nothing from before their border but what a pair knows of the words before its own.",
        "One block more did not win here.",
        "Smaller blocks leave one by one: the early ones have left by the time the question comes.",
        "A window moves along: what was told early in the block before has left it by then.",
    ),
    _over_the_border,
)


def _time_per_token(data: TimePerToken) -> Outcome:
    """Of the first memory, with one pair per update and with the most."""
    name, own = next(iter(data.times.items()))
    one, many = own[0], own[-1]
    times = one.micros / many.micros
    right = 3 if times <= 1 else 0 if times < 2 else 1 if times < 10 else 2
    return Outcome(
        right,
        f"{name}: {rounded(one.micros)} µs per token with n_s = {one.length}, {rounded(many.micros)} µs with n_s = "
        f"{many.length}: the first is {rounded(times)} times the second.",
    )


TIME = _guess(
    "A segment FIFO gets the same text in updates of 1 token, and of 128. What does a token cost then?",
    ("Less, but not half", "Between a half and a tenth", "A tenth or less", "As much as before, or more"),
    (
        "More is saved than that.",
        "It is not between a half and a tenth.",
        "Not as much is saved as updates: 128 pairs must be taken in still.",
        "The pairs are as many, but each update has a cost of its own.",
    ),
    _time_per_token,
)

# --- Summary vectors --------------------------------------------------------------------------------------------------

HALF_OF_THEM = 128  # raw pairs beside the one


def _gist(data: Lines) -> Outcome:
    """What the whole is about: one pair beside half of all pairs, on the same texts."""
    (pair,) = (line.points[0] for line in data.lines if line.name == "one pair: gist")
    (raw,) = (
        point for line in data.lines if line.name == "window: gist" for point in line.points if point.x == HALF_OF_THEM
    )
    split = Paired.of(pair.each, raw.each)
    return Outcome(
        {1: 0, -1: 1, 0: 2}[split.shows],
        f"The topic was named in {_percent(pair.y)} of the texts from one pair ({_span(pair.low, pair.high)}), in "
        f"{_percent(raw.y)} from {HALF_OF_THEM} raw pairs ({_span(raw.low, raw.high)}); from the one pair alone in "
        f"{counted(split.won, 'text')}, from the raw pairs alone in {split.lost}.",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _span(low: float, high: float) -> str:
    return f"{100 * low:.0f} to {100 * high:.0f} %"


GIST = _guess(
    "What was the first half of 256 words mostly about? Who says it better?",
    ("One pair, the mean of all 256", "The newest 128 pairs as they are", "Neither: what differs may be luck"),
    (
        "The one pair is not ahead here.",
        "So many numbers, but none of the half that is asked about: what has left a window is gone.",
        "On the same texts they can be told apart.",
    ),
    _gist,
)


def _cost(data: Lines) -> Outcome:
    """The first line: the memory's step, at the shortest and at the longest text."""
    own, everything = data.lines[0].points, data.lines[1].points
    times, full = own[-1].y / own[0].y, everything[-1].y / everything[0].y
    right = 0 if times < 3 else 1 if times < 30 else 2
    return Outcome(
        right,
        f"A step took {rounded(own[0].y)} µs after {own[0].x:,.0f} tokens and {rounded(own[-1].y)} µs after "
        f"{own[-1].x:,.0f}, {as_much(times, 'as long')}; reading all pairs took {as_much(full, 'as long')}.",
    )


COST = _guess(
    "A hundred times as many tokens have come. How long does the memory’s next step take?",
    ("About as long as before", "About ten times as long", "About a hundred times as long"),
    (
        "It has become longer here.",
        "It is not ten times: count what a step touches.",
        "That is full attention, which reads every pair. A summary is one pair however many came.",
    ),
    _cost,
)

# --- Compressive memory -----------------------------------------------------------------------------------------------

NEAR = 5  # questions by which two networks may differ by chance


def _training(data: LiveTraining) -> Outcome:
    """The trained network beside the plain mean, on the same questions."""
    own, mean = data.points[-1].recall, data.references[f"mean of {data.rate}"][0]
    ahead = own.right - mean.right
    right = 2 if abs(ahead) <= NEAR else 0 if ahead > 0 else 1
    return Outcome(
        right,
        f"After {data.points[-1].step} steps it answers {own.right} of {own.total}, the mean {mean.right} of "
        f"{mean.total}; before the first it was {data.points[0].recall.right}.",
    )


TRAINING = _guess(
    "Will the trained network answer more questions than a plain mean of c pairs?",
    ("More", "Fewer", f"As many, give or take {NEAR}"),
    (
        "A smaller loss is not a better answer: what it learned to rebuild need not be what is asked.",
        "It did not lose against the mean here.",
        "There is a difference here.",
    ),
    _training,
)

# --- Cost -------------------------------------------------------------------------------------------------------------

WINDOW = "window"


def _step(data: MeasuredHere) -> Outcome:
    """The window's step beside full attention's."""
    (window,) = (one for one in data.steps if one.name == WINDOW)
    on_paper = window.flops_paper / data.full_flops
    right = 0 if window.ratio < 3 * on_paper else 1 if window.ratio < 0.9 else 2
    return Outcome(
        right,
        f"It reads {times(on_paper)} of what full attention reads, and its step took "
        f"{as_much(window.ratio, 'as long')} as full attention’s, measured on {data.device}.",
    )


STEP = _guess(
    "After 4,096 tokens a sliding window of 32 pairs reads 1/128 of what full attention reads. How long does its step "
    "take here, beside full attention’s?",
    ("About 1/128 as long", "Shorter, but not nearly by as much", "As long, or longer"),
    (
        "Operations are not time: starting them, copying the state and all that is around a read cost the same however "
        "little is read.",
        "It is not in between here.",
        "There is a difference here: full attention reads and copies all pairs with every step.",
    ),
    _step,
)
