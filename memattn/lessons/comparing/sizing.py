"""How large a memory is, in slots or in bytes of true streaming state, and which setting comes nearest to a size."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from memattn.cost import ModelSize, most
from memattn.dials import Dial
from memattn.lessons.lesson import Model
from memattn.lessons.memories import Choice, make, settings_of
from memattn.lessons.models import trained
from memattn.quantities import bytes_in_words

Measure = Literal["slots", "bytes"]
MEASURES: Mapping[Measure, str] = {"slots": "slots", "bytes": "bytes"}
FULLEST = "Bytes are counted where a memory is fullest, slots at the end of the text."
NUDGE = 3  # of a setting, to make up for what a common factor leaves
PLANTED = 1, 1, 32  # layers, heads and channels of planted facts
FLOAT_BYTES = 4  # the trained models are stored in float32


@lru_cache(maxsize=8192)  # every target of a memory tries some of the same
def size(choice: Choice, measure: Measure, tokens: int, model: Model = "trained") -> int:
    """Slots after so many tokens, or bytes of the streaming state, at its fullest by then, in all heads and layers.

    Raises:
        ValueError: the settings do not go together.
        WeightsError: the model's weights cannot be used.
    """
    reader = trained(choice).reader if model == "trained" else None
    memory = make(choice, reader)
    if measure == "slots":
        return memory.slot_count(tokens)
    layers, heads, width = (reader.config.layers, reader.config.heads, reader.config.d_head) if reader else PLANTED
    return most(memory, tokens, ModelSize("", layers, heads, heads, width, FLOAT_BYTES, "")).state_bytes


def stored(choice: Choice, tokens: int, model: Model = "trained") -> str:
    """How large the state is, in words: so many times that of a layer, where the reader has several.

    Raises:
        ValueError: the settings do not go together.
        WeightsError: the model's weights cannot be used.
    """
    layers = _layers(choice, model)
    each = bytes_in_words(size(choice, "bytes", tokens, model) // layers)
    return each if layers == 1 else f"{layers} × {each}"


def layers_in_words(ours: Choice, theirs: Choice, model: Model) -> str:
    """What to know of equal bytes where one reader has more layers than the other; "" where both have as many."""
    counts = _layers(ours, model), _layers(theirs, model)
    if counts[0] == counts[1]:
        return ""
    return "Bytes are those of all layers of a reader: {} of A’s, {} of B’s.".format(*counts)


def _layers(choice: Choice, model: Model) -> int:
    return trained(choice).reader.config.layers if model == "trained" else PLANTED[0]


@lru_cache(maxsize=512)
def fitted(choice: Choice, measure: Measure, target: int, tokens: int, model: Model = "trained") -> Choice:
    """The choice with its sizes turned up or down until it comes nearest to a target, if it can without exceeding it.

    All that decides the size is turned together, in proportion: a window that shrinks to one pair beside sixteen that
    are pinned would be another memory. What is then left is made up for by one of them. Where no change comes nearer,
    all stays as it is: full attention has no size to set, and the one slot of an average is one slot.

    Args:
        choice: the memory, its other settings kept.
        measure: what is to be alike.
        target: how much of it.
        tokens: after so many.
        model: who reads.
    """
    how = _How(measure, tokens, model)
    sizes = _sizes(choice, how)
    together = _nearest((choice, *_around(target, _in_proportion(choice, sizes), how)), target, how)
    return _nearest((together, *_one_moved(together, sizes, target, how)), target, how)


class _How(NamedTuple):
    """How sizes are counted; the arguments of `size` behind the choice."""

    measure: Measure
    tokens: int
    model: Model


def _nearest(candidates: Iterable[Choice], target: int, how: _How) -> Choice:
    """The first of those that miss the target least; what is small enough comes before what is too large."""
    missed: dict[tuple[bool, int], Choice] = {}
    for candidate in candidates:
        found = _possible_size(candidate, how)
        if found is not None:
            missed.setdefault((found > target, abs(found - target)), candidate)
    return missed[min(missed)]


def _possible_size(choice: Choice, how: _How) -> int | None:
    """Its size; None where the settings do not go together, or no kernels were trained for this rate."""
    try:
        return size(choice, *how)
    except ValueError:
        return None


@lru_cache(maxsize=512)
def _sizes(choice: Choice, how: _How) -> dict[str, Dial]:
    """What decides how large it is, by key: whole numbers that change the size when they are doubled."""
    own, found = size(choice, *how), {}
    for key, setting in settings_of(choice.name, dict(choice.settings)).items():
        if isinstance(setting, Dial) and setting.whole:
            other = _possible_size(_set(choice, {key: setting}, {key: 2 * _value(choice, key)}), how)
            if other is not None and other != own:
                found[key] = setting
    return found


def _in_proportion(choice: Choice, sizes: Mapping[str, Dial]) -> Sequence[Choice]:
    """Every value of the largest number, the others turned by the same factor."""
    if not sizes:
        return ()
    largest = max(sizes, key=lambda key: _value(choice, key))
    factors = [value / max(1, _value(choice, largest)) for value in _values(sizes[largest])]
    return [_set(choice, sizes, {key: factor * _value(choice, key) for key in sizes}) for factor in factors]


def _around(target: int, candidates: Sequence[Choice], how: _How) -> Sequence[Choice]:
    """The largest that is small enough, and the smallest that is not; settings that do not go together count as small.

    Args:
        target: the size.
        candidates: ascending or descending in size: a stride makes a memory smaller.
        how: sizes are counted.
    """

    def found(one: Choice) -> int:
        return _possible_size(one, how) or 0

    if candidates and found(candidates[0]) > found(candidates[-1]):
        candidates = candidates[::-1]
    at = bisect_right(candidates, target, key=found)
    return candidates[max(0, at - 1) : at + 1]


def _one_moved(choice: Choice, sizes: Mapping[str, Dial], target: int, how: _How) -> Iterator[Choice]:
    """A little, or as far as the target wants it: what cannot shrink any more leaves more than a little to another."""
    for key in sizes:
        for by in range(-NUDGE, NUDGE + 1):
            yield _set(choice, sizes, {key: _value(choice, key) + by})
        yield from _around(target, [_set(choice, sizes, {key: value}) for value in _values(sizes[key])], how)


def _set(choice: Choice, sizes: Mapping[str, Dial], values: Mapping[str, float]) -> Choice:
    """With these values, as near to them as their dials go."""
    return choice.with_settings(**{key: _clipped(sizes[key], value) for key, value in values.items()})


def _clipped(dial: Dial, value: float) -> int:
    steps = round((min(dial.high, max(dial.low, value)) - dial.low) / dial.step)
    return int(dial.low + steps * dial.step)


def _values(dial: Dial) -> range:
    return range(int(dial.low), int(dial.high) + 1, int(dial.step))


def _value(choice: Choice, key: str) -> int:
    """A number as it stands; a row of them, "0.1,0.3", by how many they are."""
    value = choice[key]
    return value.count(",") + 1 if isinstance(value, str) else int(value)
