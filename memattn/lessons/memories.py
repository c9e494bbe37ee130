"""Which memories can be chosen, with which settings, and which trained model serves each: derived from `MEMORIES`.

A memory's settings describe themselves (`memattn.dials`), so a mechanism that is added to the registry is on every page
without an edit here. Settings have keys: the field's name, or `part.field` where a part of a memory is a memory itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from memattn.compression import COMPRESSIONS, Compression
from memattn.dials import Dial, Part, Setting, dials
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.reader import Reader
from memattn.reader.trained import TRAINED_MODELS
from memattn.records import Role

Value = int | float | str | bool
RATE = "rate"  # key of c, which belongs to the compression
BASES = {1: "base-1", 2: "base-2"}  # models of full attention, by layers: they read with any memory
SELF_COMPARED = (*BASES.values(), "reader")  # models that can read with full attention themselves


class CompressionChoice(NamedTuple):
    """A compression function that can be chosen.

    Args:
        kind: registry name.
        title: on the page.
        training: how its numbers came about, in a sentence.
        learned_by: the loss by which its kernels were learned for the frozen base reader; "" where they were not.
        end_to_end: whether its kernels were learned together with a reader of their own.
    """

    kind: str
    title: str
    training: str
    learned_by: str = ""
    end_to_end: bool = False

    @property
    def trained(self) -> bool:
        """Whether it needs the pairs of the model that it was trained with."""
        return self.end_to_end or bool(self.learned_by)


TOGETHER = "Reader and convolution were trained together through the memory, end to end."
NETWORK = "The base reader is frozen; only the compression network was trained."
AS_IT_IS = "The base reader as it is: it learned with full attention only."
THROUGH = "Trained through this memory, from the first layer to the answer."
BY_TOKENS = "f was trained to be read alone, after every word; for whole segments nothing was: expect few answers."

TRAINED_COMPRESSIONS: Mapping[str, CompressionChoice] = {
    "e2e": CompressionChoice("conv", "Convolution, end to end", TOGETHER, end_to_end=True),
    "e2e-dilated": CompressionChoice("dilated_conv", "Dilated convolution, end to end", TOGETHER, end_to_end=True),
    "ar-cache": CompressionChoice("conv", "Convolution, attention reconstruction (cache)", NETWORK, "ar-cache"),
    "ar-block": CompressionChoice("conv", "Convolution, attention reconstruction (block)", NETWORK, "ar-block"),
    "ar-dilated": CompressionChoice(
        "dilated_conv", "Dilated convolution, attention reconstruction", NETWORK, "ar-cache"
    ),
    "ae": CompressionChoice("conv", "Convolution, auto-encoding", NETWORK, "ae"),
    "ar-gated": CompressionChoice("gated_pool", "Softmax-gated pooling, attention reconstruction", NETWORK, "ar-cache"),
}


def compressions(trained: bool = True) -> dict[str, CompressionChoice]:
    """All compressions by key: those with trained kernels first, then every one of the registry as it is."""
    plain = {
        name: CompressionChoice(name, f"Random {kind.title.lower()}" if kind.learns else kind.title, AS_IT_IS)
        for name, kind in COMPRESSIONS.items()
    }
    return {**(TRAINED_COMPRESSIONS if trained else {}), **plain}


@dataclass(frozen=True)
class Choice:
    """A memory with its settings.

    Args:
        name: registry name.
        settings: by key; what is missing stands where its control begins.
        compression: key of `compressions`, where the memory compresses.
        layers: of the base reader, 1 or 2, where that serves the memory.
    """

    name: str
    settings: tuple[tuple[str, Value], ...] = ()
    compression: str = "e2e"
    layers: int = 1

    def __post_init__(self) -> None:
        """Refuse what does not exist.

        Raises:
            ValueError: no such memory, setting, compression or number of layers.
        """
        if self.name not in MEMORIES:
            raise ValueError(f"the memory must be one of {', '.join(MEMORIES)}, got {self.name!r}")
        known = settings_of(self.name, dict(self.settings))
        if unknown := [key for key, _ in self.settings if key not in known]:
            raise ValueError(f"{self.name} has the settings {', '.join(known) or 'none'}, got {', '.join(unknown)}")
        if self.compression not in compressions():
            raise ValueError(f"the compression must be one of {', '.join(compressions())}, got {self.compression!r}")
        if self.layers not in BASES:
            raise ValueError(f"layers must be 1 or 2, got {self.layers}")

    def __getitem__(self, key: str) -> Value:
        """A setting."""
        chosen = dict(self.settings)
        return chosen[key] if key in chosen else start_of(settings_of(self.name, chosen)[key])

    @property
    def compresses(self) -> bool:
        """Whether a compression belongs to it."""
        return "compression" in _fields(MEMORIES[self.name])

    def with_settings(self, **values: Value) -> "Choice":
        """The same with other settings."""
        return replace(self, settings=tuple((dict(self.settings) | values).items()))


def refusal(choice: Choice, error: ValueError) -> str:
    """What the core says of settings that it refuses, with the words of the controls for the names of fields."""
    text = str(error)
    for key, setting in settings_of(choice.name, dict(choice.settings)).items():
        field = key.rpartition(".")[-1]
        text = re.sub(rf"\b{field}(?= \w+ must)", setting.name, text)
    return text


def start_of(setting: Setting) -> Value:
    """Where its control begins."""
    value: Value = setting.default if isinstance(setting, Part) else setting.start
    return value


def settings_of(name: str, chosen: Mapping[str, Value] | None = None) -> dict[str, Setting]:
    """What can be set on a memory, by key; a part that is a memory brings its own settings along.

    Args:
        name: registry name.
        chosen: values by key; which memory a part is decides what can be set on it.
    """
    return dict(_settings(MEMORIES[name], chosen or {}))


def _settings(kind: type[Memory[Any]], chosen: Mapping[str, Value], inside: str = "") -> Iterator[tuple[str, Setting]]:
    for field, setting in dials(kind).items():
        key = inside + field
        if not isinstance(setting, Part):
            yield key, setting
            continue
        if len(setting.prototypes) > 1:
            yield key, setting
        name = str(chosen.get(key, setting.default))
        if name not in setting.prototypes:
            raise ValueError(f"{key} must be one of {', '.join(setting.prototypes)}, got {name!r}")
        yield from _settings(type(setting.prototypes[name]()), chosen, f"{key}.")
    if "compression" in _fields(kind):
        yield inside + RATE, dials(Compression)[RATE]


def make(choice: Choice, reader: Reader | None = None, layer: int = 0) -> Memory[Any]:
    """The mechanism with its settings.

    Args:
        choice: which.
        reader: the trained model that serves it, for what it has learned: kernels of a compression, a recurrent cell;
            without one, these are random.
        layer: whose recurrent cell.

    Raises:
        ValueError: the settings do not go together, or no kernels were trained for this rate c.
    """
    return _make(MEMORIES[choice.name], choice, reader, layer)


def _make(
    kind: type[Memory[Any]], choice: Choice, reader: Reader | None, layer: int, inside: str = "", **given: Any
) -> Memory[Any]:
    values = dict(given)
    known = settings_of(choice.name, dict(choice.settings))
    for field, setting in dials(kind).items():
        key = inside + field
        if isinstance(setting, Part):
            prototype = setting.prototypes[str(choice[key] if key in known else setting.default)]()
            own = type(prototype)
            kept = {name: getattr(prototype, name) for name in _fields(own) if name not in dials(own)}
            values[field] = _make(own, choice, reader, layer, f"{key}.", **kept)
        else:
            values[field] = _made_of(setting, choice[key])
    if "compression" in _fields(kind):
        values["compression"] = make_compression(choice.compression, int(choice[inside + RATE]), reader)
    if reader is not None and reader.config.cell and values.get("cell") == reader.config.cell:
        values["weights"] = reader.cell(layer)
    return kind(**values)


def _made_of(setting: Setting, value: Value) -> Any:
    """What a field holds; a row of numbers, "0.1,0.3,0.6", stands for itself where a dial makes one of how many."""
    if not isinstance(setting, Dial):
        return value
    if isinstance(value, str):
        return setting.row(value)
    return setting.value(int(value) if setting.whole else float(value))


def make_compression(key: str, rate: int, reader: Reader | None) -> Compression:
    """A compression function at a rate c, with the kernels that the reader brings where it was trained.

    Raises:
        ValueError: it is trained and there is no reader, or no kernels were trained for this rate.
    """
    chosen = compressions()[key]
    if not chosen.trained:
        return COMPRESSIONS[chosen.kind](rate)
    if reader is None:
        allowed = ", ".join(compressions(trained=False))
        raise ValueError(f"without a trained model the compression must be one of {allowed}, got {key!r}")
    return reader.compression(chosen.kind, rate)


def served_by(choice: Choice) -> str:
    """Name of the trained model that reads with it: the one trained through it, else a base reader as it is."""
    if choice.compresses:
        chosen = compressions()[choice.compression]
        if chosen.end_to_end:
            return "reader"
        return BASES[1] if chosen.learned_by else BASES[choice.layers]
    return _trained_through(choice) or _lends_its_cell(choice) or BASES[choice.layers]


def learned_by(choice: Choice) -> str:
    """The loss by which its compression was learned for the base reader; "" where none was."""
    return compressions()[choice.compression].learned_by if choice.compresses else ""


def has_layers(choice: Choice) -> bool:
    """Whether one can choose how many layers read with it."""
    return served_by(choice) in BASES.values() and not learned_by(choice)


def training(choice: Choice) -> str:
    """How its model came to read with it, in a sentence."""
    if choice.compresses:
        return compressions()[choice.compression].training
    if _trained_through(choice):
        return THROUGH
    return BY_TOKENS if _lends_its_cell(choice) else AS_IT_IS


def _lends_its_cell(choice: Choice) -> str:
    """The model whose learned f a memory applies to whole segments; "" where it has none."""
    cell = dict(choice.settings).get("f.cell", "gated")
    return _trained_through(Choice("recurrent", (("cell", cell),))) if choice.name == "segment_recurrence" else ""


def _trained_through(choice: Choice) -> str:
    """The model that was trained through this memory; "" where there is none.

    A hybrid of a window and an average has a model of its own; with any other part, the model of that part reads.
    """
    second = dict(choice.settings).get("second", "cumulative_average") if choice.name == "hybrid" else choice.name
    name = "hybrid" if second == "cumulative_average" and choice.name == "hybrid" else second
    if name == "recurrent" and choice["cell"] != "gated":
        return ""
    served = (
        model.name for model in TRAINED_MODELS.values() if name in model.serves and model.name not in SELF_COMPARED
    )
    return next(served, "")


def titled(choice: Choice) -> str:
    """Memory and settings in words, for a legend: "Sliding window, n_c = 32"."""
    return ", ".join([MEMORIES[choice.name].title, *_in_words(choice)])


def _in_words(choice: Choice) -> Iterator[str]:
    for key, setting in settings_of(choice.name, dict(choice.settings)).items():
        value = choice[key]
        if isinstance(setting, Dial) and isinstance(value, str):
            yield f"{setting.row_symbol} = {value.replace(',', ', ')}"
        elif isinstance(setting, Dial):
            yield f"{setting.symbol.replace('{', '').replace('}', '').lstrip(chr(92))} = {value}"
        elif isinstance(setting, Part):
            yield MEMORIES[str(value)].title.lower()
        elif value != setting.default:
            yield str(setting.options[value])
    if choice.compresses:
        yield compressions()[choice.compression].title.lower()


def main_role(memory: Memory[Any]) -> Role:
    """What most of a memory is, for its colour: the role of its oldest band."""
    return memory.lanes(1)[0].role


def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
