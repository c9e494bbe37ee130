"""The measuring itself: the models of one seed in, counts of right answers out."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from memattn.reader import echo
from memattn.reader.accuracy import HELD_OUT_SEED, answered_right
from memattn.reader.batches import Questions, draw_questions, questions_after_gap
from memattn.reader.both_ways import answer_logits
from memattn.reader.evaluate.setups import NETWORKS, RATES, SIZES, SLOTS, Setup
from memattn.reader.reader import Reader
from memattn.reader.reconstruction import attention_errors
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.train import folder_of
from memattn.reader.trained.globals import GLOBALS, STACKS, draw_texts, room
from memattn.reader.weights import WeightsError, file_of

DISTANCES = (0, 24, 48, 64, 80, 96, 128, 160, 192, 256, 320)  # tokens
FACTS, GAPS = (1, 2, 4, 8), (0, 32, 64, 128, 256)
GROWING = (1, 2, 4, 6, 8, 12, 16, 24, 32, 48)  # facts
LENGTHS = {64: 6, 256: 16, 512: 30, 1024: 60, 2048: 80}  # tokens: facts
COUNTS, TOLD, TOLD_IN = (0, 1, 2, 4, 8), (1, 2, 4, 8), 128  # global tokens; facts of the introduction; tokens
BEHIND = (4, 18, 32, 46, 60)  # tokens of filler between the only fact and the question
WHOLE = ("base-1", "base-2", "reader", "pool")  # models that read with full attention too

APART = 100_000  # between the first stories of two seeds: each is asked stories of its own, so that counts add up

TOKENIZER = Tokenizer()

Row = dict[str, tuple[int, int]]  # column: right, total


@dataclass(frozen=True)
class Sizes:
    """How many stories are asked: by distance, per cell of a grid, per length."""

    distance: int = 300
    cell: int = 50
    length: int = 100


class Measured(NamedTuple):
    """What one seed gives.

    Args:
        seed: which.
        tables: rows by table and title.
        errors: relative squared errors of attention outputs by compression, over the block and the whole cache.
        echo: tables of the echo model, see `memattn.reader.echo.measure`; none where it has not been trained.
    """

    seed: int
    tables: dict[str, dict[str, Row]]
    errors: dict[str, dict[str, float]]
    echo: dict[str, Any]


def measure(seed: int, sizes: Sizes, device: str = "cpu") -> Measured:
    """All tables of one seed, on stories that no other seed is asked; what has not been trained with it is left out."""
    torch.set_num_threads(1)
    readers = _Readers(seed, device)
    far = draw_questions(TOKENIZER, 5 * HELD_OUT_SEED + APART * seed, sizes.distance, 320, 14)
    tables: dict[str, dict[str, Row]] = {"lengths": {}, "distance": {}, "gaps": {}, "sizes": {}, "networks": {}}
    tables |= {"joined": _joined(readers, seed, sizes.length), "relayed": _relayed(readers, seed, sizes.length)}
    errors = {}
    for name in WHOLE:
        if (reader := readers.get(name)) is not None:
            tables["lengths"][name] = {
                str(tokens): _count(_right(reader, _anywhere(seed, sizes.length, tokens, facts)))
                for tokens, facts in LENGTHS.items()
            }
    for setup in SLOTS:
        if (reader := readers.of(setup)) is not None:
            tables["distance"][setup.title] = _by_distance(_right(reader, far, setup), far.distance)
            tables["gaps"][setup.title] = {
                f"{facts} · {gap}": _count(_right(reader, _of_one_kind(seed, sizes.cell, facts, gap), setup))
                for facts in FACTS
                for gap in GAPS
            }
    for setup in SIZES:
        if (reader := readers.of(setup)) is not None:
            tables["sizes"][setup.title] = {
                str(facts): _count(_right(reader, _of_all_kinds(seed, sizes.cell, facts), setup)) for facts in GROWING
            }
    for network in NETWORKS:
        for rate in RATES:
            setup = network.setup(rate)
            reader = readers.of(setup)
            try:
                compression = network.make(reader, rate) if reader else None
            except ValueError:  # not learned for every c
                continue
            if reader and compression:
                within = (far.distance >= 48) & (far.distance < min(160, 24 + 32 * rate))
                tables["networks"][setup.title] = {"recall": _count(_right(reader, far, setup)[within])}
                errors[setup.title] = attention_errors(reader, compression)
    return Measured(seed, tables, errors, measure_echo(seed, device))


def measure_echo(seed: int, device: str = "cpu") -> dict[str, Any]:
    """Tables of the echo model of one seed; none where it has not been trained."""
    try:
        saved = echo.load(file_of("echo", folder_of(seed)))
    except WeightsError:
        return {}
    return echo.measure({name: tensor.to(device) for name, tensor in saved.weights.items()}, saved.config)


class _Readers:
    """The models trained with one seed, each read once."""

    def __init__(self, seed: int, device: str) -> None:
        self.folder, self.device = folder_of(seed), device
        self.known: dict[tuple[str, str], Reader | None] = {}

    def get(self, model: str, learned_by: str = "") -> Reader | None:
        """The reader, or None where its weights are not there."""
        if (model, learned_by) not in self.known:
            compressors = file_of("compressors", self.folder) if learned_by else None
            try:
                reader = Reader.load(file_of(model, self.folder), compressors, learned_by).to(self.device)
            except WeightsError:
                reader = None
            self.known[model, learned_by] = reader
        return self.known[model, learned_by]

    def of(self, setup: Setup) -> Reader | None:
        """The reader of a setup."""
        return self.get(setup.model, setup.learned_by)


def _joined(readers: _Readers, seed: int, texts: int) -> dict[str, Row]:
    """Facts in the introduction, asked for in the conclusion, by the number of global tokens."""
    if (reader := readers.get(GLOBALS.name)) is None:
        return {}
    return {
        f"g = {count}": {
            str(facts): _both_ways(reader, seed, texts, facts, room(TOLD_IN, facts), count) for facts in TOLD
        }
        for count in COUNTS
    }


def _relayed(readers: _Readers, seed: int, texts: int) -> dict[str, Row]:
    """One fact, by the filler behind it, without global tokens; one global token beside it."""
    named = {**{f"layers: {stack.recipe.layers}": (stack.name, 0) for stack in STACKS}, "g = 1": (GLOBALS.name, 1)}
    found = {title: (readers.get(name), count) for title, (name, count) in named.items()}
    return {
        title: {str(gap): _both_ways(reader, seed, texts, 1, gap, count) for gap in BEHIND}
        for title, (reader, count) in found.items()
        if reader is not None
    }


@torch.no_grad()
def _both_ways(reader: Reader, seed: int, texts: int, facts: int, gap: int, count: int) -> tuple[int, int]:
    rng = np.random.default_rng([HELD_OUT_SEED, seed, facts, gap])
    ids, answers = draw_texts(rng, texts, facts, gap + TOLD_IN - room(TOLD_IN, facts), gap)
    ids = ids.to(reader.weights["norm"].device)
    logits = answer_logits(reader.weights, reader.config, ids, GLOBALS.recipe.window, count)
    return _count((logits.argmax(dim=-1).cpu() == answers).flatten())


def _anywhere(seed: int, stories: int, tokens: int, facts: int) -> Questions:
    return draw_questions(TOKENIZER, HELD_OUT_SEED + APART * seed, stories, tokens, facts)


def _of_one_kind(seed: int, stories: int, facts: int, gap: int) -> Questions:
    return questions_after_gap(TOKENIZER, HELD_OUT_SEED + APART * seed, stories, facts, gap, one_kind=True)


def _of_all_kinds(seed: int, stories: int, facts: int) -> Questions:
    return questions_after_gap(TOKENIZER, 3 * HELD_OUT_SEED + APART * seed, stories, facts, 0)


def _right(reader: Reader, questions: Questions, setup: Setup | None = None) -> Tensor:
    return answered_right(reader.weights, reader.config, questions, setup.memory(reader) if setup else None)


def _by_distance(right: Tensor, distance: Tensor) -> Row:
    return {
        f"{low}–{high - 1}": _count(right[(distance >= low) & (distance < high)]) for low, high in pairwise(DISTANCES)
    }


def _count(right: Tensor) -> tuple[int, int]:
    return int(right.sum()), len(right)
