"""Words of a reader inside sentences of the app, whatever their direction."""

import re

DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # embeddings, overrides and isolates


def isolated(text: str) -> str:
    """What a reader wrote, so that it cannot turn or reorder the sentence around it: within FSI and PDI.

    Its own marks of direction are left out: one of them could end the isolation, or reach from word to word.
    """
    return f"\u2068{undirected(text)}\u2069"


def undirected(text: str) -> str:
    """A text without marks of direction that reach from word to word."""
    return DIRECTIONS.sub("", text)
