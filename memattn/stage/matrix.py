"""The matrix of a memory that is one: what every token writes, for the stage to add up to the matrix of any step.

Sent are the factors of the outer products, t (m + d) numbers, from which t matrices of m · d follow.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from memattn.records import Floats, Trace
from memattn.stage.arrays import Arrays

LEVELS = 32_767  # on either side of 0
MOST = 32_768  # numbers of a run; the view of a longer one would weigh more than all else that is sent


def shows_matrix(trace: Trace) -> bool:
    """Whether the stage gets the matrix."""
    return trace.matrix is not None and sum(map(np.size, _factors(trace, 0))) <= MOST


def matrix(trace: Trace, head: int | None) -> tuple[dict[str, Any], Arrays]:
    """What the stage needs to know of the matrix, and its numbers; ({}, {}) where it is not shown.

    A mean over heads has no matrix: the first head's is sent then.

    Args:
        trace: the run.
        head: whose matrix; None is the mean of all heads.

    Returns:
        {rows, units, head, corrects}, and arrays in units: features, values, and where pairs correct what was there,
        what was answered.
    """
    if not shows_matrix(trace):
        return {}, {}
    features, values, answered = _factors(trace, head or 0)
    value_unit = _unit(np.concatenate([values, answered]))
    units = [_unit(features), value_unit]
    told = {
        "rows": features.shape[-1],
        "units": units,
        "head": (head or 0) + 1 if trace.heads > 1 else 0,
        "corrects": bool(answered.any()),
    }
    sent = {"matrix_features": _levels(features, units[0]), "matrix_values": _levels(values, value_unit)}
    return told, sent | ({"matrix_answered": _levels(answered, value_unit)} if told["corrects"] else {})


def _factors(trace: Trace, head: int) -> tuple[Floats, Floats, Floats]:
    assert trace.matrix is not None
    return trace.matrix.features[head], trace.matrix.values[head], trace.matrix.answered[head]


def _unit(rows: Floats) -> float:
    return float(np.abs(rows).max(initial=0)) / LEVELS or 1.0


def _levels(rows: Floats, unit: float) -> NDArray[np.int16]:
    levels: NDArray[np.int16] = np.rint(rows / unit).astype(np.int16)
    return levels
