"""Memories that can be chosen for a contract: in which sizes, how many bytes they store, and what fits a budget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch

from memattn.cost import ModelSize, most
from memattn.device import choose
from memattn.dials import Dial
from memattn.lessons.memories import Choice, make, served_by
from memattn.lessons.models import load
from memattn.reader import Reader

SEGMENT, RECENT = 8, 32  # of compressive memory: n_s, and n_m where the reader learned it


def _dial(name: str, symbol: str, unit: str, start: int, low: int, high: int, step: int) -> Dial:
    return Dial(start, low, high, symbol, unit, "", name, start, step)


WINDOW = _dial("Window size", "n_c", "pairs", 512, 16, 2048, 16)
SMALL_WINDOW = _dial("Window size", "n_c", "pairs", 256, 16, 1024, 16)


@dataclass(frozen=True)
class Family:
    """A mechanism whose sizes can be chosen.

    Args:
        title: in words.
        made: values of the dials → the memory.
        dials: by key.
        grows: key of the dial that is turned down until a budget is kept; "" where there is none.
        tried: values that the frontier is measured at.
    """

    title: str
    made: Callable[..., Choice]
    dials: Mapping[str, Dial]
    grows: str
    tried: tuple[tuple[int, ...], ...]


def _choice(name: str, **settings: int | str) -> Choice:
    return Choice(name, tuple((key.replace("__", "."), value) for key, value in settings.items()))


FAMILIES: Mapping[str, Family] = {
    "window": Family(
        "Sliding window",
        lambda n: _choice("window", window=n),
        {"n": WINDOW},
        "n",
        ((32,), (64,), (128,), (256,), (512,), (1024,), (2048,)),
    ),
    "segments": Family(
        "Segment FIFO",
        lambda m: _choice("segments", segment_length=32, segments=m),
        {"m": _dial("Segments of 32 pairs", "m", "", 8, 1, 32, 1)},
        "m",
        ((8,), (32,)),
    ),
    "globals": Family(
        "Globals and window",
        lambda g, n: _choice("global_tokens", pinned=g, window=n),
        {"g": _dial("Global tokens", "g", "pairs", 256, 16, 1024, 16), "n": SMALL_WINDOW},
        "n",
        ((64, 64), (256, 64), (256, 256), (768, 128), (512, 512)),
    ),
    "compressive": Family(
        "Compressive memory",
        lambda c, n: _choice("compressive", segment_length=SEGMENT, memory_length=RECENT, compressed_length=n, rate=c),
        {
            "c": _dial("Compression rate", "c", "pairs per slot", 4, 2, 8, 1),
            "n": _dial("Compressed memory", "n_{cm}", "slots", 256, 16, 1024, 16),
        },
        "n",
        (
            *((8, n) for n in (64, 128, 256, 384, 480)),
            *((6, n) for n in (256, 640)),
            (5, 768),
            *((4, n) for n in (128, 256, 512, 944)),
            (3, 1024),
            *((2, n) for n in (256, 1024)),
        ),
    ),
    "merging": Family(
        "Merging memory",
        lambda n: _choice("merging", slots_from=n),
        {"n": _dial("Slots", "n_g", "slots", 128, 16, 512, 16)},
        "n",
        ((16,), (64,), (128,), (256,)),
    ),
    "dynamic": Family("Dynamic global memory", lambda: _choice("dynamic_global", slots_from=16), {}, "", ((),)),
    "moving": Family(
        "Moving average",
        lambda n: _choice("moving_average", window=n),
        {"n": SMALL_WINDOW},
        "n",
        ((64,), (256,)),
    ),
    "hybrid": Family(
        "Window and average",
        lambda n: _choice("hybrid", first__window=n),
        {"n": SMALL_WINDOW},
        "n",
        ((64,), (256,)),
    ),
    "cumulative": Family("Cumulative average", lambda: _choice("cumulative_average"), {}, "", ((),)),
    "exponential": Family("Exponential average", lambda: _choice("exponential_average"), {}, "", ((),)),
    "gated": Family("Learned recurrence", lambda: _choice("recurrent", cell="gated"), {}, "", ((),)),
    "full": Family("Full attention", lambda: _choice("full"), {}, "", ((),)),
}


@dataclass(frozen=True)
class Pick:
    """One of them in one size.

    Args:
        family: key of `FAMILIES`.
        values: of its dials, in order.

    Raises:
        ValueError: there is no such family, or its dials do not go so far.
    """

    family: str
    values: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be chosen."""
        if self.family not in FAMILIES:
            raise ValueError(f"the memory must be one of {', '.join(FAMILIES)}, got {self.family!r}")
        dials = FAMILIES[self.family].dials
        if len(self.values) != len(dials):
            raise ValueError(f"{self.family} has {len(dials)} sizes, got {len(self.values)}")
        for dial, value in zip(dials.values(), self.values, strict=True):
            if not dial.low <= value <= dial.high:
                raise ValueError(f"{dial.name} must lie in {dial.low}..{dial.high}, got {value}")

    @property
    def choice(self) -> Choice:
        """The memory."""
        return FAMILIES[self.family].made(*self.values)

    def stored(self, tokens: int) -> int:
        """Bytes of the true streaming state, all heads and layers, at its fullest on the way through so many tokens."""
        return _stored(self, tokens)

    def within(self, budget: int, tokens: int) -> "Pick | None":
        """The largest of its size that keeps the budget, its other settings as they are; None where none does."""
        family = FAMILIES[self.family]
        if not family.grows:
            return self if self.stored(tokens) <= budget else None
        dial = family.dials[family.grows]
        for size in range(int(dial.high), int(dial.low) - 1, -int(dial.step)):
            if (smaller := self.sized(size)).stored(tokens) <= budget:
                return smaller
        return None

    def sized(self, size: int) -> "Pick":
        """The same in another size."""
        family = FAMILIES[self.family]
        return Pick(
            self.family,
            tuple(size if key == family.grows else value for key, value in zip(family.dials, self.values, strict=True)),
        )


@lru_cache(maxsize=4096)  # a budget is tried against every size of a slider
def _stored(pick: Pick, tokens: int) -> int:
    choice, reader = pick.choice, reading(served_by(pick.choice))
    config = reader.config
    shape = ModelSize("", config.layers, config.heads, config.heads, config.d_head, reader.weights["norm"].itemsize, "")
    return most(make(choice, reader), tokens, shape).state_bytes


@lru_cache(maxsize=8)
def reading(model: str) -> Reader:
    """A trained model as it was trained, in float32: pictures are computed in float64, and twice as many bytes.

    Raises:
        WeightsError: its weights cannot be used.
    """
    return load(model).to(choose().torch_device, torch.float32)


def tried() -> tuple[Pick, ...]:
    """All that the frontier is measured at; full attention comes first, the yardstick of the others."""
    picks = (Pick(key, values) for key, family in FAMILIES.items() for values in family.tried)
    return tuple(sorted(picks, key=lambda pick: pick.family != "full"))
