"""Every memory of the registry as it comes, and settings that reach the corners; the stream they are all run over."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from memattn.kv import KV, Provenance
from memattn.memory import MEMORIES, Memory
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.dynamic_global import DynamicGlobal
from memattn.memory.exponential_average import ExponentialAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.heavy_hitters import HeavyHitters
from memattn.memory.hybrid import Hybrid
from memattn.memory.linear import Linear
from memattn.memory.merging import Merging
from memattn.memory.moving_average import MovingAverage
from memattn.memory.nearest import Nearest
from memattn.memory.rebinned import Rebinned
from memattn.memory.recurrent import Recurrent
from memattn.memory.segment_recurrence import SegmentRecurrence
from memattn.memory.segments import Segments
from memattn.memory.weighted_average import WeightedAverage
from memattn.memory.weights import Weights
from memattn.memory.window import Window
from memattn.records import Event

TOKENS, D_K, D_V, LEAD = 83, 5, 3, (3, 2)  # more than three times every capacity below

GIVEN = Weights(
    {
        name: torch.linspace(-1, 1, 2 * size, dtype=torch.float64).view(2, size)
        for name, size in (("keys", 5), ("values", 3))
    }
)
PER_HEAD = Weights({name: torch.stack([rows, rows.flip(0) - 0.5]) for name, rows in GIVEN.items()})
OTHERS: dict[str, Memory[Any]] = {
    "window of 1": Window(1),
    "moving average counting its pairs": MovingAverage(window=11, log_count=True),
    "moving average of 1": MovingAverage(window=1),
    "one beta": WeightedAverage((2.0,)),
    "cumulative average counting its pairs": CumulativeAverage(log_count=True),
    "quick to forget": ExponentialAverage(0.7),
    "gated recurrence": Recurrent(cell="gated", seed=3),
    "gated recurrence over segments": SegmentRecurrence(7, Recurrent("gated", seed=3)),
    "a segment of one": SegmentRecurrence(1, Recurrent("gated")),
    "two segments": Segments(segment_length=7, segments=1),
    "no segment kept": Segments(segment_length=3, segments=0),
    "segments with gradient": Segments(stop_gradient=False),
    "no pins": GlobalTokens(pinned=0, window=2),
    "evict after": GlobalTokens(pinned=2, window=5, evict="after"),
    "softmax plus one": GlobalTokens(learned=1),
    "learned pairs": GlobalTokens(pinned=1, learned=2, weights=GIVEN),
    "learned pairs per head": GlobalTokens(pinned=2, learned=2, weights=PER_HEAD),
    "hybrid of windows": Hybrid(Window(3), Window(5)),
    "hybrid after pins": Hybrid(GlobalTokens(2, 3), MovingAverage(5, log_count=True)),
    "hybrid of pins": Hybrid(Window(3), GlobalTokens(2, 3)),
    "hybrid that doubles": Hybrid(Window(3), Window(5), second_reads="all"),
    "hybrid of summaries": Hybrid(MovingAverage(3), DynamicGlobal(3), second_reads="all"),
    "hybrid of segments": Hybrid(Segments(3, 2, stop_gradient=False), CumulativeAverage()),
    "hybrid into segments": Hybrid(Window(2), Segments(3, 2, stop_gradient=False)),
    "hybrid in a hybrid": Hybrid(Window(3), Hybrid(Window(2), CumulativeAverage())),
    "hybrid with everything": Hybrid(Full(), ExponentialAverage()),
    "hybrid of a window and means": Hybrid(Window(5), Merging(3)),
    "hybrid that merges its copies": Hybrid(Window(3), Merging(4, "log"), second_reads="all"),
    "hybrid of pins and means": Hybrid(GlobalTokens(2, 3), Merging(3, "sqrt")),
    "hybrid of a window and bins": Hybrid(Window(5), Rebinned(3)),
    "one mean": Merging(1),
    "means that become more": Merging(3, "sqrt"),
    "means that hardly become more": Merging(2, "log"),
    "one bin": Rebinned(1),
    "bins that become more": Rebinned(3, "sqrt"),
    "fixed globals, even writing": DynamicGlobal(3, growth="fixed", write="uniform"),
    "globals that fall out": DynamicGlobal(3, growth="log", write="oldest"),
    "delta rule": Linear(5, "delta"),
    "one feature": Linear(1),
    "one heavy hitter": HeavyHitters(1, 1),
    "one neighbour": Nearest(1, 1),
    "globals half erased": DynamicGlobal(5, growth="fixed", erase=0.5),
    "oldest half erased": DynamicGlobal(5, write="oldest", erase=0.5),
}
ALL: dict[str, Memory[Any]] = {**{name: cls() for name, cls in MEMORIES.items()}, **OTHERS}
EXACT = {  # outputs are linear in the values, by the shares
    name: memory for name, memory in ALL.items() if memory.provenance in (Provenance.EXACT, Provenance.VALUES)
}


def stream(device: str = "cpu", tokens: int = TOKENS, lead: tuple[int, ...] = LEAD) -> tuple[Tensor, KV]:
    generator = torch.Generator().manual_seed(0)
    draw = [torch.randn(*LEAD, TOKENS, size, generator=generator, dtype=torch.float64) for size in (D_K, D_K, D_V)]
    q, k, v = (x[(0,) * (len(LEAD) - len(lead))][..., :tokens, :].to(device) for x in draw)
    return q, KV(k, v)


def pieces(kv: KV, sizes: list[int]) -> Iterator[KV]:
    """Cut by the sizes, over and over."""
    at, turn = 0, 0
    while at < kv.tokens:
        yield kv[at : at + sizes[turn % len(sizes)]]
        at, turn = at + sizes[turn % len(sizes)], turn + 1


def feed(
    memory: Memory[Any], kv: KV, sizes: list[int], tracked: bool = True, state: Any = None
) -> tuple[Any, tuple[Event, ...]]:
    """Take in a stream by pieces, after `state` or from the start; the state and all events."""
    state, events = memory.empty(kv, tracked) if state is None else state, ()
    for piece in pieces(kv, sizes):
        update = memory.update(piece, state)
        state, events = update.state, events + update.events
    return state, events
