"""What has become of every word of a text when its last word reads: still a pair, in a slot, or lost."""

from dataclasses import dataclass
from typing import Literal

from memattn.lessons.answering import whereabouts
from memattn.lessons.narration import slot_name
from memattn.records import Role, Trace


@dataclass(frozen=True)
class Fate:
    """One word.

    Args:
        position: of the word in the stream.
        word: itself.
        slot: that carries it, its own pair before any other; None where none does.
        role: of that slot.
        attention: of the last word that falls on this one, through whatever slots carry it.
    """

    position: int
    word: str
    slot: int | None
    role: Role | None
    attention: float

    @property
    def kind(self) -> Literal["raw", "slot", "lost"]:
        """Whether it is still a pair of its own."""
        if self.slot is None:
            return "lost"
        return "raw" if self.slot == self.position else "slot"

    @property
    def place(self) -> str:
        """Where it is, in words."""
        if self.slot is None or self.role is None:
            return "lost"
        name = slot_name(self.slot, self.role)
        return f"raw pair {name}" if self.kind == "raw" else f"in slot {name}"


def fates(run: Trace, head: int | None = None) -> tuple[Fate, ...]:
    """Every word in order.

    Args:
        run: the whole run.
        head: whose attention to show; None is the mean over all heads.

    Raises:
        ValueError: there is no such head.
    """
    if head is not None and not 0 <= head < run.heads:
        raise ValueError(f"head must be 0 to {run.heads - 1}, or None for the mean, got {head}")
    last = run.steps[-1]
    weights, fell = (rows.mean(axis=0) if head is None else rows[head] for rows in (last.weights, last.attribution))
    carrier: dict[int, int] = {}  # position -> row among the slots read; a pair of its own, else the most looked at
    for row in weights.argsort(kind="stable").tolist():
        slot = last.ids[row]
        if slot < 0 and slot in run.made:
            carrier |= dict.fromkeys(run.shares_read(slot, last.index).sources, row)
    carrier |= {slot: row for row, slot in enumerate(last.ids) if slot >= 0}
    lost = set(whereabouts(run, last, range(len(run.tokens))).lost)
    found = []
    for at, word in enumerate(run.tokens):
        row = None if at in lost else carrier[at]
        slot, role = (None, None) if row is None else (last.ids[row], last.roles[row])
        found.append(Fate(at, word, slot, role, float(fell[at])))
    return tuple(found)
