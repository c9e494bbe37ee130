"""The example that is shipped is the one that the trained reader computes, and needs nothing heavy to be shown."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memattn.ui import example
from tests.stage.test_payload import opened

ROOT = Path(__file__).resolve().parents[2]
ROUNDING = 1e-2  # of a number with two or three digits, where another machine rounds it the other way
LEVEL = 5e-3  # of a share on the attention map


def alike(one: Any, other: Any) -> bool:
    """Words, counts and names exactly; numbers and arrays to the rounding."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and np.allclose(one, other, rtol=0, atol=LEVEL, equal_nan=True)
    if isinstance(one, float):
        return bool(one == pytest.approx(other, rel=ROUNDING, abs=ROUNDING))
    return bool(one == other)


def test_the_shipped_example_is_what_the_reader_computes() -> None:
    """Digests may differ from machine to machine: sums of floats are taken in another order."""
    shipped, computed = example.shipped(), example.computed()
    assert (shipped.last, shipped.question, shipped.word, shipped.told) == (
        computed.last,
        computed.question,
        computed.word,
        computed.told,
    )
    assert shipped.probability == pytest.approx(computed.probability, abs=1e-3)
    ours, theirs = opened(shipped.payload), opened(computed.payload)
    assert [name for name in ours if not alike(ours[name], theirs[name])] == []


def test_what_differs_is_found() -> None:
    ours, theirs = opened(example.shipped().payload), opened(example.shipped().payload)
    theirs["weights"][7] = theirs["weights"][7] + 0.02
    theirs["steps"][9]["r"][0][0] += 1
    assert [name for name in ours if not alike(ours[name], theirs[name])] == ["steps", "weights"]


def test_the_landing_page_is_there_without_torch_and_numpy() -> None:
    asked = "import sys; from memattn.ui import frame, landing; landing.shipped(); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"torch", "numpy", "pandas"} & set(told.stdout.split()) == set()
    assert "memattn.stage.bundle" in told.stdout.split()


DRAWN = """
import sys
from streamlit.testing.v1 import AppTest
from memattn.ui import upkeep, warmup

upkeep._begun.acquire(blocking=False)
warmup.start = lambda *_: None
assert not AppTest.from_file("app.py", default_timeout=60).run().exception
print(*sys.modules)
"""


def test_the_landing_page_is_drawn_without_what_takes_long_to_import() -> None:
    """Streamlit asks pandas of every mapping and list that goes to a component."""
    told = subprocess.run([sys.executable, "-c", DRAWN], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"torch", "pandas", "pyarrow"} & set(told.stdout.split()) == set()
    assert "memattn.ui.landing" in told.stdout.split()
