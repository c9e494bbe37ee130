"""Numbers for people: a difference has its sign, and what is rounded to nothing has none."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from memattn.lessons import summary, worked
from memattn.lessons.running import run
from memattn.quantities import signed
from memattn.ui.lesson import recurrence
from tests.lessons.cases import SMALL, settings

HOUSE = Path(__file__).parent.parent / "memattn"


@pytest.mark.parametrize(
    ("number", "digits", "says"),
    [
        (0.174, 2, "+0.17"),
        (-0.0151, 2, "−0.02"),
        (-0.004, 2, "0.00"),
        (0.004, 2, "0.00"),
        (-0.0, 3, "0.000"),
        (-0.004, 3, "−0.004"),
    ],
)
def test_a_difference_has_its_sign_unless_it_is_rounded_to_0(number: float, digits: int, says: str) -> None:
    assert signed(number, digits) == says


def test_nobody_writes_a_sign_by_himself() -> None:
    files = [file for part in ("lessons", "figures", "ui") for file in (HOUSE / part).rglob("*.py")]
    assert files and not [file for file in files if re.search(r":\+[^}]*[fge]\}", file.read_text(encoding="utf-8"))]


def test_a_number_just_below_0_is_no_minus_0(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worked.written((Fraction(-1, 4096), Fraction(-9, 2))) == "(0, −4.5)"
    assert recurrence._numbers(np.array([[-0.0001, -0.2, 1]])) == "(0.000, −0.200, …)"
    trace = run(settings(SMALL["hybrid"])).trace
    monkeypatch.setattr(summary, "gate", lambda step, head: (0.5, -0.001, -0.001))
    assert summary._gated(trace, trace.steps[-1], 0).numbers == r"\sigma(0.00 - 0.00) = 0.500"
    monkeypatch.setattr(summary, "gate", lambda step, head: (0.5, -0.2, -0.2))
    assert summary._gated(trace, trace.steps[-1], 0).numbers == r"\sigma(-0.20 - (-0.20)) = 0.500"
