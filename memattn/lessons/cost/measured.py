"""Measured here: what one more token takes after a text, for every mechanism of the registry, beside the paper.

Stored bytes are those of the state's tensors. Of the read, all products of matrices are counted as torch runs them:
their operations, and the bytes of what is multiplied with. Times are of update and read, each in turn with the same of
full attention, so that a busy machine slows both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from memattn.device import Device, choose
from memattn.kv import KV
from memattn.lessons import guesses
from memattn.lessons.cost.growth import sized
from memattn.lessons.cost.record import MeasuredHere, Stepped
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.memories import main_role, make
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.full import Full
from memattn.quantities import rounded
from memattn.streams import random_stream

TOKENS = 4096
WIDTH = 64  # of keys and values
TIMES = 15  # steps that are timed
PRODUCTS = ("matmul", "__matmul__", "__rmatmul__", "mm", "bmm")


class Products(TorchFunctionMode):
    """Counts the products of matrices as they run: their operations, and the bytes of what is multiplied with."""

    def __init__(self) -> None:
        """None yet."""
        super().__init__()
        self.flops, self.fetched = 0, 0

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run a function of torch; note it where it is a product."""
        result = function(*args, **(kwargs or {}))
        if getattr(function, "__name__", "") in PRODUCTS:
            self.flops += 2 * args[0].shape[-1] * result.numel()
            self.fetched += args[1].numel() * args[1].element_size()
        return result


def tensors(state: object) -> Iterator[Tensor]:
    """All tensors that a state is made of."""
    if isinstance(state, Tensor):
        yield state
    elif is_dataclass(state):
        for field in fields(state):
            yield from tensors(getattr(state, field.name))
    elif isinstance(state, tuple | list):
        for part in state:
            yield from tensors(part)


@cache
def device() -> Device:
    """That computes."""
    return choose()


def step(name: str, tokens: int = TOKENS, width: int = WIDTH, repeats: int = TIMES) -> Stepped:
    """Read a text of random pairs with one mechanism, and take one step more."""
    memory, full = make(sized(name, 1)), Full()
    stream = random_stream(tokens + 1, width, width, seed=0, device=str(device().torch_device))
    query, token = stream.queries[:, tokens:], stream.kv[tokens:]
    with torch.no_grad():
        state, full_state = (
            which.update(stream.kv[:tokens], _empty(which, stream.kv)).state for which in (memory, full)
        )
        readable = memory.readable(token, state, memory.update(token, state))
        with Products() as counted:
            memory.read(query, readable)
        own, others = [], []
        for _ in range(repeats):
            own.append(_seconds(memory, query, token, state))
            others.append(_seconds(full, query, token, full_state))
    each = stream.kv.keys.element_size()
    paper = memory.read_flops(tokens + 1, width, width)
    return Stepped(
        name,
        MEMORIES[name].title,
        main_role(memory),
        sum(one.numel() * one.element_size() for one in tensors(state)),
        memory.state_floats(tokens, width, width) * each,
        counted.fetched,
        memory.read_floats(tokens + 1, width, width) * each,
        counted.flops,
        paper,
        1e6 * median(own),
        median(own) / median(others),
    )


def _empty(memory: Memory[Any], like: KV) -> Any:
    return memory.empty(like, tracked=False)


def _seconds(memory: Memory[Any], query: Tensor, token: KV, state: Any) -> float:
    before = perf_counter()
    memory.read(query, memory.readable(token, state, memory.update(token, state)))
    if query.is_cuda:
        torch.cuda.synchronize(query.device)
    return perf_counter() - before


def measure(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
    """One mechanism after the other."""
    steps: tuple[Stepped, ...] = ()
    for done, name in enumerate(MEMORIES, 1):
        steps += (step(name),)
        data = MeasuredHere(steps, TOKENS, Full().read_flops(TOKENS + 1, WIDTH, WIDTH), device().name)
        yield Result(done, len(MEMORIES), data, in_numbers(data))


def in_numbers(data: MeasuredHere) -> str:
    """Paper beside measurement, as a table in Markdown."""
    head = ("mechanism", "stored (bytes)", "on paper", "fetched (bytes)", "on paper", "operations", "on paper")
    rows = [f"| {' | '.join(head)} | step (µs) | to full attention’s |", "|:--" + "|--:" * 8 + "|"]
    for one in data.steps:
        counts = (one.stored, one.stored_paper, one.fetched, one.fetched_paper, one.flops, one.flops_paper)
        numbers = " | ".join(f"{count:,}" for count in counts)
        rows.append(f"| {one.title} | {numbers} | {one.micros:,.0f} | {rounded(one.ratio)} |")
    return "\n".join(rows)


EXPERIMENT = Experiment(
    "Measured here",
    "Bytes and operations of one more token, counted while it runs; and its time beside full attention’s, timed in "
    "turn with it. States are values here: a step copies what it keeps, so that time has a part that no paper counts.",
    measure,
    long=True,
    counts="memories",
    guess=lambda values: guesses.STEP,
)
