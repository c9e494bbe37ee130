"""Records → what the wall plays: of every run its lanes, who stands in them after each token, and the fact in them."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from typing import Any

from memattn.lessons.comparing.tracking import Refused, Shown
from memattn.records import Trace
from memattn.stage.packed import Payload
from memattn.stage.payload import DEFLATE_LEVEL, ROLES, role_runs


def wall(tokens: Sequence[str], fact: tuple[int, int], memories: Sequence[Shown | Refused]) -> Payload:
    """Pack runs over the same words.

    Args:
        tokens: the words.
        fact: first and last position of the sentence that is followed.
        memories: in order.
    """
    content = {"tokens": tokens, "fact": fact, "roles": ROLES, "memories": [_told(one) for one in memories]}
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    packed = b"\1" + zlib.compress(len(text).to_bytes(4, "little") + text, DEFLATE_LEVEL)
    return Payload(hashlib.sha256(packed).hexdigest()[:16], packed)


def _told(one: Shown | Refused) -> dict[str, Any]:
    if isinstance(one, Refused):
        return vars(one)
    held = {role for step in one.trace.steps for role in step.held_roles}
    lanes = [{"role": lane.role, "title": lane.title, "capacity": lane.capacity} for lane in one.lanes]
    return {
        "name": one.name,
        "title": one.title,
        "note": one.note,
        "lanes": [lane for lane in lanes if lane["role"] in held],  # where the query's own pair stands, nothing stays
        "held": [_near_runs(step.held_ids, step.held_roles, step.index) for step in one.trace.steps],
        "into": [_into(one.trace, step) for step in range(len(one.trace.steps))],
        "fact": [[standing.raw, standing.slots, standing.lost] for standing in one.standings],
        "carriers": [
            [[carrier.slot, round(carrier.share, 4)] for carrier in standing.carriers] for standing in one.standings
        ],
        "answer": one.answer,
        "right": one.right,
    }


def _near(slot: int, step: int) -> int:
    """A raw pair by the tokens since it came, so that one step reads like the next and deflates to little."""
    return step - slot if slot >= 0 else slot


def _near_runs(ids: Sequence[int], roles: Sequence[Any], step: int) -> list[list[int]]:
    return [[_near(first, step), _near(last, step), role] for first, last, role in role_runs(ids, roles)]


def _into(trace: Trace, step: int) -> list[list[int]]:
    """Slots that leave with this token, and the slot that takes them in; what leaves without is lost."""
    now = trace.steps[step]
    before = {*trace.steps[step - 1].held_ids} if step else set()
    left = (before | {step}) - {*now.held_ids}
    goes = {slot: event.into[0] for event in now.events if event.into for slot in event.slots}
    return [[_near(slot, step), _near(goes[slot], step)] for slot in sorted(left) if goes.get(slot) in now.held_ids]
