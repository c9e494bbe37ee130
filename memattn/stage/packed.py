"""A trace as it travels. No NumPy: what was packed before can be sent before there is one."""

import json
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Payload:
    """A trace ready for the stage.

    Args:
        id: digest of the content; equal content has an equal id.
        packed: one byte, 1 where all that follows is deflated, else 0; length of the JSON as 4 bytes, the JSON, and the
            arrays that it names, see `memattn.stage.arrays`.
    """

    id: str
    packed: bytes


def phases(payload: Payload, step: int) -> tuple[str, ...]:
    """Names of the phases in which something happens at a step of what is played."""
    plain = unpacked(payload.packed)
    told = json.loads(plain[4 : 4 + int.from_bytes(plain[:4], "little")])["steps"][step]
    kinds = dict.fromkeys(event[0] for event in told.get("e", ()))
    return ("arrive", "attend", *kinds, *(["append"] if "compress" in kinds else ()))


def unpacked(packed: bytes) -> bytes:
    """The length of the JSON, the JSON and all arrays behind it, as they were before they were deflated."""
    return zlib.decompress(packed[1:]) if packed[0] else packed[1:]
