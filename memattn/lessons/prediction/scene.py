"""What every sort of question asks of a step: what it finds, what happens in it, and how that is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from memattn.lessons.narration import Titles, before, count, head_name, lane_name, slots_of, span, words
from memattn.records import Event, EventKind, Role, Step, Trace


@dataclass(frozen=True)
class Scene:
    """A step of a run.

    Args:
        trace: the run.
        step: of it.
        titles: names of the lanes by role.
        rate: pairs per slot where the memory compresses, to be said.
        head: whose attention is asked about; None is the mean over heads.
    """

    trace: Trace
    step: Step
    titles: Titles
    rate: int | None = None
    head: int | None = None

    @cached_property
    def held(self) -> dict[int, Role]:
        """The slots that the update finds, oldest first, with their roles."""
        return before(self.trace, self.step)

    def of(self, kind: EventKind) -> list[Event]:
        """What happens in the step, of one kind."""
        return [event for event in self.step.events if event.kind is kind]

    def slots(self, kind: EventKind) -> list[int]:
        """The slots to which that happens, each once: heads may share a pair."""
        return list(dict.fromkeys(slots_of(self.step, kind)))

    @cached_property
    def made(self) -> list[int]:
        """The slots that a compression makes in the step."""
        return list(dict.fromkeys(slot for event in self.of(EventKind.COMPRESS) for slot in event.into))

    @cached_property
    def kinds(self) -> list[EventKind]:
        """What happens in the step, one after the other."""
        return list(dict.fromkeys(event.kind for event in self.step.events))

    def lane(self, role: Role) -> list[int]:
        """The slots of a role that the update finds."""
        return [slot for slot, own in self.held.items() if own is role]

    def called(self, role: Role | None) -> str:
        """A lane within a sentence."""
        return lane_name(self.titles, role)

    def words(self, slots: Sequence[int]) -> str:
        """The words of some raw pairs, in quotes."""
        return words(self.trace, slots)

    @cached_property
    def left(self) -> dict[int, Role]:
        """The slots that the update leaves, with their roles."""
        return dict(zip(self.step.held_ids, self.step.held_roles, strict=True))

    @property
    def entered(self) -> Role:
        """Of the lane into which pairs are pushed."""
        pushed = self.slots(EventKind.PUSH)
        return self.left.get(pushed[0], Role.RECENT) if pushed else Role.RECENT

    @property
    def arrival(self) -> str:
        """What enters with this step, as a sentence; "" where nothing does."""
        pushed = self.slots(EventKind.PUSH)
        if not pushed:
            return ""
        lane = self.called(self.entered)
        if len(pushed) == 1:
            return f"The pair {span(pushed)} {self.words(pushed)} now enters {lane}. "
        return f"The segment is full and its {count(pushed, 'pair')} now enter {lane}. "

    @property
    def whose(self) -> str:
        """Whose attention is asked about, in words."""
        return head_name(self.trace.heads, self.head)


def capital(name: str) -> str:
    """A name as a sentence begins with it."""
    return name[:1].upper() + name[1:]


def noun(slots: Sequence[int]) -> str:
    """What these are called together: raw pairs, or slots."""
    raw = all(slot >= 0 for slot in slots)
    return ("pair" if raw else "slot") + ("" if len(slots) == 1 else "s")


def counted(slots: Sequence[int], which: str = "") -> str:
    """How many there are: "6 oldest pairs", "1 slot"."""
    return f"{len(slots)} {which}{noun(slots)}"
