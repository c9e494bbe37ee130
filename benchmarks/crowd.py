"""A full classroom without its browsers: many sessions that speak the server's own protocol over websockets.

They do what a browser does: a move of a slider asks for a run of the fragment in which the slider stands, a stage that
has drawn another payload says so, and what was received before is not sent again.
"""

import asyncio
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

SECONDS_PER_MOVE = 1.0
PATIENCE = 60.0
WARM_UP = 4.0  # seconds until the server has loaded torch: a page opened before that runs twice
STAGE = "stage"  # key of the component that plays
ENDS = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)

Moves = Callable[[int], Iterator[dict[str, int]]]
Link = Callable[[int], Mapping[str, int]]


class Times(NamedTuple):
    """Half and 95 of 100 moves took at most, and the longest took, milliseconds from sending the move."""

    p50: float
    p95: float
    most: float

    @classmethod
    def of(cls, taken: list[float]) -> "Times":
        """Of some moves, at least two."""
        cuts = statistics.quantiles(taken, n=100, method="inclusive")
        return cls(cuts[49], cuts[94], max(taken))


class Crowd(NamedTuple):
    """What came of it.

    Args:
        moves: that were made.
        errors: moves without the picture that they ask for, and sessions that broke off.
        picture: times until the run that carries the new picture had ended.
        all: until everything else had followed.
    """

    moves: int
    errors: int
    picture: Times
    all: Times


