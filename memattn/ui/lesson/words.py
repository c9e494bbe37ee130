"""Words that a reader wrote, and whose attention a number is."""

from markupsafe import Markup

from memattn.records import Trace


def bdi(word: str) -> Markup:
    """A reader's word, kept apart from the direction of the sentence around it."""
    return Markup("<bdi>{}</bdi>").format(word)


def whose(trace: Trace, head: int | None) -> str:
    """Whose attention numbers are: "head 3 of 4"."""
    if trace.heads == 1:
        return "one head"
    return f"mean of {trace.heads} heads" if head is None else f"head {head + 1} of {trace.heads}"
