"""Worked recurrences: an f, a state and three pairs; what is the state after them? Numbers follow from a seed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from random import Random

Number = Fraction
Pair = tuple[Number, Number]  # (k, v)
Step = Callable[[int, Number, Number], Number]  # (number of the step from 1, Mem_pre, x) → Mem

FORMS: tuple[tuple[str, Step], ...] = (
    (r"f(x, \mathrm{Mem}) = \tfrac12 \mathrm{Mem} + \tfrac12 x", lambda i, mem, x: (mem + x) / 2),
    (r"f(x, \mathrm{Mem}) = \tfrac12 \mathrm{Mem} + x", lambda i, mem, x: mem / 2 + x),
    (r"f(x, \mathrm{Mem}) = \mathrm{Mem} + \tfrac1i\,(x - \mathrm{Mem})", lambda i, mem, x: mem + (x - mem) / i),
    (r"f(x, \mathrm{Mem}) = \max(\mathrm{Mem},\, x)", lambda i, mem, x: max(mem, x)),
    (r"f(x, \mathrm{Mem}) = x - \mathrm{Mem}", lambda i, mem, x: x - mem),
)
NUMBERS = re.compile(r"[-−]?\d+(?:\.\d+)?")
LARGEST = 12  # of the numbers drawn; multiples of 4 and 3, so that the steps are short decimals
NEAR = Fraction(6, 1000)  # two digits are enough


@dataclass(frozen=True)
class Worked:
    """An exercise.

    Args:
        latex: f.
        start: Mem before the first pair.
        pairs: three.
        states: Mem after each of them.
        beliefs: what people reckon instead, by what comes out, and what to tell them.
    """

    latex: str
    start: Pair
    pairs: tuple[Pair, ...]
    states: tuple[Pair, ...]
    beliefs: dict[Pair, str]

    @property
    def answer(self) -> Pair:
        """Mem after the last pair."""
        return self.states[-1]

    @property
    def steps(self) -> str:
        """The way there: "Mem₁ = (3, 4), Mem₂ = …"."""
        return ", ".join(f"Mem{'₁₂₃'[at]} = {written(state)}" for at, state in enumerate(self.states))

    def judge(self, text: str) -> tuple[bool, str]:
        """Whether a typed state is right, and what to say to it.

        Raises:
            ValueError: it is not two numbers.
        """
        found = [Fraction(number.replace("−", "-")) for number in NUMBERS.findall(text)]
        if len(found) != 2:
            raise ValueError(f"a state is two numbers, such as 3, 4.5; got “{text[:40]}”")
        said = (found[0], found[1])
        if _close(said, self.answer):
            return True, f"Right. {self.steps}."
        for belief, told in self.beliefs.items():
            if _close(said, belief):
                return False, f"{told} {self.steps}."
        return False, f"Step by step: {self.steps}."


def worked(seed: int) -> Worked:
    """The exercise of this number."""
    rng = Random(seed)
    latex, step = FORMS[rng.randrange(len(FORMS))]
    start, *pairs = [(Fraction(rng.randint(1, LARGEST)), Fraction(rng.randint(-LARGEST, LARGEST))) for _ in range(4)]
    states = [_after(step, start, pairs[:count]) for count in (1, 2, 3)]
    k, v = (sum(numbers, Fraction(0)) / 3 for numbers in zip(*pairs, strict=True))
    backwards, at_once = _after(step, start, pairs[::-1]), _after(step, start, pairs[2:])
    from_nothing = _after(step, (Fraction(0), Fraction(0)), pairs)
    beliefs = {
        (k, v): "That is the plain mean of the three pairs. But f is applied once per pair, and does not weigh them "
        "alike.",
        backwards: "That is f from the last pair to the first. Pairs enter in the order in which they come.",
        at_once: "That is f of the last pair and the state at the beginning. The two pairs before it are in Mem_pre by "
        "then.",
        from_nothing: "That begins with nothing. Here Mem₀ is given, and enters the first step.",
        pairs[2]: "That is the last pair. f does not replace the state, it makes the new one of both.",
    }
    beliefs.pop(states[-1], None)
    return Worked(latex, start, tuple(pairs), tuple(states), beliefs)


def _after(step: Step, start: Pair, pairs: list[Pair]) -> Pair:
    def both(mem: Pair, numbered: tuple[int, Pair]) -> Pair:
        at, pair = numbered
        return step(at, mem[0], pair[0]), step(at, mem[1], pair[1])

    return reduce(both, enumerate(pairs, 1), start)


def _close(one: Pair, other: Pair) -> bool:
    return all(abs(a - b) < NEAR for a, b in zip(one, other, strict=True))


def written(pair: Pair) -> str:
    """A pair as people write it: "(3, −4.5)", with as many digits as it has, three behind the point at most."""
    return f"({', '.join(f'{round(float(number), 3):zg}'.replace('-', '−') for number in pair)})"
