"""More global tokens always help? What each of them costs, at a fixed budget of slots and beside a fixed window.

Stories of 256 words tell three facts in the introduction and eight in the second half; every fact is asked for right
behind the story. With as many slots in all, each pinned pair takes the place of a recent one: the introduction is won
and the recent past is lost. Beside a window that stays, more pins cost reading, and beyond the facts they win nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
import torch

from memattn.intervals import Marks, Paired
from memattn.lessons.expected import guess
from memattn.lessons.guesses import Outcome, denying
from memattn.lessons.lesson import Result, Settings
from memattn.lessons.models import load
from memattn.lessons.pins import memory_of, surprises
from memattn.lessons.results import Line, LinePoint, Lines
from memattn.memory.global_tokens import GlobalTokens
from memattn.reader import Fact, FactKind, Story
from memattn.reader.echo.measure import LEARNED, SLOTS, Mean, texts
from memattn.reader.grammar import START
from memattn.reader.model import forward
from memattn.reader.stories import assemble, draw_facts, filler
from memattn.records import Role

BUDGETS = {
    "fixed": "64 slots in all",
    "added": "g beside a window of 32",
    "echo": "16 slots in all, the echo language",
}
TOTAL, WINDOW = 64, 32  # slots; n_c where it stays
FIXED = (0, 8, 16, 24, 32, 40, 48, 60)  # g of 64 slots
ADDED = (0, 8, 16, 24, 32, 64, 128)  # g beside the window
ECHO = (0, 1, 2, 4, 8, 12, 13, 14, 15)  # g of 16 slots
HALF, EARLY, LATE = 128, 3, 8  # words; facts
STORIES, SEED = 40, 31_000_000
ECHO_TEXTS, ECHO_TOKENS, ECHO_SEED = 16, 160, 1_700_000
GROUPS = {"facts of the introduction": Role.GLOBAL, "facts of the second half": Role.RECENT, "all": Role.SUMMARY}
SHARE, PINNED = "share of right answers", "pinned tokens g"


@dataclass(frozen=True)
class Budget:
    """A memory of a budget.

    Args:
        pinned: g.
        window: n_c.
    """

    pinned: int
    window: int

    @property
    def memory(self) -> GlobalTokens:
        """The mechanism."""
        return GlobalTokens(self.pinned, self.window)

    @property
    def read_flops(self) -> int:
        """Of one read, per head of the reader."""
        return 4 * load("base-1").config.d_head * (self.pinned + self.window)


@lru_cache(maxsize=1)
def told() -> tuple[Story, ...]:
    """The stories, all of one length."""
    made = []
    for seed in range(SEED, SEED + STORIES):
        rng = np.random.default_rng(seed)
        facts = draw_facts(rng, EARLY + LATE, tuple(FactKind))
        early, late = facts[:EARLY], facts[EARLY:]
        rest = filler(rng, HALF - 1 - sum(len(fact.words) for fact in early))
        second = [*late, *filler(rng, HALF - sum(len(fact.words) for fact in late))]
        made.append(assemble([*early, *rest, *(second[at] for at in rng.permutation(len(second)))]))
    return tuple(made)


@torch.inference_mode()
def right(memory: GlobalTokens) -> list[list[bool]]:
    """Whether every fact is answered rightly, by place in its story and then by story.

    The stories are read once: a state is a value, so that every question begins from the same one.
    """
    reader, stories = load("base-1"), told()
    ids = torch.stack([reader.ids(story.words) for story in stories])
    states = forward(reader.weights, reader.config, ids, memory).states
    marks = []
    for place in range(EARLY + LATE):
        asked: list[Fact] = [story.facts[place] for story in stories]
        longest = max(len(fact.question) for fact in asked)
        padded = [fact.question + (START,) * (longest - len(fact.question)) for fact in asked]
        rows = torch.stack([reader.ids(words) for words in padded])
        logits = forward(reader.weights, reader.config, rows, memory, states).logits
        at = torch.tensor([len(fact.question) - 1 for fact in asked])
        answers = torch.stack([reader.ids((fact.answer,))[0] for fact in asked])
        marks.append((logits[torch.arange(len(asked)), at].argmax(dim=-1) == answers).tolist())
    return marks


def measured(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
    """The experiment, a memory at a time."""
    budget = str(values["budget"])
    if budget == "echo":
        yield from _echo()
        return
    fixed = budget == "fixed"
    each = [Budget(g, TOTAL - g) for g in FIXED] if fixed else [Budget(g, WINDOW) for g in ADDED]
    x = PINNED if fixed else "operations of a read, per head (FLOPs)"
    shares: list[tuple[Marks, ...]] = []
    for done, one in enumerate(each, 1):
        marks = right(one.memory)
        groups = (marks[:EARLY], marks[EARLY:], marks)
        shares.append(tuple(Marks.of([*chain.from_iterable(own)]) for own in groups))
        lines = tuple(
            Line(name, role, tuple(_point(b.pinned if fixed else b.read_flops, s[at]) for b, s in _zip(each, shares)))
            for at, (name, role) in enumerate(GROUPS.items())
        )
        chance = float(np.mean([guess(fact.kind) for story in told() for fact in story.facts]))
        data = Lines(lines, x, SHARE, {"blind guess": chance}, top=1.0, decimals=2)
        yield Result(done, len(each), data, _table(each, shares))


def _zip(each: Sequence[Budget], shares: Sequence[tuple[Marks, ...]]) -> Iterator[tuple[Budget, Any]]:
    return zip(each, shares, strict=False)  # as far as they have been measured


def _point(x: float, share: Marks) -> LinePoint:
    return LinePoint(x, share.value, *share.interval, share.each)


def _table(each: Sequence[Budget], shares: Sequence[tuple[Marks, ...]]) -> str:
    lines = [f"| g + n_c | FLOPs of a read | {' | '.join(GROUPS)} |", f"|:--|--:|{'--:|' * len(GROUPS)}"]
    for budget, own in _zip(each, shares):
        cells = [f"{s.right} of {s.total} ({s.interval.low:.2f} to {s.interval.high:.2f})" for s in own]
        lines.append(f"| {budget.pinned} + {budget.window} | {budget.read_flops:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _echo() -> Iterator[Result]:
    """Perplexity from where the learned lengths end, for every g of 16 slots."""
    ids = texts(ECHO_TEXTS, ECHO_TOKENS, ECHO_SEED)
    points: tuple[LinePoint, ...] = ()
    table = ["| g + n_c | perplexity | 95 % interval |", "|:--|--:|--:|"]
    for done, pinned in enumerate(ECHO, 1):
        surprise = torch.cat(list(surprises(ids, memory_of(pinned))), dim=1)[:, LEARNED:]
        mean = Mean.of(surprise.mean(dim=1)).exp()
        points = (*points, LinePoint(pinned, *mean))
        table.append(f"| {pinned} + {SLOTS - pinned} | {mean.value:.2f} | {mean.low:.2f} to {mean.high:.2f} |")
        line = Line(f"echo model, {SLOTS} slots", Role.GLOBAL, points)
        yield Result(
            done,
            len(ECHO),
            Lines((line,), PINNED, "perplexity of the next word", tenfold=True, decimals=2),
            "\n".join(table),
        )


# --- how many are best ----------------------------------------------------------------------------------------------

OFFERED = (
    "none: all 64 slots to the window",
    "about as many as the introduction has words",
    "some, but far fewer or far more than that",
    "as many as possible",
)
ABOUT = 8  # pins, a step of `FIXED`


def _answers_most(data: Lines) -> Outcome:
    """The highest point of all facts; what may be below it by luck alone is as true."""
    introduction, late, every = (line.points for line in data.lines)
    best = max(every, key=lambda point: point.y)
    alike = [point for point in every if not Paired.of(best.each, point.each).shows and point != best]
    words, (first, *_, last) = _words(), every

    def which(point: LinePoint) -> int:
        return 0 if point == first else 3 if point == last else 1 if abs(point.x - words) <= ABOUT else 2

    others = f"; no sure difference to g = {', '.join(f'{point.x:g}' for point in alike)}" if alike else ""
    return Outcome(
        which(best),
        f"g = {best.x:g} answers most, {best.y:.2f} of all facts ({best.low:.2f} to {best.high:.2f}){others}. The "
        f"facts of the introduction end after {words} words at most. Every pin takes the place of a recent pair: of "
        f"the introduction {introduction[0].y:.2f} are answered at g = {first.x:g} and {introduction[-1].y:.2f} at "
        f"g = {last.x:g}, of the second half {late[0].y:.2f} and {late[-1].y:.2f}.",
        tuple(dict.fromkeys(map(which, alike))),
    )


def _words() -> int:
    """Of the longest introduction, the start word included."""
    return max(story.facts[EARLY - 1].end for story in told())


BEST = denying(
    f"{TOTAL} slots in all, {EARLY} facts at the beginning and {LATE} in the second half: how many pins answer most?",
    OFFERED,
    (
        "Without pins fewer are answered.",
        "With about as many as the introduction has words fewer are answered.",
        "With far fewer or far more than that, but some, fewer are answered.",
        "With as many as possible fewer are answered.",
    ),
    _answers_most,
)
