"""Which statistic tells what is lost: coverage, output error and the weight that reaches the fact, against recall.

All three are taken as the question mark reads. Coverage is the share of the text's pairs with any part in any slot; the
output error compares with full attention of the same reader; the weight is dye's, on the pair that answers.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

from memattn.intervals import Proportion
from memattn.lessons.expected import answers_at, held
from memattn.lessons.forgetting import FACTS, sized
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.long_texts import Telling, take_in, told
from memattn.lessons.memories import Choice, titled
from memattn.lessons.results import Line, LinePoint, Lines
from memattn.memory.full import Full
from memattn.records import Role

TOKENS, TEXTS = 1024, 4
EDGES = (0.0, 0.001, 0.01, 0.1, 1.01)  # weights, of the bins of the figure
MIDDLES = (0.0003, 0.003, 0.03, 0.3)  # where a bin is drawn, on a logarithmic axis
MEMORIES: Mapping[str, tuple[Choice, Role]] = {
    "window of 64": (sized("window", 64), Role.RECENT),
    "window of 256": (sized("window", 256), Role.CURRENT),
    "64 means": (sized("merging", 64), Role.GLOBAL),
    "256 means": (sized("merging", 256), Role.RETRIEVED),
}
AXIS, HEIGHT = "weight on the pair that answers (largest of all heads)", "recall (share of right answers)"


class Told(NamedTuple):
    """One question: what the three statistics say of it, and whether it was answered."""

    right: bool
    weight: float
    error: float


class Mean(NamedTuple):
    """A memory in numbers."""

    recall: Proportion
    coverage: float
    error: float
    weight: float


def which_statistic(settings: Settings, values: Mapping[str, Any], texts: int = TEXTS) -> Iterator[Result]:
    """Every fact of some texts, asked of memories that keep raw pairs and of memories that keep means."""
    found = defaultdict[str, list[Told]](list)
    done, total = 0, texts * len(MEMORIES)
    for number in range(texts):
        for name, (choice, _) in MEMORIES.items():
            found[name] += _ask(choice, Telling(TOKENS, FACTS, "spread", number))
            done += 1
            means = {name: mean(MEMORIES[name][0], asked) for name, asked in found.items()}
            says = said(found, means) if done == total else ""
            yield Result(done, total, _drawn(found, says), in_numbers(means))


def _ask(choice: Choice, telling: Telling) -> Iterator[Told]:
    text = told(telling)
    dyed = [answers_at(fact) for fact in text.facts]
    *_, own = take_in(choice, text, dyed)
    *_, full = take_in(choice, text, memory=Full())
    for colour, fact in enumerate(text.facts):
        asked, all_of_it = own.ask(fact), full.ask(fact).read
        error = float((asked.read - all_of_it).norm() / all_of_it.norm())
        yield Told(asked.right, float(asked.reached[:, colour].max()), error)


def mean(choice: Choice, asked: Sequence[Told]) -> Mean:
    """Over all questions."""
    right = Proportion(sum(one.right for one in asked), len(asked))
    pairs = held(choice, TOKENS)
    covered = len(pairs.raw) + int((pairs.shares > 0).any(axis=0).sum())
    error, weight = (
        sum(column) / len(asked) for column in ([one.error for one in asked], [one.weight for one in asked])
    )
    return Mean(right, covered / (TOKENS + 1), error, weight)


def said(found: Mapping[str, Sequence[Told]], means: Mapping[str, Mean]) -> str:
    """How often weight and output error tell answered from unanswered in one memory; what coverage says."""
    pairs = [
        (yes, no)
        for asked in found.values()
        for yes, no in product((one for one in asked if one.right), (one for one in asked if not one.right))
    ]
    covered = max(means.values(), key=lambda own: own.coverage).coverage
    low = min((name for name in means if means[name].coverage == covered), key=lambda name: means[name].recall.value)
    one, two = min(combinations(means, 2), key=lambda both: abs(means[both[0]].error - means[both[1]].error))
    says = (
        f"Coverage is not fidelity: {low} cover {covered:.2f} of the text and answer {means[low].recall.value:.2f}, "
        "and it is the same for every question of a memory. With output errors of "
        f"{means[one].error:.2f} and {means[two].error:.2f}, {one} and {two} answer {means[one].recall.value:.2f} and "
        f"{means[two].recall.value:.2f}."
    )
    if not pairs:
        return says
    by_weight = sum(yes.weight > no.weight for yes, no in pairs) / len(pairs)
    by_error = sum(yes.error < no.error for yes, no in pairs) / len(pairs)
    return (
        f"{says} Within one memory, an answered question has a higher weight on its fact than an unanswered one in "
        f"{by_weight:.2f} of all pairs, and a lower output error in {by_error:.2f}."
    )


def _drawn(found: Mapping[str, Sequence[Told]], says: str) -> Lines:
    lines = []
    for name, asked in found.items():
        points = []
        for low, high, middle in zip(EDGES, EDGES[1:], MIDDLES, strict=False):
            inside = [one.right for one in asked if low <= one.weight < high]
            if inside:
                share = Proportion(sum(inside), len(inside))
                points.append(LinePoint(middle, share.value, *share.interval))
        lines.append(Line(name, MEMORIES[name][1], tuple(points)))
    return Lines(tuple(lines), AXIS, HEIGHT, doubling=True, top=1.0, says=says)


def in_numbers(means: Mapping[str, Mean]) -> str:
    """The statistics beside recall, as a table in Markdown."""
    rows = [
        "| memory | right | 95 % interval | coverage | output error | weight on the fact |",
        "|:--|--:|--:|--:|--:|--:|",
    ]
    for name, own in means.items():
        low, high = own.recall.interval
        rows.append(
            f"| {titled(MEMORIES[name][0])} | {own.recall.right} of {own.recall.total} | {low:.2f} to {high:.2f} "
            f"| {own.coverage:.2f} | {own.error:.2f} | {own.weight:.3f} |"
        )
    return "\n".join(rows)


WHICH_STATISTIC = Experiment(
    "Which number tells what is lost?",
    f"Sixteen facts anywhere in texts of {TOKENS:,} tokens. Each mark holds the questions of one memory whose fact was "
    "reached by a weight below .001, .01, .1, or above. Bars are 95 % intervals (Wilson).",
    which_statistic,
    long=True,
    counts="texts",
    about=lambda settings: Settings(Choice("merging"), ()),
)
