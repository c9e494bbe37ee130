"""Merging memory: a fixed number of slots, each the mean of a range of the text; two neighbours merge to make room.

    after token i:  M ← (M ; (k_i, v_i));   then, where M has more than n_g slots,
    M_r ← (c_r M_r + c_(r+1) M_(r+1)) / (c_r + c_(r+1)),   r the oldest with the least c_r + c_(r+1)

c_r is the number of pairs that M_r is the plain mean of; n_g = `slots_from`, or more where `growth` asks for it.

Source: our own rule, made of known ones. Old content is pooled, not dropped: Rae et al., Compressive Transformers,
2019, §3 (arXiv:1911.05507). A budget is kept by merging two into their mean weighted by size: Bolya et al., Token
Merging, 2023, §3 (arXiv:2210.09461); they merge the two most alike, wherever they are. Neighbours merge by their counts
alone, so that a few cover a stream of any length: the exponential histogram of Datar, Gionis, Indyk and Motwani,
Maintaining stream statistics over sliding windows, 2002; its ranges grow with age, ours are to be even.

Ranges: they follow from the number of tokens alone (`ranges`, `bounds`), so shares are exactly 1 / c_r each. With a
fixed n_g, after t tokens:

- No range is longer than max(1, (2t - 2) / n_g), less than twice an even share. The n_g sums of neighbours add up to
  2t less the two ends, and the least of them was merged, now or earlier.
- Two neighbours, the newest range apart, hold together at least as many tokens as any one range. For their least sum
  never falls, and no range is ever made longer: a pair joins the newest range only while the two are the fewest.
- Measured, 3 to 64 slots, t from 20 n_g to 150 n_g: the longest is 1.68 even shares at most, the shortest but the
  newest 0.41 at least, and a token's range is on average 1.04 to 1.12 times as long as in even bins. With the newest
  of several least pairs instead of the oldest, the longest would be 1.97.

Boundary: while t ≤ n_g every slot is a raw pair and this is full attention; with one slot it is the cumulative average.
With two, the first stays at two tokens for ever, since there are never two closed ranges to merge; use three or more.
Where the number of slots has just grown, a pair opens one without a merge.
Identities: a slot of one pair is that pair and bears its position. Two raw pairs make a new name; else the older made
slot of the two keeps its own, as a summary does, and what the other holds is folded into it.
Events: a merge comes before the push of the pair that it makes room for; a pair that is merged at once is not pushed.
Cost per head: state n_g (d_k + d_v) floats, 3 (d_k + d_v) FLOPs to update, 2 n_g (d_k + d_v) to read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from operator import sub
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memattn.kv import KV
from memattn.memory.base import Naive, Update, check_segment
from memattn.memory.growing import naive_slots
from memattn.memory.ranges import PIECE, Bounds, Positions, RangeMemory, RangeState, means, means_path
from memattn.records import Event, EventKind

SPAN = 1024  # tokens taken in at once: the table of shares holds SPAN times the slots


@dataclass(frozen=True, eq=False)
class MergingState(RangeState):
    """The means, which are the parts of later means.

    Args:
        made: names given to merged slots so far.
    """

    made: int


class _Plan(NamedTuple):
    """The slots after a token, without their content, and what happened to them."""

    bounds: Bounds
    ids: tuple[int, ...]
    made: int
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Merging(RangeMemory[MergingState]):
    """Cover the whole text with a fixed number of means, neighbours merged to make room."""

    title = "Merging memory"
    source = (
        "our own rule: pooling as in Compressive Transformers (arXiv:1911.05507), merging as in Token Merging "
        "(arXiv:2210.09461), by counts as in Datar et al. 2002"
    )
    formula = (
        r"M_r \leftarrow \frac{c_r M_r + c_{r+1} M_{r+1}}{c_r + c_{r+1}},"
        r"\quad r = \mathop{\mathrm{arg\,min}}_r\,(c_r + c_{r+1})"
    )

    def empty(self, like: KV, tracked: bool = True) -> MergingState:
        """No slots."""
        return MergingState(0, tracked, like[:0], (0,), (), 0)

    def update(self, segment: KV, previous: MergingState) -> Update:
        """Plan all merges of a span in whole numbers, then make each mean that is left once."""
        check_segment(segment, previous.parts)
        state, events = previous, list[Event]()
        for start in range(0, segment.tokens, SPAN):
            span, plan = segment[start : start + SPAN], None
            for plan in self._plans(state, span.tokens):
                events += plan.events
            assert plan is not None  # a span has tokens
            parts, part_bounds = _parts(state, span)
            state = _planned(state, plan, means(parts, part_bounds, plan.bounds))
        return Update(state, tuple(events))

    def walk(self, segment: KV, previous: MergingState) -> Iterator[Update]:
        """The means after several tokens are made at once."""
        check_segment(segment, previous.parts)
        for start in range(0, segment.tokens, PIECE):
            piece = segment[start : start + PIECE]
            plans = list(self._plans(previous, piece.tokens))
            path = means_path(*_parts(previous, piece), [plan.bounds for plan in plans])
            for plan, held in zip(plans, path, strict=True):
                previous = _planned(previous, plan, held)
                yield Update(previous, plan.events)

    def _plans(self, state: MergingState, tokens: int) -> Iterator[_Plan]:
        """What becomes of the slots with every one of the next tokens."""
        bounds, ids, made = state.bounds, state.ids, state.made
        for token in range(state.seen, state.seen + tokens):
            bounds, ids, events = (*bounds, token + 1), (*ids, token), list[Event]()
            at = self._least(bounds)
            if at is not None:
                pair, ends = ids[at : at + 2], bounds[at : at + 3]
                into = next((slot for slot in pair if slot < 0), -made - 1)
                made = max(made, -into)
                bounds, ids = bounds[: at + 1] + bounds[at + 2 :], (*ids[:at], into, *ids[at + 2 :])
                if state.tracked:
                    events.append(_merge(token, pair, into, ends))
            if state.tracked and ids[-1] == token:
                events.append(Event(EventKind.PUSH, token, (token,), (token,), (token,)))
            yield _Plan(bounds, ids, made, tuple(events))

    def following(self, bounds: Bounds) -> Bounds:
        """A range for the new token, and two merged where that is one too many."""
        bounds = (*bounds, bounds[-1] + 1)
        at = self._least(bounds)
        return bounds if at is None else bounds[: at + 1] + bounds[at + 2 :]

    def _least(self, bounds: Bounds) -> int | None:
        """The older of the two ranges to be merged, where there are more than allowed."""
        if len(bounds) - 1 <= self.slot_count(bounds[-1]):
            return None
        together = list(map(sub, bounds[2:], bounds))
        return together.index(min(together))

    def part_bounds(self, state: MergingState) -> Bounds:
        """The means are their own parts."""
        return state.bounds

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every slot; what each stands for follows from the number of tokens."""
        return self.slot_count(tokens) * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Two products and a sum for every number of the merged slot."""
        return 0 if self.slot_count(tokens + 1) > self.slot_count(tokens) else 3 * (d_k + d_v)

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """Counts, joined by the rule; sums of the raw pairs in each range."""
        counts: list[int] = []
        for i in range(len(keys)):
            counts.append(1)
            if len(counts) > naive_slots(self, i + 1):
                at = min(range(len(counts) - 1), key=lambda r: counts[r] + counts[r + 1])
                counts[at] += counts.pop(at + 1)
            starts, each = np.cumsum([0, *counts[:-1]]), np.array(counts)[:, None]
            yield Naive(*(np.add.reduceat(rows[: i + 1], starts) / each for rows in (keys, values)))


def _planned(state: MergingState, plan: _Plan, held: KV) -> MergingState:
    return MergingState(plan.bounds[-1], state.tracked, held, plan.bounds, plan.ids, plan.made)


def _parts(state: MergingState, coming: KV) -> tuple[KV, Positions]:
    """What later means are made from, and its bounds."""
    tokens = np.arange(state.seen, state.seen + coming.tokens)
    return KV.cat([state.parts, coming]), np.append(state.bounds, tokens + 1)


def _merge(token: int, pair: tuple[int, ...], into: int, bounds: Bounds) -> Event:
    """Two neighbours with the given bounds become one: what does not keep its name is folded into what does."""
    folded = [(slot, range(*ends)) for slot, ends in zip(pair, pairwise(bounds), strict=True) if slot != into]
    sources = tuple(chain.from_iterable(positions for _, positions in folded))
    return Event(EventKind.MERGE, token, tuple(slot for slot, _ in folded), (into,), sources)
