"""Sentences about a step, written from its record: what the event line and the live region say."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

from memattn.records import Event, EventKind, Shares, Step, Trace

MOST_WORDS = 8


def slot_name(slot: int, role: str = "compressed") -> str:
    """Short name of a slot: k17 for a raw pair, c3 for a compressed one, Σ for a summary, g2 for a global token."""
    if slot >= 0:
        return f"k{slot}"
    return {"summary": "Σ", "global": f"g{-slot}", "retrieved": f"r{-slot}"}.get(role, f"c{-slot}")


def span(slots: Sequence[int], role: str = "compressed") -> str:
    """Name several slots: k3, or k3–k9 when they follow one another."""
    if not slots:
        return "nothing"
    if len(slots) == 1:
        return slot_name(slots[0], role)
    if all(abs(b - a) == 1 for a, b in pairwise(slots)):
        return f"{slot_name(slots[0], role)}–{slot_name(slots[-1], role)}"
    return ", ".join(slot_name(slot, role) for slot in slots)


def words(trace: Trace, sources: Sequence[int]) -> str:
    """The words at some positions, in quotes; the middle is left out when there are many."""
    text = [trace.tokens[source] for source in sources]
    if len(text) > MOST_WORDS:
        text = [*text[: MOST_WORDS // 2], "…", *text[-MOST_WORDS // 2 :]]
    return f"“{' '.join(text)}”"


def sentences(trace: Trace, step: Step, head: int | None = None) -> list[str]:
    """One sentence for the arrival and read, then one per group of like events, in causal order."""
    return [_reading(trace, step, head), *(_event(trace, kind, list(group)) for kind, group in _groups(step.events))]


def _groups(events: Sequence[Event]) -> Any:
    return groupby(events, key=lambda event: event.kind)


def _reading(trace: Trace, step: Step, head: int | None) -> str:
    weights = step.weights.mean(axis=0) if head is None else step.weights[head]
    at = int(weights.argmax())
    slot, role = step.ids[at], step.roles[at]
    many = f"{len(step.ids)} slots" if len(step.ids) > 1 else "1 slot"
    if slot == step.index:
        most = "itself"
    elif slot >= 0:
        most = f"k{slot} “{trace.tokens[slot]}”"
    else:
        try:
            sources = _parts(trace.shares(slot, step.index), head)
            most = f"{slot_name(slot, role)}, made of {words(trace, sources)}"
        except KeyError:
            most = slot_name(slot, role)
    return f"k{step.index} “{step.token}” reads {many}; most weight, {weights[at]:.2g}, falls on {most}."


def _parts(shares: Shares, head: int | None) -> tuple[int, ...]:
    """Sources that have a part in the value as this head sees it."""
    values = shares.values.mean(axis=0) if head is None else shares.values[head]
    own = tuple(source for source, share in zip(shares.sources, values, strict=True) if share > 0)
    return own or shares.sources


def _event(trace: Trace, kind: EventKind, events: list[Event]) -> str:
    slots = list(dict.fromkeys(slot for event in events for slot in event.slots))  # heads may use a pair for two slots
    into = [slot for event in events for slot in event.into]
    sources = sorted({source for event in events for source in event.sources})
    match kind:
        case EventKind.PUSH if len(slots) == 1:
            return f"The pair {span(slots)} enters the memory."
        case EventKind.PUSH:
            return f"The segment is full: its {len(slots)} pairs {span(slots)} enter Mem."
        case EventKind.PIN:
            return f"{span(slots)} is pinned: it will never be evicted."
        case EventKind.POP:
            return f"Mem is over its size: the {_count(slots, 'oldest pair')} {span(slots)} {_is(slots)} popped."
        case EventKind.COMPRESS:
            parts = [f"{span(event.slots)} → {span(event.into)}" for event in events]
            shown = ", ".join(parts if len(parts) <= 4 else [*parts[:2], "…", parts[-1]])
            verb = "becomes" if len(slots) == 1 else "become"
            return f"{_count(slots, 'pair')} {verb} {_count(into, 'slot')}: {shown}."
        case EventKind.MERGE:
            role = _role(trace.steps[events[-1].token], into)
            return f"{span(slots, role)} {_is(slots)} merged into {span(list(dict.fromkeys(into)), role)}."
        case EventKind.DROP if all(slot < 0 for slot in slots):
            return f"CMem is over its size: {span(slots)} with {words(trace, sources)} {_is(slots)} lost for good."
        case EventKind.DROP:
            return f"{span(slots)} {words(trace, sources)} {_is(slots)} lost for good."


def _role(step: Step, slots: Sequence[int]) -> str:
    """Role of made slots after a step."""
    held = dict(zip(step.held_ids, step.held_roles, strict=True))
    return next((str(held[slot]) for slot in slots if slot in held), "summary")


def _count(things: Sequence[int], noun: str) -> str:
    return f"{len(things)} {noun}" + ("s" if len(things) != 1 else "")


def _is(things: Sequence[int]) -> str:
    return "is" if len(things) == 1 else "are"