class Session:
    """One reader's connection."""

    def __init__(self, socket: ClientConnection, name: str, link: Mapping[str, int]) -> None:
        """Take over an open socket; `name` is that of the page, `link` the settings that it is opened with."""
        self.socket, self.name = socket, name
        self.sliders: dict[str, str] = {}  # ids by key
        self.fragments: dict[str, str] = {}  # in which a slider or the stage stands
        self.known: dict[str, ForwardMsg] = {}  # messages by their hash
        self.values = dict(link)  # of the sliders that were moved
        self.shown: dict[str, int] = {}  # of all sliders
        self.stage = ""
        self.picture = b""
        self.errors = 0

    async def move(self, values: dict[str, int]) -> tuple[float, float]:
        """Move some sliders; milliseconds until the picture is there, and until all is."""
        before, moved = self.picture, any(self.shown[key] != value for key, value in values.items())
        self.shown |= values
        self.values |= values
        since = time.perf_counter()
        await self.run(self.fragments[next(iter(values))])
        picture = all_ = (time.perf_counter() - since) * 1e3
        if self.picture != before:
            await self.run(self.fragments[STAGE], drawn=True)
            all_ = (time.perf_counter() - since) * 1e3
        elif moved:
            self.errors += 1
        return picture, all_

    async def run(self, fragment: str = "", drawn: bool = False) -> None:
        """Ask for a run with the sliders as they stand, of the page or a fragment, and wait until it has ended.

        Args:
            fragment: its id.
            drawn: whether the stage says that it has drawn what it got.
        """
        message = BackMsg()
        rerun = message.rerun_script
        rerun.page_name = self.name
        rerun.fragment_id = fragment
        rerun.cached_message_hashes.extend(self.known)
        rerun.query_string = urlencode(self.values)  # the page writes its settings into the link
        for key, value in self.shown.items():
            state = rerun.widget_states.widgets.add()
            state.id = self.sliders[key]
            state.double_array_value.data.append(value)
        if drawn:
            state = rerun.widget_states.widgets.add()
            state.id = f"$$STREAMLIT_INTERNAL_KEY_{self.stage}__events"
            state.json_trigger_value = json.dumps([{"event": "drawn", "value": "a payload"}])
        await self.socket.send(message.SerializeToString())
        while True:
            told = ForwardMsg()
            told.ParseFromString(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            if told.WhichOneof("type") == "ref_hash":
                told = self.known[told.ref_hash]
            elif told.metadata.cacheable:
                self.known[told.hash] = told
            kind = told.WhichOneof("type")
            if kind == "script_finished" and told.script_finished in ENDS:
                return
            if kind == "delta":
                self._note(told.delta)

    def _note(self, delta: Any) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        match element.WhichOneof("type"):
            case "slider":  # its id ends in the key that the page gave it
                key = element.slider.id.rsplit("-", 1)[-1]
                self.sliders[key], self.fragments[key] = element.slider.id, delta.fragment_id
                self.shown.setdefault(key, self.values.get(key, int(element.slider.default[0])))
            case "bidi_component" if element.bidi_component.bytes:  # the stage's payload
                self.stage, self.picture = element.bidi_component.id, element.bidi_component.bytes
                self.fragments[STAGE] = delta.fragment_id
            case "exception":
                self.errors += 1


async def reader(
    url: str, page: str, begin: float, link: Mapping[str, int], moves: Iterator[dict[str, int]], count: int
) -> tuple[list[tuple[float, float]], int]:
    """One session: open the page, then a move a second."""
    async with connect(url, subprotocols=["streamlit"], max_size=None, proxy=None) as socket:  # type: ignore[list-item]
        session = Session(socket, page, link)
        await session.run()
        await asyncio.sleep(max(0.0, begin - time.perf_counter()))
        times = []
        for at in range(count):
            times.append(await session.move(next(moves)))
            await asyncio.sleep(max(0.0, begin + (at + 1) * SECONDS_PER_MOVE - time.perf_counter()))
        return times, session.errors


async def _crowd(url: str, page: str, readers: int, count: int, moves: Moves, link: Link) -> Crowd:
    async with connect(url, subprotocols=["streamlit"], max_size=None, proxy=None) as socket:  # type: ignore[list-item]
        await Session(socket, page, {}).run()
        await asyncio.sleep(WARM_UP)
    begin = time.perf_counter() + 0.35 * readers + 3  # all pages are open by then
    tasks = [
        reader(url, page, begin + SECONDS_PER_MOVE * number / readers, link(number), moves(number), count)
        for number in range(readers)
    ]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [result for result in results if isinstance(result, BaseException)]
    done = [result for result in results if not isinstance(result, BaseException)]
    taken = [each for times, _ in done for each in times]
    errors = len(failed) + sum(wrong for _, wrong in done)
    if len(taken) < 2:
        raise RuntimeError(f"no session came through: {failed[:1]}")
    return Crowd(len(taken), errors, Times.of([first for first, _ in taken]), Times.of([last for _, last in taken]))


def as_it_opens(number: int) -> Mapping[str, int]:
    """Everybody the same page."""
    return {}


def crowd(url: str, page: str, readers: int, count: int, moves: Moves, link: Link = as_it_opens) -> Crowd:
    """Many sessions at one move per second each, evenly spread over the second.

    Args:
        url: of the server's websocket.
        page: name of the page in the link.
        readers: sessions.
        count: moves of each.
        moves: of a reader, by number.
        link: settings with which a reader opens the page, by number.
    """
    return asyncio.run(_crowd(url, page, readers, count, moves, link))


def shared_moves(number: int) -> Iterator[dict[str, int]]:
    """A class on one story: any c from 1 to 8 with one of four sizes of CMem."""
    choose = random.Random(number)
    while True:
        yield {"c": choose.randint(1, 8), "ncm": choose.choice((4, 8, 12, 16))}


def own_story(number: int) -> Mapping[str, int]:
    """Everybody a story of his own."""
    return {"seed": 100 + number}


def own_moves(number: int) -> Iterator[dict[str, int]]:
    """Sizes of CMem from 1 to 96, none twice: on a story of one's own everybody gets what nobody had before."""
    sizes = [size for size in range(1, 97) if size != 8]  # 8 is what the page opens with
    random.Random(1000 + number).shuffle(sizes)
    for size in sizes:
        yield {"ncm": size}
