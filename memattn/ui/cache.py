"""One cache for everything that is computed from settings: shared by all sessions, bounded, keyed exactly.

Streamlit's own key of a dataclass is its fields without its type, so two mechanisms with equal fields would
be taken for one another; large arrays are sampled. Here the key is spelled out from plain values, types
included.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

import streamlit as st

P = ParamSpec("P")
R = TypeVar("R")

_TURN = Lock()


def cached(function: Callable[P, R], max_entries: int = 64) -> Callable[P, R]:
    """Remember what a pure function gives for its settings; the oldest results make room.

    What comes back is shared by all readers and must not be changed. Two sessions that ask for the same
    settings at the same time compute them once. A raised error is not remembered.

    Args:
        function: pure; takes frozen dataclasses, enums, numbers, strings, tuples of these, or None.
        max_entries: results kept.

    Raises:
        TypeError: on a call with anything else, which cannot be told apart exactly.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def shared(*args: P.args, **kwargs: P.kwargs) -> R:
        key = spell((args, tuple(sorted(kwargs.items()))))
        return remembered(key, lambda: function(*args, **kwargs))

    def compute(key: str, _compute: Callable[[], R]) -> R:  # the underscore keeps it out of Streamlit's key
        del key
        return _compute()

    compute.__module__, compute.__qualname__ = function.__module__, f"cached.{name}"
    remembered = st.cache_resource(show_spinner=False, max_entries=max_entries)(compute)
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


def spell(value: object) -> str:
    """Write settings out so that equal text means equal settings.

    Raises:
        TypeError: a value of another kind than `cached` allows.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return f"{kind.__name__}:{value!r}"
    if isinstance(value, Enum):
        return f"{kind.__module__}.{kind.__qualname__}.{value.name}"
    if isinstance(value, tuple):
        return f"({','.join(spell(part) for part in value)})"
    if is_dataclass(value) and not isinstance(value, type) and kind.__hash__ is not None:
        inside = ",".join(f"{field.name}={spell(getattr(value, field.name))}" for field in fields(value))
        return f"{kind.__module__}.{kind.__qualname__}({inside})"
    raise TypeError(
        "a cached function takes frozen dataclasses, enums, numbers, strings, tuples of these or None, "
        f"got {kind.__module__}.{kind.__qualname__}"
    )
