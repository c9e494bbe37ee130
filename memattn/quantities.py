"""Quantities as they are written for people. The standard library alone."""

import math

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def bytes_in_words(count: int) -> str:
    """1024-based: 512 KiB, 2 GiB, 1.5 MiB.

    Raises:
        ValueError: the count is negative.
    """
    if count < 0:
        raise ValueError(f"a number of bytes must be ≥ 0, got {count}")
    size, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):  # the last unit is used after the loop
        if size < 1024:
            break
        if unit != "TiB":
            size /= 1024
    return f"{size:.4g} {unit}" if size < 1000 else f"{size:.0f} {unit}"


def rounded(number: float, digits: int = 2, latex: bool = False) -> str:
    """So many digits, written out: 0.37, 33, 1,200; with a power of ten where that gets long: 4.2·10⁻¹¹."""
    near = float(f"{number:.{digits}g}")
    if not near or 1e-4 <= abs(near) < 1e9 or not math.isfinite(near):
        plain = f"{near:,.{max(digits, 9)}g}"
        return plain.replace(",", "{,}") if latex else plain
    mantissa, power = f"{near:.{digits - 1}e}".split("e")
    shown, raised = f"{float(mantissa):g}", str(int(power))
    return rf"{shown} \cdot 10^{{{raised}}}" if latex else f"{shown}·10{raised.translate(RAISED)}"


def signed(number: float, digits: int = 2) -> str:
    """A difference, so many digits behind the point: +0.17, −0.02; what is rounded to 0 has no sign, 0.00."""
    said = f"{number:+z.{digits}f}"
    return said.replace("-", "−") if float(said) else said[1:]
