"""Memory that nobody needs any more goes back to the system: a thread that looks now and then who is there.

Three things hold on to it otherwise. Streamlit keeps a session for two minutes after its reader has left, but throws
it away only when the next one leaves. What a session leaves behind are circles of objects, and with torch's objects out
of the collector's sight nothing starts a collection on a server that rests. And glibc keeps what was freed, in as many
arenas as there were threads.
"""

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from streamlit import runtime

from memattn.ui import cache

LOOK_SECONDS = 15.0
ALONE_SECONDS = 45.0  # without a reader, until only a little is remembered
REST_BYTES = 24 * cache.MIB  # that little, for whoever comes next: about twenty short runs
ARENAS = 2  # in which glibc puts small things
MAPPED_BYTES = 1 << 20  # what is larger gets pages of its own, which go back the moment it is freed
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # names in glibc's malloc.h

_begun = threading.Lock()  # taken once, for good


class Readers(NamedTuple):
    """Sessions of the server: of readers who are there, and of those who may come back."""

    there: int
    away: int


def start() -> None:
    """Begin to look, unless somebody has."""
    if _begun.acquire(blocking=False):
        _tell_glibc("mallopt", M_ARENA_MAX, ARENAS)
        _tell_glibc("mallopt", M_MMAP_THRESHOLD, MAPPED_BYTES)
        threading.Thread(target=_look_forever, name="memattn-upkeep", daemon=True).start()


def _look_forever() -> None:
    upkeep = Upkeep()
    while True:
        time.sleep(LOOK_SECONDS)
        upkeep.look(time.monotonic())


def give_back() -> None:
    """Collect what hangs in circles, and hand free memory to the system."""
    gc.collect()
    _tell_glibc("malloc_trim", 0)


def _tell_glibc(name: str, *numbers: int) -> None:
    """Call a function of glibc; where there is another library, there is nothing to tell."""
    if sys.platform == "linux":
        with suppress(AttributeError):
            getattr(ctypes.CDLL(None), name)(*numbers)


def readers() -> Readers:
    """Who is there now; sessions that nobody came back to are let go of."""
    if not runtime.exists():
        return Readers(0, 0)
    manager: Any = runtime.get_instance()._session_mgr
    manager._session_storage._cache.expire()
    there = len(manager.list_active_sessions())
    return Readers(there, len(manager.list_sessions()) - there)


class Upkeep:
    """What was seen at the last look."""

    def __init__(self, who: Callable[[], Readers] = readers, freed: Callable[[], None] = give_back) -> None:
        """Nobody was there yet.

        Args:
            who: tells who is there.
            freed: gives back what was freed.
        """
        self._who, self._freed = who, freed
        self._before = Readers(0, 0)
        self._alone: float | None = None  # since when

    def look(self, now: float) -> None:
        """Give back what is free, if somebody has left; remember little, if nobody is there.

        Args:
            now: seconds, on a clock that only goes forward.
        """
        who, before = self._who(), self._before
        self._before = who
        if who.there:
            self._alone = None
        elif self._alone is None:
            self._alone = now
        forgot = self._alone is not None and now - self._alone >= ALONE_SECONDS and cache.held() > REST_BYTES
        if forgot:
            cache.forget(REST_BYTES)
        if forgot or who.there < before.there or who.away < before.away:
            self._freed()
