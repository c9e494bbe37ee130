"""What segments cost and save, measured: recall over the border between two blocks, reach, and time per token."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from memattn.dials import Dial
from memattn.kv import KV
from memattn.lessons import guesses
from memattn.lessons.answering import Run
from memattn.lessons.expected import ANSWERS_FROM, answers_at, guess, held
from memattn.lessons.experiments import INTERVALS, curves
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.memories import Choice
from memattn.lessons.recall import LONGEST_FACT, LONGEST_QUESTION, PHASES, STEP, Posed, story_seed
from memattn.lessons.results import Gradients, Reach, Timed, TimePerToken
from memattn.lessons.running import memory_of, run, stream_of
from memattn.lessons.segmented import ages, length_of, letter, reach, sizes, updates
from memattn.memory.base import Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.recurrent import Recurrent
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.quantities import rounded
from memattn.reader import Story, story
from memattn.reader.grammar import FORMS, SHORTEST
from memattn.records import Role, Trace
from memattn.streams import random_stream

# --- recall over the border -------------------------------------------------------------------------------------------

BACK = 2  # blocks before the border in which facts are asked for
PARTS = 4  # of a block: bins
BORDER = "tokens from the last border to the pair that answers (negative: told before it)"


@dataclass(frozen=True)
class ByBorder:
    """Facts told before and behind the last border between two blocks; each is asked for in a story of its own.

    Lengths of the stories go in turn, so that question marks fall on every place of a block alike.
    """

    block: int = 32  # tokens
    stories: int = 400  # each with one question
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse blocks that cannot be cut into bins."""
        if self.block < 1 or self.block % PARTS:
            raise ValueError(f"block must be a multiple of {PARTS} tokens, got {self.block}")

    @property
    def total(self) -> int:
        """One question for each story."""
        return self.stories

    @property
    def lengths(self) -> range:
        """Tokens of the stories, without their questions."""
        shortest = BACK * self.block + 2 * LONGEST_FACT + SHORTEST
        return range(shortest, shortest + self.block * -(-PHASES // self.block))

    def steps(self) -> Iterator[Sequence[Posed]]:
        """In the order of the stories."""
        for start in range(0, self.stories, STEP):
            yield [self._pose(index) for index in range(start, min(start + STEP, self.stories))]

    def _pose(self, index: int) -> Posed:
        length = self.lengths[index % len(self.lengths)]
        for number in itertools.count(index, self.stories):  # the first story that tells something there
            whole = story(story_seed(self.seed, number), length, (length - SHORTEST) // (LONGEST_FACT + 4))
            asked = [Posed(bin, whole, fact) for fact in whole.facts if (bin := self._bin(whole, fact)) >= 0]
            if asked:
                break
        return asked[int(np.random.default_rng((self.seed, index)).integers(len(asked)))]

    def _bin(self, whole: Story, fact: Any) -> int:
        """Of the pair that answers, from the first of the blocks before; negative before that."""
        asked = Posed(0, whole, fact).asked
        border = asked - asked % self.block
        return (answers_at(fact) - border + BACK * self.block) * PARTS // self.block

    def place(self, bin: int) -> tuple[float, str]:
        """The middle of a bin, as seen from the border."""
        width = self.block // PARTS
        low = bin * width - BACK * self.block
        return low + (width - 1) / 2, f"{_signed(low)} to {_signed(low + width - 1)}"

    def line(self, choice: Choice) -> tuple[tuple[float, float], ...]:
        """Mean over the places of the question mark in its block, and over the kinds of facts."""
        return _border_line(self, choice)


def _signed(number: int) -> str:
    return f"{number:+d}".replace("-", "−") if number else "0"


@lru_cache(maxsize=64)
def _border_line(design: ByBorder, choice: Choice) -> tuple[tuple[float, float], ...]:
    block, first = design.block, design.lengths[0] + LONGEST_QUESTION
    right: dict[int, list[float]] = defaultdict(list)
    for asked in range(first, first + block):
        raw, border = held(choice, asked).raw, asked - asked % block
        for kind, behind in ANSWERS_FROM.items():
            full_stop = asked - len(FORMS[kind].question)  # the last word of the story
            for position in range(border - BACK * block, full_stop + behind):
                right[position - border].append(1.0 if position in raw else guess(kind))
    return tuple((float(x), float(np.mean(right[x]))) for x in sorted(right))


def _over_the_border(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
    block = values["block"]
    repairs = (
        _segments(block, 0),
        _segments(block, 1),
        _segments(block // 4, 4),
        Choice("window", (("window", block),)),
    )
    return curves(repairs, ByBorder(block), BORDER, doubling=False)


def _segments(length: int, kept: int) -> Choice:
    return Choice("segments", (("segment_length", length), ("segments", kept)))


OVER_THE_BORDER = Experiment(
    "Recall over the border",
    "Blocks alone read nothing from before the border, not even the word next to it. Three repairs: keep one block "
    "more; keep as many pairs in smaller blocks; a window, which moves with every token. But a pair of this reader "
    f"knows the five words before its own, which carries a fact a little way over any border. {INTERVALS}",
    _over_the_border,
    {"block": Dial(32, 8, 128, "n_s", "tokens", "Length of a block.", "Block", 32, 8)},
    long=True,
    asks=True,
    about=lambda settings: Settings(_segments(32, 0), ()),
    guess=lambda values: guesses.BORDER,
)


# --- which segments can be read ---------------------------------------------------------------------------------------

MOST_SEGMENTS = 16  # drawn, the first of a text
SHOWN = 5  # segment that is put into words, from 0


def positions_read(trace: Trace) -> NDArray[np.bool_]:
    """[i, j]: whether query i reads pair j, as it is or in a slot made of several."""
    reads = np.zeros((len(trace.steps), len(trace.steps)), dtype=bool)
    for step in trace.steps:
        for slot in step.ids:
            reads[step.index, list((slot,) if slot >= 0 else trace.shares_read(slot, step.index).sources)] = True
    return reads


def _reach(found: Run, length: int, memory_length: int) -> Reach:
    once = positions_read(found.trace)
    twice = (once.astype(np.float32) @ once.astype(np.float32)) > 0
    whole = min(MOST_SEGMENTS, -(-len(once) // length))
    spans = [slice(length * number, length * number + length) for number in range(whole)]
    layers = tuple(
        tuple(1 if once[query, pair].any() else 2 if twice[query, pair].any() else 0 for pair in spans)
        for query in spans
    )
    row = min(SHOWN, whole - 1)
    last = min(length * row + length, len(once)) - 1
    exact = tuple(reach(last - length * row, depth, length, memory_length) for depth in (1, 2))
    measured = tuple(last - int(mask[last].argmax()) for mask in (once, twice))
    return Reach(
        tuple(map(letter, range(whole))),
        layers,
        row,
        (measured[0], measured[1]),
        (exact[0], exact[1]),
        (memory_length, 2 * memory_length),
    )


def _which(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
    if settings.choice.name != "segments":
        settings = Settings(_segments(7, 2), settings.words, settings.model, settings.seed)
    n_s, m = sizes(settings)
    yield Result(1, 1, _reach(run(settings), n_s, m * n_s))


WHICH = Experiment(
    "Which segments can it read?",
    "Masks of the run: row by row, which segments the words of a segment read themselves, and which ones through the "
    "words that they read, a layer further down. A convolution over six words lies under each layer of our reader and "
    "crosses borders: keys know five words before their own, which have read in turn. So a second layer hears of two "
    "segments more, and one layer of one.",
    _which,
)


# --- where the gradient stops -----------------------------------------------------------------------------------------


def _gradients(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
    if settings.choice.name != "segments":
        settings = Settings(_segments(7, 2), settings.words, settings.model, settings.seed)
    memory, stream, last = memory_of(settings), stream_of(settings), run(settings).trace.steps[-1]
    with torch.inference_mode(False), torch.enable_grad():
        pairs = KV(stream.kv.keys.clone(), stream.kv.values.clone().requires_grad_())
        output = memory.attend(stream.queries.clone(), pairs, memory.empty(pairs, tracked=False)).output
        (by_value,) = torch.autograd.grad(output[..., -1, :].sum(), pairs.values)
    weights = np.zeros(len(settings.words))
    weights[list(last.ids)] = last.weights.mean(axis=0)
    place: dict[bool, list[int]] = {True: [], False: []}
    for slot, role in zip(last.ids, last.roles, strict=True):
        place[role is Role.CURRENT].append(slot)
    yield Result(
        1,
        1,
        Gradients(
            tuple(weights.tolist()),
            tuple(by_value.flatten(0, -3).mean(dim=(0, -1)).tolist()),
            tuple(place[False]),
            tuple(place[True]),
        ),
    )


GRADIENT = Experiment(
    "Where the gradient stops",
    "Attention is how much of a value comes out, so in the running segment both are the same. What stands in Mem is "
    "read all the same, but nothing can be learned through it: the model that wrote it never hears of the reader.",
    _gradients,
)


# --- time per token ---------------------------------------------------------------------------------------------------

LENGTHS = (1, 2, 4, 8, 16, 32, 64, 128)
REPEATS = 7
WIDTH = 16  # of keys and values
KEPT = 128  # pairs
MOST_TIMED = 512  # pairs of a run beside another one: nobody waits for that


def timed(length: int) -> dict[str, tuple[Memory[Any], Role]]:
    """Memories that are given `length` pairs at a time."""
    return {
        f"Segment FIFO of {KEPT} pairs": (Segments(length, KEPT // length), Role.RECENT),
        f"Sliding window of {KEPT} pairs": (Window(KEPT), Role.GLOBAL),
        "Cumulative average": (CumulativeAverage(), Role.SUMMARY),
        "Learned recurrence (GRU)": (Recurrent("gru"), Role.COMPRESSED),
    }


def seconds(memory: Memory[Any], length: int, pairs: KV) -> float:
    """To take in some pairs, `length` of them with every update."""
    segments = [pairs[start : start + length] for start in range(0, pairs.tokens, length)]
    with torch.inference_mode():
        state = memory.empty(pairs, tracked=False)
        before = perf_counter()
        for segment in segments:
            state = memory.update(segment, state).state
        return perf_counter() - before


def _time(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
    tokens, taken = values["ttokens"], defaultdict[str, dict[int, list[float]]](lambda: defaultdict(list))
    pairs = random_stream(tokens, WIDTH, WIDTH, 1, seed=0).kv
    total, done = REPEATS * len(LENGTHS) * len(timed(1)), 0
    roles = {name: role for name, (_, role) in timed(1).items()}
    for _ in range(REPEATS):  # all in turn, so that a busy moment of the machine falls on all alike
        for length in LENGTHS:
            for name, (memory, _) in timed(length).items():
                taken[name][length].append(1e6 * seconds(memory, length, pairs) / tokens)
                done += 1
            times = {
                name: tuple(Timed(n, median(own), min(own), max(own), 1 / n) for n, own in sorted(by.items()))
                for name, by in taken.items()
            }
            yield Result(done, total, TimePerToken(times, roles, tokens), _in_numbers(times))


def compared(settings: Settings, found: Run) -> tuple[tuple[str, str], ...]:
    """What is said of a run beside another one; timed here, on the first pairs that it read."""
    whole, memory, pairs = found.trace, memory_of(settings), stream_of(settings).kv[:MOST_TIMED]
    done, length = updates(whole)[-1], max(1, length_of(whole))
    micros = 1e6 * min(seconds(memory, length, pairs) for _ in range(3)) / pairs.tokens
    held = sum(role is not Role.CURRENT for role in whole.steps[-1].held_roles)
    return (
        (f"updates in {len(whole.steps)} tokens", f"{done:,}"),
        ("µs per token for them, measured here, the quickest of several runs", rounded(micros)),
        ("age of the newest remembered pair, mean over all queries", f"{np.mean(ages(whole)):.1f}"),
        ("slots in the memory after the last word", f"{held:,}"),
    )


def _in_numbers(times: Mapping[str, Sequence[Timed]]) -> str:
    lines = ["| memory | n_s | updates per token | µs per token | least to most |", "|:--|--:|--:|--:|--:|"]
    lines += [
        f"| {name} | {one.length} | {rounded(one.updates, 3)} | {rounded(one.micros, 3)} | {rounded(one.least, 3)} to "
        f"{rounded(one.most, 3)} |"
        for name, own in times.items()
        for one in own
    ]
    return "\n".join(lines)


TIME = Experiment(
    "Time per token, by n_s",
    "Measured on this machine, now: the same pairs, given to each memory n_s at a time, 1/n_s updates per token. The "
    f"median of {REPEATS} runs, and from the quickest to the slowest. A learned f must still go through every pair.",
    _time,
    {"ttokens": Dial(1024, 256, 4096, "T", "tokens", "Length of the text.", "Text", 1024, 128)},
    long=True,
    counts="timings",
    about=lambda settings: Settings(_segments(32, 0), ()),
    guess=lambda values: guesses.TIME,
)
