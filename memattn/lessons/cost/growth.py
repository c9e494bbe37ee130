"""On paper: what every mechanism of the registry stores and reads in a real model, as the text grows."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from memattn.cost import MODELS, Cost, cost, most
from memattn.dials import Dial
from memattn.lessons.cost.record import Bar, Bars, Curve, Growth, as_much
from memattn.lessons.memories import Choice, main_role, make, settings_of
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.quantities import bytes_in_words, rounded
from memattn.records import counted

MOST = 20  # 2^20 is a million tokens
LENGTHS = tuple(2**k for k in range(MOST + 1))
FULL = "full"
HELD = ("pairs", "slots", "tokens")  # units of what holds something; "pairs : slot" is a rate
LARGE = 128  # 32 pairs on the stage are then the 4,096 of a real window


class Quantity(NamedTuple):
    """Something to be counted: what it is, which number of a price, whether in bytes, and how it is said of one."""

    axis: str
    field: str
    bytes: bool
    verb: str

    def of(self, priced: Cost) -> int:
        """The number."""
        return int(getattr(priced, self.field))

    def words(self, number: int) -> str:
        """With its unit."""
        return bytes_in_words(number) if self.bytes else f"{in_words(number)} operations"


QUANTITIES: Mapping[str, Quantity] = {
    "state": Quantity("bytes stored", "state_bytes", True, "stores"),
    "read": Quantity("bytes read for one token", "read_bytes", True, "reads"),
    "flops": Quantity("operations to read for one token", "read_flops", False, "reads with"),
}
BITS: Mapping[int, str] = {16: "fp16 or bf16, 2 bytes", 8: "fp8, 1 byte", 4: "int4, half a byte", 32: "fp32, 4 bytes"}
SIZES: Mapping[int, str] = {LARGE: f"{LARGE} times as large, as in real models", 1: "as on the stage"}


def in_words(number: int) -> str:
    """1000-based: 4.2 billion."""
    number = int(float(f"{number:.3g}")) if number >= 1000 else number  # 999,999 is a million
    for power, name in ((12, "trillion"), (9, "billion"), (6, "million"), (3, "thousand")):
        if number >= 10**power:
            return f"{rounded(number / 10**power, 3)} {name}"
    return str(number)


def sized(name: str, times: int) -> Choice:
    """A mechanism as its controls begin, what it holds so many times as large; nothing of it is trained."""
    plain = Choice(name, compression="mean")
    held = {
        key: int(setting.start) * times
        for key, setting in settings_of(name).items()
        if isinstance(setting, Dial) and setting.whole and setting.unit in HELD
    }
    return plain.with_settings(**held)


def every(times: int) -> dict[str, Memory[Any]]:
    """All mechanisms of the registry, by name."""
    return {name: make(sized(name, times)) for name in MEMORIES}


def unscaled(name: str, times: int) -> str:
    """A sentence where a mechanism has sizes and `times` leaves them as they are; "" elsewhere.

    The rows of a matrix go with the width of a model, not with what it holds.
    """
    whole = [one for one in settings_of(name).values() if isinstance(one, Dial) and one.whole]
    if times == 1 or not whole or sized(name, times) != sized(name, 1):
        return ""
    sizes = ", ".join(f"{one.symbol} = {int(one.start)} {one.unit}" for one in whole)
    return f"{MEMORIES[name].title} keeps its size on the stage, {sizes}: that does not grow with what is held."


class Priced(NamedTuple):
    """The two figures of one quantity: as the text grows, and all mechanisms after one text."""

    growth: Growth
    ranks: Bars


def priced(model: str, bits: int, sizes: int, quantity: str, chosen: str, at: int) -> Priced:
    """Price the most that every mechanism needs until every length.

    Args:
        model: key of `MODELS`.
        bits: per number.
        sizes: how many times as large as on the stage.
        quantity: key of `QUANTITIES`.
        chosen: the mechanism that stands out.
        at: length that is marked, one of `LENGTHS`.
    """
    size, what, memories = MODELS[model], QUANTITIES[quantity], every(sizes)
    curves = {
        name: Curve(
            MEMORIES[name].title,
            main_role(memory),
            tuple(what.of(most(memory, tokens, size, bits)) for tokens in LENGTHS),
        )
        for name, memory in memories.items()
    }
    now = LENGTHS.index(at)
    numbers = {name: curve.values[now] for name, curve in curves.items()}
    words = {name: what.words(number) for name, number in numbers.items()}
    order = sorted(curves, key=lambda name: (numbers[name], name))
    each = tuple(Bar(numbers[name], words[name], None if name == FULL else curves[name].role) for name in order)
    said = f"After {counted(at, 'token')} {size.name} {what.verb} {words[FULL]} with full attention"
    if chosen != FULL:
        up_to = "" if what.of(cost(memories[chosen], at, size, bits)) == numbers[chosen] else "up to "
        ratio = as_much(numbers[chosen] / numbers[FULL])
        said += f"; with {curves[chosen].title} {up_to}{words[chosen]}, {ratio}"
    names = tuple(dict.fromkeys((FULL, chosen)))
    return Priced(
        Growth(LENGTHS, curves, names, at, what.axis, words, what.bytes),
        Bars(
            tuple(curves[name].title for name in order),
            {"each memory": each},
            what.axis,
            f"{said}.",
            what.bytes,
            curves[chosen].title,
        ),
    )
