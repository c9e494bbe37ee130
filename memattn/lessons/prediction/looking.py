"""Which slot the last word of a run looks at most."""

from collections.abc import Iterator, Sequence

import numpy as np

from memattn.lessons.narration import reading, slot_name
from memattn.lessons.prediction.question import At, Prediction, Slots, wrong
from memattn.lessons.prediction.scene import Scene
from memattn.quantities import rounded
from memattn.records import Role

NEAR = 1e-4  # two weights that differ by less cannot be told apart on the stage


def what_it_looks_at(scene: Scene) -> Prediction | None:
    """Which slot gets the largest weight of the head that is shown, or of the mean over heads."""
    step = scene.step
    weights = step.weights.mean(axis=0) if scene.head is None else step.weights[scene.head]
    order = [int(at) for at in np.argsort(-weights, kind="stable")]
    if step.index < len(scene.trace.steps) - 1 or len(order) < 2 or weights[order[0]] - weights[order[1]] < NEAR:
        return None
    answer, choice = (step.ids[order[0]],), Slots(step.ids, single=True)
    told = reading(scene.trace, step, scene.head)
    query = slot_name(step.index)
    return Prediction(
        name="look",
        at=At(step.index, "attend"),
        shows="attend",
        title=f"What the last query {query} looks at",
        prompt=f"{query} {scene.words((step.index,))} now reads {len(order)} slots. "
        f"Which one gets the largest weight ({scene.whose})?",
        choice=choice,
        answer=answer,
        truth=told,
        beliefs=wrong(answer, list(_beliefs(scene, weights.tolist(), order)), choice),
    )


def _beliefs(scene: Scene, weights: Sequence[float], order: Sequence[int]) -> Iterator[tuple[Sequence[int], str]]:
    step = scene.step
    told = reading(scene.trace, step, scene.head)
    least = order[-1]

    def got(at: int) -> str:
        return f"{slot_name(step.ids[at], step.roles[at])} gets {rounded(weights[at])}"

    of_role = {role: [at for at, own in enumerate(step.roles) if own is role] for role in dict.fromkeys(step.roles)}
    if step.index in step.ids:
        yield (step.index,), f"Itself? {got(step.ids.index(step.index))} of its own attention. {told}"
    if pinned := of_role.get(Role.GLOBAL):
        best = max(pinned, key=lambda at: weights[at])
        yield (step.ids[best],), f"A global token does not win by being one: {got(best)}. {told}"
    yield (step.ids[order[1]],), f"Nearly, it comes second: {got(order[1])}. {told}"
    if raw := [at for at, slot in enumerate(step.ids) if 0 <= slot < step.index]:
        near = max(raw, key=lambda at: step.ids[at])
        yield (step.ids[near],), f"Near is not the same as alike: {got(near)}. {told}"
    for role, found in of_role.items():
        if role is not Role.CURRENT:
            yield (step.ids[found[0]],), f"The oldest of its kind does not stand out: {got(found[0])}. {told}"
    yield (step.ids[least],), f"That is the least of all: {got(least)}. {told}"
