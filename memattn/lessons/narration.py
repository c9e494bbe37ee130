"""Sentences about a step, written from its record: what the event line and the live region say.

Positions are told from 1, as they are everywhere on the screen. A lane is named only where the memory has it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, groupby, islice

import numpy as np

from memattn.bidi import isolated, undirected
from memattn.quantities import rounded
from memattn.records import Event, EventKind, Lane, Role, Step, Trace

MOST_WORDS = 8
MOST_GROUPS = 4  # of a compression, that are told one by one
LETTERS = {"global": "g", "retrieved": "r"}  # of slots that a memory made; of all others c
COURSE_NAMES = ("Mem", "CMem")  # need no article

Titles = Mapping[Role, str]
Roles = dict[int, Role]


def slot_name(slot: int, role: str = "compressed") -> str:
    """Short name of a slot: k17 for the 17th raw pair, c3 for a compressed one, Σ for a summary, g2 for a global."""
    if slot >= 0:
        return f"k{slot + 1}"
    return "Σ" if role == "summary" else f"{LETTERS.get(role, 'c')}{-slot}"


def span(slots: Sequence[int], role: str = "compressed") -> str:
    """Name several slots: k3, or k3–k9 where they follow one another, as in "k3–k9, k12"."""
    runs: list[tuple[int, int]] = []
    for slot in slots:
        first, last = runs[-1] if runs else (slot, slot)
        if slot == last + (1 if last >= 0 else -1):
            runs[-1] = first, slot
        else:
            runs.append((slot, slot))
    names = (
        slot_name(first, role) if first == last else f"{slot_name(first, role)}–{slot_name(last, role)}"
        for first, last in runs
    )
    return ", ".join(names) or "nothing"


def words(trace: Trace, sources: Sequence[int]) -> str:
    """The words at some positions, in quotes; the middle is left out when there are many."""
    told = sources if len(sources) <= MOST_WORDS else (*sources[: MOST_WORDS // 2], *sources[-MOST_WORDS // 2 :])
    text = [undirected(trace.tokens[source]) for source in told]
    if len(told) < len(sources):
        text.insert(MOST_WORDS // 2, "…")
    return f"“{isolated(' '.join(text))}”"


def head_name(heads: int, head: int | None) -> str:
    """Whose attention a number is: "one head", "head 3 of 4", or "mean of 4 heads" where head is None."""
    if heads == 1:
        return "one head"
    return f"mean of {heads} heads" if head is None else f"head {head + 1} of {heads}"


def titles(lanes: Iterable[Lane]) -> dict[Role, str]:
    """What the slots of every role are called together."""
    return {lane.role: lane.title for lane in lanes}


def lane_name(titles: Titles, role: Role | None) -> str:
    """A lane within a sentence; "the memory" where it has no title."""
    title = titles.get(role, "") if role else ""
    return title if title in COURSE_NAMES else f"the {title.lower()} lane" if title else "the memory"


def before(trace: Trace, step: Step) -> dict[int, Role]:
    """The slots that an update found, oldest first, with their roles; where it comes after the read, its own pair."""
    if not trace.reads_after:
        return dict(zip(step.ids, step.roles, strict=True))
    if not step.index:
        return {}
    found = trace.steps[step.index - 1]
    return dict(zip(found.held_ids, found.held_roles, strict=True))


def slots_of(step: Step, kind: EventKind) -> list[int]:
    """The slots to which something happened in a step."""
    return [slot for event in step.events if event.kind is kind for slot in event.slots]


def sentences(trace: Trace, step: Step, head: int | None = None, titles: Titles | None = None) -> list[str]:
    """One sentence for the arrival and read, then those of the changes, in causal order.

    Args:
        trace: the run.
        step: of the run.
        head: whose attention; None is the mean over heads.
        titles: as for `changes`.
    """
    return [reading(trace, step, head), *changes(trace, step, titles)]


def changes(trace: Trace, step: Step, titles: Titles | None = None) -> list[str]:
    """One sentence per group of like events, in causal order.

    A compression has two: the second says which lane its slots join. What has no room there is dropped after it.

    Args:
        trace: the run.
        step: of the run.
        titles: names of the lanes by role, as the stage shows them; a lane without a name is "the memory".
    """
    change, told = _Change(trace, step, titles or {}), []
    for kind, group in groupby(step.events, key=lambda event: event.kind):
        events = list(group)
        told.append(change.sentence(kind, events))
        if kind is EventKind.COMPRESS:
            told.append(change.append(events))
    return told


def reading(trace: Trace, step: Step, head: int | None = None) -> str:
    """Who reads how many slots, and where most weight falls."""
    weights = step.weights.mean(axis=0) if head is None else step.weights[head]
    at = int(weights.argmax())
    slot, role = step.ids[at], step.roles[at]
    name = slot_name(slot, role)
    if slot == step.index:
        most = "itself"
    elif slot >= 0:
        most = f"{name} {words(trace, (slot,))}"
    else:
        sources = _parts(trace, slot, step, head)
        most = f"{name}, made of {words(trace, sources)}" if sources else name
    of = f"{met(step)} of " if met(step) < len(step.ids) else ""
    return (
        f"{slot_name(step.index)} {words(trace, (step.index,))} reads {of}{count(step.ids, 'slot')}; "
        f"most weight{_whose(trace, head)}, {rounded(weights[at])}, falls on {most}."
    )


def met(step: Step) -> int:
    """Slots that the query does not pass by; every head chooses as many."""
    return int(np.isfinite(step.scores).sum(axis=-1).max())


def _whose(trace: Trace, head: int | None) -> str:
    if trace.heads == 1:
        return ""
    return f" in {'the ' if head is None else ''}{head_name(trace.heads, head)}"


def _parts(trace: Trace, slot: int, step: Step, head: int | None) -> tuple[int, ...]:
    """Sources that have a part in the value as this head read it; () for a slot that stems from no source."""
    try:
        shares = trace.shares_read(slot, step.index)
    except KeyError:
        return ()
    values = shares.values.mean(axis=0) if head is None else shares.values[head]
    own = tuple(source for source, share in zip(shares.sources, values, strict=True) if share > 0)
    return own or shares.sources


def received_least(trace: Trace, step: Step, lost: int, who: str = "It") -> str:
    """Why a raw pair goes where every slot made is one whole pair that heads keep by attention; else ""."""
    return _Change(trace, step, {}).least(lost, who)


def takes_place(trace: Trace, step: Step, pair: int, into: Sequence[int]) -> str:
    """Which places a pair takes, by heads, where each slot is one whole pair: "it takes the place g3 in head 2"."""
    return _Change(trace, step, {}).taken([pair], into)


class _Change:
    """What an update did, and to which lanes."""

    def __init__(self, trace: Trace, step: Step, titles: Titles) -> None:
        self.trace, self.step, self.titles = trace, step, titles
        self.popped = slots_of(step, EventKind.POP)

    @cached_property
    def before(self) -> Roles:
        return before(self.trace, self.step)

    @cached_property
    def after(self) -> Roles:
        return dict(zip(self.step.held_ids, self.step.held_roles, strict=True))

    @cached_property
    def passing(self) -> Roles:
        """Slots that the update made: what is dropped at once is held by nothing afterwards."""
        compressed = (event for event in self.step.events if event.kind is EventKind.COMPRESS)
        return dict.fromkeys((slot for event in compressed for slot in event.into), Role.COMPRESSED)

    @cached_property
    def made(self) -> list[int]:
        """Slots held after the update that are no raw pairs."""
        return [slot for slot in self.after if slot < 0]

    @cached_property
    def roles(self) -> Roles:
        """Of every slot, where it was seen last."""
        return {**self.passing, **self.before, **self.after}

    def role(self, slot: int) -> Role | None:
        """Of a slot, where it was seen last."""
        return self.roles.get(slot)

    def sentence(self, kind: EventKind, events: Sequence[Event]) -> str:
        """What happened in events of one kind."""
        slots = list(dict.fromkeys(chain.from_iterable(event.slots for event in events)))  # heads may share a pair
        into = list(dict.fromkeys(chain.from_iterable(event.into for event in events)))
        match kind:
            case EventKind.PUSH:
                return self._push(slots)
            case EventKind.PIN:
                return self._pin(slots, into)
            case EventKind.POP:
                return self._pop(slots)
            case EventKind.COMPRESS:
                return self._compress(slots, into, events)
            case EventKind.MERGE:
                return self._merge(slots, into)
            case EventKind.DROP:
                return self._drop(slots, sorted({source for event in events for source in event.sources}))

    def _push(self, slots: Sequence[int]) -> str:
        found = dict.fromkeys(map(self.after.get, slots))
        lanes = {role: [slot for slot in slots if self.after.get(slot) is role] for role in found}
        if len(lanes) > 1 and not any(self.before.get(slot) is Role.CURRENT for slot in slots):
            return " ".join(map(self._push, lanes.values()))
        if not lanes.keys() - {None}:  # a memory without room for any
            whole = f"The segment is full, and there is no room for its {count(slots, 'pair')} {self._names(slots)}."
            return whole if len(slots) > 1 else f"There is no room for {self._names(slots)}."
        lane = self._lane(self.after, slots)
        if len(slots) > 1 and all(self.before.get(slot) is Role.CURRENT for slot in slots):
            return f"The segment is full: its {count(slots, 'pair')} {self._names(slots)} enter {lane}."
        return f"{self._things(slots)} {verb(slots, 'enter')} {lane}."

    def _pin(self, slots: Sequence[int], into: Sequence[int]) -> str:
        if into and min(into) < 0:
            return f"{self._things(slots)} {verb(slots, 'become')} {self._names(into)}."
        tokens = "a global token" if len(slots) == 1 else "global tokens"
        held = set(self.trace.steps[-1].held_ids)
        stay = f" and {verb(slots, 'stay')} to the end" if held.issuperset(slots) else ""
        return f"{self._things(slots)} {be(slots)} pinned as {tokens}{stay}."

    def _pop(self, slots: Sequence[int]) -> str:
        pushed = slots_of(self.step, EventKind.PUSH)
        roles = {self.before.get(slot) for slot in slots if slot not in pushed}
        lane = [slot for slot, role in self.before.items() if role in roles and slot not in pushed]
        which = "oldest " if [*lane, *pushed][: len(slots)] == list(slots) else ""
        them = _counted(slots, which) if len(slots) > 1 else which + _noun(slots)
        them = f"he {them} {self._names(slots)} {verb(slots, 'leave')} {self._lane(self.before, lane)}."
        return ("To make room, t" if pushed else "T") + them

    def _compress(self, slots: Sequence[int], into: Sequence[int], events: Sequence[Event]) -> str:
        parts = [f"{self._names(e.slots)} {verb(e.slots, 'make')} {self._names(e.into)}" for e in events]
        shown = "; ".join(parts if len(parts) <= MOST_GROUPS else [*parts[:2], "…", parts[-1]])
        return f"{_counted(slots)} {verb(slots, 'become')} {count(into, 'slot')}: {shown}."

    def append(self, events: Sequence[Event]) -> str:
        """Slots that were made join their lane, which may by then hold more than it keeps."""
        into = [slot for event in events for slot in event.into]
        role, roles = self.role(into[0]), self.roles
        held = [slot for slot in (*self.before, *into) if roles.get(slot) is role]
        beyond = [slot for slot in held if slot not in self.after]
        room = f", {len(beyond)} too many" if beyond else ""
        lane = self._lane({slot: role for slot in into if role and roles.get(slot) is role}, into)
        return f"{self._names(into)} {verb(into, 'join')} {lane}, which now holds {count(held, 'slot')}{room}."

    def _merge(self, slots: Sequence[int], into: Sequence[int]) -> str:
        them = self._things(slots)
        if taken := self.taken(slots, into):
            return (
                f"To make room, the oldest pair {self._names(slots)} leaves {self._lane(self.before, slots)}: {taken}."
            )
        if len(slots) > 1 and all(self.before.get(slot) is Role.CURRENT for slot in slots):
            them = f"The segment is full: its {count(slots, 'pair')} {self._names(slots)}"
        return f"{them} {be(slots)} merged into {self._names(into)}."

    def taken(self, slots: Sequence[int], into: Sequence[int]) -> str:
        """Which places a pair takes, by heads, where each slot is one whole pair; else ""."""
        if len(slots) > 1 or not all(slot in self.before and self._whole(slot) for slot in into):
            return ""
        if self.trace.heads == 1:
            return f"it takes the place {self._names(into)}"
        heads = (self._holding(slot, slots[0], self.step.index) for slot in into)
        places = (f"{self._names([slot])} in {_heads(own)}" for slot, own in zip(into, heads, strict=True))
        return f"it takes the place {', '.join(places)}"

    def least(self, lost: int, who: str) -> str:
        """Why a raw pair goes where every other slot is one whole pair that heads keep by attention; else ""."""
        places = self.made
        if not places or not all(self._whole(slot) for slot in places):
            return ""
        received, trace = self.trace.received[:, lost], self.trace
        if trace.heads == 1:
            return f"{who} had received least attention: {rounded(received[0])}."
        if lost in self.before:
            mean = head_name(trace.heads, None)
            return f"{who} had received least attention in every head: {rounded(received.mean())} in the {mean}."
        last = sorted({head for slot in places for head in self._holding(slot, lost, self.step.index - 1)})
        shown = _listed([rounded(received[head]) for head in last])
        return f"{who} had received least attention in {_heads(last)}, the last to hold it: {shown}."

    def _whole(self, slot: int) -> bool:
        """Whether a made slot is one pair as it was, in every head."""
        try:
            return self.trace.whole(slot, self.step.index)
        except KeyError:
            return False

    def _holding(self, slot: int, source: int, step: int) -> list[int]:
        """Heads in which a slot carries a source at a step."""
        shares = self.trace.shares(slot, step)
        if source not in shares.sources:
            return []
        column = shares.values[:, shares.sources.index(source)]
        return [int(head) for head in np.flatnonzero(column)]

    def _drop(self, slots: Sequence[int], sources: Sequence[int]) -> str:
        """Pairs that came out of a pop and went nowhere, and slots that leave a lane, are told one after the other."""
        over = [slot for slot in slots if slot in self.popped]
        left = [slot for slot in slots if slot not in over]
        told = []
        if over:
            nothing = f"Nothing is made of {self._names(over)} {words(self.trace, over)}"
            told.append(self._fate(f"{nothing}, which", over, over, ""))
        if left:
            raw, made = [slot for slot in left if slot >= 0], [slot for slot in left if slot < 0]
            stem = [source for source in sources if source not in slots]
            own = [source for source in sources if source not in over]
            why, where = self._reason(left), self._left(left)
            if stem and where and not raw and not self._keepers(own)[1]:
                gone = f"{words(self.trace, stem)} {be(stem)} lost for good"
                return " ".join([*told, f"{why}{self._names(made)} {where}: {gone}."])
            parts = [f"{self._names(raw)} {words(self.trace, raw)}"] if raw else []
            parts += [self._names(made) + (f", made of {words(self.trace, stem)}," if stem else "")] if made else []
            told.append(self._fate(why + " and ".join(parts), left, own, where))
            if raw and not made and not self._keepers(own)[1]:
                told += filter(None, (self.least(pair, "It" if len(raw) == 1 else slot_name(pair)) for pair in raw))
        return " ".join(told)

    def _fate(self, what: str, slots: Sequence[int], sources: Sequence[int], left: str) -> str:
        """What becomes of the words of slots that are dropped; `left` says which lane they leave, if one."""
        keepers, kept = self._keepers(sources)
        if not kept:
            return f"{what} {left + ' and ' if left else ''}{be(slots)} lost for good."
        lost = [source for source in sources if source not in kept]
        it = "it" if len(slots) == 1 else "them"
        share = f"{self._names(keepers)} {verb(keepers, 'keep')} a share of {'the rest' if lost else it}"
        share += f", but {words(self.trace, lost)} {be(lost)} lost for good" if lost else ""
        return f"{what} {left or be(slots) + ' dropped'}; {share}."

    def _reason(self, slots: Sequence[int]) -> str:
        """Why these leave, where the run shows it: something came into their lane, in which they stood longest."""
        role = self.role(slots[0])
        held = {**self.before, **self.passing} if self.passing else self.before
        lane = islice((slot for slot, own in held.items() if own is role), len(slots))
        seen = chain(reversed(self.after), self.passing)  # the newest, if any, came
        came = (slot for slot in seen if self.roles.get(slot) is role and self.before.get(slot) is not role)
        if list(lane) != list(slots) or next(came, None) is None:
            return ""
        return f"To make room, the {_counted(slots, 'oldest ') if len(slots) > 1 else 'oldest ' + _noun(slots)} "

    def _left(self, slots: Sequence[int]) -> str:
        """Which lane some slots leave, all of them and only now; else ""."""
        held = {**self.passing, **self.before} if self.passing else self.before
        if slots[0] not in held or len({held.get(slot) for slot in slots}) > 1:
            return ""
        return f"{verb(slots, 'leave')} {self._lane(held, slots)}"

    def _keepers(self, sources: Sequence[int]) -> tuple[list[int], set[int]]:
        """Slots that have a part of some positions after the update, and the positions of which they have one."""
        able = self.made
        if any(source in self.after for source in sources):  # a raw pair keeps itself alone
            able = [slot for slot in self.after if slot < 0 or slot in sources]
        parts = self.trace.keepers(able, self.step.index, sources)
        return list(parts), set().union(*parts.values())

    def _lane(self, roles: Roles, slots: Sequence[int]) -> str:
        """Where slots are; "the memory" where that has no name or is not one place."""
        found = {roles.get(slot) for slot in slots}
        role = found.pop() if len(found) == 1 else None
        return lane_name(self.titles, role)

    def _names(self, slots: Sequence[int]) -> str:
        """Slots by name."""
        found = (self.role(slot) for slot in slots if slot < 0)
        return span(slots, next(filter(None, found), Role.COMPRESSED))

    def _things(self, slots: Sequence[int]) -> str:
        return f"The {_counted(slots) if len(slots) > 1 else _noun(slots)} {self._names(slots)}"


def _noun(slots: Sequence[int]) -> str:
    return "pair" if all(slot >= 0 for slot in slots) else "slot"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _heads(heads: Sequence[int]) -> str:
    return f"{'head' if len(heads) == 1 else 'heads'} {_listed([str(head + 1) for head in heads])}"


def _counted(slots: Sequence[int], which: str = "") -> str:
    return count(slots, which + _noun(slots))


def count(things: Sequence[int], noun: str) -> str:
    """How many there are, with the noun in its number."""
    return f"{len(things)} {noun}" + ("s" if len(things) != 1 else "")


def be(things: Sequence[int]) -> str:
    """The verb that goes with so many."""
    return "is" if len(things) == 1 else "are"


def verb(things: Sequence[int], plural: str) -> str:
    """A regular verb as it goes with so many."""
    return f"{plural}s" if len(things) == 1 else plural
