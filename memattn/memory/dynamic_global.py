"""Dynamic global memory, our own rule: every token writes to slots whose number may grow with the text.

    M_s = (1 - e w_s) M_s + w_s (k_i, v_i),   w = softmax over slots of (a · key_s · k_i / sqrt(d_k))
    slots after i + 1 tokens: g,   max(g, ceil(sqrt(i + 1)))   or   max(g, ceil(log2(i + 2)))

Source: none. The course names the loss of a fixed global memory and that memory may grow, but gives no rule;
this one is chosen so that three others are exact special cases with e = 1: one-hot w by age is a FIFO,
uniform w an exponential average with gamma = 1/g in every slot, and a very sharp w overwrites the slot that
is most alike.
Boundary: while there are fewer slots than the count allows, a token opens a new slot; otherwise it is written
into those there are. With e = 1 each slot stays a weighted mean (its shares sum to one); with e < 1 old
content is only partly erased and the shares sum to more than one. The coefficients depend on the data, but
given them the shares are exact.
Cost per head, g slots: state g (d_k + d_v) floats, update g (2 d_k + 4 (d_k + d_v)) FLOPs (without the first
term where w does not look at keys, 0 where a slot is opened), read 2 g (d_k + d_v).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import scores
from memattn.kv import KV, Slots
from memattn.memory.base import Naive, State, Update, check_segment, option
from memattn.memory.growing import GROWTH_HELP, GROWTHS, GrowingMemory, Growth, naive_slots
from memattn.records import Event, EventKind, Role


@dataclass(frozen=True, eq=False)
class DynamicGlobalState(State):
    """Slots, oldest first (write="oldest": by last write, else by opening), their names, their shares."""

    memory: KV
    ids: tuple[int, ...]
    shares: Tensor | None


@dataclass(frozen=True)
class DynamicGlobal(GrowingMemory[DynamicGlobalState]):
    """Write every pair into global slots, whose number may grow with the text."""

    growth: Growth = option("sqrt", GROWTHS, GROWTH_HELP)  # how the number of slots grows with the text
    write: Literal["similar", "uniform", "oldest"] = option(  # who is written to, once all slots are open
        "similar",
        {"similar": "slots alike", "uniform": "all slots evenly", "oldest": "the oldest slot"},
        "Which slots a token is written into, once all are open.",
    )
    erase: float = 1.0  # e, part of the written share that is erased first, 0 to 1
    sharpness: float = 3.0  # a, how strongly "similar" prefers the slots alike

    title = "Dynamic global memory"
    source = "our own rule; course ch. 2 names the problem (information loss of a fixed global memory)"
    formula = (
        r"M_s = (1 - e\,w_s)\,M_s + w_s\,(k_i, v_i),"
        r"\quad w = \mathrm{softmax}_s(a\,k_s \cdot k_i / \sqrt{d_k})"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.write not in ("similar", "uniform", "oldest"):
            raise ValueError(f"write must be 'similar', 'uniform' or 'oldest', got {self.write!r}")
        if not 0 <= self.erase <= 1:
            raise ValueError(f"erase e must be ≥ 0 and ≤ 1, got {self.erase}")
        if not (self.sharpness >= 0 and math.isfinite(self.sharpness)):
            raise ValueError(f"sharpness a must be finite and ≥ 0, got {self.sharpness}")

    def empty(self, like: KV, tracked: bool = True) -> DynamicGlobalState:
        """No slots."""
        return DynamicGlobalState(0, tracked, like[:0], (), like.keys.new_zeros(*like.lead, 0, 0) if tracked else None)

    def update(self, segment: KV, previous: DynamicGlobalState) -> Update:
        """Open a slot for each token, or write it into those there are."""
        check_segment(segment, previous.memory)
        state, events = previous, list[Event]()
        for at in range(segment.tokens):
            pair, token = segment[at : at + 1], state.seen
            if len(state.ids) < self.slot_count(token + 1):
                state = self._open(pair, state)
                events.append(Event(EventKind.PIN, token, (token,), state.ids[-1:], (token,)))
            elif self.write == "oldest" and self.erase == 1:  # nothing remains of the slot: a new one takes its place
                gone = state.ids[:1]
                rest = None if state.shares is None else state.shares[..., 1:, :]
                state = self._open(pair, replace(state, memory=state.memory[1:], ids=state.ids[1:], shares=rest))
                events.append(Event(EventKind.DROP, token, gone, (), (-gone[0] - 1,)))
                events.append(Event(EventKind.PIN, token, (token,), state.ids[-1:], (token,)))
            else:
                state = self._write(pair, state)
                into = state.ids[-1:] if self.write == "oldest" else state.ids
                events.append(Event(EventKind.MERGE, token, (token,), into, (token,)))
        return Update(state, tuple(events) if state.tracked else ())

    def _open(self, token: KV, state: DynamicGlobalState) -> DynamicGlobalState:
        seen = state.seen + 1
        shares = state.shares
        if shares is not None:
            shares = torch.nn.functional.pad(shares, (0, 1, 0, 1))
            shares[..., -1, -1] = 1
        made = -min(state.ids, default=0)
        return DynamicGlobalState(seen, state.tracked, KV.cat([state.memory, token]), (*state.ids, -made - 1), shares)

    def _write(self, token: KV, state: DynamicGlobalState) -> DynamicGlobalState:
        weights = self._weights(token, state)
        keep = 1 - self.erase * weights
        memory = KV.trusted(
            keep * state.memory.keys + weights * token.keys,
            keep * state.memory.values + weights * token.values,
        )
        ids, shares = state.ids, state.shares
        if shares is not None:
            shares = torch.cat([keep * shares, weights.expand(*memory.lead, -1, 1)], dim=-1)
        if self.write == "oldest":  # what was just written is the newest
            memory, ids = KV.cat([memory[1:], memory[:1]]), ids[1:] + ids[:1]
            shares = None if shares is None else shares.roll(-1, dims=-2)
        return DynamicGlobalState(state.seen + 1, state.tracked, memory, ids, shares)

    def _weights(self, token: KV, state: DynamicGlobalState) -> Tensor:
        """How much of the token each slot takes, (*lead, slots, 1) or, the same everywhere, (slots, 1)."""
        held, keys = len(state.ids), state.memory.keys
        if self.write == "similar":
            dots = scores(token.keys * self.sharpness, Slots(keys, state.memory.values, (), ()))
            return dots.softmax(dim=-1).mT.to(keys.dtype)
        if self.write == "uniform":
            return keys.new_full((held, 1), 1 / held)
        weights = keys.new_zeros(held, 1)
        weights[0] = 1
        return weights

    def slots(self, state: DynamicGlobalState, tracked: bool = True) -> Slots:
        """All of them."""
        role, shares = (Role.GLOBAL,) * len(state.ids), state.shares if tracked else None
        return Slots(state.memory.keys, state.memory.values, role, state.ids, shares, shares)

    def state_floats(self, tokens: int, d_k: int, d_v: int) -> int:
        """Every slot; their order carries their age."""
        return self.slot_count(tokens) * (d_k + d_v)

    def update_flops(self, tokens: int, d_k: int, d_v: int) -> int:
        """Scores of the slots' keys, and two products, a sum and the share to keep for every number."""
        held = self.slot_count(tokens)
        if held < self.slot_count(tokens + 1):
            return 0
        return held * ((2 * d_k if self.write == "similar" else 0) + 4 * (d_k + d_v))

    def reference(self, keys: NDArray[np.float64], values: NDArray[np.float64]) -> Iterator[Naive]:
        """The rule as it stands above, all slots at once; they keep the order in which they were opened."""
        held_keys, held_values, ages = keys[:0], values[:0], list[int]()
        for i in range(len(keys)):
            if len(ages) < naive_slots(self, i + 1):
                held_keys, held_values = np.vstack([held_keys, keys[i]]), np.vstack([held_values, values[i]])
                ages.append(i)
            else:
                if self.write == "similar":
                    logits = self.sharpness * (held_keys @ keys[i]) / math.sqrt(keys.shape[1])
                    shares = np.exp(logits - logits.max())
                    shares /= shares.sum()
                elif self.write == "uniform":
                    shares = np.full(len(ages), 1 / len(ages))
                else:
                    oldest = ages.index(min(ages))
                    shares = np.eye(len(ages))[oldest]
                    ages[oldest] = i
                take = shares[:, None]
                held_keys = (1 - self.erase * take) * held_keys + take * keys[i]
                held_values = (1 - self.erase * take) * held_values + take * values[i]
            yield Naive(held_keys, held_values)
