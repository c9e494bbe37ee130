"""Quantities as they are written for people. The standard library alone."""


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


def rounded(number: float, digits: int = 2) -> str:
    """So many digits, written out however large: 0.37, 33, 1,200."""
    return f"{float(f'{number:.{digits}g}'):,.{max(digits, 6)}g}" if abs(number) < 1e6 else f"{number:,.0f}"


def signed(number: float, digits: int = 2) -> str:
    """A difference, so many digits behind the point: +0.17, −0.02; what is rounded to 0 has no sign, 0.00."""
    said = f"{number:+z.{digits}f}"
    return said.replace("-", "−") if float(said) else said[1:]
