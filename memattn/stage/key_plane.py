"""The plane of the keys: where pairs, made slots and queries lie in the two directions in which the keys differ most.

Keys of two numbers lie in it as they are. Of more, the plane is that of their two principal axes: their mean is its
origin, and `share` of their variance lies in it. A linear map with an offset takes a mean of keys to the mean of their
places, so a summary stands in the middle of what it is made of. Several heads count as one key, side by side.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memattn.records import Floats, Trace
from memattn.stage.arrays import Arrays

LEVELS = 32_767  # on either side of 0


@dataclass(frozen=True)
class Plane:
    """Two axes through a space of keys.

    Args:
        origin: (width,) the key at (0, 0).
        axes: (2, width), orthonormal.
        share: of the variance of the keys that lies in the plane.
    """

    origin: NDArray[np.float64]
    axes: NDArray[np.float64]
    share: float

    def places(self, keys: NDArray[np.float64]) -> NDArray[np.float64]:
        """(…, width) → (…, 2)."""
        return (keys - self.origin) @ self.axes.T

    @property
    def whole(self) -> bool:
        """Whether it holds the keys as they are."""
        return not self.origin.any() and self.axes.shape[-1] <= 2


def plane_of(keys: NDArray[np.float64]) -> Plane:
    """The plane of keys (tokens, width); each axis points to where its largest component is positive."""
    width = keys.shape[-1]
    if width <= 2:
        return Plane(np.zeros(width), np.eye(2, width), 1.0)
    origin = keys.mean(axis=0)
    variance, columns = np.linalg.eigh((keys - origin).T @ (keys - origin))  # ascending
    axes = columns.T[:-3:-1]
    axes = axes * np.sign(np.take_along_axis(axes, np.abs(axes).argmax(axis=1, keepdims=True), axis=1))
    total = variance.sum()
    return Plane(origin, axes, float(variance[-2:].sum() / total) if total > 0 else 1.0)


def key_plane(trace: Trace, head: int | None) -> tuple[dict[str, Any], Arrays]:
    """What the stage needs to know of the plane, and its numbers.

    Args:
        trace: the run.
        head: whose keys; None is all heads side by side.

    Returns:
        {share, whole, unit, made: [[slot, versions]]}, and arrays: places of the pairs, of every version of every made
        slot with the step from which on it stands there, in units; and the part of each query's direction that lies in
        the plane, in levels.
    """
    keys = _of_head(trace.keys, head)
    plane = plane_of(keys)
    versions = [(slot, trace.slot_keys(slot)) for slot in trace.made]
    steps = [step for _, own in versions for step, _ in own]
    made = [key for _, own in versions for _, key in own]
    queries = _of_head(trace.queries, head)
    lengths = np.linalg.norm(queries, axis=-1, keepdims=True)
    directions = queries / np.where(lengths > 0, lengths, 1) @ plane.axes.T
    pairs = plane.places(keys)
    slots = plane.places(_of_head(np.stack(made, axis=1), head)) if made else np.empty((0, 2))
    unit = float(max(np.abs(pairs).max(), np.abs(slots).max(initial=0)) / LEVELS) or 1.0
    told = {
        "share": round(plane.share, 4),
        "whole": plane.whole,
        "unit": unit,
        "made": [[slot, len(own)] for slot, own in versions],
    }
    return told, {
        "plane_pairs": _levels(pairs / unit),
        "plane_made": _levels(slots / unit),
        "plane_steps": np.array(steps, np.uint16),
        "plane_queries": _levels(directions * LEVELS),
    }


def _of_head(rows: Floats, head: int | None) -> NDArray[np.float64]:
    """(heads, n, d) → (n, width): one head's, or all side by side."""
    chosen = rows[[head]] if head is not None else rows
    return np.concatenate(list(chosen), axis=-1).astype(np.float64)


def _levels(numbers: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.rint(numbers).astype(np.int16)
