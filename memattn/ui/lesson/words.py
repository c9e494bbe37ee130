"""Words that a reader wrote, whose attention a number is, and how many there are of a thing."""

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


def counted(number: int, noun: str) -> str:
    """How many there are of a thing: "1 slot", "1,024 slots"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
