"""Predictions: a question before an event, whose answer the trace gives and nobody writes down.

What is said to a wrong answer names the belief behind it and denies it with the numbers of this run; a rule such as
"first in, first out" is stated only where the run followed it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from memattn.lessons.narration import Titles, be, before, count, head_name, lane_name, slots_of, span, verb, words
from memattn.records import EventKind, Role, Step, Trace

Beliefs = Iterable[tuple[Sequence[int], str]]


@dataclass(frozen=True)
class Prediction:
    """A moment at which the player stops and asks.

    Args:
        step: before this step's update.
        prompt: the question about slots.
        lane: role of the slots that are asked about.
        choices: identities of all slots that can be chosen.
        answer: identities of the slots that are right, from the trace.
        number: a second question with options and its answer, from the trace.
        feedback: what to say, by what was chosen.
    """

    step: int
    prompt: str
    lane: str
    choices: tuple[int, ...]
    answer: tuple[int, ...]
    number: Mapping[str, object]
    feedback: Mapping[str, object] = field(default_factory=dict)


def predictions(trace: Trace, titles: Titles | None = None, rate: int | None = None) -> tuple[Prediction, ...]:
    """What a run offers to ask: its first compression, or else the first pairs that leave; () where nothing does.

    Args:
        trace: the run.
        titles: names of the lanes by role, as in `narration.sentences`.
        rate: pairs per slot, c, where the memory compresses; is then said in the explanations.
    """
    return first_compression(trace, titles, rate) or first_departure(trace, titles)


def first_compression(trace: Trace, titles: Titles | None = None, rate: int | None = None) -> tuple[Prediction, ...]:
    """Ask which pairs are popped and how many slots they become, at the first step where one of these slots stays."""
    for step in trace.steps:
        popped, made = slots_of(step, EventKind.POP), [e for e in step.events if e.kind is EventKind.COMPRESS]
        if popped and any(slot in step.held_ids for event in made for slot in event.into):
            return (_Question(trace, step, popped, titles or {}).of_compression(len(made), rate),)
    return ()


def first_departure(trace: Trace, titles: Titles | None = None) -> tuple[Prediction, ...]:
    """Ask which pairs leave, at the first step where pairs do that had been held."""
    for step in trace.steps:
        gone = [*slots_of(step, EventKind.POP), *slots_of(step, EventKind.DROP)]
        gone = [slot for slot in dict.fromkeys(gone) if slot >= 0]
        if gone and before(trace, step).keys() >= set(gone):
            return (_Question(trace, step, gone, titles or {}).of_departure(),)
    return ()


class _Question:
    """The pairs that leave at a step, and what people believe of it."""

    def __init__(self, trace: Trace, step: Step, gone: Sequence[int], titles: Titles) -> None:
        self.trace, self.step, self.gone = trace, step, tuple(gone)
        self.held = before(trace, step)
        self.lane = self.held.get(self.gone[0], Role.RECENT)
        self.slots = [slot for slot, role in self.held.items() if role is self.lane]
        self.pushed = [slot for slot in slots_of(step, EventKind.PUSH) if slot not in gone]
        self.titles, self.name = titles, lane_name(titles, self.lane)
        self.oldest = self.gone == tuple(self.slots[: len(self.gone)])

    def of_compression(self, made: int, rate: int | None) -> Prediction:
        """Which pairs are popped, and how many slots they become."""
        many, make = len(self.gone), _make(len(self.gone), made, rate)
        options = sorted({1, made, many, max(1, many - made)} | ({made + 1} if made > 1 else {2}))
        into = self.titles.get(Role.COMPRESSED)
        numbers = {n: _wrong_number(n, many, make, rate) for n in options if n != made}
        return self._prediction(
            prompt=f"{self._arrival()}Which pairs leave {'it' if self.pushed else self.name}?",
            number=("And how many new slots appear" + (f" in {into}" if into else "") + "?", options, made),
            right=f"Right: the {self._pairs()} {verb(self.gone, 'leave')}, and {make}.",
            numbers=numbers,
        )

    def of_departure(self) -> Prediction:
        """Which pairs leave, and how many."""
        many, all_ = len(self.gone), len(self.slots)
        options = sorted({0, 1, many, all_})
        came = f", {count(self.pushed, 'pair')} came in," if self.pushed else ""
        texts = {
            0: f"Nothing leaves? {_capital(self.name)} held {count(self.slots, 'pair')}{came} and {many} had to go.",
            1: f"Not one by one: {count(self.gone, 'pair')} leave together.",
            all_: f"Not all of them: only {many} of {all_}.",
        }
        pairs = "pair leaves" if many == 1 else "pairs leave"
        return self._prediction(
            prompt=f"{self._arrival()}Which {pairs} {'it' if self.pushed else self.name}?",
            number=("And how many pairs leave with this token?", options, many),
            right=f"Right: {span(self.gone)} {words(self.trace, self.gone)} {verb(self.gone, 'leave')}. {self._rule()}",
            numbers={option: texts[option] for option in options if option != many},
        )

    def _prediction(
        self, prompt: str, number: tuple[str, list[int], int], right: str, numbers: Mapping[int, str]
    ) -> Prediction:
        beliefs: dict[tuple[int, ...], str] = {}
        for slots, text in self._beliefs():
            if slots and set(slots) != set(self.gone):
                beliefs.setdefault(tuple(slots), text)
        asked, options, answer = number
        return Prediction(
            step=self.step.index,
            prompt=prompt,
            lane=self.lane,
            choices=tuple(slot for slot in self.held if slot >= 0),
            answer=self.gone,
            number={"prompt": asked, "options": options, "answer": answer},
            feedback={
                "right": right,
                "otherwise": f"The {self._pairs()} {span(self.gone)} {verb(self.gone, 'leave')}. {self._rule()}",
                "misconceptions": [{"slots": list(slots), "text": text} for slots, text in beliefs.items()],
                "numbers": {str(option): text for option, text in numbers.items()},
            },
        )

    def _beliefs(self) -> Beliefs:
        """Which slots people choose for which wrong reason, and what to tell them; the more telling reason first."""
        many, rule = len(self.gone), self._rule()
        pinned = [slot for slot, role in self.held.items() if role is Role.GLOBAL and slot >= 0]
        pinned = [slot for slot in pinned if slot in self.step.held_ids]
        for some in (pinned, pinned[:1], pinned[:many]):
            yield some, f"{span(some)} {be(some)} pinned and {verb(some, 'stay')}. {rule}"
        newest = self.slots[-many:]
        yield newest, f"{_those(newest)} the newest {_noun(newest)}. {rule}"
        if many > 1:
            yield self.slots[:1], f"Only the oldest pair? Here {many} pairs leave together."
        yield (
            self.slots,
            f"Not all of {self.name}: of {count(self.slots, 'pair')} only {many} {verb(self.gone, 'leave')}.",
        )
        current = [slot for slot, role in self.held.items() if role is Role.CURRENT]
        if self.lane is not Role.CURRENT:
            yield current, f"{span(current)} {be(current)} only about to enter {self.name}. {rule}"
        yield self._least_read(rule)

    def _least_read(self, rule: str) -> tuple[Sequence[int], str]:
        """As many of the lane's pairs as leave: those that the last query before the update read least."""
        last = self.trace.steps[self.step.index - self.trace.reads_after]
        weights = dict(zip(last.ids, last.weights.mean(axis=0).tolist(), strict=True))
        least = sorted(sorted(self.slots, key=lambda slot: weights.get(slot, 0.0))[: len(self.gone)])
        share = sum(weights.get(slot, 0.0) for slot in least)
        whose = head_name(self.trace.heads, None)
        return least, (
            f"{span(least)} got the least attention, {share:.2g} of it ({whose}), but that does not decide here. {rule}"
        )

    def _rule(self) -> str:
        """Why these leave, where the run shows it."""
        if len(self.gone) == len(self.slots):
            return "Nothing else stands there." if len(self.gone) == 1 else "All that stands there leaves."
        if not self.oldest:
            return f"Here {span(self.gone)} {verb(self.gone, 'leave')}."
        oldest = f"the oldest {_noun(self.gone)} {verb(self.gone, 'leave')}"
        return f"{_capital(self.name)} is a queue, first in, first out: {oldest}."

    def _arrival(self) -> str:
        if not self.pushed:
            return ""
        if len(self.pushed) == 1:
            return f"The pair {span(self.pushed)} {words(self.trace, self.pushed)} now enters {self.name}. "
        return f"The segment is full and its {count(self.pushed, 'pair')} now enter {self.name}. "

    def _pairs(self) -> str:
        kind = "oldest " if self.oldest else ""
        return count(self.gone, f"{kind}pair") if len(self.gone) > 1 else f"{kind}pair"


def _wrong_number(option: int, many: int, make: str, rate: int | None) -> str:
    if option == many:
        return f"That would be one slot per pair, no compression at all. Here {make}."
    if option == 1:
        return f"Not all become one. Here {make}."
    about = "" if rate is None else f"About one slot for every c = {rate} {'pair' if rate == 1 else 'pairs'}. "
    return f"{about}Here {make}."


def _make(many: int, made: int, rate: int | None) -> str:
    return f"{many} pair{'s' * (many != 1)} make{'s' * (many == 1)} {made} slot{'s' * (made != 1)}" + (
        "" if rate is None else f" at rate c = {rate}"
    )


def _those(slots: Sequence[int]) -> str:
    return "That is" if len(slots) == 1 else "Those are"


def _noun(slots: Sequence[int]) -> str:
    return "pair" if len(slots) == 1 else "pairs"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
