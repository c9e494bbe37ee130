"""Memory goes back when readers leave; while they are there nothing is taken from them."""

import gc
import weakref
from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from streamlit import runtime
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import ActiveSessionInfo, SessionInfo
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from memattn.ui import cache, upkeep
from memattn.ui.upkeep import ALONE_SECONDS, REST_BYTES, Readers, Upkeep


class Session:
    def __init__(self, id: str) -> None:
        self.id = id


class Scene:
    """An upkeep that is told who is there, and how often it gave back."""

    def __init__(self) -> None:
        self.who, self.given, self.now = Readers(0, 0), 0, 1000.0
        self.upkeep = Upkeep(lambda: self.who, self.give)

    def give(self) -> None:
        self.given += 1

    def look(self, there: int, away: int = 0, after: float = 15.0) -> int:
        self.who, self.now, before = Readers(there, away), self.now + after, self.given
        self.upkeep.look(self.now)
        return self.given - before


@pytest.fixture
def full() -> Iterator[None]:
    cache.forget()
    large = cache.cached(lambda at: at, size=lambda _: REST_BYTES // 3)
    for at in range(7):
        large(at)
    assert cache.held() > REST_BYTES
    yield
    cache.forget()


def test_memory_goes_back_when_somebody_leaves_and_when_his_session_is_dropped() -> None:
    scene = Scene()
    assert [scene.look(3), scene.look(3), scene.look(2, 1), scene.look(2, 1), scene.look(2, 0)] == [0, 0, 1, 0, 1]


def test_somebody_who_comes_changes_nothing() -> None:
    scene = Scene()
    assert [scene.look(1), scene.look(2), scene.look(5)] == [0, 0, 0]


def test_when_nobody_is_there_little_is_remembered(full: None) -> None:
    scene = Scene()
    scene.look(1)
    scene.look(0, 1)
    scene.look(0, 1, after=ALONE_SECONDS - 1)
    assert cache.held() > REST_BYTES
    assert scene.look(0, 1, after=2) == 1
    assert REST_BYTES // 2 < cache.held() <= REST_BYTES
    assert scene.look(0, 1) == 0  # once


def test_what_readers_asked_for_stays_as_long_as_one_is_there(full: None) -> None:
    scene, held = Scene(), cache.held()
    for _ in range(9):
        scene.look(1, 4, after=ALONE_SECONDS)
    assert cache.held() == held
    scene.look(0)
    scene.look(1, after=ALONE_SECONDS - 1)  # somebody came back in time
    scene.look(0)
    scene.look(0, after=ALONE_SECONDS - 1)
    assert cache.held() == held


def test_circles_are_collected() -> None:
    class Session:
        pass

    left = Session()
    left.itself = left  # type: ignore[attr-defined]
    ghost = weakref.ref(left)
    gc.disable()
    try:
        del left
        assert ghost() is not None
        upkeep.give_back()
        assert ghost() is None
    finally:
        gc.enable()


def test_without_a_server_nobody_is_there() -> None:
    assert upkeep.readers() == Readers(0, 0)


def test_the_server_tells_who_is_there_and_lets_go_of_sessions_that_nobody_came_back_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storage = MemorySessionStorage(ttl_seconds=0)  # whoever leaves has been away for too long
    manager = WebsocketSessionManager(storage, MagicMock(), MagicMock(), MagicMock())
    there, gone = SimpleNamespace(id="there"), Session("gone")
    manager._active_session_info_by_id["there"] = ActiveSessionInfo(client=MagicMock(), session=there)
    storage.save(SessionInfo(client=None, session=gone))
    left = weakref.ref(gone)
    del gone
    gc.collect()
    assert left() is not None  # Streamlit alone would keep it until the next one leaves
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))
    assert upkeep.readers() == Readers(1, 0)
    gc.collect()
    assert left() is None
