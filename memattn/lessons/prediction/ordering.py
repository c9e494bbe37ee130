"""In which order a step's read and events happen."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from memattn.lessons.narration import slot_name, verb
from memattn.lessons.prediction.question import At, Order, Prediction, wrong
from memattn.lessons.prediction.scene import Scene, counted
from memattn.records import EventKind, Role

LEAST = 3  # kinds of events; of fewer the order is no question
READ, APPEND = "read", "append"


def what_comes_next(scene: Scene) -> Prediction | None:
    """Put the read and the events of a step in order."""
    kinds = [kind for kind, _ in groupby(event.kind for event in scene.step.events)]
    if len(kinds) < LEAST or len(set(kinds)) < len(kinds):
        return None
    after = scene.trace.reads_after
    happens: list[str] = [name for kind in kinds for name in ([kind, APPEND] if kind is EventKind.COMPRESS else [kind])]
    happens = [*happens, READ] if after else [READ, *happens]
    said = {name: _said(scene, name) for name in happens}
    offered = sorted(said.values())
    if offered == list(said.values()):
        offered.reverse()
    number = {name: offered.index(text) for name, text in said.items()}
    answer = tuple(number[name] for name in happens)
    choice = Order(tuple(offered))
    query = slot_name(scene.step.index)
    truth = ", then ".join(happens)
    swaps = [([number[name] for name in names], text) for names, text in _swaps(scene, happens)]
    return Prediction(
        name="order",
        at=At(scene.step.index, str(kinds[0]) if after else "attend"),
        shows="",
        title=f"What happens with token {scene.step.index + 1}, in which order",
        prompt=f"{query} {scene.words((scene.step.index,))} arrives. What happens, in which order?",
        choice=choice,
        answer=answer,
        truth=f"With token {scene.step.index + 1}: {truth}.",
        beliefs=wrong(answer, swaps, choice),
    )


def _said(scene: Scene, name: str) -> str:
    """One thing that happens, without a word on the order."""
    query = slot_name(scene.step.index)
    return {
        READ: f"read: {query} reads",
        "push": f"push: into {scene.called(scene.entered)}",
        "pin": "pin: into the global tokens",
        "pop": f"pop: out of {scene.called(scene.entered)}",
        "compress": "compress: pairs become slots",
        APPEND: f"append: slots join {scene.called(Role.COMPRESSED)}",
        "merge": "merge: into a slot",
        "drop": "drop: lost for good",
    }[name]


def _leave(scene: Scene, kind: EventKind) -> str:
    slots = scene.slots(kind)
    return f"{counted(slots)} {verb(slots, 'leave')}"


def _swaps(scene: Scene, happens: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    """Orders that people believe in, and what the run says to them."""
    rest, reads = [name for name in happens if name != READ], len(scene.step.ids)
    query = slot_name(scene.step.index)
    if scene.trace.reads_after:
        yield [READ, *rest], f"The update comes first: {query} reads {reads} slots, what it left."
    else:
        yield [*rest, READ], f"The read comes first: {query} reads {reads} slots, what the update finds."
    for first, second, why in (
        ("push", "pop", "what enters is what is too much, so {popped}"),
        ("append", "drop", "what was made joins first, so {dropped}"),
    ):
        if first in happens and second in happens:
            text = why.format(popped=_leave(scene, EventKind.POP), dropped=_leave(scene, EventKind.DROP))
            yield _swapped(happens, first, second), f"No room is made before it is needed: {text}."


def _swapped(happens: Sequence[str], one: str, other: str) -> list[str]:
    turned = {one: other, other: one}
    return [turned.get(name, name) for name in happens]
