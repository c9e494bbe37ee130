"""Memories that were asked a few questions about a contract: small enough to be counted by hand."""

from memattn.lessons.contract.record import KIB, Asked, Bounds, Exam, Tried
from memattn.records import Role

SUBJECTS, PLACES = ("definition", "payment"), ("introduction", "end")


def made(name: str, size: int, rights: str) -> Tried:
    """A memory that was asked as many questions as there are marks; introduction and end in turn."""
    marks = tuple(Asked(SUBJECTS[at // 2 % 2], at % 2, mark == "+") for at, mark in enumerate(rights))
    return Tried(name, name, (size,), Role.RECENT, size * KIB, marks)


OWN, SMALL, LARGE = made("own", 64, "-+-+--+-"), made("small", 60, "++++++++"), made("large", 300, "+" * 8)
FAMILIES = tuple(["own", "small", "large", "d", "e", "f", "g", "h", "i", "j", "k", "l"])
BOUNDS = Bounds(((512.0, 0.1),), 1 / 24, 96, 56)
FOUND = Exam(OWN, (OWN, SMALL, LARGE), True, BOUNDS)
