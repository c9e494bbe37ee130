"""Is it recurrent? Update rules, each run twice: from the state alone with the past withheld, and from everything.

A rule is two functions that know nothing of each other. `update` makes the next state of the last one and the new pair;
it is also handed the pairs before that, which the first run withholds: whoever asks for one is refused. `definition`
says what the memory should be, from all pairs. The verdict is what the two runs came to.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memattn.quantities import rounded

Array = NDArray[np.float64]
State = tuple[Any, ...]  # arrays and numbers

TOKENS, WIDTH, WINDOW = 11, 4, 5  # of the run: pairs, numbers in a pair [k ; v], pairs of a window
SAME = 1e-9  # differences below are rounding


class PastWithheldError(LookupError):
    """A rule asked for a pair for which the state alone must stand.

    Args:
        position: of the pair, from 0.
    """

    def __init__(self, position: int) -> None:  # noqa: D107
        super().__init__(f"the pair at {position} is withheld")
        self.position = position


class Past:
    """The pairs before the new one; withheld, nothing about them can be had, not even how many they are.

    Args:
        pairs: oldest first.
        withheld: whether who asks is refused.
    """

    def __init__(self, pairs: Array, withheld: bool) -> None:  # noqa: D107
        self._pairs, self._withheld = pairs, withheld and len(pairs) > 0

    def __len__(self) -> int:
        """How many."""
        self._ask(0)
        return len(self._pairs)

    def __getitem__(self, at: int) -> Array:
        """One of them; from the newest, where `at` is negative."""
        self._ask(range(len(self._pairs))[at])
        found: Array = self._pairs[at]
        return found

    def __iter__(self) -> Iterator[Array]:
        """From the oldest."""
        self._ask(0)
        return iter(self._pairs)

    def _ask(self, position: int) -> None:
        if self._withheld:
            raise PastWithheldError(position)


@dataclass(frozen=True)
class Rule:
    """One way to keep a memory up to date.

    Args:
        name: on the page.
        latex: the formula.
        start: the state before the first pair.
        update: (new pair, state, pairs before) → state.
        definition: all pairs → what the memory should be.
        value: state → what the memory is.
    """

    name: str
    latex: str
    start: State
    update: Callable[[Array, State, Past], State]
    definition: Callable[[Array], Array]
    value: Callable[[State], Array] = lambda state: np.asarray(state[0])


@dataclass(frozen=True)
class TwoRuns:
    """What came of a rule.

    Args:
        everything: the memory after every token, from all pairs.
        alone: the same from the state alone, as far as that went.
        refused: position that it asked for, from 0, where it was refused; None where it never was.
        numbers: in its state after every token.
    """

    everything: tuple[Array, ...]
    alone: tuple[Array, ...]
    refused: int | None
    numbers: tuple[int, ...]

    @property
    def differences(self) -> tuple[float, ...]:
        """Between the two, token by token."""
        return tuple(float(np.abs(one - other).max()) for one, other in zip(self.alone, self.everything, strict=False))

    @property
    def differs_at(self) -> int | None:
        """First token, from 0, at which they are not the same."""
        return next((at for at, far in enumerate(self.differences) if far > SAME), None)

    @property
    def grows(self) -> bool:
        """Whether the state got longer to the end."""
        return len(self.numbers) > 1 and self.numbers[-1] > self.numbers[-2]

    @property
    def recurrent(self) -> bool:
        """Whether a state of fixed size gave the same numbers as all pairs."""
        return self.refused is None and self.differs_at is None and not self.grows

    @property
    def verdict(self) -> str:
        """The same in a sentence."""
        if self.refused is not None:
            return (
                f"Not from this state: at token {len(self.alone) + 1} it asks for the pair k{self.refused + 1}, which "
                "is withheld."
            )
        far = max(self.differences)
        if self.differs_at is not None:
            return (
                f"It asks for nothing, but from token {self.differs_at + 1} on it is another number, off by up to "
                f"{rounded(far)}."
            )
        near = f"to {rounded(far, 1)}" if far else "exactly"
        same = f"The state alone gives the same numbers, {near}, over {len(self.alone)} tokens"
        if self.grows:
            return (
                f"{same}; but that state is the whole past: {self.numbers[0]} numbers at first, {self.numbers[-1]} now."
            )
        return f"Recurrent. {same}, and never holds more than {max(self.numbers)} numbers."


def pairs_of(seed: int) -> Array:
    """Random pairs, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=(TOKENS, WIDTH))


def run_twice(rule: Rule, pairs: Array) -> TwoRuns:
    """From the state alone, until it refuses; and from everything."""
    state, alone, numbers, refused = rule.start, list[Array](), list[int](), None
    for at, pair in enumerate(pairs):
        try:
            state = rule.update(pair, state, Past(pairs[:at], withheld=True))
        except PastWithheldError as error:
            refused = error.position
            break
        alone.append(rule.value(state))
        numbers.append(sum(np.size(part) for part in state))
    everything = tuple(rule.definition(pairs[: at + 1]) for at in range(len(pairs)))
    return TwoRuns(everything, tuple(alone), refused, tuple(numbers))


# --- the rules --------------------------------------------------------------------------------------------------------


def cumulative_average(pair: Array, state: State, past: Past) -> State:
    """The mean and how many it is of."""
    mean, count = state
    return mean + (pair - mean) / (count + 1), count + 1


def window_of_pairs(pair: Array, state: State, past: Past) -> State:
    """The newest pairs as they are."""
    (window,) = state
    return (np.concatenate([window, [pair]])[-WINDOW:],)


