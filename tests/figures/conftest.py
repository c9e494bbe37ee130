"""One small run for all figures: a memory that compresses, forgets and errs."""

import pytest

from memattn.compression import MeanPool
from memattn.memory.compressive import Compressive
from memattn.records import Trace
from memattn.streams import random_stream
from memattn.trace import trace


@pytest.fixture(scope="session")
def run() -> Trace:
    """61 tokens, 2 heads; n_s = 7, n_m = 11, n_cm = 3, c = 3: the first slot is dropped long before the end."""
    return trace(Compressive(7, 11, 3, MeanPool(3)), random_stream(61, 5, 3, heads=2, seed=6), "compressive")
