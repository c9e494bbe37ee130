"""What is measured: which model reads with which memory, in which table."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from memattn.compression import Compression, Conv1d, KeepOne, MaxPool, MeanPool
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.exponential_average import ExponentialAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.linear import Linear
from memattn.memory.merging import Merging
from memattn.memory.moving_average import MovingAverage
from memattn.memory.rebinned import Rebinned
from memattn.memory.recurrent import Recurrent
from memattn.memory.segments import Segments
from memattn.memory.weighted_average import WeightedAverage
from memattn.memory.window import Window
from memattn.reader.reader import Memories, Reader
from memattn.reader.trained.hybrid import hybrid


class Setup(NamedTuple):
    """A model with a memory.

    Args:
        title: in the tables.
        model: the model.
        memory: made for it.
        learned_by: which compression networks it takes, see `Reader.load`.
    """

    title: str
    model: str
    memory: Callable[[Reader], Memories]
    learned_by: str = ""


def _compressive(n_m: int, n_cm: int, rate: int, compression: str) -> Callable[[Reader], Memories]:
    return lambda reader: Compressive(8, n_m, n_cm, reader.compression(compression, rate))


def _plain(memory: Memory[Any]) -> Callable[[Reader], Memories]:
    return lambda reader: memory


def _pool(older: Merging | Rebinned) -> Callable[[Reader], Memories]:
    return _plain(Hybrid(Window(8), older))


def _gated(reader: Reader) -> Memories:
    return [Recurrent("gated", weights=reader.cell(layer)) for layer in range(reader.config.layers)]


def _compressing(compression: Compression) -> Callable[[Reader], Memories]:
    return _plain(Compressive(8, 32, 32, compression))


LINEAR_RULES: dict[Literal["add", "delta"], str] = {"add": "every pair added", "delta": "delta rule"}
SLOTS = (
    Setup("full attention", "base-1", _plain(Full())),
    Setup("full attention, two layers", "base-2", _plain(Full())),
    Setup("window 64", "base-1", _plain(Window(64))),
    Setup("segments of 8, 7 kept", "base-1", _plain(Segments(8, 7))),
    Setup("pinned 1 + window 63", "base-1", _plain(GlobalTokens(1, 63))),
    Setup("keep 1 of 4, 32 + 32", "base-1", _compressing(KeepOne(4))),
    *(
        Setup(
            f"conv c={rate}, 32 + 32, frozen base (ar-cache)", "base-1", _compressive(32, 32, rate, "conv"), "ar-cache"
        )
        for rate in (2, 4, 8)
    ),
    *(Setup(f"conv c={rate}, 32 + 32, end to end", "reader", _compressive(32, 32, rate, "conv")) for rate in (2, 4, 8)),
    Setup("dilated conv c=4, 32 + 32, end to end", "reader", _compressive(32, 32, 4, "dilated_conv")),
    Setup("mean c=4, 32 + 32, end to end", "reader", _compressing(MeanPool(4))),
    Setup("max c=4, 32 + 32, end to end", "reader", _compressing(MaxPool(4))),
    Setup("binned anew, 8 + 56 (keeps raw pairs)", "pool", _pool(Rebinned(56))),
    Setup("merging, 8 + 56", "pool", _pool(Merging(56))),
    Setup("cumulative average (1 slot)", "averages", _plain(CumulativeAverage())),
    Setup("moving average of 64 (1 slot)", "averages", _plain(MovingAverage(64))),
    Setup("weighted average of 64 (1 slot)", "averages", _plain(WeightedAverage(tuple(range(1, 65))))),
    Setup("exponential average, γ = 0.02 (1 slot)", "averages", _plain(ExponentialAverage(0.02))),
    Setup("gated recurrence (1 slot)", "gated", _gated),
    Setup("window 63 + average of the rest", "hybrid", _plain(hybrid(63))),
    *(
        Setup(f"linear attention, {rows} rows, {how}", "linear", _plain(Linear(rows, rule)))
        for rows in (16, 64)
        for rule, how in LINEAR_RULES.items()
    ),
)
SIZES = (
    *(Setup(f"window {size}", "base-1", _plain(Window(size))) for size in (16, 32, 64, 128)),
    *(Setup(f"compressive 8 + {size}, c=4", "reader", _compressive(8, size, 4, "conv")) for size in (8, 16, 32, 64)),
    *(Setup(f"binned anew 8 + {size}", "pool", _plain(Hybrid(Window(8), Rebinned(size)))) for size in (1, 4, 16, 64)),
    *(
        Setup(f"merging 8 + {size}", "pool", _plain(Hybrid(Window(8), Merging(size))))
        for size in (1, 2, 4, 8, 16, 32, 64)
    ),
    Setup("merging 8 + √T", "pool", _plain(Hybrid(Window(8), Merging(1, "sqrt")))),
    Setup("merging 8 + log T", "pool", _plain(Hybrid(Window(8), Merging(1, "log")))),
    Setup("full attention", "base-1", _plain(Full())),
)


class Network(NamedTuple):
    """A compression on the frozen base.

    Args:
        title: in the table.
        compression: its registry name.
        learned_by: the loss by which it was learned, or "" for one that has nothing to learn.
        random: whether its kernels are drawn instead.
    """

    title: str
    compression: str
    learned_by: str = ""
    random: bool = False

    def make(self, reader: Reader, rate: int) -> Compression:
        """The compression.

        Raises:
            ValueError: none was learned for that rate.
        """
        return Conv1d(rate) if self.random else reader.compression(self.compression, rate)

    def setup(self, rate: int) -> Setup:
        """In a compressive memory of 32 + 32 slots."""
        return Setup(
            f"{self.title}, c={rate}",
            "base-1",
            lambda reader: Compressive(8, 32, 32, self.make(reader, rate)),
            self.learned_by,
        )


NETWORKS = (
    Network("conv, whole cache", "conv", "ar-cache"),
    Network("conv, block alone", "conv", "ar-block"),
    Network("dilated conv, whole cache", "dilated_conv", "ar-cache"),
    Network("conv, auto-encoding", "conv", "ae"),
    Network("softmax-gated, whole cache", "gated_pool", "ar-cache"),
    Network("keep 1 of c", "keep"),
    Network("most used", "most_used"),
    Network("mean", "mean"),
    Network("max", "max"),
    Network("conv, random", "conv", random=True),
)
RATES = (2, 4, 8)
