"""Compression functions, c pairs to one slot, and their losses; `COMPRESSIONS` is the only registry."""

from memattn.compression.base import Compressed, Compression
from memattn.compression.convolution import Conv1d, DilatedConv1d
from memattn.compression.gating import GatedPool
from memattn.compression.losses import attention_reconstruction, auto_encoding, decode
from memattn.compression.pooling import MaxPool, MeanPool
from memattn.compression.selection import KeepOne, MostUsed
from memattn.compression.weights import (
    ConvWeights,
    GateWeights,
    LearnedWeights,
    averaging_weights,
    equal_gates,
    random_weights,
)

COMPRESSIONS: dict[str, type[Compression]] = {
    "mean": MeanPool,
    "max": MaxPool,
    "conv": Conv1d,
    "dilated_conv": DilatedConv1d,
    "most_used": MostUsed,
    "keep": KeepOne,
    "gated_pool": GatedPool,
}

__all__ = [
    "COMPRESSIONS",
    "Compressed",
    "Compression",
    "Conv1d",
    "ConvWeights",
    "DilatedConv1d",
    "GateWeights",
    "GatedPool",
    "KeepOne",
    "LearnedWeights",
    "MaxPool",
    "MeanPool",
    "MostUsed",
    "attention_reconstruction",
    "auto_encoding",
    "averaging_weights",
    "decode",
    "equal_gates",
    "random_weights",
]
