"""A full classroom without its browsers: many sessions that speak the server's own protocol over websockets.

They do what a browser does: a move of a slider asks for a run of the fragment in which the slider stands, and a stage
that has drawn another payload says so. Sliders are named as in the link, by the symbol in their label.
"""

import asyncio
import json
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.sliders import name_of

SECONDS_PER_MOVE = 1.0
PATIENCE = 60.0
WARM_UP = 4.0  # seconds until the server has loaded torch: a page opened before that runs twice
ENDS = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)

Moves = Callable[[int], Iterator[dict[str, float]]]
Link = Callable[[int], Mapping[str, int]]


class Slider(NamedTuple):
    """A slider as the server sent it.

    Args:
        id: of the widget.
        fragment: in which it stands; "" for none.
        low: smallest value.
        high: largest value.
        step: between two values.
    """

    id: str
    fragment: str
    low: float
    high: float
    step: float


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

    def __init__(self, socket: ClientConnection, name: str, link: Mapping[str, float]) -> None:
        """Take over an open socket; `name` is that of the page, `link` the settings that it is opened with."""
        self.socket, self.name = socket, name
        self.script = ""  # the server's name for the page
        self.sliders: dict[str, Slider] = {}  # by name, see `name_of`
        self.values = dict(link)  # of the sliders that were moved
        self.shown: dict[str, float] = {}  # of all sliders
        self.stage = self.stage_fragment = ""
        self.picture = b""
        self.missed = self.exceptions = 0  # moves without a new picture; error boxes

    async def move(self, values: Mapping[str, float]) -> tuple[float, float]:
        """Move some sliders; milliseconds until the picture is there, and until all is.

        Raises:
            ValueError: there is no slider of that name.
        """
        if unknown := sorted(set(values) - set(self.sliders)):
            raise ValueError(f"no slider {', '.join(unknown)} on /{self.name}; there are {', '.join(self.sliders)}")
        before, moved = self.picture, any(self.shown[name] != value for name, value in values.items())
        self.shown |= values
        self.values |= values
        since = time.perf_counter()
        await self.run(self.sliders[next(iter(values))].fragment)
        picture = all_ = (time.perf_counter() - since) * 1e3
        if self.picture != before:
            await self.run(self.stage_fragment, drawn=True)
            all_ = (time.perf_counter() - since) * 1e3
        elif moved:
            self.missed += 1
        return picture, all_

    async def run(self, fragment: str = "", drawn: bool = False) -> None:
        """Ask for a run with the sliders as they stand, of the page or a fragment, and wait until it has ended.

        Args:
            fragment: its id.
            drawn: whether the stage says that it has drawn what it got.
        """
        message = BackMsg()
        rerun = message.rerun_script
        rerun.page_name, rerun.page_script_hash = "" if self.script else self.name, self.script
        rerun.fragment_id = fragment
        rerun.query_string = urlencode(self.values)  # the page writes its settings into the link
        for name, value in self.shown.items():
            state = rerun.widget_states.widgets.add()
            state.id = self.sliders[name].id
            state.double_array_value.data.append(value)
        if drawn:
            state = rerun.widget_states.widgets.add()
            state.id = f"$$STREAMLIT_INTERNAL_KEY_{self.stage}__events"
            state.json_trigger_value = json.dumps([{"event": "drawn", "value": "a payload"}])
        await self.socket.send(message.SerializeToString())
        while True:
            told = ForwardMsg()
            told.ParseFromString(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            kind = told.WhichOneof("type")
            if kind == "script_finished" and told.script_finished in ENDS:
                return
            if kind == "navigation":
                self.script = told.navigation.page_script_hash
            if kind == "delta":
                self._note(told.delta)

    def _note(self, delta: Any) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        match element.WhichOneof("type"):
            case "slider":
                sent = element.slider
                name = name_of(sent.label)
                self.sliders[name] = Slider(sent.id, delta.fragment_id, sent.min, sent.max, sent.step)
                self.shown.setdefault(name, self.values.get(name, sent.default[0]))
                if sent.set_value:
                    self.shown[name] = sent.value[0]
            case "bidi_component" if element.bidi_component.bytes:  # the stage's payload
                self.stage, self.picture = element.bidi_component.id, element.bidi_component.bytes
                self.stage_fragment = delta.fragment_id
            case "exception":
                self.exceptions += 1


@asynccontextmanager
async def session(url: str, page: str, link: Mapping[str, float]) -> AsyncIterator[Session]:
    """A session with its page open.

    Args:
        url: of the server's websocket.
        page: name of the page in the link.
        link: settings that it is opened with.
    """
    async with connect(url, subprotocols=["streamlit"], max_size=None, proxy=None) as socket:  # type: ignore[list-item]
        opened = Session(socket, page, link)
        await opened.run()
        yield opened


async def reader(
    url: str, page: str, begin: float, link: Mapping[str, int], moves: Iterator[dict[str, float]], count: int
) -> tuple[list[tuple[float, float]], int]:
    """One session: open the page, then a move a second."""
    async with session(url, page, link) as opened:
        await asyncio.sleep(max(0.0, begin - time.perf_counter()))
        times = []
        for at in range(count):
            times.append(await opened.move(next(moves)))
            await asyncio.sleep(max(0.0, begin + (at + 1) * SECONDS_PER_MOVE - time.perf_counter()))
        return times, opened.missed + opened.exceptions


async def _crowd(url: str, page: str, readers: int, count: int, moves: Moves, link: Link) -> Crowd:
    async with session(url, page, {}):
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


def shared_moves(number: int) -> Iterator[dict[str, float]]:
    """A class on one story: any c from 1 to 8 with one of four sizes of CMem."""
    choose = random.Random(number)
    while True:
        yield {"c": choose.randint(1, 8), "ncm": choose.choice((4, 8, 12, 16))}


def own_story(number: int) -> Mapping[str, int]:
    """Everybody a story of his own."""
    return {"seed": 100 + number}


def own_moves(number: int) -> Iterator[dict[str, float]]:
    """Sizes of CMem from 1 to 96, none twice: on a story of one's own everybody gets what nobody had before."""
    sizes = [size for size in range(1, 97) if size != 8]  # 8 is what the page opens with
    random.Random(1000 + number).shuffle(sizes)
    for size in sizes:
        yield {"ncm": size}
