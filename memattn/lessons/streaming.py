"""What one step costs as the text grows: the memory's update and read, beside one read of all pairs so far."""

import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch

from memattn.attention import read
from memattn.kv import Slots
from memattn.lessons.lesson import Result, Settings
from memattn.lessons.memories import make, titled
from memattn.lessons.results import Line, LinePoint, Lines
from memattn.records import Role
from memattn.streams import random_stream

LENGTHS = (1_000, 3_000, 10_000, 30_000, 100_000)  # tokens
STEPS, READS = 200, 20  # timed at each length
WIDTH = 16
PIECE = 1_000  # tokens that are taken in at once where nothing is timed
X, Y = "tokens so far", "time of one step (µs)"


def cost_per_step(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
    """Updates of one token each, and full reads, at growing lengths of one stream."""
    memory = make(settings.choice)
    stream = random_stream(LENGTHS[-1] + STEPS, WIDTH, WIDTH, seed=settings.seed)
    state, at = memory.empty(stream.kv, tracked=False), 0
    steps: tuple[LinePoint, ...] = ()
    reads: tuple[LinePoint, ...] = ()
    with torch.inference_mode():
        for done, length in enumerate(LENGTHS, 1):
            while at < length:
                stop = min(at + PIECE, length)
                state, at = memory.update(stream.kv[at:stop], state).state, stop
            trial = state

            def step(token: int) -> None:
                nonlocal trial
                trial = memory.update(stream.kv[token : token + 1], trial).state
                memory.read(stream.queries[:, token : token + 1], memory.slots(trial, tracked=False))

            everything = Slots(stream.kv.keys[:, :length], stream.kv.values[:, :length], (), ())

            def read_all(token: int, everything: Slots = everything) -> None:
                read(stream.queries[:, token : token + 1], everything)

            steps += (_timed(length, step, range(length, length + STEPS)),)
            reads += (_timed(length, read_all, range(READS)),)
            lines = (
                Line(titled(settings.choice), Role.SUMMARY, steps),
                Line("reading all pairs", Role.RECENT, reads, "dash"),
            )
            yield Result(done, len(LENGTHS), Lines(lines, X, Y, doubling=True, tenfold=True))


def _timed(length: int, run: Callable[[int], object], tokens: range) -> LinePoint:
    took = []
    for token in tokens:
        began = time.perf_counter()
        run(token)
        took.append(1e6 * (time.perf_counter() - began))
    low, middle, high = np.quantile(took, [0.1, 0.5, 0.9]).tolist()
    return LinePoint(length, middle, low, high)
