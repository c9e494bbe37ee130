"""Direct beside recursive: Σ as the memory passed it on from step to step, and formed anew from all pairs it holds."""

from collections.abc import Iterator, Mapping

import numpy as np

from memattn.lessons.answering import Run
from memattn.lessons.lesson import Head, Result, Settings
from memattn.lessons.results import Line, LinePoint, Lines
from memattn.lessons.running import run
from memattn.records import Floats, Role, Shares, Trace

X, Y = "token", "relative difference of Σ"


def of_run(found: Run, head: Head) -> Lines:
    """Largest difference of a number in the key of Σ, of all heads or of one, beside the largest key in it."""
    trace = found.trace
    points = []
    for slot in trace.made if trace.provenance == "exact" else ():
        for shares, (step, key) in zip(trace.history(slot), trace.slot_keys(slot), strict=True):
            far = apart(trace, shares, key, head)
            points.append(LinePoint(step + 1, far, far, far))
    lines = (Line("direct − recursive", Role.SUMMARY, tuple(points)),) if points else ()
    precision = float(np.finfo(trace.keys.dtype).eps)
    return Lines(lines, X, Y, {f"rounding of {trace.keys.dtype}": precision})


def apart(trace: Trace, shares: Shares, key: Floats, head: Head = None) -> float:
    """Of a key as it was passed on, how far it is from the same formed of all its pairs, by the largest in them."""
    pairs = trace.keys[:, list(shares.sources)].astype(np.float64)
    direct = np.einsum("hn,hnd->hd", shares.keys.astype(np.float64), pairs)
    chosen = slice(None) if head is None else slice(head, head + 1)
    return float(np.abs(direct - key)[chosen].max() / max(np.abs(pairs[chosen]).max(), np.finfo(np.float64).tiny))


def direct_beside_recursive(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
    """The same from settings alone."""
    yield Result(1, 1, of_run(run(settings), None))