def moving_average(pair: Array, state: State, past: Past) -> State:
    """The mean of the newest pairs, and nothing of them but that."""
    mean, count = state
    if count < WINDOW:
        return mean + (pair - mean) / (count + 1), count + 1
    leaves = past[-WINDOW]
    return mean + (pair - leaves) / WINDOW, count


def moving_average_by_guess(pair: Array, state: State, past: Past) -> State:
    """The same, as if what leaves were an average pair."""
    mean, count = state
    return mean + (pair - mean) / min(count + 1, WINDOW), count + 1


def running_maximum(pair: Array, state: State, past: Past) -> State:
    """The largest so far, number by number."""
    (largest,) = state
    return (np.maximum(largest, pair),)


def median_of_everything(pair: Array, state: State, past: Past) -> State:
    """What stands in the middle of all pairs."""
    return (np.median([*past, pair], axis=0),)


def median_that_keeps_all(pair: Array, state: State, past: Past) -> State:
    """All pairs, so that their median can be had."""
    (kept,) = state
    return (np.concatenate([kept, [pair]]),)


def mean_computed_anew(pair: Array, state: State, past: Past) -> State:
    """The same numbers as the cumulative average, from all pairs."""
    return (np.mean([*past, pair], axis=0),)


def every_second(pair: Array, state: State, past: Past) -> State:
    """Their sum, and one bit that says whether the next counts."""
    total, takes = state
    return total + pair * takes, not takes


def learned_f(pair: Array, state: State, past: Past) -> State:
    """One step of a GRU with random weights: the code of this app."""
    import torch

    from memattn.kv import KV
    from memattn.memory.recurrent import Recurrent, RecurrentState

    def halves(numbers: Array) -> KV:
        return KV.trusted(*torch.from_numpy(numbers).view(1, 1, WIDTH).chunk(2, dim=-1))

    with torch.inference_mode():
        memory = Recurrent("gru").update(halves(pair), RecurrentState(0, False, halves(state[0]), None)).state.memory
        return (torch.cat([memory.keys, memory.values], dim=-1).flatten().numpy(),)


def learned_from_everything(pairs: Array) -> Array:
    """The same GRU in plain NumPy, gate by gate from the first pair on."""
    from memattn.memory.recurrent import Recurrent

    *_, last = Recurrent("gru").reference(*np.split(pairs, 2, axis=1))
    return np.concatenate([last.keys[0], last.values[0]])


NOTHING = np.zeros(WIDTH)
NO_PAIRS = np.zeros((0, WIDTH))
RULES: dict[str, Rule] = {
    "cumulative": Rule(
        "Cumulative average",
        r"\mathrm{Mem}_i = \mathrm{Mem}_{i-1} + \tfrac{1}{i}\,(x_i - \mathrm{Mem}_{i-1})",
        (NOTHING, 0),
        cumulative_average,
        lambda pairs: np.mean(pairs, axis=0),
    ),
    "window": Rule(
        "Window, its pairs are the state",
        r"\mathrm{Mem}_i = [\mathrm{Mem}_{i-1};\, x_i]\ \text{less its oldest}",
        (NO_PAIRS,),
        window_of_pairs,
        lambda pairs: pairs[-WINDOW:],
    ),
    "moving": Rule(
        "Moving average that keeps only its mean",
        r"\mathrm{Mem}_i = \mathrm{Mem}_{i-1} + \tfrac{1}{n_c}\,(x_i - x_{i-n_c})",
        (NOTHING, 0),
        moving_average,
        lambda pairs: np.mean(pairs[-WINDOW:], axis=0),
    ),
    "guess": Rule(
        "Moving average that guesses what leaves",
        r"\mathrm{Mem}_i = \mathrm{Mem}_{i-1} + \tfrac{1}{n_c}\,(x_i - \mathrm{Mem}_{i-1})",
        (NOTHING, 0),
        moving_average_by_guess,
        lambda pairs: np.mean(pairs[-WINDOW:], axis=0),
    ),
    "maximum": Rule(
        "Running maximum",
        r"\mathrm{Mem}_i = \max(\mathrm{Mem}_{i-1},\, x_i)",
        (np.full(WIDTH, -np.inf),),
        running_maximum,
        lambda pairs: np.max(pairs, axis=0),
    ),
    "median": Rule(
        "Median of everything",
        r"\mathrm{Mem}_i = \mathrm{median}(x_1, \dots, x_i)",
        (NOTHING,),
        median_of_everything,
        lambda pairs: np.median(pairs, axis=0),
    ),
    "kept": Rule(
        "Median, all pairs are the state",
        r"\mathrm{Mem}_i = [\mathrm{Mem}_{i-1};\, x_i]",
        (NO_PAIRS,),
        median_that_keeps_all,
        lambda pairs: np.median(pairs, axis=0),
        lambda state: np.median(state[0], axis=0),
    ),
    "learned": Rule(
        "Learned f",
        r"\mathrm{Mem}_i = f_{\mathrm{GRU}}(x_i,\, \mathrm{Mem}_{i-1})",
        (NOTHING,),
        learned_f,
        learned_from_everything,
    ),
    "anew": Rule(
        "Mean of all pairs, computed anew",
        r"\mathrm{Mem}_i = \tfrac{1}{i}\,(x_1 + \dots + x_i)",
        (NOTHING,),
        mean_computed_anew,
        lambda pairs: np.mean(pairs, axis=0),
    ),
    "second": Rule(
        "Sum of every second pair",
        r"\mathrm{Mem}_i = x_1 + x_3 + x_5 + \dots",
        (NOTHING, True),
        every_second,
        lambda pairs: np.sum(pairs[::2], axis=0),
    ),
}
