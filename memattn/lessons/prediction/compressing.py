"""How many slots the popped pairs become, and which of them have a part in one of these."""

from collections.abc import Iterator, Sequence

from memattn.lessons.narration import slot_name, span
from memattn.lessons.prediction.question import At, Number, Prediction, Slots, wrong
from memattn.lessons.prediction.scene import Scene, counted
from memattn.quantities import rounded
from memattn.records import EventKind


def how_many_slots(scene: Scene) -> Prediction | None:
    """Into how many slots the popped pairs are compressed."""
    popped, made = scene.slots(EventKind.POP), scene.made
    if not popped or not made:
        return None
    make = f"{counted(popped)} make{'s' * (len(popped) == 1)} {counted(made)}" + _at_rate(scene)
    choice = Number("slots")
    return Prediction(
        name="compress",
        at=At(scene.step.index, "compress"),
        shows="compress",
        title="How many slots the pairs become",
        prompt=f"The {counted(popped)} {span(popped)} {'is' if len(popped) == 1 else 'are'} compressed. "
        "How many slots are made?",
        choice=choice,
        answer=(len(made),),
        truth=f"Here {make}.",
        beliefs=wrong((len(made),), list(_numbers(scene, len(popped), len(made), make)), choice),
    )


def _at_rate(scene: Scene) -> str:
    return "" if scene.rate is None else f" at rate c = {scene.rate}"


def _numbers(scene: Scene, many: int, made: int, make: str) -> Iterator[tuple[Sequence[int], str]]:
    yield (many,), f"That would be one slot per pair, no compression at all. Here {make}."
    yield (0,), f"With 0 slots all {many} would be forgotten. Here {make}."
    yield (1,), f"Not all become one. Here {make}."
    if scene.rate is not None and scene.rate != made:
        pairs = "pair" if scene.rate == 1 else "pairs"
        yield (scene.rate,), f"c = {scene.rate} is the number of {pairs} per slot, not of slots. Here {make}."
    for near in (made - 1, made + 1):
        divided = (
            "" if scene.rate is None else f" {many} / c = {many} / {scene.rate} = {rounded(many / scene.rate, 3)}."
        )
        yield (near,), f"Nearly.{divided} Here {make}."
    yield (many - made,), f"That is by how many the memory shrinks, {many} − {made}. Here {make}."


def which_sources(scene: Scene) -> Prediction | None:
    """Which pairs have a part in the first of the slots that stay."""
    popped = scene.slots(EventKind.POP)
    slot = next((slot for slot in scene.made if slot in scene.step.held_ids), None)
    if slot is None or len(popped) < 2:
        return None
    parts = _parts(scene, slot)
    if not parts or not set(parts) <= set(popped):
        return None
    name = slot_name(slot)
    has = f"{span(parts)} {'has' if len(parts) == 1 else 'have'} a part in {name}{_whose(scene)}"
    choice = Slots(tuple(one for one in scene.held if one >= 0))
    return Prediction(
        name="sources",
        at=At(scene.step.index, "compress"),
        shows="append",
        title=f"Which pairs go into {name}",
        prompt=f"Which of these pairs have a part in {name}{_whose(scene)}?",
        choice=choice,
        answer=tuple(parts),
        truth=f"Here {has}.",
        beliefs=wrong(parts, list(_sources(scene, popped, parts, f"Here {has}.")), choice),
    )


def _parts(scene: Scene, slot: int) -> list[int]:
    """The positions with a part in a slot's value, as the head that is shown has it."""
    shares = scene.trace.shares(slot, scene.step.index)
    values = shares.values.max(axis=0) if scene.head is None else shares.values[scene.head]
    return [source for source, share in zip(shares.sources, values.tolist(), strict=True) if share > 0]


def _whose(scene: Scene) -> str:
    return "" if scene.head is None or scene.trace.heads == 1 else f" ({scene.whose})"


def _sources(
    scene: Scene, popped: Sequence[int], parts: Sequence[int], has: str
) -> Iterator[tuple[Sequence[int], str]]:
    part = len(parts)
    made = len(scene.made)
    yield popped, f"Not all {len(popped)}: they make {made} {'slot' if made == 1 else 'slots'} together. {has}"
    yield popped[:1], f"Not one pair per slot: {len(popped)} pairs make {made}. {has}"
    yield popped[-part:], f"Those are the last {part} of the {len(popped)} pairs; the first slot is made first. {has}"
    yield popped[:part], f"Not the first {part} in a row. {has}"
    yield popped[::made], f"Not every {_th(made)} pair. {has}"
    stay = [slot for slot in scene.held if slot >= 0 and slot not in popped]
    for those in (stay, stay[:part]):
        as_they_are = "stays as it is" if len(those) == 1 else "stay as they are"
        yield those, f"{span(those)} {as_they_are}: only {span(popped)} are compressed. {has}"


def _th(number: int) -> str:
    return {1: "", 2: "second", 3: "third"}.get(number, f"{number}th")
