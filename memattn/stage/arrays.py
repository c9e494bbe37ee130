"""Arrays by name behind a payload's JSON, which says of each where it stands: `{name: [offset, count, type]}`.

A number of a view is one entry in Python (`payload.payload`) and one read in JavaScript (`trace.arrays.name`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
Index = dict[str, tuple[int, int, str]]  # first byte, numbers, type

TYPES = ("u1", "u2", "i2", "f4")  # those that assets/stage/codec.js reads


def parts(arrays: Arrays) -> tuple[Index, list[bytes]]:
    """Where each array stands, and what stands there, one part behind the other.

    Of numbers of several bytes all first bytes stand before all second ones, the lowest first, each in a part of its
    own: those that hardly change from number to number then stand together, and deflate to little.

    Args:
        arrays: of any shape, read row by row.

    Raises:
        ValueError: an array is of a type that the stage does not read.
    """
    index: Index = {}
    planes: list[bytes] = []
    first = 0
    for name, array in arrays.items():
        kind = f"{array.dtype.kind}{array.dtype.itemsize}"
        if kind not in TYPES:
            raise ValueError(f"array {name} must be of type {', '.join(TYPES)}, got {kind}")
        octets = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1, 1).view(np.uint8)
        index[name] = first, array.size, kind
        planes += [plane.tobytes() for plane in octets.T]
        first += array.nbytes
    return index, planes
