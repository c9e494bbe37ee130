"""Memory mechanisms, one file each; `MEMORIES` is the only registry."""

from typing import Any

from memattn.memory.base import Attended, Memory, State, Update
from memattn.memory.compressive import Compressive
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
from memattn.memory.window import Window

MEMORIES: dict[str, type[Memory[Any]]] = {
    "full": Full,
    "window": Window,
    "moving_average": MovingAverage,
    "weighted_average": WeightedAverage,
    "cumulative_average": CumulativeAverage,
    "exponential_average": ExponentialAverage,
    "recurrent": Recurrent,
    "segment_recurrence": SegmentRecurrence,
    "segments": Segments,
    "compressive": Compressive,
    "global_tokens": GlobalTokens,
    "hybrid": Hybrid,
    "dynamic_global": DynamicGlobal,
    "merging": Merging,
    "rebinned": Rebinned,
    "nearest": Nearest,
    "heavy_hitters": HeavyHitters,
    "linear": Linear,
}

__all__ = ["MEMORIES", "Attended", "Memory", "State", "Update"]
