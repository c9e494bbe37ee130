"""The registry as a table for people: `python -m memattn.memory` prints it, `--write README.md` puts it there."""

import argparse
import re
from inspect import getdoc
from pathlib import Path

from memattn.memory import MEMORIES

START = "<!-- memories: written by python -m memattn.memory --write README.md -->"
END = "<!-- end of memories -->"


def table() -> str:
    """Name, idea and source of every memory, in the order of the registry, as Markdown."""
    rows = [("name", "idea", "source"), ("---",) * 3]
    for name, kind in MEMORIES.items():
        source = re.sub(r"arXiv:(\d+\.\d+)", r"[\g<0>](https://arxiv.org/abs/\1)", kind.source)
        rows.append((f"`{name}`", _idea(getdoc(kind) or ""), source))
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return "\n".join(f"| {line} |" for line in lines)


def written(page: str) -> str:
    """A page with the table in its place, between the two marks.

    Raises:
        ValueError: the page does not have both marks, once each.
    """
    if page.count(START) != 1 or page.count(END) != 1:
        raise ValueError(
            f"the page must have {START!r} and {END!r} once each, got {page.count(START)} and {page.count(END)}"
        )
    head, rest = page.split(START)
    return f"{head}{START}\n{table()}\n{END}{rest.split(END)[1]}"


def _idea(docstring: str) -> str:
    """The first sentence."""
    first = " ".join(docstring.split("\n\n")[0].split())
    return re.split(r"(?<=[.])\s", first)[0].rstrip(".")


def main() -> None:
    """Print the table, or write it into a page."""
    parser = argparse.ArgumentParser(prog="python -m memattn.memory", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="a Markdown file with the two marks")
    page: Path | None = parser.parse_args().write
    if page is None:
        print(table())
    else:
        page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
