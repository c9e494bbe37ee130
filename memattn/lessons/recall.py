"""How well a memory recalls, measured on many stories: by the distance of a fact, and by the number of facts.

A measurement is an iterator: it asks some questions at a time and gives all that is known so far, so a page can show
progress and stop it between two steps. Nothing but the settings decides the result.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from memattn.intervals import Proportion
from memattn.lessons.expected import ANSWERS_FROM, answers_at, expected, guess, parts, rule
from memattn.lessons.memories import Choice, main_role, titled
from memattn.lessons.models import StoryModel, trained
from memattn.lessons.results import Curve, MeasuredPoint
from memattn.reader import Fact, FactKind, Story, story
from memattn.reader.accuracy import HELD_OUT_SEED
from memattn.reader.grammar import FORMS, SHORTEST
from memattn.reader.stories import assemble, draw_facts, filler

STEP = 25  # questions asked together: more fill the processor's cache without being quicker
PHASES = 64  # lengths of story in turn, so that questions fall on every phase of a segment
LONGEST_FACT = max(len(form.statement) for form in FORMS.values())  # tokens
LONGEST_QUESTION = max(len(form.question) for form in FORMS.values())
SPACE = 16  # tokens per fact where facts are told all along
MOST_FACTS = 24  # of one kind: there are as many names


class Posed(NamedTuple):
    """One question: at the end of a story about one of its facts.

    Args:
        bin: where the answer counts.
        story: without the question.
        fact: asked for.
    """

    bin: int
    story: Story
    fact: Fact

    @property
    def asked(self) -> int:
        """Position of the question mark."""
        return len(self.story.words) + len(self.fact.question) - 1

    @property
    def distance(self) -> int:
        """Tokens from the answer's word to the question mark."""
        return self.asked - self.fact.answer_at

    @property
    def answering(self) -> tuple[int, ...]:
        """Positions of the pairs that answer, of all facts."""
        return tuple(answers_at(fact) for fact in self.story.facts)


class Design(Protocol):
    """Which questions are asked."""

    @property
    def total(self) -> int:
        """Questions."""

    def steps(self) -> Iterator[Sequence[Posed]]:
        """The questions, some at a time."""

    def place(self, bin: int) -> tuple[float, str]:
        """Where a bin stands on the axis, and the same in words."""

    def line(self, choice: Choice) -> tuple[tuple[float, float], ...]:
        """The closed form over the axis."""


