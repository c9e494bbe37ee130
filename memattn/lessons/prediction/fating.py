"""What is left of the first word of a run when the last one reads."""

from memattn.lessons.narration import head_name, slot_name
from memattn.lessons.prediction.question import At, Belief, Prediction, Sentence
from memattn.lessons.prediction.scene import Scene, counted
from memattn.quantities import rounded
from memattn.records import EventKind

FIRST = 0  # position of the word
OWN, PART, LOST = range(3)
LEAST = 0.005  # of a slot's value; whether less is a part of it or nothing nobody can say


def what_became_of_the_first(scene: Scene) -> Prediction | None:
    """Whether the first word is still a pair of its own, has a part in some slot, or is lost."""
    step, trace = scene.step, scene.trace
    if step.index < len(trace.steps) - 1 or step.index == FIRST:
        return None
    word, pair = scene.words((FIRST,)), slot_name(FIRST)
    keepers = {slot: share for slot in step.ids if slot < 0 and (share := _share(scene, slot)) > 0}
    if FIRST not in step.ids and keepers and max(keepers.values()) < LEAST:
        return None
    if FIRST in step.ids:
        which = "the only slot that is" if len(step.ids) == 1 else f"one of {len(step.ids)} slots that are"
        answer, truth = OWN, f"{pair} stands there still, {which} read"
    elif keepers:
        most = max(keepers, key=lambda slot: keepers[slot])
        name = slot_name(most, dict(zip(step.ids, step.roles, strict=True))[most])
        answer, truth = PART, f"{name} has a part of it, {rounded(keepers[most])} of its value{_of_heads(scene)}"
    else:
        left = [event.token + 1 for event in trace.events(EventKind.DROP) if FIRST in event.sources]
        dropped = f"; it was dropped at token {left[-1]}" if left else ""
        answer, truth = LOST, f"no part of it is in the {counted(step.ids)} read{dropped}"
    denied = {OWN: f"Not as {pair}, a pair of its own", PART: "No other slot carries it", LOST: "It is not lost"}
    return Prediction(
        name="fate",
        at=At(step.index, "attend"),
        shows="attend",
        title="What is left of the first word",
        prompt=f"What is left of the first word, {word}, when {slot_name(step.index)} reads?",
        choice=Sentence((f"Its own pair {pair}", "A part of some other slot", "Nothing: it is lost")),
        answer=(answer,),
        truth=f"Here {truth}.",
        beliefs=tuple(Belief((one,), f"{text}: {truth}.") for one, text in denied.items() if one != answer),
    )


def _share(scene: Scene, slot: int) -> float:
    """The first word's share in the value of a slot that is read, mean over heads; 0 where that has no source."""
    try:
        shares = scene.trace.shares_read(slot, scene.step.index)
    except KeyError:
        return 0.0
    if FIRST not in shares.sources:
        return 0.0
    return float(shares.values[:, shares.sources.index(FIRST)].mean())


def _of_heads(scene: Scene) -> str:
    return "" if scene.trace.heads == 1 else f" ({head_name(scene.trace.heads, None)})"
