"""What memories have in common whose number of slots follows from the length of the text.

slots for t tokens: g,   max(g, ceil(sqrt(t)))   or   max(g, ceil(log2(t + 1))),   and never more than t

The count can be had for any length at once, and never falls; from one token to the next it grows by one at most.
"""

import math
from dataclasses import dataclass
from typing import Literal

from memattn.memory.base import Memory, S, dial, option
from memattn.records import Lane, Role

Growth = Literal["fixed", "sqrt", "log"]
GROWTHS: dict[Growth, str] = {"fixed": "always as many", "sqrt": "more, as √T", "log": "more, as log T"}
GROWTH_HELP = "How the number of slots grows with the length T of the text."


@dataclass(frozen=True)
class GrowingMemory(Memory[S]):
    """A memory of `slots_from` slots, or of more in a longer text."""

    slots_from: int = dial(  # slots, g: how many there are at least, once filled
        5,
        1,
        96,
        "n_g",
        "slots",
        "Slots for the whole text; at least as many where their number grows.",
        name="Slots",
        start=16,
    )
    growth: Growth = option("fixed", GROWTHS, GROWTH_HELP)  # how their number grows with the text

    roles = (Role.GLOBAL,)

    def __post_init__(self) -> None:
        if self.slots_from < 1:
            raise ValueError(f"slots_from g must be ≥ 1 slot, got {self.slots_from}")
        if self.growth not in ("fixed", "sqrt", "log"):
            raise ValueError(f"growth must be 'fixed', 'sqrt' or 'log', got {self.growth!r}")

    def slot_count(self, tokens: int) -> int:
        """What growth allows, but at most one slot per token."""
        grown = self.slots_from
        if self.growth == "sqrt" and tokens:
            grown = max(grown, math.isqrt(tokens - 1) + 1)  # ceil(sqrt(tokens)), in whole numbers
        elif self.growth == "log":
            grown = max(grown, tokens.bit_length())  # ceil(log2(tokens + 1))
        return min(tokens, grown)

    def lanes(self, tokens: int) -> tuple[Lane, ...]:
        """As many slots as the whole run calls for."""
        most = self.slot_count(tokens)
        return (Lane(Role.GLOBAL, "Global", f"n_g = {most} slots", most),)


def naive_slots(memory: GrowingMemory[S], tokens: int) -> int:
    """Slots called for by `tokens` ≥ 1 tokens, straight from the formula: for references."""
    grown = {"fixed": 0, "sqrt": math.ceil(math.sqrt(tokens)), "log": math.ceil(math.log2(tokens + 1))}[memory.growth]
    return max(memory.slots_from, grown)
