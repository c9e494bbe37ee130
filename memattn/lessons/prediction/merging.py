"""Which slots are merged with each other, and which slot takes a pair in."""

from collections.abc import Iterator, Sequence

from memattn.lessons.narration import slot_name, span, takes_place
from memattn.lessons.prediction.question import At, Prediction, Slots, wrong
from memattn.lessons.prediction.scene import Scene, counted, noun
from memattn.records import Event, EventKind


def what_becomes_one(scene: Scene) -> Prediction | None:
    """Which of the slots that stand there are merged into one."""
    event = _only(scene)
    if not event or len(event.slots) < 2 or not set(event.slots) < scene.held.keys():
        return None
    one = f"{span(event.slots)} become {slot_name(event.into[0], scene.held[event.slots[0]])}"
    choice = Slots(tuple(scene.held))
    order = [slot for slot in scene.held if slot in event.slots]
    many = len(order)
    beliefs = [
        (list(scene.held)[:many], f"{span(list(scene.held)[:many])}, the oldest, stay apart. Here {one}."),
        (list(scene.held)[-many:], f"{span(list(scene.held)[-many:])}, the newest, stay apart. Here {one}."),
        (list(scene.held), f"Not all {len(scene.held)} at once. Here {one}."),
        *(((slot,), f"{slot_name(slot, scene.held[slot])} alone is one already. Here {one}.") for slot in order),
    ]
    return Prediction(
        name="merge",
        at=At(scene.step.index, str(scene.kinds[0])),
        shows="merge",
        title=f"Which {noun(event.slots)} are merged",
        prompt=f"The memory holds {counted(choice.offered)}, and {_arriving(scene)} comes. Which become one?",
        choice=choice,
        answer=event.slots,
        truth=f"Here {one}.",
        beliefs=wrong(event.slots, beliefs, choice),
    )


def what_takes_it(scene: Scene) -> Prediction | None:
    """Which of several slots a single pair is merged into."""
    event = _only(scene)
    if not event or len(event.slots) != 1:
        return None
    (pair,), (into,) = event.slots, event.into
    alike = [slot for slot, role in scene.held.items() if role is scene.held.get(into) and slot != pair]
    if into not in alike or len(alike) < 2:
        return None
    role = scene.held[into]
    takes = f"{slot_name(into, role)} takes {slot_name(pair)} in"
    happens = f"is merged into one of {len(alike)} slots"
    if place := takes_place(scene.trace, scene.step, pair, event.into):
        takes = f"{slot_name(pair)} had received more attention than the pair there: {place}"
        happens = f"is the oldest in {scene.called(scene.held[pair])}, and takes one of {len(alike)} places"
    choice = Slots(tuple(alike), single=True)
    return Prediction(
        name="take",
        at=At(scene.step.index, str(scene.kinds[0])),
        shows="merge",
        title=f"Which slot takes {slot_name(pair)} in",
        prompt=f"{slot_name(pair)} {scene.words((pair,))} {happens}. Which?",
        choice=choice,
        answer=(into,),
        truth=f"Here {takes}.",
        beliefs=wrong((into,), list(_takers(alike, role, takes)), choice),
    )


def _takers(alike: Sequence[int], role: str, takes: str) -> Iterator[tuple[Sequence[int], str]]:
    yield alike[-1:], f"Not the newest, {slot_name(alike[-1], role)}. Here {takes}."
    yield alike[:1], f"Not the oldest, {slot_name(alike[0], role)}. Here {takes}."


def _only(scene: Scene) -> Event | None:
    """The one merge of a step, into one slot; None where there are several or none."""
    merges = list(dict.fromkeys(scene.of(EventKind.MERGE)))
    return merges[0] if len(merges) == 1 and len(merges[0].into) == 1 else None


def _arriving(scene: Scene) -> str:
    return f"{slot_name(scene.step.index)} {scene.words((scene.step.index,))}"
