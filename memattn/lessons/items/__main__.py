"""Write a worksheet: `python -m memattn.lessons.items segments --seed 3 > sheet.html`."""

import argparse
import sys

from memattn.lessons.items import LESSONS, items_of
from memattn.lessons.items.worksheet import html, sheet


def main(arguments: list[str] | None = None) -> None:
    """Write it to the standard output."""
    parser = argparse.ArgumentParser(
        prog="python -m memattn.lessons.items", description="A worksheet to print, with its key."
    )
    parser.add_argument("lesson", choices=tuple(LESSONS))
    parser.add_argument("--seed", type=int, default=1, help="of the numbers")
    given = parser.parse_args(arguments)
    sys.stdout.write(html(sheet(LESSONS[given.lesson], items_of(given.lesson), given.seed)))


if __name__ == "__main__":
    main()
