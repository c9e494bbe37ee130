"""Numbers as people write them, and no other way of writing them in what is shown."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from memattn.lessons import summary, worked
from memattn.lessons.cost.growth import in_words
from memattn.lessons.numbers import in_digits, pairs
from memattn.lessons.running import run
from memattn.quantities import rounded, signed
from memattn.ui.lesson import recurrence
from tests.lessons.cases import SMALL, settings

SHOWN = Path(__file__).parents[1] / "memattn"
FEW_DIGITS = re.compile(r":,?\.\d~?[eEgG]\}|:[eE]\}")  # Python and Plotly then write 1e-16, and 1.2e+03
NOT_SHOWN = ("float(f", 'f"{said:.3g}" == ', "chosen[0]")  # read again, compared, or for a link


@pytest.mark.parametrize(
    ("number", "plain", "latex"),
    [
        (0.25, "0.25", "0.25"),
        (0.00012, "0.00012", "0.00012"),
        (-0.5, "-0.5", "-0.5"),
        (0.00009999, "0.0001", "0.0001"),
        (1e-16, "1·10⁻¹⁶", r"1 \cdot 10^{-16}"),
        (-2.354e-11, "-2.35·10⁻¹¹", r"-2.35 \cdot 10^{-11}"),
        (1234, "1,230", "1{,}230"),
        (999_600, "1,000,000", "1{,}000{,}000"),
        (4.25e10, "4.25·10¹⁰", r"4.25 \cdot 10^{10}"),
        (0, "0", "0"),
    ],
)
def test_numbers_are_written_out_or_with_a_power_of_ten(number: float, plain: str, latex: str) -> None:
    assert (rounded(number, 3), rounded(number, 3, latex=True)) == (plain, latex)


def test_numbers_of_the_reader_and_of_the_text_are_written_out() -> None:
    assert pairs("0.00001 2 : 3.50 -4") == ("0.00001,2→3.5,-4",)
    assert in_digits([12345678.9, -0.0001, 2]) == "[12345678.9, 0, 2]"
    assert [in_words(number) for number in (999, 999_499, 999_999, 1_234_567)] == [
        "999",
        "999 thousand",
        "1 million",
        "1.23 million",
    ]


@pytest.mark.parametrize("part", ["lessons", "ui", "figures", "stage"])
def test_no_number_that_is_shown_can_get_the_notation_of_programmers(part: str) -> None:
    found = [
        f"{file.relative_to(SHOWN)}: {line.strip()}"
        for file in (SHOWN / part).rglob("*.py")
        for line in file.read_text("utf-8").splitlines()
        if FEW_DIGITS.search(line) and not any(sign in line for sign in NOT_SHOWN)
    ]
    assert not found and any((SHOWN / part).rglob("*.py"))


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
    files = [file for part in ("lessons", "figures", "ui") for file in (SHOWN / part).rglob("*.py")]
    assert files and not [file for file in files if re.search(r":\+[^}]*[fge]\}", file.read_text(encoding="utf-8"))]


def test_a_number_just_below_0_is_no_minus_0(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worked.written((Fraction(-1, 4096), Fraction(-9, 2))) == "(0, −4.5)"
    assert recurrence._numbers(np.array([[-0.0001, -0.2, 1]])) == "(0.000, −0.200, …)"
    trace = run(settings(SMALL["hybrid"])).trace
    monkeypatch.setattr(summary, "gate", lambda step, head: (0.5, -0.001, -0.001))
    assert summary._gated(trace, trace.steps[-1], 0).numbers == r"\sigma(0.00 - 0.00) = 0.500"
    monkeypatch.setattr(summary, "gate", lambda step, head: (0.5, -0.2, -0.2))
    assert summary._gated(trace, trace.steps[-1], 0).numbers == r"\sigma(-0.20 - (-0.20)) = 0.500"
