"""Names and units of what figures show: one quantity has one name, one unit and one way to be written, everywhere."""

import numpy as np

from memattn.lessons.narration import head_name
from memattn.records import Floats, Trace

SHARE = "share of attention"  # of a query, on a position; a row sums to 1
RETAINED = "retained mass"  # full attention's mass on positions that some slot still carries, in %
OUTPUT_ERROR = "output error"  # |output - full attention's| / |full attention's|; 0 is the same
RECALL = "recall"  # share of right answers
PROBABILITY = "probability of the true answer"

NOISE = 1e-5  # relative; two ways to compute one output in float32 differ by less


def whose(trace: Trace, head: int | None) -> str:
    """Whose attention it is, to stand behind the name of a quantity."""
    return f"({head_name(trace.heads, head)})"


def of_head(rows: Floats, head: int | None) -> Floats:
    """Over heads, which come first: those of one, or the mean."""
    chosen: Floats = rows.mean(axis=0) if head is None else rows[head]
    return chosen


def output_errors(trace: Trace, head: int | None) -> Floats:
    """(tokens,) output errors without rounding noise."""
    errors = of_head(np.stack([step.output_error for step in trace.steps], axis=1), head)
    return np.where(errors < NOISE, 0.0, errors)


def retained_percent(trace: Trace, head: int | None) -> Floats:
    """(tokens,) retained mass in %."""
    return 100 * of_head(np.stack([step.retained for step in trace.steps], axis=1), head)
