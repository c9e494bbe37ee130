"""What can be chosen is derived from the registry; what is chosen is the mechanism that one would make by hand."""

from dataclasses import fields
from typing import Any

import pytest

from memattn.compression import COMPRESSIONS, Conv1d, KeepOne, MaxPool, MeanPool
from memattn.dials import Dial, Option, Part, Setting, dials
from memattn.lessons.memories import (
    AS_IT_IS,
    BY_TOKENS,
    NETWORK,
    RATE,
    THROUGH,
    TOGETHER,
    Choice,
    Value,
    compressions,
    has_layers,
    learned_by,
    main_role,
    make,
    make_compression,
    refusal,
    served_by,
    settings_of,
    start_of,
    titled,
    training,
)
from memattn.lessons.models import load
from memattn.memory import MEMORIES, Memory
from memattn.memory.compressive import REMAINDERS, Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.dynamic_global import DynamicGlobal
from memattn.memory.exponential_average import ExponentialAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.heavy_hitters import HeavyHitters
from memattn.memory.hybrid import Hybrid
from memattn.memory.linear import Linear
from memattn.memory.merging import Merging
from memattn.memory.moving_average import MovingAverage
from memattn.memory.nearest import Nearest
from memattn.memory.rebinned import Rebinned
from memattn.memory.recurrent import Recurrent
from memattn.memory.segment_recurrence import SegmentRecurrence
from memattn.memory.segments import Segments
from memattn.memory.weighted_average import WeightedAverage
from memattn.memory.window import Window
from memattn.reader.trained import TRAINED_MODELS
from memattn.reader.weights import file_of
from memattn.records import Role
from tests.lessons.cases import COMPRESSED, SMALL

every_name = pytest.mark.parametrize("name", MEMORIES)


def offered(setting: Setting) -> tuple[Any, ...]:
    """Both ends of a number, every one of several values."""
    match setting:
        case Dial():
            return setting.low, setting.high
        case Option():
            return tuple(setting.options)
    return tuple(setting.prototypes)


def chosen(name: str, compression: str = "mean", **settings: Value) -> Choice:
    return Choice(name, tuple((key.replace("__", "."), value) for key, value in settings.items()), compression)


BY_HAND: list[tuple[Choice, Memory[Any]]] = [
    (chosen("full"), Full()),
    (chosen("window", window=13), Window(13)),
    (chosen("moving_average", window=11), MovingAverage(11)),
    (chosen("weighted_average", betas=5), WeightedAverage((1, 2, 3, 4, 5))),
    (chosen("cumulative_average"), CumulativeAverage()),
    (chosen("exponential_average", gamma=0.035), ExponentialAverage(0.035)),
    (chosen("recurrent"), Recurrent("gated")),
    (chosen("recurrent", cell="gru"), Recurrent("gru")),
    (chosen("segment_recurrence", segment_length=7), SegmentRecurrence(7, Recurrent("gated"))),
    (chosen("segments", segment_length=7, segments=3), Segments(7, 3)),
    (chosen("segments", segments=0), Segments(8, 0)),
    (chosen("global_tokens", pinned=13, window=5), GlobalTokens(13, 5)),
    (chosen("dynamic_global", slots_from=3, growth="fixed", write="oldest"), DynamicGlobal(3, "fixed", "oldest")),
    (chosen("merging", slots_from=7, growth="log"), Merging(7, "log")),
    (chosen("rebinned", slots_from=5, growth="sqrt"), Rebinned(5, "sqrt")),
    (chosen("nearest", nearest=3, window=13), Nearest(3, 13)),
    (chosen("heavy_hitters", heavy=5, recent=13), HeavyHitters(5, 13)),
    (chosen("linear", features=11, rule="delta"), Linear(11, "delta")),
    (chosen("hybrid", first__window=13), Hybrid(Window(13), CumulativeAverage(log_count=True))),
    (
        Choice("hybrid", (("second", "merging"), ("second.slots_from", 5), ("second.growth", "log"))),
        Hybrid(Window(32), Merging(5, "log")),
    ),
    (
        Choice("hybrid", (("second", "rebinned"), ("first.window", 3), ("second.slots_from", 11))),
        Hybrid(Window(3), Rebinned(11)),
    ),
    *(
        (
            chosen("compressive", segment_length=7, memory_length=11, compressed_length=5, rate=3, remainder=rule),
            Compressive(7, 11, 5, MeanPool(3), rule),
        )
        for rule in REMAINDERS
    ),
    (chosen("compressive", "max", rate=2), Compressive(8, 16, 16, MaxPool(2))),
    (chosen("compressive", "keep", rate=5, compressed_length=0), Compressive(8, 16, 0, KeepOne(5))),
    (chosen("compressive", "conv", rate=5), Compressive(8, 16, 16, Conv1d(5))),
]


