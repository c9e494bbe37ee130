"""Which slots leave the lane they stand in: popped towards a compression, dropped for good, or none of them."""

from collections.abc import Iterator, Sequence

from memattn.lessons.narration import be, received_least, span, verb
from memattn.lessons.prediction.question import At, Prediction, Slots, wrong
from memattn.lessons.prediction.scene import Scene, capital, counted, noun
from memattn.quantities import rounded
from memattn.records import EventKind, Role

NONE = "Nothing leaves"
GIVEN_AWAY = {EventKind.POP, EventKind.DROP, EventKind.MERGE}  # what makes a pair less than a pair of its own


def what_is_popped(scene: Scene) -> Prediction | None:
    """Which pairs leave towards what is made of them."""
    gone = [slot for slot in scene.slots(EventKind.POP) if slot in scene.held and slot not in scene.left]
    return _Leaving(scene, gone, EventKind.POP).question() if gone else None


def what_is_dropped(scene: Scene) -> Prediction | None:
    """Which slots are forgotten that stood in a lane, or join one in this very step."""
    popped, stood = scene.slots(EventKind.POP), {*scene.held, *scene.made}
    gone = [slot for slot in scene.slots(EventKind.DROP) if slot in stood and slot not in popped]
    return _Leaving(scene, gone, EventKind.DROP).question() if gone else None


def what_stays_out(scene: Scene) -> Prediction | None:
    """The same where the answer is that none leaves: slots join, or pairs enter, in a run that never forgets one."""
    if not scene.step.events:
        return None
    keeps = scene.made if scene.made else scene.kinds == [EventKind.PUSH] and len(scene.held) > 1
    if len({scene.left.get(slot) for slot in scene.slots(EventKind.PUSH)}) > 1:
        return None  # what enters one lane leaves another
    if not keeps or scene.trace.kinds & ({EventKind.DROP} if scene.made else GIVEN_AWAY):
        return None
    return _Leaving(scene, [], EventKind.DROP).question()


