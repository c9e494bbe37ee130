"""What a reader guesses of an experiment before its figure is shown, and what the finished figure says to it. No torch.

As with the questions of the stage, nobody writes the answer down: it is read from what was measured here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from memattn.intervals import Paired, Proportion
from memattn.lessons.cost.record import MeasuredHere, as_much, times
from memattn.lessons.results import Lines, LiveTraining, RecallCurves, Timed, TimePerToken
from memattn.quantities import rounded
from memattn.records import counted


class Outcome(NamedTuple):
    """What came out.

    Args:
        right: number of the sentence that came true, from 0.
        truth: the same in words, with the numbers of this measurement.
        tied: numbers of sentences that came as true.
    """

    right: int
    truth: str
    tied: tuple[int, ...] = ()


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
        right, truth, tied = self.outcome(data)
        true = chosen in (right, *tied)
        return true, f"Right. {truth}" if true else self.refuted(data, chosen)


Denial = str | Callable[[int], str]  # holds whatever else came true, or is made of the number of what did


def denying(
    asks: str, offered: tuple[str, ...], denied: tuple[Denial, ...], outcome: Callable[[Any], Outcome]
) -> Guess:
    """One that denies a wrong sentence, and then says what came out."""

    def refuted(data: Any, chosen: int) -> str:
        right, truth, _ = outcome(data)
        denial = denied[chosen]
        return f"{denial if isinstance(denial, str) else denial(right)} {truth}"

    return Guess(asks, offered, outcome, refuted)


def shown(number: float) -> float:
    """As it is written: what is said of it must hold of the digits that stand beside it."""
    return float(f"{number:.2g}")


def _percent(share: float) -> int:
    """Of the two digits that the table has: 2.5 % would be 2 and 0.03."""
    return round(100 * float(f"{share:.2f}"))


def _span(low: float, high: float) -> str:
    return f"{_percent(low)} to {_percent(high)} %"


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
        f"{curve.name}: {right} of {asked}" + (f" ({_span(*Proportion(right, asked).interval)})" if asked else "")
        for curve, (right, asked) in zip(data.curves, counts, strict=True)
    )
    best = [at for at, share in enumerate(shares) if share == max(shares)]
    return Outcome(
        best[0],
        f"Of the facts in the block before the border were answered, with 95 % intervals: {told}.",
        tuple(best[1:]),
    )


BORDER = denying(
    "Facts told in the block before the last border are asked for. Which memory answers most of them?",
    (
        "Blocks that see only themselves",
        "One block more: two-segment memory",
        "As many pairs, in smaller blocks",
        "A window of one block, which moves along",
    ),
    (
        "Blocks alone know nothing from before their border but what a pair knows of the words before its own.",
        "One block more did not answer most here.",
        "Smaller blocks leave one by one: what was told early in the block before may have left when it is asked for.",
        "A window moves along: what was told early in the block before may have left it when it is asked for.",
    ),
    _over_the_border,
)


def _time_per_token(data: TimePerToken) -> Outcome:
    """Of the first memory, with one pair per update and with the most."""
    name, own = next(iter(data.times.items()))
    one, many = own[0], own[-1]
    times = shown(one.micros / many.micros)
    right = 3 if times <= 1 else 0 if times < 2 else 1 if times < 10 else 2
    return Outcome(
        right,
        f"{name}: {_micros(one)} per token with n_s = {one.length}, {_micros(many)} with n_s = {many.length}, from the "
        f"quickest run to the slowest: the first is {rounded(times)} times the second.",
    )


def _micros(timed: Timed) -> str:
    return f"{rounded(timed.micros, 3)} µs ({rounded(timed.least, 3)} to {rounded(timed.most, 3)})"


TIME = denying(
    "A segment FIFO gets the same text in updates of 1 token, and of 128. What does a token cost then?",
    ("Less, but more than half", "Between a half and a tenth", "A tenth or less", "As much as before, or more"),
    (
        lambda right: "Nothing is saved here." if right == 3 else "More is saved than that.",
        "It is not between a half and a tenth.",
        "There are fewer updates, but as many pairs to take in.",
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
        f"The topic was named in {_percent(pair.y)} % of the texts from one pair ({_span(pair.low, pair.high)}), in "
        f"{_percent(raw.y)} % from {HALF_OF_THEM} raw pairs ({_span(raw.low, raw.high)}); from the one pair alone in "
        f"{counted(split.won, 'text')}, from the raw pairs alone in {split.lost}.",
    )


LUCK, UNSURE = "Neither: what differs may be luck", "Neither is ahead beyond doubt."
TOLD_APART = "What differs is more than luck."
OTHER_HALF = "So many pairs, but of the other half of the text: what has left a window is gone."
GIST = denying(
    "What was the first half of 256 words mostly about? Who says it better?",
    ("One pair, the mean of all 256", "The newest 128 pairs as they are", LUCK),
    (
        lambda right: "The one pair is behind here." if right == 1 else UNSURE,
        lambda right: f"{OTHER_HALF}{f' {UNSURE}' if right == 2 else ''}",
        TOLD_APART,
    ),
    _gist,
)


def _cost(data: Lines) -> Outcome:
    """The first line: the memory's step, at the shortest and at the longest text."""
    own, everything = data.lines[0].points, data.lines[1].points
    times, full = (shown(line[-1].y / line[0].y) for line in (own, everything))
    right = 0 if times < NEAREST[0] else 1 if times < NEAREST[1] else 2
    return Outcome(
        right,
        f"A step took {rounded(own[0].y, 3)} µs after {own[0].x:,.0f} tokens and {rounded(own[-1].y, 3)} µs after "
        f"{own[-1].x:,.0f}, {as_much(times, 'as long')}; reading all pairs took {as_much(full, 'as long')}.",
    )