@pytest.mark.parametrize(("choice", "by_hand"), BY_HAND, ids=lambda one: titled(one) if isinstance(one, Choice) else "")
def test_what_is_chosen_is_the_mechanism_made_by_hand(choice: Choice, by_hand: Memory[Any]) -> None:
    assert make(choice) == by_hand


def test_by_hand_every_memory_of_the_registry_is_there() -> None:
    assert {choice.name for choice, _ in BY_HAND} == set(MEMORIES)


@every_name
def test_a_memory_can_be_made_as_its_controls_begin_and_an_existing_model_reads_with_it(name: str) -> None:
    choice = Choice(name)
    assert type(make(choice, load(served_by(choice)))) is MEMORIES[name]
    assert served_by(choice) in TRAINED_MODELS
    assert file_of(served_by(choice)).exists()


@every_name
def test_the_model_that_was_trained_through_a_memory_reads_with_it(name: str) -> None:
    trained_through = {model.name for model in TRAINED_MODELS.values() if name in model.serves} - {"base-1", "base-2"}
    assert trained_through in (set(), {served_by(Choice(name))})


@every_name
def test_settings_are_the_dials_of_the_mechanism_and_of_its_parts(name: str) -> None:
    found, own = settings_of(name), dials(MEMORIES[name])
    for field, setting in own.items():
        if not isinstance(setting, Part):
            assert found[field] == setting
        else:
            assert (field in found) == (len(setting.prototypes) > 1)
            part = type(setting.prototypes[setting.default]())
            assert {f"{field}.{key}": inner for key, inner in dials(part).items()}.items() <= found.items()
    extra = {key for key in found if key.split(".")[0] not in own}
    assert extra == ({RATE} if "compression" in {field.name for field in fields(MEMORIES[name])} else set())


ENDS = [
    (name, key, value) for name in MEMORIES for key, setting in settings_of(name).items() for value in offered(setting)
]


@pytest.mark.parametrize(("name", "key", "value"), ENDS)
def test_every_end_and_option_of_every_setting_makes_a_memory(name: str, key: str, value: Any) -> None:
    choice = Choice(name, compression="mean").with_settings(**{key: value})
    if key == "memory_length":
        choice = choice.with_settings(segment_length=1)
    if key == "segment_length" and choice.compresses:
        choice = choice.with_settings(memory_length=160)
    made = make(choice)
    assert type(made) is MEMORIES[name]
    setting = settings_of(name)[key]
    if isinstance(setting, Dial) and "." not in key and key != RATE:
        assert getattr(made, key) == setting.value(value)


def test_a_part_brings_its_own_settings_along() -> None:
    assert list(settings_of("hybrid")) == ["first.window", "second"]
    assert list(settings_of("hybrid", {"second": "merging"})) == [
        "first.window",
        "second",
        "second.slots_from",
        "second.growth",
    ]


