"""Heavy hitters (H2O): the newest pairs, and of the older ones those that received most attention so far.

    a_j ← a_j + α_ij  for every pair j that query i reads,   H ← H ∪ {oldest recent pair} ∖ {argmin a},   |H| = h

Source: Zhang et al., H2O: Heavy-Hitter Oracle, 2023, §4, Alg. 1 (arXiv:2306.14048): half of the budget for the recent
pairs, half for the heavy hitters; any split here. Every head decides for itself.
Order: a token reads the places, the recent pairs and its own pair, h + R + 1 of them; what every pair received is added
up; then its own pair enters the recent ones, and the oldest of these competes for a place. The loser is forgotten for
good, and so is its score. Of equal scores the newer pair stays, as whoever came later had less time.
Boundary: while a place is free, no attention is needed: with h + R at least the length of the text this is full
attention. Under even attention a score only grows with age: then the oldest pairs stay, whatever they say.
Pairs whose queries were not observed (`update` alone) have received nothing, so of them the newest stay.
Caveat: what received attention so far was of use so far. A fact that nobody asked about yet is lost as others are.
Places: a place bears a name of its own, since heads may keep different pairs in it; a new pair takes the place of the
one it displaces. A pair is lost with the last head that forgets it.
Cost per head: state (d_k + d_v + 1)(h + R) + h floats, the score of every pair and the age of every place; h + R + 1
additions and h comparisons to update.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from memattn.kv import KV, Slots, one_hot, widen
from memattn.memory.base import OWN_PAIR, Made, Memory, Naive, State, Update, check_segment, dial
from memattn.records import Event, EventKind, Lane, Role, counted

Sources = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class HeavyHittersState(State):
    """Places and recent pairs.

    Args:
        held: the pairs in places, in the order in which these were opened, then the recent pairs, oldest first.
        received: (*lead, pairs) attention that each of them received so far; between `observe` and `update` also what
            the pairs that read gave themselves.
        elders: (*lead, places) how many of the other pairs in places are older: decides between equals.
        sources: for every head of every stream which pair each place holds; None when not tracked.
    """

    held: KV
    received: Tensor
    elders: Tensor
    sources: Sources | None

    @property
    def places(self) -> int:
        """How many are open."""
        return self.elders.shape[-1]


@dataclass(frozen=True)
class HeavyHitters(Memory[HeavyHittersState]):
    """Keep the newest pairs, and of the older ones those that received most attention."""

    heavy: int = dial(
        5, 1, 128, "h", "pairs", "Older pairs kept, those that received most attention.", name="Heavy hitters", start=16
    )
    recent: int = dial(
        7, 1, 128, "R", "pairs", "Newest pairs kept whatever they receive, the current one included.", start=16
    )

    title = "Heavy hitters"
    source = "H2O, §4, Alg. 1 (arXiv:2306.14048)"
    formula = (
        r"H \leftarrow H \cup \{j\} \setminus \{\arg\min_{m} a_m\},\quad a_m = \textstyle\sum_{i \ge m} \alpha_{im}"
    )
    reads = "before"
    observes = True

    def __post_init__(self) -> None:
        if self.heavy < 1:
            raise ValueError(f"heavy h must be ≥ 1 pair, got {self.heavy}")
        if self.recent < 1:
            raise ValueError(f"recent R must be ≥ 1 pair, got {self.recent}")

    def empty(self, like: KV, tracked: bool = True) -> HeavyHittersState:
        """No pairs."""
        none = like.keys.new_zeros(*like.lead, 0)
        return HeavyHittersState(0, tracked, like[:0], none, none, ((),) * like.lead.numel() if tracked else None)

    def update(self, segment: KV, previous: HeavyHittersState) -> Update:
        """Push every new pair; what is too old for the recent ones competes for a place."""
        check_segment(segment, previous.held)
        received = _lengthen(previous.received, previous.held.tokens + segment.tokens)
        state, events = previous, list[Event]()
        for at in range(segment.tokens):
            held = KV.cat([state.held, segment[at : at + 1]])
            own = torch.cat(
                [state.received[..., : state.held.tokens], received[..., previous.held.tokens + at, None]], -1
            )
            state = replace(state, seen=state.seen + 1, held=held, received=own)
            if held.tokens - state.places > self.recent:
                state, news = self._open(state) if state.places < self.heavy else self._compete(state)
                events += news
            events += [Event(EventKind.PUSH, state.seen - 1, *((state.seen - 1,),) * 3)] if state.tracked else []
        return Update(state, tuple(events))

    def _open(self, state: HeavyHittersState) -> tuple[HeavyHittersState, list[Event]]:
        """The oldest recent pair stands behind the last place already: it becomes one."""
        places, token, pair = state.places, state.seen - 1, state.seen - 1 - self.recent
        elders = torch.cat([state.elders, torch.full_like(state.received[..., :1], places)], dim=-1)
        if state.sources is None:
            return replace(state, elders=elders), []
        sources = tuple((*own, pair) for own in state.sources)
        pinned = Event(EventKind.PIN, token, (pair,), (-places - 1,), (pair,))
        return replace(state, elders=elders, sources=sources), [pinned]

    def _compete(self, state: HeavyHittersState) -> tuple[HeavyHittersState, list[Event]]:
        """In every head the least of the pairs in places and the oldest recent one goes; of equals the oldest."""
        places, held, received = state.places, state.held, state.received
        rivals = received[..., : places + 1]
        age = torch.cat([state.elders, torch.full_like(rivals[..., :1], places)], dim=-1)
        least = rivals == rivals.amin(dim=-1, keepdim=True)
        loser = age.masked_fill(~least, torch.inf).argmin(dim=-1, keepdim=True)
        taken = loser == torch.arange(places, device=loser.device)  # nowhere, where the recent pair loses
        elders = state.elders - (age[..., :places] > age.gather(-1, loser)).to(age)
        elders = elders.masked_fill(taken, places - 1)
        kept, score = held[places : places + 1], received[..., places, None]
        pairs = (
            torch.cat([torch.where(taken.unsqueeze(-1), new, old[..., :places, :]), old[..., places + 1 :, :]], dim=-2)
            for new, old in ((kept.keys, held.keys), (kept.values, held.values))
        )
        scores = torch.cat([torch.where(taken, score, received[..., :places]), received[..., places + 1 :]], dim=-1)
        sources, events = self._told(state, loser) if state.sources is not None else (None, [])
        return replace(state, held=KV.trusted(*pairs), received=scores, elders=elders, sources=sources), events

    def _told(self, state: HeavyHittersState, loser: Tensor) -> tuple[Sources, list[Event]]:
        """Which pair every place holds now; who took a place, and who is held nowhere any more."""
        assert state.sources is not None
        token, pair = state.seen - 1, state.seen - 1 - self.recent
        rivals = [(*own, pair) for own in state.sources]
        losers = loser.flatten().tolist()
        gone = {own[at] for own, at in zip(rivals, losers, strict=True)}
        sources = tuple(
            tuple(pair if place == at else source for place, source in enumerate(own))
            for own, at in zip(state.sources, losers, strict=True)
        )
        taken = tuple(-place - 1 for place in sorted({at for at in losers if at < state.places}))
        events = [Event(EventKind.MERGE, token, (pair,), taken, (pair,))] if taken else []
        lost = sorted(gone.difference(*sources))
        return sources, events + [Event(EventKind.DROP, token, (one,), (), (one,)) for one in lost]

    def slots(self, state: HeavyHittersState, tracked: bool = True) -> Slots:
        """Places in the order in which they were opened, then the recent pairs."""
        places, held = state.places, state.held
        recent = range(state.seen - (held.tokens - places), state.seen)
        roles = (Role.GLOBAL,) * places + (Role.RECENT,) * len(recent)
        ids = (*range(-1, -places - 1, -1), *recent)
        shares = None
        if tracked and state.tracked:
            own = one_hot(recent, state.seen, like=held.keys)
            shares = torch.cat([widen(self.made(state).key_shares, state.seen), own], dim=-2)
        return Slots(held.keys, held.values, roles, ids, shares, shares)

    def made(self, state: HeavyHittersState) -> Made:
        """Every place is the pair that it holds."""
        assert state.sources is not None  # only tracked states are asked
        keys, oldest = state.held.keys, max(0, state.seen - self.recent)
        at = torch.tensor(state.sources, dtype=torch.long, device=keys.device)
        shares = torch.nn.functional.one_hot(at, oldest) if state.places else at.new_zeros(*at.shape[:1], 0, oldest)
        shares = shares.reshape(*keys.shape[:-2], state.places, oldest).to(keys)
        return Made(tuple(range(-1, -state.places - 1, -1)), shares, shares)

    def observe(self, weights: Tensor, previous: HeavyHittersState) -> HeavyHittersState:
        """Add up what each pair received, and what the reading token gave itself."""
        given = weights.detach().sum(dim=-2)
        return replace(previous, received=_lengthen(previous.received, given.shape[-1]) + given)

    def slot_count(self, tokens: int) -> int:
        """min(tokens, h + R)."""
        return min(tokens, self.heavy + self.recent)

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """Places, recent pairs, and the token that reads."""
        return (
            Lane(
                Role.GLOBAL, "Heavy hitters", f"h = {counted(self.heavy, 'place')}, each head its own pairs", self.heavy
            ),
            Lane(Role.RECENT, "Recent", f"R = {counted(self.recent, 'pair')}", self.recent),
            OWN_PAIR,
        )

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Pairs, the attention they received, the ages of places."""
        places = min(max(0, tokens - self.recent), self.heavy)
        return self.slot_count(tokens) * (d_k + d_v + 1) + places

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """One addition per pair read; comparing them all where a pair must go."""
        full = tokens >= self.heavy + self.recent
        return self.slot_count(tokens) + 1 + (self.heavy if full else 0)

    def reference(
        self, keys: NDArray[np.float64], values: NDArray[np.float64]
    ) -> Generator[Naive, NDArray[np.float64], None]:
        """A list of positions and what each received; who goes is found by sorting."""
        heavy, recent, received = list[int](), list[int](), dict[int, float]()
        for i in range(len(keys)):
            rows = [*heavy, *recent, i]
            weights = yield Naive(keys[rows], values[rows])
            for row, weight in zip(rows, np.zeros(len(rows)) if weights is None else weights, strict=True):
                received[row] = received.get(row, 0.0) + float(weight)
            recent.append(i)
            if len(recent) > self.recent:
                heavy.append(recent.pop(0))
            if len(heavy) > self.heavy:
                heavy.remove(min(heavy, key=lambda row: (received[row], row)))


def _lengthen(received: Tensor, pairs: int) -> Tensor:
    """Of as many pairs; nobody has read the new ones."""
    return pad(received, (0, pairs - received.shape[-1]))
