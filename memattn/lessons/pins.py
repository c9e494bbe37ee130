"""Perplexity of the echo model, position by position: a window against one, two, four, eight pinned tokens.

All memories have 16 slots; the texts are far longer than those that the model learned from. Its head rests on the first
token wherever it has nothing to look for, so the window is in trouble from the token on with which that one leaves.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from memattn.lessons.echo import model
from memattn.lessons.guesses import Denial, Outcome, denying
from memattn.lessons.lesson import Result, Settings
from memattn.lessons.results import Dash, Line, LinePoint, Lines
from memattn.memory.base import Memory
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.window import Window
from memattn.reader.echo import Language
from memattn.reader.echo.measure import LEARNED, SLOTS, Mean, texts
from memattn.reader.echo.model import embed, finish, steps
from memattn.records import Role

PINS = (0, 1, 2, 4, 8)
BINS = (16, 32, 64, 128, 256, 512)  # positions
TEXTS, SEED, PART = 32, 1_500_000, 32  # texts that are read; positions between two reports
NEAR = 1.01  # times the least perplexity: as good
X, Y = "position, up to (each from half of it on)", "perplexity of the next word"
ENDS: Sequence[Dash] = ("solid", "dash", "dot", "solid", "dash")


def memory_of(pinned: int, slots: int = SLOTS) -> Memory[Any]:
    """So many pinned tokens and a window, in so many slots together."""
    return GlobalTokens(pinned, slots - pinned) if pinned else Window(slots)


def named(pinned: int, slots: int = SLOTS) -> str:
    """In a legend."""
    return f"{pinned} pinned + window {slots - pinned}" if pinned else f"window {slots}"


@torch.inference_mode()
def surprises(ids: Tensor, memory: Memory[Any]) -> Iterator[Tensor]:
    """Nats of every next word, (texts, `PART`) at a time; ids are (texts, tokens + 1)."""
    saved, state = model(), None
    ids = ids.to(saved.weights["norm"].device)
    for start in range(0, ids.shape[1] - 1, PART):
        piece, following = ids[:, start : start + PART], ids[:, start + 1 : start + 1 + PART]
        piece = piece[:, : following.shape[1]]
        run = list(steps(saved.weights, saved.config, piece, memory, state))
        state = run[-1].state
        logits = finish(saved.weights, embed(saved.weights, piece), torch.cat([s.reading.output for s in run], dim=-2))
        yield -logits.log_softmax(dim=-1).gather(-1, following.unsqueeze(-1)).squeeze(-1).cpu()


def by_position(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
    """All memories in step, as far as the texts have been read."""
    ids = texts(TEXTS, BINS[-1], SEED)
    running = [surprises(ids, memory_of(pinned)) for pinned in PINS]
    known: list[list[Tensor]] = [[] for _ in PINS]
    for done in range(PART, BINS[-1] + 1, PART):
        for own, run in zip(known, running, strict=True):
            own.append(next(run))
        yield Result(done, BINS[-1], _lines([torch.cat(own, dim=1) for own in known]), _table(known))


def _lines(known: Sequence[Tensor]) -> Lines:
    lines = []
    for pinned, surprise, dash in zip(PINS, known, ENDS, strict=True):
        points = tuple(LinePoint(high, *_mean(surprise[:, low:high])) for low, high in _bins(surprise))
        lines.append(Line(named(pinned), Role.GLOBAL if pinned else Role.RECENT, points, dash))
    return Lines(tuple(lines), X, Y, {"the language itself": math.exp(Language().entropy)}, doubling=True, decimals=2)


def _bins(surprise: Tensor) -> Sequence[tuple[int, int]]:
    return [(low, high) for low, high in pairwise(BINS) if high <= surprise.shape[1]]


def _mean(surprise: Tensor) -> Mean:
    """Perplexity, with the 95 % interval over texts."""
    return Mean.of(surprise.mean(dim=1)).exp()


def _table(known: Sequence[Sequence[Tensor]]) -> str:
    """Perplexities by position, and beyond the learned length that of each over one pin, paired text by text."""
    together = [torch.cat(list(own), dim=1) for own in known]
    bins = _bins(together[0])
    if not bins:
        return ""
    head = [f"{low}–{high - 1}" for low, high in bins]
    ratio = ["against one pin, 95 % interval"] if together[0].shape[1] > LEARNED else []
    lines = [f"| memory | {' | '.join([*head, *ratio])} |", f"|:--|{'--:|' * len([*head, *ratio])}"]
    for pinned, surprise in zip(PINS, together, strict=True):
        cells = [f"{_mean(surprise[:, low:high]).value:.2f}" for low, high in bins]
        if ratio:
            times = Mean.of((surprise - together[1])[:, LEARNED:].mean(dim=1)).exp()
            cells.append(f"× {times.value:.3f} ({times.low:.3f} to {times.high:.3f})")
        lines.append(f"| {named(pinned)} | {' | '.join(cells)} |")
    return "\n".join(lines)


# --- how many pins are enough ---------------------------------------------------------------------------------------


def enough(data: Lines) -> int:
    """Which of `PINS`, from 0: the fewest that come within 1 % of the least perplexity at the last positions."""
    last = _last(data)
    return next(at for at, perplexity in enumerate(last) if perplexity <= NEAR * min(last))


def _last(data: Lines) -> list[float]:
    """As they are written."""
    return [round(line.points[-1].y, 2) for line in data.lines]


def _reached(data: Lines) -> Outcome:
    right, last = enough(data), _last(data)
    told = ", ".join(f"{perplexity:.2f} with {pinned}" for pinned, perplexity in zip(PINS, last, strict=True))
    return Outcome(
        right,
        f"Perplexity at the last positions is {told} pinned: {PINS[right]} is the fewest within 1 % of the least, "
        f"{min(last):.2f}.",
    )


def _denied(chosen: int) -> Denial:
    def denial(right: int) -> str:
        said = f"{_pins(PINS[chosen])} not {'enough' if chosen < right else 'better by more than 1 %'}."
        return f"{said} {ONE_PLACE}" if PINS[right] == 1 else said

    return denial


def _pins(count: int) -> str:
    return {0: "The window alone is", 1: "One pin is"}.get(count, f"{count} pins are")


ONE_PLACE = "The head needs one place to rest: the first token."
HOW_MANY = denying(
    f"Of {SLOTS} slots, how many must at least be pinned until the perplexity is within 1 % of the least?",
    tuple(f"{pinned}" for pinned in PINS),
    tuple(map(_denied, range(len(PINS)))),
    _reached,
)
