"""One cache for everything that is computed from settings: shared by all sessions, bounded, keyed exactly.

Not Streamlit's: its key of a dataclass is the fields without the type, so two mechanisms with equal fields would be
taken for one another, and a call that finds its result costs a millisecond. Here equal settings are equal values.
"""

from collections.abc import Callable
from functools import wraps
from threading import Condition, Lock
from typing import ParamSpec, TypeVar

import cachetools
from cachetools.keys import typedkey

P = ParamSpec("P")
R = TypeVar("R")

_TURN = Lock()


def cached(function: Callable[P, R], max_entries: int = 64) -> Callable[P, R]:
    """Remember what a pure function gives for its settings; what was not asked for longest makes room.

    What comes back is shared by all readers and must not be changed. Two sessions that ask for the same
    settings at the same time compute them once. A raised error is not remembered.

    Args:
        function: pure; takes frozen dataclasses, enums, numbers, strings, tuples of these, or None.
        max_entries: results kept.

    Raises:
        TypeError: on a call with something that has no hash, such as a list.
    """
    kept: cachetools.LRUCache[object, R] = cachetools.LRUCache(max_entries)

    @wraps(function)
    @cachetools.cached(kept, key=typedkey, condition=Condition())
    def shared(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    return shared


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
