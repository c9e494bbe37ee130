"""From the introduction to the conclusion: a window of ±16, and what joins the two ends of a text.

Readers that see both ways were trained on facts, filler, and a question at the very end. Global tokens read all and are
read by all, so an answer comes in two steps from anywhere; without them it is relayed from layer to layer, and reaches
no further than layers times the window, and what the convolution adds.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from memattn.device import choose
from memattn.intervals import Proportion
from memattn.lessons.guesses import Outcome, denying
from memattn.lessons.lesson import Result, Settings
from memattn.lessons.results import Dash, Line, LinePoint, Lines
from memattn.reader.both_ways import answer_logits, reach
from memattn.reader.grammar import FORMS, WORDS
from memattn.reader.trained.globals import FACT, GLOBALS, KIND, QUESTION, STACKS, draw_texts, room
from memattn.reader.weights import Saved, file_of, load
from memattn.records import Role, counted

WAYS = {"g": "number of global tokens", "distance": "distance, with deeper stacks"}
WINDOW = 16  # words on each side
COUNTS, FACTS = (0, 1, 2, 4, 8), (1, 2, 4, 8)
LENGTHS = {1: 80, 2: 80, 4: 80, 8: 128}  # words of the text, by facts
GAPS = (4, 11, 18, 25, 32, 39, 46, 53, 60, 67)  # words of filler
TEXTS, PART, SEED = 200, 50, 41  # for each number; at a time
SHARE = "share of right answers"
ROLES = (Role.SUMMARY, Role.RECENT, Role.COMPRESSED, Role.GLOBAL)
DASHES: Sequence[Dash] = ("solid", "dash", "dot", "solid")
CHANCE = 1 / len(WORDS[FORMS[KIND].answer])


@lru_cache(maxsize=8)
def model(name: str) -> Saved:
    """A trained model on this machine's device.

    Raises:
        WeightsError: its weights cannot be used.
    """
    saved, device = load(file_of(name)), choose()
    weights = {key: rows.to(device.torch_device, device.dtype) for key, rows in saved.weights.items()}
    return Saved(saved.config, weights, {}, saved.card)


@torch.inference_mode()
def right(name: str, global_tokens: int, facts: int, gap: int, texts: int, part: int = 0) -> int:
    """Of so many texts that no training saw, how many are answered rightly.

    Args:
        name: of the model.
        global_tokens: g.
        facts: told in each.
        gap: words of filler behind them.
        texts: how many.
        part: which of them; the same for every model.
    """
    saved = model(name)
    tokens = 1 + FACT * facts + gap + QUESTION
    ids, answers = draw_texts(np.random.default_rng([SEED, facts, gap, part]), texts, facts, tokens, gap)
    logits = answer_logits(saved.weights, saved.config, ids.to(saved.weights["norm"].device), WINDOW, global_tokens)
    return int((logits.argmax(dim=-1).cpu() == answers).sum())


def joined(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
    """The experiment, by one of the `WAYS`."""
    return _by_count() if values["ways"] == "g" else _by_distance()


def _by_count() -> Iterator[Result]:
    found = {(facts, count): Proportion(0, 1) for facts in FACTS for count in COUNTS}
    for part in range(TEXTS // PART):
        for facts, count in found:
            known = found[facts, count]
            new = right(GLOBALS.name, count, facts, room(LENGTHS[facts], facts), PART, part)
            found[facts, count] = Proportion(known.right * (part > 0) + new, PART * (part + 1))
            if count == COUNTS[-1] and (part or facts == FACTS[-1]):
                done = PART * (part * len(found) + len(COUNTS) * (FACTS.index(facts) + 1))
                yield Result(done, TEXTS * len(found), _counted(found), _counts_in_numbers(found))


def knows_places(facts: int) -> float:
    """Right answers of a guess that knows which places were told, but not of whom; two facts may tell the same."""
    return 1 / facts + (1 - 1 / facts) * CHANCE


def _counted(found: Mapping[tuple[int, int], Proportion]) -> Lines:
    lines = tuple(
        Line(
            f"{counted(facts, 'fact')}, {LENGTHS[facts]} words",
            role,
            tuple(_point(count, found[facts, count]) for count in COUNTS),
            dash,
        )
        for facts, role, dash in zip(FACTS, ROLES, DASHES, strict=True)
    )
    told = {facts: knows_places(facts) for facts in FACTS if facts > 1}
    levels = {"blind guess": CHANCE, **{f"one of {facts} told places": share for facts, share in told.items()}}
    both = [f"{found[facts, 1].value:.2f} and {share:.2f} of {facts} facts" for facts, share in told.items()]
    says = f"Right with g = 1, and by a guess among the told places: {', '.join(both)}."
    return Lines(lines, "global tokens g", SHARE, levels, top=1.0, says=says, decimals=2)


def _counts_in_numbers(found: Mapping[tuple[int, int], Proportion]) -> str:
    lines = [f"| facts | {' | '.join(f'g = {count}' for count in COUNTS)} |", f"|:--|{'--:|' * len(COUNTS)}"]
    for facts in FACTS:
        lines.append(f"| {facts} | {' | '.join(_cell(found[facts, count]) for count in COUNTS)} |")
    return "\n".join(lines)


def _cell(share: Proportion) -> str:
    low, high = share.interval
    return f"{share.right} of {share.total} ({low:.2f} to {high:.2f})"


def _point(x: float, share: Proportion) -> LinePoint:
    return LinePoint(x, share.value, *share.interval)


def distance_of(gap: int) -> int:
    """Words from the answer in the only fact of a text to the question mark."""
    statement = FORMS[KIND].statement
    return FACT - statement.index("{" + FORMS[KIND].answer + "}") - 1 + gap + QUESTION


def _by_distance() -> Iterator[Result]:
    readers = {**{one.name: 0 for one in STACKS}, GLOBALS.name: 1}
    found: dict[str, list[Proportion]] = {name: [] for name in readers}
    for done, gap in enumerate(GAPS, 1):
        for name, count in readers.items():
            found[name].append(Proportion(right(name, count, 1, gap, PART), PART))
        yield Result(done * PART * len(readers), len(GAPS) * PART * len(readers), _far(found), _far_in_numbers(found))


def titles() -> dict[str, str]:
    """Of every model, in a legend: its layers, and how far they can reach."""
    layers = {one.name: one.recipe.layers for one in STACKS}
    stacks = {
        name: f"{'1 layer' if count == 1 else f'{count} layers'}, reach {reach(model(name).config, WINDOW)}"
        for name, count in layers.items()
    }
    return {**stacks, GLOBALS.name: "2 layers and 1 global token"}


def _far(found: Mapping[str, Sequence[Proportion]]) -> Lines:
    dashes: Sequence[Dash] = ("dot", "dash", "solid", "solid")
    lines = tuple(
        Line(
            title,
            Role.GLOBAL if name == GLOBALS.name else Role.RECENT,
            tuple(_point(distance_of(gap), share) for gap, share in zip(GAPS, found[name], strict=False)),
            dash,
        )
        for (name, title), dash in zip(titles().items(), dashes, strict=True)
    )
    return Lines(
        lines, "words from the answer to the question mark", SHARE, {"blind guess": CHANCE}, top=1.0, decimals=2
    )


def _far_in_numbers(found: Mapping[str, Sequence[Proportion]]) -> str:
    gaps = GAPS[: len(next(iter(found.values())))]
    lines = [f"| reader | {' | '.join(str(distance_of(gap)) for gap in gaps)} |", f"|:--|{'--:|' * len(gaps)}"]
    for name, title in titles().items():
        lines.append(f"| {title} | {' | '.join(f'{share.value:.2f}' for share in found[name])} |")
    return "\n".join(lines)


# --- how much one global token holds --------------------------------------------------------------------------------

OFFERED = (
    "no fewer than of one fact, but for chance",
    "more than by a blind guess, but fewer than of one fact",
    "no more than by a blind guess, but for chance",
)


def _of_four(data: Lines) -> tuple[LinePoint, LinePoint]:
    """With one global token, one fact and four."""
    at = COUNTS.index(1)
    return data.lines[FACTS.index(1)].points[at], data.lines[FACTS.index(4)].points[at]


def _what(data: Lines) -> Outcome:
    """By intervals that have nothing in common; who guesses one fact, too, does four no worse, and guesses."""
    one, four = _of_four(data)
    as_one, guessed = four.high >= one.low, four.low <= CHANCE
    most = data.lines[FACTS.index(4)].points[-1]
    return Outcome(
        2 if guessed else 0 if as_one else 1,
        f"With g = 1, {_with_ends(one)} of single facts are answered, and {_with_ends(four)} where four were told, "
        f"with 95 % intervals; with g = {COUNTS[-1]}, {_with_ends(most)} of those four. Whoever knows the four places, "
        f"but not of whom they were told, is right in {knows_places(4):.2f}, a blind guess in {CHANCE:.2f}.",
        (0,) if guessed and as_one else (),
    )


def _with_ends(point: LinePoint) -> str:
    return f"{point.y:.2f} ({point.low:.2f} to {point.high:.2f})"


FOUR = denying(
    "One global token joins introduction and conclusion. Four facts are told, and one is asked for: how many of the "
    "questions are answered?",
    OFFERED,
    (
        "One token does not hold four facts as well as one.",
        lambda right: (
            f"It is not {'more than by a blind guess' if right == 2 else 'fewer than of one fact'} beyond doubt."
        ),
        "It is more than by a blind guess.",
    ),
    _what,
)
