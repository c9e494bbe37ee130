"""Which memories can read the story, and what can be set on each; no torch, so that a page can be painted first."""

from collections.abc import Mapping
from dataclasses import dataclass

from memattn.lessons.limit import Limit

TITLE = "Read a story"
CLAIM = "A small trained transformer reads your text with the memory you choose."


@dataclass(frozen=True)
class Way:
    """A memory to read with.

    Args:
        title: on the page.
        group: the drawer it lies in.
        dials: settings by key.
        gist: what it does, in a sentence.
        training: how its model came to use it, in a sentence.
    """

    title: str
    group: str
    dials: Mapping[str, Limit]
    gist: str
    training: str


def _dial(low: int, high: int, default: int, symbol: str, name: str, unit: str, help: str) -> Limit:
    return Limit(low, high, default, symbol, name, unit, help)


WINDOW = _dial(1, 256, 32, "n_c", "Window", "pairs", "Newest pairs kept, the current one included.")
SEGMENT = _dial(1, 64, 8, "n_s", "Segment", "tokens", "Tokens that enter the memory together.")
SLOTS = _dial(1, 96, 16, "n_g", "Slots", "slots", "Slots for everything that has left the window.")
LEAST = _dial(1, 96, 1, "n_g", "At least", "slots", "Slots to begin with, until the length of the text allows more.")
POOL_WINDOW = _dial(1, 64, 8, "n_c", "Window", "pairs", "Newest pairs, still raw.")

AS_IT_IS = "The base reader as it is: it learned with full attention only."
THROUGH = "Trained through this memory, from the first layer to the answer."
NETWORK = "The base reader is frozen; only the compression network was trained."

WAYS: Mapping[str, Way] = {
    "full": Way("Full attention", "Exact", {}, "Keeps every pair.", AS_IT_IS),
    "window": Way("Window", "Exact", {"nc": WINDOW}, "Keeps the newest pairs, and nothing else.", AS_IT_IS),
    "segments": Way(
        "Segment FIFO",
        "Exact",
        {"ns": SEGMENT, "m": _dial(0, 32, 4, "m", "Kept", "segments", "Whole segments kept beside the running one.")},
        "Keeps whole segments, first in, first out.",
        AS_IT_IS,
    ),
    "pinned": Way(
        "Pinned tokens + window",
        "Exact",
        {
            "g": _dial(0, 64, 16, "g", "Pinned", "pairs", "First pairs of the story, never dropped."),
            "nc": WINDOW,
        },
        "Keeps what stands at the very beginning, at the price of what is recent.",
        AS_IT_IS,
    ),
    "compressive": Way(
        "Compressive memory",
        "Compressed",
        {
            "ns": SEGMENT,
            "nm": _dial(1, 160, 16, "n_m", "Mem", "pairs", "Raw pairs before the oldest are popped."),
            "ncm": _dial(0, 96, 16, "n_cm", "CMem", "slots", "Compressed slots before the oldest is lost."),
            "c": _dial(1, 8, 4, "c", "Rate", "pairs : slot", "Popped pairs that share one slot."),
        },
        "Squeezes what leaves the short-term memory, c pairs into one slot.",
        "Depends on the compression: see there.",
    ),
    "cumulative": Way("Cumulative average", "Averages", {}, "One pair: the mean of everything.", THROUGH),
    "moving": Way(
        "Moving average",
        "Averages",
        {"nc": WINDOW},
        "One pair: the mean of the newest. Two layers can hand on what they saw, up to twice as far.",
        THROUGH,
    ),
    "weighted": Way(
        "Weighted average",
        "Averages",
        {"nc": WINDOW},
        "One pair: the newest count most, the oldest of the window least.",
        THROUGH,
    ),
    "exponential": Way(
        "Exponential average",
        "Averages",
        {"half": _dial(1, 256, 34, "t_{1/2}", "Half-life", "tokens", "Tokens after which a pair counts half.")},
        "One pair, in which the past fades.",
        THROUGH,
    ),
    "gated": Way("Learned recurrence f", "Averages", {}, "One pair; a gate decides what may change it.", THROUGH),
    "hybrid": Way(
        "Window + average of the rest",
        "Averages",
        {"nc": WINDOW},
        "Exact for what is recent, a gist of what came before.",
        THROUGH,
    ),
    "merging": Way(
        "Merging slots",
        "Global memory",
        {"ng": SLOTS, "nc": POOL_WINDOW},
        "A fixed number of slots; neighbours are merged for good when room is needed. Truly streaming.",
        THROUGH,
    ),
    "pool": Way(
        "Bins made anew",
        "Global memory",
        {"ng": SLOTS, "nc": POOL_WINDOW},
        "Even bins, made anew at every read from all raw pairs: a yardstick, not a streaming memory.",
        THROUGH,
    ),
    "sqrt": Way(
        "Slots growing as √T",
        "Global memory",
        {"ng": LEAST, "nc": POOL_WINDOW},
        "The merging memory, given more slots as the story grows.",
        THROUGH,
    ),
    "log": Way(
        "Slots growing as log T",
        "Global memory",
        {"ng": LEAST, "nc": POOL_WINDOW},
        "The merging memory, given a few more slots as the story grows.",
        THROUGH,
    ),
}

COMPRESSIONS: Mapping[str, tuple[str, str]] = {  # key: (title, training)
    "e2e": ("Convolution, end to end", "Reader and convolution were trained together through the memory."),
    "e2e-dilated": ("Dilated convolution, end to end", "Reader and convolution were trained together."),
    "ar-cache": ("Convolution, attention reconstruction over the cache", NETWORK),
    "ar-block": ("Convolution, attention reconstruction over the block", NETWORK),
    "ar-dilated": ("Dilated convolution, attention reconstruction", NETWORK),
    "ae": ("Convolution, auto-encoding", NETWORK),
    "mean": ("Mean pooling", AS_IT_IS),
    "max": ("Max pooling", AS_IT_IS),
    "most_used": ("Most used", AS_IT_IS),
    "keep": ("Keep 1 of c", AS_IT_IS),
    "random": ("Random convolution", AS_IT_IS),
}
UNTRAINED = ("mean", "max", "most_used", "keep", "random")  # of these, those that need no trained pairs
