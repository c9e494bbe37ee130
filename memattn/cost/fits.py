"""How long a text fits into so many bytes: in closed form where every token costs the same, else by a search."""

from collections.abc import Callable

from memattn.cost.models import ModelSize

GIB = 2**30
LONGEST = 2**40  # tokens; what still fits then is said to fit at any length


def full_length(model: ModelSize, budget: int, bits: int) -> int:
    """Tokens whose pairs fit when every layer keeps them all: T = ⌊8 · bytes / (bits · numbers per token)⌋."""
    return 8 * budget // (bits * model.token_numbers)


def longest(numbers: Callable[[int], int], budget: int, bits: int) -> int | None:
    """The longest text on the way to which a state fits; None where it fits at any length.

    Args:
        numbers: stored at most on the way to so many tokens; must not fall.
        budget: bytes.
        bits: per number.

    Raises:
        ValueError: budget or bits are not positive.
    """
    if budget < 1 or bits < 1:
        raise ValueError(f"budget and bits must be ≥ 1, got {budget} and {bits}")
    if bits * numbers(LONGEST) <= 8 * budget:
        return None
    fits, not_any_more = 0, LONGEST
    while not_any_more - fits > 1:
        middle = (fits + not_any_more) // 2
        if bits * numbers(middle) <= 8 * budget:
            fits = middle
        else:
            not_any_more = middle
    return fits
