"""A full classroom without its browsers: many sessions that speak the server's own protocol over websockets."""

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

SECONDS_PER_MOVE = 1.0
PATIENCE = 60.0
WARM_UP = 4.0  # seconds until the server has loaded torch: a page opened before that runs twice


class Crowd(NamedTuple):
    """What came of it; times in milliseconds from sending a move to the end of its script run."""

    moves: int
    errors: int
    p50: float
    p95: float
    most: float


class Session:
    """One reader's connection."""

    def __init__(self, socket: ClientConnection, name: str) -> None:
        """Take over an open socket; `name` is that of the page in the link."""
        self.socket, self.name = socket, name
        self.sliders: dict[str, str] = {}
        self.values: dict[str, int] = {}  # of the sliders that were moved
        self.shown: dict[str, int] = {}  # of all sliders
        self.picture = b""
        self.errors = 0

    async def move(self, values: dict[str, int]) -> float:
        """Move some sliders; a move after which the stage plays the same as before counts as an error."""
        before, moved = self.picture, any(self.shown[key] != value for key, value in values.items())
        self.shown |= values
        self.values |= values
        took = await self.run()
        self.errors += moved and self.picture == before
        return took

    async def run(self) -> float:
        """Ask for a run with the sliders as they stand; milliseconds until it has ended."""
        message = BackMsg()
        rerun = message.rerun_script
        rerun.page_name = self.name
        rerun.query_string = urlencode(self.values)  # the page writes its settings into the link
        for key, value in self.values.items():
            state = rerun.widget_states.widgets.add()
            state.id = self.sliders[key]
            state.double_array_value.data.append(value)
        since = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            told = ForwardMsg()
            told.ParseFromString(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            kind = told.WhichOneof("type")
            if kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return (time.perf_counter() - since) * 1e3
            if kind == "delta":
                self._note(told.delta)

    def _note(self, delta: Any) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        match element.WhichOneof("type"):
            case "slider":  # its id ends in the key that the page gave it
                key = element.slider.id.rsplit("-", 1)[-1]
                self.sliders[key] = element.slider.id
                self.shown.setdefault(key, int(element.slider.default[0]))
            case "bidi_component" if element.bidi_component.bytes:  # the stage's payload
                self.picture = element.bidi_component.bytes
            case "exception":
                self.errors += 1


async def reader(
    url: str, page: str, begin: float, moves: Iterator[dict[str, int]], count: int
) -> tuple[list[float], int]:
    """One session: open the page, then a move a second."""
    async with connect(url, subprotocols=["streamlit"], max_size=None, proxy=None) as socket:  # type: ignore[list-item]
        session = Session(socket, page)
        await session.run()
        await asyncio.sleep(max(0.0, begin - time.perf_counter()))
        times = []
        for at in range(count):
            times.append(await session.move(next(moves)))
            await asyncio.sleep(max(0.0, begin + (at + 1) * SECONDS_PER_MOVE - time.perf_counter()))
        return times, session.errors


async def _crowd(
    url: str, page: str, readers: int, count: int, moves: Callable[[int], Iterator[dict[str, int]]]
) -> Crowd:
    async with connect(url, subprotocols=["streamlit"], max_size=None, proxy=None) as socket:  # type: ignore[list-item]
        await Session(socket, page).run()
        await asyncio.sleep(WARM_UP)
    begin = time.perf_counter() + 0.35 * readers + 3  # all pages are open by then
    tasks = [
        reader(url, page, begin + SECONDS_PER_MOVE * number / readers, moves(number), count)
        for number in range(readers)
    ]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [result for result in results if isinstance(result, BaseException)]
    done = [result for result in results if not isinstance(result, BaseException)]
    times = sorted(ms for each, _ in done for ms in each)
    errors = len(failed) + sum(wrong for _, wrong in done)
    if len(times) < 2:
        raise RuntimeError(f"no session came through: {failed[:1]}")
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return Crowd(len(times), errors, cuts[49], cuts[94], times[-1])


def crowd(url: str, page: str, readers: int, count: int, moves: Callable[[int], Iterator[dict[str, int]]]) -> Crowd:
    """Many sessions at one move per second each, evenly spread over the second."""
    return asyncio.run(_crowd(url, page, readers, count, moves))


def shared_moves(number: int) -> Iterator[dict[str, int]]:
    """A class on one story: any c from 1 to 8 with one of four sizes of CMem."""
    choose = random.Random(number)
    while True:
        yield {"c": choose.randint(1, 8), "ncm": choose.choice((4, 8, 12, 16))}


def own_moves(number: int) -> Iterator[dict[str, int]]:
    """Everybody a setting that nobody had before."""
    choose = random.Random(1000 + number)
    while True:
        yield {"seed": choose.randint(0, 999), "ncm": choose.randint(1, 96), "c": choose.randint(1, 8)}
