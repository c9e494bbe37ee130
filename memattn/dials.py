"""A setting describes itself: what a control has to know about it stands at the field of the dataclass.

A page reads `dials(Window)` and draws a slider from 1 to 256 pairs that begins at 32; nobody lists settings twice.
The standard library alone, so that mechanisms of any part of the house can use it. Three kinds:

- `dial`: a number between two ends;
- `option`: one of several named values;
- `part`: another mechanism, chosen by its name, whose own settings can be read in turn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, TypeAlias

KEY = "dial"  # of the field's metadata


@dataclass(frozen=True)
class Dial:
    """A number to be set.

    Args:
        default: what the class takes when it is given nothing.
        low: smallest number on offer.
        high: largest.
        symbol: as in formulas, without dollars.
        unit: plural, "" where there is none.
        help: one sentence.
        name: words on the control.
        start: where the control begins.
        step: distance between neighbours.
        make: turns the number into the field's value; None leaves it as it is.
        row_symbol: where `make` makes a row of numbers that can also be set one by one, what they are called, "β".
        field: name of the field, known once it is in a class.

    Raises:
        ValueError: low is above high, default or start lie outside of them, or the step is not positive.
    """

    default: float
    low: float
    high: float
    symbol: str
    unit: str
    help: str
    name: str
    start: float
    step: float
    make: Callable[[Any], Any] | None = None
    row_symbol: str = ""
    field: str = ""

    def __post_init__(self) -> None:
        """Refuse ranges that offer nothing."""
        if self.low > self.high:
            raise ValueError(f"low must be ≤ high, got low={self.low} and high={self.high}")
        for what in ("default", "start"):
            if not self.low <= getattr(self, what) <= self.high:
                raise ValueError(f"{what} must lie in {self.low}..{self.high}, got {getattr(self, what)}")
        if self.step <= 0:
            raise ValueError(f"step must be > 0, got {self.step}")

    @property
    def whole(self) -> bool:
        """Whether only whole numbers can be set."""
        return all(isinstance(number, int) for number in (self.low, self.high, self.start, self.step))

    def value(self, number: float) -> Any:
        """What the field holds when the control stands at `number`."""
        return self.make(number) if self.make else number

    def row(self, written: str) -> tuple[float, ...]:
        """The numbers of a row, "0.1,0.3,0.6".

        Raises:
            ValueError: this dial makes no row, or something is no number.
        """
        if not self.row_symbol:
            raise ValueError(f"{self.name} is one number, got {written!r}")
        try:
            return tuple(float(one) for one in written.split(","))
        except ValueError:
            raise ValueError(f"{self.row_symbol} must be numbers, such as 0.1,0.3,0.6, got {written!r}") from None


@dataclass(frozen=True)
class Option:
    """One of several named values.

    Args:
        default: what the class takes when it is given nothing.
        options: words by value, in the order of the control.
        help: one sentence.
        name: words on the control.
        start: where the control begins.
        field: name of the field, known once it is in a class.

    Raises:
        ValueError: default or start are not among the options.
    """

    default: Any
    options: Mapping[Any, str]
    help: str
    name: str
    start: Any
    field: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be chosen."""
        _among(self.options, default=self.default, start=self.start)


@dataclass(frozen=True)
class Part:
    """Another mechanism, by its registry name.

    Args:
        default: name that the control begins with.
        prototypes: what makes each of them; all but its dials stays as it is made.
        help: one sentence.
        name: words on the control.
        field: name of the field, known once it is in a class.

    Raises:
        ValueError: default is not among the prototypes.
    """

    default: str
    prototypes: Mapping[str, Callable[[], Any]]
    help: str
    name: str
    field: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be chosen."""
        _among(self.prototypes, default=self.default)


Setting: TypeAlias = Dial | Option | Part


def dial(
    default: float,
    low: float,
    high: float,
    symbol: str,
    unit: str,
    help: str,
    *,
    name: str = "",
    start: float | None = None,
    step: float | None = None,
    make: Callable[[Any], Any] | None = None,
    row_symbol: str = "",
) -> Any:
    """A dataclass field that is a number; arguments as for `Dial`.

    `name` is made of the field's unless given, `start` is the default, `step` is 1 for whole numbers and a hundredth
    of the range for others. With `make`, the class default is `make(default)`.
    """
    start = default if start is None else start
    if step is None:
        step = 1 if all(isinstance(number, int) for number in (low, high, start)) else (high - low) / 100
    about = Dial(default, low, high, symbol, unit, help, name, start, step, make, row_symbol)
    return field(default=about.value(default), metadata={KEY: about})


def option(default: Any, options: Mapping[Any, str], help: str, *, name: str = "", start: Any = None) -> Any:
    """A dataclass field that takes one of several values; arguments as for `Option`, `start` is the default."""
    about = Option(default, options, help, name, default if start is None else start)
    return field(default=default, metadata={KEY: about})


def part(
    default: str,
    prototypes: Mapping[str, Callable[[], Any]],
    help: str,
    *,
    name: str = "",
    unset: Callable[[], Any] | None = None,
) -> Any:
    """A dataclass field that is itself a mechanism; arguments as for `Part`.

    `unset` makes what the class takes when it is given nothing, where that is not what the default prototype makes.
    """
    about = Part(default, prototypes, help, name)
    return field(default_factory=unset or prototypes[default], metadata={KEY: about})


def dials(kind: type) -> dict[str, Setting]:
    """The settings of a dataclass that describe themselves, by field, in the order of the fields."""
    return dict(_dials(kind))


@cache
def _dials(kind: type) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for own in fields(kind):
        about: Setting | None = own.metadata.get(KEY)
        if about is not None:
            words = about.name or own.name.replace("_", " ").capitalize()
            found[own.name] = replace(about, field=own.name, name=words)
    return found


def _among(allowed: Mapping[Any, object], **given: Any) -> None:
    for what, value in given.items():
        if value not in allowed:
            raise ValueError(f"{what} must be one of {', '.join(map(str, allowed))}, got {value!r}")