def test_a_choice_gives_what_was_set_and_else_where_the_control_begins() -> None:
    choice = Choice("compressive", (("rate", 3),))
    assert (choice["rate"], choice["memory_length"], choice["remainder"]) == (3, 16, "carry")
    assert choice.with_settings(rate=5, segment_length=2)["rate"] == 5
    assert choice["rate"] == 3, "a choice is a value"
    assert choice.with_settings(rate=5).with_settings(rate=3) == choice
    assert Choice("hybrid")["second"] == start_of(settings_of("hybrid")["second"]) == "cumulative_average"
    assert Choice("hybrid", (("second", "merging"),))["second.slots_from"] == 16
    with pytest.raises(KeyError, match="rate"):
        Choice("window")["rate"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("elephant",), "the memory must be one of full, window, .* got 'elephant'"),
        (("window", (("size", 3),)), "window has the settings window, got size"),
        (("full", (("size", 3),)), "full has the settings none, got size"),
        (("hybrid", (("second.growth", "log"),)), "hybrid has the settings first.window, second, got second.growth"),
        (("hybrid", (("second", "foo"),)), "second must be one of cumulative_average, merging, .* got 'foo'"),
        (("compressive", (), "gzip"), "the compression must be one of e2e, .* got 'gzip'"),
        (("window", (), "e2e", 3), "layers must be 1 or 2, got 3"),
    ],
)
def test_what_does_not_exist_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Choice(*arguments)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (chosen("window", window=0), "window n_c must be ≥ 1 pair, got 0"),
        (chosen("compressive", segment_length=9, memory_length=7), "memory_length n_m must be ≥ n_s=9 pairs, got 7"),
        (chosen("recurrent", cell="lstm"), "cell must be 'gru' or 'gated', got 'lstm'"),
        (Choice("compressive"), "without a trained model the compression must be one of mean, max, .* got 'e2e'"),
    ],
)
def test_what_does_not_go_together_is_refused_when_it_is_made(choice: Choice, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(choice)


@pytest.mark.parametrize("name", MEMORIES)
def test_a_refused_size_is_named_as_its_control_is(name: str) -> None:
    """Readers never see the name of a field; what is allowed and what was asked for is said as by the core."""
    plain = Choice(name, compression="mean")
    numbers = {
        key: one for key, one in settings_of(name).items() if isinstance(one, Dial) and one.whole and not one.make
    }
    for key, dial in numbers.items():
        with pytest.raises(ValueError, match=r"must be|no kernels") as caught:
            make(plain.with_settings(**{key: -1}))
        said = refusal(plain, caught.value)
        assert f"{dial.name} " in said and key.rpartition(".")[-1] not in said.split() and said.endswith("-1"), said
    with pytest.raises(ValueError) as caught:
        make(Choice("compressive", (("segment_length", 20), ("memory_length", 13)), compression="mean"))
    assert refusal(Choice("compressive"), caught.value) == "Mem n_m must be ≥ n_s=20 pairs, got 13"


# --- what a model has learned for a memory --------------------------------------------------------------------------


@pytest.mark.parametrize("key", compressions())
def test_a_trained_compression_takes_the_kernels_of_its_model(key: str) -> None:
    choice = COMPRESSED[key]
    reader, rate = load(served_by(choice), learned_by(choice)), int(choice["rate"])
    kind = COMPRESSIONS[compressions()[key].kind]
    learned = {"conv": reader.compressors, "dilated_conv": reader.dilated, "gated_pool": reader.gates}
    kernels: Any = learned.get(compressions()[key].kind, {})
    by_hand = kind(rate, weights=kernels[rate]) if compressions()[key].trained else kind(rate)  # type: ignore[call-arg]
    assert make(choice, reader) == Compressive(5, 11, 7, by_hand)
    assert make_compression(key, rate, reader) == by_hand


def test_plain_compressions_are_all_of_the_registry() -> None:
    assert set(compressions(trained=False)) == set(COMPRESSIONS)
    assert list(compressions())[-len(COMPRESSIONS) :] == list(COMPRESSIONS)
    titles = [one.title for one in compressions().values()]
    assert len(set(titles)) == len(titles)


def test_a_rate_that_no_kernels_were_trained_for_is_refused_with_those_that_were() -> None:
    choice = Choice("compressive", (("rate", 5),), "e2e-dilated")
    with pytest.raises(ValueError, match=r"c must be one of \[1, 2, 3, 4, 6, 8\] for dilated_conv, got 5"):
        make(choice, load("reader"))


def test_a_recurrence_over_segments_takes_the_cell_that_was_trained_by_tokens() -> None:
    reader = load("gated")
    assert make(Choice("segment_recurrence"), reader, 1).f == Recurrent("gated", weights=reader.cell(1))  # type: ignore[attr-defined]


def test_a_recurrent_memory_takes_the_trained_cell_of_its_layer() -> None:
    reader = load("gated")
    for layer in (0, 1):
        assert make(Choice("recurrent"), reader, layer) == Recurrent("gated", weights=reader.cell(layer))
    assert make(Choice("recurrent"), reader, 0) != make(Choice("recurrent"), reader, 1)
    assert make(chosen("recurrent", cell="gru"), load("base-1")) == Recurrent("gru")


SERVED = [
    (Choice("full"), "base-1", "", AS_IT_IS, True),
    (Choice("window"), "base-1", "", AS_IT_IS, True),
    (Choice("segments", layers=2), "base-2", "", AS_IT_IS, True),
    (Choice("dynamic_global"), "base-1", "", AS_IT_IS, True),
    (Choice("moving_average"), "averages", "", THROUGH, False),
    (Choice("weighted_average"), "averages", "", THROUGH, False),
    (Choice("recurrent"), "gated", "", THROUGH, False),
    (chosen("recurrent", cell="gru"), "base-1", "", AS_IT_IS, True),
    (Choice("segment_recurrence"), "gated", "", BY_TOKENS, False),
    (Choice("segment_recurrence", (("f.cell", "gru"),)), "base-1", "", AS_IT_IS, True),
    (Choice("hybrid"), "hybrid", "", THROUGH, False),
    (chosen("hybrid", second="merging"), "pool", "", THROUGH, False),
    (chosen("hybrid", second="rebinned"), "pool", "", THROUGH, False),
    (Choice("merging"), "pool", "", THROUGH, False),
    (Choice("compressive"), "reader", "", TOGETHER, False),
    (Choice("compressive", compression="e2e-dilated"), "reader", "", TOGETHER, False),
    (Choice("compressive", compression="ar-block"), "base-1", "ar-block", NETWORK, False),
    (Choice("compressive", compression="ae"), "base-1", "ae", NETWORK, False),
    (Choice("compressive", compression="mean", layers=2), "base-2", "", AS_IT_IS, True),
]


@pytest.mark.parametrize(("choice", "model", "learned", "how", "layers"), SERVED, ids=lambda one: str(one)[:40])
def test_which_model_reads_how_it_came_to_and_whether_layers_can_be_chosen(
    choice: Choice, model: str, learned: str, how: str, layers: bool
) -> None:
    assert (served_by(choice), learned_by(choice)) == (model, learned)
    assert training(choice) == how
    assert has_layers(choice) == layers


# --- in words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "title"),
    [
        (Choice("full"), "Full cache"),
        (Choice("window"), "Sliding window, n_c = 32"),
        (chosen("segments", segments=3), "Segment FIFO, n_s = 8, m = 3"),
        (chosen("exponential_average", gamma=0.035), "Exponential average, gamma = 0.035"),
        (chosen("hybrid", second="merging"), "Hybrid cache, n_c = 32, merging memory, n_g = 16"),
        (Choice("recurrent"), "Learned recurrence, gate alone"),
        (chosen("merging", growth="log"), "Merging memory, n_g = 16, more, as log T"),
        (
            chosen("compressive", "keep", compressed_length=11, rate=3),
            "Compressive memory, n_s = 8, n_m = 16, n_cm = 11, c = 3, keep one of c",
        ),
        (
            chosen("compressive", "e2e", remainder="drop"),
            f"Compressive memory, n_s = 8, n_m = 16, n_cm = 16, {REMAINDERS['drop']}, c = 4, convolution, end to end",
        ),
    ],
)
def test_a_choice_in_words(choice: Choice, title: str) -> None:
    assert titled(choice) == title


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("full", Role.RECENT),
        ("compressive", Role.COMPRESSED),
        ("global_tokens", Role.GLOBAL),
        ("hybrid", Role.SUMMARY),
        ("recurrent", Role.SUMMARY),
        ("segments", Role.RECENT),
    ],
)
def test_a_memory_has_the_colour_of_its_oldest_band(name: str, role: Role) -> None:
    choice = SMALL[name]
    assert main_role(make(choice, load(served_by(choice)))) == role