class _Leaving:
    """The slots that leave at a step, and what people believe of it."""

    def __init__(self, scene: Scene, gone: Sequence[int], kind: EventKind) -> None:
        self.scene, self.gone, self.kind = scene, tuple(gone), kind
        pushed, popped = scene.slots(EventKind.PUSH), scene.slots(EventKind.POP)
        appends = kind is EventKind.DROP and bool(scene.made)  # what leaves does so when what was made has joined
        made = scene.made if appends else []
        self.roles = dict(scene.held)  # as they stand where it is asked
        if appends:
            joined = dict.fromkeys([*scene.lane(Role.COMPRESSED), *made], Role.COMPRESSED)
            self.roles = joined | {slot: role for slot, role in scene.held.items() if slot not in popped}
        self.role = self.roles[gone[0]] if gone else Role.COMPRESSED if made else scene.entered
        self.old = [slot for slot in scene.lane(self.role) if slot in self.roles]
        self.came = made or [slot for slot in pushed if scene.left.get(slot) is self.role or slot in gone]
        self.lane = [*self.old, *(made if self.role is Role.COMPRESSED else [])]
        self.name, self.appends = scene.called(self.role), appends
        self.oldest = self.gone == tuple(self.lane[: len(self.gone)])

    def question(self) -> Prediction:
        """Which slots, or none of them."""
        scene, gone = self.scene, self.gone
        raw = all(slot >= 0 for slot in self.lane)
        what = "pairs" if raw else "slots"
        it = "it" if self.came else self.name
        drops = self.kind is EventKind.DROP
        choice = Slots(tuple(self.roles), none=NONE if drops else "")
        return Prediction(
            name="drop" if drops else "pop",
            at=At(scene.step.index, "append" if self.appends else str(scene.kinds[0])),
            shows=self._shows(),
            title=f"Which {what} leave {self.name}" + (", or none" if drops else ""),
            prompt=f"{self._arrival()}Which {what} leave {it}{', if any' if drops else ''}?",
            choice=choice,
            answer=gone,
            truth=f"Here {self._truth()}",
            beliefs=wrong(gone, list(self._beliefs()), choice),
        )

    def _shows(self) -> str:
        if self.gone:
            return str(self.kind)
        return "append" if self.appends else "push"

    def _arrival(self) -> str:
        if not self.appends:
            return self.scene.arrival
        joins = f"{span(self.came)} now {verb(self.came, 'join')} {self.name}"
        return f"{joins}, which holds {counted(self.old) if self.old else 'nothing yet'}. "

    def _truth(self) -> str:
        """What happens, and by which rule; begins within a sentence."""
        gone = self.gone
        if not gone:
            after = [slot for slot, role in self.scene.left.items() if role is self.role]
            return f"none leaves, {self.name} then holds {counted(after)}."
        which = "oldest " if self.oldest else ""
        them = f"the {counted(gone, which) if len(gone) > 1 else which + noun(gone)} {span(gone, self.role)}"
        return f"{them} {verb(gone, 'leave')}. {self._rule()}"

    def _beliefs(self) -> Iterator[tuple[Sequence[int], str]]:
        """Which slots people choose for which wrong reason, and what to tell them; the more telling reason first."""
        gone, rule, many = self.gone, self._rule(), len(self.gone)
        some = many or 1
        pinned = [
            slot
            for slot, role in self.roles.items()
            if role is Role.GLOBAL is not self.role and slot in self.scene.left
        ]
        for these in filter(None, (pinned, pinned[:1], pinned[:some])):
            names = span(these, Role.GLOBAL)
            yield these, f"{names} {be(these)} pinned and {verb(these, 'stay')}. {rule}"
        if not gone:
            for these, which in ((self.lane[:1], "oldest"), (self.lane[-1:], "newest")):
                yield these, f"The {which} {noun(these)}, {span(these)}, stays: {self._truth()}"
            yield self.lane, f"Not one of {self.name} leaves: {self._truth()}"
            return
        came = f", {counted(self.came)} came in," if self.came else ""
        had = f"{capital(self.name)} held {counted(self.old)}{came} and {many} had to go."
        yield (), f"Nothing leaves? {had} {rule}"
        newest = self.lane[-many:]
        yield newest, f"{span(newest, self.role)} {be(newest)} the newest {noun(newest)}. {rule}"
        if many > 1:
            yield self.lane[:1], f"Only the oldest {noun(gone[:1])}? Here {counted(gone)} leave together."
        yield self.lane, f"Not all of {self.name}: of {counted(self.lane)} only {many} {verb(gone, 'leave')}."
        elsewhere = next((role for role in self.roles.values() if role is not self.role), None)
        current = [slot for slot, role in self.roles.items() if role is Role.CURRENT]
        if self.role is not Role.CURRENT:
            yield current, f"{span(current)} {be(current)} only about to enter {self.scene.called(Role.RECENT)}. {rule}"
        if elsewhere:
            first = [slot for slot, role in self.roles.items() if role is elsewhere][:some]
            where = f"{be(first)} not in {self.name}" if self.titled(elsewhere) else f"{be(first)} of another kind"
            yield first, f"{span(first, elsewhere)} {where}: {self._truth()}"
        yield self._least_read(rule)

    def titled(self, role: Role) -> bool:
        """Whether the lanes have names by which one can tell them apart."""
        return bool(self.scene.titles.get(role) and self.scene.titles.get(self.role))

    def _least_read(self, rule: str) -> tuple[Sequence[int], str]:
        """As many of the lane's slots as leave: those that the last query before the update read least."""
        trace = self.scene.trace
        last = trace.steps[self.scene.step.index - trace.reads_after]
        shown = last.weights.mean(axis=0) if self.scene.head is None else last.weights[self.scene.head]
        weights = dict(zip(last.ids, shown.tolist(), strict=True))
        least = sorted(sorted(self.old, key=lambda slot: weights.get(slot, 0.0))[: len(self.gone)], key=self.old.index)
        share = sum(weights.get(slot, 0.0) for slot in least)
        counts = "what counts is the sum over all words" if self._why() else "that does not decide here"
        return least, (
            f"{span(least, self.role)} got the least attention, {rounded(share)} of it ({self.scene.whose}), but "
            f"{counts}. {rule}"
        )

    def _why(self) -> str:
        """What a pair that leaves had received, where that decides."""
        gone = self.gone
        lost = self.kind is EventKind.DROP and len(gone) == 1 and gone[0] >= 0
        return received_least(self.scene.trace, self.scene.step, gone[0]) if lost else ""

    def _rule(self) -> str:
        """Why these leave, where the run shows it."""
        gone = self.gone
        if not gone:
            return ""
        if len(gone) == len(self.lane):
            return "Nothing else stands there." if len(gone) == 1 else "All that stands there leaves."
        if not self.oldest:
            return f"Here {span(gone, self.role)} {verb(gone, 'leave')}."
        oldest = f"the oldest {noun(gone)} {verb(gone, 'leave')}"
        return f"{capital(self.name)} is a queue, first in, first out: {oldest}. {self._why()}".rstrip()