@dataclass(frozen=True)
class ByDistance:
    """Stories with many facts of all kinds anywhere; one of them is asked for, each in its own story.

    Lengths go in turn through the last `PHASES` up to `tokens`, so no phase of a segment is preferred.
    """

    stories: int = 200  # each with one question
    tokens: int = 256  # of the longest story, the question not included
    facts: int = 16  # told in each
    bins: int = 8  # of equal width, from 0 to `tokens`
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse stories that cannot be told."""
        _check_at_least(1, stories=self.stories, facts=self.facts, bins=self.bins)
        _check_at_least(0, seed=self.seed)
        needed = LONGEST_FACT * self.facts + SHORTEST + PHASES
        if self.tokens < needed:
            raise ValueError(f"tokens must be ≥ {needed} for {self.facts} facts, got {self.tokens}")
        if self.bins > self.tokens:
            raise ValueError(f"bins must be at most one per token, {self.tokens}, got {self.bins}")

    @property
    def total(self) -> int:
        """One question for each story."""
        return self.stories

    def steps(self) -> Iterator[Sequence[Posed]]:
        """In the order of the stories."""
        for start in range(0, self.stories, STEP):
            yield [self._pose(index) for index in range(start, min(start + STEP, self.stories))]

    def _pose(self, index: int) -> Posed:
        whole = story(story_seed(self.seed, index), self.tokens - index % PHASES, self.facts)
        fact = whole.facts[int(np.random.default_rng((self.seed, index)).integers(self.facts))]
        far = Posed(0, whole, fact).distance
        return Posed(min(far * self.bins // self.tokens, self.bins - 1), whole, fact)

    def place(self, bin: int) -> tuple[float, str]:
        """The middle of the bin; what is asked in a long story's question may lie a little further back."""
        low, high = (-(-edge * self.tokens // self.bins) for edge in (bin, bin + 1))
        return (low + high - 1) / 2, f"{low} to {high - 1} tokens"

    def line(self, choice: Choice) -> tuple[tuple[float, float], ...]:
        """Mean over the lengths, with the other facts spread evenly over the story."""
        return _distance_line(self, choice)


@dataclass(frozen=True)
class ByFacts:
    """Facts of one kind first, then a gap of filler, then one question; the kinds in turn from story to story."""

    stories: int = 200  # for each count, each with one question
    counts: tuple[int, ...] = (1, 2, 4, 8, 16)  # facts told
    gap: int = 16  # tokens of filler between the last fact and the question
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse stories that cannot be told."""
        _check_at_least(1, stories=self.stories)
        _check_at_least(0, seed=self.seed)
        if list(self.counts) != sorted(set(self.counts)) or not self.counts:
            raise ValueError(f"counts must be some different numbers in ascending order, got {self.counts}")
        if not 1 <= self.counts[0] <= self.counts[-1] <= MOST_FACTS:
            raise ValueError(f"counts must lie in 1..{MOST_FACTS}, got {self.counts}")
        if self.gap and self.gap < SHORTEST:
            raise ValueError(f"gap must be 0 or ≥ {SHORTEST} tokens, the shortest sentence, got {self.gap}")

    @property
    def total(self) -> int:
        """One question for each story."""
        return self.stories * len(self.counts)

    def steps(self) -> Iterator[Sequence[Posed]]:
        """All counts in turn, so that the whole curve grows together."""
        for start in range(0, self.stories, STEP):
            for bin in range(len(self.counts)):
                yield [self._pose(bin, index) for index in range(start, min(start + STEP, self.stories))]

    def _pose(self, bin: int, index: int) -> Posed:
        rng = np.random.default_rng((story_seed(self.seed, index), bin))
        kinds = tuple(FactKind)
        facts = draw_facts(rng, self.counts[bin], (kinds[index % len(kinds)],))
        whole = assemble([*facts, *filler(rng, self.gap)])
        return Posed(bin, whole, whole.facts[int(rng.integers(len(facts)))])

    def place(self, bin: int) -> tuple[float, str]:
        """The number of facts."""
        count = self.counts[bin]
        return count, f"{count} facts" if count > 1 else "1 fact"

    def line(self, choice: Choice) -> tuple[tuple[float, float], ...]:
        """Mean over all kinds and over all facts that may be asked for."""
        return tuple((float(count), _over_facts(choice, count, self.gap)) for count in self.counts)


@dataclass(frozen=True)
class WithinReach:
    """Stories as long as a memory reaches; each is asked for one fact, of an age that the memory still stands for."""

    nearest: int  # least age of the pair that answers, in tokens
    reach: int  # its age is less
    stories: int = 60  # each with one question
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        _check_at_least(1, stories=self.stories)
        _check_at_least(0, seed=self.seed, nearest=self.nearest)
        if self.reach <= self.nearest + SPACE:
            raise ValueError(f"reach must be > nearest + {SPACE} = {self.nearest + SPACE} tokens, got {self.reach}")

    @property
    def total(self) -> int:
        """One question for each story."""
        return self.stories

    def steps(self) -> Iterator[Sequence[Posed]]:
        """In the order of the stories."""
        for start in range(0, self.stories, STEP):
            yield [self._pose(index) for index in range(start, min(start + STEP, self.stories))]

    def _pose(self, index: int) -> Posed:
        rng = np.random.default_rng((self.seed, index, self.nearest, self.reach))
        tokens = self.reach + LONGEST_FACT + int(rng.integers(PHASES))
        while True:  # until one tells a fact of that age
            whole = story(story_seed(self.seed, int(rng.integers(HELD_OUT_SEED))), tokens, tokens // SPACE)
            posed = [Posed(0, whole, fact) for fact in whole.facts]
            inside = [one for one in posed if self.nearest <= one.asked - answers_at(one.fact) < self.reach]
            if inside:
                return inside[int(rng.integers(len(inside)))]

    def place(self, bin: int) -> tuple[float, str]:
        """How far the memory reaches."""
        return self.reach, f"facts {self.nearest} to {self.reach - 1} tokens old"

    def line(self, choice: Choice) -> tuple[tuple[float, float], ...]:
        """One place on the axis makes no line."""
        return ()


def complete(choice: Choice, design: Design) -> Curve:
    """The whole measurement."""
    *_, last = measure(choice, design)
    return last


def measure(choice: Choice, design: Design) -> Iterator[Curve]:
    """Ask all questions of a design, `STEP` at a time.

    Args:
        choice: the memory, read with by the model that serves it.
        design: the questions; the same for every memory.

    Returns:
        What is known after every step; the last one is complete.

    Raises:
        WeightsError: the memory's model cannot be used.
        ValueError: its settings do not go together.
    """
    return _measure(choice, design, trained(choice))


def _measure(choice: Choice, design: Design, model: StoryModel) -> Iterator[Curve]:
    memories, line, done = model.memories(choice), design.line(choice), 0
    name, role, words = titled(choice), main_role(memories[-1]), rule(choice)
    answered: dict[int, list[_Answered]] = defaultdict(list)
    for posed in design.steps():
        for one, right in zip(posed, model.right([(one.story, one.fact) for one in posed], memories), strict=True):
            chance = guess(one.fact.kind)
            hope = expected(choice, one.asked, answers_at(one.fact), one.answering, chance)
            answered[one.bin].append(_Answered(right, hope, chance))
        done += len(posed)
        points = tuple(_point(*design.place(bin), answered[bin]) for bin in sorted(answered))
        yield Curve(name, role, points, line, words, done, design.total)


class _Answered(NamedTuple):
    right: bool
    expected: float
    chance: float


def _point(x: float, label: str, answered: Sequence[_Answered]) -> MeasuredPoint:
    share = Proportion(sum(one.right for one in answered), len(answered))
    hope, chance = (float(np.mean(column)) for column in tuple(zip(*answered, strict=True))[1:])
    low, high = share.interval
    return MeasuredPoint(x, label, share.right, share.total, (max(0.0, low), min(1.0, high)), hope, chance)


@lru_cache(maxsize=256)
def _distance_line(design: ByDistance, choice: Choice) -> tuple[tuple[float, float], ...]:
    question = LONGEST_QUESTION - 1
    others = design.facts - 1
    first = question + 2  # the answer's word is followed by its full stop
    sums, counts = np.zeros(design.tokens), np.zeros(design.tokens)
    for length in range(design.tokens - PHASES + 1, design.tokens + 1):
        asked = length + question
        part = parts(choice, asked, [length * (2 * at + 1) // (2 * others) for at in range(others)])
        distances = np.arange(first, min(design.tokens, asked))
        for kind, behind in ANSWERS_FROM.items():
            found = part[asked - distances + behind]
            sums[distances] += found + (1 - found) * guess(kind)
            counts[distances] += 1
    return tuple((float(at), float(sums[at] / counts[at])) for at in range(first, design.tokens))


@lru_cache(maxsize=256)
def _over_facts(choice: Choice, count: int, gap: int) -> float:
    shares = []
    for kind in FactKind:
        length, question = len(FORMS[kind].statement), len(FORMS[kind].question)
        positions = [1 + length * (at + 1) - 2 + ANSWERS_FROM[kind] for at in range(count)]
        asked = length * count + gap + question
        shares += [expected(choice, asked, position, positions, guess(kind)) for position in positions]
    return float(np.mean(shares))


def story_seed(seed: int, index: int) -> int:
    """Of a story; far from the stories that models are examined on."""
    return 10 * HELD_OUT_SEED + HELD_OUT_SEED * seed + index


def _check_at_least(low: int, **settings: int) -> None:
    for name, value in settings.items():
        if value < low:
            raise ValueError(f"{name} must be ≥ {low}, got {value}")
