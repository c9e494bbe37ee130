"""What an item is: numbers drawn from a seed, a question about them, the answer of the core, and a belief per error."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from memattn.lessons.prediction import Number, Order, Prediction, Sentence, Slots

if TYPE_CHECKING:  # records need NumPy, settings of a memory torch
    from memattn.lessons.lesson import Settings
    from memattn.records import Lane, Trace

NEAR = 0.006  # two digits behind the point are enough; so are three in all, see `near`
LONGEST_NUMBER = 12  # characters of one that is typed
THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")  # a number as the app writes it: 1,024
SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z])")
NONE = "none"  # of the slots, in a link


class Several(NamedTuple):
    """As many of some sentences as are true, chosen by their numbers from 0."""

    offered: tuple[str, ...]


class Fault(NamedTuple):
    """The one of several updates that broke the rule, chosen by its number from 0."""

    offered: tuple[str, ...]


Choice = Slots | Number | Sentence | Order | Several | Fault
Chosen = tuple[float, ...]

FORMS: Mapping[type, str] = {
    Sentence: "choose one",
    Several: "choose all that are true",
    Order: "put in order",
    Number: "type a number",
    Slots: "click the tile",
    Fault: "find the faulty update",
}


class Redraw(Exception):  # noqa: N818  # no error: these numbers ask nothing
    """With these numbers two beliefs lead to one answer, or one of them to the right one."""


class Asked(NamedTuple):
    """What may be chosen, what is right, and what is said to each error.

    Args:
        choice: form of the question.
        answer: as it is chosen: numbers of sentences from 0, identities of slots, or the number itself.
        beliefs: what people choose for a reason, and what is said to them.
        why: of every sentence of `Several`, why it is true or not; () for other forms.
    """

    choice: Choice
    answer: Chosen
    beliefs: Mapping[Chosen, str] = {}
    why: tuple[str, ...] = ()


class Opens(NamedTuple):
    """Where in the lessons the answer can be seen.

    Args:
        page: name of the lesson.
        settings: of the run; None where the lesson's own will do.
        step: at which the stage stands, from 0.
        phase: that has just ended; "" where the step rests.
        further: values of other controls, by name in the link.
    """

    page: str
    settings: "Settings | None" = None
    step: int | None = None
    phase: str = ""
    further: Mapping[str, str | int] = {}


@dataclass(frozen=True, eq=False)
class Played:
    """A run on the stage of the page.

    Args:
        trace: the run.
        lanes: of its memory.
        title: above it.
        reads: "before" or "after", of its memory.
        start: where the stage opens: a step from 0, and a phase that has ended.
        question: that is asked on the stage; None where it only plays.
    """

    trace: "Trace"
    lanes: "tuple[Lane, ...]"
    title: str
    reads: str
    start: tuple[int, str]
    question: Prediction | None = None


@dataclass(frozen=True, eq=False)
class Posed:
    """An item with its numbers.

    Args:
        numbers: what was drawn, by name: all that the answer depends on.
        prompt: the question.
        asked: what may be chosen, and what is right.
        truth: the answer in words, with its reason in these numbers.
        opens: where it can be seen.
        lines: what is given beside the question, one a line.
        played: a run on the stage, if any.
    """

    numbers: Mapping[str, Any]
    prompt: str
    asked: Asked
    truth: str
    opens: Opens
    lines: tuple[str, ...] = ()
    played: Played | None = None

    @property
    def choice(self) -> Choice:
        """What may be chosen."""
        return self.asked.choice

    @property
    def offered(self) -> tuple[str, ...]:
        """The sentences that may be chosen; () where none are."""
        return () if isinstance(self.choice, Slots | Number) else self.choice.offered

    def is_right(self, chosen: Chosen) -> bool:
        """Whether that is the answer."""
        match self.choice:
            case Number():
                return len(chosen) == 1 and near(chosen[0], self.asked.answer[0])
            case Slots() | Several():
                return set(chosen) == set(self.asked.answer)
            case _:
                return chosen == self.asked.answer

    def reply(self, chosen: Chosen) -> str:
        """What is said to a choice: the belief behind it, denied with these numbers; else the truth."""
        if self.is_right(chosen):
            return self.truth
        if isinstance(self.choice, Several):
            missed = [self.asked.why[at] for at in sorted(set(map(int, chosen)) ^ set(map(int, self.asked.answer)))]
            return f"{' '.join(missed)} {self.truth}".strip()
        belief = next((text for wrong, text in self.asked.beliefs.items() if self._same(wrong, chosen)), "").strip()
        if self.truth in belief:
            return belief
        rest = [one for one in SENTENCES.split(self.truth) if one not in belief]  # a rule is not said twice
        return f"{belief} {' '.join(rest)}".strip()

    def _same(self, one: Chosen, other: Chosen) -> bool:
        if isinstance(self.choice, Number):
            return len(one) == len(other) and near(other[0], one[0])
        return set(one) == set(other) if isinstance(self.choice, Slots) else one == other

    def read(self, text: str) -> Chosen:
        """A choice as it stands in a link or is typed: a number; or numbers of what is offered, from 1, by commas.

        Raises:
            ValueError: it is none of this question.
        """
        if text == NONE and isinstance(self.choice, Slots) and self.choice.none:
            return ()
        said = [part.strip().replace("−", "-") for part in text.split(",")]
        if any(len(part) > LONGEST_NUMBER or not part.isascii() for part in said):
            raise ValueError(text)
        if isinstance(self.choice, Number):
            typed = text.strip().replace("−", "-")
            number = float(typed.replace(",", "" if THOUSANDS.fullmatch(typed) else "."))
            if not abs(number) < 10**LONGEST_NUMBER:  # NaN is not
                raise ValueError(text)
            return (number,)
        found = tuple(map(int, said))
        if isinstance(self.choice, Slots):
            allowed = set(self.choice.offered)
            chosen = tuple(at - 1 if at > 0 else at for at in found)
        else:
            allowed = set(range(len(self.offered)))
            chosen = tuple(at - 1 for at in found)
        many = not isinstance(self.choice, Sentence | Fault)
        if len(set(chosen)) < len(chosen) or not set(chosen) <= allowed or (len(chosen) > 1 and not many):
            raise ValueError(text)
        return chosen

    def written(self, chosen: Chosen) -> str:
        """The same the other way round."""
        if isinstance(self.choice, Number):
            return f"{chosen[0]:.8g}"
        return NONE if not chosen else ",".join(str(int(at) + 1 if at >= 0 else int(at)) for at in chosen)

    @property
    def allowed(self) -> str:
        """What `read` takes, in words."""
        match self.choice:
            case Number():
                return "a number"
            case Slots():
                return "numbers of slots of this question, by commas"
            case Sentence() | Fault():
                return f"whole numbers from 1 to {len(self.offered)}"
            case _:
                return f"different whole numbers from 1 to {len(self.offered)}, by commas"

    def complete(self, chosen: Chosen) -> bool:
        """Whether that much has been chosen that it can be judged."""
        if isinstance(self.choice, Order):
            return len(chosen) == len(self.offered)
        return bool(chosen) or bool(isinstance(self.choice, Slots) and self.choice.none)


@dataclass(frozen=True)
class Item:
    """A question that is asked with fresh numbers.

    Args:
        name: in the link.
        title: in lists; says nothing of the answer.
        lesson: name of the page that teaches it.
        pose: draws numbers and asks; the core gives the answer.
        stem: what it is about, among the things that everybody should be able to say.
    """

    name: str
    title: str
    lesson: str
    pose: Callable[[Random], Posed] = field(repr=False)
    stem: str = ""

    def ask(self, seed: int) -> Posed:
        """The same numbers for the same seed."""
        for attempt in count():
            try:
                return self.pose(Random(f"{self.name} {seed} {attempt}"))
            except Redraw:
                continue
        raise AssertionError  # the count does not end


# --- forms ------------------------------------------------------------------------------------------------------------


def among(rng: Random, right: str, denied: Mapping[str, str]) -> Asked:
    """One of several sentences, in any order.

    Args:
        rng: for the order.
        right: the answer.
        denied: by wrong sentence what is said to it.

    Raises:
        Redraw: a wrong sentence is the right one, or fewer than two are left.
    """
    if right in denied or len(denied) < 2:
        raise Redraw
    offered = [right, *denied]
    rng.shuffle(offered)
    return Asked(Sentence(tuple(offered)), *_told(offered, right, denied))


def faulty(wrong: str, denied: Mapping[str, str], offered: Sequence[str]) -> Asked:
    """The one update that broke the rule.

    Args:
        wrong: that update.
        denied: by update that kept it, why.
        offered: all of them, as they followed each other.
    """
    return Asked(Fault(tuple(offered)), *_told(offered, wrong, denied))


def _told(offered: Sequence[str], right: str, denied: Mapping[str, str]) -> tuple[Chosen, dict[Chosen, str]]:
    """The answer, and what is said to all others, by their numbers."""
    return (offered.index(right),), {(offered.index(wrong),): text for wrong, text in denied.items()}


def several(rng: Random, told: Sequence[tuple[str, bool, str]]) -> Asked:
    """All that are true of several sentences, in any order.

    Args:
        rng: for the order.
        told: sentence, whether it is true, and why.

    Raises:
        Redraw: two sentences are the same, or none is true, or all are.
    """
    told = list(told)
    rng.shuffle(told)
    right = tuple(at for at, (_, true, _) in enumerate(told) if true)
    if len({sentence for sentence, _, _ in told}) < len(told) or not 0 < len(right) < len(told):
        raise Redraw
    return Asked(Several(tuple(one for one, _, _ in told)), right, why=tuple(why for _, _, why in told))


def near(said: float, number: float) -> bool:
    """Whether a number is said well enough: a whole one exactly, others to two digits behind the point or three in all.

    As many as replies have: whoever says what the reply says is right.
    """
    if abs(said - number) < NEAR:
        return True
    return abs(number - round(number)) > NEAR and f"{said:.3g}" == f"{number:.3g}"


def typed(answer: float, unit: str, denied: Sequence[tuple[float, str]]) -> Asked:
    """A number.

    Args:
        answer: that is right.
        unit: of what, in the plural.
        denied: wrong numbers and what is said to them; of two that are the same the first has the word.

    Raises:
        Redraw: not even one of them is wrong.
    """
    beliefs: dict[Chosen, str] = {}
    for wrong, text in denied:
        if not any(_alike(wrong, other) for other in (answer, *(own[0] for own in beliefs))):
            beliefs[(wrong,)] = text
    if not beliefs:
        raise Redraw
    return Asked(Number(unit), (answer,), beliefs)


def _alike(one: float, other: float) -> bool:
    """Whether some number that is typed may be either."""
    return abs(one - other) < 2 * NEAR or near(one, other) or near(other, one)


def of_stage(question: Prediction) -> Asked:
    """What the stage asks: slots to click, or things to put in order."""
    return Asked(question.choice, question.answer, {one.chosen: one.text for one in question.beliefs})
