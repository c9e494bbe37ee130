"""Which bands the stage draws for a memory, from the oldest to the newest, and how many tiles stand in a row."""

from typing import Any

from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.growing import GrowingMemory
from memattn.memory.hybrid import Hybrid
from memattn.memory.recurrent import Recurrent
from memattn.memory.segments import Segments
from memattn.memory.summary import SummaryMemory
from memattn.memory.window import Window
from memattn.records import Lane, Role

MOST_COLUMNS = 8  # tiles per row; longer lanes take several


def lanes(memory: Memory[Any], tokens: int) -> tuple[Lane, ...]:
    """Bands of a memory.

    Args:
        memory: what is played.
        tokens: length of the run, for memories that grow.
    """
    match memory:
        case Hybrid():
            return lanes(memory.second, tokens) + lanes(memory.first, tokens)
        case Window():
            return (Lane(Role.RECENT, "Window", f"n_c = {memory.window} pairs", memory.window),)
        case Segments():
            kept = memory.segments * memory.segment_length
            mem = Lane(Role.RECENT, "Mem", f"{memory.segments} segments of {memory.segment_length} pairs", kept)
            return mem, _segment(memory.segment_length)
        case GlobalTokens():
            pinned = memory.pinned + memory.learned
            window = Lane(Role.RECENT, "Window", f"n_c = {memory.window} pairs", memory.window)
            return Lane(Role.GLOBAL, "Pinned", f"g = {pinned} pairs", pinned), window
        case Compressive():
            rate, compression = memory.compression.rate, memory.compression.title.lower()
            slots = f"n_cm = {memory.compressed_length} slots, {rate} → 1, {compression}"
            return (
                Lane(Role.COMPRESSED, "CMem", slots, memory.compressed_length),
                Lane(Role.RECENT, "Mem", f"n_m = {memory.memory_length} pairs", memory.memory_length),
                _segment(memory.segment_length),
            )
        case SummaryMemory() | Recurrent():
            return (Lane(Role.SUMMARY, "Summary", "1 pair", 1),)
        case GrowingMemory():
            most = memory.slot_count(tokens)
            return (Lane(Role.GLOBAL, "Global", f"n_g = {most} slots", most),)
    return (Lane(Role.RECENT, "Pairs", "every pair", tokens),)


def columns(memory: Memory[Any]) -> int:
    """Tiles per row: a segment, where there is one of a good length."""
    length = getattr(memory, "segment_length", MOST_COLUMNS)
    return length if 2 < length < MOST_COLUMNS else MOST_COLUMNS


def _segment(length: int) -> Lane:
    return Lane(Role.CURRENT, "Segment" if length < 10 else "Seg.", f"n_s = {length} pairs", length)
