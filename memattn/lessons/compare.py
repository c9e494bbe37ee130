"""Compare: every memory on one story, two of them locked together, all of them against their bytes. No torch."""

from memattn.lessons.lesson import Lesson, Scenario
from memattn.lessons.moments import fact_leaves, first
from memattn.records import EventKind

TITLE = "Compare"
CLAIM = "Every memory, the same text, one clock: who still has the fact, and what does it cost to keep it?"

SCENARIOS = (
    Scenario(
        "Drop or squeeze",
        {"tab": "Duel", "seed": 7, "even": "slots"},
        "32 slots each. A is about to drop the fact for good; B squeezes four pairs into a slot, and answers.",
        shows=fact_leaves,
    ),
    Scenario(
        "By pair or by segment",
        {"tab": "Duel", "seed": 7, "memory": "segments", "m": 3, "b_memory": "window", "even": "slots"},
        "30 slots each at the end. A drops eight pairs at once, B one with every token: never more than 5 pairs apart.",
        shows=first(EventKind.DROP),
    ),
    Scenario(
        "The beginning or the end",
        {"tab": "Duel", "seed": 7, "nc": 48, "b_memory": "global_tokens", "even": "slots"},
        "48 slots each. B never lets go of the first 16, where this fact was told; A spends them on newer pairs.",
        "first",
        shows=fact_leaves,
    ),
    Scenario(
        "One pair, one fact",
        {
            "tab": "Duel",
            "seed": 0,
            "n": 96,
            "facts": 1,
            "memory": "cumulative_average",
            "b_memory": "recurrent",
            "even": "bytes",
        },
        "1 KiB each. A mean of all is diluted and guesses; a learned gate knows what to keep, and answers with 0.95.",
    ),
    Scenario(
        "Read one, store a window",
        {"tab": "Duel", "seed": 7, "nc": 16, "b_memory": "moving_average", "even": "bytes"},
        "8 KiB each. B reads one slot and must store the pairs in it: its window is 7 long, that of A 16.",
        shows=fact_leaves,
    ),
    Scenario(
        "As it came, or all anew",
        {"tab": "Duel", "seed": 7, "memory": "merging", "b_memory": "rebinned", "even": "slots"},
        "16 means each. A makes them from 8 KiB of its own; B pools all pairs anew, and stores 83 KiB to do so.",
    ),
    Scenario(
        "Add or overwrite",
        {"tab": "Duel", "seed": 20, "memory": "linear", "b_memory": "linear", "b_rule": "delta", "even": "slots"},
        "16 rows each. A adds every pair: Jack’s trip and Kate’s run together, and it answers “park”, where Jack went. "
        "B takes off first what a key is answered already: “castle”, with 1.00.",
    ),
)

LESSON = Lesson(
    name="compare",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    starts={"n": 160, "memory": "window"},
    views=(("map", "lens", "softmax", "curve", "history", "influence"),),
)
