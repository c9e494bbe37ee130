"""Numbers of a memory that is updated by segments: names, sizes, reach, staleness and updates of a run. No torch."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

from memattn.lessons.lesson import Series, Settings
from memattn.records import EventKind, Role, Trace


def letter(number: int) -> str:
    """Name of a segment, counted from 0: A to Z, then AA and so on."""
    before, last = divmod(number, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


def length_of(trace: Trace) -> int:
    """Pairs that enter the memory together, as the first push of a run shows; 0 where there was none."""
    pushes = trace.events(EventKind.PUSH)
    return len(pushes[0].slots) if pushes else 0


def sizes(settings: Settings) -> tuple[int, int]:
    """n_s and m."""
    return int(settings.choice["segment_length"]), int(settings.choice["segments"])


def reach(offset: int, layers: int, segment_length: int, memory_length: int) -> int:
    """Tokens that a query at an offset of its segment, from 0, reaches back to the oldest it can know of.

    r + (L - 1) · n_s · ⌈M / n_s⌉ + M: every further layer adds whole segments, the pairs read having read in theirs.
    """
    return offset + (layers - 1) * segment_length * -(-memory_length // segment_length) + memory_length


def ages(trace: Trace) -> tuple[int, ...]:
    """Tokens since the newest pair of which the memory knew before each query came; all so far where it knew of none.

    A running segment is not yet memory, however much of it the query can read.
    """
    knew = {slot: _knew(trace, slot) for slot in trace.made}
    found, newest = [], -1
    for step in trace.steps:
        found.append(step.index - newest)
        held = [slot for slot, role in zip(step.held_ids, step.held_roles, strict=True) if role is not Role.CURRENT]
        newest = max((_newest(knew, slot, step.index) for slot in held), default=-1)
    return tuple(found)


def _knew(trace: Trace, slot: int) -> tuple[list[int], list[int]]:
    """Steps at which a made slot changed, and the newest position that it had known of by then."""
    history = trace.history(slot)
    newest = accumulate((max(shares.sources, default=-1) for shares in history), max)
    return [shares.step for shares in history], list(newest)


def _newest(knew: Mapping[int, tuple[list[int], list[int]]], slot: int, step: int) -> int:
    """Newest position that a slot knows of; -1 where it stems from none."""
    if slot >= 0:
        return slot
    steps, newest = knew.get(slot, ([], []))
    changed = bisect_right(steps, step)
    return newest[changed - 1] if changed else -1


def updates(trace: Trace) -> tuple[int, ...]:
    """How often the memory had been updated after each token."""
    done, found = 0, []
    for step in trace.steps:
        done += bool(step.events)
        found.append(done)
    return tuple(found)


def series(trace: Trace) -> tuple[Series, ...]:
    """Curves under the playhead."""
    return (
        Series(
            "age",
            "staleness",
            "age of the newest remembered pair when the query came, in tokens",
            ages(trace),
        ),
        Series("updates", "updates done", "tokens so far with which the memory changed", updates(trace)),
    )
