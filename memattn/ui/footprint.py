"""How many bytes a result keeps alive: its arrays, each counted once, and the tuples and texts around them."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

NUMBERS = (int, float, complex, type(None), Enum)  # shared by all that hold them, and not counted
TEXTS = (str, bytes)  # nothing hangs on them
SHARED = (type, ModuleType, FunctionType, MethodType)  # the program itself, not the result
Looked = tuple[int, int, Iterable[object]]
Look = Callable[[Any], Looked]
SAMPLE = 12  # steps of a run that are walked through, and likewise shares that changed


def footprint(value: object) -> int:
    """Bytes of everything that can be reached from a result, an estimate.

    Arrays and tensors that are views of one memory count once, as that memory. Neither torch nor NumPy is imported:
    there may be none yet.

    Args:
        value: records, arrays, tensors, texts, and containers of these.
    """
    seen: set[int] = set()
    waiting, total = [value], 0
    while waiting:
        found = waiting.pop()
        kind: type = type(found)
        if look := _look(kind):
            mark, size, parts = look(found)
            if mark not in seen:
                seen.add(mark)
                total += size
                waiting.extend(parts)
    return total


def run_footprint(run: "Run") -> int:
    """The same of a run, from a sample of its steps: a walk through all of a long one takes a third of the run's time.

    Every step's arrays are views of a few that all steps share, so the sample has them all; what a step has of its own,
    and the shares that changed in it, stand for those of its neighbours.

    Args:
        run: with a trace of any length.
    """
    trace = vars(run.trace)
    steps, more_steps = _sample(trace["steps"])
    blocks, more_blocks = _sample(trace["blocks"])
    rest = [value for name, value in trace.items() if name not in ("steps", "blocks")]
    own = [[value for value in vars(step).values() if isinstance(value, tuple)] for step in steps]
    return round(footprint((rest, steps)) + more_steps * footprint(own) + (1 + more_blocks) * footprint(blocks))


def _sample(rows: Sequence[Any]) -> tuple[Sequence[Any], float]:
    """Some at equal distances, and for how many others each of them stands."""
    every = max(1, len(rows) // SAMPLE)
    some = rows[every // 2 :: every]
    return some, len(rows) / max(1, len(some)) - 1


@cache
def _look(kind: type) -> Look | None:
    """How to look at what is of a type: what tells a piece of memory from others, its bytes, and what hangs on it."""
    for kinds, look in LOOKS:
        if issubclass(kind, kinds):
            return look
    if hasattr(kind, "untyped_storage"):
        return _at_tensor
    return _at_array if hasattr(kind, "nbytes") else _at_record


def _at_text(found: Any) -> Looked:
    return id(found), sys.getsizeof(found), ()


def _at_row(found: Any) -> Looked:
    numbers = isinstance(next(iter(found), None), NUMBERS)  # often long
    return id(found), sys.getsizeof(found), () if numbers else found


def _at_table(found: Any) -> Looked:
    return id(found), sys.getsizeof(found), (*found.keys(), *found.values())


def _at_tensor(found: Any) -> Looked:
    storage = found.untyped_storage()  # of which it may be a view
    return storage.data_ptr(), storage.nbytes(), ()


def _at_array(found: Any) -> Looked:
    while hasattr(getattr(found, "base", None), "nbytes"):  # it is a view
        found = found.base
    return id(found), found.nbytes, ()


def _at_record(found: Any) -> Looked:
    slots = [getattr(found, name) for name in getattr(type(found), "__slots__", ()) if hasattr(found, name)]
    return id(found), sys.getsizeof(found, 0), (*getattr(found, "__dict__", {}).values(), *slots)


LOOKS: tuple[tuple[tuple[type, ...], Look | None], ...] = (
    (NUMBERS, None),
    (TEXTS, _at_text),
    ((tuple, list, set, frozenset), _at_row),
    ((Mapping,), _at_table),
    (SHARED, lambda found: (id(found), 0, ())),
)
