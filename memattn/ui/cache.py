"""One cache for everything that is computed from settings: shared by all sessions, held to bytes, keyed exactly.

Not Streamlit's: its key of a dataclass is the fields without the type, so two mechanisms with equal fields would be
taken for one another, and a call that finds its result costs a millisecond. Here equal settings are equal values.

All functions share one budget of memory: a class that reads one story keeps hundreds of short runs, somebody with a
thousand tokens a few long ones, and neither can take more than there is.
"""

import os
from collections.abc import Callable
from functools import partial, wraps
from operator import attrgetter
from threading import Condition, Lock
from typing import Any, NamedTuple, ParamSpec, TypeVar

import cachetools
from cachetools.keys import typedkey

from memattn.ui.footprint import footprint

P = ParamSpec("P")
R = TypeVar("R")

BUDGET = "MEMATTN_CACHE_MIB"  # environment: all that is remembered together, MiB
BUDGET_MIB = 256  # where nothing is said
LEAST_MIB = 16  # less would not hold one long run
MIB = 2**20
KEY_BYTES = 1024  # of the settings by which a result is found, about

_TURN = Lock()


class _Kept(NamedTuple):
    """A result and its bytes."""

    result: Any
    size: int


def budget() -> int:
    """Bytes that all results together may take.

    Raises:
        ValueError: the environment says something else than a whole number of MiB.
    """
    said = os.environ.get(BUDGET, str(BUDGET_MIB))
    if not (said.isascii() and said.isdecimal() and len(said) <= 9 and int(said) >= LEAST_MIB):
        raise ValueError(f"{BUDGET} must be a whole number of MiB, at least {LEAST_MIB}, got {said[:20]!r}")
    return int(said) * MIB


_kept: cachetools.LRUCache[object, _Kept] = cachetools.LRUCache(budget(), getsizeof=attrgetter("size"))
_guard = Condition()


def cached(function: Callable[P, R], size: Callable[[R], int] = footprint) -> Callable[P, R]:
    """Remember what a pure function gives for its settings; what was not asked for longest makes room.

    What comes back is shared by all readers and must not be changed. Two sessions that ask for the same
    settings at the same time compute them once. A raised error is not remembered, nor is what exceeds the budget alone.

    Args:
        function: pure; takes frozen dataclasses, enums, numbers, strings, tuples of these, or None.
        size: bytes of a result; asked once.

    Raises:
        TypeError: on a call with something that has no hash, such as a list.
    """

    @cachetools.cached(_kept, key=partial(typedkey, function), condition=_guard)
    def kept(*args: P.args, **kwargs: P.kwargs) -> _Kept:
        result = function(*args, **kwargs)
        return _Kept(result, size(result) + KEY_BYTES)

    @wraps(function)
    def shared(*args: P.args, **kwargs: P.kwargs) -> R:
        result: R = kept(*args, **kwargs).result
        return result

    return shared


def held() -> int:
    """Bytes of all that is remembered."""
    with _guard:
        return int(_kept.currsize)


def forget(leave: int = 0) -> None:
    """Let go of what was not asked for longest, until at most `leave` bytes are held."""
    with _guard:
        while _kept.currsize > leave:
            _kept.popitem()


def in_turn(function: Callable[P, R]) -> Callable[P, R]:
    """Let one thread of the server at a time run it: for what computes with many small tensor operations.

    Each of them lets go of the interpreter, so threads that compute at once hand it to and fro: all are done when the
    last would be done anyway, and everybody's messages wait among them.

    Args:
        function: may call nothing that is `cached`: who waits for a turn must not hold what others wait for.
    """

    @wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with _TURN:
            return function(*args, **kwargs)

    return alone
