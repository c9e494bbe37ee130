"""Which statistic tells what is lost: coverage, output error and the weight that reaches the fact, against recall.

All three are taken as the question mark reads. Coverage is the share of the text's pairs with any part in any slot; the
output error compares with full attention of the same reader; the weight is dye's, on the pair that answers.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

from memattn.intervals import Paired, Proportion
from memattn.lessons.expected import answers_at, held
from memattn.lessons.forgetting import CHANCE, FACTS, sized
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
ALIKE = 0.05  # means of output errors, or of weights, that are no farther apart
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
    """What coverage says, what means over all questions say, and what both numbers say within one memory."""
    covered = max(means.values(), key=lambda own: own.coverage).coverage
    low = min((name for name in means if means[name].coverage == covered), key=lambda name: means[name].recall.value)
    least, most = means[low].recall.interval
    return (
        f"Coverage is not fidelity: {low} cover {covered:.2f} of the text and answer {means[low].recall.value:.2f} "
        f"({least:.2f} to {most:.2f}), and it is the same for every question of a memory."
        f"{_between(found, means)}{_within(found)}"
    )


def _between(found: Mapping[str, Sequence[Told]], means: Mapping[str, Mean]) -> str:
    """Of memories whose means are alike the two that differ most in recall, where that is more than luck."""
    alike = [
        (one, two)
        for one, two in combinations(means, 2)
        if abs(means[one].error - means[two].error) < ALIKE and abs(means[one].weight - means[two].weight) < ALIKE
        if Paired.of(*([told.right for told in found[name]] for name in (one, two))).shows
    ]
    if not alike:
        return ""
    both = max(alike, key=lambda both: abs(means[both[0]].recall.value - means[both[1]].recall.value))
    ours, theirs = (means[name] for name in both)
    return (
        f" Nor do means over all questions tell: {' and '.join(both)} have output errors of {ours.error:.2f} and "
        f"{theirs.error:.2f} and weights of {ours.weight:.3f} and {theirs.weight:.3f}, and answer "
        f"{ours.recall.value:.2f} and {theirs.recall.value:.2f} of the same questions."
    )


def _within(found: Mapping[str, Sequence[Told]]) -> str:
    """How often weight and output error tell answered from unanswered in one memory; what is equal tells half."""
    both = [
        (yes, no)
        for asked in found.values()
        for yes, no in product((one for one in asked if one.right), (one for one in asked if not one.right))
    ]
    if not both:
        return ""
    by_weight = sum((yes.weight > no.weight) + (yes.weight == no.weight) / 2 for yes, no in both) / len(both)
    by_error = sum((yes.error < no.error) + (yes.error == no.error) / 2 for yes, no in both) / len(both)
    return (
        " Of an answered and an unanswered question to one memory, the answered one has the higher weight on its fact "
        f"in {by_weight:.2f} of all cases, and the lower output error in {by_error:.2f}; by chance it would be 0.50."
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
    return Lines(tuple(lines), AXIS, HEIGHT, CHANCE, doubling=True, top=1.0, says=says, decimals=2)


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
    f"Sixteen facts anywhere in texts of {TOKENS:,} tokens. The weight is drawn, which is but one of the numbers "
    "compared: each mark holds the questions of one memory whose fact was reached by a weight below .001, .01, .1, or "
    "above. Bars are 95 % intervals (Wilson).",
    which_statistic,
    long=True,
    counts="texts",
    about=lambda settings: Settings(Choice("merging"), ()),
)
