"""What global tokens do to a row of weights: what they take, its entropy, and how far it moves. No torch.

With a₀ on the global tokens every other weight is (1 − a₀) times what it would be without them, and the entropy splits:
H = h₂(a₀) + a₀ · H_pins + (1 − a₀) · H_rest, each part's entropy being that of its weights among themselves.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memattn.lessons.lesson import Head, Series
from memattn.records import Floats, Role, Step, Trace

SAME = 5e-4  # entropies that differ by less read the same


class Split(NamedTuple):
    """The entropy of a row, in nats, and its parts.

    Args:
        taken: a₀, of all global tokens together.
        entropy: H of the whole row.
        between: h₂(a₀), of going to them or not.
        pins: of the global tokens among themselves.
        rest: of all others among themselves: what H would be without global tokens.
    """

    taken: float
    entropy: float
    between: float
    pins: float
    rest: float


def entropy(shares: Floats) -> float:
    """−Σ p ln p, in nats."""
    held = np.asarray(shares, np.float64)
    held = held[held > 0]
    return max(0.0, float(-(held * np.log(held)).sum()))


def row_of(step: Step, head: Head) -> Floats:
    """Weights of a read: of one head, or the mean over all."""
    weights = step.weights.astype(np.float64)
    row: Floats = weights.mean(axis=0) if head is None else weights[head]
    return row


def pinned(step: Step) -> NDArray[np.bool_]:
    """Which slots of a read are global tokens."""
    return np.array([role is Role.GLOBAL for role in step.roles])


def split(step: Step, head: Head = None) -> Split:
    """What the global tokens take of a read, and its entropy."""
    row, held = row_of(step, head), pinned(step)
    taken = float(row[held].sum())
    pins, rest = (entropy(part / part.sum()) if part.sum() > 0 else 0.0 for part in (row[held], row[~held]))
    return Split(taken, entropy(row), entropy(np.array([taken, 1 - taken])), pins, rest)


def way(one: Split) -> str:
    """Whether the pins raise the entropy."""
    if abs(one.entropy - one.rest) < SAME:
        return "stays"
    return "rises" if one.entropy > one.rest else "falls"


def largest(step: Step, head: Head = None) -> float:
    """The largest weight beside those of the global tokens; 0 where there is no other slot."""
    return float(np.where(pinned(step), 0, row_of(step, head)).max())


def bare(step: Step, head: Head = None) -> float:
    """The same without global tokens. What they leave is summed, since it may be less than the rounding of 1."""
    left = float(np.where(pinned(step), 0, row_of(step, head)).sum())
    return largest(step, head) / left if left > 0 else 0.0


def movement(trace: Trace, step: int, head: Head = None, without: bool = False) -> float:
    """Total variation from the row of the step before, ½ Σ |Δp| over all slots of both; 0 at the first step.

    Args:
        trace: the run.
        step: from 0.
        head: whose rows; None is the mean over heads.
        without: of the other slots alone, as if there were no global tokens; 0 where one of the rows has no other.
    """
    if step == 0:
        return 0.0
    both = (trace.steps[step - 1], trace.steps[step])
    made = _made(both)
    before, now = (_spread(one, row_of(one, head), made, made + step + 1, without) for one in both)
    return float(_variation(before, now))


def _variation(before: Floats, now: Floats) -> Floats:
    """½ Σ |Δp| over the last axis; 0 where a row is empty."""
    moved: Floats = np.abs(now - before).sum(axis=-1) / 2
    return np.where((before.sum(axis=-1) > 0) & (now.sum(axis=-1) > 0), moved, 0)


def _spread(step: Step, rows: Floats, made: int, width: int, without: bool = False) -> Floats:
    """Rows of weights over `width` slots: first those `made` by the memory, then the tokens."""
    spread = np.zeros((*rows.shape[:-1], width))
    spread[..., np.array(step.ids) + made] = np.where(pinned(step), 0, rows) if without else rows
    total = spread.sum(axis=-1, keepdims=True)
    return np.divide(spread, total, out=spread, where=total > 0) if without else spread


def _made(steps: Iterable[Step]) -> int:
    """Slots that no single token brought: they have the numbers −1, −2 and so on."""
    return max(0, *(-min(step.ids) for step in steps))


def series(trace: Trace) -> tuple[Series, ...]:
    """Curves under the playhead."""
    whose = "" if trace.heads == 1 else f", mean of {trace.heads} heads"
    moved, taken, spread = [0.0], [], []
    made = _made(trace.steps)
    before = None
    for step in trace.steps:
        now = _spread(step, step.weights, made, made + len(trace.steps))
        if before is not None:
            moved.append(float(_variation(before, now).mean()))
        before = now
        taken.append(float(step.weights[:, pinned(step)].sum(axis=-1).mean()))
        spread.append(sum(map(entropy, step.weights)) / trace.heads)
    return (
        Series(
            "movement",
            "movement",
            f"total variation from the row before: how much of the attention has gone elsewhere{whose}",
            _rounded(moved),
        ),
        Series("taken", "taken by pins", f"a₀, the share of the global tokens together{whose}", _rounded(taken)),
        Series("entropy", "entropy", f"of the row of weights, in nats{whose}", _rounded(spread)),
    )


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 6) for value in values]
