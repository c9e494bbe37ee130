"""Memory of the server over many moves, and after the worst that a class can ask for. `python -m benchmarks.soak`.

- 2,000 moves of four sessions on two pages, sessions coming and going: the last quarter's mean is at most 1.1 times the
  second's;
- twenty readers with full attention over 1,024 tokens in two layers, each on a story of his own: two minutes after they
  have left, the server has at most 1.5 times what it had before.

The sessions are websocket clients, see `benchmarks.crowd`. Memory is the resident size of the server's process.
"""

import argparse
import asyncio
import random
import statistics
import subprocess
import time
from contextlib import AsyncExitStack

from benchmarks.crowd import Session, session
from benchmarks.lessons import lessons
from benchmarks.server import Served, served

SESSIONS = 4
STAYS = 125  # moves, until a reader leaves and another one comes
STORY_LENGTH = ("t", "n")  # not moved: a thousand tokens are the other measurement
FLAT, BACK = 1.1, 1.5
VISITORS = 20
WORST = {"memory": "full", "layers": 2, "n": 1024}
WORST_PAGE = "story"
MINUTES_AFTER = (0.5, 1.0, 1.5, 2.0)
WARM_UP = 6.0  # seconds, until the server has imported everything


def resident(pid: int) -> float:
    """Memory of a process, MiB."""
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(said.stdout) / 1024


def any_move(choose: random.Random, opened: Session) -> dict[str, float]:
    """A slider to any of its values: of those beside the stage, or where there is none of those of the story."""
    moved = {name: each for name, each in opened.sliders.items() if name not in STORY_LENGTH}
    beside = [name for name, each in moved.items() if each.fragment == opened.stage_fragment]
    name = choose.choice(beside or list(moved))
    slider = moved[name]
    return {name: slider.low + slider.step * choose.randint(0, round((slider.high - slider.low) / slider.step))}


def address(server: Served) -> str:
    """Of its websocket."""
    return server.address.replace("http", "ws") + "/_stcore/stream"


async def reader(server: Served, number: int, moves: int, made: list[float]) -> int:
    """Moves one after the other, by sessions that come and go; error boxes that were seen.

    Args:
        server: to move on.
        number: of the reader, his seed.
        moves: to make.
        made: memory after every move of all readers, appended to.
    """
    choose, seen = random.Random(number), 0
    pages = [page.strip("/") for page in lessons()]  # on which a slider moves a run
    for at in range(0, moves, STAYS):
        page = pages[(number + at // STAYS) % len(pages)]
        async with session(address(server), page, {"seed": number}) as opened:
            for _ in range(min(STAYS, moves - at)):
                stood, missed = dict(opened.shown), opened.missed
                values = any_move(choose, opened)
                await opened.move(values)
                if opened.missed > missed:  # these settings do not go together: back to where they did
                    await opened.move({name: stood[name] for name in values})
                made.append(resident(server.pid) if len(made) % 10 == 0 else made[-1])
            seen += opened.exceptions
    return seen


async def soak(server: Served, moves: int) -> str:
    """A line of the table: memory over the moves."""
    async with session(address(server), "", {}):
        await asyncio.sleep(WARM_UP)
    start, since, made = resident(server.pid), time.monotonic(), [resident(server.pid)]
    boxes = sum(await asyncio.gather(*(reader(server, number, moves // SESSIONS, made) for number in range(SESSIONS))))
    quarters = [statistics.mean(made[len(made) * at // 4 : len(made) * (at + 1) // 4]) for at in range(4)]
    ratio = quarters[3] / quarters[1]
    took = time.monotonic() - since
    return (
        f"| {len(made) - 1} moves of {SESSIONS} sessions, {took:.0f} s, {boxes} error boxes | "
        f"{start:.0f} → {', '.join(f'{quarter:.0f}' for quarter in quarters)}, most {max(made):.0f} MiB | "
        f"last / second quarter {ratio:.2f} | ≤ {FLAT:g} | {'PASS' if ratio <= FLAT else 'FAIL'} |"
    )


async def worst(server: Served) -> str:
    """A line of the table: memory while many ask for the most there is, and after they have left."""
    async with session(address(server), "", {}):
        await asyncio.sleep(WARM_UP)
    start = resident(server.pid)
    async with AsyncExitStack() as stack:
        since = time.monotonic()
        for number in range(VISITORS):
            await stack.enter_async_context(session(address(server), WORST_PAGE, WORST | {"seed": 300 + number}))
        most, took = resident(server.pid), time.monotonic() - since
    left, later = time.monotonic(), []
    for minutes in MINUTES_AFTER:
        await asyncio.sleep(max(0.0, left + 60 * minutes - time.monotonic()))
        later.append(resident(server.pid))
    ratio = later[-1] / start
    after = ", ".join(f"{minutes:g} min {size:.0f}" for minutes, size in zip(MINUTES_AFTER, later, strict=True))
    return (
        f"| {VISITORS} visitors, full attention, two layers, 1,024 tokens, {took:.0f} s | "
        f"{start:.0f} → {most:.0f} MiB; after they left: {after} | after / before {ratio:.2f} | ≤ {BACK:g} | "
        f"{'PASS' if ratio <= BACK else 'FAIL'} |"
    )


def main() -> int:
    """Print the table; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.soak", description="Memory of the server over many moves.")
    parser.add_argument("--moves", type=int, default=2000, help="of all sessions together (default: 2000)")
    parser.add_argument("--only", choices=("moves", "worst"), help="one of the two measurements")
    asked = parser.parse_args()
    lines: list[str] = []
    print("| measured | memory | ratio | bar | |\n|---|---|---|---|---|", flush=True)
    for name in ("moves", "worst"):
        if asked.only in (None, name):
            with served() as server:
                lines.append(asyncio.run(soak(server, asked.moves) if name == "moves" else worst(server)))
            print(lines[-1], flush=True)
    return int(any("FAIL" in line for line in lines))


if __name__ == "__main__":
    raise SystemExit(main())
