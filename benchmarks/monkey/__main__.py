"""The command: `python -m benchmarks.monkey --page /compressive --seed 7 --actions 2000 --dark`.

It starts a server of its own unless `--url` names one, exits with 1 when something was wrong, and prints a short
sequence that leads there, with the command that plays it again.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import run
from benchmarks.monkey.actions import Action, sequence
from benchmarks.monkey.play import Outcome, Place, pages, play, shrink
from benchmarks.server import CHROMIUM, served

LAST = 60  # of a long sequence: most faults come of what was done last
TRACEBACK = "Traceback (most recent call last)"


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.monkey", description="Seeded random actions in real Chromium.")
    parser.add_argument("--page", action="append", help=f"address of a page (default: {', '.join(pages())})")
    parser.add_argument("--seed", type=int, default=1, help="of the actions (default: 1)")
    parser.add_argument("--actions", type=int, default=300, help="on each page (default: 300)")
    parser.add_argument("--only", help="numbers of the actions to do, such as 4,17,18: a sequence printed before")
    parser.add_argument("--dark", action="store_true", help="the dark theme")
    parser.add_argument("--url", help="of a server that runs already")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds that a script may run (default: 60)")
    parser.add_argument(
        "--shrink", type=float, default=600.0, help="seconds to look for a short sequence (default: 600)"
    )
    arguments = parser.parse_args()
    arguments.page = arguments.page or pages()
    unknown = sorted(set(arguments.page) - set(pages()))
    if unknown:
        parser.error(f"no such page: {', '.join(unknown)}; there are {', '.join(pages())}")
    return arguments


@contextmanager
def server(url: str | None, log: Path) -> Iterator[str]:
    """The server asked for, or one of its own that writes to `log`."""
    if url:
        yield url.rstrip("/")
        return
    with log.open("w") as out, served(log=out) as (address, *_):
        yield address


def report(browser: Browser, place: Place, actions: Sequence[Action], seed: int, seconds: float) -> bool:
    """Play, and say what came of it; whether all went well."""
    since = time.monotonic()
    came = play(browser, place, actions)
    done = sum(did.done for did in came.did)
    theme = "dark" if place.dark else "light"
    said = f"{place.page} {theme}, seed {seed}: {len(came.did)} actions, {done} of them possible"
    print(f"{said}, {len(came.faults)} faults, {time.monotonic() - since:.0f} s", flush=True)
    if not came.faults:
        return True
    print("\n".join(f"  {fault}" for fault in came.faults))
    explain(browser, place, actions[: len(came.did)], came, seed, seconds)
    return False


def explain(
    browser: Browser, place: Place, actions: Sequence[Action], came: Outcome, seed: int, seconds: float
) -> None:
    """Print a short sequence that fails, or the end of the long one where that does not fail again."""
    fails = lambda part: bool(play(browser, place, part).faults)  # noqa: E731
    short, again = list(actions[-LAST:]), False
    if seconds > 0:
        again = fails(short)
        if not again and len(actions) > LAST:
            short = list(actions)
            again = fails(short)
    if again:
        short = shrink(short, fails, seconds)
        came = play(browser, place, short)
        print(f"  in {len(short)} actions:")
    else:
        short = short[-12:]
        print("  not again when played once more; the last of it:" if seconds > 0 else "  the last of it:")
        came = Outcome(came.did[-12:], came.faults)
    for action, did in zip(short, came.did, strict=False):
        print(
            f"    {action.number:5} {did.what}{' (at once)' if action.quick else ''}{'' if did.done else ' (in vain)'}"
        )
    numbers = ",".join(str(action.number) for action in short)
    dark = " --dark" if place.dark else ""
    print(f"  python -m benchmarks.monkey --page {place.page} --seed {seed}{dark} --only {numbers}", flush=True)


def main() -> int:
    """Play on every page asked for; 1 when something was wrong."""
    asked = parse()
    well = True
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as chromium:
        log = Path(folder) / "server.log"
        browser = chromium.chromium.launch(executable_path=run.find_chromium(), args=CHROMIUM)
        with server(asked.url, log) as url:
            for page in asked.page:
                actions = sequence(asked.seed, asked.actions)
                if asked.only:
                    chosen = {int(number) for number in asked.only.split(",")}
                    actions = [action for action in sequence(asked.seed, max(chosen) + 1) if action.number in chosen]
                place = Place(url, page, asked.dark, asked.patience)
                well &= report(browser, place, actions, asked.seed, 0 if asked.only else asked.shrink)
        browser.close()
        if log.is_file() and TRACEBACK in (text := log.read_text()):
            print("the server logged a traceback:\n" + text[text.index(TRACEBACK) :][:4000])
            well = False
    return 0 if well else 1


if __name__ == "__main__":
    raise SystemExit(main())
