"""Predictions: a question before an event, whose answer the trace gives and nobody writes down."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from memattn.records import EventKind, Step, Trace


@dataclass(frozen=True)
class Prediction:
    """A moment at which the player stops and asks.

    Args:
        step: before this step's update.
        prompt: the question about slots.
        lane: role of the slots among which the learner chooses.
        answer: identities of the slots that are right, from the trace.
        number: a second question with options and its answer, from the trace.
        feedback: what to say, by what was chosen.
    """

    step: int
    prompt: str
    lane: str
    answer: tuple[int, ...]
    number: Mapping[str, object]
    feedback: Mapping[str, object] = field(default_factory=dict)


def first_compression(trace: Trace, rate: int, segment_length: int) -> tuple[Prediction, ...]:
    """Ask which pairs leave Mem and how many slots appear, at the first step where it happens; () where it never does.

    Nothing is asked where CMem holds no slot at all: there none ever appears.
    """
    for step in trace.steps:
        popped = [slot for event in step.events if event.kind is EventKind.POP for slot in event.slots]
        made = [event for event in step.events if event.kind is EventKind.COMPRESS]
        if popped and any(slot in step.held_ids for event in made for slot in event.into):
            return (_ask(step, tuple(popped), len(made), rate, segment_length),)
    return ()


def _ask(step: Step, popped: tuple[int, ...], made: int, rate: int, segment_length: int) -> Prediction:
    mem = tuple(slot for slot, role in zip(step.ids, step.roles, strict=True) if role == "recent")
    current = tuple(slot for slot, role in zip(step.ids, step.roles, strict=True) if role == "current")
    count = len(popped)
    options = sorted({1, made, count, max(1, count - made)} | ({made + 1} if made > 1 else {2}))
    misconceptions = [
        (mem[-count:], "Those are the newest pairs. Mem is a FIFO queue: first in, first out. The oldest leave."),
        (mem[:1], f"Only the oldest pair? Mem is updated once per segment, so {count} pairs leave together."),
        (mem, "Not all of Mem leaves: only as many pairs as have just come in beyond its size n_m."),
        (current, "The running segment is just about to enter Mem; it is the last that will leave."),
    ]
    return Prediction(
        step=step.index,
        prompt=f"The segment is full and its {segment_length} pairs now enter Mem. Which pairs leave it?",
        lane="recent",
        answer=popped,
        number={
            "prompt": "And how many new slots appear in CMem?",
            "options": options,
            "answer": made,
        },
        feedback={
            "right": f"Right: the {_pairs(count, 'oldest ')} leave, and {_make(count, made, rate)}.",
            "otherwise": f"Mem is a FIFO queue updated per segment: its {_pairs(count, 'oldest ')} leave together.",
            "misconceptions": [
                {"slots": list(slots), "text": text} for slots, text in misconceptions if slots and slots != popped
            ],
            "numbers": {
                str(option): _number_feedback(option, made, count, rate) for option in options if option != made
            },
        },
    )


def _number_feedback(option: int, made: int, count: int, rate: int) -> str:
    told = f"Here {_make(count, made, rate)}."
    if option == count:
        return f"That would be one slot per pair, no compression at all. {told}"
    if option == 1:
        return f"Not all become one. {told}"
    return f"About one slot for every c = {rate} pairs. {told}"


def _make(count: int, made: int, rate: int) -> str:
    return f"{_pairs(count)} make {made} slot" + ("s" if made != 1 else "") + f" at rate c = {rate}"


def _pairs(count: int, kind: str = "") -> str:
    return f"{count} {kind}pair" + ("s" if count != 1 else "")
