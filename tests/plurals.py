"""One and many: what no sentence may say of a single thing, wherever its numbers come from."""

import re

THINGS = (
    "slots|pairs|tokens|facts|words|numbers|questions|layers|heads|operations|times|segments|places|rows|steps|tiles"
)
DO = "are|have|were|do|leave|come|stay|stand|become|enter"
ONE = r"(?<![\w,.–−-])1 "
WRONG = re.compile(rf"{ONE}(?:[a-z]+ )?(?:{THINGS})\b|{ONE}(?:of them )?(?:[a-z]+ )?(?:that )?(?:{DO})\b")


def wrong(text: str) -> str | None:
    """What is wrong, with the words around it; None where nothing is."""
    found = WRONG.search(text)
    return text[max(0, found.start() - 60) : found.end() + 40] if found else None
