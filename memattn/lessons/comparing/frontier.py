"""Recall against bytes of true streaming state, for every memory of the registry in several sizes, on one exam."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from memattn.cost import MODELS, most
from memattn.intervals import Proportion
from memattn.lessons.comparing.record import Compared, Line, Point, table
from memattn.lessons.comparing.sizing import fitted, size, stored
from memattn.lessons.expected import answers_at, guess
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.memories import Choice, learned_by, main_role, make, served_by, titled
from memattn.lessons.models import missing_weights, trained
from memattn.lessons.recall import ByDistance, Posed
from memattn.loss import counting_bound
from memattn.memory import MEMORIES
from memattn.quantities import bytes_in_words
from memattn.reader.grammar import FORMS

NAME = "Recall against bytes"
PAIRS = (32, 8, 128, 16, 64)  # so many pairs of a window are a size; the order lets all memories grow together
DESIGN = ByDistance(stories=50, tokens=160, facts=8)
LONGEST = DESIGN.tokens + max(len(form.question) for form in FORMS.values())
EXACT = "window"  # the memory whose slots are pairs
REAL_TOKENS = 131_072
REAL = ("gpt2", "mistral-7b", "llama-3-70b")
TOGETHER_SECONDS = 0.4


def choices() -> tuple[Choice, ...]:
    """Every memory of the registry in every size that it has, none twice; full attention first, the yardstick."""
    found = [Choice("full")]
    for pairs in PAIRS:
        target = size(Choice(EXACT, (("window", pairs),)), "bytes", LONGEST)
        found += [fitted(Choice(name), "bytes", target, LONGEST) for name in MEMORIES if _readable(Choice(name))]
    return tuple(dict.fromkeys(found))


def _readable(choice: Choice) -> bool:
    return not missing_weights(served_by(choice), learned_by(choice))


def code(choice: Choice) -> str:
    """A memory and its settings as one word of a link."""
    return "-".join((choice.name, *(f"{key}{value}" for key, value in choice.settings)))


def measure(
    settings: Settings, values: Mapping[str, Any], design: ByDistance = DESIGN, asked: Sequence[Choice] | None = None
) -> Iterator[Result]:
    """All questions to each memory in turn; each result with all that is known.

    Args:
        settings: decide nothing.
        values: likewise.
        design: the questions.
        asked: the memories; None is all of them.
    """
    every = choices() if asked is None else tuple(asked)
    parts = list(design.steps())
    total, points = design.total * len(every), list[Point]()
    done = 0
    for choice in every:
        right = 0
        known = 0
        for number, posed in enumerate(parts):
            right += _right(choice, design, number)
            known += len(posed)
            done += len(posed)
            data = Compared((*points, _point(choice, Proportion(right, known))), *_bounds(design))
            yield Result(done, total, data, table(data, REAL_TOKENS) if done == total else "")
        points.append(_point(choice, Proportion(right, known)))


@lru_cache(maxsize=1024)
def _right(choice: Choice, design: ByDistance, part: int) -> int:
    posed = list(design.steps())[part]
    model = trained(choice)
    return sum(model.right([(one.story, one.fact) for one in posed], model.memories(choice)))


def _point(choice: Choice, share: Proportion) -> Point:
    memory = make(choice, trained(choice).reader)
    return Point(
        code(choice),
        choice.name,
        MEMORIES[choice.name].title,
        titled(choice),
        main_role(memory),
        size(choice, "bytes", LONGEST),
        stored(choice, LONGEST),
        max(map(memory.slot_count, memory.peaks(LONGEST))),
        share,
        tuple((MODELS[one].name, bytes_in_words(most(memory, REAL_TOKENS, MODELS[one]).state_bytes)) for one in REAL),
    )


@lru_cache(maxsize=4)
def _bounds(design: ByDistance) -> tuple[Line, Line, float, int]:
    """The closed form of eviction, the counting bound, the chance of a guess, and the facts of a story."""
    posed = [one for part in design.steps() for one in part]
    chances = [guess(one.fact.kind) for one in posed]
    chance = math.fsum(chances) / len(posed)
    codes = round(1 / chance)
    eviction = tuple(
        (float(size(Choice(EXACT, (("window", pairs),)), "bytes", LONGEST)), _evicting(posed, chances, pairs))
        for pairs in range(1, LONGEST + 1)
    )
    enough = math.ceil(design.facts * math.log2(codes) / 8)
    counting = tuple(
        (float(count), (held := counting_bound(count, design.facts, codes)) + (1 - held) * chance)
        for count in range(1, enough + 1)
    )
    return eviction, counting, chance, design.facts


def _evicting(posed: Sequence[Posed], chances: Sequence[float], pairs: int) -> float:
    """Right answers to expect where the newest pairs are held as they are, and no others."""
    held = [one.asked - answers_at(one.fact) < pairs for one in posed]
    return math.fsum(1 if kept else chance for kept, chance in zip(held, chances, strict=True)) / len(posed)


EXPERIMENT = Experiment(
    NAME,
    f"Stories of up to {DESIGN.tokens} tokens with {DESIGN.facts} facts, one question behind each, the same for every "
    "memory. Bytes are those of the true streaming state of the model that reads, in float32, over all its layers: "
    "“2 × 8 KiB” is that of each of two, and the mark stands at 16. A memory that lets a whole segment go at "
    "once is counted where it is fullest.",
    measure,
    long=True,
    together=TOGETHER_SECONDS,
)
