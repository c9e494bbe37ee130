"""Settings that describe themselves: what stands at a field is what a control needs."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from memattn.compression import COMPRESSIONS
from memattn.dials import Dial, Option, Part, dial, dials, option, part
from memattn.memory import MEMORIES
from memattn.memory.base import dial as from_base

DESCRIBED: dict[str, type] = {**MEMORIES, **COMPRESSIONS}


@dataclass(frozen=True)
class Pan:
    """Something with settings."""

    lid_size: int = dial(3, 1, 11, "d", "inches", "How wide.", start=5)
    heat: float = dial(0.5, 0.0, 1.0, "h", "", "How hot.", name="Fire")
    plain: int = 7
    eggs: tuple[int, ...] = dial(2, 1, 5, "n_e", "eggs", "How many.", make=lambda count: tuple(range(count)))


@dataclass(frozen=True)
class Kitchen(Pan):
    """It with more of them, one said anew."""

    heat: float = dial(0.25, 0.0, 0.5, "h", "", "How hot.")
    style: str = option("fried", {"fried": "in oil", "boiled": "in water"}, "How done.", start="boiled")
    pan: Pan = part("small", {"small": lambda: Pan(2), "large": lambda: Pan(11)}, "In what.", unset=Pan)
    spare: Pan = part("large", {"large": lambda: Pan(11)}, "And what else.", name="Other")


def test_the_class_has_its_defaults_whatever_a_control_begins_with() -> None:
    assert Pan() == Pan(3, 0.5, 7, (0, 1))
    assert Kitchen() == Kitchen(3, 0.25, 7, (0, 1), "fried", Pan(), Pan(11))


def test_settings_come_in_the_order_of_the_fields_with_what_they_inherit() -> None:
    assert list(dials(Pan)) == ["lid_size", "heat", "eggs"]
    assert list(dials(Kitchen)) == ["lid_size", "heat", "eggs", "style", "pan", "spare"]
    assert dials(Kitchen)["heat"].default == 0.25
    assert {name: about.field for name, about in dials(Kitchen).items()} == {name: name for name in dials(Kitchen)}


def test_words_are_made_of_the_field_unless_given() -> None:
    assert [about.name for about in dials(Kitchen).values()] == ["Lid size", "Heat", "Eggs", "Style", "Pan", "Other"]
    assert dials(Pan)["heat"].name == "Fire"


def test_a_dial_knows_where_to_begin_how_far_to_step_and_what_it_makes() -> None:
    lid, heat, eggs = dials(Pan).values()
    assert isinstance(lid, Dial) and isinstance(heat, Dial) and isinstance(eggs, Dial)
    assert (lid.default, lid.start, lid.step, lid.whole) == (3, 5, 1, True)
    assert (heat.start, heat.step, heat.whole) == (0.5, 0.01, False)
    assert (lid.value(4), eggs.start, eggs.value(3)) == (4, 2, (0, 1, 2))


def test_an_option_and_a_part_know_what_can_be_chosen() -> None:
    style, pan = dials(Kitchen)["style"], dials(Kitchen)["pan"]
    assert isinstance(style, Option) and isinstance(pan, Part)
    assert (style.default, style.start, list(style.options)) == ("fried", "boiled", ["fried", "boiled"])
    assert (pan.default, {name: make() for name, make in pan.prototypes.items()}) == (
        "small",
        {"small": Pan(2), "large": Pan(11)},
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dial(5, 7, 3, "n", "", ""), r"low must be ≤ high, got low=7 and high=3"),
        (lambda: dial(2, 3, 7, "n", "", ""), r"default must lie in 3..7, got 2"),
        (lambda: dial(3, 3, 7, "n", "", "", start=8), r"start must lie in 3..7, got 8"),
        (lambda: dial(3, 3, 7, "n", "", "", step=0), r"step must be > 0, got 0"),
        (lambda: option("c", {"a": "", "b": ""}, ""), r"default must be one of a, b, got 'c'"),
        (lambda: option("a", {"a": "", "b": ""}, "", start="c"), r"start must be one of a, b, got 'c'"),
        (lambda: part("c", {"a": Pan}, ""), r"default must be one of a, got 'c'"),
    ],
)
def test_what_cannot_be_set_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_mechanism_finds_it_where_it_finds_the_contract() -> None:
    assert from_base is dial


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_setting_on_offer_is_one_that_its_mechanism_takes(name: str) -> None:
    kind = DESCRIBED[name]
    own = kind()
    for field, about in dials(kind).items():
        assert about.help.endswith(".") and about.name
        match about:
            case Dial():
                assert getattr(own, field) == about.value(about.default)
                offered = [about.value(number) for number in (about.start, about.high, about.low)]
            case Option():
                assert getattr(own, field) == about.default
                offered = list(about.options)
            case Part():
                assert about.prototypes.keys() <= MEMORIES.keys()
                made = {part: prototype() for part, prototype in about.prototypes.items()}
                assert all(isinstance(memory, MEMORIES[part]) for part, memory in made.items())
                offered = list(made.values())
        for value in offered:
            others = {"memory_length": 160} if field == "segment_length" and hasattr(own, "memory_length") else {}
            others |= {"segment_length": 1} if field == "memory_length" else {}
            assert getattr(replace(own, **others, **{field: value}), field) == value
    if not dials(kind):
        assert kind in (MEMORIES["full"], MEMORIES["cumulative_average"])


def test_the_sliders_of_the_memories_begin_where_they_did() -> None:
    begins = {
        f"{name}.{about.field}": about.start
        for name, kind in DESCRIBED.items()
        for about in dials(kind).values()
        if isinstance(about, Dial)
    }
    assert begins["window.window"] == begins["weighted_average.betas"] == 32
    assert begins["exponential_average.gamma"] == 0.02
    assert [begins[f"compressive.{n}"] for n in ("segment_length", "memory_length", "compressed_length")] == [8, 16, 16]
    assert (begins["global_tokens.pinned"], begins["merging.slots_from"], begins["mean.rate"]) == (16, 16, 4)
