"""What the text of a link means as a value: numbers within a range, one of some values; all else is refused."""

from collections.abc import Mapping
from typing import Any

LONGEST_NUMBER = 12  # characters; no more are converted


def whole(text: str, low: int, high: int) -> int:
    """A whole number of a link.

    Raises:
        ValueError: it is none, or outside of low..high.
    """
    value = real(text, low, high)
    if not value.is_integer():
        raise ValueError(text)
    return int(value)


def real(text: str, low: float, high: float) -> float:
    """A number of a link; errors as for `whole`."""
    if len(text) > LONGEST_NUMBER or not text.isascii():
        raise ValueError(text[:LONGEST_NUMBER])
    value = float(text)
    if not low <= value <= high:  # NaN is not
        raise ValueError(text)
    return value


def among(text: str, allowed: Mapping[Any, Any]) -> Any:
    """One of some values, by its text; errors as for `whole`."""
    found = {str(value): value for value in allowed}
    if text not in found:
        raise ValueError(text)
    return found[text]