NEAREST = (3.2, 32)  # times: between as long and ten times, ten times and a hundred times
COST = denying(
    "A hundred times as many tokens have come. What is nearest to the time that the memory’s next step takes?",
    ("As long as before", "Ten times as long", "A hundred times as long"),
    (
        "It has become longer here.",
        lambda right: "It is more here." if right == 2 else "It is less: count what a step touches.",
        "It is less here: a step need not touch every pair.",
    ),
    _cost,
)

# --- Compressive memory -----------------------------------------------------------------------------------------------


def _training(data: LiveTraining) -> Outcome:
    """The trained network beside the plain mean, on the same questions."""
    own, mean = data.points[-1].recall, data.references[f"mean of {data.rate}"][0]
    split = own.against(mean)
    return Outcome(
        {1: 0, -1: 1, 0: 2}[split.shows],
        f"After {data.points[-1].step} steps it answers {own.right} of {own.total} ({_span(*own.interval)}), the mean "
        f"{mean.right} of {mean.total} ({_span(*mean.interval)}), with 95 % intervals; it alone answers {split.won}, "
        f"the mean alone {split.lost}. Before the first step it was {data.points[0].recall.right}.",
    )


TRAINING = denying(
    "Will the trained network answer more questions than a plain mean of c pairs?",
    ("More", "Fewer", LUCK),
    (
        lambda right: f"{'It answers fewer.' if right == 1 else UNSURE} A smaller loss need not be a better answer.",
        lambda right: "It answers more." if right == 0 else UNSURE,
        TOLD_APART,
    ),
    _training,
)

# --- Cost -------------------------------------------------------------------------------------------------------------

WINDOW = "window"


def _step(data: MeasuredHere) -> Outcome:
    """The window's step beside full attention's."""
    (window,) = (one for one in data.steps if one.name == WINDOW)
    on_paper = window.flops_paper / data.full_flops
    right = 0 if round(1 / window.ratio) > FEW else 1 if shown(window.ratio) < ABOUT else 2
    return Outcome(
        right,
        f"It reads {times(on_paper)} of what full attention reads, and its step took "
        f"{as_much(window.ratio, 'as long')} as full attention’s, measured on {data.device}.",
    )


FEW, ABOUT = 64, 0.9  # parts of full attention's step that count as hardly any, times from which on it counts as long
STEP = denying(
    "After 4,096 tokens a sliding window of 32 pairs reads 1/128 of what full attention reads. How long does its step "
    "take here, beside full attention’s?",
    (
        f"Less than 1/{FEW} as long",
        f"More than that, but less than {ABOUT} times as long",
        f"{ABOUT} times as long, or longer",
    ),
    (
        "Operations are not time: starting them, copying the state and all that is around a read cost the same however "
        "little is read.",
        "It is not in between here.",
        "It is shorter here: full attention reads and copies all pairs with every step.",
    ),
    _step,
)
