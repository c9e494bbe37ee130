"""What is known of memories that were asked about contracts: plain data, and what follows from it in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memattn.intervals import CONFIDENCE, Paired, Proportion
from memattn.quantities import rounded
from memattn.records import Role, counted

KIB = 1024


@dataclass(frozen=True)
class Asked:
    """One question.

    Args:
        subject: what it was about.
        section: of the contract, from 0, where the first fact stands that it needs.
        right: whether it was answered rightly.
    """

    subject: str
    section: int
    right: bool


@dataclass(frozen=True)
class Tried:
    """A memory that was asked.

    Args:
        name: with its settings.
        family: what it is, without them.
        values: of its settings, in the order of its family's dials.
        role: what most of it is, for its colour.
        bytes: of the true streaming state, where it is fullest while a contract is read.
        asked: as far as it has been asked, of the same questions in the same order as all others.
    """

    name: str
    family: str
    values: tuple[int, ...]
    role: Role
    bytes: int
    asked: tuple[Asked, ...]

    def share(self, counts: Callable[[Asked], bool] = lambda one: True) -> Proportion | None:
        """Right among the questions that count; None where there is none."""
        marks = [one.right for one in self.asked if counts(one)]
        return Proportion(sum(marks), len(marks)) if marks else None

    @property
    def right(self) -> int:
        """Questions answered rightly."""
        return sum(one.right for one in self.asked)

    def against(self, other: "Tried") -> Paired:
        """Beside another, question by question: all are asked the same."""
        return Paired.of([one.right for one in self.asked], [one.right for one in other.asked])

    @property
    def code(self) -> str:
        """What it is called where a figure says which of its points was clicked."""
        return " ".join((self.family, *map(str, self.values)))


@dataclass(frozen=True)
class Bounds:
    """What can be said of every memory, without asking.

    Args:
        line: what a memory reaches that keeps the newest pairs and no others, (bytes, share of right answers).
        chance: of a blind guess.
        facts: told in a contract.
        counting: bytes in which all their answers can be written down.
    """

    line: tuple[tuple[float, float], ...]
    chance: float
    facts: int
    counting: int


@dataclass(frozen=True)
class Exam:
    """How far it has come.

    Args:
        own: the learner's choice.
        tried: every memory that has been asked all questions, the choice among them.
        complete: whether all is known.
        bounds: what can be said without asking anybody.
    """

    own: Tried
    tried: tuple[Tried, ...]
    complete: bool
    bounds: Bounds

    def best(self, budget: int) -> Tried | None:
        """Of those in the budget who answers most; of several, the smallest."""
        return min(self.inside(budget), key=lambda one: (-one.right, one.bytes), default=None)

    def inside(self, budget: int) -> list[Tried]:
        """What keeps the budget."""
        return [one for one in self.tried if one.bytes <= budget]

    def better(self, budget: int) -> Tried | None:
        """What would have answered more than the choice within the budget; None where nothing that was tried did."""
        best = self.best(budget)
        return best if best and self.complete and best.right > self.own.right else None

    def full(self) -> Tried | None:
        """Full attention, which forgets nothing."""
        return next((one for one in self.tried if one.family == "full"), None)


@dataclass(frozen=True)
class ByKind:
    """Recall by kind of question and by place of the fact.

    Args:
        shown: some memories, by what they are to the learner.
        subjects: of questions.
        sections: of a contract.
        chance: of a blind guess.
    """

    shown: tuple[tuple[str, Tried], ...]
    subjects: tuple[str, ...]
    sections: tuple[str, ...]
    chance: float

    def rows(self, tried: Tried) -> tuple[Proportion | None, ...]:
        """Right answers by subject, then by section; None where nothing was asked yet."""
        return (
            *(tried.share(lambda one, about=about: one.subject == about) for about in self.subjects),  # type: ignore[misc]
            *(tried.share(lambda one, at=at: one.section == at) for at in range(len(self.sections))),  # type: ignore[misc]
        )


@dataclass(frozen=True)
class Frontier:
    """Recall against bytes.

    Args:
        exam: what is known.
        budget: bytes.
        families: names by key, in order.
    """

    exam: Exam
    budget: int
    families: tuple[tuple[str, str], ...]


def kib(count: float) -> str:
    """Bytes as the budget counts them."""
    return f"{count / KIB:,.0f} KiB" if count >= 10 * KIB else f"{count / KIB:,.1f} KiB"


def verdict(exam: Exam, budget: int, sections: Sequence[str]) -> str:
    """What the choice reached, what it lost, and what a better choice under the same budget would have reached."""
    own, better, asked = exam.own, exam.better(budget), len(exam.own.asked)
    said = (
        f"Your choice answers {own.right} of {asked} with {kib(own.bytes)}, a blind guess "
        f"{rounded(exam.bounds.chance * asked)}{_least(own, sections)}. "
    )
    if better is None:
        return f"{said}Nothing else that was tried in {kib(budget)} answers more."
    return (
        f"{said}In {kib(budget)} a better choice was {better.name}: {better.right} of {asked} with "
        f"{kib(better.bytes)}, {counted(better.right - own.right, 'answer')} more. "
        f"{_how_sure(better.against(own), len(exam.inside(budget)))}"
    )


def _least(own: Tried, sections: Sequence[str]) -> str:
    """The sections about which least is answered; nothing where all are alike."""
    told = {name: own.share(lambda one, at=at: one.section == at) for at, name in enumerate(sections)}  # type: ignore[misc]
    shares = {name: share for name, share in told.items() if share}
    worst = min(share.value for share in shares.values())
    least = [f"the {name} ({one.right} of {one.total})" for name, one in shares.items() if one.value == worst]
    return f"; least about facts of {' and '.join(least)}" if len(least) < len(shares) else ""


def _how_sure(split: Paired, tried: int) -> str:
    """Whether it is more than luck, which is at work more often in the best of so many than in one."""
    said = f"Of the same questions it alone answers {split.won}, your choice alone {split.lost}"
    if not split.shows:
        return f"{said}: that may be luck (sign test)."
    if split.luck * tried > 1 - CONFIDENCE:
        return f"{said}: for two memories more than luck (sign test), but this is the best of {tried} that fit."
    return f"{said}: more than luck (sign test), also for the best of {tried} that fit."
