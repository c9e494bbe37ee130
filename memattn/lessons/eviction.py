"""What the read is without what has left: all other weights times the same factor, 1/(1 - a0). No torch.

Full attention gives a0 to the pairs that the memory has lost. A softmax over the others keeps their ratios, so each of
their weights is divided by what is left, 1 - a0.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from memattn.lessons.formulas import whose
from memattn.lessons.lesson import Formula, Head, Settings
from memattn.lessons.narration import slot_name, words
from memattn.lessons.prediction.question import At, Prediction, Sentence, wrong
from memattn.quantities import rounded
from memattn.records import EventKind, Floats, Trace

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

NAME = "without the first"
LEAST = 0.2  # a0 worth a question


class Freed(NamedTuple):
    """A read without some pairs.

    Args:
        lost: positions that full attention reads and the memory has not.
        before: weights of full attention on the slots that are read, in float64.
        after: weights of this read on the same.
    """

    lost: tuple[int, ...]
    before: Floats
    after: Floats

    @property
    def left(self) -> float:
        """1 - a0, summed from what is left: a sink may leave less than the rounding of 1."""
        return float(self.before.sum())

    @property
    def factor(self) -> float:
        """1/(1 - a0)."""
        return 1 / self.left


def freed(trace: Trace, step: int, head: Head) -> Freed | None:
    """What became of the weights of what was lost; None where a slot is no raw pair, or several heads are meant."""
    now = trace.steps[step]
    if (head is None and trace.heads > 1) or any(not 0 <= slot <= step for slot in now.ids):
        return None
    full, own = trace.full_weights(step)[head or 0], now.weights[head or 0].astype(np.float64)
    read = set(now.ids)
    return Freed(tuple(at for at in range(step + 1) if at not in read), full[list(now.ids)], own)


def formula(trace: Trace, step: int, head: Head) -> Formula | None:
    """The factor of this step, with its numbers; None where nothing is lost, or it cannot be said."""
    found = freed(trace, step, head)
    if found is None or not found.lost or found.left <= 0:
        return None
    best = int(found.after.argmax())
    left, factor, before = (rounded(one, 3, latex=True) for one in (found.left, found.factor, found.before[best]))
    return Formula(
        r"p_j = \frac{p_j^{\text{full}}}{1 - a_0}",
        rf"1 - a_0 = {left},\quad \frac{{1}}{{1 - a_0}} = {factor},\quad "
        rf"\text{{{slot_name(trace.steps[step].ids[best])}}}: {before} \times {factor} = {found.after[best]:.3f}",
        "Full attention gives $a_0$ to what this memory has lost. Without it, every other weight grows by the same "
        f"factor. {whose(trace, head)}.",
    )


def asked(settings: Settings, run: "Run") -> tuple[Prediction, ...]:
    """Before the first word leaves a memory of raw pairs: what becomes of the weight that it had."""
    trace = run.trace
    drops = [event for event in trace.events(EventKind.DROP) if 0 in event.slots]
    found = freed(trace, drops[0].token, None) if drops else None
    if found is None or found.lost != (0,) or not 0 < found.left <= 1 - LEAST:
        return ()
    step, ids = drops[0].token, trace.steps[drops[0].token].ids
    best, newest, word = int(found.after.argmax()), slot_name(ids[-1]), words(trace, (0,))
    left, factor = rounded(found.left, 3), rounded(found.factor, 3)
    offered = (
        f"in equal parts to the {len(ids)} others: {(1 - found.left) / len(ids):.3f} to each",
        f"to all in proportion: each weight times {factor}",
        f"to the newest pair, {newest}",
    )
    truth = (
        f"All but {left} of the weight rested on {word}. What is left becomes 1 again: every weight is multiplied by "
        f"1/(1 − a0) = {factor}, so {slot_name(ids[best])} goes from {rounded(found.before[best], 3)} to "
        f"{found.after[best]:.3f}."
    )
    own = f"{newest} would have had {rounded(found.before[-1], 3)}, and has {rounded(found.after[-1], 3)}"
    beliefs = (
        ((0,), f"Not in equal parts: a softmax keeps the ratios of what it reads. {truth}"),
        ((2,), f"Not to the newest: {own}. {truth}"),
    )
    choice = Sentence(offered)
    return (
        Prediction(
            NAME,
            At(step, "attend"),
            "attend",
            "Where the weight of the first word goes",
            f"{word} leaves with this word. The query would have given it all but {left} of its weight. Where does "
            "that go?",
            choice,
            (1,),
            truth,
            wrong((1,), beliefs, choice),
        ),
    )
